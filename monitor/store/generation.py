"""The generation: a counter in the database and in a file beside it, which shows that an older copy was restored.

It rises twice a minute while something is written, and before each message. The counter in the database is durable
before the file's, so that the file never has the higher one after a power cut. PostgreSQL has no file beside it; there
the counter is compared only while the monitor runs. The comparison itself is in core.database_identity.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, func, inspect, select, text, update

from monitor.core.database_identity import DatabaseVerdict, Mark, Past, Restored, follows, past
from monitor.store import database_files
from monitor.store.database import Database, put_value
from monitor.store.rows import OPEN_STATES
from monitor.store.schema_revision import HEAD_REVISION
from monitor.store.tables import delivery, memory, source

log = logging.getLogger(__name__)

GENERATION_KEY, RESTORED_KEY = "generation", "restored"


class GenerationCounter:
    """The generation of an open database. trouble: why the file beside it cannot be written; empty otherwise."""

    def __init__(self, database: Database) -> None:
        self.database, self.path = database, database.path
        self.last: Mark | None = None
        self.trouble = ""
        self.written_at: datetime | None = None  # the latest of the marks at begin()
        with database.read() as connection:
            database.restored = load_restored(connection)

    def begin(self, now: datetime) -> Restored | None:
        """Compare the database with the one that ran here last, and mark what may have been sent since as repeats.

        Returns None where it is the same database.
        """
        outside = database_files.load_generation(self.path) if self.path else None
        with self.database.write(alone=True) as connection:
            inside = load_stored_mark(connection)
            assert inside is not None, "the store made the installation's id"
            self.written_at = max(now, inside.at or now)
            kind = past(outside, inside, empty=is_never_polled(connection))
            found = None
            if kind is not Past.SAME and outside is not None:
                found = Restored(kind, now, inside.at, outside.at)
                mark_possibly_sent(connection, found)
            # Not at an earlier hour: if this start fails, the next one notices too that the clock was set back
            above = outside.counter if outside and found else 0
            mark = increment_generation(connection, self.written_at, above=above)
        if found:
            log.warning("%s", found.sentence())
        self.database.restored = found or self.database.restored
        self.save_mark(mark)
        return found

    def is_ahead_of(self, now: datetime) -> bool:
        """Whether the database was written at a later hour than this: the clock was set back meanwhile."""
        return self.written_at is not None and self.written_at > now

    def check(self, now: datetime) -> None:
        """Check that the database is still the same, and increment the counter after writes. Raises ReplacedError."""
        if self.path is None:
            self.mark_after_restore(now)
        self.database.verify(self.describe_mismatch)
        if not self.database.written or self.last is None:
            return
        with self.database.write(alone=True) as connection:
            mark = increment_generation(connection, now)
        self.save_mark(mark)

    def save_mark(self, mark: Mark) -> None:
        """Checkpoint the WAL, and write the mark to the file beside the database."""
        self.last, self.database.written = mark, False
        if self.path is not None:
            self.database.checkpoint()
            self.trouble = write_generation_mark(self.database, mark)

    def mark_after_restore(self, now: datetime) -> None:
        """Mark possible repeats in an older copy that was restored while we run. The next start could not: PostgreSQL
        has no file to compare with."""
        with self.database.read() as connection:
            inside = load_stored_mark(connection) if inspect(connection).has_table("memory") else None
        before = self.last
        if before and inside and inside.installation == before.installation and inside.counter < before.counter:
            with self.database.write(alone=True) as connection:
                mark_possibly_sent(connection, Restored(Past.OLDER, now, inside.at, before.at))

    def describe_mismatch(self, connection: Connection) -> str:
        """What is wrong with the database of an open connection; empty where nothing is."""
        tables = set(inspect(connection).get_table_names())
        if not {"memory", "alembic_version"} <= tables:
            return str(DatabaseVerdict.REPLACED_INSIDE)
        schema = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if schema != HEAD_REVISION:
            return f"{DatabaseVerdict.MIGRATED} ({schema}; this version needs {HEAD_REVISION})"
        inside, before = load_stored_mark(connection), self.last
        if before and not follows(before.installation, before.counter, inside):
            return str(DatabaseVerdict.REPLACED_INSIDE)
        return ""


def increment_generation(connection: Connection, now: datetime, *, above: int = 0) -> Mark:
    """Increment the counter within a transaction, to more than `above`; returns the new mark."""
    inside = load_stored_mark(connection)
    assert inside is not None, "the store made the installation's id"
    counter = max(inside.counter, above) + 1
    put_value(connection, GENERATION_KEY, {"counter": counter, "at": now.isoformat()})
    return Mark(inside.installation, counter, now)


def write_generation_mark(database: Database, mark: Mark, *, sync: bool = True) -> str:
    """Write a committed mark to the file beside the database; returns why that failed, as a read-only folder is no
    reason to stop. sync: make it durable before returning."""
    if database.path is None or database.integrity is None:
        return ""
    held = database.integrity.known.mark
    try:
        database_files.save_generation(database.path, replace(mark, carried=held.counter if held else 0), sync=sync)
    except OSError as error:
        return f"the counter {database_files.generation_path(database.path)} cannot be written: {error.strerror}"
    return ""


def load_stored_mark(connection: Connection) -> Mark | None:
    """The mark in the database; None before the installation has an id."""
    found = connection.execute(
        select(memory.c.key, memory.c.value).where(memory.c.key.in_(database_files.GENERATION_KEYS))
    )
    return database_files.parse_mark({key: value for key, value in found})


def is_never_polled(connection: Connection) -> bool:
    """Whether no feed was ever polled with success."""
    seen = select(func.count()).select_from(source).where(source.c.baseline_at.is_not(None))
    return connection.execute(seen).scalar_one() == 0


def mark_possibly_sent(connection: Connection, found: Restored) -> None:
    """Mark waiting deliveries as possible repeats, since they may have been sent after the copy was made; and store
    what was found, so that the next poll of each feed marks its deliveries too."""
    waiting = update(delivery).where(delivery.c.state.in_(OPEN_STATES), delivery.c.repeats == 0)
    connection.execute(waiting.values(repeats=1))
    times = {"at": found.at, "since": found.since, "until": found.until}
    value = {key: at.isoformat() if at else None for key, at in times.items()}
    put_value(connection, RESTORED_KEY, value | {"past": found.past})


def load_restored(connection: Connection) -> Restored | None:
    """The last replacement of the database by an older or a new one; None where there was none."""
    found = connection.execute(select(memory.c.value).where(memory.c.key == RESTORED_KEY)).scalar_one_or_none()
    if not isinstance(found, Mapping):
        return None
    times = {key: datetime.fromisoformat(found[key]) if found.get(key) else None for key in ("at", "since", "until")}
    at = times["at"]
    assert at is not None
    return Restored(Past(found["past"]), at, times["since"], times["until"])
