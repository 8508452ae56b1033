"""Per poll each listed entry is stored, known, unreadable or refused, for every kind of source."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from monitor.core.alerts.render import poll_summary
from monitor.core.model.polling import Listing, Page, PollReport, Source
from monitor.feeds import entries, parse_protocol, rss, sitemap
from monitor.feeds.webpage import headlines
from monitor.pipeline.outage_log import Outages, PollLog
from monitor.store.store import Store
from tests.fakes import PlainParser
from tests.peers import FeedServer, Hub
from tests.push_fixture import Desk
from tests.route_fixture import FIRST, Route

URL = "https://first.example"


class AnyParser(PlainParser):
    """The real parsers of every kind, without processes."""

    async def parse(self, page: Page, source: Source, seen: bytes = b"") -> Listing:
        """What the page lists."""
        return (
            headlines.parse_headlines(page, source)
            if source.kind == "page"
            else await super().parse(page, source, seen)
        )


def rss_entry(name: str) -> str:
    return f"<item><title>H200 {name}</title><link>{URL}/{name}</link><guid>{name}</guid></item>"


def rss_feed(*inside: str, end: str = "</channel></rss>") -> str:
    return f"<rss version='2.0'><channel><title>F</title>{''.join(inside)}{end}"


def atom_entry(name: str) -> str:
    return f"<entry><title>H200 {name}</title><id>urn:{name}</id><link href='{URL}/{name}'/></entry>"


def atom_feed(*inside: str) -> str:
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>F</title><id>urn:f</id>{''.join(inside)}</feed>"


def rdf_feed(*inside: str) -> str:
    head = "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'"
    return f"<rdf:RDF {head}><channel><title>F</title></channel>{''.join(inside)}</rdf:RDF>"


def rdf_entry(name: str) -> str:
    return f"<item rdf:about='{URL}/{name}'><title>H200 {name}</title><link>{URL}/{name}</link></item>"


def json_entry(name: str) -> str:
    return json.dumps({"id": name, "title": f"H200 {name}", "url": f"{URL}/{name}"})


def json_feed(*inside: str) -> str:
    return f'{{"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": [{", ".join(inside)}]}}'


def sitemap_entry(name: str) -> str:
    return f"<url><loc>{URL}/h200-{name}</loc></url>"


def urlset(*inside: str) -> str:
    return f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{''.join(inside)}</urlset>"


def page_entry(name: str) -> str:
    return f"<article><h2><a href='/{name}'>H200 {name}</a></h2></article>"


def marked_entry(name: str) -> str:
    return f"<div class='h-entry'><a class='u-url p-name' href='/{name}'>H200 {name}</a></div>"


def web_page(*inside: str) -> str:
    return f"<html><title>F</title><body>{''.join(inside)}</body></html>"


@dataclass(frozen=True)
class Kind:
    """How documents of one kind are written. limit: where its limit stands."""

    entry: Callable[[str], str]
    document: Callable[..., str]
    broken: tuple[str, ...]
    options: str = ""
    limit: tuple[object, str] | None = None
    torn: str = ""  # makes the document one of which entries are refused


TORN = "<item><title><![CDATA[Wrong</title></item>"  # not well-formed: only such feeds have a limit
KINDS = {
    "rss": Kind(
        rss_entry, rss_feed, ("<item/>", "<item><pubDate>x</pubDate></item>"), limit=(rss, "MAX_ENTRIES"), torn="<b>"
    ),
    "rss, one by one": Kind(rss_entry, rss_feed, (TORN,)),
    "atom": Kind(atom_entry, atom_feed, ("<entry></entry>",), limit=(rss, "MAX_ENTRIES"), torn="<b>"),
    "rdf": Kind(rdf_entry, rdf_feed, ("<item></item>",), limit=(rss, "MAX_ENTRIES"), torn="<b>"),
    "jsonfeed": Kind(json_entry, json_feed, ("{}", "17", '"text"', "null"), 'kind = "jsonfeed"'),
    "sitemap": Kind(
        sitemap_entry, urlset, ("<url/>", "<url><loc>javascript:x</loc></url>"), 'kind = "sitemap"',
        (sitemap, "MAX_PAGES"),
    ),
    "page": Kind(
        page_entry, web_page, ("<article>Text</article>", "<article></article>"), 'kind = "page", select = "article"',
        (headlines, "MAX_ARTICLES"),
    ),
    "h-feed": Kind(
        marked_entry, web_page, ("<div class='h-entry'></div>",), 'kind = "page"', (headlines, "MAX_ARTICLES")
    ),
}  # fmt: skip


@pytest.fixture
def route(store: Store, tmp_path: Path) -> Route:
    route = Route(store, tmp_path)
    route.parser = AnyParser()
    return route


def polled(route: Route, kind: Kind, *inside: str) -> PollReport:
    """The report of a poll of a document with these entries."""
    options = f", {kind.options}" if kind.options else ""
    route.obey(
        f'[watch]\nH200 = "H200"\n[feeds]\nfirst = {{ url = "{FIRST}", every = "5m", full_text = "never"{options} }}\n'
        '[notify]\nhook = "json://hook.example/alerts"\n'
    )
    route.web.pages[FIRST] = kind.document(*inside).encode()
    [report] = route.go(minutes=10)
    assert report.outcome != "failed", report.error
    return report


def counts(report: PollReport) -> tuple[int, int, int, int]:
    assert report.listed == report.stored + report.known + report.unreadable + report.refused
    return report.stored, report.known, report.unreadable, report.refused


@pytest.mark.parametrize("name", KINDS)
def test_each_listed_entry_is_stored_known_or_unreadable_with_a_reason(route: Route, name: str) -> None:
    kind = KINDS[name]
    old, new = [kind.entry(f"old-{n}") for n in range(2)], kind.entry("new")
    assert counts(polled(route, kind, *old)) == (2, 0, 0, 0)
    report = polled(route, kind, new, *kind.broken, *old)
    assert counts(report) == (1, 2, len(kind.broken), 0)
    assert report.listed == 3 + len(kind.broken) and report.matches == (("H200", 1),)
    [loss] = report.losses
    assert loss.startswith(f"{len(kind.broken)} entr") and "cannot be read (" in loss
    again = polled(route, kind, new, *kind.broken, *old)  # the same bytes: nothing is parsed
    assert counts(again) == (0, 0, 0, 0)
    later = polled(route, kind, kind.entry("newer"), new, *kind.broken, *old)
    assert counts(later) == (1, 3, len(kind.broken), 0)


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.limit])
def test_what_lies_beyond_a_limit_is_refused_with_a_reason(
    route: Route, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    kind = KINDS[name]
    assert kind.limit
    monkeypatch.setattr(*kind.limit, 4)
    polled(route, kind, kind.entry("a"))
    report = polled(route, kind, *(kind.entry(letter) for letter in "abcdefg"), kind.torn)
    assert report.listed == 7 and report.refused == 3
    stored, known, unreadable, _ = counts(report)
    assert stored + known == 4 and known <= 1 and unreadable == 0
    assert any("only the" in loss and "7" in loss for loss in report.losses)


def test_a_feed_that_is_read_entry_by_entry_has_a_limit_too(route: Route, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MAX_SPLIT_ENTRIES", 4)
    report = polled(route, KINDS["rss"], TORN, *(rss_entry(letter) for letter in "abcdefg"))
    assert counts(report) == (3, 0, 1, 4)
    assert report.losses == (
        "not well-formed: of 8 entries only the first 4 are read, one by one",
        "1 entry cannot be read (not well-formed)",
    )


def test_an_entry_listed_twice_is_stored_once_and_known_once(route: Route) -> None:
    entry = rss_entry("a")
    assert counts(polled(route, KINDS["rss"], entry, entry)) == (1, 1, 0, 0)


def test_an_edit_is_stored(route: Route) -> None:
    polled(route, KINDS["rss"], rss_entry("a"), rss_entry("b"))
    edited = rss_entry("a").replace("</title>", " kommt im Herbst</title>")
    report = polled(route, KINDS["rss"], edited, rss_entry("b"), "<item/>")
    assert counts(report) == (1, 1, 1, 0) and report.edited == 1


def test_further_documents_are_counted_too(route: Route) -> None:
    kind = KINDS["jsonfeed"]
    polled(route, kind, json_entry("old"))
    older = f"{URL}/2"
    route.web.pages[older] = json_feed(json_entry("c"), "{}", json_entry("old")).encode()
    kind = Kind(
        json_entry, lambda *inside: json_feed(*inside).replace('"title"', f'"next_url": "{older}", "title"', 1), ()
    )
    kind = Kind(kind.entry, kind.document, (), 'kind = "jsonfeed"')
    report = polled(route, kind, json_entry("a"), json_entry("b"), "17")
    assert report.caught == 1 and counts(report) == (3, 1, 2, 0)


def test_the_parts_of_a_sitemap_index_are_counted_too(route: Route) -> None:
    parts = [f"{URL}/news-{n}.xml" for n in range(2)]
    for n, part in enumerate(parts):
        route.web.pages[part] = urlset(sitemap_entry(f"part-{n}"), "<url/>").encode()
    listed = "".join(f"<sitemap><loc>{part}</loc></sitemap>" for part in parts)
    index = Kind(sitemap_entry, lambda *_: f"<sitemapindex>{listed}</sitemapindex>", (), 'kind = "sitemap"')
    assert counts(polled(route, index)) == (2, 0, 2, 0)


def test_a_push_counts_its_entries(store: Store, tmp_path: Path) -> None:
    async def main() -> PollReport:
        async with desk.running():
            form = await desk.subscribed()
            body = rss_feed(rss_entry("a"), rss_entry("b"), "<item/>").encode()
            await asyncio.to_thread(desk.hub.push, form, body)
            await asyncio.to_thread(desk.hub.push, form, rss_feed(rss_entry("c"), rss_entry("a"), "<item/>").encode())
            return desk.reports[-1]

    with FeedServer() as feeds, Hub() as hub:
        desk = Desk(store, tmp_path, feeds, hub)
        report = asyncio.run(main())
    assert counts(report) == (1, 1, 1, 0)


def test_a_reason_is_logged_once_until_it_changes(caplog: pytest.LogCaptureFixture) -> None:
    log = PollLog(Outages())
    lost = PollReport("f", "unchanged", known=2, unreadable=1, losses=("1 entry cannot be read (x)",))
    with caplog.at_level(logging.WARNING):
        for report in (lost, lost, PollReport("f", "unchanged"), lost):  # a 304 says nothing of its entries
            log.record_poll(report)
    assert caplog.messages == ["f: 1 entry cannot be read (x)"]
    log.record_poll(PollReport("f", "unchanged", known=3))
    log.record_poll(lost)
    assert caplog.messages == ["f: 1 entry cannot be read (x)"] * 2


def test_the_summary_of_a_poll_names_what_was_not_read() -> None:
    report = PollReport(
        "f", "new", articles=1, unreadable=1, refused=7, losses=("1 entry cannot be read (x)", "of 9 …")
    )
    assert poll_summary(report) == (
        "f: 1 new article, 1 unreadable, 7 refused (1 entry cannot be read (x); of 9 …); matched: none"
    )


def test_the_counts_pass_from_the_parser_process() -> None:
    found = Listing(unreadable=2, refused=3, losses=("a", "b"))
    [end] = parse_protocol.encode_answer(found)
    assert parse_protocol.decode_answer(json.loads(json.dumps(end))) == found
