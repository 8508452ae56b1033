"""Make a document readable before it is read.

Three legal-looking references (&#xD800; &#x110000; &#99999999999999999999;) make feedparser raise: one such entry would
silence its feed. A bare & makes it invent "AT&T;", a stray control byte ends a strict parse. Repaired here, once, in
linear time; CDATA sections are data and stay as they are, except for characters XML does not know.
"""

from __future__ import annotations

import html
import re
from html.entities import html5

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_REFERENCE = re.compile(r"&(#[0-9]{1,20};|#[xX][0-9a-fA-F]{1,20};|[A-Za-z][A-Za-z0-9]{0,40};)?")
_XML_OWN = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})


def repair(text: str) -> str:
    """Text without characters and references that XML forbids, each lone & escaped."""
    text = _NOT_XML.sub("", text)
    return "".join(_pieces(text))


def _pieces(text: str) -> list[str]:
    """Alternately markup, repaired, and CDATA sections, as they are. An unclosed one counts as markup."""
    pieces: list[str] = []
    at = 0
    while True:
        start = text.find("<![CDATA[", at)
        end = text.find("]]>", start) if start >= 0 else -1
        if end < 0:
            return [*pieces, _REFERENCE.sub(_reference, text[at:])]
        pieces += [_REFERENCE.sub(_reference, text[at:start]), text[start : end + 3]]
        at = end + 3


def _reference(match: re.Match[str]) -> str:
    name = match[1]
    if name is None:
        return "&amp;"
    if name.startswith("#"):
        return match[0] if _is_xml(_code(name)) else ""
    if name in _XML_OWN:
        return match[0]
    return html.escape(html5[name]) if name in html5 else f"&amp;{name}"


def _code(name: str) -> int:
    return int(name[2:-1], 16) if name[1] in "xX" else int(name[1:-1])


def _is_xml(code: int) -> bool:
    """Whether XML 1.0 has this character (production 2)."""
    return code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
