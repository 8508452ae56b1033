"""Bells: APScheduler rings, others work.

APScheduler 3 cancels coroutine jobs at shutdown and skips runs while a job hangs, so its jobs do nothing but set an
event. It also plans by the wall clock: after a step back of an hour it would be silent for an hour. `stepped` notices
such a step by the monotonic clock and makes it plan anew. After a step forward its own interval computes every missed
run, a million for a week of half seconds; ours names the next one only.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

MAX_INSTANT = datetime.max.replace(tzinfo=UTC)
MIN_CLOCK_STEP_SECONDS = 2.0  # seconds between the two clocks that no slewing explains


class FixedPauseTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 has no types
    """A fixed pause between two rings; of those that were missed none is ever computed."""

    def __init__(self, pause: timedelta) -> None:
        self.pause = pause

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """The next ring: a pause after the last one, or after now where that has passed or lies further ahead."""
        due = add_capped(previous or now, self.pause)
        return due if now < due <= add_capped(now, self.pause) else add_capped(now, self.pause)


def add_capped(at: datetime, pause: timedelta) -> datetime:
    """An instant so much later; the last there is where the calendar ends."""
    return at + pause if at <= MAX_INSTANT - pause else MAX_INSTANT


class Timers:
    """Events that ring at a rhythm, until closed. To be used inside a running loop."""

    def __init__(self, *, wall: Callable[[], float] = time.time) -> None:
        self.scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self.wall = wall
        self.lead = 0.0

    def add(self, name: str, seconds: float) -> asyncio.Event:
        """A new bell; it also rings once at the start."""
        bell = asyncio.Event()

        async def ring() -> None:
            bell.set()

        every, now = FixedPauseTrigger(timedelta(seconds=seconds)), datetime.fromtimestamp(self.wall(), UTC)
        self.scheduler.add_job(ring, every, id=name, next_run_time=now)
        return bell

    def start(self) -> None:
        """Begin to ring."""
        self.lead = self.wall() - asyncio.get_running_loop().time()
        self.scheduler.start()

    def clock_step(self) -> timedelta | None:
        """How far the wall clock jumped since last asked; after a jump every bell rings again at once."""
        lead = self.wall() - asyncio.get_running_loop().time()
        step, self.lead = lead - self.lead, lead
        if abs(step) < MIN_CLOCK_STEP_SECONDS:
            return None
        for job in self.scheduler.get_jobs():
            job.modify(next_run_time=datetime.fromtimestamp(self.wall(), UTC))
        return timedelta(seconds=step)

    def close(self) -> None:
        """Ring no more."""
        self.scheduler.shutdown(wait=False)
