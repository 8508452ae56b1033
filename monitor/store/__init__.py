"""What we remember: sources, articles, stories, matches, deliveries.

The only room that knows SQL. Rows never leave it; nouns do. It decides nothing and has no clock: `now` is an argument.
Synchronous and safe from several threads and processes; every failure is a StoreError.
"""

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
from monitor.store.ingest_transaction import IngestTransaction
from monitor.store.mutes import Mutes
from monitor.store.outbox import Outbox
from monitor.store.page_queue import PageQueue
from monitor.store.polls import Polls
from monitor.store.schema import ready
from monitor.store.subscriptions import Subscriptions
from monitor.store.views import Views

__all__ = ["INGEST_THREADS", "IngestTransaction", "Store", "database_exists", "open_store", "ready"]


# Threads for turns, which wait for each other at the write lock and, on SQLite, for the interpreter: with 60 new feeds
# at once a feed takes 68 ms of CPU among 32 threads and 65 with one, and the loop's turn comes 180 ms late (99th
# percentile) or 55. PostgreSQL answers from elsewhere meanwhile.
INGEST_THREADS = {"sqlite": 1, "postgresql": 4}

ANALYSIS_THREADS = (
    4  # threads for feeds whose articles take seconds to read or compare; none is started without such a feed
)


# Polls and pages wait for a day at most, but for feeds that are asked more seldom, which are then asked once more at a
# start; messages for a throttle of a week and a digest after it; a lease of 90 days is renewed before its end.
MAX_WAITS = timedelta(days=2), timedelta(days=2), timedelta(days=30), timedelta(days=100)


class Store:
    """An open database: polls and outbox to work with, views to read, memory for small things."""

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
        """Why nothing is written any more: the database is another one. Empty while all is well."""
        return self.database.lost_reason

    @property
    def suspect(self) -> bool:
        """Whether something failed since the database was looked at."""
        return self.database.suspect

    @property
    def restored(self) -> Restored | None:
        """The last time that an older or a new database was taken up in place of another."""
        return self.database.restored

    @property
    def folder(self) -> Path | None:
        """Where an SQLite file is."""
        path = sqlite_path(self.database.engine.url)
        return path.parent if path else None

    def pull_in(self, now: datetime, *, overlong: bool = False) -> None:
        """Make due whatever waits for a later moment, because the clock was set back.

        overlong: only what waits longer than any wait of ours: it was planned under a clock that was far ahead.
        """
        polls, pages, messages, leases = MAX_WAITS if overlong else (timedelta(0),) * 4
        self.polls.pull_in(now, polls)
        self.pages.pull_in(now, pages)
        self.outbox.pull_in(now, messages)
        self.subscriptions.pull_in(now, leases)

    def close(self) -> None:
        """Close every connection, after the turn under way."""
        self.analyses.shutdown(cancel_futures=True)
        self.turns.shutdown(cancel_futures=True)
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def open_store(url: str, now: datetime | None = None) -> Store:
    """Open a database that upgrade() has prepared; now: to poll and tell, so that it is compared with what ran last.

    Raises StoreError.
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
    """Whether there is a database at all; always true of PostgreSQL, which answers for itself."""
    path = sqlite_path(parse_database_url(url))
    return path is None or path.exists()
