"""A term deep in an article whose teaser does not mention it is told, once, and no wall is taken for an article."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.core.decide import needs_full_text
from monitor.core.errors import FetchError, ParseError
from monitor.core.model.articles import Article
from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds.parser import Parser
from monitor.feeds.webpage import article
from monitor.pipeline import fulltext
from monitor.pipeline.context import TurnContext
from monitor.store.store import Store
from tests.fakes import PlainParser
from tests.route_fixture import DULL, FIRST, OLD, RULES, Route
from tests.rss_documents import Item, rss

LINK = "https://first.example/werk"
TEASER = "Der Konzern baut ein Werk im Norden und stellt dafür viele Menschen ein."
STORY = [
    "Der Konzern baut ein Werk im Norden und stellt dafür viele Menschen ein, wie der Vorstand am Morgen mitteilte.",
    "Die Stadt hofft auf Steuern und auf Leben in den Straßen, die seit Jahren leer stehen und auf Mieter warten.",
    "In den Hallen sollen später Rechner mit Chips vom Typ H200 stehen, die Wetter und Verkehr für das Land rechnen.",
    "Gegner fürchten um das Wasser der Gegend; ein Gutachten dazu liegt vor und wird im Rat noch lange beraten werden.",
]


def markup(*paragraphs: str, head: str = "") -> bytes:
    """A web page with an article and what stands around it."""
    body = "".join(f"<p>{one}</p>" for one in paragraphs)
    return (
        f"<html><head><title>Werk</title>{head}</head><body><nav><a href='/'>Start</a> <a href='/qwen'>Qwen</a></nav>"
        f"<article><h1>Werk im Norden</h1>{body}</article><footer>Impressum, Qwen, Werbung</footer></body></html>"
    ).encode()


class PlainReader:
    """The real extraction, without a process of its own."""

    async def parse(self, found: Page, source: Source) -> Listing:
        """The page's article."""
        return article.extract_article(found, source)


class Reading(Route):
    """A route that also reads pages."""

    def read(self) -> int:
        """Read every page that is due; returns how many were claimed."""
        tools = TurnContext(self.store, self.web, PlainParser(), self.clock, lambda: 0.5)
        teasers = self.store.pages.claim(self.clock(), 10)

        async def main() -> None:
            for one in teasers:
                await fulltext.fetch_full_text(one, self.settings, fulltext.FullTextContext(tools, PlainReader()))

        asyncio.run(main())
        self.send()
        return len(teasers)

    def publish(self, item: Item, body: bytes | Exception) -> None:
        """Put a teaser into the feed and its page on the web."""
        self.web.pages[FIRST] = rss([item, OLD, DULL])
        self.web.pages[item.link] = body
        self.go(minutes=10)


@pytest.fixture
def route(store: Store, tmp_path: Path) -> Iterator[Reading]:
    """A route whose feeds have been seen once."""
    route = Reading(store, tmp_path)
    route.go()
    yield route


WERK = Item("Werk im Norden", TEASER, "werk", link=LINK)


def test_a_term_deep_in_the_page_is_told_once(route: Reading) -> None:
    route.publish(WERK, markup(*STORY))
    assert route.told == []
    assert route.read() == 1
    assert route.told == ["H200: Werk im Norden"]
    for _ in range(3):
        route.go(minutes=10)
        assert route.read() == 0
    assert len(route.told) == 1 and route.store.views.ledger().balanced


def test_who_was_told_of_the_teaser_is_not_told_of_the_page(route: Reading) -> None:
    route.publish(replace(WERK, title="H200 im Norden"), markup(*STORY, "Der Bau kostet 900 Millionen Euro."))
    assert len(route.told) == 1
    route.read()
    route.go(minutes=10)
    assert len(route.told) == 1


def test_what_was_there_at_first_sight_is_not_read(route: Reading) -> None:
    assert route.read() == 0


