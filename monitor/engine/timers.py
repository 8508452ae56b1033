"""Timers: APScheduler sets an event at intervals; what waits for the event does the work.

APScheduler 3 cancels coroutine jobs at shutdown and skips runs while a job hangs, so its jobs only set events. It also
plans by the wall clock: after a step back of an hour it is silent for an hour. `clock_step` finds such a step by the
monotonic clock and reschedules. After a step forward APScheduler's own interval computes every missed run, a million
for a week of half seconds; `FixedPauseTrigger` computes the next one only. This module does not know what is timed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

MAX_INSTANT = datetime.max.replace(tzinfo=UTC)
MIN_CLOCK_STEP_SECONDS = 2.0  # between the two clocks; slewing explains less


class FixedPauseTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 has no types
    """Fires after a fixed pause, without computing the missed runs."""

    def __init__(self, pause: timedelta) -> None:
        self.pause = pause

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """A pause after the last run, or after now where that has passed or is further ahead than a pause."""
        due = add_capped(previous or now, self.pause)
        return due if now < due <= add_capped(now, self.pause) else add_capped(now, self.pause)


def add_capped(at: datetime, pause: timedelta) -> datetime:
    """An instant plus a pause, at most MAX_INSTANT."""
    return at + pause if at <= MAX_INSTANT - pause else MAX_INSTANT


class ClockStepDetector:
    """Compares the wall clock with the loop's monotonic clock. To be created inside a running loop."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self.wall = wall
        self.lead = self.measure_lead()

    def measure_lead(self) -> float:
        """By how many seconds the wall clock is ahead of the monotonic clock."""
        return self.wall() - asyncio.get_running_loop().time()

    def clock_step(self) -> timedelta | None:
        """How far the wall clock was set since the last call, None where it was not."""
        lead = self.measure_lead()
        step, self.lead = lead - self.lead, lead
        return None if abs(step) < MIN_CLOCK_STEP_SECONDS else timedelta(seconds=step)


class Timers:
    """Events that are set at intervals until close(). To be used inside a running loop. wall: the wall clock."""

    def __init__(self, *, wall: Callable[[], float] = time.time) -> None:
        self.scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self.wall = wall
        self.steps: ClockStepDetector | None = None  # none before start()

    def add(self, name: str, seconds: float) -> asyncio.Event:
        """A new event that is set at the start and then every so many seconds."""
        event = asyncio.Event()

        async def set_event() -> None:
            event.set()

        every, now = FixedPauseTrigger(timedelta(seconds=seconds)), datetime.fromtimestamp(self.wall(), UTC)
        self.scheduler.add_job(set_event, every, id=name, next_run_time=now)
        return event

    def start(self) -> None:
        """Start all timers."""
        self.steps = ClockStepDetector(self.wall)
        self.scheduler.start()

    def clock_step(self) -> timedelta | None:
        """How far the wall clock was set since the last call, None where it was not; after a step every timer fires."""
        step = self.steps.clock_step() if self.steps else None
        if step is not None:
            for job in self.scheduler.get_jobs():
                job.modify(next_run_time=datetime.fromtimestamp(self.wall(), UTC))
        return step

    def close(self) -> None:
        """Stop all timers."""
        self.scheduler.shutdown(wait=False)
