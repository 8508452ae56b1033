"""A feed, entry by entry, as text.

cut() leaves out of a document the entries whose very bytes were read before: of 35 entries one is new, and the others
need no parser. split() is for broken feeds: one mismatched tag makes feedparser lose every entry behind it; read alone,
a damaged entry costs nobody but itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

HASH_SIZE = 8  # bytes; among a thousand entries two are equal by chance once in 10^13 documents
_ENTRY_START = re.compile(r"<(?:[A-Za-z][\w.-]{0,40}:)?(?:item|entry)(?=[\s>])", re.IGNORECASE)
_START_TAG = re.compile(r"<([A-Za-z_][\w.:-]{0,120})")
# In bytes, where white space and word characters are those of ASCII
_ENTRY_OR_SECTION = re.compile(rb"<(?:(/?)((?:[A-Za-z_][\w.-]{0,40}+:)?(?:item|entry))(?=[\s/>])|!--|!\[CDATA\[|\?)")
_SECTION_ENDS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_OUTER_TAG = re.compile(r"<(?!rdf:li\b)[A-Za-z_/][^<>]*>")  # RSS 1.0 lists its entries in the head
_LANGUAGE_ELEMENT = re.compile(r"language\b[^<>]{0,200}>(?:[^<]|<!)[^<]{0,100}")
MAX_SPLIT_ENTRIES = 500  # entries read this way; each costs a parser of its own


@dataclass(frozen=True, slots=True)
class KnownEntriesRemoved:
    """A document without the entries that were seen before."""

    document: str
    hashes: bytes = b""  # of all its entries, HASH bytes each; empty where it could not be cut
    known: int = 0  # entries left out
    unseen: int = 0  # entries left
    data: bytes = field(default=b"", repr=False, compare=False)  # the document in UTF-8


def strip_known(document: str, context: bytes, known_hashes: bytes, data: bytes | None = None) -> KnownEntriesRemoved:
    """Leave out what was seen. context: what else, besides the head of the document, decides how an entry is read.

    data: the document in UTF-8. There the search is as fast, and hashes are made of bytes.
    Whatever cannot be cut with certainty stays whole: entries inside entries, comments or sections that never end.
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
    return KnownEntriesRemoved(left, b"".join(hashes), len(gone), len(spans) - len(gone), rest)


def hash_entries(entries: Iterable[bytes], head: str, context: bytes) -> list[bytes]:
    """A hash of each entry; head and context: what else decides how it is read."""
    key = blake2b(head.encode(), key=context[:64], digest_size=32).digest()
    return [blake2b(entry, key=key, digest_size=HASH_SIZE).digest() for entry in entries]


def unpack_hashes(packed: bytes) -> set[bytes]:
    """The hashes in what is stored of a feed."""
    return {packed[at : at + HASH_SIZE] for at in range(0, len(packed), HASH_SIZE)}


def _find_spans(data: bytes) -> list[tuple[int, int, bool]]:
    """Start and end of each entry, and of each comment, instruction and section outside of them; nothing if unsure."""
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
    """The tags around the entries, and what they say of the language. Texts of the head may change with each minute."""
    outside = _remove_spans(data, [(start, end) for start, end, _ in marks]).decode()
    with_sections = _remove_spans(data, [(start, end) for start, end, entry in marks if entry]).decode()
    return "".join(_OUTER_TAG.findall(outside) + _LANGUAGE_ELEMENT.findall(with_sections))


def _remove_spans(data: bytes, spans: list[tuple[int, int]]) -> bytes:
    """What stands before, between and after the spans."""
    starts, ends = [0, *(end for _, end in spans)], [*(start for start, _ in spans), len(data)]
    return b"".join(data[start:end] for start, end in zip(starts, ends, strict=True))


def count_entries(document: str) -> int:
    """How many entries begin in a document."""
    return sum(1 for _ in _ENTRY_START.finditer(document))


def split_entries(document: str) -> Iterator[str]:
    """One document per entry, each with the head of the whole; entries inside CDATA make no sense and no harm."""
    starts = [found.start() for found in _ENTRY_START.finditer(document)][: MAX_SPLIT_ENTRIES + 1]
    foot = _closing_tags(document)
    for start, end in zip(starts[:MAX_SPLIT_ENTRIES], [*starts[1:], len(document)], strict=False):
        yield document[: starts[0]] + _close_entry(document[start:end]) + foot


def _close_entry(piece: str) -> str:
    """The entry to its own end, without what stands between it and the next one."""
    found = _START_TAG.match(piece)
    close = f"</{found[1]}>" if found else ""
    end = piece.rfind(close)
    return piece[: end + len(close)] if close and end >= 0 else piece + close


def _closing_tags(document: str) -> str:
    """The end tags that the head leaves open."""
    found = _START_TAG.match(document)
    root = found[1] if found else "rss"
    return ("</channel>" if root.lower() == "rss" else "") + f"</{root}>"
