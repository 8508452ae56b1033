"""Runs of three words as numbers, and the sample of them by which near copies are found.

A word's 64-bit hash is multiplied for each of the three places of a run, so order counts, and the three are added; odd
multipliers keep every bit. The sums of a whole text are one addition of long integers with a lane of nine bytes for
each number: 32 µs for 260 words, and the sample 49; number by number it took 116.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from struct import Struct, iter_unpack

SAMPLE_MODULUS = 16  # one of so many goes into the sketch
MAX_SKETCH_SIZE = 64  # numbers in a sketch, so that a book in a feed cannot fill the table
MIN_SKETCH_SIZE = 4  # … so that short texts can be found too

_MAX_CACHED_WORDS = 16_384  # whose numbers are remembered: 3 MB
_FIRST_MULTIPLIER, _SECOND_MULTIPLIER, _THIRD_MULTIPLIER = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
_UINT64_MASK = 0xFFFFFFFFFFFFFFFF
_UINT64_RANGE, _INT64_RANGE = 1 << 64, 1 << 63
_UNPACK_SUM = Struct("<Q").unpack_from
_LANE_STRUCT = Struct("<QxQxQx")  # a word: its three numbers, each with a byte for what three of them carry
_WORD_SIZE, _LANE_SIZE = _LANE_STRUCT.size, _LANE_STRUCT.size // 3
_LANE_SHIFT = 8 * (_WORD_SIZE + _LANE_SIZE)  # bits from the lane of a word to the following lane of the word behind it
_MODULUS_TABLE = bytes(range(SAMPLE_MODULUS)) * (
    256 // SAMPLE_MODULUS
)  # a byte → what is left of it when divided by SAMPLE


class _WeightedHashes(dict[str, bytes]):
    """A word → its hash times the multipliers of the three places, worked out once."""

    def __missing__(self, word: str) -> bytes:
        number = int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest())
        found = _LANE_STRUCT.pack(
            number * _FIRST_MULTIPLIER & _UINT64_MASK,
            number * _SECOND_MULTIPLIER & _UINT64_MASK,
            number * _THIRD_MULTIPLIER & _UINT64_MASK,
        )
        if len(self) >= _MAX_CACHED_WORDS:
            self.clear()
        self[word] = found
        return found


_WEIGHTED_HASHES = _WeightedHashes()


def shingle_hashes(words: Sequence[str]) -> list[int]:
    """Every run of three words as one number; that of all words where there are fewer."""
    return [
        _mix_bits(number) for (number,) in iter_unpack(f"<Q{_WORD_SIZE - 8}x", _shingle_sums(weighted_hashes(words)))
    ]


def weighted_hashes(words: Sequence[str]) -> bytes:
    """The numbers of words, each times the three multipliers."""
    return b"".join(map(_WEIGHTED_HASHES.__getitem__, words))


def word_hashes(words: Sequence[str]) -> bytes:
    """Two bytes for each word, the same wherever it stands."""
    return word_hashes_of_lanes(weighted_hashes(words))


def word_hashes_of_lanes(lanes: bytes) -> bytes:
    """The same of words that are weighed already."""
    found = bytearray(len(lanes) // _WORD_SIZE * 2)
    found[::2], found[1::2] = lanes[::_WORD_SIZE], lanes[1::_WORD_SIZE]
    return bytes(found)


def sketch_words(words: Sequence[str]) -> tuple[int, ...]:
    """A sample that two near copies share, signed for SQL: the runs divisible by SAMPLE; LEAST to MOST of them."""
    return sketch_of_lanes(weighted_hashes(words))


def sketch_of_lanes(lanes: bytes) -> tuple[int, ...]:
    """The same of words that are weighed already."""
    sums, found, left = _shingle_sums(lanes), set[int](), 0
    lefts = _sample_remainders(sums)
    for left in range(SAMPLE_MODULUS):
        at = lefts.find(left)
        while at >= 0:
            (number,) = _UNPACK_SUM(sums, at * _WORD_SIZE)
            found.add(number ^ (number >> 32))  # as _mixed: a call for each takes 3 us of 50
            at = lefts.find(left, at + 1)
        if len(found) >= MIN_SKETCH_SIZE:
            break
    sample = (
        sorted(found, key=lambda number: (number % SAMPLE_MODULUS, number))[:MIN_SKETCH_SIZE]
        if left
        else sorted(found)[:MAX_SKETCH_SIZE]
    )
    return tuple([number - _UINT64_RANGE if number >= _INT64_RANGE else number for number in sample])


def _shingle_sums(lanes: bytes) -> bytes:
    """For each run the sum of its words' numbers, in the first eight bytes of its word."""
    data = lanes.ljust(3 * _WORD_SIZE, b"\0")
    ones = int.from_bytes(data, "little")
    sums = ones + (ones >> _LANE_SHIFT) + (ones >> 2 * _LANE_SHIFT)
    return sums.to_bytes(len(data), "little")[: len(data) - 2 * _WORD_SIZE] if lanes else b""


def _mix_bits(number: int) -> int:
    """The high half folded down, because the sample looks at the low bits."""
    return number ^ (number >> 32)


def _sample_remainders(sums: bytes) -> bytes:
    """For each run what is left of its mixed number when divided by SAMPLE."""
    low, high = int.from_bytes(sums[::_WORD_SIZE]), int.from_bytes(sums[4::_WORD_SIZE])
    return (low ^ high).to_bytes(len(sums) // _WORD_SIZE).translate(_MODULUS_TABLE)
