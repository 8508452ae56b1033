"""What some feeds say of an entry in elements of their own: who published it, which securities it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from monitor.core.dedupe.urls import host

CODES = re.compile(r"(?:.{1,40}_)?(?:isin|wkn|ticker|symbol)s?", re.IGNORECASE)  # finanznachrichten.de: fn:isin
# What nearly all entries consist of; looking each up costs less than reading its name
USUAL = frozenset(
    ("author", "authors", "content", "guidislink", "id", "link", "links", "published", "published_parsed", "source",
     "summary", "summary_detail", "tags", "title", "title_detail", "updated", "updated_parsed")
)  # fmt: skip
SEPARATED = re.compile(r"[\s,;|]+")
MAX_SECURITIES = 20  # codes of one entry


def publisher(entry: Any) -> str:
    """Who published what an aggregator lists: the name in <source>, else the host of its address."""
    source = dict.get(entry, "source") or {}
    return str(source.get("title") or "").strip() or host(str(source.get("href") or ""))


def codes(entry: Any) -> Iterator[str]:
    """The codes of securities that stand in elements named after them."""
    for name, value in entry.items():
        if name not in USUAL and isinstance(value, str) and CODES.fullmatch(name):
            yield from SEPARATED.split(value[:500].strip())[:MAX_SECURITIES]
