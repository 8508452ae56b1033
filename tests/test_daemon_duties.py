"""The duties of the daemon one by one, without its process: clock, health, cleanup, watchdog, database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from monitor.core.errors import StoreError
from monitor.pipeline import cleanup
from monitor.service import daemon
from monitor.service.daemon import Daemon
from monitor.service.reload import RulesReloader
from monitor.service.service import Service
from monitor.service.systemd import SystemdNotifier


class Recorder:
    """Stands for every part of the service and notes what it is asked for, in order."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.errors: list[Exception] = []
        self.lost_reason = ""

    def note(self, name: str) -> Callable[..., Awaitable[None]]:
        """A coroutine function that notes its call, and raises the next error."""

        async def noted(*_: object, **__: object) -> None:
            self.calls.append(name)
            if self.errors:
                raise self.errors.pop(0)

        return noted


def make(recorder: Recorder, watchdog: float | None = None) -> Daemon:
    """A daemon over the recorder."""
    store = SimpleNamespace(
        folder=None,
        lost_reason=recorder.lost_reason,
        suspect=False,
        counter=SimpleNamespace(check=lambda now: recorder.calls.append("counter"), trouble=""),
    )
    service: Any = SimpleNamespace(
        store=store,
        notifier=None,
        now=lambda: None,
        outages=SimpleNamespace(flush=lambda: recorder.calls.append("flush")),
        targets={},
        replan=recorder.note("replan"),
        apply_rules=recorder.note("apply"),
        summary=lambda: "all well",
    )
    rules: Any = SimpleNamespace(trouble="", settings=SimpleNamespace(keep=timedelta(days=90)))
    made = Daemon(cast(Service, service), cast(RulesReloader, rules), cast(SystemdNotifier, recorder), watchdog)
    made.health = cast(Any, SimpleNamespace(check=recorder.note("check"), lost=recorder.note("lost")))
    return made


async def after_steps(made: Daemon, *steps: timedelta | None) -> None:
    """Watch a clock that makes these steps."""
    left, done = list(steps), asyncio.Event()

    def clock_step() -> timedelta | None:
        if left:
            return left.pop(0)
        done.set()
        return None

    watching = asyncio.create_task(made.watch_clock(cast(Any, SimpleNamespace(clock_step=clock_step))))
    await asyncio.wait_for(done.wait(), 60)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A recorder, and a daemon that does not wait."""
    made = Recorder()
    monkeypatch.setattr(daemon, "TICK_SECONDS", 0.0)
    monkeypatch.setattr(daemon, "RETRY_INTERVAL", 0.0)
    monkeypatch.setattr(cleanup, "delete_expired", made.note("delete"))
    return made


@pytest.mark.parametrize("step", [timedelta(seconds=-5), timedelta(hours=3), timedelta(days=400)])
def test_every_step_of_the_clock_plans_anew_once(recorder: Recorder, step: timedelta) -> None:
    asyncio.run(after_steps(make(recorder), None, step, None))
    assert recorder.calls == ["replan"]


@pytest.mark.parametrize(
    ("step", "deletes"), [(timedelta(hours=23), True), (timedelta(days=-400), True), (timedelta(days=2), False)]
)
def test_nothing_is_deleted_for_an_hour_after_the_clock_leapt_ahead(
    recorder: Recorder, step: timedelta, deletes: bool
) -> None:
    async def main() -> None:
        made = make(recorder)
        await after_steps(made, step)
        await made.delete_expired()
        assert ("delete" in recorder.calls) == deletes
        made.trusted -= 3599
        await made.delete_expired()
        assert ("delete" in recorder.calls) == deletes
        made.trusted -= 1
        await made.delete_expired()
        assert "delete" in recorder.calls

    asyncio.run(main())


def test_planning_anew_is_repeated_until_the_database_allows_it(recorder: Recorder) -> None:
    recorder.errors = [StoreError("locked"), StoreError("locked")]
    asyncio.run(after_steps(make(recorder), timedelta(seconds=-5)))
    assert recorder.calls == ["replan"] * 3


def test_nothing_is_repeated_once_the_database_was_replaced(recorder: Recorder) -> None:
    recorder.errors, recorder.lost_reason = [StoreError("locked")], "the database was replaced"
    asyncio.run(after_steps(make(recorder), timedelta(seconds=-5)))
    assert recorder.calls == ["replan"]


def test_a_check_of_health_logs_what_was_counted_first(recorder: Recorder) -> None:
    asyncio.run(make(recorder).check_health())
    assert recorder.calls == ["flush", "check"]


@pytest.mark.parametrize(("watchdog", "interval"), [(None, 10.0), (9.0, 3.0), (30.0, 10.0), (600.0, 10.0)])
def test_the_watchdog_is_fed_three_times_within_its_time(
    recorder: Recorder, watchdog: float | None, interval: float
) -> None:
    assert make(recorder, watchdog).watchdog_interval == interval


def test_a_replaced_database_is_reported_and_stops_the_daemon(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> Daemon:
        recorder.lost_reason = "the database was replaced"
        made = make(recorder)
        made.notify = cast(Any, lambda **states: recorder.calls.append(states["STATUS"]))
        await made.watch_database()
        return made

    assert asyncio.run(main()).stopping.is_set()
    assert recorder.calls == ["the database was replaced", "lost"]


def test_a_transaction_that_failed_makes_the_database_be_checked_at_once(recorder: Recorder) -> None:
    async def main() -> None:
        made = make(recorder)
        made.notify = cast(Any, lambda **_: None)
        store = cast(Any, made.service.store)
        store.suspect = True

        def check(now: object) -> None:
            recorder.calls.append("counter")
            store.lost_reason = "the database was replaced"

        store.counter.check = check
        await made.watch_database()

    asyncio.run(main())
    assert recorder.calls == ["counter", "lost"]


def test_the_status_names_a_mistake_in_the_rules_before_anything_else(recorder: Recorder) -> None:
    made = make(recorder)
    assert made.status() == "all well"
    cast(Any, made.rules).trouble = "rules.toml line 3: no such key"
    assert made.status() == "rules.toml line 3: no such key"
