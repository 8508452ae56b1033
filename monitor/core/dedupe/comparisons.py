"""Keep long text comparisons out of the database lock.

Short texts are compared at once. A longer comparison is noted and gets a provisional answer: the transaction is rolled
back, the comparison is made without the lock, and the transaction runs again with its result. The module does not know
what is compared, nor what the result is used for.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar, cast

from monitor.core.dedupe.prefilter import WordFilters
from monitor.core.dedupe.wording_cache import WordingCache
from monitor.core.text.extent import head

Answer = TypeVar("Answer")

MAX_LOCKED_BYTES = 20_000  # compared for one article under the lock: 6 ms of prose, 15 of Chinese, 35 of "a1b2a1b2"
MAX_ROUNDS = 6  # transactions of one poll; the archive may change between two of them


@dataclass(slots=True)
class Comparisons:
    """The comparisons of the articles of one poll: known results and open comparisons.

    filters, wordings: word filters and wordings of the texts that were compared lately, by any poll.
    """

    filters: WordFilters
    wordings: WordingCache
    known: dict[Hashable, object] = field(default_factory=dict)
    open: dict[Hashable, Callable[[], object]] = field(default_factory=dict)
    room: int = MAX_LOCKED_BYTES  # bytes that may still be compared at once
    rounds: int = 0

    def begin(self) -> None:
        """Start the next article with a full allowance."""
        self.room = MAX_LOCKED_BYTES

    def made(self, name: Hashable, size: int, compare: Callable[[], Answer], otherwise: Answer) -> Answer:
        """The result of a comparison of `size` bytes; `otherwise` while it is open, or after MAX_ROUNDS."""
        if name in self.known:
            return cast(Answer, self.known[name])
        if size <= self.room:
            self.room -= size
            return compare()
        if self.rounds < MAX_ROUNDS:
            self.open[name] = compare
        return otherwise

    def finish(self) -> None:
        """Make the open comparisons. It may take seconds: hold no lock."""
        self.known |= {name: compare() for name, compare in self.open.items()}
        self.open.clear()
        self.rounds += 1


def weight(text: str) -> int:
    """The bytes of the compared part of a text. A Chinese character, a token of its own, counts three."""
    return len(head(text).encode("utf-8", "replace"))
