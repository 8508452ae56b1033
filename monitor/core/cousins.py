"""The same story in other words: two articles about one company that give the same figures within two days.

No shared sentence is needed, so it is careful: two sums or counts that are equal, hardly one that only one of them has,
a name in both headlines. Codes and coming days alone prove nothing, for every article about a company has them. What is
unsure is two stories: telling twice is better than not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.core.model.articles import Fact, Kin, Kinship

SHARED, ALIKE = 2, 0.6  # figures that both have; their share of all that either has
NAME = re.compile(r"\b[A-ZÄÖÜ][\w-]{2,}|[\u4e00-\u9fff]{2,}")
SMALL = 100.0  # a number below is too common to tell stories apart: 3 percent, 2 plants
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Cousin:
    """A stored article of the last days with its facts."""

    article: int
    story: int
    title: str
    facts: frozenset[Key]


def key(kind: str, value: float | None, unit: str) -> Key | None:
    """What a fact can be compared by; None for one that proves nothing."""
    if kind not in ("money", "count") or value is None or abs(value) < SMALL:
        return None
    return kind, unit, f"{value:g}"


def keys(facts: Iterable[Fact]) -> frozenset[Key]:
    """What the facts of an article can be compared by."""
    found = (key(one.kind, one.value, one.unit) for one in facts)
    return frozenset(one for one in found if one)


def same_story(title: str, facts: Iterable[Fact], others: Sequence[Cousin]) -> Kin | None:
    """The story that an article tells again in other words; the one with most in common."""
    mine, names = keys(facts), named(title)
    best: tuple[int, Cousin] | None = None
    for other in others:
        shared = mine & other.facts
        if len(shared) < SHARED or len(shared) < ALIKE * len(mine | other.facts) or not names & named(other.title):
            continue
        if best is None or len(shared) > best[0]:
            best = len(shared), other
    if best is None:
        return None
    told = ", ".join(f"{value} {unit}".strip() for _, unit, value in sorted(mine & best[1].facts))
    return Kin(Kinship.SAME, f"the story of #{best[1].article} in other words: {told}", best[1].story, best[1].article)


def named(title: str) -> frozenset[str]:
    """The names in a headline; in German every noun looks like one, so they are only one condition of several."""
    return frozenset(word.casefold() for word in NAME.findall(title))
