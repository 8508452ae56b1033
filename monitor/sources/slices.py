"""A broken feed, entry by entry. One mismatched tag makes feedparser lose every entry behind it: read alone, a damaged
entry costs nobody but itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_OPENING = re.compile(r"<(?:[A-Za-z][\w.-]{0,40}:)?(?:item|entry)(?=[\s>])", re.IGNORECASE)
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]{0,120})")
MOST = 500  # entries read this way; each costs a parser of its own


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
