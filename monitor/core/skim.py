"""Simple markup as text, in a fifth of the time: what nearly all feeds are made of.

skim() says to the letter what `markup.visible` says, or nothing. It cuts the markup at its tags in one pass and joins
what stands between them; whatever is not a whole tag, a plain comment or an ordinary reference is for the plain way.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

from monitor.core.text.html import HIDDEN, INLINE, PARAGRAPHS, REFERENCE

# Possessive and without "<" inside: each "<" is looked at once, so hostile markup costs no more than its length. No
# group is possessive: before Python 3.11.5 such a one may not match where it should (gh-106052).
_TAG = re.compile(
    r"<(?:/?+([a-zA-Z][^\s/<>]*+)[^\"'<>]*+(?:\"[^\"<]*+\"[^\"'<>]*+|'[^'<]*+'[^\"'<>]*+)*>|!--[^<>]*-->)"
)
# What embeds a video or a post, with nothing but text inside: a line of its own that is not shown
_EMBEDDED = re.compile(
    rf"<({'|'.join(sorted(HIDDEN))})(?=[\s/>])[^\"'<>]*+(?:\"[^\"<]*+\"[^\"'<>]*+|'[^'<]*+'[^\"'<>]*+)*(?<!/)>"
    r"[^<]*+</\1[^<>]*>",
    re.IGNORECASE | re.ASCII,
)
_REFERENCE = re.compile(REFERENCE)
_CUT = re.compile(r"&[#a-zA-Z0-9]*<")  # a tag may stand inside of what looks like a reference without it
_SHORT = 10  # characters of a reference
_MANY, _FEW = 6, 12  # of so many references, if they are but few different ones, each is replaced in the whole text
_SPACES = re.compile("  +")
_BLANKS = "\t\n\r\f\v"
_NEWLINES = ("", "\n", "\n\n")
# Line breaks that an element asks for; what is not here has to be looked at (capitals) or asks for one
_BREAKS: dict[str | None, int] = {
    **dict.fromkeys(("br", "dd", "dt", "figcaption", "hr", "img", "li", "td", "th", "tr"), 1),
    **dict.fromkeys((None, *INLINE), 0),
    **dict.fromkeys(PARAGRAPHS, 2),
}


class _Unclear(Exception):
    """The markup is for the plain way."""


def skim(markup: str) -> str | None:
    """The text of simple markup; None where it is not simple."""
    markup = _spaced(markup)
    pieces = _TAG.split(markup)
    if not HIDDEN.isdisjoint(pieces[1::2]):
        markup = _EMBEDDED.sub("<hr>", markup)
        pieces = _TAG.split(markup)
    escaped = "&" in markup
    if markup.count("<") != len(pieces) // 2 or (escaped and _CUT.search(markup)):
        return None
    try:
        text = _joined(pieces)
        return (_resolved(text) if escaped else text).rstrip()
    except _Unclear:
        return None


def _spaced(text: str) -> str:
    """Every run of white space as one space. Inside a tag that changes nothing."""
    for blank in _BLANKS:
        text = text.replace(blank, " ")
    return _SPACES.sub(" ", text) if "  " in text else text


def _joined(pieces: list[str]) -> str:
    """Alternately texts and names of tags, as one text. Raises _Unclear."""
    shown: list[str] = []
    spaced, broken = True, 0  # as in markup._Writer
    for name, text in zip([None, *pieces[1::2]], pieces[::2], strict=True):
        breaks = _BREAKS.get(name)
        if breaks is None:
            breaks = _breaks(name or "")
        if breaks and shown:
            if breaks > broken:
                shown.append(_NEWLINES[breaks - broken])
                broken = breaks
            spaced = True
        if spaced and text[:1] == " ":
            text = text[1:]
        if text:
            shown.append(text)
            spaced, broken = text[-1] == " ", 0
    return "".join(shown)


def _resolved(text: str) -> str:
    """The text with what its references stand for. Raises _Unclear."""
    if text.count("&") < _MANY:
        return _REFERENCE.sub(lambda reference: _character(reference[0]), text)
    found = {reference: _character(reference) for reference in set(_REFERENCE.findall(text))}
    told = list(found.values()).count("&") < 2 and all(reference[-1] == ";" for reference in found)
    if not told or len(found) > _FEW:
        return _REFERENCE.sub(lambda reference: found[reference[0]], text)
    for reference in sorted(found, key=lambda one: found[one] == "&"):  # what an ampersand begins then is no reference
        text = text.replace(reference, found[reference])
    return text


def _breaks(name: str) -> int:
    """What an element's name asks for. Raises _Unclear where what is inside is hidden."""
    name = name.lower()
    if name in HIDDEN:
        raise _Unclear
    return _BREAKS.get(name, 1)


def _character(reference: str) -> str:
    """What a reference stands for. Raises _Unclear where that is white space or nothing."""
    return _usual(reference) if len(reference) <= _SHORT else _read(reference)


def _read(reference: str) -> str:
    """The same without a memory, which long ones would fill."""
    shown = unescape(reference)
    if not shown or " " in _spaced(shown):
        raise _Unclear
    return shown


_usual = lru_cache(maxsize=1024)(_read)  # a page repeats a dozen; read anew each takes 2 µs
