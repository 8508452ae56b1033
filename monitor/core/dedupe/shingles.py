"""Runs of three words as numbers, and the sample of them by which near copies are found.

A word's 64-bit hash is multiplied for each of the three places of a run, so order counts, and the three are added; odd
multipliers keep every bit. The sums of a whole text are one addition of long integers with a lane of nine bytes for
each number: 32 µs for 260 words, and the sample 49; number by number it took 116.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from struct import Struct, iter_unpack

SAMPLE = 16  # one of so many goes into the sketch
MOST = 64  # numbers in a sketch, so that a book in a feed cannot fill the table
LEAST = 4  # … so that short texts can be found too

_WORDS = 16_384  # whose numbers are remembered: 3 MB
_ONE, _TWO, _THREE = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
_BITS = 0xFFFFFFFFFFFFFFFF
_WHOLE, _HALF = 1 << 64, 1 << 63
_SUM = Struct("<Q").unpack_from
_LANES = Struct("<QxQxQx")  # a word: its three numbers, each with a byte for what three of them carry
_WORD, _LANE = _LANES.size, _LANES.size // 3
_NEXT = 8 * (_WORD + _LANE)  # bits from the lane of a word to the following lane of the word behind it
_LOW = bytes(range(SAMPLE)) * (256 // SAMPLE)  # a byte → what is left of it when divided by SAMPLE


class _Weighed(dict[str, bytes]):
    """A word → its hash times the multipliers of the three places, worked out once."""

    def __missing__(self, word: str) -> bytes:
        number = int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest())
        found = _LANES.pack(number * _ONE & _BITS, number * _TWO & _BITS, number * _THREE & _BITS)
        if len(self) >= _WORDS:
            self.clear()
        self[word] = found
        return found


_WEIGHED = _Weighed()


def runs(words: Sequence[str]) -> list[int]:
    """Every run of three words as one number; that of all words where there are fewer."""
    return [_mixed(number) for (number,) in iter_unpack(f"<Q{_WORD - 8}x", _sums(weighed(words)))]


def weighed(words: Sequence[str]) -> bytes:
    """The numbers of words, each times the three multipliers."""
    return b"".join(map(_WEIGHED.__getitem__, words))


def marks(words: Sequence[str]) -> bytes:
    """Two bytes for each word, the same wherever it stands."""
    return marked(weighed(words))


def marked(lanes: bytes) -> bytes:
    """The same of words that are weighed already."""
    found = bytearray(len(lanes) // _WORD * 2)
    found[::2], found[1::2] = lanes[::_WORD], lanes[1::_WORD]
    return bytes(found)


def sketch(words: Sequence[str]) -> tuple[int, ...]:
    """A sample that two near copies share, signed for SQL: the runs divisible by SAMPLE; LEAST to MOST of them."""
    return sampled(weighed(words))


def sampled(lanes: bytes) -> tuple[int, ...]:
    """The same of words that are weighed already."""
    sums, found, left = _sums(lanes), set[int](), 0
    lefts = _lefts(sums)
    for left in range(SAMPLE):
        at = lefts.find(left)
        while at >= 0:
            (number,) = _SUM(sums, at * _WORD)
            found.add(number ^ (number >> 32))  # as _mixed: a call for each takes 3 us of 50
            at = lefts.find(left, at + 1)
        if len(found) >= LEAST:
            break
    sample = sorted(found, key=lambda number: (number % SAMPLE, number))[:LEAST] if left else sorted(found)[:MOST]
    return tuple([number - _WHOLE if number >= _HALF else number for number in sample])


def _sums(lanes: bytes) -> bytes:
    """For each run the sum of its words' numbers, in the first eight bytes of its word."""
    data = lanes.ljust(3 * _WORD, b"\0")
    ones = int.from_bytes(data, "little")
    sums = ones + (ones >> _NEXT) + (ones >> 2 * _NEXT)
    return sums.to_bytes(len(data), "little")[: len(data) - 2 * _WORD] if lanes else b""


def _mixed(number: int) -> int:
    """The high half folded down, because the sample looks at the low bits."""
    return number ^ (number >> 32)


def _lefts(sums: bytes) -> bytes:
    """For each run what is left of its mixed number when divided by SAMPLE."""
    low, high = int.from_bytes(sums[::_WORD]), int.from_bytes(sums[4::_WORD])
    return (low ^ high).to_bytes(len(sums) // _WORD).translate(_LOW)
