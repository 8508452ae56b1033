"""When is an edited rules.toml finished? A half-saved file is often valid TOML: of the 4,241 prefixes of a file of
40 rules 441 parse. So a change must stand still for a moment, and for longer where it takes something away.

Pure: bytes and the time come in, a verdict goes out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from monitor.config.toml.scanner import split

SETTLE = 0.4  # seconds without a change
GUARD = (
    1.5  # seconds where the change shrinks an entry, tears the file or removes it; below two, the promise of a reload
)

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again at that time, or earlier if something changes."""

    until: float


@dataclass(frozen=True, slots=True)
class ReadNow:
    """The file stands still: load it."""


@dataclass(frozen=True, slots=True)
class Same:
    """The file is what was loaded last."""


Verdict = Wait | ReadNow | Same


class Settling:
    """Watches one file being edited. loaded: the bytes in force, None where there are none."""

    def __init__(self, loaded: bytes | None) -> None:
        self._loaded = _digest(loaded)
        self._leaves = _leaves(loaded)
        self._seen = self._loaded
        self._since = 0.0
        self._patience = 0.0

    def saw(self, content: bytes | None, now: float) -> Verdict:
        """Judge the file's bytes (None: no such file) at a time in seconds, any clock that does not step back."""
        digest = _digest(content)
        if digest == self._loaded:
            self._seen = digest
            return Same()
        if digest != self._seen:
            self._seen, self._since = digest, now
            self._patience = GUARD if self._takes_away(content) else SETTLE
        if now < self._since + self._patience:
            return Wait(self._since + self._patience)
        self._loaded, self._leaves = digest, _leaves(content)
        return ReadNow()

    def _takes_away(self, content: bytes | None) -> bool:
        if content is None or not content.endswith(b"\n"):
            return True
        leaves = _leaves(content)
        return leaves is None or any(leaves.get(entry, 0) < count for entry, count in (self._leaves or {}).items())


def _leaves(content: bytes | None) -> dict[KeyPath, int] | None:
    """How many values each entry (section and name) holds; None where the bytes are not TOML."""
    try:
        text = (content or b"").decode("utf-8-sig").replace("\r\n", "\n")
        if any(statement.deep is not None for statement in split(text)):
            return None
        data = tomllib.loads(text)
    except ValueError:
        return None
    return {path: sum(1 for _ in _values(value)) for path, value in _entries(data)}


def _entries(data: dict[str, Any]) -> Iterator[tuple[KeyPath, Any]]:
    for section, entries in data.items():
        if isinstance(entries, dict):
            yield from (((section, name), value) for name, value in entries.items())
        else:
            yield (section,), entries


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _values(child)
    else:
        yield value


def _digest(content: bytes | None) -> bytes | None:
    return None if content is None else sha256(content).digest()
