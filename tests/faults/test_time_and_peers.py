"""Clocks that jump, machines that sleep, receivers in a storm: everything is told once, late at worst."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Answer
from monitor.store.store import Store
from tests.route_fixture import BOTH, CHIPS, DULL, FIRST, OLD, Route
from tests.rss_documents import Item, rss


@pytest.fixture
def seen(store: Store, tmp_path: Path) -> Iterator[Route]:
    """A route whose feeds have been seen once."""
    route = Route(store, tmp_path)
    route.go()
    yield route


@pytest.mark.parametrize("days", [1, -1, 30, -30])
def test_a_clock_that_jumps_by_days_tells_nothing_twice_and_loses_nothing(seen: Route, days: int) -> None:
    seen.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    seen.go(minutes=10)
    seen.clock.turn(days=days)
    if days < 0:  # the daemon notices the step and plans anew
        seen.store.polls.pull_in(seen.clock())
        seen.store.outbox.pull_in(seen.clock())
    seen.web.pages[FIRST] = rss([BOTH, CHIPS, OLD, DULL])
    seen.go(minutes=10)
    seen.go(minutes=10)
    assert [title.partition(": ")[2] for title in seen.told] == [CHIPS.title, BOTH.title]
    assert seen.store.views.ledger().balanced


def test_a_machine_that_slept_for_half_a_day_tells_what_came_meanwhile_once(seen: Route) -> None:
    seen.web.pages[FIRST] = rss([BOTH, CHIPS, OLD, DULL])
    seen.go(hours=12)
    seen.go(minutes=10)
    assert len(seen.told) == 2


@pytest.mark.parametrize("answer", [Answer.REFUSED_FOR_NOW, Answer.NOT_SENT])
def test_a_receiver_that_was_down_for_hours_gets_everything_once(seen: Route, answer: Answer) -> None:
    items = [Item(f"H200 im Werk {n}", f"Halle {n} steht.", f"w{n}") for n in range(5)]
    for count in range(1, 6):
        seen.mouth.moods = [DeliveryError("down", answer=answer)] * 50
        seen.web.pages[FIRST] = rss([*items[:count], OLD, DULL])
        seen.go(minutes=40)
    assert seen.told == []
    seen.mouth.moods = []
    for _ in range(3):
        seen.go(minutes=20)
    assert sorted(seen.told) == [f"H200: {item.title}" for item in items]
    assert not [one for _, one in seen.mouth.said if "possible repeat" in one.body]


def test_a_wait_that_a_receiver_asks_for_is_kept(seen: Route) -> None:
    seen.mouth.moods = [DeliveryError("slow down", answer=Answer.REFUSED_FOR_NOW, retry_after=3600)]
    seen.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    seen.go(minutes=10)
    seen.go(minutes=50)
    assert seen.told == []
    seen.go(minutes=11)
    assert len(seen.told) == 1
