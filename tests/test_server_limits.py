"""Feeds that move, end, roll over, send only what is new, or ask to be left alone: on the real route."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.core.errors import FetchError
from monitor.core.model.polling import NotModified, Page
from monitor.store.store import Store
from tests.route_fixture import DULL, FIRST, OLD, RULES, SECOND, Route
from tests.rss_documents import Item, rss

NEW = "https://new.example/rss"
GONE = FetchError("the server says that this feed is gone for good (410)", kind="gone", status=410)


def items(start: int, count: int = 8, about: str = "H200") -> list[Item]:
    """Articles with their numbers in headline and name."""
    return [Item(f"{about} im Werk {n}", f"Werk {n} rechnet.", f"g{n}") for n in range(start, start + count)]


def moved(items: list[Item], url: str = NEW) -> Page:
    """A page behind a permanent redirect."""
    return Page(url, rss(items), "application/rss+xml", etag='"there"', moved=NEW)


@pytest.fixture
def route(store: Store, tmp_path: Path) -> Iterator[Route]:
    """A route whose two feeds were seen once."""
    route = Route(store, tmp_path)
    route.go()
    yield route


def asked(route: Route) -> list[str]:
    """The addresses at which the first feed was asked for since the last call."""
    seen = [url for name, url in route.web.addresses if name == "first"]
    route.web.addresses.clear()
    return seen


def test_a_permanent_redirect_is_kept_after_three_answers_on_two_days(route: Route) -> None:
    route.web.pages |= {FIRST: moved([OLD, DULL]), NEW: rss([OLD, DULL])}
    asked(route)
    for hours in (1, 1, 24):
        route.go(hours=hours)
    assert asked(route) == [FIRST] * 3
    route.go(hours=1)
    assert asked(route) == [NEW]
    [first] = [feed for feed in route.store.alarms.feed_health(route.clock()) if feed.name == "first"]
    assert first.address == NEW


def test_the_validators_of_the_old_address_are_not_sent_to_the_new_one(route: Route) -> None:
    route.web.pages |= {FIRST: moved([OLD, DULL]), NEW: rss([OLD, DULL])}
    for hours in (1, 1, 24, 1):
        route.go(hours=hours)
    assert [etag for name, etag, _ in route.web.asked if name == "first"][-2:] == ['"there"', None]


def test_where_the_new_address_fails_the_old_one_is_asked_again(route: Route) -> None:
    route.web.pages |= {FIRST: moved([OLD, DULL]), NEW: rss([OLD, DULL])}
    for hours in (1, 1, 24, 1):
        route.go(hours=hours)
    route.web.pages |= {FIRST: rss([OLD, DULL]), NEW: FetchError("404", kind="status-404", status=404)}
    asked(route)
    for _ in range(5):
        route.go(hours=2)
    assert asked(route) == [NEW] * 3 + [FIRST] * 2
    assert [full for name, _, full in route.web.asked if name == "first"][-2:] == [True, False]


def test_a_feed_that_moved_to_where_another_is_polled_is_not_asked_any_more(route: Route) -> None:
    route.web.pages |= {FIRST: replace(moved([OLD, DULL]), moved=SECOND)}
    for hours in (1, 1, 24):
        route.go(hours=hours)
    asked(route)
    route.web.pages[SECOND] = rss([DULL, *items(1, 1)])
    route.go(hours=1)
    assert asked(route) == []
    assert [title for title in route.told if "Werk 1" in title] == ["H200: H200 im Werk 1"]
    [first] = [feed for feed in route.store.alarms.feed_health(route.clock()) if feed.name == "first"]
    assert first.twin == "second"


def test_a_feed_that_a_watch_names_is_polled_although_another_is_at_its_address(store: Store, tmp_path: Path) -> None:
    route = Route(store, tmp_path)
    route.obey(RULES.replace('Qwen = "Qwen"', '[watch.Qwen]\nany = "Qwen"\nfeeds = ["first"]'))
    route.web.pages |= {FIRST: replace(moved([OLD, DULL]), moved=SECOND), SECOND: rss([OLD, DULL])}
    for hours in (0, 1, 1, 24, 1):
        route.go(hours=hours)
    assert asked(route)[-1] == SECOND


def test_a_merged_feed_is_polled_again_when_the_other_leaves(route: Route) -> None:
    route.web.pages |= {FIRST: replace(moved([OLD, DULL]), moved=SECOND)}
    for hours in (1, 1, 24):
        route.go(hours=hours)
    route.obey(RULES.replace('second = { url = "https://second.example/rss", every = "5m" }\n', ""))
    asked(route)
    route.go(hours=1)
    assert asked(route) == [SECOND]


def test_a_feed_that_is_gone_is_asked_three_times_a_day_apart_and_then_no_more(route: Route) -> None:
    route.web.pages[FIRST] = GONE
    asked(route)
    for _ in range(8):
        route.go(hours=25)
    assert asked(route) == [FIRST] * 3
    [first] = [feed for feed in route.store.alarms.feed_health(route.clock()) if feed.name == "first"]
    assert first.gone == 3


def test_a_feed_that_was_gone_and_returns_tells_its_news(route: Route) -> None:
    route.web.pages[FIRST] = GONE
    route.go(hours=25)
    route.web.pages[FIRST] = rss([OLD, DULL, *items(1, 1)])
    route.go(hours=25)
    assert route.told == ["H200: H200 im Werk 1"]


def test_a_feed_that_was_given_up_is_asked_again_by_hand(route: Route) -> None:
    route.web.pages[FIRST] = GONE
    for _ in range(4):
        route.go(hours=25)
    asked(route)
    claims = route.store.polls.claim(route.clock(), "hand:0:1:1", timedelta(minutes=2), 10, only=["first"])
    assert [claim.state.source for claim in claims] == ["first"]


def test_an_answer_of_new_entries_only_is_no_feed_that_shrank_or_rolled_over(route: Route) -> None:
    route.web.pages[FIRST] = rss([OLD, DULL, *items(1)])
    route.go(hours=1)
    told = len(route.told)
    route.web.pages[FIRST] = Page(FIRST, rss(items(20, 6)), "application/rss+xml", etag='"two"', delta=True)
    [report] = [one for one in route.go(hours=1) if one.source == "first"]
    assert (report.outcome, report.articles, report.overrun) == ("new", 6, False)
    assert len(route.told) == told + 6
    route.web.pages[FIRST] = rss([OLD, DULL, *items(1)])
    [report] = [one for one in route.go(hours=1) if one.source == "first"]
    assert report.outcome == "unchanged"


def test_the_pause_follows_the_feed_between_two_bounds(store: Store, tmp_path: Path) -> None:
    route = Route(store, tmp_path)
    route.obey(
        RULES.replace(
            'first = { url = "https://first.example/rss", every = "5m" }',
            f'first = {{ url = "{FIRST}", every = "2m-30m" }}',
        )
    )
    route.go()
    for number in range(12):
        route.web.pages[FIRST] = rss([OLD, *items(number * 10, 4)])
        route.go(minutes=31)
    assert pause(route) < timedelta(minutes=6)
    route.web.pages[FIRST] = NotModified()
    for _ in range(200):
        route.go(minutes=31)
    assert pause(route) > timedelta(minutes=20)


def pause(route: Route) -> timedelta:
    """How long the first feed waits."""
    [first] = [feed for feed in route.store.views.status(route.clock()).feeds if feed.name == "first"]
    return first.next_poll - route.clock()
