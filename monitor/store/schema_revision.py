"""Which schema a database has, and whether it is this version's. It does not import Alembic: every start asks this."""

from __future__ import annotations

from sqlalchemy import Engine, inspect, text

from monitor.store import database_files
from monitor.store.database import sqlite_path, temporary_engine

HEAD_REVISION = "0016"


def schema_revision(engine: Engine) -> str | None:
    """The Alembic revision of a database; None for an empty one. Raises StoreError for another program's database."""
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
        if file := sqlite_path(engine.url):
            database_files.require_monitor_tables(file, tables)
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def ready(url: str) -> bool:
    """Whether a database has this version's schema; creates a missing SQLite file. Raises StoreError."""
    with temporary_engine(url) as engine:
        return schema_revision(engine) == HEAD_REVISION
