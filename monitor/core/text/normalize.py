"""Fold text into the form in which watches and articles are compared, and map offsets back to the original.

Folding applies NFKC; removes soft hyphens, zero-width and bidi characters; turns every dash into "-", every space into
" " and every quotation mark into a straight one; casefolds; and spells umlauts with two letters. It knows no token and
no language.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from monitor.core.model.articles import Span

COMBINING_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u3099\u309a"

MAX_MARKS = 30  # in one segment, as in UAX 15's stream-safe format: ordering n marks takes n² steps

# Segments that lower() alone does not fold: a character with combining marks, a character beyond ASCII, an ampersand
# that a feed escaped twice (AT&amp;T).
SPECIAL_SEGMENT = re.compile(
    f"[\x00-\x7f][{COMBINING_MARKS}]{{1,{MAX_MARKS}}}|[^\x00-\x7f][{COMBINING_MARKS}]{{0,{MAX_MARKS}}}|&(?:amp;|AMP;)+"
)

DROPPED_CHARACTERS = frozenset(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u200b\u200c\u200d\u200e\u200f"
    "\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b"
    "\u206c\u206d\u206e\u206f\ufeff"
)
DASHES = frozenset("\u2212\u2043\u2796\u02d7")
SINGLE_QUOTES = frozenset("\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4\u0060\u02b9\u2039\u203a")
DOUBLE_QUOTES = frozenset("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u301d\u301e\u301f")
LINE_SEPARATORS = frozenset("\u2028\u2029\u0085")
UMLAUT_SPELLINGS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def _plain_char(char: str) -> str:
    """One character in its plainest spelling, of the same case."""
    if char in DROPPED_CHARACTERS or "\ufe00" <= char <= "\ufe0f" or char >= "\U000e0000":
        return ""
    if char in DASHES or unicodedata.category(char) == "Pd":
        return "-"
    if char in LINE_SEPARATORS:
        return "\n"
    if unicodedata.category(char) == "Zs":
        return " "
    return "'" if char in SINGLE_QUOTES else '"' if char in DOUBLE_QUOTES else char


class _PlainSegments(dict[str, str]):
    """Segment → its normal form before casefolding, cached."""

    def __missing__(self, segment: str) -> str:
        if segment.startswith("&"):
            return "&"
        kept = "".join(_plain_char(char) for char in segment)
        plain = "".join(_plain_char(char) for char in unicodedata.normalize("NFKC", kept))
        if len(segment) <= 4 and len(self) < 50_000:
            self[segment] = plain
        return plain


class _FoldedSegments(dict[str, str]):
    """Segment → its folded form, cached."""

    def __missing__(self, segment: str) -> str:
        # casefold can undo the composition (dotted capital I): compose again before umlauts are replaced
        composed = unicodedata.normalize("NFKC", PLAIN_SEGMENTS[segment].casefold())
        folded = composed.translate(UMLAUT_SPELLINGS).lower()  # a few letters casefold to capitals (Cherokee)
        if len(segment) <= 4 and len(self) < 50_000:
            self[segment] = folded
        return folded


PLAIN_SEGMENTS, FOLDED_SEGMENTS = _PlainSegments(), _FoldedSegments()

# Characters beyond ASCII that German and English texts use: those that change one by one, and those that stay as they
# are. UNCOMMON_CHARACTER is every other one, combining marks included; a test compares both ways of folding.
CHANGED_CHARACTERS = "äöüßÄÖÜẞ–—‘’‚“”„…«»\u00a0\u202f\u00ad"
FOLDED_REPLACEMENTS = tuple((char, FOLDED_SEGMENTS[char]) for char in CHANGED_CHARACTERS)
PLAIN_REPLACEMENTS = tuple((char, PLAIN_SEGMENTS[char]) for char in CHANGED_CHARACTERS if PLAIN_SEGMENTS[char] != char)
UNCHANGED_CHARACTERS = "àáâãåæçèéêëìíîïðñòóôõøùúûýšžčćłńśźżęą€£§°•×"
FOLDED_LENGTH_CHANGE = re.compile(
    f"[{''.join(char for char in CHANGED_CHARACTERS if len(FOLDED_SEGMENTS[char]) != 1)}]"
)
PLAIN_LENGTH_CHANGE = re.compile(f"[{''.join(char for char in CHANGED_CHARACTERS if len(PLAIN_SEGMENTS[char]) != 1)}]")
UNCOMMON_CHARACTER = re.compile(f"[^\x00-\x7f{CHANGED_CHARACTERS}{UNCHANGED_CHARACTERS}{UNCHANGED_CHARACTERS.upper()}]")
UNCHANGED_CHARACTER_SET = frozenset(UNCHANGED_CHARACTERS + UNCHANGED_CHARACTERS.upper())
DOTLESS_I = "ı"  # equals "i" in a regular expression that ignores case, but not when folded
COMBINING_MARK = re.compile(f"[{COMBINING_MARKS}]")
CHARACTER_REFERENCE = re.compile(rb"&#(\d+);")
MAX_UNENCODABLE = 16  # different characters; with more of them one pass with a callback is as fast
ESCAPED_AMPERSAND = re.compile(r"&(?:amp|AMP);")  # as an alternative of UNCOMMON_CHARACTER it takes three times as long


@dataclass(slots=True)
class NormalizedText:
    """A normalized text with a mapping to the original, computed on first use: few articles need it."""

    original: str
    text: str
    table: dict[str, str]
    simple: bool = False  # only ASCII, CHANGED_CHARACTERS and UNCHANGED_CHARACTERS; only the former change in length
    one_to_one: bool = False  # each character changed by itself, the only digits are 0 to 9, no DOTLESS_I
    here: list[int] = field(default_factory=list)  # offsets at which the two lengths diverge …
    there: list[int] = field(default_factory=list)  # … and the corresponding offsets in the original

    def origin(self, start: int, end: int) -> Span:
        """The span of the original that a span of this form came from; never empty for a non-empty one."""
        if len(self.text) == len(self.original) and self.original.isascii():
            return start, end
        if not self.here:
            self._retrace()
        return self._begin(start), self._end(end)

    def _retrace(self) -> None:
        self.here, self.there = [0], [0]
        grown = 0
        growing = (
            (FOLDED_LENGTH_CHANGE if self.table is FOLDED_SEGMENTS else PLAIN_LENGTH_CHANGE)
            if self.simple
            else SPECIAL_SEGMENT
        )
        for segment in growing.finditer(self.original):
            start, end = segment.span()
            here, size = start + grown, len(self.table[segment[0]])
            if size != end - start:
                self.here += (here, here + size)
                self.there += (start, end)
                grown += size - end + start

    def _begin(self, at: int) -> int:
        index = bisect_right(self.here, at) - 1
        offset = at - self.here[index]
        return min(self.there[index] + offset, self._limit(index) - 1) if offset else self.there[index]

    def _end(self, at: int) -> int:
        if at == 0:
            return 0
        index = bisect_right(self.here, at - 1) - 1
        if at == self.here[min(index + 1, len(self.here) - 1)]:
            return self._limit(index)  # a segment that shrank ends with its marks
        return min(self.there[index] + at - self.here[index], self._limit(index))

    def _limit(self, index: int) -> int:
        return self.there[index + 1] if index + 1 < len(self.there) else len(self.original)


def fold(text: str) -> str:
    """The folded text: casefolded, plain dashes, spaces and quotation marks, umlauts spelled out."""
    return fold_with_offsets(text).text


def fold_with_offsets(text: str) -> NormalizedText:
    """The folded text with its offsets. Segments are casefolded already; lower() is for the ASCII between them."""
    if text.isascii() and "&" not in text:
        return NormalizedText(text, text.lower(), FOLDED_SEGMENTS, simple=True, one_to_one=True)
    if not ("&" in text and ESCAPED_AMPERSAND.search(text)):
        known = _replace_characters(text, FOLDED_REPLACEMENTS)  # lower() last: 0.4 µs per kB of ASCII, else 3.5
        odd = set[str]() if known.isascii() else unencodable_characters(known, "ascii")
        if odd is not None and not COMBINING_MARK.search("".join(odd)):
            hard = [(char, FOLDED_SEGMENTS[char]) for char in odd if char not in UNCHANGED_CHARACTER_SET]
            single = not any(char.isdecimal() or char == DOTLESS_I for char, _ in hard)
            return NormalizedText(
                text, _replace_characters(known, hard).lower(), FOLDED_SEGMENTS, simple=not hard, one_to_one=single
            )
    return NormalizedText(text, SPECIAL_SEGMENT.sub(_to_folded, text).lower(), FOLDED_SEGMENTS)


def unencodable_characters(text: str, encoding: str) -> set[str] | None:
    """The distinct characters that an encoding lacks; None where there are many or the text contains "&#".

    The codec takes 1 ns per character, a regular expression 10.
    """
    data = text.encode(encoding, "xmlcharrefreplace")
    if len(data) > 1.2 * len(text) + 64 or "&#" in text:
        return None
    found = set(CHARACTER_REFERENCE.findall(data))
    return {chr(int(code)) for code in found} if len(found) <= MAX_UNENCODABLE else None


def _replace_characters(text: str, changes: Iterable[tuple[str, str]]) -> str:
    """A text with its special characters replaced, one kind after the other.

    It takes a third of the time of re.sub with a callback: German has one such in fifty characters.
    """
    for char, other in changes:
        if char in text:
            text = text.replace(char, other)
    return text


def normalize_with_offsets(text: str) -> NormalizedText:
    """The text normalized but not casefolded, with umlauts: what regular expressions are matched against."""
    if not (UNCOMMON_CHARACTER.search(text) or ("&" in text and ESCAPED_AMPERSAND.search(text))):
        return NormalizedText(text, _replace_characters(text, PLAIN_REPLACEMENTS), PLAIN_SEGMENTS, simple=True)
    return NormalizedText(text, SPECIAL_SEGMENT.sub(_to_plain, text), PLAIN_SEGMENTS)


def _to_folded(segment: re.Match[str]) -> str:
    return FOLDED_SEGMENTS[segment.group()]


def _to_plain(segment: re.Match[str]) -> str:
    return PLAIN_SEGMENTS[segment.group()]
