"""Split a folded text into tokens, runs of letters and runs of digits, with their offsets.

A change between letters and digits starts a new token that belongs to the same word as the token before. "." and ","
between digits belong to the number. Each character of a script without spaces (CJK) is a token of its own. The module
knows no watch and no language.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, islice
from operator import ne, sub

from monitor.core.model.articles import Span
from monitor.core.text.normalize import COMBINING_MARKS, NormalizedText, normalize_with_offsets, unencodable_characters

CJK_RANGES = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303b\u3040-\u30ff\u3100-\u312f\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
LETTER_PATTERN = rf"(?:[^\W\d_{CJK_RANGES}]|[{COMBINING_MARKS}])"
TOKEN_PATTERN = re.compile(rf"[{CJK_RANGES}]|{LETTER_PATTERN}+|\d+(?:[.,]\d+)*")
PLAIN_TOKEN_PATTERN = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")  # for texts without CJK and marks: twice as fast
# Capital letters, which no folded text contains; as many as MAX_UNENCODABLE in normalize.py
PLACEHOLDER_LETTERS = "ÀÁÂÃÅÆÇÈÉÊËÌÍÎÏÐ"
CJK_OR_MARK = re.compile(f"[{CJK_RANGES}{COMBINING_MARKS}]")
CJK_CHARACTER = re.compile(f"[{CJK_RANGES}]")
MAX_SINGLE_SEARCHES = 4  # tokens that are searched one by one; more are found in one pass
NUMBER_PATTERN = re.compile(rb"[0-9]+(?:[.,][0-9]+)*")

# Translation tables for Latin-1, which has neither combining marks nor CJK: letters stay and all else becomes a space;
# digits become "0" and all else a space.
LETTER_TABLE = bytes(code if re.match(r"[^\W\d_]", chr(code)) else 0x20 for code in range(256))
DIGIT_TABLE = bytes(0x30 if chr(code) in "0123456789" else 0x20 for code in range(256))


def tokenize(folded: str) -> list[str]:
    """The tokens that TOKEN_PATTERN finds in a folded text; for a Latin-1 text in a fifth of the time."""
    try:
        return _space_out_tokens(folded.encode("latin-1")).decode("latin-1").split()
    except UnicodeEncodeError:
        odd = unencodable_characters(folded, "latin-1")
    spare = dict(zip(filter(str.isalnum, odd or ()), PLACEHOLDER_LETTERS, strict=False))
    if (
        odd is None
        or any(map(str.isdecimal, odd))
        or CJK_OR_MARK.search("".join(odd))
        or any(other in folded for other in spare.values())
    ):
        return (TOKEN_PATTERN if CJK_OR_MARK.search(folded) else PLAIN_TOKEN_PATTERN).findall(folded)
    return _tokenize_with_placeholders(folded, spare)


def _tokenize_with_placeholders(folded: str, spare: dict[str, str]) -> list[str]:
    """Tokens of a text with a few letters beyond U+00FF, which placeholders replace; other symbols only separate."""
    for letter, other in spare.items():
        folded = folded.replace(letter, other)
    spaced = _space_out_tokens(folded.encode("latin-1", "replace")).decode("latin-1")
    for letter, other in spare.items():
        spaced = spaced.replace(other, letter)
    return spaced.split()


def _space_out_tokens(data: bytes) -> bytes:
    """Latin-1 bytes with only spaces between their tokens."""
    letters, digits = data.translate(LETTER_TABLE), data.translate(DIGIT_TABLE)
    parts, at = list[bytes](), 0
    start = digits.find(b"0")
    while start >= 0:
        at, begun = NUMBER_PATTERN.match(data, start).end(), at  # type: ignore[union-attr]  # a digit stands there
        parts += (letters[begun:start], data[start:at])
        start = digits.find(b"0", at)
    return b" ".join((*parts, letters[at:]))


@dataclass(slots=True)
class Tokens:
    """The tokens of one field of an article. Offsets and positions are computed when a watch first needs them."""

    original: str
    form: NormalizedText
    texts: list[str] = field(init=False)
    found: frozenset[str] = field(init=False)
    starts: list[int] = field(init=False, default_factory=list)
    ends: list[int] = field(init=False, default_factory=list)
    words: list[int] = field(init=False, default_factory=list)  # the number of the word a token belongs to
    places: dict[str, list[int]] = field(init=False, default_factory=dict)  # token → its positions, filled on demand
    plain: NormalizedText | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.texts = tokenize(self.form.text)
        self.found = frozenset(self.texts)

    def locate(self) -> Tokens:
        """Compute the offsets and word numbers, once; returns itself."""
        if self.starts or not self.texts:
            return self
        text, end = self.form.text, 0
        # between two tokens there is nothing that a token may begin with
        self.ends = [end := text.find(token, end) + len(token) for token in self.texts]
        self.starts = list(map(sub, self.ends, map(len, self.texts)))
        apart: Iterable[bool] = map(ne, self.starts, [-1, *self.ends])
        if not text.isascii() and CJK_CHARACTER.search(text):
            alone = [token >= "\u2e80" and bool(CJK_CHARACTER.match(token)) for token in self.texts]
            apart = map(any, zip(apart, alone, [False, *alone], strict=False))
        self.words = list(accumulate(apart, initial=-1))[1:]
        return self

    def numbers(self, text: str) -> list[int]:
        """The positions of a token in the token list."""
        if text not in self.places:
            count = self.texts.count(text) if text in self.found else 0
            self.places[text] = list(islice(iter_indexes(self.texts, text), count))
        return self.places[text]

    def every(self, some: Collection[str]) -> list[int]:
        """The positions of any of some tokens, in order."""
        if len(some) <= MAX_SINGLE_SEARCHES:
            return sorted(number for text in some for number in self.numbers(text))
        wanted = frozenset(some)
        return [number for number, text in enumerate(self.texts) if text in wanted]

    def glued(self, number: int) -> bool:
        """Whether a token belongs to the same word as the one before it."""
        return 0 < number < len(self.words) and self.words[number] == self.words[number - 1]

    def gap(self, number: int) -> str:
        """The text between a token and the one before it."""
        return self.form.text[self.ends[number - 1] : self.starts[number]]

    def word_in(self, place: int) -> int:
        """The number of the word at, or next after, an offset of the original text."""
        number = bisect_right(self.locate().ends, place, key=lambda end: self.origin(end - 1, end)[1])
        return self.words[number] if number < len(self.words) else len(self.words)

    def normal(self) -> NormalizedText:
        """The text that regular expressions are matched against: normalized, not casefolded."""
        if self.plain is None:
            self.plain = normalize_with_offsets(self.original)
        return self.plain

    def origin(self, start: int, end: int) -> Span:
        """A span of the folded text in the original."""
        return self.form.origin(start, end)


def iter_indexes(texts: Sequence[str], text: str) -> Iterator[int]:
    """Every index of a text in a list, by list.index, which searches in C; raises ValueError after the last."""
    at = -1
    while True:
        at = texts.index(text, at + 1)
        yield at


MAX_LEAD_LENGTH = 12  # characters before a number within which a match may begin

_NUMBER_START = re.compile(r"(?<![0-9])\d")


def number_positions(text: str, one_to_one: bool) -> Sequence[int]:
    """The offsets at which a number begins. one_to_one: of the folded text; then 0 to 9 are its only digits."""
    try:
        data = text.encode("latin-1", "replace" if one_to_one else "strict")
    except UnicodeEncodeError:
        return [digit.start() for digit in _NUMBER_START.finditer(text)]
    digits, found = data.translate(DIGIT_TABLE) + b" ", list[int]()
    start = digits.find(b"0")
    while start >= 0:
        found.append(start)
        start = digits.find(b"0", digits.find(b" ", start))
    return found


def find_at_numbers(
    pattern: re.Pattern[str], text: str, numbers: Sequence[int], lead: re.Pattern[str] | None = None
) -> Iterator[re.Match[str]]:
    """What pattern.finditer finds, for a pattern whose matches begin with a number or a lead of 12 characters.

    finditer tries a pattern with many possible first words at every character, which takes 0.1 to 0.5 ms for 3 kB.
    """
    end = 0
    for number in numbers:
        led = lead.search(text, max(end, number - MAX_LEAD_LENGTH), number) if lead else None
        match = (pattern.match(text, led.start()) if led else None) or (number >= end and pattern.match(text, number))
        if match:
            yield match
            end = match.end()
