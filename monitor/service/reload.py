"""The rules in force: read at the start, kept through mistakes, replaced when the file was saved.

It knows when to read the file and where the last good version is stored. What the file means, `config` decides.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import tomllib
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from watchfiles import awatch

from monitor.config import files
from monitor.config.load import load_rules
from monitor.config.sealed_secrets import seal_secrets
from monitor.config.settings import LoadResult, Settings
from monitor.config.toml.scanner import split_statements
from monitor.core.errors import ConfigError, MonitorError
from monitor.pipeline.outage_log import is_known_outage

log = logging.getLogger(__name__)

SETTLE_SECONDS = 0.4  # without a change
# Where a change shrinks an entry or leaves half a file or none. A reload is promised within two seconds
REMOVAL_SETTLE_SECONDS = 1.5
LAST_GOOD_KEY = "rules"
REREAD_DELAY = 5.0  # seconds until the file is read again after an outage of the database

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Observe again at that time, or earlier if something changes."""

    until: float


@dataclass(frozen=True, slots=True)
class ReadNow:
    """The file no longer changes: load it."""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The file is what was loaded last."""


EditVerdict = WaitUntil | ReadNow | Unchanged


class EditDebouncer:
    """Decides when an edited file may be read. loaded: the bytes in force, None where there are none."""

    def __init__(self, loaded: bytes | None) -> None:
        self._loaded = _digest(loaded)
        self._leaves = _count_values(loaded)
        self._seen = self._loaded
        self._since = 0.0
        self._patience = 0.0

    def observe(self, content: bytes | None, now: float) -> EditVerdict:
        """Judge the file's bytes (None: no such file) at a time in seconds, any clock that does not step back."""
        digest = _digest(content)
        if digest == self._loaded:
            self._seen = digest
            return Unchanged()
        if digest != self._seen:
            self._seen, self._since = digest, now
            self._patience = REMOVAL_SETTLE_SECONDS if self._takes_away(content) else SETTLE_SECONDS
        if now < self._since + self._patience:
            return WaitUntil(self._since + self._patience)
        self._loaded, self._leaves = digest, _count_values(content)
        return ReadNow()

    def _takes_away(self, content: bytes | None) -> bool:
        if content is None or not content.endswith(b"\n"):
            return True
        leaves = _count_values(content)
        return leaves is None or any(leaves.get(entry, 0) < count for entry, count in (self._leaves or {}).items())


def _count_values(content: bytes | None) -> dict[KeyPath, int] | None:
    """How many values each entry (section and name) holds; None where the bytes are not TOML."""
    try:
        text = (content or b"").decode("utf-8-sig").replace("\r\n", "\n")
        if any(statement.depth_exceeded_at is not None for statement in split_statements(text)):
            return None
        data = tomllib.loads(text)
    except ValueError:
        return None
    return {path: sum(1 for _ in _iter_values(value)) for path, value in _iter_entries(data)}


def _iter_entries(data: dict[str, Any]) -> Iterator[tuple[KeyPath, Any]]:
    for section, entries in data.items():
        if isinstance(entries, dict):
            yield from (((section, name), value) for name, value in entries.items())
        else:
            yield (section,), entries


