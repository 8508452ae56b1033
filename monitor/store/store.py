"""An open database: opens it, holds its parts and its threads, closes it. It decides nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import inspect

from monitor.core.database_identity import Restored
from monitor.core.errors import StoreError
from monitor.store.alarms import Alarms
from monitor.store.archive import Archive, Calendar, RepeatedParagraphs, Retention
from monitor.store.database import Database, KeyValueStore, open_engine, parse_database_url, sqlite_path, store_errors
from monitor.store.feed_rows import Coverage
from monitor.store.generation import GenerationCounter
from monitor.store.mutes import Mutes
from monitor.store.outbox import Outbox
from monitor.store.page_queue import PageQueue
from monitor.store.polls import Polls
from monitor.store.subscriptions import Subscriptions
from monitor.store.views import Views

# Threads for ingest transactions. They wait for each other at the write lock and, on SQLite, for the interpreter: with
# 60 new feeds at once, a feed takes 68 ms of CPU with 32 threads and 65 ms with one, and the event loop is delayed by
# 180 ms or 55 ms (99th percentile). PostgreSQL runs in another process meanwhile.
INGEST_THREADS = {"sqlite": 1, "postgresql": 4}

ANALYSIS_THREADS = 4  # for feeds whose articles take seconds to parse or compare; started by the first such feed

# The longest waits of polls, pages, messages and subscriptions. Polls and pages wait a day at most (a feed with a
# longer interval is polled once more at a start); messages wait for a throttle of a week and a digest after it; hub
# leases of 90 days are renewed before they end.
MAX_WAITS = timedelta(days=2), timedelta(days=2), timedelta(days=30), timedelta(days=100)


class Store:
    """An open database: one attribute for each part, and the thread pools that write to it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.turns = ThreadPoolExecutor(INGEST_THREADS[database.engine.dialect.name], "turn")
        self.analyses = ThreadPoolExecutor(ANALYSIS_THREADS, "analysis")
        self.memory = KeyValueStore(database)
        self.polls = Polls(database, self.memory.installation_id())
        self.outbox = Outbox(database)
        self.views = Views(database)
        self.archive = Archive(database)
        self.calendar = Calendar(database)
        self.repeated_paragraphs = RepeatedParagraphs(database)
        self.mutes = Mutes(database)
        self.alarms = Alarms(database)
        self.retention = Retention(database)
        self.coverage = Coverage(database)
        self.subscriptions = Subscriptions(database, self.memory.installation_id())
        self.pages = PageQueue(database, self.memory.installation_id())
        self.counter = GenerationCounter(database)

    @property
    def lost_reason(self) -> str:
        """Why nothing is written any more: the database was replaced. Empty otherwise."""
        return self.database.lost_reason

    @property
    def suspect(self) -> bool:
        """Whether a transaction failed since the database was last checked."""
        return self.database.suspect

    @property
    def restored(self) -> Restored | None:
        """The last replacement of the database by an older or a new one; None where there was none."""
        return self.database.restored

    @property
    def folder(self) -> Path | None:
        """The folder of an SQLite file; None for PostgreSQL."""
        return self.database.path.parent if self.database.path else None

    def pull_in(self, now: datetime, *, overlong: bool = False) -> None:
        """Make everything due that waits for a moment after now, because the clock was set back.

        overlong: only what waits longer than MAX_WAITS; it was scheduled while the clock was far ahead.
        """
        polls, pages, messages, leases = MAX_WAITS if overlong else (timedelta(0),) * 4
        self.polls.pull_in(now, polls)
        self.pages.pull_in(now, pages)
        self.outbox.pull_in(now, messages)
        self.subscriptions.pull_in(now, leases)

    def close(self) -> None:
        """Close every connection after the running transaction has ended."""
        self.analyses.shutdown(cancel_futures=True)
        self.turns.shutdown(cancel_futures=True)
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def open_store(url: str, now: datetime | None = None) -> Store:
    """Open a database that upgrade() has prepared. Raises StoreError.

    now: given by processes that poll and send; the database is then compared with the one that ran last.
    """
    database = Database(open_engine(parse_database_url(url)))
    try:
        with store_errors():
            there = inspect(database.engine).has_table("delivery")
        if not there:
            raise StoreError("the database has no tables yet: run `monitor db upgrade`")
        store = Store(database)
        if now:
            store.counter.begin(now)
        return store
    except BaseException:
        database.close()
        raise


def database_exists(url: str) -> bool:
    """Whether the file of an SQLite database exists; always true for PostgreSQL, whose server reports it."""
    path = sqlite_path(parse_database_url(url))
    return path is None or path.exists()
