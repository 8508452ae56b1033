"""Opens the database for a verb. A verb that only reads never creates one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from monitor.cli.context import Options
from monitor.cli.lazy import import_deferred
from monitor.cli.output import NEGATIVE, fail
from monitor.clock import utcnow
from monitor.config import environment
from monitor.core.errors import MonitorError
from monitor.store.schema_revision import ready
from monitor.store.store import Store, database_exists, open_store


def prepare_database(url: str) -> None:
    """Migrate a database to this version's schema, or create it. Alembic is loaded only where that is necessary."""
    if not ready(url):
        import_deferred("monitor.store.migrate").upgrade(url, environment.bundled_path("alembic"), utcnow())


@contextmanager
def open_database(options: Options, *, as_json: bool) -> Iterator[Store]:
    """The open database; an error ends the verb with a message and status 1."""
    url = environment.database_url(options.database)
    try:
        if not database_exists(url):
            fail(
                f"there is no database {url} yet",
                code="no-database",
                status=NEGATIVE,
                as_json=as_json,
                help="`monitor run` makes it; --database names another one",
            )
        with open_store(url) as store:
            yield store
    except MonitorError as error:
        fail(str(error), code="database", status=NEGATIVE, as_json=as_json)
