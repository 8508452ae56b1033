"""rules.toml and the environment to one Reading: every mistake in one go, each costing only its entry."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from monitor.config import files
from monitor.config.channels import build_channel
from monitor.config.environment import expand_variables, make_masker, process_environment
from monitor.config.feeds import build_source
from monitor.config.file_bounds import find_exceeded_limit
from monitor.config.lint import lint_watches
from monitor.config.schema import SettingsTable
from monitor.config.sealed_secrets import is_sealed, unseal_secrets
from monitor.config.settings import LoadResult, Settings
from monitor.config.toml.notes import MAX_PROBLEMS, Notes
from monitor.config.toml.problems import Problem
from monitor.config.toml.scanner import SECTIONS
from monitor.config.toml.toml_document import TomlDocument
from monitor.config.validate import ENTRY_ADAPTERS, SETTINGS_ADAPTER, note_unknown_key, validate_entry
from monitor.config.watches import (
    build_entity,
    build_watch,
    check_known_name,
    check_names,
    check_printable_name,
    check_set,
    check_terms,
    run_examples,
)
from monitor.core.errors import ConfigError
from monitor.core.match.engine import compile_rules
from monitor.core.match.watch import Entity, NamedTerms, Watch
from monitor.core.model.alerts import Address, Channel, Route
from monitor.core.model.polling import Source

T = TypeVar("T")
BuildEntry = Callable[[str, Any, Notes], T | None]


@dataclass(slots=True)
class Sections:
    """The file's entries beside their last good versions; entries collects the raw form of what is in force.

    torn: something could not be read, so an entry that is missing may only be hidden by the mistake and stays.
    """

    notes: Notes
    last: Mapping[str, Any]
    incomplete: bool
    entries: dict[str, dict[str, Any]] = field(default_factory=lambda: {section: {} for section in SECTIONS})

    def names(self, section: str) -> set[str]:
        """Every name of a section that the file or the version in force knows."""
        return {*self.in_file(section), *(self._last(section) if self.incomplete else ()), *self.entries[section]}

    def in_file(self, section: str) -> dict[str, Any]:
        """What the file says in a section."""
        found = self.notes.document.data.get(section, {})
        return found if isinstance(found, dict) else {}

    def build_section(self, section: str, build: BuildEntry[T]) -> dict[str, T]:
        """Build every entry of a section; what cannot be built keeps its last good version."""
        found, last = self.in_file(section), self._last(section)
        built: dict[str, T] = {}
        kept = [name for name in last if name not in found] if self.incomplete else []
        for name in [*found, *kept]:
            self._take_one(section, name, build, built)
        return built

    def _take_one(self, section: str, name: str, build: BuildEntry[T], built: dict[str, T]) -> None:
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
    """An entry, or None; of one that can be read only in part the further mistakes are noted all the same."""
    value = build(name, entries[name], notes) if name in entries else None
    return None if (section, name) in notes.partial else value


def _note_sealed_secret(path: tuple[str, str], notes: Notes) -> None:
    help = "what is secret is not kept in the database; write ${NAME} in its place, and set that variable"
    message = "the last good version cannot be used: a secret was written in it"
    notes.add_mistake("secret-not-kept", message, path, help=help)


def check_sections(notes: Notes) -> bool:
    """True where the file holds only tables that we know; else every stranger is noted."""
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


def build_settings(sections: Sections, channels: Collection[str]) -> SettingsTable:
    """[settings], key by key; a key with a mistake keeps its last good value."""

    def build(key: str, value: Any, notes: Notes) -> SettingsTable | None:
        table = validate_entry(SETTINGS_ADAPTER, {key: value}, ("settings",), notes)
        if table is None or key not in {"notify", "ops"} or ("settings", key) in notes.partial:
            return table
        names = getattr(table, key) or []
        fine = [
            check_known_name(name, channels, "channel", ("settings", key, at), notes) for at, name in enumerate(names)
        ]
        return table if all(fine) else None

    sections.build_section("settings", build)
    return SETTINGS_ADAPTER.validate_python(sections.entries["settings"])


log = logging.getLogger(__name__)

Environ = Mapping[str, str]
MAX_SHOWN_LINE_LENGTH = 2000  # characters; of a longer line nothing is shown where it has a secret


def load_rules(path: Path, *, environ: Environ | None = None, last_good: Mapping[str, Any] | None = None) -> LoadResult:
    """Read rules.toml. A broken entry keeps its version in last_good, else it is left out.

    Raises ConfigError only where nothing is usable at all: no file and no last_good.
    """
    last = last_good or {}
    try:
        return _load_file(path, environ, last)
    except ConfigError:
        raise
    except Exception as error:  # a fault of ours or of a parser: it must not cost the rules that are in force
        log.exception("%s: reading it failed", path)
        told = Problem(
            "unreadable",
            f"reading the file failed: {type(error).__name__}",
            help="take back the last edit; the log has the details for a report",
        )
        if not last:
            raise ConfigError(f"{path}: {told.message}; {told.help}") from error
        notes = Notes(TomlDocument(""))
        notes.problems.append(told)
        return _assemble(Sections(notes, unseal_secrets(last, ""), incomplete=True), environ, "")


def _load_file(path: Path, environ: Environ | None, last: Mapping[str, Any]) -> LoadResult:
    data = files.read_file(path)
    text = data if isinstance(data, Problem) else files.decode_utf8(data)
    last = unseal_secrets(last, "" if isinstance(text, Problem) else text)
    if isinstance(data, Problem) and not last:
        raise ConfigError(f"{data.message}; {data.help}" if data.help else data.message)
    digest = "" if isinstance(data, Problem) else sha256(data).hexdigest()
    if isinstance(text, Problem):
        notes = Notes(TomlDocument(""))
        notes.problems.append(text)
        return _assemble(Sections(notes, last, incomplete=True), environ, digest)
    notes = Notes(TomlDocument(text))
    if told := find_exceeded_limit(notes.document):
        kept = Notes(TomlDocument(""))
        kept.problems.append(told)
        return _assemble(Sections(kept, last, incomplete=True), environ, digest)
    torn = not check_sections(notes) or notes.document.incomplete
    sections = Sections(notes, last, torn)
    if not sections.in_file("watch"):
        sections = _without_watches(notes, last)
    return _assemble(sections, environ, digest)


def _without_watches(notes: Notes, last: Mapping[str, Any]) -> Sections:
    """A file without any watch is an accident of an editor or a disk, not a wish: everything stays as it was."""
    help = 'for example: H200 = "H200" under [watch]'
    if not notes.problems:
        notes.add_mistake("no-watches", "the file has no watch", (), help=help)
    if not last.get("watch"):
        return Sections(notes, last, incomplete=True)
    kept = Notes(TomlDocument(""))
    kept.problems, kept.warnings = notes.problems, notes.warnings
    return Sections(kept, last, incomplete=True)


def _assemble(sections: Sections, environ: Environ | None, digest: str) -> LoadResult:
    environ = process_environment() if environ is None else environ
    notes = sections.notes
    settings = build_settings(sections, sections.names("notify"))
    sources = _build_sources(sections, settings, environ)
    channels = _build_channels(sections, environ)
    names: NamedTerms = {**_build_sets(sections), **_build_entities(sections)}
    watches = _build_watches(sections, names)
    routes = {name: _build_route(watch, settings, channels) for name, watch in watches.items()}
    own = [
        watch
        for name, watch in watches.items()
        if sections.entries["watch"][name] is sections.in_file("watch").get(name)
    ]
    examples = run_examples(own, names, notes)
    declared = sections.names("notify")
    lint_watches(
        own, {watch.name: _channels_of(watch, settings, declared) for watch in own}, declared, settings.ops or (), notes
    )
    return LoadResult(
        settings=Settings(
            watches=tuple(watches.values()),
            ruleset=compile_rules(watches.values(), names),
            names=names,
            sources=tuple(source for found in sources.values() for source in found),
            channels=tuple(channels.values()),
            routes=routes,
            ops=_ops(settings, channels),
            heartbeat=settings.heartbeat,
            ping=_ping(settings, environ, notes),
            timezone=settings.timezone,
            quiet_hours=settings.quiet_hours,
            private_networks=tuple(settings.private_networks),
            contact=settings.contact,
            **_push(settings, notes),
            keep=settings.keep,
            secrets=frozenset(notes.secrets),
            digest=digest,
        ),
        problems=_report_problems(notes.problems, notes.secrets, notes.omitted_count),
        warnings=_report_problems(notes.warnings, notes.secrets, 0),
        entries=sections.entries,
        examples=examples,
    )


def _build_sources(sections: Sections, settings: SettingsTable, environ: Environ) -> dict[str, tuple[Source, ...]]:
    """Sources by name; a feed that is switched off is there, empty."""

    def build(name: str, raw: Any, notes: Notes) -> tuple[Source, ...] | None:
        table = validate_entry(ENTRY_ADAPTERS["feeds"], raw, ("feeds", name), notes)
        if table is None or not check_printable_name("feeds", name, notes):
            return None
        source = build_source(name, table, settings.private_networks, environ, notes)
        if source is None:
            return None
        return (source,) if table.enabled else ()

    return sections.build_section("feeds", build)


def _build_channels(sections: Sections, environ: Environ) -> dict[str, Channel]:
    def build(name: str, raw: Any, notes: Notes) -> Channel | None:
        table = validate_entry(ENTRY_ADAPTERS["notify"], raw, ("notify", name), notes)
        if table is None or not check_printable_name("notify", name, notes):
            return None
        return build_channel(name, table, environ, notes)

    return sections.build_section("notify", build)


def _build_sets(sections: Sections) -> dict[str, tuple[str, ...]]:
    def build(name: str, raw: Any, notes: Notes) -> tuple[str, ...] | None:
        terms = validate_entry(ENTRY_ADAPTERS["sets"], raw, ("sets", name), notes)
        if terms is None or not check_set(name, tuple(terms), notes):
            return None
        return tuple(terms)

    return sections.build_section("sets", build)


def _build_entities(sections: Sections) -> dict[str, Entity]:
    def build(name: str, raw: Any, notes: Notes) -> Entity | None:
        table = validate_entry(ENTRY_ADAPTERS["entity"], raw, ("entity", name), notes)
        return None if table is None else build_entity(name, table, notes)

    return sections.build_section("entity", build)


def _build_watches(sections: Sections, names: NamedTerms) -> dict[str, Watch]:
    feeds, channels = sections.names("feeds"), sections.names("notify")
    broken = (sections.names("sets") | sections.names("entity")) - names.keys()

    def build(name: str, raw: Any, notes: Notes) -> Watch | None:
        table = validate_entry(ENTRY_ADAPTERS["watch"], raw, ("watch", name), notes)
        if table is None or not check_printable_name("watch", name, notes):
            return None
        watch = build_watch(name, table)
        fine = check_names(watch, feeds, channels, notes)
        return watch if check_terms(watch, names, broken, notes) and fine else None

    return sections.build_section("watch", build)


def _build_route(watch: Watch, settings: SettingsTable, channels: Mapping[str, Channel]) -> Route:
    names = _channels_of(watch, settings, channels)
    reached = [channels[name] for name in dict.fromkeys(names) if name in channels]
    addresses = tuple(Address(channel.name, target.name) for channel in reached for target in channel.targets)
    return Route(
        watch.name,
        addresses,
        watch.priority,
        watch.hold,
        watch.throttle,
        watch.digest,
        {channel.name: channel.digest for channel in reached if channel.digest},
    )


def _channels_of(watch: Watch, settings: SettingsTable, channels: Collection[str]) -> Collection[str]:
    return next((given for given in (watch.notify, settings.notify) if given is not None), channels)


def _ping(settings: SettingsTable, environ: Environ, notes: Notes) -> str:
    path = ("settings", "ping")
    url = expand_variables(settings.ping or "", path, environ, notes) or ""
    if url and not url.startswith(("http://", "https://")):
        notes.add_mistake("bad-url", "this is not an http:// or https:// address", path)
        return ""
    notes.secrets.update(filter(None, [url]))
    return url


def _push(settings: SettingsTable, notes: Notes) -> dict[str, Any]:
    """Where hubs call and where they are heard; one without the other is nothing."""
    if bool(settings.callback) != bool(settings.listen):
        given, missing = ("callback", "listen") if settings.callback else ("listen", "callback")
        message = f"no feed is pushed to us: {given} has no effect without {missing}"
        notes.add_warning(
            "half-push", message, ("settings", given), help=f"set both, or neither, under [settings]: {missing}"
        )
        return {}
    return {"callback": settings.callback or "", "listen": settings.listen}


def _ops(settings: SettingsTable, channels: Mapping[str, Channel]) -> tuple[str, ...]:
    names = channels if settings.ops is None else settings.ops
    return tuple(name for name in dict.fromkeys(names) if name in channels)


def _report_problems(problems: list[Problem], secrets: set[str], untold: int) -> tuple[Problem, ...]:
    """Problems in the order of the file, without secrets, each once; those that are not listed are counted."""
    mask = lru_cache(maxsize=MAX_PROBLEMS)(make_masker(secrets))
    clean = dict.fromkeys(_mask_problem(problem, mask) for problem in problems)
    told = sorted(clean, key=lambda problem: (problem.line, problem.column))
    more = [Problem("more-mistakes", f"{untold} more mistakes are not listed", help="repair these first")]
    return (*told, *(more if untold else ()))


def _mask_problem(problem: Problem, mask: Callable[[str], str]) -> Problem:
    line = mask(problem.source_line)
    told = replace(problem, message=mask(problem.message), label=mask(problem.label), help=mask(problem.help))
    if line == problem.source_line:
        return told
    if len(line) > MAX_SHOWN_LINE_LENGTH:
        return replace(told, source_line="")
    column = len(mask(problem.source_line[: problem.column - 1])) + 1
    end = len(mask(problem.source_line[: problem.end_column - 1])) + 1
    return replace(told, source_line=line, column=column, end_column=max(end, column + 1))
