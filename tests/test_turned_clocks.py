"""Our timers under a clock that is turned: each computes one next time, whatever was missed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.engine.timers import MAX_INSTANT, FixedPauseTrigger, Timers
from tests.test_timers import Shift, rings, shift

__all__ = ["shift"]  # a fixture

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
instants = st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001  # Hypothesis adds the zone
    datetime(9999, 12, 31, 23, 59, 59, 999999),  # noqa: DTZ001
    timezones=st.just(UTC),
)
pauses = st.timedeltas(timedelta(milliseconds=100), timedelta(days=1))

MINUTE, DAY, YEAR = 60, 86400, 365.25 * 86400
STEPS = {
    "five minutes forward": 5 * MINUTE,
    "an hour forward, as in spring": 3600,
    "a night asleep": 8 * 3600,
    "three days forward": 3 * DAY,
    "a year forward": YEAR,
    "over the end of February of a leap year": 460 * DAY,
    "a century forward": 100 * YEAR,
    "to the last years of the calendar": 7900 * YEAR,
    "an hour back, as in autumn": -3600,
    "a year back": -YEAR,
    "to 1970": -(NOW.timestamp() - DAY),
}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The instants that timers computed."""
    found: list[datetime] = []
    compute = FixedPauseTrigger.get_next_fire_time

    def count(self: FixedPauseTrigger, previous: datetime | None, now: datetime) -> datetime:
        found.append(compute(self, previous, now))
        return found[-1]

    monkeypatch.setattr(FixedPauseTrigger, "get_next_fire_time", count)
    return found


@pytest.mark.parametrize("seconds", STEPS.values(), ids=STEPS)
def test_after_any_step_a_bell_goes_on_and_computes_two_instants_a_ring(
    shift: Shift, counted: list[datetime], seconds: float
) -> None:
    async def main() -> int:
        bells = Timers(wall=shift)
        bell = bells.add("often", 0.05)
        bells.start()
        assert await rings(bell, 2, 5)
        counted.clear()
        shift.seconds = seconds
        if seconds < 0:  # forward, the bells go on by themselves
            assert bells.clock_step() is not None
        assert await rings(bell, 5, 5)
        bells.close()
        return len(counted)

    assert 0 < asyncio.run(main()) <= 2 * (5 + 2)  # APScheduler asks once for what was missed and once for what comes


def test_a_clock_that_goes_to_and_fro_leaves_no_bell_silent(shift: Shift, counted: list[datetime]) -> None:
    async def main() -> None:
        bells = Timers(wall=shift)
        bell, slow = bells.add("often", 0.05), bells.add("hourly", 3600)
        bells.start()
        for seconds in (YEAR, 0, -YEAR, 50 * YEAR, -3600, 0):
            shift.seconds = seconds
            assert bells.clock_step() is not None
            assert await rings(bell, 2, 5) and await rings(slow, 1, 5)
        bells.close()

    asyncio.run(main())
    assert len(counted) < 200


@given(previous=st.none() | instants, now=instants, pause=pauses)
def test_the_next_ring_is_ahead_and_no_further_than_one_pause(
    previous: datetime | None, now: datetime, pause: timedelta
) -> None:
    due = FixedPauseTrigger(pause).get_next_fire_time(previous, now)
    assert now < due or due == MAX_INSTANT
    assert due <= MAX_INSTANT - (MAX_INSTANT - now) + min(pause, MAX_INSTANT - now)


def test_what_was_not_missed_stays_on_its_beat() -> None:
    assert FixedPauseTrigger(HOUR).get_next_fire_time(NOW - HOUR / 4, NOW) == NOW + 3 * HOUR / 4
