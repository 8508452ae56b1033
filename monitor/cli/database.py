"""How verbs find the database: opened only where there is one, and never made by a verb that reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from monitor.cli.context import Options
from monitor.cli.lazy import import_deferred
from monitor.cli.output import NEGATIVE, fail
from monitor.clock import utcnow
from monitor.config import environment
from monitor.core.errors import MonitorError
from monitor.store import Store, database_exists, open_store, ready


def prepare_database(url: str) -> None:
    """Bring a database to this version's schema, creating it if need be. Alembic is loaded only where that is to do."""
    if not ready(url):
        import_deferred("monitor.store.migrate").upgrade(url, environment.bundled_path("alembic"), utcnow())


@contextmanager
def open_database(options: Options, *, as_json: bool) -> Iterator[Store]:
    """The open database; what goes wrong ends the verb with a sentence."""
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
