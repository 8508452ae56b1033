"""Bells ring at their rhythm, also after the clock was set."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta, tzinfo

import apscheduler.schedulers.base
import pytest

from monitor.engine.timers import Timers


class Shift:
    """A wall clock that can be set, for us and for APScheduler."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return time.time() + self.seconds


@pytest.fixture
def shift(monkeypatch: pytest.MonkeyPatch) -> Shift:
    clock = Shift()

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.fromtimestamp(clock(), tz)

    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Shifted)
    return clock


async def rings(bell: asyncio.Event, times: int, within: float) -> bool:
    """Whether the bell rings so often in so many seconds."""
    try:
        async with asyncio.timeout(within):
            for _ in range(times):
                await bell.wait()
                bell.clear()
    except TimeoutError:
        return False
    return True


def test_a_bell_rings_at_the_start_and_then_at_its_rhythm() -> None:
    async def main() -> None:
        bells = Timers()
        bell = bells.add("often", 0.05)
        bells.start()
        assert await rings(bell, 4, 5)
        assert bells.clock_step() is None
        bells.close()

    asyncio.run(main())


def test_a_clock_set_back_by_an_hour_silences_a_bell_only_until_the_step_is_noticed(shift: Shift) -> None:
    async def main() -> None:
        bells = Timers(wall=shift)
        bell = bells.add("often", 0.05)
        bells.start()
        assert await rings(bell, 2, 5)
        shift.seconds = -3600
        assert not await rings(bell, 4, 0.5)
        step = bells.clock_step()
        assert step is not None and abs(step + timedelta(hours=1)) < timedelta(seconds=1)
        assert await rings(bell, 3, 5)
        assert bells.clock_step() is None
        bells.close()

    asyncio.run(main())
