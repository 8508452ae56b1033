"""One address for one page, and two for two."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.core.dedupe.urls import (
    canonical_url,
    feed_key,
    is_front_page,
    is_opaque,
    page_number,
    unwrap_redirect,
    url_host,
)

PAGE = "https://www.example.com/news/797298"


@pytest.mark.parametrize(
    "url",
    [
        "http://www.example.com/news/797298",
        "https://WWW.Example.COM/news/797298",
        "https://www.example.com:443/news/797298/",
        "http://www.example.com:80/news/797298",
        "https://www.example.com./news/797298#comments",
        "https://www.example.com/news/797298?utm_source=rss&utm_medium=feed",
        "https://www.example.com/news/797298?UTM_Source=rss&fbclid=a1",
        "https://www.example.com/news/797298?ncid=rss",
        "https://www.example.com/news/797298?ref=rss",
        "https://www.example.com/news/797298?mod=rss_markets_main",
        "https://www.example.com/news/797298?at_medium=RSS&at_campaign=KARANGA&wt_mc=x",
        "https://www.example.com/news/797298;jsessionid=8A2F.internet001",
        "https://www.example.com/news/797298;gsb=8A2F61C09D6B44D0E15F0F4B57C2D9AA.internet961",
        "  https://www.example.com/news/797298?&\n",
        "https://user:word@www.example.com/news/797298",
        "https://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fwww.example.com%2fnews%2f797298&c=1",
        "https://www.google.com/url?rct=j&sa=t&url=https://www.example.com/news/797298&ct=ga",
    ],
)
def test_what_means_nothing_is_taken_off(url: str) -> None:
    assert canonical_url(url) == PAGE


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://example.com/a?id=3&utm_source=x&page=2", "https://example.com/a?id=3&page=2"),
        ("https://example.com/a?ref=main", "https://example.com/a?ref=main"),
        ("https://example.com/a?source=dpa", "https://example.com/a?source=dpa"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        ("https://example.com/feed?t%5b0%5d=a&", "https://example.com/feed?t%5B0%5D=a"),
        ("https://example.com/Case/Matters", "https://example.com/Case/Matters"),
        ("https://example.com/", "https://example.com"),
        ("https://example.com/%7Epress/index~rss2.xml", "https://example.com/%7Epress/index~rss2.xml"),
        ("https://[2001:DB8::1]/a", "https://[2001:db8::1]/a"),
        ("https://example.com/a;id=4711", "https://example.com/a;id=4711"),
        ("https://example.com/a;view=0123456789abcdefgh", "https://example.com/a;view=0123456789abcdefgh"),
        (
            "https://www.sec.gov/Archives/edgar/data/1577552/000110465926012345/0001104659-26-012345-index.htm",
            "https://www.sec.gov/Archives/edgar/data/000110465926012345/0001104659-26-012345-index.htm",
        ),
        (
            "https://www.sec.gov/Archives/edgar/data/1577552/a.txt",
            "https://www.sec.gov/Archives/edgar/data/1577552/a.txt",
        ),
        ("https://boersen-zeitung.de/börse", "https://boersen-zeitung.de/börse"),
        ("https://www.google.com/url?url=mailto:a@b", "https://www.google.com/url?url=mailto:a@b"),
        ("urn:tag:sec.gov,2008:accession-number=1", "urn:tag:sec.gov,2008:accession-number=1"),
        ("https://example.com:port/a", "https://example.com:port/a"),
        ("http://[::1", "http://[::1"),
        ("", ""),
    ],
)
def test_what_may_choose_a_page_stays(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


def test_a_link_to_a_whole_site_names_no_article() -> None:
    assert is_front_page(canonical_url("http://example.com/#top"))
    assert not is_front_page(canonical_url("http://example.com/?p=12"))


@pytest.mark.parametrize(
    ("url", "name"), [(PAGE, "example.com"), ("http://A.b:8080/x", "a.b:8080"), ("urn:x", ""), ("", "")]
)
def test_a_host_is_named_without_www(url: str, name: str) -> None:
    assert url_host(url) == name


parts = st.sampled_from(
    ["http://", "https://", "a.de", "www.google.com", "/url?", "url=", "utm_a=1", "&", "?", "#x", "/", "%3a", ";sid=1"]
)


@given(st.sampled_from(["http", "https"]), st.lists(parts | st.text(".-a1:_?@", max_size=3), max_size=10).map("".join))
@example("https", "a.example/b?c=%2f&utm_x=1&d")
@example("https", "a.example")
@example("http", "www.google.com/url?q=https://a.example/b")
def test_an_ordinary_address_is_read_as_any_other(scheme: str, rest: str) -> None:
    """In capitals the scheme says the same, and the address takes the way of those that are not ordinary."""
    one, other = f"{scheme}://{rest}", f"{scheme.upper()}://{rest}"
    for asked in (canonical_url, url_host, is_front_page, is_opaque, page_number, feed_key):
        assert asked(one) == asked(other) or (url_host(one) == "" == url_host(other))


@settings(max_examples=300)
@given(st.lists(parts | st.text(max_size=6), max_size=10).map("".join))
def test_a_canonical_address_is_its_own_canonical_address(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("https://x.example/a-slug/797298", "797298"),
        ("https://x.example/a-slug-94770042.html", "94770042"),
        ("https://x.example/de/a-slug/a-68483987", "68483987"),
        ("https://x.example/news/1234567.shtml", "1234567"),
        ("https://x.example/a-slug-716460", ""),  # a security's number
        ("https://x.example/bitcoin-at-1000000", ""),
        ("https://x.example/a-slug/20260206", ""),  # a day
        ("https://x.example/2026/02/06/202602061030.html", ""),
        ("https://x.example/a-slug/4711", ""),
        ("https://x.example/797298/a-slug", ""),
        ("https://x.example/index/797298?page=2", ""),
        ("https://x.example", ""),
        ("urn:x:797298", ""),
    ],
)
def test_a_page_is_known_by_the_number_its_publisher_gave_it(url: str, number: str) -> None:
    assert page_number(url) == number


SPELLINGS = [
    (
        "https://feed.wire.example/rss/home/?rss=G1QFDERJXkJeEFpVAg==",
        "http://feed.wire.example/rss/home?rss=G1QFDERJXkJeEFpVAg%3D%3D",
        "HTTPS://Feed.Wire.Example:443/rss/home/?rss=G1QFDERJXkJeEFpVAg%3d%3d#top",
        "feed:https://feed.wire.example/rss/home?rss=G1QFDERJXkJeEFpVAg==",
    ),
    (
        "https://x.example/rss.xml?orderBy=datetime&newsType%5B0%5D=a&",
        "https://x.example/rss.xml?orderBy=datetime&newsType[0]=a",
    ),
    ("https://x.example/wirtschaft/index~rss2.xml", "https://x.example/wirtschaft/index%7Erss2.xml"),
    ("https://x.example/search?q=H200+OR+Qwen", "https://x.example/search?q=H200%20OR%20Qwen"),
    ("https://x.example/feedTitle/Press%20Releases", "https://x.example/feedTitle/Press%20Releases/"),
    ("feed://x.example/atom", "//x.example/atom", " http://x.example/atom\n"),
    ("https://x.example/feed?utm_source=opml&a=1", "https://x.example/feed?a=1&fbclid=2"),
]


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_one_feed_in_several_spellings_has_one_key(spellings: tuple[str, ...]) -> None:
    assert len({feed_key(url) for url in spellings}) == 1


def test_two_feeds_have_two_keys() -> None:
    urls = [
        "https://x.example/feed", "https://y.example/feed", "https://x.example/Feed", "https://x.example/feed?a=1%262",
        "https://x.example/feed?a=1&2", "https://x.example/feed?a=1%2B2", "https://x.example/feed?a=1+2",
        "https://x.example:8443/feed", "https://me:secret@x.example/feed", "https://x.example/a%2Ffeed",
        "https://x.example/a/feed", "https://x.example/feed?b&a", "https://x.example/feed?a&b",
    ]  # fmt: skip
    assert len({feed_key(url) for url in urls}) == len(urls)


@settings(max_examples=300)
@given(
    st.lists(
        parts | st.sampled_from(["feed:", "%zz", "%41", "+", "%2b", "@", "\ud800"]) | st.text(max_size=6), max_size=10
    )
)
def test_a_key_of_a_feed_is_its_own_key(shards: list[str]) -> None:
    once = feed_key("".join(shards))
    assert feed_key(once) == once


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("http://www.bing.com/news/apiclick.aspx?ref=FexRss&tid=1&url=https%3a%2f%2fx.example%2fa%3fb%3d1&c=9", "https://x.example/a?b=1"),
        ("https://www.google.com/url?rct=j&url=https://x.example/a&ct=ga", "https://x.example/a"),
        ("https://www.google.com/url?q=https://www.google.com/url?q%3Dhttps://x.example/a", "https://x.example/a"),
        ("https://www.google.com/url?url=news:x", "https://www.google.com/url?url=news:x"),
        ("https://x.example/?url=https://y.example/", "https://x.example/?url=https://y.example/"),
        ("http://[", "http://["),
        ("", ""),
    ],
)  # fmt: skip
def test_a_search_engine_s_redirect_is_the_page_it_leads_to(url: str, page: str) -> None:
    assert unwrap_redirect(url) == page


def test_a_google_news_link_tells_nothing() -> None:
    assert is_opaque("https://news.google.com/rss/articles/CBMiAbc?oc=5")
    assert not is_opaque("https://www.google.com/url?url=https://x.example/a")
    assert not is_opaque("news.google.com")
