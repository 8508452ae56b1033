"""Hash the shingles of a text (runs of three words, Broder 1997) and sample them to find near copies.

The 64-bit hash of a word is multiplied by an odd number for its place in the shingle, so order counts, and the three
products are added. A whole text is summed by one addition of long integers with a lane of nine bytes for each number:
32 µs for 260 words, 49 with the sample; number by number it took 116. The module knows no article.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from struct import Struct

SAMPLE_MODULUS = 16  # one hash of 16 goes into the sketch: those divisible by it
MAX_SKETCH_SIZE = 64  # hashes, so that a book in a feed cannot fill the table
MIN_SKETCH_SIZE = 4  # hashes, so that short texts can be found too

_MAX_CACHED_WORDS = 16_384  # take 3 MB
_FIRST_MULTIPLIER, _SECOND_MULTIPLIER, _THIRD_MULTIPLIER = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
_UINT64_MASK = 0xFFFFFFFFFFFFFFFF
_UINT64_RANGE, _INT64_RANGE = 1 << 64, 1 << 63
_UNPACK_SUM = Struct("<Q").unpack_from
_LANE_STRUCT = Struct("<QxQxQx")  # a word: its three products, each with a byte for the carry
_WORD_SIZE, _LANE_SIZE = _LANE_STRUCT.size, _LANE_STRUCT.size // 3
_LANE_SHIFT = 8 * (_WORD_SIZE + _LANE_SIZE)  # bits from a lane of a word to the next lane of the next word
_MODULUS_TABLE = bytes(range(SAMPLE_MODULUS)) * (256 // SAMPLE_MODULUS)  # byte → byte % SAMPLE_MODULUS


class _WeightedHashes(dict[str, bytes]):
    """Word → its hash times the three multipliers, cached."""

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


def weighted_hashes(words: Sequence[str]) -> bytes:
    """The lanes of words: each hash times the three multipliers, 27 bytes a word."""
    return b"".join(map(_WEIGHTED_HASHES.__getitem__, words))


def word_hashes(words: Sequence[str]) -> bytes:
    """Two bytes for each word, independent of its position."""
    return word_hashes_of_lanes(weighted_hashes(words))


def word_hashes_of_lanes(lanes: bytes) -> bytes:
    """word_hashes of the lanes that weighted_hashes made."""
    found = bytearray(len(lanes) // _WORD_SIZE * 2)
    found[::2], found[1::2] = lanes[::_WORD_SIZE], lanes[1::_WORD_SIZE]
    return bytes(found)


def sketch_of_lanes(lanes: bytes) -> tuple[int, ...]:
    """A sample of at most 64 shingle hashes that near copies share (Broder 1997, mod m), as signed 64-bit for SQL.

    lanes: of weighted_hashes. Fewer than three words count as one shingle.
    """
    sums, found, left = _shingle_sums(lanes), set[int](), 0
    lefts = _sample_remainders(sums)
    for left in range(SAMPLE_MODULUS):
        at = lefts.find(left)
        while at >= 0:
            (number,) = _UNPACK_SUM(sums, at * _WORD_SIZE)
            found.add(number ^ (number >> 32))  # the sample is chosen by the low bits
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
    """The sum of each shingle in the first eight bytes of its 27."""
    data = lanes.ljust(3 * _WORD_SIZE, b"\0")
    ones = int.from_bytes(data, "little")
    sums = ones + (ones >> _LANE_SHIFT) + (ones >> 2 * _LANE_SHIFT)
    return sums.to_bytes(len(data), "little")[: len(data) - 2 * _WORD_SIZE] if lanes else b""


def _sample_remainders(sums: bytes) -> bytes:
    """The mixed hash of each shingle modulo SAMPLE_MODULUS, one byte each."""
    low, high = int.from_bytes(sums[::_WORD_SIZE]), int.from_bytes(sums[4::_WORD_SIZE])
    return (low ^ high).to_bytes(len(sums) // _WORD_SIZE).translate(_MODULUS_TABLE)
