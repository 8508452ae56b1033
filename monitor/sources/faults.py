"""What parsers raise on input nobody thought of, and how an entry's fault stays its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from monitor.core.model.articles import Article, Source

# feedparser alone raises four of these on character references
FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

_log = logging.getLogger(__name__)


def readable(entries: Iterable[Any], read: Callable[[Any], Article], source: Source) -> Iterator[Article]:
    """The articles of entries, one at a time: a fault costs its entry, never the feed. Empty ones are no articles."""
    lost = 0
    for entry in entries:
        try:
            article = read(entry)
        except FAULTS:
            lost += 1
            continue
        if article.title or article.body or article.url:
            yield article
    if lost:  # told once: a hostile feed has a million of them
        _log.warning("%d entries of %s cannot be read", lost, source.name)
