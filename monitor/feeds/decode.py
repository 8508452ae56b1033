"""Decode documents whose HTTP header, declaration and bytes may disagree about the encoding.

Order: byte order mark; UTF-8 where the bytes are valid and no Asian encoding is named; the encoding of the header or
the XML declaration; UTF-8 with each invalid byte read as cp1252.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is a prefix of it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\x00?\x00", "utf-16-le"),
    (b"\x00<\x00?", "utf-16-be"),
)

# Only encodings in use for documents: utf-7 hides markup, idna and punycode are quadratic. UTF-16 and 32 are
# recognized by their bytes alone: a declaration that can be read as ASCII does not name them rightly.
_ALLOWED_CODECS = re.compile(r"utf-8|iso8859-\d+|cp\d+|koi8-\w+|gb\w+|big5\w*|euc_\w+|shift_jis\w*|iso2022_\w+|mac-\w+")
_WESTERN_CODECS = re.compile(r"utf-8|iso8859-\d+|cp125\d")
_SUPERSET_CODECS = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w:.-]{1,40})", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{1,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w:.-]{1,40})")


@dataclass(frozen=True, slots=True)
class DecodedText:
    """The text of a document, its actual encoding, and the label in its header or declaration."""

    text: str
    encoding: str
    label: str = ""

    @property
    def mislabelled(self) -> bool:
        """Whether the label names another encoding. ASCII text is the same in all of them."""
        return bool(self.label) and _find_codec(self.label) != self.encoding and not self.text.isascii()


def decode_text(body: bytes, content_type: str) -> str:
    """Decode a document. Never fails: undecodable bytes become U+FFFD or their cp1252 characters."""
    return decode_document(body, content_type).text


def decode_document(body: bytes, content_type: str) -> DecodedText:
    """As decode_text, with the encoding and the label."""
    labels = [label for label in (_header_label(content_type), _declared_label(body)) if label]
    label = next((label for label in labels if _find_codec(label)), next(iter(labels), ""))
    for mark, name in BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return DecodedText(body.decode(name, "replace").lstrip("\ufeff"), name, label)
    named = _find_codec(label)
    for candidate in _candidate_encodings(named):
        try:
            return DecodedText(body.decode(candidate), candidate, label)
        except UnicodeDecodeError:
            continue
    stray = named is None or _WESTERN_CODECS.fullmatch(named)
    text = body.decode(named or "utf-8", "stray" if stray else "replace")
    return DecodedText(text, _mixed_encoding(body) if named in (None, "utf-8") else named or "", label)


def _mixed_encoding(body: bytes) -> str:
    """The name shown for the encoding of a document that is not valid UTF-8."""
    return "cp1252" if body.decode("utf-8", "ignore").isascii() else "utf-8 and cp1252"


def decode_page(body: bytes, content_type: str) -> str:
    """Decode a web page, whose first 1024 bytes may name the encoding in a <meta> (HTML, 4.2.5.4)."""
    named = None if _HEADER_CHARSET.search(content_type) else _META_CHARSET.search(body[:1024])
    return decode_text(body, f"text/html; charset={named[1].decode('ascii')}" if named else content_type)


def _candidate_encodings(named: str | None) -> list[str]:
    """Encodings to try strictly. UTF-8 comes before Western ones, which accept any bytes."""
    if named is None or _WESTERN_CODECS.fullmatch(named):
        return ["utf-8"] if named is None else ["utf-8", named]
    return [named, "utf-8"]


def _header_label(content_type: str) -> str:
    found = _HEADER_CHARSET.search(content_type)
    return found[1] if found else ""


def _declared_label(body: bytes) -> str:
    found = _XML_ENCODING.match(body[:300])
    return found[1].decode("ascii") if found else ""


def _find_codec(label: str) -> str | None:
    """The name of the codec for a label; None for unknown and forbidden ones."""
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    name = _SUPERSET_CODECS.get(name, name)
    return name if _ALLOWED_CODECS.fullmatch(name) else None


def _decode_stray_byte(error: UnicodeError) -> tuple[str, int]:
    """Error handler "stray": read a byte that is not valid UTF-8 as cp1252, the usual source of such bytes."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return bad.decode("cp1252", "replace"), error.end


codecs.register_error("stray", _decode_stray_byte)
