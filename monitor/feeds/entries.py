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

HASH = 8  # bytes; among a thousand entries two are equal by chance once in 10^13 documents
_OPENING = re.compile(r"<(?:[A-Za-z][\w.-]{0,40}:)?(?:item|entry)(?=[\s>])", re.IGNORECASE)
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]{0,120})")
# In bytes, where white space and word characters are those of ASCII
_MARK = re.compile(rb"<(?:(/?)((?:[A-Za-z_][\w.-]{0,40}+:)?(?:item|entry))(?=[\s/>])|!--|!\[CDATA\[|\?)")
_CLOSERS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_TAG = re.compile(r"<(?!rdf:li\b)[A-Za-z_/][^<>]*>")  # RSS 1.0 lists its entries in the head
_LANGUAGE = re.compile(r"language\b[^<>]{0,200}>(?:[^<]|<!)[^<]{0,100}")
MOST = 500  # entries read this way; each costs a parser of its own


@dataclass(frozen=True, slots=True)
class Cut:
    """A document without the entries that were seen before."""

    document: str
    hashes: bytes = b""  # of all its entries, HASH bytes each; empty where it could not be cut
    known: int = 0  # entries left out
    unseen: int = 0  # entries left
    data: bytes = field(default=b"", repr=False, compare=False)  # the document in UTF-8


def cut(document: str, context: bytes, seen: bytes, data: bytes | None = None) -> Cut:
    """Leave out what was seen. context: what else, besides the head of the document, decides how an entry is read.

    data: the document in UTF-8. There the search is as fast, and hashes are made of bytes.
    Whatever cannot be cut with certainty stays whole: entries inside entries, comments or sections that never end.
    """
    data = document.encode() if data is None else data
    marks = _marks(data)
    if not marks:
        return Cut(document, data=data)
    spans = [(start, end) for start, end, entry in marks if entry]
    hashes = hashed((data[start:end] for start, end in spans), _skeleton(data, marks), context)
    before = remembered(seen)
    gone = [span for span, own in zip(spans, hashes, strict=True) if own in before]
    rest = _outside(data, gone) if gone else data
    left = rest.decode() if gone else document
    return Cut(left, b"".join(hashes), len(gone), len(spans) - len(gone), rest)


def hashed(entries: Iterable[bytes], head: str, context: bytes) -> list[bytes]:
    """A hash of each entry; head and context: what else decides how it is read."""
    key = blake2b(head.encode(), key=context[:64], digest_size=32).digest()
    return [blake2b(entry, key=key, digest_size=HASH).digest() for entry in entries]


def remembered(seen: bytes) -> set[bytes]:
    """The hashes in what is stored of a feed."""
    return {seen[at : at + HASH] for at in range(0, len(seen), HASH)}


def _marks(data: bytes) -> list[tuple[int, int, bool]]:
    """Start and end of each entry, and of each comment, instruction and section outside of them; nothing if unsure."""
    marks: list[tuple[int, int, bool]] = []
    opened: bytes | None = None
    start = at = 0
    while found := _MARK.search(data, at):
        end, name = found.groups()
        closer = b">" if name else _CLOSERS[found[0]]
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


def _skeleton(data: bytes, marks: list[tuple[int, int, bool]]) -> str:
    """The tags around the entries, and what they say of the language. Texts of the head may change with each minute."""
    outside = _outside(data, [(start, end) for start, end, _ in marks]).decode()
    with_sections = _outside(data, [(start, end) for start, end, entry in marks if entry]).decode()
    return "".join(_TAG.findall(outside) + _LANGUAGE.findall(with_sections))


def _outside(data: bytes, spans: list[tuple[int, int]]) -> bytes:
    """What stands before, between and after the spans."""
    starts, ends = [0, *(end for _, end in spans)], [*(start for start, _ in spans), len(data)]
    return b"".join(data[start:end] for start, end in zip(starts, ends, strict=True))


def count(document: str) -> int:
    """How many entries begin in a document."""
    return sum(1 for _ in _OPENING.finditer(document))


def split(document: str) -> Iterator[str]:
    """One document per entry, each with the head of the whole; entries inside CDATA make no sense and no harm."""
    starts = [found.start() for found in _OPENING.finditer(document)][: MOST + 1]
    foot = _foot(document)
    for start, end in zip(starts[:MOST], [*starts[1:], len(document)], strict=False):
        yield document[: starts[0]] + _closed(document[start:end]) + foot


def _closed(piece: str) -> str:
    """The entry to its own end, without what stands between it and the next one."""
    found = _ROOT.match(piece)
    close = f"</{found[1]}>" if found else ""
    end = piece.rfind(close)
    return piece[: end + len(close)] if close and end >= 0 else piece + close


def _foot(document: str) -> str:
    """The end tags that the head leaves open."""
    found = _ROOT.match(document)
    root = found[1] if found else "rss"
    return ("</channel>" if root.lower() == "rss" else "") + f"</{root}>"
