"""CPU per article of the matching engine beside its peers, in one run:  python bench/matching.py [watches ...]

Workload: 70 % terms and phrases of one to three words, 15 % boolean, 10 % regular expressions with a literal, 5 %
proximity; articles of about 3 KB, German and English by their letters, words by Zipf's law, one to three watches hit.
Rounds are interleaved, the median counts. Peers: pip install -e '.[bench]'. Ratios are what counts.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import re2

from monitor.core.match.engine import NearTerms, RuleSet, Watch, compile_rules
from monitor.core.model.articles import Article
from monitor.core.text.normalize import fold
from monitor.service.reload import without_gc
from tests.analysed import match_article

TARGETS = {1_000: 0.30, 10_000: 0.40}  # milliseconds per article
ARTICLES, ROUNDS, WORDS = 300, 3, 240
SYLLABLES = [
    a + b + c
    for a in "bdfgklmnprstvwz"
    for b in ("a", "e", "i", "o", "u", "ei", "au", "e", "i", "a", "o", "ie", "ä")
    for c in ("", "n", "r", "st")
]
Match = Callable[[str], int]


def vocabulary(chance: random.Random, size: int = 60_000) -> list[str]:
    """Words that look like German and English, in no order."""
    made: set[str] = set()
    while len(made) < size:
        word = "".join(chance.choices(SYLLABLES, k=chance.randint(2, 5)))
        made.add(word.capitalize() if chance.random() < 0.4 else word)
    return sorted(sorted(made), key=lambda word: chance.random())


def articles(words: Sequence[str], chance: random.Random) -> list[str]:
    """Texts whose words follow Zipf's law."""
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    return [" ".join(chance.choices(words, cum_weights=weights, k=WORDS)) for _ in range(ARTICLES)]


def watches(count: int, words: Sequence[str], names: Sequence[str], chance: random.Random) -> list[Watch]:
    """The mix of the workload. What people watch are names, alone or beside words that everybody uses."""

    def term() -> str:
        return " ".join([chance.choice(names), *chance.choices(words, k=chance.choice((0, 0, 1, 2)))])

    made = []
    for number in range(count):
        kind, name = chance.random(), f"w{number}"
        if kind < 0.70:
            made.append(Watch(name, any=(term(),)))
        elif kind < 0.85:
            made.append(Watch(name, all=((chance.choice(names),), (chance.choice(words[:300]),)), none=(term(),)))
        elif kind < 0.95:
            made.append(Watch(name, regex=(rf"\b{chance.choice(names)}\w*[ -]?[0-9]*\b",)))
        else:
            made.append(Watch(name, any=(chance.choice(names),), near=NearTerms(10, (chance.choice(words[:300]),))))
    return made


def planted(texts: Sequence[str], rules: Sequence[Watch], chance: random.Random) -> list[str]:
    """The texts, each with a term of two of the watches in it, so that one to three hit at every size."""
    terms = [rule.any[0] for rule in rules if rule.any]
    return [f"{text[:900]} {chance.choice(terms)} {text[900:]} {chance.choice(terms)}." for text in texts]


def ours(rules: Sequence[Watch]) -> Match:
    """The engine, normalising, boilerplate and evidence included."""
    book = compile_rules(rules)
    return lambda text: len(match_article(book, Article("bench", "", body=text)))


def patterns(rules: Sequence[Watch]) -> list[str]:
    """One expression for each watch: what a script without an engine would try."""
    return [
        rule.regex[0] if rule.regex else rf"\b{re.escape((rule.any or rule.all[0])[0])}(?:s|'s)?\b" for rule in rules
    ]


def needles(rules: Sequence[Watch]) -> list[str]:
    """The first term of each watch, folded; none for an expression."""
    return [(rule.any or rule.all[0])[0].casefold() for rule in rules if not rule.regex]


def naive(rules: Sequence[Watch]) -> Match:
    """One compiled expression per watch, tried one after the other."""
    compiled = [re.compile(text, re.IGNORECASE) for text in patterns(rules)]
    return lambda text: sum(one.search(text) is not None for one in compiled)


def find(rules: Sequence[Watch]) -> Match:
    """str.find per term on folded text; also inside words."""
    wanted = needles(rules)

    def run(text: str) -> int:
        folded = text.casefold()
        return sum(needle in folded for needle in wanted)

    return run


def re2_set(rules: Sequence[Watch]) -> Match:
    """All expressions in one RE2 set, and each that hits once more for its places."""
    options = re2.Options()
    options.case_sensitive, options.log_errors, options.max_mem = False, False, 1 << 30
    made, single = re2.Set.SearchSet(options), patterns(rules)
    for text in single:
        made.Add(text)
    made.Compile()
    machines = [re2.compile(text, options) for text in single]
    return lambda text: sum(machines[hit].search(text) is not None for hit in made.Match(text) or ())


def flashtext(rules: Sequence[Watch]) -> Match:
    """Terms only, with their places: no expressions, no nearness."""
    found = module("flashtext").KeywordProcessor()
    for needle in needles(rules):
        found.add_keyword(fold(needle))
    return lambda text: len(found.extract_keywords(fold(text), span_info=True))


