"""Bytes to text when header, declaration and bytes disagree, as they often do.

Order: byte order mark; UTF-8 where the bytes are valid UTF-8 and nobody claims an Asian encoding; what the header or
the XML declaration names; UTF-8 with every stray byte read as cp1252.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\x00?\x00", "utf-16-le"),
    (b"\x00<\x00?", "utf-16-be"),
)

# Only encodings that documents are written in: utf-7 hides markup, idna and punycode are quadratic. UTF-16 and 32 are
# known by their bytes alone: a declaration of them that could be read as ASCII is wrong.
_KNOWN = re.compile(r"utf-8|iso8859-\d+|cp\d+|koi8-\w+|gb\w+|big5\w*|euc_\w+|shift_jis\w*|iso2022_\w+|mac-\w+")
_WESTERN = re.compile(r"utf-8|iso8859-\d+|cp125\d")
_BROADER = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w:.-]{1,40})", re.IGNORECASE)
_IN_PAGE = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{1,40})", re.IGNORECASE)
_IN_DECLARATION = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w:.-]{1,40})")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A document's text, what its bytes were written in, and what header or declaration called that."""

    text: str
    encoding: str
    label: str = ""

    @property
    def mislabelled(self) -> bool:
        """Whether the label would have led astray. ASCII is the same under every label."""
        return bool(self.label) and _codec(self.label) != self.encoding and not self.text.isascii()


def decode(body: bytes, content_type: str) -> str:
    """The text of a document. Never fails: what cannot be read becomes U+FFFD or its cp1252 character."""
    return read(body, content_type).text


def read(body: bytes, content_type: str) -> Decoded:
    """The text of a document and how it was read; never fails, as decode()."""
    labels = [label for label in (_header(content_type), _declaration(body)) if label]
    label = next((label for label in labels if _codec(label)), next(iter(labels), ""))
    for mark, name in MARKS:
        if body.startswith(mark):
            return Decoded(body.decode(name, "replace").lstrip("\ufeff"), name, label)
    named = _codec(label)
    for candidate in _candidates(named):
        try:
            return Decoded(body.decode(candidate), candidate, label)
        except UnicodeDecodeError:
            continue
    stray = named is None or _WESTERN.fullmatch(named)
    text = body.decode(named or "utf-8", "stray" if stray else "replace")
    return Decoded(text, _written(body) if named in (None, "utf-8") else named or "", label)


def _written(body: bytes) -> str:
    """What a document is written in that is not all UTF-8."""
    return "cp1252" if body.decode("utf-8", "ignore").isascii() else "utf-8 and cp1252"


def decode_page(body: bytes, content_type: str) -> str:
    """The text of a web page, which may name its encoding in a <meta> of its first 1024 bytes (HTML, 4.2.5.4)."""
    named = None if _IN_HEADER.search(content_type) else _IN_PAGE.search(body[:1024])
    return decode(body, f"text/html; charset={named[1].decode('ascii')}" if named else content_type)


def _candidates(named: str | None) -> list[str]:
    """Encodings to try as they are. Western ones accept any bytes, so UTF-8 has the first word there."""
    if named is None or _WESTERN.fullmatch(named):
        return ["utf-8"] if named is None else ["utf-8", named]
    return [named, "utf-8"]


def _header(content_type: str) -> str:
    found = _IN_HEADER.search(content_type)
    return found[1] if found else ""


def _declaration(body: bytes) -> str:
    found = _IN_DECLARATION.match(body[:300])
    return found[1].decode("ascii") if found else ""


def _codec(label: str) -> str | None:
    """The codec a label means, or None for labels nobody should trust."""
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    name = _BROADER.get(name, name)
    return name if _KNOWN.fullmatch(name) else None


def _stray(error: UnicodeError) -> tuple[str, int]:
    """A byte that is not UTF-8 in a UTF-8 document was pasted from Windows."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return bad.decode("cp1252", "replace"), error.end


codecs.register_error("stray", _stray)
