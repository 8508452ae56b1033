"""Sitemaps become articles; what is none is told apart."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import ParseError
from monitor.core.model.polling import Page, Source
from monitor.feeds.kinds import parse_page
from monitor.feeds.sitemap import MAX_PAGES, headline_from_url

SOURCE = Source("site", "https://site.example/sitemap.xml", kind="sitemap")
NEWS = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://site.example/alt</loc><lastmod>2026-11-01</lastmod></url>
<url><loc>https://site.example/news/h200-fuer-kiel-123456.html</loc><news:news><news:publication>
<news:name>Site</news:name><news:language>de</news:language></news:publication>
<news:publication_date>2026-11-24T08:00:00+01:00</news:publication_date>
<news:title>H200 für Kiel &amp; Bremen</news:title><news:keywords>Chips, Kiel</news:keywords></news:news></url>
<url><lastmod>2026-11-02</lastmod></url></urlset>"""


def read(body: str | bytes) -> list[tuple[str, str]]:
    """Headline and address of each entry."""
    data = body.encode() if isinstance(body, str) else body
    return [(one.title, one.url) for one in parse_page(Page(SOURCE.url, data, "application/xml"), SOURCE).articles]


@pytest.mark.parametrize("body", [NEWS.encode(), gzip.compress(NEWS.encode())], ids=["plain", "packed"])
def test_a_news_sitemap_gives_headlines_dates_and_words_the_newest_first(body: bytes) -> None:
    first, second = parse_page(Page(SOURCE.url, body, "application/xml"), SOURCE).articles
    assert (first.title, first.guid) == (
        "H200 für Kiel & Bremen",
        "https://site.example/news/h200-fuer-kiel-123456.html",
    )
    assert first.published_at == datetime(2026, 11, 24, 7, tzinfo=UTC)
    assert (first.language, first.tags) == ("de", ("Chips", "Kiel"))
    assert (second.title, second.url) == ("alt", "https://site.example/alt")


@pytest.mark.parametrize(
    "url, title",
    [
        ("https://x.example/news/t-head-ipo-12345.html", "t head ipo"),
        ("https://x.example/2026/11/24/b%C3%B6rsengang_von_t-head/", "börsengang von t head"),
        ("https://x.example/artikel/wahl/7654321", "wahl"),
        ("https://x.example/", "https://x.example/"),
    ],
)
def test_a_plain_sitemap_s_headlines_are_made_of_addresses(url: str, title: str) -> None:
    assert headline_from_url(url) == title


@pytest.mark.parametrize(
    "body, said",
    [
        ("<html>no</html>", "not a sitemap"),
        ("<urlset><url>", "broken"),
        (b"\x1f\x8bnonsense", "broken"),
        ("", "not a sitemap"),
    ],
)
def test_what_is_no_sitemap_is_refused_in_words(body: str | bytes, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        read(body)


def index(*parts: tuple[str, str]) -> str:
    """A sitemap index of paths with their dates."""
    entries = (
        f"<sitemap><loc>https://site.example/{path}</loc>{f'<lastmod>{date}</lastmod>' if date else ''}</sitemap>"
        for path, date in parts
    )
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{"".join(entries)}</sitemapindex>'


@pytest.mark.parametrize(
    "parts, more",
    [
        (
            [("a.xml", "2026-01-01"), ("b.xml.gz", "2026-03-01"), ("c.xml", "2026-02-01")],
            ["b.xml.gz", "c.xml", "a.xml"],
        ),
        (
            [("a.xml", "2026-11-24"), ("sitemap-news.xml", ""), ("b.xml", "2026-11-25")],
            ["sitemap-news.xml", "b.xml", "a.xml"],
        ),
        ([("news-1.xml", "2026-11-01"), ("news-2.xml", "2026-11-24")], ["news-2.xml", "news-1.xml"]),
        ([("post-1.xml", ""), ("post-2.xml", ""), ("image-1.xml", "")], ["post-2.xml", "post-1.xml", "image-1.xml"]),
        ([("category.xml", "2026-11-25"), ("post.xml", "2026-11-01")], ["post.xml", "category.xml"]),
        ([(f"{n}.xml", f"2026-01-{n:02}") for n in range(1, 30)], ["29.xml", "28.xml", "27.xml"]),
        ([("sitemap.xml", "2026-11-25"), ("a.xml", "soon")], ["a.xml"]),  # an index that names itself
        ([], []),
    ],
)
def test_an_index_names_the_sitemaps_that_new_articles_will_be_in(
    parts: list[tuple[str, str]], more: list[str]
) -> None:
    for body in (index(*parts).encode(), gzip.compress(index(*parts).encode())):
        found = parse_page(Page(SOURCE.url, body), SOURCE)
        assert (found.form, found.articles) == ("sitemap index", ())
        assert found.more == tuple(f"https://site.example/{path}" for path in more)


def test_an_index_names_web_addresses_only() -> None:
    body = "<sitemapindex><sitemap><loc>ftp://x.example/s.xml</loc></sitemap><sitemap/></sitemapindex>"
    assert parse_page(Page(SOURCE.url, body.encode()), SOURCE).more == ()


def test_a_sitemap_says_which_form_it_has_and_what_is_odd_about_it() -> None:
    news = parse_page(Page(SOURCE.url, NEWS.encode()), SOURCE)
    assert (news.form, news.encoding, news.quirks) == ("news sitemap", "utf-8", ())
    body = "<urlset><url><loc>/a</loc><lastmod>soon</lastmod></url><url><loc>/b</loc></url></urlset>"
    plain = parse_page(Page(SOURCE.url, body.encode()), SOURCE)
    assert plain.form == "sitemap"
    assert plain.quirks == ("dates not understood: 1 of 2", "entries without date: 1 of 2")


def test_a_picture_s_title_is_not_the_headline() -> None:
    body = """<urlset xmlns:image="i" xmlns:news="n"><url><image:image><image:loc>https://x.example/i.jpg</image:loc>
    <image:title>A harbour</image:title></image:image><loc>https://x.example/a</loc>
    <news:news><news:title>H200 for the harbour</news:title></news:news></url></urlset>"""
    assert read(body) == [("H200 for the harbour", "https://x.example/a")]


def test_entities_are_not_expanded_and_long_lists_are_cut() -> None:
    with pytest.raises(ParseError, match="broken"):
        read('<!DOCTYPE x [<!ENTITY a "b">]><urlset><url><loc>https://x.example/&a;</loc></url></urlset>')
    many = "".join(f"<url><loc>https://x.example/a-{n}</loc></url>" for n in range(MAX_PAGES + 5))
    assert len(read(f"<urlset>{many}</urlset>")) == MAX_PAGES


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_whatever_comes_is_articles_or_an_error_in_words(body: str | bytes) -> None:
    data = body.encode("utf-8", "replace") if isinstance(body, str) else body
    for document in (data, b"<urlset>" + data + b"</urlset>"):
        try:
            read(document)
        except ParseError as error:
            assert str(error)
