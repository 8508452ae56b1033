"""What a peer has seen, in order of arrival, and how a test waits for more of it."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

Seen = TypeVar("Seen")


class Ledger(Generic[Seen]):
    """An append-only list that threads fill and a test waits on."""

    def __init__(self) -> None:
        self._seen: list[Seen] = []
        self._grown = threading.Condition()

    def add(self, one: Seen) -> None:
        with self._grown:
            self._seen.append(one)
            self._grown.notify_all()

    def all(self) -> list[Seen]:
        with self._grown:
            return list(self._seen)

    def wait(self, n: int, timeout: float) -> list[Seen]:
        """Everything seen, as soon as there are n; an AssertionError after timeout seconds."""
        with self._grown:
            if not self._grown.wait_for(lambda: len(self._seen) >= n, timeout):
                raise AssertionError(f"{len(self._seen)} of {n} arrived within {timeout} s: {self._seen!r}")
            return list(self._seen)