@pytest.mark.parametrize(
    "body",
    [
        FetchError("HTTP 404", kind="status-404", status=404),
        markup("Mit Werbung weiterlesen oder der Nutzung von Cookies zustimmen: H200."),
        markup(*STORY[:1], "Jetzt abonnieren und weiterlesen. H200"),
        markup("Kurz."),
        b"",
        b"\x00\xff" * 500,
        markup(TEASER),
    ],
)
def test_a_wall_or_an_empty_page_tells_nothing_and_is_not_asked_again(route: Reading, body: bytes | Exception) -> None:
    route.publish(WERK, body)
    assert route.read() == 1
    route.clock.turn(days=3)
    assert (route.read(), route.told) == (0, [])


@pytest.mark.parametrize(
    ("length", "replaces"), [(20, False), (100, False), (199, False), (200, False), (255, False), (265, True)]
)
def test_only_a_page_that_is_a_third_longer_than_its_teaser_replaces_it(
    route: Reading, length: int, replaces: bool
) -> None:
    teaser = "Der Konzern baut ein Werk im Norden. " * 6
    route.publish(replace(WERK, text=teaser[:200]), markup())
    [one] = route.store.pages.claim(route.clock(), 10)
    assert len(one.article.body or one.article.lead) in (199, 200)
    tools = TurnContext(route.store, route.web, PlainParser(), route.clock, lambda: 0.5)
    text = ("H200: " + "Die Stadt hofft auf Steuern und Leben. " * 8)[:length]
    assert (fulltext.store_full_text(one, text, route.settings, tools) is not None) == replaces
    route.send()
    assert bool(route.told) == replaces
    route.clock.turn(days=3)
    assert route.store.pages.claim(route.clock(), 10) == []


def test_a_page_that_fails_for_now_is_asked_again_a_few_times(route: Reading) -> None:
    route.publish(WERK, FetchError("HTTP 503", kind="status-503", status=503))
    counts = []
    for _ in range(5):
        counts.append(route.read())
        route.clock.turn(hours=4)
    assert counts == [1, 1, 1, 0, 0]
    route.publish(replace(WERK, guid="w2", title="Noch ein Werk", link=LINK + "2"), FetchError("x", kind="timeout"))
    route.read()
    route.web.pages[LINK + "2"] = markup(*STORY)
    route.clock.turn(hours=4)
    route.read()
    assert route.told == ["H200: Noch ein Werk"]


@pytest.mark.parametrize(
    "mode, text, url, want",
    [
        ("auto", "kurz", LINK, True),
        ("auto", "lang " * 200, LINK, False),
        ("always", "lang " * 200, LINK, True),
        ("never", "kurz", LINK, False),
        ("auto", "kurz", "", False),
        ("auto", "kurz", "ftp://x.example/a", False),
        ("auto", "kurz", "http://[::1", False),
        ("auto", "kurz", "https://news.google.com/rss/articles/abc", False),
    ],
)
def test_pages_are_read_where_the_feed_gives_a_teaser(mode: str, text: str, url: str, want: bool) -> None:
    assert needs_full_text(Article("f", "t", url, body=text), mode) is want


def test_menus_and_footers_are_no_part_of_an_article() -> None:
    [found] = article.extract_article(Page(LINK, markup(*STORY), "text/html"), Source("f", LINK)).articles
    assert all(one in found.body for one in STORY) and "Qwen" not in found.body
    with pytest.raises(ParseError, match="paywall"):
        head = '<script type="application/ld+json">{"isAccessibleForFree": false}</script>'
        article.extract_article(Page(LINK, markup(*STORY[:3], head=head), "text/html"), Source("f", LINK))


def test_a_page_is_read_in_a_process_of_its_own_and_the_rules_are_used(tmp_path: Path) -> None:
    async def main() -> Listing:
        reader = Parser(deadline=20, module="monitor.feeds.webpage.article")
        try:
            return await reader.parse(Page(LINK, markup(*STORY), "text/html"), Source("f", LINK))
        finally:
            await reader.aclose()

    [found] = asyncio.run(main()).articles
    assert STORY[2] in found.body and "H200" in RULES
