"""Seeds of the simulated world (tests/simulation) without an end, or one of them with its event log.

    python bench/simulation.py [--seeds 10000] [--first 0] [--jobs 2] [--once]
    python bench/simulation.py --seed 4711

Each seed runs twice and must do the same both times; --once saves the second run. Exits with 1 where a promise was
broken, and names the seeds.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.simulation.simulator import simulate


def judge(seed: int, *, once: bool) -> tuple[int, list[str]]:
    """What was wrong with a seed."""
    outcome = simulate(seed)
    wrong = list(outcome.violations)
    if not once and simulate(seed).log != outcome.log:
        wrong.append("the second run was another one")
    return seed, wrong


def show(seed: int) -> int:
    """Print the event log of one seed."""
    outcome = simulate(seed)
    print("\n".join(outcome.log))
    print(f"seed {seed}: {len(outcome.violations)} violations", *outcome.violations, sep="\n  ")
    return bool(outcome.violations)


def main() -> int:
    """Run the seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seeds", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--once", action="store_true")
    given = parser.parse_args()
    if given.seed is not None:
        return show(given.seed)
    began, bad = time.monotonic(), 0
    with ProcessPoolExecutor(given.jobs) as pool:
        seeds = range(given.first, given.first + given.seeds)
        for seed, wrong in pool.map(partial(judge, once=given.once), seeds, chunksize=20):
            bad += bool(wrong)
            if wrong:
                print(f"seed {seed}:", *wrong[:3], sep="\n  ", flush=True)
    print(f"{given.seeds} seeds, {bad} broke a promise, {time.monotonic() - began:.0f} s")
    return bool(bad)


if __name__ == "__main__":
    raise SystemExit(main())
