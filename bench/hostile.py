"""Hostile input of every family: how much of it is refused or survived, and what it costs this process.

    python bench/hostile.py [FAMILY…]

The payloads are those of tests/hostile. Peak is what one payload adds to the memory of the process that would be the
daemon, gap how long its event loop stood still, both the worst of the family; documents are read in a process of their
own, whose peak is the last line's. Exit status 1 where anything was not as it must be.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from monitor.fetch.limits import Limits
from tests.hostile import lines
from tests.hostile.answers import ROOM, sizes
from tests.hostile.families import Family, families
from tests.hostile.trials import Trial

DEADLINE = 3.0  # seconds for a document, as the daemon has it


async def limits() -> list[Trial]:
    """Bodies as big as the daemon takes them, and bigger by one byte."""
    return await lines.bodies(sizes(Limits()), Limits())


def main(names: Sequence[str]) -> int:
    """Print a line for each family and every failure."""
    every: dict[str, Family] = {**families(DEADLINE), "limits": limits}
    failures = [report(name, asyncio.run(every[name]())) for name in names or every]
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"parser processes: peak {child / 1024:.0f} MiB, this process's own at their start included")
    return int(any(failures))


def report(name: str, trials: Sequence[Trial]) -> int:
    """One family's figures; how many of its payloads failed."""
    failed = [trial for trial in trials if trial.failure]
    peak, slowest = max(trial.peak for trial in trials), max(trial.seconds for trial in trials)
    gap = max(trial.gap for trial in trials)
    counted = f"{len(trials) - len(failed)} of {len(trials)}"
    print(f"{name:12} {counted:>10}  peak +{peak / 1024:4.1f} MiB  slowest {slowest:4.2f} s  gap {gap * 1e3:3.0f} ms")
    for trial in failed:
        print(f"    {trial.name}: {trial.failure}")
    if peak > ROOM:
        print(f"    one payload cost more than {ROOM // 1024} MiB")
    sys.stdout.flush()
    return len(failed) + (peak > ROOM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
