"""Whether the file of an open SQLite database is still the one that was opened, and what is saved where it is not.

Its log is never left to be applied to another file, and a file that was deleted is written again from the one that is
still open. It knows no tables but the counter.
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

CHECK_ATTEMPTS, CHECK_PAUSE_SECONDS = (
    3,
    0.1,
)  # seconds; while another process carries its log over, the file may be read in two halves


class FileIntegrity:
    """The file behind an engine. To be asked under the write lock; a look costs three stat calls."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self.engine, self.path = engine, path.absolute()
        self.real = Path(os.path.realpath(path))
        main = database_files.file_identity(self.path)
        if main is None:
            raise StoreError(f"{path} is gone")
        self.known = Known(main, database_files.load_file_mark(self.path))
        self.header: int | None = None  # stays open: to close it would end the locks of our connections
        self.written = self.state()
        event.listen(engine, "engine_disposed", self.closed)

    def closed(self, _: Engine) -> None:
        """No connection is left: the log may go, and come again as another file."""
        self.known = replace(self.known, log=None, index=None)
        if self.header is not None:
            os.close(self.header)
            self.header = None

    def keeps_log(self) -> bool:
        """Whether the header of the open file says that it has a log."""
        if self.header is None:
            self.header = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        found = os.pread(self.header, 2, 18)
        return found == database_files.WAL_MODE_BYTES or not found

    def state(self) -> tuple[int, int] | None:
        """What changes when somebody writes to the file itself."""
        with contextlib.suppress(OSError):
            found = self.path.stat()
            return found.st_size, found.st_mtime_ns
        return None

    def check(self, *, inside: bool) -> None:
        """Raises ReplacedError where the file is another one. inside: look into it, changed or not."""
        state = self.state()
        inside = inside or state != self.written
        found, seen = self.judged(inside)
        if found is not DatabaseVerdict.SAME:
            raise ReplacedError(self.parted(found))
        self.written = state
        if inside:
            self.known = replace(self.known, mark=seen.mark or self.known.mark)

    def judged(self, inside: bool) -> tuple[DatabaseVerdict, Seen]:
        """What became of the file; what may be one moment's is looked at again."""
        for pause in (*(CHECK_PAUSE_SECONDS,) * (CHECK_ATTEMPTS - 1), 0):
            seen = database_files.inspect_file(self.path, self.real, inside=inside)
            if inside and seen.main == self.known.main:
                seen = replace(seen, keeps_log=self.keeps_log())
            found = verdict(self.known, seen)
            if found is DatabaseVerdict.SAME:
                break
            time.sleep(pause)
        return found, seen

    def noted(self) -> None:
        """After a write of ours: where the log is, and the state of the file if the log was carried over."""
        if self.known.log is None:
            log, index = (
                database_files.file_identity(database_files.companion_path(self.path, suffix))
                for suffix in (database_files.WAL_SUFFIX, database_files.SHM_SUFFIX)
            )
            self.known = replace(self.known, log=log, index=index)

    def carry_over(self, run: Callable[[str], object]) -> int:
        """Carry the log over into the file; returns the counter that the file itself has now."""
        run("PRAGMA wal_checkpoint(PASSIVE)")
        self.check(inside=True)
        return self.known.mark.counter if self.known.mark else 0

    def parted(self, found: DatabaseVerdict) -> str:
        """Save what can be saved, and say in a sentence what happened."""
        said = [f"the database {self.path} {found}"]
        try:
            said += self.saved(found)
        except (StoreError, OSError, sqlite3.Error) as error:
            said.append(f"what it held could not be saved: {error}")
        return "; ".join([*said, "nothing more is written to it"])

    def saved(self, found: DatabaseVerdict) -> list[str]:
        """What is done at once, in words."""
        if found is DatabaseVerdict.LOG_GONE:
            return [] if self.checkpointed() else ["its log could not be carried over"]
        if found in (DatabaseVerdict.GONE, DatabaseVerdict.REPLACED):
            if (
                database_files.file_identity(self.real) == self.known.main
            ):  # a link was turned: file and log are together elsewhere
                return []
            self.checkpointed()  # into the file that is still open
        said = []
        if (
            self.known.log
            and database_files.file_identity(Path(f"{self.real}{database_files.WAL_SUFFIX}")) == self.known.log
        ):
            moved = database_files.set_log_aside(self.real)
            said.append("its log is kept as " + " and ".join(str(one) for one in moved))
        return [*said, *(self.restored() if found is DatabaseVerdict.GONE else ())]

    def checkpointed(self) -> bool:
        """Carry the log over into the file that is still open, whatever its name; whether that was possible."""
        with contextlib.suppress(sqlite3.Error), contextlib.closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
            [(busy, pages, carried)] = cursor.fetchall()
            return not busy and pages == carried
        return False

    def restored(self) -> list[str]:
        """Write a deleted file again, from the one that is still open; never over another, never on another disk."""
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
