"""What is noted while a document is read: mistakes, warnings, and which entries a mistake costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from monitor.config.toml.problems import Problem, SourcePlace, find_nearest_word
from monitor.config.toml.scanner import KeyPath, Span
from monitor.config.toml.toml_document import TomlDocument

MAX_PROBLEMS = 100  # told of one file; nobody reads more, and each has its cost

SHORT_FORM_KEYS = {"watch": "any", "feeds": "url", "notify": "url"}  # what `name = value` stands for

FOLLOW_UP_CODES = {
    "missing-key",
    "empty-watch",
    "near-without-any",
}  # would be said only because another part of the entry could not be read


class Notes:
    """What was found in one document, each with its place; secrets are the values to mask."""

    def __init__(self, document: TomlDocument) -> None:
        self.document = document
        self.problems: list[Problem] = list(document.problems)
        self.warnings: list[Problem] = []
        self.omitted_count = 0  # mistakes beyond MAX_PROBLEMS
        self.secrets: set[str] = set()
        self.partial: set[KeyPath] = set(document.broken_entries)  # entries of which a part could not be read

    @property
    def count(self) -> int:
        """How many mistakes were noted, told or not: a reader compares it to learn whether it noted one."""
        return len(self.problems) + self.omitted_count

    @property
    def is_full(self) -> bool:
        """Whether no further mistake is told: then there is nothing to look up for it."""
        return len(self.problems) >= MAX_PROBLEMS

    @property
    def warned_enough(self) -> bool:
        """Whether no further warning is told."""
        return len(self.warnings) >= MAX_PROBLEMS

    def find_nearest(self, word: str, known: Iterable[str]) -> str | None:
        """The known word that was probably meant, as long as anybody is told."""
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
        related: Iterable[SourcePlace] = (),
    ) -> None:
        """Note a mistake at a path (at its name, its value, or some characters within the value)."""
        if code in FOLLOW_UP_CODES and path[:2] in self.partial:
            return
        if self.is_full:
            self.omitted_count += 1
            return
        self.problems.append(self._problem(code, message, path, name, within, label, help, tuple(related)))

    def add_warning(
        self, code: str, message: str, path: KeyPath, *, name: bool = False, label: str = "", help: str = ""
    ) -> None:
        """Note what is allowed but probably not meant."""
        if self.warned_enough:
            return
        self.warnings.append(self._problem(code, message, path, name, None, label, help, ()))

    def place(self, path: KeyPath, *, name: bool = False, label: str = "") -> SourcePlace:
        """Where a path stands, for a second place of a problem."""
        return self.document.place(self._written(path), name=name, label=label)

    def discarded_notes(self) -> Notes:
        """Notes to throw away: for an older version of an entry, whose mistakes nobody need hear of again."""
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
        related: tuple[SourcePlace, ...],
    ) -> Problem:
        place = self.document.place(self._written(path), name=name, within=within, label=label)
        entry = ".".join(map(str, path[:2]))
        bare = Problem(code, message, help=help, related=related, entry=entry)
        line, column, end_column, source_line, label = place
        return replace(bare, line=line, column=column, end_column=end_column, source_line=source_line, label=label)

    def _written(self, path: KeyPath) -> KeyPath:
        """The path as the file has it: in a short form the only key is not written."""
        if len(path) > 2 and path[2] == SHORT_FORM_KEYS.get(str(path[0])) and not self.document.contains_path(path[:3]):
            return path[:2] + path[3:]
        return path
