"""Web pages become articles, by selectors or by their own marks; walls and menus never do."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import ParseError
from monitor.core.model.polling import Listing, Page, Source, split_selector
from monitor.feeds.decode import decode_page
from monitor.feeds.kinds import call_parser
from monitor.feeds.parser import Parser
from monitor.feeds.webpage import headlines
from tests.feeds import waiting_worker as waiting
from tests.feeds.test_goldens import said

DATA = Path(__file__).parent / "data"
URL = "https://blatt.example/start"
WALL = "<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1><a href='/x'>x</a></body>"
GOLDENS = {
    "site.html": (("item", "article.teaser"), ("date", "time, .date")),
    "hfeed.html": (),
}


def read(markup: str | bytes, *select: tuple[str, str], content_type: str = "text/html") -> Listing:
    """What a page lists, as the process of its own reads it."""
    body = markup.encode() if isinstance(markup, str) else markup
    return call_parser(
        headlines.parse_headlines,
        Page(URL, body, content_type),
        Source("blatt", URL, "page", timezone="Europe/Berlin", select=select),
    )


@pytest.mark.parametrize("name", GOLDENS)
def test_a_stored_page_reads_as_its_golden_says(name: str) -> None:
    found = read((DATA / name).read_bytes(), *GOLDENS[name])
    assert [said(one, "source") for one in found.articles] == json.loads((DATA / f"{name}.golden").read_text("utf-8"))


def test_the_killable_process_reads_the_same_and_feeds_have_another_one() -> None:
    page = Page(URL, (DATA / "site.html").read_bytes(), "text/html")
    source = Source("blatt", URL, "page", select=GOLDENS["site.html"])

    async def main() -> Listing:
        parser = Parser(deadline=20)
        try:
            return await parser.parse(page, source)
        finally:
            await parser.aclose()

    assert asyncio.run(main()) == headlines.parse_headlines(page, source)


def test_links_alone_are_items_and_a_link_with_picture_and_headline_is_one() -> None:
    page = '<a class=m href=/>Start</a><li><a href="/a"><img></a> <a href="/a">Alpha</a> <a href="/b#2">Beta</a></li>'
    found = read(page, ("item", "li a")).articles
    assert [(one.title, one.url, one.guid) for one in found] == [
        ("Alpha", "https://blatt.example/a", "https://blatt.example/a"),
        ("Beta", "https://blatt.example/b#2", "https://blatt.example/b#2"),
    ]


def test_the_link_may_stand_around_the_item_and_the_headline_is_not_its_own_teaser() -> None:
    page = (
        "<a href=/a><div class=i><h2>Alpha</h2> Anzeige</div></a><li class=i><p><a href=/b>Beta</a></p><p>Mehr</p></li>"
    )
    alpha, beta = read(page, ("item", ".i")).articles
    assert (alpha.title, alpha.url, alpha.body) == ("Alpha", "https://blatt.example/a", "")
    assert (beta.title, beta.url, beta.body) == ("Beta", "https://blatt.example/b", "Mehr")


def test_every_part_can_be_chosen_and_be_an_attribute() -> None:
    page = """<div class=i data-t="Der Titel" data-d="24.11.2026 9:00"><a href="/no">no</a><h2>no</h2>
    <b data-u="/yes">x</b><i>Die Zusammenfassung</i><p>no</p></div>"""
    parts = (("title", "@data-t"), ("link", "b@data-u"), ("date", "@data-d"), ("summary", "i"))
    [one] = read(page, ("item", ".i"), *parts).articles
    assert (one.title, one.url, one.body) == ("Der Titel", "https://blatt.example/yes", "Die Zusammenfassung")
    assert one.published_at is not None and one.published_at.isoformat() == "2026-11-24T08:00:00+00:00"


def test_what_a_selected_part_does_not_give_is_missing_or_taken_from_its_usual_place() -> None:
    page = "<div class=i><h2><a href=/a>A</a></h2><time datetime=2026-11-24>x</time></div>"
    [one] = read(page, ("item", ".i"), ("title", ".no"), ("link", ".no"), ("date", ".no")).articles
    assert (one.title, one.url, one.published_at) == ("A", "https://blatt.example/a", None)


@pytest.mark.parametrize(
    ("markup", "select", "words"),
    [
        (WALL, "article", 'the selector "article" finds nothing on the page "Just a moment..."'),
        (WALL, "", 'the page "Just a moment..." does not mark its articles'),
        ("<div class=x><img></div>", ".x", 'the selector ".x" finds 1 items without a headline'),
        (
            "<link rel=alternate type=application/rss+xml href=/feed>x",
            "",
            "the feed it names: https://blatt.example/feed",
        ),
        ("<link rel=alternate type=application/rss+xml href=/feed>x", "", 'select = "article"'),
        ("<rss><channel></channel></rss>", "article", 'write kind = "feed"'),
        ('{"items": []}', "article", "the answer is JSON"),
        ("", "article", "the answer is empty"),
        ("<!-- nothing -->", "article", "nothing to read"),
        ("<p>x</p>", "a[", "cannot be read"),
    ],
)
def test_a_page_without_items_says_why_and_what_to_do(markup: str, select: str, words: str) -> None:
    with pytest.raises(ParseError) as told:
        read(markup, *([("item", select)] if select else []))
    assert words in str(told.value)


def test_a_page_may_name_its_encoding_itself_but_the_header_has_the_first_word() -> None:
    page = "<meta charset='gbk'><h2>通义千问</h2>".encode("gbk")
    assert read(page, ("item", "h2")).articles[0].title == "通义千问"
    assert decode_page("<meta charset=gbk>Börse".encode(), "text/html; charset=utf-8").endswith("Börse")


def test_a_page_of_a_hundred_thousand_items_is_cut() -> None:
    many = "".join(f"<a href='/{n}'>Artikel {n}</a>" for n in range(100_000))
    assert len(read(many, ("item", "a")).articles) == headlines.MAX_ARTICLES


def test_a_note_without_a_headline_is_an_article_and_older_blogs_are_read_too() -> None:
    first, note, old = read((DATA / "hfeed.html").read_bytes()).articles
    assert (first.title, note.title, old.title) == ("Qwen moves to H200", "", "An old blog's entry")


def test_a_comment_within_an_entry_is_no_article() -> None:
    comment = "<div class='p-comment h-entry'><a class=u-url href=/c>So what</a></div>"
    page = f"<div class='post hentry'><h2 class=entry-title><a rel=bookmark href=/a>Alpha</a></h2>{comment}</div>"
    assert [one.title for one in read(page).articles] == ["Alpha"]


@given(st.text(max_size=300) | st.binary(max_size=300), st.sampled_from(["a", "article", "div > p", "*", ""]))
def test_whatever_comes_is_articles_or_an_error_in_words(body: str | bytes, select: str) -> None:
    data = body.encode("utf-8", "replace") if isinstance(body, str) else body
    for document in (data, b"<article class=h-entry><a href=/x>" + data, b"<p>" + data + b"<a href='" + data):
        try:
            for one in read(document, *([("item", select)] if select else [])).articles:
                assert one.url == "" or one.url.startswith(("http://", "https://"))
        except ParseError as error:
            assert str(error)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("time@datetime", ("time", "datetime")),
        ("a[href*='@x']", ("a[href*='@x']", "")),
        ("@data-url", ("", "data-url")),
        ("h2 a @href ", ("h2 a", "href")),
    ],
)
def test_an_attribute_stands_behind_an_at(text: str, parts: tuple[str, str]) -> None:
    assert split_selector(text) == parts


def test_a_page_that_is_not_read_in_time_costs_its_deadline_and_the_next_one_is_read() -> None:
    good = Page(URL, b"<p>x</p><p><a href=/a>Alpha</a></p>", "text/html")
    source = Source("blatt", URL, "page", select=(("item", "p ~ p"),))

    async def main() -> int:
        parser = Parser(deadline=1)
        parser._kind_pools["page"]._command = waiting.command(1.0, "monitor.feeds.webpage.headlines")
        try:
            with pytest.raises(ParseError, match="not read within 1 s"):
                await parser.parse(Page(URL, waiting.WAIT, "text/html"), source)
            return len((await parser.parse(good, source)).articles)
        finally:
            await parser.aclose()

    assert asyncio.run(main()) == 1
