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

from monitor.core.database_identity import Mark, Place, Seen
from monitor.core.errors import StoreError

MAGIC = b"SQLite format 3\x00"
HEADER = 100  # bytes
WITH_LOG = b"\x02\x02"  # bytes 18 and 19 of a database in WAL mode
LOG, INDEX = "-wal", "-shm"
LOCKS = 0x40000002, 510  # where SQLite's connections hold a shared lock: first byte and length
OURS = frozenset(("source", "article", "delivery", "memory"))  # in every schema since the first
KEPT = ("installation", "generation")  # names in the table memory


def beside(path: Path, suffix: str) -> Path:
    """A file that belongs to a database. SQLite follows a link before it names its own."""
    return Path(os.path.realpath(path) + suffix)


def place(path: Path) -> Place | None:
    """Which file a name leads to; None where there is none, or none that can be reached."""
    try:
        found = path.stat()
    except OSError:
        return None
    return Place(found.st_dev, found.st_ino)


def size(path: Path) -> int:
    """The bytes of a file; 0 where there is none."""
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0


def look(path: Path, real: Path, *, inside: bool) -> Seen:
    """What is there now; real: the name of the file that was opened, without links; inside: read its counter too."""
    try:
        found = path.stat()
    except OSError:
        return Seen(None)
    mark = held(path) if inside and found.st_size else None
    main = Place(found.st_dev, found.st_ino)
    log, index = place(Path(f"{real}{LOG}")), place(Path(f"{real}{INDEX}"))
    return Seen(main, found.st_size, log, index, looked=inside, mark=mark)


def held(path: Path) -> Mark | None:
    """The counter that the file holds without its log; None where it cannot be read."""
    try:
        with closing(sqlite3.connect(unlogged(path), uri=True)) as connection:
            rows = connection.execute("SELECT key, value FROM memory WHERE key IN (?, ?)", KEPT).fetchall()
        return mark({key: json.loads(value) for key, value in rows})
    except (sqlite3.Error, ValueError):
        return None


def mark(stored: dict[str, object]) -> Mark | None:
    """The counter from what is remembered under KEPT. Raises ValueError for what no monitor writes."""
    installation, generation = stored.get("installation"), stored.get("generation")
    if not isinstance(installation, str):
        return None
    if not isinstance(generation, dict):
        return Mark(installation, 0)
    return Mark(installation, int(generation["counter"]), datetime.fromisoformat(generation["at"]))


def examine(path: Path) -> bytes:
    """The header of a file that is to be opened as a database; empty for a new one.

    Raises StoreError for what is none. Only before this process has a connection to it.
    """
    if path.exists() and not path.is_file():
        raise StoreError(f"{path} is no file; name one with --database")
    with path.open("rb") as file:
        header = file.read(HEADER)
        size = os.fstat(file.fileno()).st_size
    if header and not (header.startswith(MAGIC) and len(header) == HEADER):
        raise StoreError(f"{path} is no SQLite database; {WAY_OUT}")
    page = int.from_bytes(header[16:18], "big")
    if header and size < (65536 if page == 1 else page):
        raise StoreError(f"{path} is cut off after {size} bytes; {WAY_OUT}")
    return header


WAY_OUT = "`monitor db set-aside` moves it out of the way, with what belongs to it, and deletes nothing"


def ours(path: Path, tables: Set[str]) -> None:
    """Raises StoreError where a file has tables, and not those of a monitor."""
    if tables and not tables >= OURS:
        raise StoreError(f"{path} is the database of another program; {WAY_OUT}")


def tables(path: Path) -> frozenset[str]:
    """The tables that the file holds without its log; none where it cannot be read."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    try:
        with closing(sqlite3.connect(unlogged(path), uri=True)) as connection:
            return frozenset(name for (name,) in connection.execute(query))
    except sqlite3.Error:
        return frozenset()


def unlogged(path: Path) -> str:
    """The URI by which SQLite reads a file alone, whatever lies beside it, and changes nothing."""
    return f"file:{quote(os.path.realpath(path))}?immutable=1"


def in_use(path: Path) -> bool:
    """Whether another process has the database open. Only before this process has a connection to it."""
    with contextlib.suppress(PermissionError), path.open("rb+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, LOCKS[1], LOCKS[0])
        except OSError:
            return True
    return False


def there(path: Path) -> list[Path]:
    """The files of a database that exist, itself first."""
    return [one for one in (path, beside(path, LOG), beside(path, INDEX)) if os.path.lexists(one)]


def aside(path: Path, word: str) -> list[Path]:
    """Give the files of a database other names with one ending; returns the new names. Raises StoreError."""
    return renamed(there(path), word)


def log_aside(path: Path) -> list[Path]:
    """The same for the log alone, which was written for another file."""
    return renamed([one for one in (beside(path, LOG), beside(path, INDEX)) if one.exists()], "stale")


def renamed(names: list[Path], word: str) -> list[Path]:
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
