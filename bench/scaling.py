"""How the CPU of every function that takes a text grows with the length of the text.

    python bench/scaling.py [--largest 5000000] [--longest 0.3] [--only WORD…] [--kinds KIND… | --all] [--locked]

Each function is run on each kind of text of 50 kB … 5 MB, as a rule on seven kinds, with --all on every kind. The
exponent is the slope of log CPU over log size, fitted to all sizes that can be measured: 1.0 is linear, 2.0 quadratic.
What a run on the next size would take is foretold from the last one, and where that is longer than a run may take, no
longer text is tried. What is too fast to be measured has no exponent. Each time is the best of several, and an exponent
that is too high is measured again, on longer texts too: a loaded machine makes times longer, never shorter, and a text
that leaves a cache of the processor does so once. Nothing is remembered from run to run, or texts of few words would be
faster for each character than those of many. Exit status 1 where an exponent is above 1.1, or where what is decided
about one article under the write lock takes more than 50 ms of CPU (--locked: only that).
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import math
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.scaling_cases import LOCKED, Function
from bench.scaling_kinds import KINDS
from bench.scaling_texts import FUNCTIONS
from monitor.core.dedupe import shingles
from monitor.core.text.extent import COMPARED

SIZES = (50_000, 200_000, 800_000, 5_000_000)  # far apart: what disturbs a time counts less in the exponent
STEEPEST = 1.1
LONGEST = 0.3  # seconds that a run may take
MEASURABLE = 0.0001  # seconds; what takes less is mostly the call itself
LEAST = 2  # sizes that each function is run on, however long it takes
BEST = 3  # runs on one text, of which the fastest counts
ENOUGH = 0.2  # seconds, after which a text is not run again
TRIES = 4  # where an exponent is too high
DEEPER = 4  # times as long may a run take at each further try: what caches add ends somewhere, what is squared does not
USUAL = ("prose", "one word", "numbers", "newlines", "ads", "prices", "CJK")
BOUND = 0.050  # seconds of CPU for what is decided about an article under the write lock


def forget() -> None:
    """Empty what is remembered of words."""
    shingles._WEIGHTED_HASHES.clear()


def keep_memory() -> None:
    """Let freed memory stay with the process (glibc): new pages are the kernel's time."""
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(-1, 1 << 30)  # M_TRIM_THRESHOLD
        mallopt(-3, 1 << 30)  # M_MMAP_THRESHOLD


def taken(function: Function, text: str) -> float:
    """Seconds of CPU of one run; what it is prepared with does not count, nor do the rounds of the collector."""
    forget()
    run = function(text)
    gc.disable()
    start = time.process_time()
    run()
    spent = time.process_time() - start
    gc.enable()
    return spent


def fastest(function: Function, text: str) -> float:
    """Seconds of CPU of the best of several runs."""
    times = list[float]()
    while len(times) < BEST and sum(times) <= ENOUGH:
        times.append(taken(function, text))
    return min(times)


Points = list[tuple[int, float]]  # sizes and seconds


def measured(names: Sequence[str], texts: Mapping[int, str], longest: float) -> dict[str, Points]:
    """What each function takes on texts that grow, up to the last that a run may take."""
    found: dict[str, Points] = {name: [] for name in names}
    for size, text in texts.items():
        for name, points in found.items():
            if len(points) < LEAST or points[-1][1] * size / points[-1][0] <= longest:
                points.append((size, fastest(FUNCTIONS[name], text)))
    return found


def exponent(found: Points) -> float | None:
    """The slope of log seconds over log size, least squares; None where nothing can be measured."""
    points = [(math.log(size), math.log(seconds)) for size, seconds in found if seconds >= MEASURABLE]
    if len(points) < 2:
        return None
    x, y = (sum(column) / len(points) for column in zip(*points, strict=True))
    return float(sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points))


