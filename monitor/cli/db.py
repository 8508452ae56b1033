"""`monitor db`: bring the database to this version, copy it, check it, put it out of the way."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from monitor.cli.context import Options
from monitor.cli.database import opened
from monitor.cli.output import NEGATIVE, emit, fail, say
from monitor.clock import utcnow
from monitor.config import environment, sealed
from monitor.core.errors import MonitorError, StoreError
from monitor.service.reload import LAST_GOOD
from monitor.store import exists, open_store
from monitor.store.migrate import backup as copy
from monitor.store.migrate import put_aside, verify
from monitor.store.migrate import upgrade as migrate


@click.group()
def db() -> None:
    """Upgrade, back up, check or set aside the database."""


@db.command()
@click.option("--json", "as_json", is_flag=True, help="the envelope")
@click.pass_obj
def upgrade(options: Options, as_json: bool) -> None:
    """Bring the database to this version's schema; an SQLite file is copied first."""
    url = environment.database_url(options.database)
    try:
        made = migrate(url, environment.bundled("alembic"), utcnow())
    except MonitorError as error:
        fail(str(error), code="database", status=NEGATIVE, as_json=as_json)
    if as_json:
        emit({"backup": made})
    else:
        say("the database is of this version" + (f"; the old one was copied to {made}" if made else ""))


@db.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="the envelope")
@click.pass_obj
def backup(options: Options, path: Path, as_json: bool) -> None:
    """Copy a running SQLite database to PATH."""
    url = environment.database_url(options.database)
    try:
        seal(url)
        made = copy(url, path)
    except MonitorError as error:
        fail(str(error), code="database", status=NEGATIVE, as_json=as_json)
    if as_json:
        emit({"backup": made})
    else:
        say(f"copied to {made}")


def seal(url: str) -> None:
    """Take the secrets of rules.toml out of what an earlier version kept, so that no copy has them."""
    with suppress(StoreError):  # a database of another schema is copied as it is
        if exists(url):
            with open_store(url) as store:
                if kept := store.memory.get(LAST_GOOD):
                    store.memory.put(LAST_GOOD, sealed(kept))


@db.command()
@click.option("--json", "as_json", is_flag=True, help="the envelope")
@click.pass_obj
def check(options: Options, as_json: bool) -> None:
    """Look for damage. Exit status 1 where there is any."""
    with opened(options, as_json=as_json) as store:
        found = verify(store.database)
    if as_json:
        emit({"found": found}, ok=not found)
    else:
        say("\n".join(found) or "the database is sound")
    if found:
        raise SystemExit(NEGATIVE)


@db.command("set-aside")
@click.option("--yes", is_flag=True, help="do it; without it only say what would be done")
@click.option("--json", "as_json", is_flag=True, help="the envelope")
@click.pass_obj
def set_aside(options: Options, yes: bool, as_json: bool) -> None:
    """Rename the SQLite database and its -wal and -shm, so that `monitor run` begins a new one.

    Nothing is deleted. The counter beside it stays: what was published since the monitor ran last is then told, marked
    as a possible repeat. Stop the monitor first.
    """
    try:
        names, moved = put_aside(environment.database_url(options.database), really=yes)
    except MonitorError as error:
        fail(str(error), code="database", status=NEGATIVE, as_json=as_json)
    if as_json:
        emit({"files": names, "moved": moved})
    elif yes:
        say("\n".join(f"{name} is now {to}" for name, to in zip(names, moved, strict=True)))
    else:
        say("would rename " + ", ".join(map(str, names)) + "; with --yes it is done")
