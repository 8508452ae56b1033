"""A feed that shows nothing known has rolled over: it is read on through its older documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.core.errors import FetchError
from monitor.store.store import Store
from tests.route_fixture import FIRST, OLD, RULES, Route
from tests.rss_documents import Item, rss


def items(start: int, count: int = 8) -> list[Item]:
    """Articles with their numbers in headline and name."""
    return [Item(f"H200 im Werk {n}", f"Werk {n} rechnet.", f"g{n}") for n in range(start, start + count)]


def document(items: list[Item], more: str = "") -> bytes:
    """A feed that names an older document."""
    link = f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next" href="{more}"/>' if more else ""
    return rss(items).replace(b"<channel>", b"<channel>" + link.encode())


@pytest.fixture
def route(store: Store, tmp_path: Path) -> Iterator[Route]:
    """A route whose two feeds were seen once."""
    route = Route(store, tmp_path)
    route.go()
    yield route


def asked(route: Route) -> list[str]:
    """The addresses at which the first feed was asked for."""
    return [url for name, url in route.web.addresses if name == "first"]


def test_a_feed_that_rolled_over_is_read_on_through_its_older_documents(route: Route) -> None:
    older, oldest = FIRST + "?page=2", FIRST + "?page=3"
    route.web.pages[FIRST] = rss([OLD, *items(1)])
    route.go(hours=1)
    route.web.pages |= {
        FIRST: document(items(25), older),
        older: document(items(17), oldest),
        oldest: document([*items(9), *items(1, 2)], FIRST + "?page=4"),
    }
    [report] = [one for one in route.go(hours=1) if one.source == "first"]
    assert (report.articles, report.caught, report.overrun) == (24, 2, False)
    assert asked(route)[-3:] == [FIRST, older, oldest]
    [first] = [one for one in route.store.coverage.since(route.clock().date()) if one.feed == "first"]
    assert (first.overruns, first.caught) == (0, 2)


def test_older_documents_that_fail_or_lead_in_circles_cost_nothing_but_the_catching_up(route: Route) -> None:
    route.web.pages[FIRST] = rss([OLD, *items(1)])
    route.go(hours=1)
    broken = FetchError("404", kind="status-404", status=404)
    route.web.pages |= {FIRST: document(items(25), FIRST + "?page=2"), FIRST + "?page=2": broken}
    [report] = [one for one in route.go(hours=1) if one.source == "first"]
    assert (report.articles, report.overrun) == (8, True)
    route.web.pages |= {FIRST: document(items(50), FIRST)}
    [report] = [one for one in route.go(hours=1) if one.source == "first"]
    assert (report.articles, report.overrun) == (8, True)


def test_older_documents_are_left_alone_while_something_is_known_and_at_first_sight(route: Route) -> None:
    route.web.pages[FIRST] = document([OLD, *items(1)], FIRST + "?page=2")
    route.go(hours=1)
    assert asked(route)[-1] == FIRST


INDEX = "https://maps.example/index.xml"


def part(*names: str) -> bytes:
    """A news sitemap."""
    entry = "<url><loc>https://maps.example/{0}</loc><news:news><news:title>{0}</news:title></news:news></url>"
    listed = "".join(entry.format(name) for name in names)
    spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    spaces += 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return f"<urlset {spaces}>{listed}</urlset>".encode()


def index(*names: str) -> bytes:
    """An index of sitemaps."""
    listed = "".join(f"<sitemap><loc>https://maps.example/{name}</loc></sitemap>" for name in names)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</sitemapindex>'.encode()


def test_the_parts_of_a_sitemap_index_are_read_although_the_index_itself_never_changes(
    store: Store, tmp_path: Path
) -> None:
    route = Route(store, tmp_path)
    route.obey(RULES.replace(f'{{ url = "{FIRST}", ', f'{{ url = "{INDEX}", kind = "sitemap", '))
    route.web.etags[INDEX] = '"same"'
    broken = FetchError("404", kind="status-404", status=404)
    route.web.pages |= {INDEX: index("news.xml", "old-news.xml"), "https://maps.example/old-news.xml": broken}
    for names in (("alt",), ("alt", "H200-im-Werk")):
        route.web.pages["https://maps.example/news.xml"] = part(*names)
        route.go(hours=1)
    assert route.told == ["H200: H200-im-Werk"]
    assert [etag for name, etag, _ in route.web.asked if name == "first"] == [None] * 6
    route.web.pages["https://maps.example/news.xml"] = broken
    [report] = [one for one in route.go(hours=1) if one.source == "first"]
    assert (report.outcome, report.error) == ("failed", "404")
