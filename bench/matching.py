"""CPU per article of the matching engine beside its peers, in one run:  python bench/matching.py [watches ...]

Workload: 70 % terms and phrases, 15 % boolean, 10 % regular expressions with a literal, 5 % proximity; articles of
about 3 KB, German and English words by Zipf's law. Ratios are what counts; the targets stand in TARGETS.
"""

from __future__ import annotations

import random
import re
import sys
import time
from collections.abc import Callable, Sequence
from itertools import accumulate

import re2

from monitor.core.model import Article
from monitor.core.rules import NearTerms, Watch, compile_book, match

TARGETS = {1_000: 0.30, 10_000: 0.40}  # milliseconds per article
ARTICLES = 400  # each is seen once: an engine that learns a text by heart must not profit
WORDS = 280
SYLLABLES = [
    a + b + c
    for a in "bdfgklmnprstvwz"
    for b in ("a", "e", "i", "o", "u", "ei", "au", "e", "i", "a", "o", "ie", "ä")
    for c in ("", "n", "r", "st")
]
Match = Callable[[str], int]


def vocabulary(chance: random.Random) -> list[str]:
    """Twenty thousand words that look like German and English."""
    made: set[str] = set()
    while len(made) < 20_000:
        word = "".join(chance.choices(SYLLABLES, k=chance.randint(2, 5)))
        made.add(word.capitalize() if chance.random() < 0.4 else word)
    return sorted(sorted(made), key=lambda word: chance.random())


def articles(words: Sequence[str], chance: random.Random) -> list[str]:
    """Texts whose words follow Zipf's law."""
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    return [" ".join(chance.choices(words, cum_weights=weights, k=WORDS)) for _ in range(ARTICLES)]


def watches(count: int, words: Sequence[str], chance: random.Random) -> list[Watch]:
    """The mix of the workload; most terms are rare words, as people's are."""
    rare = words[4_000:]

    def term() -> str:
        return " ".join(chance.choices(rare, k=chance.choice((1, 2, 2, 3))))

    made = []
    for number in range(count):
        kind, name = chance.random(), f"w{number}"
        if kind < 0.70:
            made.append(Watch(name, any=(term(),)))
        elif kind < 0.85:
            made.append(Watch(name, all=((chance.choice(rare),), (chance.choice(words),)), none=(term(),)))
        elif kind < 0.95:
            made.append(Watch(name, regex=(rf"\b{chance.choice(rare)}\w*[ -]?[0-9]+\b",)))
        else:
            made.append(Watch(name, any=(chance.choice(rare),), near=NearTerms(10, (chance.choice(words),))))
    return made


def ours(rules: Sequence[Watch]) -> Match:
    """The engine, normalising and evidence included."""
    book = compile_book(rules)
    return lambda text: len(match(book, Article("bench", "", body=text)))


def patterns(rules: Sequence[Watch]) -> list[str]:
    """One expression for each watch: what a script without an engine would try."""
    return [
        rule.regex[0] if rule.regex else rf"\b{re.escape((rule.any or rule.all[0])[0])}(?:s|'s)?\b" for rule in rules
    ]


def naive(rules: Sequence[Watch]) -> Match:
    """One compiled expression per watch, tried one after the other."""
    compiled = [re.compile(text, re.IGNORECASE) for text in patterns(rules)]
    return lambda text: sum(one.search(text) is not None for one in compiled)


def find(rules: Sequence[Watch]) -> Match:
    """str.find per term on folded text; wrong inside words."""
    needles = [(rule.any or rule.all[0])[0].casefold() for rule in rules if not rule.regex]

    def run(text: str) -> int:
        folded = text.casefold()
        return sum(needle in folded for needle in needles)

    return run


def re2_set(rules: Sequence[Watch]) -> Match:
    """All expressions in one RE2 set."""
    options = re2.Options()
    options.case_sensitive, options.log_errors, options.max_mem = False, False, 1 << 30
    made = re2.Set.SearchSet(options)
    for text in patterns(rules):
        made.Add(text)
    made.Compile()
    return lambda text: len(made.Match(text) or ())


PEERS: dict[str, tuple[Callable[[Sequence[Watch]], Match], int]] = {  # name → make, the most watches it is asked for
    "ours": (ours, 1_000_000),
    "re per watch": (naive, 1_000),
    "str.find per term": (find, 10_000),
    "RE2 set": (re2_set, 10_000),
}


def cost(run: Match, texts: Sequence[str]) -> tuple[float, float]:
    """Milliseconds of CPU per article, and the watches that hit it."""
    started = time.process_time()
    hits = sum(map(run, texts))
    return (time.process_time() - started) / len(texts) * 1000, hits / len(texts)


def main() -> None:
    """Print the table."""
    sizes = [int(size) for size in sys.argv[1:]] or [100, 1_000, 10_000]
    chance = random.Random(20261123)
    words = vocabulary(chance)
    texts = articles(words, chance)
    print(f"{ARTICLES} articles of {sum(map(len, texts)) // ARTICLES} characters; ms of CPU per article")
    print(f"{'watches':>8}  {'engine':18} {'compile s':>9} {'ms':>8} {'x ours':>7}  hits/article")
    for size in sizes:
        rules = watches(size, words, chance)
        base = 0.0
        for name, (make, most) in PEERS.items():
            if size > most:
                continue
            started = time.process_time()
            run = make(rules)
            built = time.process_time() - started
            spent, hits = cost(run, texts[:10] if name == "re per watch" else texts)
            base = base or spent
            print(f"{size:>8}  {name:18} {built:9.2f} {spent:8.3f} {spent / base:7.1f}  {hits:.1f}")
        if size in TARGETS:
            print(f"{size:>8}  target {TARGETS[size]:.2f} ms: {'met' if base <= TARGETS[size] else 'MISSED'}")


if __name__ == "__main__":
    main()
