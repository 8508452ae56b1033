"""Tokens: a folded text as runs of letters and runs of digits, with their places.

A change between letters and digits starts a new token, glued to the one before. "." and "," between digits belong to
the number. Each character of a script that is written without spaces is a token of its own.
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
PLAIN_TOKEN_PATTERN = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")  # the same where nothing is SPECIAL, twice as fast
PLACEHOLDER_LETTERS = (
    "ÀÁÂÃÅÆÇÈÉÊËÌÍÎÏÐ"  # letters that no folded text has, as it is in lower case; as many as `beyond` may find
)
CJK_OR_MARK = re.compile(f"[{CJK_RANGES}{COMBINING_MARKS}]")
CJK_CHARACTER = re.compile(f"[{CJK_RANGES}]")
FEW = 4  # tokens that are looked for one by one
NUMBER_PATTERN = re.compile(rb"[0-9]+(?:[.,][0-9]+)*")

# For each character below U+0100, where there is neither a mark nor such a script: itself where it is a letter, else a
# space; and where it is a digit.
LETTER_TABLE = bytes(code if re.match(r"[^\W\d_]", chr(code)) else 0x20 for code in range(256))
DIGIT_TABLE = bytes(0x30 if chr(code) in "0123456789" else 0x20 for code in range(256))


def tokenize(folded: str) -> list[str]:
    """The tokens of a folded text: what TOKEN finds; where nothing is beyond U+00FF, in a fifth of the time."""
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
    """The tokens of a text with a few letters beyond U+00FF, which for a moment are others; symbols are only gaps."""
    for letter, other in spare.items():
        folded = folded.replace(letter, other)
    spaced = _space_out_tokens(folded.encode("latin-1", "replace")).decode("latin-1")
    for letter, other in spare.items():
        spaced = spaced.replace(other, letter)
    return spaced.split()


def _space_out_tokens(data: bytes) -> bytes:
    """A text with nothing but spaces between its tokens."""
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
    """A field's text, folded and cut. Everything beyond the token set is made when a watch asks for it."""

    original: str
    form: NormalizedText
    texts: list[str] = field(init=False)
    found: frozenset[str] = field(init=False)
    starts: list[int] = field(init=False, default_factory=list)
    ends: list[int] = field(init=False, default_factory=list)
    words: list[int] = field(init=False, default_factory=list)  # the number of the word a token belongs to
    places: dict[str, list[int]] = field(init=False, default_factory=dict)  # token → its numbers, as asked so far
    plain: NormalizedText | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.texts = tokenize(self.form.text)
        self.found = frozenset(self.texts)

    def locate(self) -> Tokens:
        """Make the places, once; returns itself."""
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
        """Where a token stands."""
        if text not in self.places:
            count = self.texts.count(text) if text in self.found else 0
            self.places[text] = list(islice(iter_indexes(self.texts, text), count))
        return self.places[text]

    def every(self, some: Collection[str]) -> list[int]:
        """Where any of some tokens stands, in order: each by itself while they are few, else in one pass."""
        if len(some) <= FEW:
            return sorted(number for text in some for number in self.numbers(text))
        wanted = frozenset(some)
        return [number for number, text in enumerate(self.texts) if text in wanted]

    def glued(self, number: int) -> bool:
        """Whether a token belongs to the same word as the one before it."""
        return 0 < number < len(self.words) and self.words[number] == self.words[number - 1]

    def gap(self, number: int) -> str:
        """What stands between a token and the one before it."""
        return self.form.text[self.ends[number - 1] : self.starts[number]]

    def word_in(self, place: int) -> int:
        """The number of the word at, or next after, a place in the original text."""
        number = bisect_right(self.locate().ends, place, key=lambda end: self.origin(end - 1, end)[1])
        return self.words[number] if number < len(self.words) else len(self.words)

    def normal(self) -> NormalizedText:
        """The text as a regular expression sees it."""
        if self.plain is None:
            self.plain = normalize_with_offsets(self.original)
        return self.plain

    def origin(self, start: int, end: int) -> Span:
        """A span of the folded text in the original."""
        return self.form.origin(start, end)


def iter_indexes(texts: Sequence[str], text: str) -> Iterator[int]:
    """Every place of a text in a list; list.index searches at the speed of C."""
    at = -1
    while True:
        at = texts.index(text, at + 1)
        yield at


MAX_LEAD_LENGTH = 12  # characters before a number, in which a match may begin

_NUMBER_START = re.compile(r"(?<![0-9])\d")


def number_positions(text: str, form: NormalizedText | None = None) -> Sequence[int]:
    """Where a number begins; form: of the text, which may tell that 0 to 9 are its only digits."""
    try:
        data = text.encode("latin-1", "replace" if form and form.one_to_one else "strict")
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
    """What pattern.finditer finds, where each match begins with a number or with its lead, up to REACH long.

    finditer tries a pattern that may begin with many words at every character: 0.1 to 0.5 ms for 3 kB.
    """
    end = 0
    for number in numbers:
        led = lead.search(text, max(end, number - MAX_LEAD_LENGTH), number) if lead else None
        match = (pattern.match(text, led.start()) if led else None) or (number >= end and pattern.match(text, number))
        if match:
            yield match
            end = match.end()
