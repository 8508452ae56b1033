"""Text as people see it: cleaned of what cannot be seen and of what may harm a terminal, a mail or a database."""

from __future__ import annotations

import re
import unicodedata

from monitor.core.text.html import skim, visible
from monitor.core.text.normalize import fold
from monitor.core.text.tokens import texts

# Most of what people write: Latin, Cyrillic, punctuation, currencies, kana and Han, where there is nothing to clean.
_PLAIN = re.compile(
    "[\n\t -~\u00a0-\u00ac\u00ae-\u02ff\u0400-\u0482\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u21ff"
    "\u3000-\u3029\u3041-\u3096\u30a0-\u30ff\u4e00-\u9fef\uff01-\uff5e]*"
)
_KEPT = frozenset("\n\t\u200c\u200d")  # the two joiners: Persian and emoji need them
_BREAKS = {ord(char): "\n" for char in "\r\x0b\x0c\x85\u2028\u2029"}
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))  # controls, bidi and tags, surrogates, private use, unassigned
_MARKS = frozenset(("Mn", "Me"))
_MOST_MARKS = 3  # on one character; more is ornament that runs over the neighbouring lines
_BASIC = 0x10000  # a table of all of Unicode would take 100 MB
_STACK = "m" * (_MOST_MARKS + 1)


class _Seen(dict[int, str | None]):
    """A table for str.translate that decides about each character of the basic plane once."""

    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        shown = None if unicodedata.category(char) in _HIDDEN and char not in _KEPT else char
        if code < _BASIC:
            self[code] = shown
        return shown


class _Kinds(dict[int, str]):
    """A table that turns every combining mark into "m" and all else into a dot."""

    def __missing__(self, code: int) -> str:
        kind = "m" if unicodedata.category(chr(code)) in _MARKS else "."
        if code < _BASIC:
            self[code] = kind
        return kind


_SEEN, _KINDS = _Seen(_BREAKS), _Kinds()


def clean(text: str, *, line: bool = False) -> str:
    """text without controls, bidi overrides, surrogates and stacks of marks; line: one line, single spaces."""
    if not _PLAIN.fullmatch(text):
        text = _thin(text.replace("\r\n", "\n").translate(_SEEN))
    return " ".join(text.split()) if line else text


def _thin(text: str) -> str:
    """At most three combining marks in a row."""
    kinds = text.translate(_KINDS)
    if _STACK not in kinds:  # nearly always
        return text
    return "".join(
        char for at, char in enumerate(text) if at < _MOST_MARKS or not kinds.startswith(_STACK, at - _MOST_MARKS)
    )


def plain(markup: str) -> str:
    """Markup as a reader sees it, without the way back."""
    found = skim(markup)
    return visible(markup).text if found is None else found


def words(text: str) -> list[str]:
    """The words of a text, folded as for matching: what hashes and shingles are made of."""
    return texts(fold(text))
