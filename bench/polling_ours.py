"""One cycle of this monitor, for polling.py: every due feed polled once, as `run --once` does; the cost as JSON.

    python bench/polling_ours.py FOLDER HOURS [--profile FILE]

The clock is HOURS ahead, so that all feeds are due. CPU of the threads that settle is taken apart by wrapping three
functions; the rest of the process is the loop: fetching, claiming and handing over.
"""

from __future__ import annotations

import asyncio
import cProfile
import json
import logging
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from monitor.cli.database import prepare_database
from monitor.pipeline import batch, ingest
from monitor.service.once import poll_due_sources
from monitor.service.reload import RulesReloader
from monitor.service.service import open_service
from monitor.service.tasks import ServiceTasks

BEAT = 0.01  # seconds a task sleeps to see how late it is woken
spent: Counter[str] = Counter()  # microseconds of CPU


def measured(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, adding its thread's CPU to what is spent."""

    def run(*arguments: Any, **options: Any) -> Any:
        before = time.thread_time_ns()
        try:
            return function(*arguments, **options)
        finally:
            spent[name] += (time.thread_time_ns() - before) // 1000

    return run


def cpu() -> tuple[float, float]:
    """Seconds of this process and of the children that ended."""
    uses = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    own, children = (use.ru_utime + use.ru_stime for use in uses)
    return own, children


async def lateness(found: list[float]) -> None:
    """Note how late each of many short sleeps ends."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + BEAT
        await asyncio.sleep(BEAT)
        found.append(loop.time() - due)


async def cycle(folder: Path, ahead: timedelta) -> dict[str, Any]:
    """Poll whatever is due; what it cost."""
    database, late = f"sqlite:///{folder / 'monitor.db'}", list[float]()
    prepare_database(database)
    async with open_service(
        database, RulesReloader(folder / "rules.toml"), now=lambda: datetime.now(UTC) + ahead
    ) as works:
        own, _ = cpu()
        watching = asyncio.create_task(lateness(late))
        reports = await poll_due_sources(ServiceTasks(works))
        watching.cancel()
        busy = cpu()[0] - own
    children = cpu()[1]
    outcomes = Counter(report.outcome for report in reports)
    articles = sum(report.articles for report in reports)
    late.sort()
    return {
        "start": own,
        "busy": busy,
        "parse": children,
        "gap": late[len(late) * 99 // 100] if late else 0.0,
        "worst": late[-1] if late else 0.0,
        "outcomes": dict(outcomes),
        "errors": sorted({report.error for report in reports if report.error})[:3],
        "articles": articles,
        "matches": sum(count for report in reports for _, count in report.matches),
        "keys": spent["fresh"] / 1e6,
        "store": (spent["settle"] - spent["fresh"] + spent["fail"] + spent["together"]) / 1e6,
    }


def main(folder: Path, hours: float, profile: str = "") -> None:
    """Run the cycle, with the profile of its settling threads where asked for."""
    logging.disable(logging.INFO)
    recorder = cProfile.Profile(time.thread_time)
    if profile:
        settle = ingest.store_poll
        ingest.store_poll = lambda *given: recorder.runcall(settle, *given)
        import monitor.service.tasks

        monitor.service.tasks.MAX_POLLS = 1
    for name in ("store_poll", "record_failed_poll"):
        setattr(ingest, name, measured(name, getattr(ingest, name)))
    batch.store_unchanged_polls = measured("together", batch.store_unchanged_polls)
    print(json.dumps(asyncio.run(cycle(folder, timedelta(hours=hours)))))
    if profile:
        recorder.dump_stats(profile)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), *sys.argv[4:5])
