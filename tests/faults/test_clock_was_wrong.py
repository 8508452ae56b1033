"""A clock that was far ahead for a while and is right again: nothing waits for the day it showed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from monitor.config.settings import Settings
from monitor.core.errors import FetchError
from monitor.fetch.throttle import HostThrottle
from monitor.pipeline.health import HEARTBEAT_KEY
from monitor.service import daemon
from monitor.service import service as running
from monitor.service.daemon import Daemon
from monitor.service.reload import RulesReloader
from monitor.store.store import Store
from tests.route_fixture import CHIPS, DULL, FIRST, OLD, RULES, Route
from tests.rss_documents import Item, rss
from tests.store.samples import next_due
from tests.test_health import Office

AHEAD = timedelta(days=3650)
NEXT = Item("H200 kommt in ein neues Werk", "Die Halle steht.", "next-1")
THROTTLED = RULES.replace('H200 = "H200"', 'H200 = { any = ["H200"], throttle = "1h" }')


@pytest.fixture
def seen(store: Store, tmp_path: Path) -> Iterator[Route]:
    """A route whose feeds have been seen once."""
    route = Route(store, tmp_path)
    route.go()
    yield route


def test_a_throttle_does_not_wait_for_what_was_told_in_the_future(seen: Route) -> None:
    seen.obey(THROTTLED)
    seen.clock.time += AHEAD
    seen.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    seen.go(minutes=10)
    assert len(seen.told) == 1
    seen.clock.time -= AHEAD
    seen.store.pull_in(seen.clock())
    seen.web.pages[FIRST] = rss([NEXT, CHIPS, OLD, DULL])
    seen.go(minutes=10)
    seen.go(hours=2)
    assert any(NEXT.title in title for title in seen.told)


def test_a_message_gathered_in_the_future_is_told_once_the_clock_is_right(seen: Route) -> None:
    seen.obey(THROTTLED)
    seen.clock.time += AHEAD
    seen.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    seen.go(minutes=10)
    seen.web.pages[FIRST] = rss([NEXT, CHIPS, OLD, DULL])
    seen.go(minutes=10)
    assert not any(NEXT.title in title for title in seen.told)
    seen.clock.time -= AHEAD
    seen.store.pull_in(seen.clock())
    seen.go(minutes=1)
    assert sum(NEXT.title in title for title in seen.told) == 1


def test_a_start_under_the_right_clock_polls_what_was_planned_under_a_wrong_one(seen: Route) -> None:
    seen.clock.time += AHEAD
    seen.go()
    seen.clock.time -= AHEAD
    assert seen.poll() == []
    seen.store.pull_in(seen.clock(), overlong=True)
    assert len(seen.poll()) == 2


def test_a_start_leaves_waits_of_ordinary_length_alone(seen: Route) -> None:
    due = next_due(seen.store)
    seen.store.pull_in(seen.clock(), overlong=True)
    assert next_due(seen.store) == due and seen.poll() == []


def test_the_sign_of_life_does_not_wait_for_a_day_of_the_future(store: Store) -> None:
    office = Office(store)
    office.settings = Settings(ops=("slack",), timezone="UTC", heartbeat=time(8))
    office.look()
    store.memory.put(HEARTBEAT_KEY, (office.clock() + AHEAD).isoformat())
    assert [title for _, title in office.look(minutes=1)] == ["monitor: alive"]
    assert office.look(minutes=1) == []
    assert len(office.look(days=1)) == 1


def test_a_silence_that_a_host_asked_for_goes_on_while_the_machine_sleeps() -> None:
    async def asked(pace: HostThrottle) -> bool:
        try:
            async with pace.acquire("h.example", 80):
                return True
        except FetchError:
            return False

    async def main() -> list[bool]:
        pace = HostThrottle()
        async with pace.acquire("h.example", 80) as host:
            host.block(3600, 503)
        found = [await asked(pace)]
        for seconds in (-7200, 3000, 601):
            pace.shorten_blocks(seconds)
            found.append(await asked(pace))
        return found

    assert asyncio.run(main()) == [False, False, False, True]


class FakeService:
    """Counts how often old texts were deleted."""

    def __init__(self) -> None:
        self.pruned, self.planned = 0, asyncio.Event()
        self.store, self.notifier, self.outages = SimpleNamespace(folder=None), None, None

    def now(self) -> None:
        """No time is needed."""

    async def delete_expired(self, *_: object) -> None:
        self.pruned += 1

    async def replan(self, step: timedelta) -> None:
        """Nothing waits here."""
        self.planned.set()


class Turned:
    """Bells whose clock was turned once."""

    def __init__(self, step: timedelta) -> None:
        self.steps = [step]

    def clock_step(self) -> timedelta | None:
        return self.steps.pop() if self.steps else None


@pytest.mark.parametrize(("days", "pruned"), [(3650, 0), (0.3, 1), (-3650, 1)])
def test_nothing_is_let_go_of_right_after_a_leap_forward(
    monkeypatch: pytest.MonkeyPatch, days: float, pruned: int
) -> None:
    monkeypatch.setattr(daemon, "TICK_SECONDS", 0)

    async def main() -> int:
        works, bells = FakeService(), Turned(timedelta(days=days))
        monkeypatch.setattr("monitor.pipeline.cleanup.delete_expired", works.delete_expired)
        rules = SimpleNamespace(settings=SimpleNamespace(keep=None))
        running = Daemon(cast(Any, works), cast(Any, rules), cast(Any, None))
        keeping = asyncio.create_task(running.watch_clock(cast(Any, bells)))
        await works.planned.wait()
        keeping.cancel()
        await running.delete_expired()
        return works.pruned

    assert asyncio.run(main()) == pruned


class Recorder:
    """Notes what it was asked for."""

    def __init__(self) -> None:
        self.calls: list[object] = []

    def stepped(self, seconds: float) -> None:
        self.calls.append(seconds)

    def pull_in(self, now: object, *, overlong: bool = False) -> None:
        self.calls.append(overlong)


@pytest.mark.parametrize(("hours", "calls"), [(8, [28800.0]), (-1, [-3600.0, False])])
def test_a_step_reaches_connections_and_waits(hours: int, calls: list[object]) -> None:
    seen = Recorder()
    works = SimpleNamespace(webs=[seen], store=seen, now=lambda: None)
    asyncio.run(running.Service.replan(cast(Any, works), timedelta(hours=hours)))
    assert seen.calls == calls


def test_every_start_looks_for_waits_that_are_too_long(store: Store, tmp_path: Path) -> None:
    route = Route(store, tmp_path)
    route.clock.time += AHEAD
    route.go()
    route.clock.time -= AHEAD

    async def main() -> None:
        rules = RulesReloader(route.rules)
        await rules.load(store.memory)
        works = running.Service(store, rules, now=route.clock)
        try:
            await works.recover_all()
        finally:
            await works.close()

    asyncio.run(main())
    assert next_due(store) == route.clock()
