"""Putting an SQLite database out of the way, for a person who asked for it: nothing is opened, nothing deleted."""

from __future__ import annotations

import os
from pathlib import Path

from monitor.core.errors import StoreError
from monitor.store import database_files
from monitor.store.database import address, file_of


def put_aside(url: str, *, really: bool) -> tuple[list[Path], list[Path]]:
    """Rename a database with its log and index; the names, and the new ones, none where it is not really wanted.

    Raises StoreError for PostgreSQL, where there is no file, and where a process has it open.
    """
    path = file_of(address(url))
    if path is None:
        raise StoreError("only SQLite files are set aside; use ALTER DATABASE … RENAME TO for PostgreSQL")
    real = Path(os.path.realpath(path))
    names = database_files.there(real)
    if not names:
        raise StoreError(f"there is no database {path}")
    if real.is_file() and database_files.in_use(real):
        raise StoreError(f"another process has {path} open: stop it first (systemctl stop monitor)")
    return names, database_files.aside(real, "aside") if really else []
