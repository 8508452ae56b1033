"""Alembic's entry point: migrates on the connection that the program passes, or, from the command line, on its own."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from monitor.config import environment
from monitor.store.database import open_engine, parse_database_url
from monitor.store.tables import metadata


def run(connection: Connection) -> None:
    """Migrate on this connection. render_as_batch: SQLite changes a table by copying it."""
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=False)
    context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = open_engine(parse_database_url(environment.database_url()))
    with engine.connect().execution_options(writes=True) as own, own.begin():
        run(own)
    engine.dispose()