def better(one: Points, other: Points) -> Points:
    """For each size the shorter time."""
    both = [*one, *other]
    return [(size, min(seconds for at, seconds in both if at == size)) for size in sorted({size for size, _ in both})]


def tried(names: Sequence[str], kind: str, largest: int, longest: float) -> dict[str, Points]:
    """What each function takes on one kind of text; what seems too steep is measured again, and longer."""
    texts = {size: KINDS[kind](size) for size in SIZES if size <= largest}
    found = measured(names, texts, longest)
    for _ in range(TRIES - 1):
        longest *= DEEPER
        steep = [name for name, points in found.items() if (exponent(points) or 0) > STEEPEST]
        found |= {name: better(found[name], points) for name, points in measured(steep, texts, longest).items()}
    return found


def report(name: str, results: Mapping[str, Points]) -> int:
    """One function's line: its steepest kind of text and its slowest; how many kinds are too steep."""
    known = {kind: slope for kind, points in results.items() if (slope := exponent(points)) is not None}
    steepest = max(known, key=lambda kind: known[kind], default="")
    paces = {kind: points[-1][1] / points[-1][0] for kind, points in results.items()}
    slowest = max(paces, key=lambda kind: paces[kind])
    grows = f"{known[steepest]:4.2f} {steepest:14}" if known else f"   – {'':14}"
    print(f"{name:28} {grows}  at most {paces[slowest] * 1e9:6.0f} ns a character, {slowest}")
    bad = [kind for kind, slope in known.items() if slope > STEEPEST]
    for kind in bad:
        size, seconds = results[kind][-1]
        print(f"    {kind}: {known[kind]:.2f}, {seconds:.2f} s for {size / 1e3:.0f} kB")
    return len(bad)


def under_lock(kinds: Sequence[str], largest: int) -> int:
    """What is compared for one article under the write lock, at worst; how many kinds of text take too long."""
    slow = 0
    for kind in kinds:
        text = KINDS[kind](min(largest, 2 * COMPARED))
        worst = {name: fastest(function, text) for name, function in LOCKED.items()}
        name = max(worst, key=lambda name: worst[name])
        slow += worst[name] > BOUND
        mark = "  TOO SLOW" if worst[name] > BOUND else ""
        print(f"under the write lock, {kind:16} {worst[name] * 1e3:5.1f} ms beside {name}{mark}", flush=True)
    return slow


def main() -> int:
    """Print a line for each function, and one for each kind of text under the write lock."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--largest", type=int, default=SIZES[-1], help="characters")
    options.add_argument("--longest", type=float, default=LONGEST, help="seconds of a run")
    options.add_argument("--only", nargs="*", default=[], help="functions whose name has one of these")
    options.add_argument("--kinds", nargs="*", default=(), choices=list(KINDS))
    options.add_argument("--all", dest="kinds", action="store_const", const=tuple(KINDS), help="every kind of text")
    options.add_argument("--locked", action="store_true", help="only what is compared under the write lock")
    given = options.parse_args()
    gc.freeze()  # what was imported is not looked at again before each run
    keep_memory()
    wanted = [name for name in FUNCTIONS if not given.only or any(word in name for word in given.only)]
    names = [] if given.locked else wanted
    kinds = given.kinds or USUAL
    found: dict[str, dict[str, Points]] = {name: {} for name in names}
    for number, kind in enumerate(kinds if names else (), 1):
        print(f"{number} of {len(kinds)}: {kind}", file=sys.stderr, flush=True)
        for name, points in tried(names, kind, given.largest, given.longest).items():
            found[name][kind] = points
    steep = sum(report(name, found[name]) for name in names)
    slow = under_lock(given.kinds or tuple(KINDS), given.largest) if not given.only else 0
    print(f"{len(names)} functions on {len(kinds)} kinds of text: {steep} too steep, {slow} too slow under the lock")
    return int(bool(steep or slow))


if __name__ == "__main__":
    sys.exit(main())
