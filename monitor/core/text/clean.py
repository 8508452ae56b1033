"""Remove invisible characters and those that may harm a terminal, a mail or a database; convert markup to text.

The module knows neither feeds nor articles.
"""

from __future__ import annotations

import re
import unicodedata

from monitor.core.text.html import simple_markup_text, visible_text
from monitor.core.text.normalize import fold
from monitor.core.text.tokens import tokenize

# Latin, Cyrillic, punctuation, currencies, kana and Han: texts of these characters alone need no cleaning.
_CLEAN_TEXT = re.compile(
    "[\n\t -~\u00a0-\u00ac\u00ae-\u02ff\u0400-\u0482\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u21ff"
    "\u3000-\u3029\u3041-\u3096\u30a0-\u30ff\u4e00-\u9fef\uff01-\uff5e]*"
)
_KEPT_CHARACTERS = frozenset("\n\t\u200c\u200d")  # the two joiners: Persian and emoji need them
_LINE_BREAKS = {ord(char): "\n" for char in "\r\x0b\x0c\x85\u2028\u2029"}
# Controls, bidi and tags, surrogates, private use, unassigned
_HIDDEN_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))
_MARK_CATEGORIES = frozenset(("Mn", "Me"))
_MAX_MARKS = 3  # on one character; more of them run over the neighbouring lines
_BASIC_PLANE_END = 0x10000  # a table of all of Unicode would take 100 MB
_MARK_STACK = "m" * (_MAX_MARKS + 1)


class _VisibleCharacters(dict[int, str | None]):
    """A table for str.translate that caches the characters of the basic plane."""

    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        shown = None if unicodedata.category(char) in _HIDDEN_CATEGORIES and char not in _KEPT_CHARACTERS else char
        if code < _BASIC_PLANE_END:
            self[code] = shown
        return shown


class _MarkTable(dict[int, str]):
    """A table for str.translate: combining marks become "m", all else "."."""

    def __missing__(self, code: int) -> str:
        kind = "m" if unicodedata.category(chr(code)) in _MARK_CATEGORIES else "."
        if code < _BASIC_PLANE_END:
            self[code] = kind
        return kind


_VISIBLE_CHARACTERS, _MARK_TABLE = _VisibleCharacters(_LINE_BREAKS), _MarkTable()


def clean_text(text: str, *, line: bool = False) -> str:
    """A text without controls, bidi overrides, surrogates and stacked marks; line: as one line with single spaces."""
    if not _CLEAN_TEXT.fullmatch(text):
        text = _limit_marks(text.replace("\r\n", "\n").translate(_VISIBLE_CHARACTERS))
    return " ".join(text.split()) if line else text


def _limit_marks(text: str) -> str:
    kinds = text.translate(_MARK_TABLE)
    if _MARK_STACK not in kinds:  # nearly always
        return text
    return "".join(
        char for at, char in enumerate(text) if at < _MAX_MARKS or not kinds.startswith(_MARK_STACK, at - _MAX_MARKS)
    )


def html_to_text(markup: str) -> str:
    """The visible text of markup, without offsets."""
    found = simple_markup_text(markup)
    return visible_text(markup).text if found is None else found


def folded_words(text: str) -> list[str]:
    """The tokens of a text, folded as for matching; hashes and shingles are made of them."""
    return tokenize(fold(text))
