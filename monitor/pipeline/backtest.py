"""Rules tried on the archive: what they would have told, and how that differs from other rules.

It reads stored articles one after the other and counts. It sends and stores nothing, and knows no channel.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from monitor.config import Settings
from monitor.core.dedupe.keys import site
from monitor.core.errors import MonitorError
from monitor.core.match.engine import Book, match
from monitor.core.match.match_trace import Finding, nearly
from monitor.core.match.replay import Change, Stored, Tally, balance, changes, different, narrowed, watches_of
from monitor.core.model.articles import Match
from monitor.store import Store

log = logging.getLogger(__name__)

Progress = Callable[[], bool]  # called for each article; True ends the run early


def onward() -> bool:
    """Go on."""
    return False


def replay(
    store: Store, books: Sequence[Book], since: datetime, zone: tzinfo, progress: Progress = onward
) -> tuple[Tally, ...]:
    """What each book would have told of the articles first seen since then."""
    tallies, learnt = tuple(Tally(zone) for _ in books), cache(store.blocks.learnt)
    for stored in store.archive.articles(since):
        if progress():
            break
        for book, tally in zip(books, tallies, strict=True):
            tally.add(stored, watches_of(book, stored, learnt(site(stored.article))))
    return tallies


def compare(
    store: Store, before: Settings, after: Settings, since: datetime, progress: Progress = onward
) -> list[Change]:
    """The alerts that a change of rules would have brought and spared; only watches that differ are tried."""
    names = different(before.book, after.book)
    if not names:
        return []
    books = [narrowed(settings.book, names) for settings in (before, after)]
    old, new = replay(store, books, since, ZoneInfo(after.timezone), progress)
    return list(changes(old, new))


def search(store: Store, book: Book, since: datetime, progress: Progress = onward) -> Iterator[tuple[Stored, Match]]:
    """The articles that the one watch of a book matches, newest first."""
    learnt = cache(store.blocks.learnt)
    for stored in store.archive.articles(since, newest_first=True):
        if progress():
            break
        for found in match(book, stored.article, learnt(site(stored.article))):
            yield stored, found


def misses(store: Store, book: Book, since: datetime, progress: Progress = onward) -> Iterator[tuple[Stored, Finding]]:
    """The articles that a watch missed by one condition, newest first."""
    learnt = cache(store.blocks.learnt)
    for stored in store.archive.articles(since, newest_first=True):
        if progress():
            break
        for found in nearly(book, stored.article, learnt(site(stored.article))):
            yield stored, found


async def look_back(store: Store, before: Settings, after: Settings, span: timedelta, now: datetime) -> None:
    """Say in the log what a change of rules would have brought and spared; it may be cancelled at any article."""
    ended = threading.Event()
    try:
        found = await asyncio.to_thread(compare, store, before, after, now - span, ended.is_set)
        if different(before.book, after.book):
            log.info("the change over the last %d days: %s", span.days, balance(found))
    except MonitorError as error:
        log.warning("what the change would have brought cannot be told: %s", error)
    finally:
        ended.set()
