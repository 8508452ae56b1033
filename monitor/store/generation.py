"""The counter in a database, and how the one beside it is kept in step.

It rises twice a minute while something is written, and before each message: a copy made before that is known as older.
The database's own is durable before the file's, so a power cut never makes the
file the higher one. PostgreSQL has no place beside it: there the counter is compared only while the monitor runs.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, inspect, select, text, update

from monitor.core.database_identity import DatabaseVerdict, Mark, Past, Restored, follows, past
from monitor.store import database_files, generation_file, rows
from monitor.store.archive import OPEN_STATES
from monitor.store.database import Database
from monitor.store.schema import HEAD_REVISION
from monitor.store.tables import delivery, memory, source

log = logging.getLogger(__name__)

GENERATION_KEY, RESTORED_KEY = "generation", "restored"


class GenerationCounter:
    """The counter of an open database. trouble: why the file beside it cannot be written, for the log."""

    def __init__(self, database: Database) -> None:
        self.database, self.path = database, database.path
        self.last: Mark | None = None
        self.trouble = ""
        with database.read() as connection:
            database.restored = load_restored(connection)

    def begin(self, now: datetime) -> Restored | None:
        """Compare with what ran here last, and mark what may have been told since; what was found, at this start."""
        outside = generation_file.load_generation(self.path) if self.path else None
        with self.database.write(alone=True) as connection:
            inside = load_stored_mark(connection)
            assert inside is not None, "the store made the installation's id"
            kind = past(outside, inside, empty=is_never_polled(connection))
            found = None
            if kind is not Past.SAME and outside is not None:
                found = Restored(kind, now, inside.at, outside.at)
                mark_possibly_sent(connection, found)
            mark = increment_generation(connection, now, above=outside.counter if outside and found else 0)
        if found:
            log.warning("%s", found.sentence())
        self.database.restored = found or self.database.restored
        self.keep(mark)
        return found

    def check(self, now: datetime) -> None:
        """Look whether the database is still the same; count on where something was written. Raises ReplacedError."""
        if self.path is None:
            self.admit(now)
        self.database.inspect(self.otherwise)
        if not self.database.written or self.last is None:
            return
        with self.database.write(alone=True) as connection:
            mark = increment_generation(connection, now)
        self.keep(mark)

    def keep(self, mark: Mark) -> None:
        """Carry the log over, and note the counter beside the database."""
        self.last, self.database.written = mark, False
        if self.path is not None:
            self.database.checkpoint()
            self.trouble = write_generation_mark(self.database, mark)

    def admit(self, now: datetime) -> None:
        """Mark what may have been told since in an older copy that was restored under us: PostgreSQL's next start has
        nothing to compare with."""
        with self.database.read() as connection:
            inside = load_stored_mark(connection) if inspect(connection).has_table("memory") else None
        before = self.last
        if before and inside and inside.installation == before.installation and inside.counter < before.counter:
            with self.database.write(alone=True) as connection:
                mark_possibly_sent(connection, Restored(Past.OLDER, now, inside.at, before.at))

    def otherwise(self, connection: Connection) -> str:
        """What is wrong with the database that an open connection leads to; empty where nothing is."""
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
    """Count on in the database, within a transaction; above: at least."""
    inside = load_stored_mark(connection)
    assert inside is not None, "the store made the installation's id"
    counter = max(inside.counter, above) + 1
    put_value(connection, GENERATION_KEY, {"counter": counter, "at": now.isoformat()})
    return Mark(inside.installation, counter, now)


def write_generation_mark(database: Database, mark: Mark, *, sync: bool = True) -> str:
    """Keep the counter beside the database after it was committed; why that failed. A folder that is read-only is no
    reason to stop."""
    if database.path is None or database.integrity is None:
        return ""
    held = database.integrity.known.mark
    try:
        generation_file.save_generation(database.path, replace(mark, carried=held.counter if held else 0), sync=sync)
    except OSError as error:
        return f"the counter {generation_file.generation_path(database.path)} cannot be written: {error.strerror}"
    return ""


def load_stored_mark(connection: Connection) -> Mark | None:
    """The counter in a database."""
    found = connection.execute(
        select(memory.c.key, memory.c.value).where(memory.c.key.in_(database_files.GENERATION_KEYS))
    )
    return database_files.parse_mark({key: value for key, value in found})


def is_never_polled(connection: Connection) -> bool:
    """Whether no feed was ever seen."""
    seen = select(func.count()).select_from(source).where(source.c.baseline_at.is_not(None))
    return connection.execute(seen).scalar_one() == 0


def mark_possibly_sent(connection: Connection, found: Restored) -> None:
    """Whatever waits to be sent may have been sent after the copy was made; and so may what first polls find."""
    waiting = update(delivery).where(delivery.c.state.in_(OPEN_STATES), delivery.c.repeats == 0)
    connection.execute(waiting.values(repeats=1))
    times = {"at": found.at, "since": found.since, "until": found.until}
    value = {key: at.isoformat() if at else None for key, at in times.items()}
    put_value(connection, RESTORED_KEY, value | {"past": found.past})


def load_restored(connection: Connection) -> Restored | None:
    """The last time that an older or a new database was taken up."""
    found = connection.execute(select(memory.c.value).where(memory.c.key == RESTORED_KEY)).scalar_one_or_none()
    if not isinstance(found, Mapping):
        return None
    times = {key: datetime.fromisoformat(found[key]) if found.get(key) else None for key in ("at", "since", "until")}
    at = times["at"]
    assert at is not None
    return Restored(Past(found["past"]), at, times["since"], times["until"])


def put_value(connection: Connection, key: str, value: Any) -> None:
    """Remember a value."""
    made = rows.insert_statement_for(connection, memory).values(key=key, value=value)
    connection.execute(made.on_conflict_do_update(index_elements=["key"], set_={"value": made.excluded.value}))
