"""What a turn of the service starts, how many at once, and what its end wakes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.core.errors import StoreError
from monitor.core.model.alerts import DeliveryState
from monitor.core.model.polling import PollReport
from monitor.pipeline import ingest
from monitor.service.service import MAX_POLLS, RECOVERY_INTERVAL, Service
from tests.databases import sqlite
from tests.fakes import Clock
from tests.service_fixture import RULES, Ground, alert, states


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
        await opened.start_deliveries()
        assert states(opened.store) == [DeliveryState.SENDING]
        opened.next_recovery -= RECOVERY_INTERVAL
        await opened.start_deliveries()
        await asyncio.gather(*opened.sends)
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
        [task] = await opened.start_polls()
        assert await task == report
        assert opened.outbox_event.is_set() == bool(intents)
        opened.outbox_event.clear()
        opened.pushed(report)
        assert opened.outbox_event.is_set() == bool(intents)

    ground.run(check)


def test_the_end_of_a_delivery_and_a_page_with_alerts_wake_the_outbox_even_where_its_event_was_replaced(
    ground: Ground,
) -> None:
    async def check(opened: Service) -> None:
        for wake in (opened.deliverer.on_end, opened.page_reads.on_alerts):
            opened.outbox_event = asyncio.Event()  # as the daemon does
            wake()
            assert opened.outbox_event.is_set()

    ground.run(check)


def test_no_more_polls_are_in_flight_than_the_limit_and_none_twice(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"f{number}" for number in range(MAX_POLLS + 8)]
    feeds = "\n".join(f'{name} = "http://127.0.0.1:9/{name}"' for name in names)
    started, free = list[str](), asyncio.Event()

    async def polled(claim: object, source: object, *_: object, **__: object) -> PollReport:
        started.append(getattr(source, "name"))  # noqa: B009
        await free.wait()
        return PollReport(started[-1], "unchanged")

    monkeypatch.setattr(ingest, "poll_source", polled)

    async def check(opened: Service) -> None:
        assert len(await opened.start_polls()) == MAX_POLLS == 32
        ground.clock.turn(days=1)  # their leases have ended
        assert await opened.start_polls() == []
        await asyncio.sleep(0)
        running = list(opened.polls.values())
        free.set()
        await asyncio.gather(*running)
        await asyncio.sleep(0)
        await asyncio.gather(*await opened.start_polls())

    ground.run(check, RULES.replace('first = "http://127.0.0.1:9/first"', feeds))
    assert len(started) > MAX_POLLS and len(set(started[:MAX_POLLS])) == MAX_POLLS


def test_a_poll_that_breaks_costs_its_feed_a_failure_and_an_outage_of_the_database_none(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[Exception] = [ValueError("a fault nobody foresaw"), StoreError("locked", outside=True)]

    async def broken(*_: object, **__: object) -> PollReport:
        raise errors[0]

    monkeypatch.setattr(ingest, "poll_source", broken)

    async def check(opened: Service) -> None:
        [task] = await opened.start_polls()
        assert ((await task).outcome, (await task).failures) == ("failed", 1)
        errors.pop(0)
        ground.clock.turn(days=2)
        [task] = await opened.start_polls()
        assert ((await task).outcome, (await task).failures) == ("failed", 1)

    ground.run(check)
