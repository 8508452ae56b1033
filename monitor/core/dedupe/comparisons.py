"""Comparisons of texts that a turn asks for while nobody else can write.

Short texts are compared at once. What would take longer is noted instead and has a provisional answer: the turn is
given up, the comparisons are made while others write, and the turn is taken again with what they said. What is
compared, and where its answer is needed, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar, cast

from monitor.core.text.extent import head

Answer = TypeVar("Answer")

ROOM = 20_000  # bytes that are compared for one article under the lock: 6 ms of prose, 15 of Chinese, 35 of "a1b2a1b2"
ROUNDS = 6  # turns of one visit; the archive may change between two of them


@dataclass(slots=True)
class Comparisons:
    """What was compared for the articles of one visit, and what is still to be compared."""

    known: dict[Hashable, object] = field(default_factory=dict)
    open: dict[Hashable, Callable[[], object]] = field(default_factory=dict)
    room: int = ROOM
    rounds: int = 0

    def begin(self) -> None:
        """The next article: it has room of its own."""
        self.room = ROOM

    def made(self, name: Hashable, size: int, compare: Callable[[], Answer], otherwise: Answer) -> Answer:
        """The answer of a comparison of so many bytes; `otherwise` as long as it is open, or was left out."""
        if name in self.known:
            return cast(Answer, self.known[name])
        if size <= self.room:
            self.room -= size
            return compare()
        if self.rounds < ROUNDS:
            self.open[name] = compare
        return otherwise

    def finish(self) -> None:
        """Make what is open. It may take seconds: no lock may be held."""
        self.known |= {name: compare() for name, compare in self.open.items()}
        self.open.clear()
        self.rounds += 1


def weight(text: str) -> int:
    """The bytes of what is compared of a text: a character of Chinese, a word of its own, has three."""
    return len(head(text).encode("utf-8", "replace"))


def unbounded() -> Comparisons:
    """Comparisons that are made at once, however long they take."""
    return Comparisons(room=1 << 62)
