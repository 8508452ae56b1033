"""What receivers saw, counted: lost, repeated, marked. Pure: it knows no daemon, no socket and no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MARK = "possible repeat"
TAKEN = (200, None)  # a POST whose line was cut was in hand all the same


@dataclass(frozen=True)
class Receipt:
    """One message as a receiver saw it: its articles, whether it was taken and whether it calls itself a repeat."""

    articles: frozenset[int]
    taken: bool
    marked: bool = False
    whole: bool = True  # False: it was cut before its end, so nobody can know what is in it


@dataclass(frozen=True)
class Tally:
    """Of one channel: articles lost, told of the baseline, taken again, of these marked; messages cut short."""

    lost: int
    early: int
    repeated: int
    marked: int
    cut: int


@dataclass(frozen=True)
class Verdict:
    """Of a row: the tallies by channel, the daemon's own count of possible repeats, and what was promised besides."""

    tallies: Mapping[str, Tally]
    counted: int | None  # None: the database was changed under the daemon, so its count is of another life
    broken: tuple[str, ...] = ()

    @property
    def faults(self) -> list[str]:
        """Every promise that was broken, in words."""
        found = list(self.broken)
        for name, one in self.tallies.items():
            found += [f"{name}: {one.lost} lost"] * bool(one.lost)
            found += [f"{name}: {one.early} told of the baseline"] * bool(one.early)
            found += [f"{name}: {one.repeated - one.marked} repeats not marked"] * (one.repeated > one.marked)
        repeated = sum(one.repeated for one in self.tallies.values())
        if self.counted is not None and repeated > self.counted:
            found.append(f"{repeated} repeated, {self.counted} counted")
        return found


def post(body: Any, answered: int | None) -> Receipt:
    """The receipt of a POST. body: its JSON, or None where it was cut in the middle."""
    if not isinstance(body, dict):
        return Receipt(frozenset(), taken=False, whole=False)
    return message(str(body.get("title", "")), str(body.get("message", "")), taken=answered in TAKEN)


def mail(subject: str, text: str, answered: str) -> Receipt:
    """The receipt of a mail whose DATA was read to its end; answered: the reply to it."""
    return message(subject, text, taken=not answered.startswith(("4", "5")))


def message(title: str, text: str, *, taken: bool) -> Receipt:
    """The receipt of a message."""
    return Receipt(numbers(f"{title}\n{text}"), taken, MARK in text)


def numbers(shown: str) -> frozenset[int]:
    """The articles a message is about, by the number in their headlines."""
    lines = shown.splitlines()
    told = [*lines[:1], *(line for line in lines if line.startswith("•"))]
    words = [line.partition("Report ")[2].split() for line in told if "Report " in line]
    return frozenset(int(word[0]) for word in words if word and word[0].isdigit())


def tally(receipts: Iterable[Receipt], first: int, last: int) -> Tally:
    """Count what one channel took, in the order of arrival. Articles first + 1 … last had to come, older ones not."""
    seen: Counter[int] = Counter()
    marked = cut = 0
    for receipt in receipts:
        cut += not receipt.whole
        if receipt.taken:
            marked += receipt.marked * sum(number > first and seen[number] > 0 for number in receipt.articles)
            seen.update(receipt.articles)
    told = {number for number in seen if number > first}
    return Tally(
        lost=last - first - len(told & set(range(first + 1, last + 1))),
        early=len(seen) - len(told),
        repeated=sum(seen[number] - 1 for number in told),
        marked=marked,
        cut=cut,
    )