def pyahocorasick(rules: Sequence[Watch]) -> Match:
    """Terms only, with their places, at word edges."""
    made = module("ahocorasick").Automaton()
    for needle in map(fold, needles(rules)):
        made.add_word(needle, needle)
    made.make_automaton()

    def run(text: str) -> int:
        folded = f" {fold(text)} "
        ends = [(end + 1, len(needle)) for end, needle in made.iter(folded)]
        return sum(not folded[end].isalnum() and not folded[end - size - 1].isalnum() for end, size in ends)

    return run


def module(name: str) -> Any:
    """A peer that may not be installed. Raises ImportError."""
    return importlib.import_module(name)


PEERS: dict[str, tuple[Callable[[Sequence[Watch]], Match], int, int]] = {  # make, most watches, articles
    "ours": (ours, 1_000_000, ARTICLES),
    "re per watch": (naive, 10_000, 3),
    "str.find per term": (find, 100_000, 20),
    "flashtext": (flashtext, 1_000_000, ARTICLES),
    "RE2 set": (re2_set, 10_000, ARTICLES),
    "pyahocorasick": (pyahocorasick, 1_000_000, ARTICLES),
}


def cost(run: Match, texts: Sequence[str]) -> tuple[float, float]:
    """Milliseconds of CPU per article, and the watches that hit it."""
    started = time.process_time()
    hits = sum(map(run, texts))
    return (time.process_time() - started) / len(texts) * 1000, hits / len(texts)


def compare(size: int, words: Sequence[str], plain: Sequence[str], chance: random.Random) -> float:
    """Print one size: everybody in turn, so that a busy moment strikes all; returns our milliseconds."""
    rules = watches(size, words, vocabulary(chance, size), chance)
    texts = planted(plain, rules, chance)
    runs, built = {}, {}
    for name, (make, most, _) in PEERS.items():
        if size <= most:
            started = time.process_time()
            try:
                runs[name] = make(rules)
            except ImportError:
                print(f"{size:>8}  {name:18} not installed")
                continue
            built[name] = time.process_time() - started
            runs[name](texts[0])
    warm = [cost(run, texts[: PEERS[name][2]]) for name, run in runs.items()]  # RE2 makes its engines when first asked
    rounds = [{name: cost(run, texts[: PEERS[name][2]]) for name, run in runs.items()} for _ in range(ROUNDS)]
    base = statistics.median(one["ours"][0] for one in rounds)
    for (_, hits), name in zip(warm, runs, strict=True):
        spent = statistics.median(one[name][0] for one in rounds)
        print(f"{size:>8}  {name:18} {built[name]:9.2f} {spent:9.3f} {spent / base:8.1f}  {hits:.1f}")
    print(
        f"{size:>8}  memory {memory(rules) / size:,.0f} bytes per watch; longest pause of a loop while it compiles "
        f"{asyncio.run(pause(rules)) * 1000:.0f} ms" + verdict(size, base)
    )
    return base


def verdict(size: int, spent: float) -> str:
    """Whether the target is met, where there is one."""
    if size not in TARGETS:
        return ""
    return f"; target {TARGETS[size]:.2f} ms: {'met' if spent <= TARGETS[size] else 'MISSED'}"


def memory(rules: Sequence[Watch]) -> float:
    """Bytes that a compiled book adds to a process of its own."""
    there, here = os.pipe()
    if not os.fork():
        gc.collect()
        before = resident()
        book: RuleSet = compile_rules(rules)
        gc.collect()
        os.write(here, str(resident() - before + 0 * len(book.entries)).encode())
        os._exit(0)
    os.wait()
    os.close(here)
    with os.fdopen(there) as told:
        return float(told.read())


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def pause(rules: Sequence[Watch]) -> float:
    """The longest time, in seconds, that a loop was kept waiting while another thread compiled the rules."""

    def reload() -> None:
        with without_gc():
            compile_rules(rules)

    work = asyncio.create_task(asyncio.to_thread(reload))
    longest, last = 0.0, time.monotonic()
    while not work.done():
        await asyncio.sleep(0.001)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    return longest


def expression(words: Sequence[str], texts: Sequence[str], chance: random.Random) -> None:
    """Print what an expression that keeps many beginnings open costs the rest of the book."""
    rules = watches(1_000, words, vocabulary(chance, 1_000), chance)
    open_ended = Watch("open-ended", regex=(r"a+[b-z]*\w+\s?\d",))
    text = "a" * 3_000
    plain, _ = cost(ours(rules), [*texts, text])
    with_it, _ = cost(ours([*rules, open_ended]), [*texts, text])
    print(f"an open-ended expression among 1,000 watches: {with_it:.3f} ms per article instead of {plain:.3f}")


def main() -> None:
    """Print the table."""
    sizes = [int(size) for size in sys.argv[1:]] or [100, 1_000, 10_000, 100_000]
    chance = random.Random(20261123)
    words = vocabulary(chance)
    texts = articles(words, chance)
    print(
        f"{ARTICLES} articles of {sum(map(len, texts)) // ARTICLES} characters; "
        f"ms of CPU per article, median of {ROUNDS} rounds"
    )
    print(f"{'watches':>8}  {'engine':18} {'compile s':>9} {'ms':>9} {'x ours':>8}  hits/article")
    spent = {size: compare(size, words, texts, chance) for size in sizes}
    if {10_000, 100_000} <= spent.keys():
        print(f"100,000 watches cost {spent[100_000] / spent[10_000]:.1f} times 10,000; target at most 3")
    expression(words, texts, chance)


if __name__ == "__main__":
    main()
