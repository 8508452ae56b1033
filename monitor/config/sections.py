"""Entry by entry: what the file says, else its last good version, else nothing. A mistake costs only its entry."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from monitor.config.names import known
from monitor.config.schema import SettingsTable
from monitor.config.sealed_secrets import is_sealed
from monitor.config.toml.notes import Notes
from monitor.config.toml.scanner import SECTIONS
from monitor.config.validate import SETTINGS, unknown_key, validate

T = TypeVar("T")
Build = Callable[[str, Any, Notes], T | None]


@dataclass(slots=True)
class Sections:
    """The file's entries beside their last good versions; entries collects the raw form of what is in force.

    torn: something could not be read, so an entry that is missing may only be hidden by the mistake and stays.
    """

    notes: Notes
    last: Mapping[str, Any]
    torn: bool
    entries: dict[str, dict[str, Any]] = field(default_factory=lambda: {section: {} for section in SECTIONS})

    def names(self, section: str) -> set[str]:
        """Every name of a section that the file or the version in force knows."""
        return {*self.in_file(section), *(self._last(section) if self.torn else ()), *self.entries[section]}

    def in_file(self, section: str) -> dict[str, Any]:
        """What the file says in a section."""
        found = self.notes.document.data.get(section, {})
        return found if isinstance(found, dict) else {}

    def take(self, section: str, build: Build[T]) -> dict[str, T]:
        """Build every entry of a section; what cannot be built keeps its last good version."""
        found, last = self.in_file(section), self._last(section)
        built: dict[str, T] = {}
        kept = [name for name in last if name not in found] if self.torn else []
        for name in [*found, *kept]:
            self._take_one(section, name, build, built)
        return built

    def _take_one(self, section: str, name: str, build: Build[T], built: dict[str, T]) -> None:
        found, last = self.in_file(section), self._last(section)
        value, raw = _build(section, name, found, build, self.notes), found.get(name)
        if value is None:
            value, raw = _build(section, name, last, build, self.notes.aside()), last.get(name)
            if value is None and is_sealed(raw):
                _unkept((section, name), self.notes)
        if value is not None:
            built[name] = value
            self.entries[section][name] = raw

    def _last(self, section: str) -> dict[str, Any]:
        found = self.last.get(section, {})
        return found if isinstance(found, dict) else {}


def _build(section: str, name: str, entries: Mapping[str, Any], build: Build[T], notes: Notes) -> T | None:
    """An entry, or None; of one that can be read only in part the further mistakes are noted all the same."""
    value = build(name, entries[name], notes) if name in entries else None
    return None if (section, name) in notes.partial else value


def _unkept(path: tuple[str, str], notes: Notes) -> None:
    help = "what is secret is not kept in the database; write ${NAME} in its place, and set that variable"
    message = "the last good version cannot be used: a secret was written in it"
    notes.mistake("secret-not-kept", message, path, help=help)


def check_sections(notes: Notes) -> bool:
    """True where the file holds only tables that we know; else every stranger is noted."""
    fine = True
    for name, value in notes.document.data.items():
        if name not in SECTIONS:
            fine = False
            unknown_key((name,), list(SECTIONS), notes)
        elif not isinstance(value, dict):
            fine = False
            help = f"write [{name}] once, and [{name}.NAME] for an entry with keys"
            notes.mistake("wrong-type", f"[{name}] must be a table", (name,), name=True, help=help)
    return fine


def take_settings(sections: Sections, channels: Collection[str]) -> SettingsTable:
    """[settings], key by key; a key with a mistake keeps its last good value."""

    def build(key: str, value: Any, notes: Notes) -> SettingsTable | None:
        table = validate(SETTINGS, {key: value}, ("settings",), notes)
        if table is None or key not in {"notify", "ops"} or ("settings", key) in notes.partial:
            return table
        names = getattr(table, key) or []
        fine = [known(name, channels, "channel", ("settings", key, at), notes) for at, name in enumerate(names)]
        return table if all(fine) else None

    sections.take("settings", build)
    return SETTINGS.validate_python(sections.entries["settings"])
