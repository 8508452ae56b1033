"""Whether the strict parser agrees with the tolerant one; ends with status 1 where it does not.

    python bench/agree.py [--grown 2000] [FOLDER …]

Feeds written for one peculiarity each, feeds grown from fragments of them and damaged ones, and every file in the given
folders. A document is declined, or each field of each article is equal.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from monitor.feeds import decode
from tests.feeds import corpus
from tests.feeds.agreement import ACCEPTED, DECLINED, DIFFERENT, NO_FEED, compared

VERDICTS = (ACCEPTED, DECLINED, NO_FEED, DIFFERENT)
SHOWN = 5  # differences of each kind of document
Named = Iterator[tuple[str, str]]


def grown(count: int) -> Named:
    """Feeds grown from fragments; the same ones each time."""
    for seed in range(count):
        yield f"seed {seed}", corpus.grown(random.Random(seed).choice)


def damaged(count: int) -> Named:
    """The same with one damage each."""
    for seed, (name, text) in enumerate(grown(count)):
        chance = random.Random(-seed - 1)
        damage = chance.choice(tuple(corpus.DAMAGES))
        yield f"{name}, {damage}", corpus.DAMAGES[damage](text, chance.randrange(len(text)))


def files(folder: Path) -> Named:
    """Every file of a folder, decoded as a feed without a header would be."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield str(path.relative_to(folder)), decode.decode_text(path.read_bytes(), "")


def report(kind: str, documents: Named) -> int:
    """Print the counts of one kind of document, and the first differences; returns how many differ."""
    counts = Counter[str]()
    for name, text in documents:
        verdict, why = compared(text)
        counts[verdict] += 1
        if verdict == DIFFERENT and counts[DIFFERENT] <= SHOWN:
            print(f"  {name}: {why}"[:500])
    print(f"{kind[-40:]:40}", *(f"{word} {counts[word]:6}" for word in VERDICTS), sep="  ")
    return counts[DIFFERENT]


def main() -> None:
    """Read everything both ways."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--grown", type=int, default=2000)
    options.add_argument("folders", nargs="*", type=Path)
    given = options.parse_args()
    logging.disable(logging.WARNING)  # entries that neither can read
    kinds = {"written": corpus.written(), "grown": grown(given.grown), "damaged": damaged(given.grown)}
    kinds |= {str(folder): files(folder) for folder in given.folders}
    if sum([report(kind, documents) for kind, documents in kinds.items()]):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
