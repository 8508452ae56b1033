"""Upgrade, downgrade, backup and check of a database. An upgrade of an SQLite file makes a backup first.

The migrations themselves are in alembic/versions/; this module knows no tables.
"""

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
from monitor.store.database import (
    INGEST_LOCK,
    Database,
    open_engine,
    parse_database_url,
    sqlite_path,
    store_errors,
    temporary_engine,
)
from monitor.store.database_files import SET_ASIDE_HINT, existing_files, is_in_use, rename_files
from monitor.store.schema_revision import HEAD_REVISION, schema_revision


def upgrade(url: str, scripts: Path, now: datetime, *, revision: str = "head") -> Path | None:
    """Create a database, or upgrade its schema; returns the backup of an older SQLite file. Raises StoreError."""
    with temporary_engine(url) as engine:
        have = schema_revision(engine)
        if have == HEAD_REVISION and revision == "head":
            return None
        if have and not any((scripts / "versions").glob(f"{have}_*.py")):
            raise StoreError(unknown_schema_message(engine, have))  # before the backup: each start would make one
        copy = backup_before_upgrade(url, have, now) if have else None
        run_migrations(engine, scripts, revision)
        return copy


def downgrade(url: str, scripts: Path, revision: str) -> None:
    """Migrate a database back to an earlier revision. Raises StoreError."""
    with temporary_engine(url) as engine:
        run_migrations(engine, scripts, revision, down=True)


def run_migrations(engine: Engine, scripts: Path, revision: str, *, down: bool = False) -> None:
    """Run Alembic in one transaction. Raises StoreError for a revision that this version does not know."""
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":  # several processes may start at once; SQLite has a single writer
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": INGEST_LOCK})
        config.attributes["connection"] = connection
        try:
            (command.downgrade if down else command.upgrade)(config, revision)
        except CommandError as error:
            raise StoreError(unknown_schema_message(engine, str(error))) from error


def unknown_schema_message(engine: Engine, why: str) -> str:
    """The error for a schema that this version does not know, with the way out."""
    what = f"the database {engine.url.database} is of a newer version of the monitor, or of another program"
    way_out = f", or {SET_ASIDE_HINT}" if sqlite_path(engine.url) else ""
    return f"{what} (schema {why}): install that version{way_out}"


def backup_before_upgrade(url: str, have: str, now: datetime) -> Path | None:
    """A copy of an SQLite file beside it, named by its revision and the time; None for PostgreSQL (use pg_dump)."""
    path = sqlite_path(parse_database_url(url))
    return backup_database(url, path.with_name(f"{path.name}.{have}.{now:%Y%m%dT%H%M%S}.bak")) if path else None


def backup_database(url: str, to: Path) -> Path:
    """Copy a running SQLite database consistently, with VACUUM INTO. Raises StoreError, also if the target exists."""
    path = sqlite_path(parse_database_url(url))
    if path is None:
        raise StoreError("only SQLite files are copied; use pg_dump for PostgreSQL")
    if not path.exists():
        raise StoreError(f"there is no database {path}")
    reserve_backup_file(to)
    engine = open_engine(parse_database_url(url))
    try:
        with store_errors(), closing(engine.raw_connection()) as connection:  # VACUUM refuses to run in a transaction
            connection.cursor().execute("VACUUM INTO ?", (str(to),))
    except (sqlite3.Error, StoreError) as error:
        to.unlink(missing_ok=True)
        raise StoreError(f"the copy to {to} failed: {error}") from error
    finally:
        engine.dispose()
    return to


def reserve_backup_file(to: Path) -> None:
    """Create the empty file (mode 0600) that VACUUM INTO fills. Raises StoreError if anything has that name.

    A dangling link is refused too: a write through it would land where somebody else chose.
    """
    try:
        os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    except FileExistsError as error:
        what = "is a link" if to.is_symlink() else "exists"
        raise StoreError(f"{to} {what}; a backup never overwrites a file, nor writes through a link") from error
    except OSError as error:
        raise StoreError(f"cannot write {to}: {error.strerror}") from error


def verify_database(database: Database) -> list[str]:
    """What is wrong with a database, one sentence each; empty where nothing is. Raises StoreError."""
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
    """Rename the files of a database; returns the old and the new names. really=False renames nothing.

    Raises StoreError for PostgreSQL, for a missing file, and for a file that a process has open.
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
    return names, rename_files(names, "aside") if really else []
