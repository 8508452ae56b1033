"""The files of an SQLite database: what they are, what the main file holds without its log, and moving them aside.

Nothing is deleted here, and nothing that a process has open is moved. The main file is not opened and closed beside
SQLite's own connections of this process: that would end their locks (sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sqlite3
from collections.abc import Set
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from urllib.parse import quote

from monitor.core.database_identity import DatabasePlace, Mark, Seen
from monitor.core.errors import StoreError

SQLITE_MAGIC = b"SQLite format 3\x00"
HEADER_BYTES = 100  # bytes
WAL_MODE_BYTES = b"\x02\x02"  # bytes 18 and 19 of a database in WAL mode
WAL_SUFFIX, SHM_SUFFIX = "-wal", "-shm"
SQLITE_LOCK_RANGE = 0x40000002, 510  # where SQLite's connections hold a shared lock: first byte and length
MONITOR_TABLES = frozenset(("source", "article", "delivery", "memory"))  # in every schema since the first
GENERATION_KEYS = ("installation", "generation")  # names in the table memory


def companion_path(path: Path, suffix: str) -> Path:
    """A file that belongs to a database. SQLite follows a link before it names its own."""
    return Path(os.path.realpath(path) + suffix)


def file_identity(path: Path) -> DatabasePlace | None:
    """Which file a name leads to; None where there is none, or none that can be reached."""
    try:
        found = path.stat()
    except OSError:
        return None
    return DatabasePlace(found.st_dev, found.st_ino)


def file_size(path: Path) -> int:
    """The bytes of a file; 0 where there is none."""
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0


def inspect_file(path: Path, real: Path, *, inside: bool) -> Seen:
    """What is there now; real: the name of the file that was opened, without links; inside: read its counter too."""
    try:
        found = path.stat()
    except OSError:
        return Seen(None)
    mark = load_file_mark(path) if inside and found.st_size else None
    main = DatabasePlace(found.st_dev, found.st_ino)
    log, index = file_identity(Path(f"{real}{WAL_SUFFIX}")), file_identity(Path(f"{real}{SHM_SUFFIX}"))
    return Seen(main, found.st_size, log, index, looked=inside, mark=mark)


def load_file_mark(path: Path) -> Mark | None:
    """The counter that the file holds without its log; None where it cannot be read."""
    try:
        with closing(sqlite3.connect(immutable_uri(path), uri=True)) as connection:
            rows = connection.execute("SELECT key, value FROM memory WHERE key IN (?, ?)", GENERATION_KEYS).fetchall()
        return parse_mark({key: json.loads(value) for key, value in rows})
    except (sqlite3.Error, ValueError):
        return None


def parse_mark(stored: dict[str, object]) -> Mark | None:
    """The counter from what is remembered under KEPT. Raises ValueError for what no monitor writes."""
    installation, generation = stored.get("installation"), stored.get("generation")
    if not isinstance(installation, str):
        return None
    if not isinstance(generation, dict):
        return Mark(installation, 0)
    return Mark(installation, int(generation["counter"]), datetime.fromisoformat(generation["at"]))


def check_header(path: Path) -> bytes:
    """The header of a file that is to be opened as a database; empty for a new one.

    Raises StoreError for what is none. Only before this process has a connection to it.
    """
    if path.exists() and not path.is_file():
        raise StoreError(f"{path} is no file; name one with --database")
    with path.open("rb") as file:
        header = file.read(HEADER_BYTES)
        size = os.fstat(file.fileno()).st_size
    if header and not (header.startswith(SQLITE_MAGIC) and len(header) == HEADER_BYTES):
        raise StoreError(f"{path} is no SQLite database; {SET_ASIDE_HINT}")
    page = int.from_bytes(header[16:18], "big")
    if header and size < (65536 if page == 1 else page):
        raise StoreError(f"{path} is cut off after {size} bytes; {SET_ASIDE_HINT}")
    return header


SET_ASIDE_HINT = "`monitor db set-aside` moves it out of the way, with what belongs to it, and deletes nothing"


def require_monitor_tables(path: Path, tables: Set[str]) -> None:
    """Raises StoreError where a file has tables, and not those of a monitor."""
    if tables and not tables >= MONITOR_TABLES:
        raise StoreError(f"{path} is the database of another program; {SET_ASIDE_HINT}")


def file_tables(path: Path) -> frozenset[str]:
    """The tables that the file holds without its log; none where it cannot be read."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    try:
        with closing(sqlite3.connect(immutable_uri(path), uri=True)) as connection:
            return frozenset(name for (name,) in connection.execute(query))
    except sqlite3.Error:
        return frozenset()


def immutable_uri(path: Path) -> str:
    """The URI by which SQLite reads a file alone, whatever lies beside it, and changes nothing."""
    return f"file:{quote(os.path.realpath(path))}?immutable=1"


def is_in_use(path: Path) -> bool:
    """Whether another process has the database open. Only before this process has a connection to it."""
    with contextlib.suppress(PermissionError), path.open("rb+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, SQLITE_LOCK_RANGE[1], SQLITE_LOCK_RANGE[0])
        except OSError:
            return True
    return False


def existing_files(path: Path) -> list[Path]:
    """The files of a database that exist, itself first."""
    return [
        one
        for one in (path, companion_path(path, WAL_SUFFIX), companion_path(path, SHM_SUFFIX))
        if os.path.lexists(one)
    ]


def set_files_aside(path: Path, word: str) -> list[Path]:
    """Give the files of a database other names with one ending; returns the new names. Raises StoreError."""
    return rename_files(existing_files(path), word)


def set_log_aside(path: Path) -> list[Path]:
    """The same for the log alone, which was written for another file."""
    return rename_files(
        [one for one in (companion_path(path, WAL_SUFFIX), companion_path(path, SHM_SUFFIX)) if one.exists()], "stale"
    )


def rename_files(names: list[Path], word: str) -> list[Path]:
    """Rename files, the log before the database: a crash between the two leaves none to be applied to another.

    The ending is when the first of them was written last.
    """
    if not names:
        return []
    written = datetime.fromtimestamp(names[0].lstat().st_mtime, UTC)
    base = f".{word}-{written:%Y%m%dT%H%M%S}"
    endings = (base + (f"-{number}" if number else "") for number in count())
    ending = next(one for one in endings if not any(os.path.lexists(f"{name}{one}") for name in names))
    found = []
    for one in reversed(names):
        to = one.with_name(one.name + ending)
        try:
            one.rename(to)
        except OSError as error:
            raise StoreError(f"{one} cannot be moved aside: {error.strerror}") from error
        found.append(to)
    return found[::-1]
