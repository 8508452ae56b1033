"""The entries of rules.toml, section by section, each with its last good version beside it.

An entry that cannot be built keeps that version. What an entry means is known to the modules of its section.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from monitor.config.sealed_secrets import is_sealed
from monitor.config.toml.notes import Notes
from monitor.config.toml.scanner import SECTIONS
from monitor.config.validate import note_unknown_key

T = TypeVar("T")
BuildEntry = Callable[[str, Any, Notes], T | None]


@dataclass(slots=True)
class Sections:
    """The entries of the file and of the last good version; entries collects the raw form of those in force.

    incomplete: part of the file could not be read. An entry that is missing may be hidden by that mistake, so it keeps
    its last good version.
    """

    notes: Notes
    last: Mapping[str, Any]
    incomplete: bool
    entries: dict[str, dict[str, Any]] = field(default_factory=lambda: {section: {} for section in SECTIONS})

    def names(self, section: str) -> set[str]:
        """The names of a section in the file or in the version in force."""
        return {*self.in_file(section), *(self._last(section) if self.incomplete else ()), *self.entries[section]}

    def in_file(self, section: str) -> dict[str, Any]:
        """The raw entries of a section of the file by name; empty where it is no table."""
        found = self.notes.document.data.get(section, {})
        return found if isinstance(found, dict) else {}

    def build_section(self, section: str, build: BuildEntry[T]) -> dict[str, T]:
        """Build every entry of a section, by name; one that cannot be built keeps its last good version."""
        found, last = self.in_file(section), self._last(section)
        built: dict[str, T] = {}
        kept = [name for name in last if name not in found] if self.incomplete else []
        for name in [*found, *kept]:
            self._build_entry(section, name, build, built)
        return built

    def _build_entry(self, section: str, name: str, build: BuildEntry[T], built: dict[str, T]) -> None:
        found, last = self.in_file(section), self._last(section)
        value, raw = _build(section, name, found, build, self.notes), found.get(name)
        if value is None:
            value, raw = _build(section, name, last, build, self.notes.discarded_notes()), last.get(name)
            if value is None and is_sealed(raw):
                _note_sealed_secret((section, name), self.notes)
        if value is not None:
            built[name] = value
            self.entries[section][name] = raw

    def _last(self, section: str) -> dict[str, Any]:
        found = self.last.get(section, {})
        return found if isinstance(found, dict) else {}


def _build(section: str, name: str, entries: Mapping[str, Any], build: BuildEntry[T], notes: Notes) -> T | None:
    """An entry, or None where it has a mistake; further mistakes in it are noted all the same."""
    value = build(name, entries[name], notes) if name in entries else None
    return None if (section, name) in notes.partial else value


def _note_sealed_secret(path: tuple[str, str], notes: Notes) -> None:
    help = "what is secret is not kept in the database; write ${NAME} in its place, and set that variable"
    message = "the last good version cannot be used: a secret was written in it"
    notes.add_mistake("secret-not-kept", message, path, help=help)


def check_sections(notes: Notes) -> bool:
    """True where the file holds only known sections; every other name is noted as a mistake."""
    fine = True
    for name, value in notes.document.data.items():
        if name not in SECTIONS:
            fine = False
            note_unknown_key((name,), list(SECTIONS), notes)
        elif not isinstance(value, dict):
            fine = False
            help = f"write [{name}] once, and [{name}.NAME] for an entry with keys"
            notes.add_mistake("wrong-type", f"[{name}] must be a table", (name,), name=True, help=help)
    return fine
