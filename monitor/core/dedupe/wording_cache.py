"""The wordings of the latest texts, each read and indexed once.

To read a text takes longer than to compare it, and most texts are compared with several articles. The module compares
nothing.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from monitor.core.dedupe.compare.alignment import WordingIndex
from monitor.core.dedupe.wording import read_wording
from monitor.core.text.extent import head

_MAX_WORDINGS = 400  # in one generation of the cache; two generations of 3 kB texts take about 40 MB


class WordingCache:
    """The indexed wordings of the latest texts, for all threads. lock: guards them; core starts no thread."""

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self.lock = lock
        self.young: dict[int, WordingIndex] = {}
        self.old: dict[int, WordingIndex] = {}

    def holds(self, title: str, text: str) -> bool:
        """Whether a text was read lately."""
        name = _name(title, head(text))
        with self.lock:
            return name in self.young or name in self.old

    def find(self, title: str, text: str) -> WordingIndex:
        """The indexed wording of a text, read if it is not cached."""
        text = head(text)
        name = _name(title, text)
        with self.lock:
            known = self.young.get(name) or self.old.get(name)
        made = known or WordingIndex(read_wording(title, text))
        with self.lock:
            if len(self.young) >= _MAX_WORDINGS:
                self.old, self.young = self.young, {}
            self.young[name] = made
        return made


def _name(title: str, text: str) -> int:
    return hash((hash(title), hash(text), len(text)))
