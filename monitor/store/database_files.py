"""The files of an SQLite database: identity, header, content without the WAL, generation, and setting them aside.

It deletes nothing, and moves nothing that a process has open. It does not open and close the main file while this
process has SQLite connections to it: that would release their locks (sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sqlite3
import tempfile
from collections.abc import Set
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from urllib.parse import quote

from monitor.core.database_identity import DatabasePlace, Mark, Seen
from monitor.core.errors import StoreError

SQLITE_MAGIC = b"SQLite format 3\x00"
HEADER_BYTES = 100
WAL_MODE_BYTES = b"\x02\x02"  # bytes 18 and 19 of a database in WAL mode
WAL_SUFFIX, SHM_SUFFIX = "-wal", "-shm"
SQLITE_LOCK_RANGE = 0x40000002, 510  # where SQLite's connections hold a shared lock: first byte and length
MONITOR_TABLES = frozenset(("source", "article", "delivery", "memory"))  # in every schema since the first
GENERATION_SUFFIX = "-generation"  # of the file with the generation of the process that wrote last, JSON
GENERATION_KEYS = ("installation", "generation")  # in the table memory


def companion_path(path: Path, suffix: str) -> Path:
    """The -wal or -shm file of a database. SQLite resolves symbolic links before it appends the suffix."""
    return Path(os.path.realpath(path) + suffix)


def file_identity(path: Path) -> DatabasePlace | None:
    """Device and inode of the file at a path; None where it cannot be reached."""
    try:
        found = path.stat()
    except OSError:
        return None
    return DatabasePlace(found.st_dev, found.st_ino)


def file_size(path: Path) -> int:
    """The size of a file in bytes; 0 where there is none."""
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0


def inspect_file(path: Path, real: Path, *, inside: bool) -> Seen:
    """The state of a database's files now. real: the resolved path when it was opened; inside: read its mark too."""
    try:
        found = path.stat()
    except OSError:
        return Seen(None)
    mark = load_file_mark(path) if inside and found.st_size else None
    main = DatabasePlace(found.st_dev, found.st_ino)
    log, index = file_identity(Path(f"{real}{WAL_SUFFIX}")), file_identity(Path(f"{real}{SHM_SUFFIX}"))
    return Seen(main, found.st_size, log, index, opened=inside, mark=mark)


def load_file_mark(path: Path) -> Mark | None:
    """The mark in the main file, without its WAL; None where it cannot be read."""
    try:
        with closing(sqlite3.connect(immutable_uri(path), uri=True)) as connection:
            rows = connection.execute("SELECT key, value FROM memory WHERE key IN (?, ?)", GENERATION_KEYS).fetchall()
        return parse_mark({key: json.loads(value) for key, value in rows})
    except (sqlite3.Error, ValueError):
        return None


def parse_mark(stored: dict[str, object]) -> Mark | None:
    """The mark from the values of GENERATION_KEYS; None without an installation. Raises ValueError for a bad value."""
    installation, generation = stored.get("installation"), stored.get("generation")
    if not isinstance(installation, str):
        return None
    if not isinstance(generation, dict):
        return Mark(installation, 0)
    return Mark(installation, int(generation["counter"]), datetime.fromisoformat(generation["at"]))


def check_header(path: Path) -> bytes:
    """The header of a file that is to be opened as a database; empty for a new one.

    Raises StoreError for anything but an SQLite database. Call it only before this process has a connection to it.
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
    """Raise StoreError for a file that has tables, but not those of a monitor."""
    if tables and not tables >= MONITOR_TABLES:
        raise StoreError(f"{path} is the database of another program; {SET_ASIDE_HINT}")


def file_tables(path: Path) -> frozenset[str]:
    """The tables in the main file, without its WAL; none where it cannot be read."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    try:
        with closing(sqlite3.connect(immutable_uri(path), uri=True)) as connection:
            return frozenset(name for (name,) in connection.execute(query))
    except sqlite3.Error:
        return frozenset()


def immutable_uri(path: Path) -> str:
    """The URI with which SQLite reads the main file alone, ignores a WAL, and writes nothing."""
    return f"file:{quote(os.path.realpath(path))}?immutable=1"


def is_in_use(path: Path) -> bool:
    """Whether another process has the database open. Call it only before this process has a connection to it."""
    with contextlib.suppress(PermissionError), path.open("rb+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, SQLITE_LOCK_RANGE[1], SQLITE_LOCK_RANGE[0])
        except OSError:
            return True
    return False


def companion_files(path: Path) -> list[Path]:
    """The -wal and -shm files of a database that exist."""
    return [one for one in (companion_path(path, WAL_SUFFIX), companion_path(path, SHM_SUFFIX)) if os.path.lexists(one)]


def existing_files(path: Path) -> list[Path]:
    """The files of a database that exist, the main file first."""
    return [path, *companion_files(path)] if os.path.lexists(path) else companion_files(path)


def set_log_aside(path: Path) -> list[Path]:
    """Rename the -wal and -shm files, which were written for another main file; returns the new names."""
    return rename_files(companion_files(path), "stale")


def rename_files(names: list[Path], word: str) -> list[Path]:
    """Append `.WORD-TIME` to file names; returns the new names. Raises StoreError.

    TIME is the modification time of the first file. The log is renamed before the database: a crash between the two
    leaves no log that would be applied to another file.
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


def generation_path(path: Path) -> Path:
    """The path of the generation file. It lies beside the path in use, so that a changed symbolic link is noticed."""
    return path.with_name(path.name + GENERATION_SUFFIX)


def load_generation(path: Path) -> Mark | None:
    """The mark beside a database; None where it is missing or cannot be read."""
    try:
        found = json.loads(generation_path(path).read_text("utf-8"))
        at = datetime.fromisoformat(found["at"])
        return Mark(str(found["installation"]), int(found["counter"]), at, int(found["carried"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save_generation(path: Path, mark: Mark, *, sync: bool = True) -> None:
    """Replace the generation file atomically. sync: make it durable before returning. Raises OSError."""
    to, at = generation_path(path), mark.at.isoformat() if mark.at else None
    value = {"installation": mark.installation, "counter": mark.counter, "at": at, "carried": mark.carried}
    number, name = tempfile.mkstemp(prefix=f".{to.name}.", dir=to.parent)  # 0600
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(json.dumps(value) + "\n")
            file.flush()
            if sync:
                os.fsync(file.fileno())
        Path(name).replace(to)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
