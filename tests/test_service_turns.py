"""What a turn of the service starts, how many at once, and what its end wakes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.core.errors import StoreError
from monitor.core.model.alerts import DeliveryState
from monitor.core.model.polling import PollReport, Source
from monitor.engine.embedded import EmbeddedEngine
from monitor.pipeline import ingest
from monitor.service.service import Service
from monitor.service.tasks import DELIVERY, DUE_DELIVERIES, DUE_POLLS, MAX_POLLS, POLL, RECOVERY_INTERVAL, ServiceTasks
from tests.databases import sqlite
from tests.fakes import Clock
from tests.service_fixture import RULES, Ground, alert, states


class Kicks(EmbeddedEngine):
    """An engine that runs nothing and notes what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, str]] = []

    def kick(self, name: str, *keys: str) -> None:
        """Note the kick."""
        self.seen += [(name, key) for key in keys or ("",)]


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path, sqlite(tmp_path), Clock())


def test_a_lease_that_ends_while_the_service_runs_is_noticed_within_a_minute(
    ground: Ground,
) -> None:
    async def check(opened: Service) -> None:
        alert(opened.store)
        owner = "elsewhere:0:1:1"
        [row] = opened.store.outbox.claim(ground.clock(), owner, timedelta(minutes=1), 10)
        opened.store.outbox.mark_sending([row.id], owner, ground.clock())
        ground.clock.turn(minutes=2)
        opened.deliverer.stop()  # send nothing
        tasks = ServiceTasks(opened)
        await tasks.find_due_deliveries("")
        assert states(opened.store) == [DeliveryState.SENDING]
        tasks.next_recovery -= RECOVERY_INTERVAL
        await tasks.find_due_deliveries("")
        await tasks.run(DELIVERY, drain=True)
        assert states(opened.store) == [DeliveryState.AMBIGUOUS]

    assert RECOVERY_INTERVAL <= 60
    ground.run(check)


@pytest.mark.parametrize("intents", [0, 1])
def test_alerts_of_a_poll_and_of_a_push_are_sent_at_once(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, intents: int
) -> None:
    report = PollReport("first", "new", articles=1, intents=intents)

    async def polled(*_: object, **__: object) -> PollReport:
        return report

    monkeypatch.setattr(ingest, "poll_source", polled)

    async def check(opened: Service) -> None:
        kicks, reports = Kicks(), list[PollReport]()
        tasks = ServiceTasks(opened, kicks)
        tasks.on_poll = reports.append
        await tasks.poll("first")
        assert reports == [report] and kicks.seen == [(DUE_DELIVERIES, "")] * bool(intents)
        opened.pushed(report)
        assert kicks.seen == [(DUE_DELIVERIES, "")] * 2 * bool(intents)
        opened.poll_due()
        assert kicks.seen[-1] == (DUE_POLLS, "")

    ground.run(check)


def test_a_page_with_alerts_has_them_sent_at_once(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    async def read(*_: object) -> PollReport:
        return PollReport("first", "read", intents=1)

    monkeypatch.setattr("monitor.service.tasks.read_page", read)

    async def check(opened: Service) -> None:
        kicks = Kicks()
        await ServiceTasks(opened, kicks).read_page("7")
        assert kicks.seen == [(DUE_DELIVERIES, "")]

    ground.run(check)


def test_no_more_polls_are_in_flight_than_the_limit_and_none_twice(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"f{number}" for number in range(MAX_POLLS + 8)]
    feeds = "\n".join(f'{name} = "http://127.0.0.1:9/{name}"' for name in names)
    started, running, most = list[str](), set[str](), list[int]()
    full, free = asyncio.Event(), asyncio.Event()

    async def polled(claim: object, source: Source, *_: object, **__: object) -> PollReport:
        assert source.name not in running
        started.append(source.name)
        running.add(source.name)
        most.append(len(running))
        if len(running) == MAX_POLLS:
            full.set()
        await free.wait()
        running.discard(source.name)
        return PollReport(source.name, "unchanged")

    monkeypatch.setattr(ingest, "poll_source", polled)

    async def check(opened: Service) -> None:
        tasks = ServiceTasks(opened)
        assert await tasks.find_due_polls("") == len(names)
        work = asyncio.create_task(tasks.run(POLL, drain=True))
        await full.wait()
        ground.clock.turn(days=1)  # their leases have ended
        await tasks.find_due_polls("")
        assert len(started) == len(set(started)) == MAX_POLLS == 32
        free.set()
        await work

    ground.run(check, RULES.replace('first = "http://127.0.0.1:9/first"', feeds))
    assert set(started) == set(names) and max(most) == MAX_POLLS


def test_a_poll_that_breaks_costs_its_feed_a_failure_and_an_outage_of_the_database_none(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[Exception] = [ValueError("a fault nobody foresaw"), StoreError("locked", outside=True)]

    async def broken(*_: object, **__: object) -> PollReport:
        raise errors[0]

    monkeypatch.setattr(ingest, "poll_source", broken)

    async def check(opened: Service) -> None:
        tasks, reports = ServiceTasks(opened), list[PollReport]()
        tasks.on_poll = reports.append
        await tasks.poll("first")
        errors.pop(0)
        ground.clock.turn(days=2)
        await tasks.poll("first")
        assert [(one.outcome, one.failures) for one in reports] == [("failed", 1)] * 2

    ground.run(check)
