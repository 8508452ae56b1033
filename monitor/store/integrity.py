"""Checks that the file of an open SQLite database is still the one that was opened, and saves it where it is not.

The WAL is never left where SQLite would apply it to another file, and a deleted file is written again from the open
one. It knows no table but the one with the generation.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine, event

from monitor.core.database_identity import DatabaseVerdict, Known, Seen, verdict
from monitor.core.errors import ReplacedError, StoreError
from monitor.store import database_files

# During a checkpoint of another process, the main file may be read half old and half new
CHECK_ATTEMPTS, CHECK_PAUSE_SECONDS = 3, 0.1


class FileIntegrity:
    """The file behind an engine. Call it under the write lock; a check costs three stat calls. Raises StoreError."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self.engine, self.path = engine, path.absolute()
        self.real = Path(os.path.realpath(path))
        main = database_files.file_identity(self.path)
        if main is None:
            raise StoreError(f"{path} is gone")
        self.known = Known(main, database_files.load_file_mark(self.path))
        self.header: int | None = None  # stays open: closing it would release the locks of our connections
        self.written = self.file_state()
        event.listen(engine, "engine_disposed", self.on_dispose)

    def on_dispose(self, _: Engine) -> None:
        """Forget the log when no connection is left: SQLite deletes it then, and creates another one later."""
        self.known = replace(self.known, log=None, index=None)
        if self.header is not None:
            os.close(self.header)
            self.header = None

    def keeps_log(self) -> bool:
        """Whether the header of the open file says that it is in WAL mode."""
        if self.header is None:
            self.header = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        found = os.pread(self.header, 2, 18)
        return found == database_files.WAL_MODE_BYTES or not found

    def file_state(self) -> tuple[int, int] | None:
        """Size and modification time (ns) of the main file; None where it is gone."""
        with contextlib.suppress(OSError):
            found = self.path.stat()
            return found.st_size, found.st_mtime_ns
        return None

    def check(self, *, inside: bool) -> None:
        """Raise ReplacedError if the file was replaced. inside: read its mark even if the file did not change."""
        state = self.file_state()
        inside = inside or state != self.written
        found, seen = self.inspect_with_retries(inside)
        if found is not DatabaseVerdict.SAME:
            raise ReplacedError(self.describe_loss(found))
        self.written = state
        if inside:
            self.known = replace(self.known, mark=seen.mark or self.known.mark)

    def inspect_with_retries(self, inside: bool) -> tuple[DatabaseVerdict, Seen]:
        """The verdict on the file, and what was seen. A bad verdict is checked again, as it may be temporary."""
        for pause in (*(CHECK_PAUSE_SECONDS,) * (CHECK_ATTEMPTS - 1), 0):
            seen = database_files.inspect_file(self.path, self.real, inside=inside)
            if inside and seen.main == self.known.main:
                seen = replace(seen, keeps_log=self.keeps_log())
            found = verdict(self.known, seen)
            if found is DatabaseVerdict.SAME:
                break
            time.sleep(pause)
        return found, seen

    def record_log_files(self) -> None:
        """Remember the identity of the log after our first write created it."""
        if self.known.log is None:
            log, index = (
                database_files.file_identity(database_files.companion_path(self.path, suffix))
                for suffix in (database_files.WAL_SUFFIX, database_files.SHM_SUFFIX)
            )
            self.known = replace(self.known, log=log, index=index)

    def checkpoint(self, run: Callable[[str], object]) -> int:
        """Checkpoint the WAL into the main file; returns the generation in it. Raises ReplacedError."""
        run("PRAGMA wal_checkpoint(PASSIVE)")
        self.check(inside=True)
        return self.known.mark.counter if self.known.mark else 0

    def describe_loss(self, found: DatabaseVerdict) -> str:
        """Save what can be saved; returns a sentence about what happened."""
        said = [f"the database {self.path} {found}"]
        try:
            said += self.save_files(found)
        except (StoreError, OSError, sqlite3.Error) as error:
            said.append(f"what it held could not be saved: {error}")
        return "; ".join([*said, "nothing more is written to it"])

    def save_files(self, found: DatabaseVerdict) -> list[str]:
        """Save the data of a lost file; returns what was done, in clauses of a sentence."""
        if found is DatabaseVerdict.LOG_GONE:
            return [] if self.checkpoint_open_file() else ["its log could not be carried over"]
        if found in (DatabaseVerdict.GONE, DatabaseVerdict.REPLACED):
            # A symbolic link was changed: the file and its log are still together at the resolved path
            if database_files.file_identity(self.real) == self.known.main:
                return []
            self.checkpoint_open_file()
        said, log = [], Path(f"{self.real}{database_files.WAL_SUFFIX}")
        if self.known.log and database_files.file_identity(log) == self.known.log:
            moved = database_files.set_log_aside(self.real)
            said.append("its log is kept as " + " and ".join(str(one) for one in moved))
        return [*said, *(self.restore_file() if found is DatabaseVerdict.GONE else ())]

    def checkpoint_open_file(self) -> bool:
        """Checkpoint the WAL into the open file, whatever its name is now; returns whether that was complete."""
        with contextlib.suppress(sqlite3.Error), contextlib.closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
            [(busy, pages, carried)] = cursor.fetchall()
            return not busy and pages == carried
        return False

    def restore_file(self) -> list[str]:
        """Write a deleted file again from the open one, but never over another file and never on another disk."""
        folder = self.real.parent
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        if folder.stat().st_dev != self.known.main.device:
            return ["another disk is in its place"]
        copy = self.real.with_name(f".{self.real.name}.{os.getpid()}")
        try:
            with contextlib.closing(self.engine.raw_connection()) as connection:
                connection.cursor().execute("VACUUM INTO ?", (str(copy),))
            copy.chmod(0o600)
            os.link(copy, self.real)
        except FileExistsError:
            return ["another file came in its place"]
        finally:
            copy.unlink(missing_ok=True)
        return ["it was written again from the open file, with all that was in it"]
