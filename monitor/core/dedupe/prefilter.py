"""Rule out candidates that share too few shingles, by a bit set of the words of each text.

Most candidates share only a standing phrase with an article, and a full comparison costs twenty times as much. The bit
set is a Bloom filter (Bloom 1970) with one hash function. The module does not decide whether two texts are copies.
"""

from __future__ import annotations

from array import array
from contextlib import AbstractContextManager
from dataclasses import dataclass

from monitor.core.dedupe.keys import compared_words
from monitor.core.dedupe.shingles import word_hashes
from monitor.core.text.analysis import ProseAnalysis, analyse_field, analyse_prose
from monitor.core.text.extent import head

_BITS = 2048  # a text of 600 words fills a sixth of them
_MAX_FILTERS = 8_000  # in one generation of the cache; two generations take 7 MB


@dataclass(frozen=True, slots=True)
class WordFilter:
    """The number of a text's shingles, repeated ones included, and a bit set of its words."""

    runs: int
    bits: int

    def lacking(self, other: WordFilter) -> int:
        """A lower bound of the words that the other lacks: words may share a bit."""
        return (self.bits & ~other.bits).bit_count()

    def may_share(self, other: WordFilter, least: int, part: float) -> bool:
        """Whether they may share at least so many shingles, and such a part of the shingles of the shorter one.

        A shingle that begins with a word the other lacks is not shared; every word begins one, except the last two.
        Where shingles repeat, the bound is only looser.
        """
        one, two = self.runs - self.lacking(other) + 2, other.runs - other.lacking(self) + 2
        return min(one, two) >= least and (one >= part * self.runs or two >= part * other.runs)


class WordFilters:
    """The word filters of the latest texts, for all threads. lock: guards them; core starts no thread.

    A text is named by the hashes of its strings. Python caches the hash of a string, so a lookup costs nothing; a
    digest of the text would take 20 µs.
    """

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self.lock = lock
        self.young: dict[int, WordFilter] = {}
        self.old: dict[int, WordFilter] = {}

    def get(self, title: str, body: str) -> WordFilter | None:
        """The word filter of a text, if it is cached."""
        name = _name(title, head(body))
        with self.lock:
            known = self.young.get(name) or self.old.get(name)
            if known:
                self._add(name, known)
        return known

    def add(self, title: str, body: str, made: WordFilter) -> None:
        """Cache the word filter of a text."""
        with self.lock:
            self._add(_name(title, head(body)), made)

    def find(self, title: str, body: str) -> WordFilter:
        """The word filter of a stored text, made if it is not cached."""
        known = self.get(title, body)
        if known is None:
            prose = body_prose(body)
            known = filter_from_hashes(word_hashes(compared_words(title, prose, prose.words)))
            self.add(title, body, known)
        return known

    def _add(self, name: int, made: WordFilter) -> None:
        if len(self.young) >= _MAX_FILTERS:
            self.old, self.young = self.young, {}
        self.young[name] = made


def _name(title: str, body: str) -> int:
    return hash((hash(title), hash(body), len(body)))


def filter_from_hashes(noted: bytes) -> WordFilter:
    """The word filter of two-byte word hashes. Bits are set as binary digits: 20 µs for 260 words, not 31."""
    digits, count = bytearray(b"0" * _BITS), len(noted) // 2
    for mark in array("H", noted):
        digits[mark % _BITS] = 49  # "1"
    return WordFilter(max(count - 2, min(count, 1)), int(digits, 2))


def body_prose(body: str) -> ProseAnalysis:
    """The prose of the compared part of a stored text."""
    return analyse_prose(analyse_field(head(body)))
