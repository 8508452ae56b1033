"""The connection: one engine, one context manager to read, one to write, and one type of error.

SQLite uses WAL, synchronous=FULL and BEGIN IMMEDIATE for every write: a deferred BEGIN that turns from reading to
writing fails at once with SQLITE_BUSY_SNAPSHOT, whatever the busy timeout. PostgreSQL uses the same calls, with an
advisory lock where SQLite has its single writer. This module knows no table but `memory`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from monitor.core.database_identity import Restored, stale
from monitor.core.errors import ReplacedError, StoreError
from monitor.store import database_files, rows, sql
from monitor.store.integrity import FileIntegrity
from monitor.store.tables import memory

log = logging.getLogger(__name__)

BUSY_SECONDS = 5.0
WAL_RETRY_SECONDS = 0.02
POSTGRES_DRIVER = "postgresql+psycopg"
# The sketch rows of one feed lie on hundreds of pages of a large archive. A cache of 4 MB keeps them from the lookup
# to the insert (the default of 2 MB does not; 8 MB saves at most 1 of the 27 ms of a cold feed). Checkpoints at 4,000
# pages of WAL instead of 1,000 shorten a commit from 4.8 to 3.7 ms.
PRAGMAS = ("synchronous=FULL", "foreign_keys=ON", "cache_size=-4000", "wal_autocheckpoint=4000")
INGEST_LOCK = 6_018_231  # any number that no other program in the same database uses

INVALID_URL_MESSAGE = (
    "this is not a database URL (it is not shown, because it may hold a password); use sqlite:///FILE or "
    "postgresql://USER:PASSWORD@HOST/NAME, with %40 for an @ and %2F for a slash in the password"
)


def parse_database_url(url: str) -> URL:
    """The URL with our driver. Raises StoreError for anything but an SQLite or PostgreSQL URL; never shows the URL."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise StoreError(INVALID_URL_MESSAGE) from None  # the cause would show the URL, and its password
    sqlite_host = parsed.drivername.startswith("sqlite") and (parsed.host or parsed.username)
    if "@" in (parsed.host or "") or sqlite_host:  # part of a password, which would be printed as a host
        raise StoreError(INVALID_URL_MESSAGE)
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername=POSTGRES_DRIVER)
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite", POSTGRES_DRIVER):
        raise StoreError(f"no support for {parsed.drivername[:20]} databases; use sqlite:///FILE or postgresql://…")
    return parsed


def sqlite_path(url: URL) -> Path | None:
    """The file of an SQLite database; None for PostgreSQL and for one in memory."""
    in_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return Path(url.database) if in_file and url.database else None


def open_engine(url: URL) -> Engine:
    """An engine. An SQLite file and its folder are created readable by their owner only. Raises StoreError.

    Errors never show the parameters of a statement (hide_parameters), which may be secrets.
    """
    try:
        if url.get_backend_name() == "sqlite":
            return _open_sqlite_engine(url)
        return create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args={"connect_timeout": 10})
    except ArgumentError:  # sqlite:// with a host, and perhaps a password
        raise StoreError(INVALID_URL_MESSAGE) from None
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        way_out = "PostgreSQL needs its driver: pip install 'news-alert-monitor[postgres]'"
        raise StoreError(way_out) from error
    except OSError as error:
        raise StoreError(f"cannot use {url.database}: {error.strerror}") from error


def _open_sqlite_engine(url: URL) -> Engine:
    path = sqlite_path(url)
    if path:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = path.exists()
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        _check_sqlite_file(path, there=there)
    # LIFO reuses the connection that wrote last; the page cache of any other is invalid after a write
    last = {"pool_use_lifo": True} if path else {}
    arguments = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(url, hide_parameters=True, connect_args=arguments, **last)
    event.listen(engine, "connect", _configure_connection)
    event.listen(engine, "begin", _begin_transaction)
    return engine