def _iter_values(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _iter_values(child)
    else:
        yield value


def _digest(content: bytes | None) -> bytes | None:
    return None if content is None else sha256(content).digest()


class RulesMemory(Protocol):
    """Stores the last good rules across restarts."""

    def get(self, key: str) -> Any: ...
    def put(self, key: str, value: Any) -> None: ...


class RulesReloader:
    """rules.toml as it is in force. load() first, then settings, then changes()."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reading = LoadResult(Settings())
        self.memory: RulesMemory | None = None
        self.failure = ""  # why the last read failed; the rules before it are still in force
        self.touched = asyncio.Event()  # something in the file's folder changed
        self.read_requested = False  # by SIGHUP: read now, settled or not
        self.debouncer = EditDebouncer(None)
        self.watching = asyncio.Event()  # the folder is being watched

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.reading.settings

    @property
    def secrets(self) -> frozenset[str]:
        """The texts that logs must mask."""
        return self.settings.secrets

    @property
    def trouble(self) -> str:
        """One line about the first mistake in the file; empty when there is none."""
        if self.failure:
            return self.failure
        if not self.reading.problems:
            return ""
        first, count = self.reading.problems[0], len(self.reading.problems)
        others = f" and {count - 1} more" if count > 1 else ""
        line = f" line {first.line}" if first.line else ""
        return f"{self.path.name}{line}: {first.message}{others}; the last good version stays in force"

    async def load(self, memory: RulesMemory) -> None:
        """Read the rules for the first time. Raises ConfigError where no watch or no feed is left."""
        self.memory = memory
        await self.read()
        if self.reading.problems and not (self.settings.watches and self.settings.sources):
            raise ConfigError(f"{self.path} leaves nothing to do; `monitor check` shows what to fix")

    async def read(self) -> None:
        """Read the file; an entry with a mistake keeps its last good version, also that of an earlier run."""
        await asyncio.to_thread(self._read)
        for problem in self.reading.problems:
            place = f":{problem.line}:{problem.column}" if problem.line else ""  # an unreadable file has none
            where = self.path.name + place
            log.error("%s: %s%s", where, problem.message, f" ({problem.help})" if problem.help else "")

    def _read(self) -> None:
        assert self.memory is not None, "load() comes first"
        self.debouncer = EditDebouncer(self.saved())
        with without_gc():
            self.reading = load_rules(self.path, last_good=self.reading.entries or self.memory.get(LAST_GOOD_KEY))
        self.memory.put(LAST_GOOD_KEY, seal_secrets(self.reading.entries))

    def saved(self) -> bytes | None:
        """The bytes of the file; None while there is none, as in the middle of some editors' saves."""
        data = files.read_file(self.path)
        return data if isinstance(data, bytes) else None

    def judged(self, now: float) -> EditVerdict:
        """Observe the file. Runs in a thread: a large file takes a second."""
        return self.debouncer.observe(self.saved(), now)

    def request_reload(self) -> None:
        """Read at once, without waiting for the file to settle (SIGHUP)."""
        self.read_requested = True
        self.touched.set()

    async def changes(self) -> AsyncGenerator[str, None]:
        """Read again after each saved change; yields a line that says what it changed."""
        watching = asyncio.create_task(self.watch())
        try:
            while True:
                await self.touched.wait()
                self.touched.clear()
                before = self.reading
                if await self.reread():
                    yield describe_difference(before, self.reading, self.path.name)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def reread(self) -> bool:
        """Read the file once it has settled; False where nothing was read. Errors are logged and cost no rule.

        An error outside our own error tree is a fault of the program, so it is logged with its traceback.
        """
        try:
            if not await self.wait_until_settled():
                return False
            await self.read()
        except MonitorError as error:
            if is_known_outage(error):  # of the database: the file is read again, whether it changed or not
                log.debug("%s is read again in %g s: %s", self.path.name, REREAD_DELAY, error)
                asyncio.get_running_loop().call_later(REREAD_DELAY, self.request_reload)
                return False
            self.failure = f"{self.path.name} stays as it was: {error}"
            log.error("%s", self.failure)
            return False
        except Exception as error:
            self.failure = f"{self.path.name} stays as it was: {error or type(error).__name__}"
            log.exception("%s", self.failure)
            return False
        self.failure = ""
        return True

    async def watch(self) -> None:
        """Watch the folder of the file, and that of its target where it is a link, again after the link has changed.

        A watch on the file itself would end with the first atomic replace; the folder reports every way of saving.
        """
        while True:
            try:
                await self.watch_folders()
            except (OSError, RuntimeError):  # the folder is gone for a moment, or the link leads to itself
                log.debug("%s cannot be watched", self.path, exc_info=True)
            self.touched.set()
            await asyncio.sleep(0.2)

    async def watch_folders(self) -> None:
        """Watch until the link changes or a folder goes away."""
        folders = {self.path.absolute().parent, self.path.resolve().parent}
        async for _ in awatch(*folders, recursive=False, debounce=50, step=20, yield_on_timeout=True, rust_timeout=500):
            self.watching.set()
            self.touched.set()
            if self.path.resolve().parent not in folders:
                return

    async def wait_until_settled(self) -> bool:
        """Wait until the file stops changing; False where it is what was read last."""
        loop = asyncio.get_running_loop()
        while not self.read_requested:
            match await asyncio.to_thread(self.judged, loop.time()):
                case Unchanged():
                    return False
                case ReadNow():
                    return True
                case wait:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self.touched.wait(), max(0.01, wait.until - loop.time()))
            self.touched.clear()
        self.read_requested = False
        return True


@contextlib.contextmanager
def without_gc() -> Iterator[None]:
    """Build long-lived objects without the garbage collector, and exclude them from later collections.

    Ten thousand watches are half a million objects; one collection of them stops every thread for 0.2 s.
    """
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


SECTION_NOUNS = {
    "watch": "watch",
    "sets": "set",
    "entity": "entity",
    "feeds": "feed",
    "notify": "channel",
    "settings": "setting",
}


def describe_difference(before: LoadResult, after: LoadResult, name: str) -> str:
    """What a reload changed, in one line: `rules.toml: +1 watch (Qwen), ~1 feed (sec)`."""
    parts = [part for section in SECTION_NOUNS for part in describe_section(section, before, after)]
    mistakes = len(after.problems)
    if mistakes:
        parts.append(f"{mistakes} mistake{'s' * (mistakes > 1)}, see `monitor check`")
    elif before.problems:
        parts.append("all mistakes are repaired")
    return f"{name}: {', '.join(parts) or 'nothing changed'}"


def describe_section(section: str, before: LoadResult, after: LoadResult) -> list[str]:
    """The added, removed and changed entries of one section."""
    old, new = before.entries.get(section, {}), after.entries.get(section, {})
    signs = {
        "+": [key for key in new if key not in old],
        "-": [key for key in old if key not in new],
        "~": [f"{key}{describe_entry(old[key], new[key])}" for key in new if key in old and new[key] != old[key]],
    }
    return [f"{sign}{len(keys)} {SECTION_NOUNS[section]} ({', '.join(keys)})" for sign, keys in signs.items() if keys]


def describe_entry(old: Any, new: Any) -> str:
    """The changed keys of an entry as `: any, notify`; empty where it is no table."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return ""
    keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return f": {', '.join(keys)}" if keys else ""
