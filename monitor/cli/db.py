"""`monitor db`: migrates, copies, checks or moves aside the database."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from monitor.cli.context import Options
from monitor.cli.database import open_database
from monitor.cli.output import NEGATIVE, fail, print_envelope, print_message
from monitor.clock import utcnow
from monitor.config import environment
from monitor.config.sealed_secrets import seal_secrets
from monitor.core.errors import MonitorError, StoreError
from monitor.service.reload import LAST_GOOD_KEY
from monitor.store.migrate import backup_database as copy
from monitor.store.migrate import set_database_aside, verify_database
from monitor.store.migrate import upgrade as migrate
from monitor.store.store import database_exists, open_store


@click.group()
def db() -> None:
    """Migrate, copy, check or move aside the database."""


@db.command()
@click.option("--json", "as_json", is_flag=True, help="the envelope")
@click.pass_obj
def upgrade(options: Options, as_json: bool) -> None:
    """Migrate the database to this version's schema; an SQLite file is copied first."""
    url = environment.database_url(options.database)
    try:
        made = migrate(url, environment.bundled_path("alembic"), utcnow())
    except MonitorError as error:
        fail(str(error), code="database", status=NEGATIVE, as_json=as_json)
    if as_json:
        print_envelope({"backup": made})
    else:
        print_message("the database is of this version" + (f"; the old one was copied to {made}" if made else ""))


@db.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="the envelope")
@click.pass_obj
def backup(options: Options, path: Path, as_json: bool) -> None:
    """Copy a running SQLite database to PATH."""
    url = environment.database_url(options.database)
    try:
        seal_stored_rules(url)
        made = copy(url, path)
    except MonitorError as error:
        fail(str(error), code="database", status=NEGATIVE, as_json=as_json)
    if as_json:
        print_envelope({"backup": made})
    else:
        print_message(f"copied to {made}")


def seal_stored_rules(url: str) -> None:
    """Mask the secrets in the rules that an earlier version stored, so that no copy contains them."""
    with suppress(StoreError):  # a database of another schema is copied as it is
        if database_exists(url):
            with open_store(url) as store:
                if kept := store.memory.get(LAST_GOOD_KEY):
                    store.memory.put(LAST_GOOD_KEY, seal_secrets(kept))


@db.command()
@click.option("--json", "as_json", is_flag=True, help="the envelope")
@click.pass_obj
def check(options: Options, as_json: bool) -> None:
    """Check the database for damage. Exit status 1 where there is any."""
    with open_database(options, as_json=as_json) as store:
        found = verify_database(store.database)
    if as_json:
        print_envelope({"found": found}, ok=not found)
    else:
        print_message("\n".join(found) or "the database is sound")
    if found:
        raise SystemExit(NEGATIVE)


@db.command("set-aside")
@click.option("--yes", is_flag=True, help="do it; without it only print what would be done")
@click.option("--json", "as_json", is_flag=True, help="the envelope")
@click.pass_obj
def set_aside(options: Options, yes: bool, as_json: bool) -> None:
    """Rename the SQLite database and its -wal and -shm, so that `monitor run` begins a new one.

    Nothing is deleted. The counter beside it stays: articles published since the monitor last ran are then alerted,
    marked as possible repeats. Stop the monitor first.
    """
    try:
        names, moved = set_database_aside(environment.database_url(options.database), really=yes)
    except MonitorError as error:
        fail(str(error), code="database", status=NEGATIVE, as_json=as_json)
    if as_json:
        print_envelope({"files": names, "moved": moved})
    elif yes:
        print_message("\n".join(f"{name} is now {to}" for name, to in zip(names, moved, strict=True)))
    else:
        print_message("would rename " + ", ".join(map(str, names)) + "; with --yes it is done")
