"""How many facts are found, and how many of those found are right, on sentences written for it; and what it costs.

    python bench/facts.py

Half of the sentences are traps that hold no fact. A fact counts as found where kind, value and unit, or day and kind of
event, are as written beside the sentence.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from monitor.core.model.articles import Article, Fact
from tests.analysed import extract_facts

HERE = Path(__file__).parents[1] / "tests" / "core" / "data"
SETS = ("facts.txt", "facts-unseen.txt")
NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)
Key = tuple[str, ...]


def cases(name: str) -> Iterator[tuple[str, str, Counter[Key]]]:
    """Language, sentence and the facts that are in it."""
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            language, sentence, wanted = (part.strip() for part in line.split("|"))
            yield language, sentence, Counter(map(read, filter(None, wanted.split(";"))))


def read(text: str) -> Key:
    """A fact as it is written beside a sentence."""
    kind, *rest = text.split()
    if kind in ("money", "move", "count"):
        return kind, f"{float(rest[0]):g}", rest[1]
    return kind, *rest


def key(fact: Fact) -> Key:
    """A fact that was found, in the same form."""
    if fact.day:
        return fact.kind, fact.day.isoformat(), fact.unit
    return (fact.kind, f"{fact.value:g}", fact.unit) if fact.value is not None else (fact.kind, fact.unit)


def found(language: str, sentence: str) -> Counter[Key]:
    """What is found in a sentence."""
    return Counter(map(key, extract_facts(Article("bench", "", body=sentence, language=language), NOW)))


def main() -> None:
    """Print precision and recall for each kind and set, every slip, and CPU per article."""
    for name in SETS:
        report(name)
    body = " ".join(sentence for _, sentence, _ in cases(SETS[0]))[:3000]
    article, rounds = Article("bench", "Larkfield", body=body, language="en"), 200
    before = time.process_time()
    for _ in range(rounds):
        extract_facts(article, NOW)
    print(f"\nCPU: {(time.process_time() - before) / rounds * 1e3:.2f} ms per article of {len(body)} characters")


def report(name: str) -> None:
    """One set's figures."""
    right, extra, missed = Counter[str](), Counter[str](), Counter[str]()
    slips = []
    every = list(cases(name))
    for language, sentence, wanted in every:
        got = found(language, sentence)
        for counter, some in ((right, got & wanted), (extra, got - wanted), (missed, wanted - got)):
            counter.update(fact[0] for fact in some.elements())
        if got != wanted:
            slips.append(f"  {sentence}\n      extra {list(got - wanted)}, missed {list(wanted - got)}")
    traps = sum(not wanted for _, _, wanted in every)
    print(f"\n{name}: {len(every)} sentences, {traps} of them without a fact")
    for kind in [*sorted(right | extra | missed), ""]:
        hits, wrong, gone = (counter[kind] if kind else counter.total() for counter in (right, extra, missed))
        print(f"  {kind or 'all':6}  precision {ratio(hits, wrong)}  recall {ratio(hits, gone)}")
    print("\n".join(slips))


def ratio(right: int, wrong: int) -> str:
    """A share as text."""
    return f"{right}/{right + wrong} = {right / (right + wrong):.3f}" if right + wrong else "–"


if __name__ == "__main__":
    main()
