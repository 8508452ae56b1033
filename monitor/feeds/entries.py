"""Operations on the entries of a feed as text, without an XML parser.

`strip_known` removes the entries whose exact bytes were parsed before: typically 34 of 35. `split_entries` is for
broken feeds: after one mismatched tag feedparser loses all further entries; parsed alone, only the broken one is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

HASH_SIZE = 8  # bytes; two of a thousand entries collide once in 10^13 documents
_ENTRY_START = re.compile(r"<(?:[A-Za-z][\w.-]{0,40}:)?(?:item|entry)(?=[\s>])", re.IGNORECASE)
_START_TAG = re.compile(r"<([A-Za-z_][\w.:-]{0,120})")
# For bytes, where \s and \w match ASCII only
_ENTRY_OR_SECTION = re.compile(rb"<(?:(/?)((?:[A-Za-z_][\w.-]{0,40}+:)?(?:item|entry))(?=[\s/>])|!--|!\[CDATA\[|\?)")
_SECTION_ENDS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_OUTER_TAG = re.compile(r"<(?!rdf:li\b)[A-Za-z_/][^<>]*>")  # RSS 1.0 lists its entries in the head
_LANGUAGE_ELEMENT = re.compile(r"language\b[^<>]{0,200}>(?:[^<]|<!)[^<]{0,100}")
MAX_SPLIT_ENTRIES = 500  # entries; each is parsed by a parser of its own


@dataclass(frozen=True, slots=True)
class KnownEntriesRemoved:
    """A document without the known entries."""

    document: str
    hashes: bytes = b""  # of all its entries, HASH_SIZE bytes each; empty where it could not be split
    known: int = 0  # entries removed
    unseen: int = 0  # entries left
    removed: bytes = b""  # the hashes of the entries removed
    data: bytes = field(default=b"", repr=False, compare=False)  # the document in UTF-8


def strip_known(document: str, context: bytes, known_hashes: bytes, data: bytes | None = None) -> KnownEntriesRemoved:
    """Remove the entries whose hash is in known_hashes.

    context: what else, besides the head of the document, decides how an entry is parsed. data: the document in UTF-8.
    A document that cannot be split with certainty stays whole: nested entries, unclosed comments or sections.
    """
    data = document.encode() if data is None else data
    marks = _find_spans(data)
    if not marks:
        return KnownEntriesRemoved(document, data=data)
    spans = [(start, end) for start, end, entry in marks if entry]
    hashes = hash_entries((data[start:end] for start, end in spans), _outer_markup(data, marks), context)
    before = unpack_hashes(known_hashes)
    gone = [span for span, own in zip(spans, hashes, strict=True) if own in before]
    rest = _remove_spans(data, gone) if gone else data
    left = rest.decode() if gone else document
    return KnownEntriesRemoved(
        left,
        b"".join(hashes),
        len(gone),
        len(spans) - len(gone),
        b"".join(one for one in hashes if one in before),
        rest,
    )


def hash_entries(entries: Iterable[bytes], head: str, context: bytes) -> list[bytes]:
    """The BLAKE2b hash of each entry, keyed by head and context, which decide how it is parsed."""
    key = blake2b(head.encode(), key=context[:64], digest_size=32).digest()
    return [blake2b(entry, key=key, digest_size=HASH_SIZE).digest() for entry in entries]


def unpack_hashes(packed: bytes) -> set[bytes]:
    """Split stored hashes of HASH_SIZE bytes each."""
    return {packed[at : at + HASH_SIZE] for at in range(0, len(packed), HASH_SIZE)}


def _find_spans(data: bytes) -> list[tuple[int, int, bool]]:
    """(start, end, is an entry) of each entry and of each comment, instruction and section outside; empty if unsure."""
    marks: list[tuple[int, int, bool]] = []
    opened: bytes | None = None
    start = at = 0
    while found := _ENTRY_OR_SECTION.search(data, at):
        end, name = found.groups()
        closer = b">" if name else _SECTION_ENDS[found[0]]
        at = data.find(closer, found.end()) + len(closer)
        if at < len(closer) or (name and bool(end) != bool(opened)):
            return []
        if not name and not opened:
            marks.append((found.start(), at, False))
        elif name and not opened:
            opened, start = name, found.start()
        elif name and opened != name:
            return []
        elif name:
            marks.append((start, at, True))
            opened = None
    return [] if opened else marks


def _outer_markup(data: bytes, marks: list[tuple[int, int, bool]]) -> str:
    """The tags and language elements around the entries. Other text is left out: it may change every minute."""
    outside = _remove_spans(data, [(start, end) for start, end, _ in marks]).decode()
    with_sections = _remove_spans(data, [(start, end) for start, end, entry in marks if entry]).decode()
    return "".join(_OUTER_TAG.findall(outside) + _LANGUAGE_ELEMENT.findall(with_sections))


def _remove_spans(data: bytes, spans: list[tuple[int, int]]) -> bytes:
    starts, ends = [0, *(end for _, end in spans)], [*(start for start, _ in spans), len(data)]
    return b"".join(data[start:end] for start, end in zip(starts, ends, strict=True))


def entry_starts(document: str) -> list[int]:
    """The offsets of the start tags of entries, those in CDATA sections included."""
    return [found.start() for found in _ENTRY_START.finditer(document)]


def split_entries(document: str) -> Iterator[str]:
    """One document per entry, with the head of the whole; those made from CDATA sections are parsed to nothing."""
    starts = entry_starts(document)[: MAX_SPLIT_ENTRIES + 1]
    foot = _closing_tags(document)
    for start, end in zip(starts[:MAX_SPLIT_ENTRIES], [*starts[1:], len(document)], strict=False):
        yield document[: starts[0]] + _close_entry(document[start:end]) + foot


def _close_entry(piece: str) -> str:
    """The entry up to its end tag, which is added where it is missing."""
    found = _START_TAG.match(piece)
    close = f"</{found[1]}>" if found else ""
    end = piece.rfind(close)
    return piece[: end + len(close)] if close and end >= 0 else piece + close


def _closing_tags(document: str) -> str:
    found = _START_TAG.match(document)
    root = found[1] if found else "rss"
    return ("</channel>" if root.lower() == "rss" else "") + f"</{root}>"
