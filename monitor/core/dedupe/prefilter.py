"""What is enough to see that two texts share little: how many words a text has, and which, as bits.

Most candidates share a standing phrase with an article and no more; comparing them in full costs twenty times as much.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from monitor.core.dedupe.differences import compared_prose
from monitor.core.dedupe.shingles import word_hashes
from monitor.core.text.analysis import TextAnalysis
from monitor.core.text.extent import head

_BITS = 2048  # a text of 600 words fills a sixth of them
_OUTLINES = 8_000  # of one generation; two are remembered: 7 MB
_young: dict[int, WordFilter] = {}
_old: dict[int, WordFilter] = {}


@dataclass(frozen=True, slots=True)
class WordFilter:
    """A text's runs of three words, no fewer than it has different ones; and its words as bits."""

    runs: int
    bits: int

    def lacking(self, other: WordFilter) -> int:
        """How many words the other lacks. Words that fall on one bit make this smaller, never larger."""
        return (self.bits & ~other.bits).bit_count()

    def may_share(self, other: WordFilter, least: int, part: float) -> bool:
        """Whether they may share so many runs, and such a part of the runs of the one that has fewer.

        The runs that begin with a word which the other lacks are not shared; each such word begins one, but for the
        last two of a text. A text that has fewer runs than this says lacks the more of them for it.
        """
        one, two = self.runs - self.lacking(other) + 2, other.runs - other.lacking(self) + 2
        return min(one, two) >= least and (one >= part * self.runs or two >= part * other.runs)


def word_filter(title: str, body: str, analysis: TextAnalysis | None = None) -> WordFilter:
    """A text's outline; sheet: with what was worked out of it already. Those met lately are remembered.

    A string knows its hash: the name of one that was met a moment ago costs nothing, a digest of it 20 µs.
    """
    body = head(body)
    name = _name(title, body)
    known = _young.get(name) or _old.get(name)
    if known is None:
        noted = analysis.word_hashes.get(body) if analysis else None
        known = filter_from_hashes(word_hashes(compared_prose(title, body, analysis)[1]) if noted is None else noted)
    if len(_young) >= _OUTLINES:
        _old.clear()
        _old.update(_young)
        _young.clear()
    _young[name] = known
    return known


def is_outlined(title: str, body: str) -> bool:
    """Whether a text's outline is remembered."""
    name = _name(title, head(body))
    return name in _young or name in _old


def forget() -> None:
    """Remember no outline: what the first look at texts costs is measured so."""
    _young.clear()
    _old.clear()


def _name(title: str, body: str) -> int:
    return hash((hash(title), hash(body), len(body)))


def filter_from_hashes(noted: bytes) -> WordFilter:
    """The outline of words by their marks. The bits are written as a number of as many digits: 20 µs for 260 words, 31
    where each mark is looked at once."""
    digits, count = bytearray(b"0" * _BITS), len(noted) // 2
    for mark in array("H", noted):
        digits[mark % _BITS] = 49  # "1"
    return WordFilter(max(count - 2, min(count, 1)), int(digits, 2))
