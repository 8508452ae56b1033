"""What reading a feed costs: CPU of this process and of its children, for a feed of some 97 KB with 35 entries.

    python bench/parsing.py [--rounds 20]

Interleaved in one run: the tolerant parser alone, the strict one, both with 34 of 35 entries seen before, and the whole
Parser with its process, which shows what handing a document over costs and when it is spared.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from monitor.core.model.polling import Page, Source
from monitor.feeds import incremental, rss
from monitor.feeds.parser import Parser
from tests.feeds import corpus

SOURCE = Source("bench", "https://feeds.example/rss")
ENTRIES = 35
WORDS = "Der Hersteller von Werkzeugmaschinen hat im dritten Quartal für 4,2 Milliarden Euro Aufträge erhalten. "
Work = Callable[[], Awaitable[object]]


def entry(number: int) -> str:
    """One entry with summary and content, 2.7 KB."""
    paragraphs = "".join(f"<p>{number}.{at} {WORDS * 2} <a href='/{at}'>Mehr</a></p>\n" for at in range(9))
    return (
        f"<title>Meldung {number}: Auftrag &amp; Ausblick</title><link>https://feeds.example/{number}</link>"
        f"<guid isPermaLink='false'>id-{number}</guid><pubDate>Mon, 23 Nov 2026 09:{number % 60:02}:00 +0100</pubDate>"
        f"<dc:creator>Redaktion</dc:creator><category>Maschinenbau</category><category>Quartal</category>"
        f"<description>&lt;p&gt;{WORDS * 2}&lt;/p&gt;</description>"
        f"<content:encoded><![CDATA[{paragraphs}]]></content:encoded>"
    )


def page(first: int, extra: str = "") -> Page:
    """A feed of entries from a number on; extra stands in the newest."""
    entries = [entry(number) for number in range(first + ENTRIES - 1, first - 1, -1)]
    text = corpus.document("rss", corpus.HEADS[:4], [entries[0] + extra, *entries[1:]])
    return Page("https://feeds.example/rss", text.encode())


def cpu() -> float:
    """Seconds of CPU so far: of this process and of the parser's, which must have ended to be counted."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def measured(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Milliseconds of CPU of each way, the median of interleaved rounds."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.process_time()
            way()
            taken[name].append((time.process_time() - start) * 1000)
    return {name: statistics.median(values) for name, values in taken.items()}


async def handed_over(feeds: list[Page], seen: bytes) -> tuple[float, bool]:
    """Milliseconds of CPU for each page through a Parser, its process included, and whether one was started."""
    parser, start = Parser(deadline=20), cpu()
    for one in feeds:
        await parser.parse(one, SOURCE, seen)
    started = bool(parser._pool._all)
    await parser.aclose()
    return (cpu() - start) * 1000 / len(feeds), started


def main() -> None:
    """Print milliseconds and ratios."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=20)
    rounds = options.parse_args().rounds
    old, new = page(0), page(1)
    strange, stranger = page(0, "<abstract>x</abstract>"), page(1, "<abstract>x</abstract>")
    seen, strangely = (
        incremental.begin_parse(old, SOURCE, b"").stripped.hashes,
        incremental.begin_parse(strange, SOURCE, b"").stripped.hashes,
    )
    assert incremental.begin_parse(new, SOURCE, seen).stripped.known == ENTRIES - 1
    ways: dict[str, Callable[[], object]] = {
        "tolerant, whole": lambda: rss.parse_feed_tolerantly(new, SOURCE),
        "tolerant, one new entry": lambda: rss.parse_feed_tolerantly(
            incremental.begin_parse(stranger, SOURCE, strangely).page, SOURCE
        ),
        "strict, whole": lambda: incremental.begin_parse(new, SOURCE, b""),
        "strict, one new entry": lambda: incremental.begin_parse(new, SOURCE, seen),
    }
    print(f"{len(new.body) / 1000:.0f} KB, {ENTRIES} entries; ms of CPU, median of {rounds}")
    taken = measured(ways, rounds)
    for name, value in taken.items():
        print(f"  {name:28} {value:8.2f}  {taken['tolerant, whole'] / value:7.1f} times cheaper")
    for name, one, known in (
        ("plain, whole", new, b""),
        ("plain, one new entry", new, seen),
        ("strange, whole", stranger, b""),
        ("strange, one new entry", stranger, strangely),
    ):
        value, started = asyncio.run(handed_over([one] * rounds, known))
        word = "with a process (its start included)" if started else "no process was started"
        print(f"  Parser: {name:24} {value:8.2f}  {word}")


if __name__ == "__main__":
    main()
