"""Bringing a database to this version's schema through Alembic, with a backup before, and keeping copies of it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Engine, text

from monitor.core.errors import StoreError
from monitor.store.database import INGEST_LOCK, Database, open_engine, parse_database_url, sqlite_path, store_errors
from monitor.store.database_files import SET_ASIDE_HINT, existing_files, is_in_use, set_files_aside
from monitor.store.schema import HEAD_REVISION, schema_revision


def upgrade(url: str, scripts: Path, now: datetime, *, revision: str = "head") -> Path | None:
    """Bring a database to the newest schema, creating it if need be; returns the backup made of an older one."""
    engine = open_engine(parse_database_url(url))
    try:
        with store_errors():
            have = schema_revision(engine)
            if have == HEAD_REVISION and revision == "head":
                return None
            if have and not any((scripts / "versions").glob(f"{have}_*.py")):
                raise StoreError(unknown_schema_message(engine, have))  # before it is copied at each start
            copy = backup_before_upgrade(url, have, now) if have else None
            run_migrations(engine, scripts, revision)
            return copy
    finally:
        engine.dispose()


def downgrade(url: str, scripts: Path, revision: str) -> None:
    """Bring a database back to an earlier schema."""
    engine = open_engine(parse_database_url(url))
    try:
        with store_errors():
            run_migrations(engine, scripts, revision, down=True)
    finally:
        engine.dispose()


def run_migrations(engine: Engine, scripts: Path, revision: str, *, down: bool = False) -> None:
    """Run Alembic in one transaction."""
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":  # several processes may start at once; SQLite has one writer anyway
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": INGEST_LOCK})
        config.attributes["connection"] = connection
        try:
            (command.downgrade if down else command.upgrade)(config, revision)
        except CommandError as error:
            raise StoreError(unknown_schema_message(engine, str(error))) from error


def unknown_schema_message(engine: Engine, why: str) -> str:
    """What to do with a schema that this version does not know."""
    what = f"the database {engine.url.database} is of a newer version of the monitor, or of another program"
    way_out = f", or {SET_ASIDE_HINT}" if sqlite_path(engine.url) else ""
    return f"{what} (schema {why}): install that version{way_out}"


def backup_before_upgrade(url: str, have: str, now: datetime) -> Path | None:
    """A copy of an SQLite file beside it, named by its schema and the time; PostgreSQL has its own ways."""
    path = sqlite_path(parse_database_url(url))
    return backup_database(url, path.with_name(f"{path.name}.{have}.{now:%Y%m%dT%H%M%S}.bak")) if path else None


def backup_database(url: str, to: Path) -> Path:
    """A consistent copy of a running SQLite database. Raises StoreError, also where the copy exists."""
    path = sqlite_path(parse_database_url(url))
    if path is None:
        raise StoreError("only SQLite files are copied; use pg_dump for PostgreSQL")
    if not path.exists():
        raise StoreError(f"there is no database {path}")
    reserve_backup_file(to)
    engine = open_engine(parse_database_url(url))
    try:
        with store_errors(), closing(engine.raw_connection()) as connection:  # VACUUM wants no transaction around it
            connection.cursor().execute("VACUUM INTO ?", (str(to),))
    except (sqlite3.Error, StoreError) as error:
        to.unlink(missing_ok=True)
        raise StoreError(f"the copy to {to} failed: {error}") from error
    finally:
        engine.dispose()
    return to


def reserve_backup_file(to: Path) -> None:
    """Make an empty file, for its owner only, that VACUUM INTO fills; StoreError where anything has that name.

    A link that leads nowhere has it too: what is written through one lands where somebody else said.
    """
    try:
        os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    except FileExistsError as error:
        what = "is a link" if to.is_symlink() else "exists"
        raise StoreError(f"{to} {what}; a backup never overwrites a file, nor writes through a link") from error
    except OSError as error:
        raise StoreError(f"cannot write {to}: {error.strerror}") from error


def verify_database(database: Database) -> list[str]:
    """What is wrong with a database, in sentences; empty where nothing is."""
    have = schema_revision(database.engine)
    found = [] if have == HEAD_REVISION else [f"its schema is {have or 'missing'}, this version needs {HEAD_REVISION}"]
    if database.postgres:
        return found
    with database.read() as connection:
        pages = connection.execute(text("PRAGMA quick_check")).scalars().all()
        strays = connection.execute(text("PRAGMA foreign_key_check")).all()
    found += [f"quick_check: {line}" for line in pages if line != "ok"]
    return found + [f"a row of {row[0]} points to a missing row of {row[2]}" for row in strays]


def set_database_aside(url: str, *, really: bool) -> tuple[list[Path], list[Path]]:
    """Rename a database with its log and index; the names, and the new ones, none where it is not really wanted.

    Raises StoreError for PostgreSQL, where there is no file, and where a process has it open.
    """
    path = sqlite_path(parse_database_url(url))
    if path is None:
        raise StoreError("only SQLite files are set aside; use ALTER DATABASE … RENAME TO for PostgreSQL")
    real = Path(os.path.realpath(path))
    names = existing_files(real)
    if not names:
        raise StoreError(f"there is no database {path}")
    if real.is_file() and is_in_use(real):
        raise StoreError(f"another process has {path} open: stop it first (systemctl stop monitor)")
    return names, set_files_aside(real, "aside") if really else []
