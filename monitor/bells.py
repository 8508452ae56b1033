"""Bells: APScheduler rings, others work.

APScheduler 3 cancels coroutine jobs at shutdown and skips runs while a job hangs, so its jobs do nothing but set an
event. It also plans by the wall clock: after a step back of an hour it would be silent for an hour. `steady` notices
such a step by the monotonic clock and makes it plan anew.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

STEP = 2.0  # seconds between the two clocks that no slewing explains


class Bells:
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

        self.scheduler.add_job(ring, "interval", seconds=seconds, id=name, next_run_time=datetime.now(UTC))
        return bell

    def start(self) -> None:
        """Begin to ring."""
        self.lead = self.wall() - asyncio.get_running_loop().time()
        self.scheduler.start()

    def stepped(self) -> timedelta | None:
        """How far the wall clock jumped since last asked; after a jump every bell rings again at once."""
        lead = self.wall() - asyncio.get_running_loop().time()
        step, self.lead = lead - self.lead, lead
        if abs(step) < STEP:
            return None
        for job in self.scheduler.get_jobs():
            job.modify(next_run_time=datetime.fromtimestamp(self.wall(), UTC))
        return timedelta(seconds=step)

    def close(self) -> None:
        """Ring no more."""
        self.scheduler.shutdown(wait=False)
