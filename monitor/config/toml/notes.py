"""Collects mistakes and warnings while a document is loaded, and the entries that mistakes make unusable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from monitor.config.toml.problems import Problem, SourcePlace, find_nearest_word
from monitor.config.toml.scanner import KeyPath, Span
from monitor.config.toml.toml_document import TomlDocument

MAX_PROBLEMS = 100  # reported for one file; nobody reads more, and each takes time

SHORT_FORM_KEYS = {"watch": "any", "feeds": "url", "notify": "url"}  # what `name = value` stands for

# reported only because another part of the entry could not be read
FOLLOW_UP_CODES = {"missing-key", "empty-watch", "near-without-any"}


class Notes:
    """The mistakes and warnings of one document with their places; secrets: the values to mask."""

    def __init__(self, document: TomlDocument) -> None:
        self.document = document
        self.problems: list[Problem] = list(document.problems)
        self.warnings: list[Problem] = []
        self.omitted_count = 0  # mistakes beyond MAX_PROBLEMS
        self.secrets: set[str] = set()
        self.partial: set[KeyPath] = set(document.broken_entries)  # entries of which a part could not be read

    @property
    def count(self) -> int:
        """The number of mistakes, also omitted ones; a caller compares it to learn whether one was noted."""
        return len(self.problems) + self.omitted_count

    @property
    def is_full(self) -> bool:
        """Whether further mistakes are only counted, so that they need no details."""
        return len(self.problems) >= MAX_PROBLEMS

    @property
    def warned_enough(self) -> bool:
        """Whether further warnings are dropped."""
        return len(self.warnings) >= MAX_PROBLEMS

    def find_nearest(self, word: str, known: Iterable[str]) -> str | None:
        """The known word that was probably meant; None where the notes are full."""
        return None if self.is_full else find_nearest_word(word, known)

    def add_mistake(
        self,
        code: str,
        message: str,
        path: KeyPath,
        *,
        name: bool = False,
        within: Span | None = None,
        label: str = "",
        help: str = "",
    ) -> None:
        """Note a mistake at a path: at its name, its value, or the characters `within` the value."""
        if code in FOLLOW_UP_CODES and path[:2] in self.partial:
            return
        if self.is_full:
            self.omitted_count += 1
            return
        self.problems.append(self._problem(code, message, path, name, within, label, help))

    def add_warning(
        self, code: str, message: str, path: KeyPath, *, name: bool = False, label: str = "", help: str = ""
    ) -> None:
        """Note what is allowed but probably not meant."""
        if self.warned_enough:
            return
        self.warnings.append(self._problem(code, message, path, name, None, label, help))

    def place(self, path: KeyPath, *, name: bool = False, label: str = "") -> SourcePlace:
        """The place of a path in the source, for a second place of a problem."""
        return self.document.place(self._written(path), name=name, label=label)

    def discarded_notes(self) -> Notes:
        """Notes to discard, for the last good version of an entry, whose mistakes are not reported."""
        other = Notes(TomlDocument(""))
        other.document = self.document
        other.secrets = self.secrets
        other.partial = set()
        return other

    def _problem(
        self,
        code: str,
        message: str,
        path: KeyPath,
        name: bool,
        within: Span | None,
        label: str,
        help: str,
    ) -> Problem:
        place = self.document.place(self._written(path), name=name, within=within, label=label)
        entry = ".".join(map(str, path[:2]))
        bare = Problem(code, message, help=help, entry=entry)
        line, column, end_column, source_line, label = place
        return replace(bare, line=line, column=column, end_column=end_column, source_line=source_line, label=label)

    def _written(self, path: KeyPath) -> KeyPath:
        """The path as written in the file: a short form does not contain its key."""
        if len(path) > 2 and path[2] == SHORT_FORM_KEYS.get(str(path[0])) and not self.document.contains_path(path[:3]):
            return path[:2] + path[3:]
        return path
