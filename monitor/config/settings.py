"""The settings of the program as one frozen value, and the [settings] table they partly come from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any

from monitor.config.environment import expand_variables
from monitor.config.schema import SettingsTable
from monitor.config.sections import Sections
from monitor.config.toml.notes import Notes
from monitor.config.toml.problems import Problem
from monitor.config.types import Network
from monitor.config.validate import SETTINGS_ADAPTER, check_known_name, validate_entry
from monitor.core.match.engine import RuleSet
from monitor.core.match.watch import NamedTerms, Watch
from monitor.core.model.alerts import Channel, QuietHours, Route
from monitor.core.model.polling import Source


@dataclass(frozen=True, slots=True)
class Settings:
    """The rules in force. Channels, ping and secrets are confidential."""

    watches: tuple[Watch, ...] = ()
    ruleset: RuleSet = field(default_factory=RuleSet)  # the watches, compiled
    names: NamedTerms = field(default_factory=dict)  # what an @name stands for
    sources: tuple[Source, ...] = ()
    channels: tuple[Channel, ...] = ()
    routes: Mapping[str, Route] = field(default_factory=dict)  # by name of the watch
    ops: tuple[str, ...] = ()  # channels of operator alarms
    heartbeat: time | None = None  # when to send the daily sign of life
    ping: str = field(default="", repr=False)  # requested after each successful poll; a secret
    timezone: str = "UTC"
    quiet_hours: QuietHours | None = None
    private_networks: tuple[Network, ...] = ()
    contact: str = ""  # for the User-Agent
    callback: str = ""  # base URL for hubs, ends with a slash; empty: no push
    listen: tuple[str, int] | None = None  # host and port on which hubs' requests arrive
    keep: timedelta | None = None  # how long articles are kept; None: for ever
    secrets: frozenset[str] = field(default=frozenset(), repr=False)  # values to mask wherever text goes out
    digest: str = ""  # SHA-256 of the file's bytes, hex


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The result of loading rules.toml: the settings in force, mistakes and warnings.

    entries: the raw entries in force, with ${NAME} unexpanded; pass it as last_good the next time.
    """

    settings: Settings
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    entries: Mapping[str, Any] = field(default_factory=dict, repr=False)
    examples: tuple[int, int] = (0, 0)  # of the watches' hits and misses: passed, tried


def build_settings_table(sections: Sections, channels: Collection[str]) -> SettingsTable:
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


def ping_url(settings: SettingsTable, environ: Mapping[str, str], notes: Notes) -> str:
    """The address to request after each successful poll, its variables replaced; "" where there is none."""
    path = ("settings", "ping")
    url = expand_variables(settings.ping or "", path, environ, notes) or ""
    if url and not url.startswith(("http://", "https://")):
        notes.add_mistake("bad-url", "this is not an http:// or https:// address", path)
        return ""
    notes.secrets.update(filter(None, [url]))
    return url


def push_settings(settings: SettingsTable, notes: Notes) -> dict[str, Any]:
    """The callback and listen settings; without one of them neither, and a warning."""
    if bool(settings.callback) != bool(settings.listen):
        given, missing = ("callback", "listen") if settings.callback else ("listen", "callback")
        message = f"no feed is pushed to us: {given} has no effect without {missing}"
        notes.add_warning(
            "half-push", message, ("settings", given), help=f"set both, or neither, under [settings]: {missing}"
        )
        return {}
    return {"callback": settings.callback or "", "listen": settings.listen}


def ops_channels(settings: SettingsTable, channels: Collection[str]) -> tuple[str, ...]:
    """The names of the channels for operator alarms; all channels where [settings] names none."""
    names = channels if settings.ops is None else settings.ops
    return tuple(name for name in dict.fromkeys(names) if name in channels)