def _check_sqlite_file(path: Path, *, there: bool) -> None:
    """Refuse a file that is no monitor database, and set a WAL aside that was written for another file.

    there: whether the file existed before this process created it.
    """
    header, outside = database_files.check_header(path), database_files.load_generation(path)
    if there and outside and not header:
        raise StoreError(
            f"{path} is empty, but a database was here until {outside.at}; {database_files.SET_ASIDE_HINT}"
        )
    if header and header[18:20] != database_files.WAL_MODE_BYTES:  # before we switch it to WAL
        database_files.require_monitor_tables(path, database_files.file_tables(path) - {"alembic_version"})
    size = database_files.file_size(database_files.companion_path(path, database_files.WAL_SUFFIX))
    if not (header and size):
        return
    keeps_log = header[18:20] == database_files.WAL_MODE_BYTES
    if stale(outside, database_files.load_file_mark(path), keeps_log=keeps_log) and not database_files.is_in_use(path):
        moved = database_files.set_log_aside(path)
        log.warning("%s has the log of another file beside it; it is kept as %s", path, " and ".join(map(str, moved)))


def _configure_connection(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins no transaction; _begin_transaction does
    _enable_wal(connection)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _enable_wal(connection: Any) -> None:
    """Switch to WAL. This fails at once, whatever the busy timeout, while another process writes the first bytes of a
    new file; so it is retried."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(WAL_RETRY_SECONDS)


def _begin_transaction(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    sql.driver_cursor(connection).execute("BEGIN IMMEDIATE" if writes else "BEGIN")


TransactionObserver = Callable[[str, str | None], None]  # "read" or "write"; the error, or None
OUTAGE_ERRORS = {"OperationalError", "InterfaceError", "TimeoutError"}  # the last is the connection pool's


def ignore_transaction(part: str, error: str | None) -> None:
    """The default observer: it does nothing."""


class Database:
    """Transactions on one database; safe to use from several threads.

    lost_reason: why nothing may be read or written any more; suspect: a transaction failed since the last check;
    written: a transaction was committed since the generation was last incremented; restored: see core.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.observer: TransactionObserver = ignore_transaction
        self.path = sqlite_path(engine.url)
        self.integrity = FileIntegrity(engine, self.path) if self.path else None
        self.lost_reason, self.suspect, self.written = "", False, False
        self.restored: Restored | None = None
        # SQLite has one writer. Our threads wait here without a limit; the busy timeout serves waiters in no order and
        # is for other processes.
        self.write_lock = contextlib.nullcontext() if self.postgres else threading.Lock()

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction with a consistent snapshot. Raises StoreError."""
        with self.guard("read"), store_errors(), self.engine.connect() as connection, connection.begin():
            yield connection

    def fetch_rows(self, statement: Any, given: Mapping[str, Any]) -> Sequence[Any]:
        """The rows of one query, on SQLite without a transaction, which is half its cost. Raises StoreError."""
        if self.postgres:
            with self.read() as connection:
                return sql.fetch_rows(connection, statement, given)
        made = sql.compile_statement(statement, self.engine.dialect)
        with self.guard("read"), store_errors(), contextlib.closing(self.engine.raw_connection()) as connection:
            return made.fetch_rows(connection.cursor(), given)

    @contextlib.contextmanager
    def write(self, *, alone: bool = False) -> Iterator[Connection]:
        """A write transaction: leaving commits, an exception rolls back. alone: exclude other such transactions of any
        process. Raises StoreError."""
        with self.write_lock, self.guard("write"), store_errors(), self.engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            with connection.begin():
                if alone and self.postgres:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": INGEST_LOCK})
                yield connection

    @contextlib.contextmanager
    def guard(self, part: str) -> Iterator[None]:
        """Check the file before a write, and report the outcome of the transaction to the observer.

        Raises ReplacedError before the transaction if the database was replaced.
        """
        if part == "write" and self.integrity and not self.lost_reason:
            self.record_loss(self.integrity.check, inside=self.suspect)
        if self.lost_reason:
            raise ReplacedError(self.lost_reason)
        try:
            yield
        except StoreError as error:
            self.suspect = True
            if error.outside:
                self.observer(part, str(error))
            raise
        self.observer(part, None)
        if part == "write":
            self.written = True
            if self.integrity:
                self.integrity.record_log_files()

    def record_loss(self, check: Callable[..., object], **given: Any) -> None:
        """Run a check of the file; a ReplacedError of it blocks every later transaction."""
        try:
            check(**given)
        except ReplacedError as error:
            self.lost_reason = self.lost_reason or str(error)

    def verify(self, mismatch: Callable[[Connection], str]) -> None:
        """Check the file and its content. mismatch: returns what is wrong with the content. Raises StoreError."""
        with self.write_lock:
            if self.integrity and not self.lost_reason:
                self.record_loss(self.integrity.check, inside=True)
        with self.read() as connection:
            found = mismatch(connection)
        self.suspect = False
        if found:
            self.lost_reason = f"the database {found}; nothing more is written to it"
            raise ReplacedError(self.lost_reason)

    def checkpoint(self) -> int:
        """Checkpoint the WAL of an SQLite file; returns the generation in the main file. Raises StoreError."""
        if self.integrity is None:
            return 0
        raw = contextlib.closing(self.engine.raw_connection())
        with self.write_lock, self.guard("read"), store_errors(), raw as connection:
            try:
                return self.integrity.checkpoint(connection.cursor().execute)
            except ReplacedError as error:
                self.lost_reason = str(error)
                raise

    @property
    def postgres(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    def close(self) -> None:
        """Close every connection. Those of a replaced file stay open: closing would write the WAL into the new file."""
        if not (self.lost_reason and self.integrity):
            self.engine.dispose()


@contextlib.contextmanager
def temporary_engine(url: str) -> Iterator[Engine]:
    """An engine for one task, closed afterwards; errors inside become StoreErrors, as with store_errors()."""
    engine = open_engine(parse_database_url(url))
    try:
        with store_errors():
            yield engine
    finally:
        engine.dispose()


@contextlib.contextmanager
def store_errors() -> Iterator[None]:
    """Convert errors of SQLAlchemy and sqlite3 to StoreError with the first line of the database's message."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        cause = getattr(error, "orig", None) or error
        broken = getattr(cause, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
        said = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
        way_out = f"; {database_files.SET_ASIDE_HINT}" if broken else ""
        raise StoreError(f"the database says: {said}{way_out}", outside=is_outage_error(cause)) from error


def is_outage_error(cause: BaseException) -> bool:
    """Whether a driver error (PEP 249) means that the database cannot work now, rather than that a query is wrong."""
    kinds = {kind.__name__ for kind in type(cause).__mro__}
    return bool(kinds & OUTAGE_ERRORS) or type(cause).__name__ == "DatabaseError"  # sqlite3's for a malformed file


INSTALLATION_KEY = "installation"


class KeyValueStore:
    """JSON values by key, in the table `memory`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def get(self, key: str) -> Any:
        with self.database.read() as connection:
            return connection.execute(select(memory.c.value).where(memory.c.key == key)).scalar_one_or_none()

    def put(self, key: str, value: Any) -> None:
        """Store a value if it changed. On SQLite the old value, which may be a secret, is overwritten with zeros."""
        if self.get(key) == value:
            return
        with self.database.write() as connection:
            if not self.database.postgres:
                connection.execute(text("PRAGMA secure_delete=ON"))
            put_value(connection, key, value)

    def installation_id(self) -> str:
        """The random id of this installation, made once; part of every delivery key."""
        with self.database.write() as connection:
            made = sql.upsert(memory).values(key=INSTALLATION_KEY, value=uuid.uuid4().hex)
            connection.execute(made.on_conflict_do_nothing())
        known = self.get(INSTALLATION_KEY)
        assert isinstance(known, str)
        return known


def put_value(connection: Connection, key: str, value: Any) -> None:
    """Insert or replace the value of a key within a transaction."""
    put = sql.upsert(memory).values(key=key, value=rows.storable(value))
    connection.execute(put.on_conflict_do_update(index_elements=["key"], set_={"value": put.excluded.value}))
