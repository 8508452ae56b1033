"""What rules.toml and the environment come to: one frozen value, read once and passed down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from monitor.config.toml.problems import Problem
from monitor.core.match.engine import RuleSet
from monitor.core.match.watch import NamedTerms, Watch
from monitor.core.model.alerts import Channel, QuietHours, Route
from monitor.core.model.polling import Source

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the product was told. Only channels and secrets are confidential."""

    watches: tuple[Watch, ...] = ()
    ruleset: RuleSet = field(default_factory=RuleSet)  # the watches, compiled
    names: NamedTerms = field(default_factory=dict)  # what an @name stands for
    sources: tuple[Source, ...] = ()
    channels: tuple[Channel, ...] = ()
    routes: Mapping[str, Route] = field(default_factory=dict)  # by name of the watch
    ops: tuple[str, ...] = ()  # channels of operator alarms
    heartbeat: time | None = None  # of the daily sign of life
    ping: str = field(default="", repr=False)  # asked after each good look; a secret
    timezone: str = "UTC"
    quiet_hours: QuietHours | None = None
    private_networks: tuple[Network, ...] = ()
    contact: str = ""  # for the User-Agent
    callback: str = ""  # where hubs reach us, with a slash at its end; empty: no hub is asked
    listen: tuple[str, int] | None = None  # where they are heard
    keep: timedelta | None = None  # how long articles are kept; None: for ever
    secrets: frozenset[str] = field(default=frozenset(), repr=False)  # values to mask wherever text goes out
    digest: str = ""  # SHA-256 of the file's bytes, hex


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What one look at rules.toml gave: the settings in force, every mistake, every warning.

    entries is the JSON form of what is in force (secrets unexpanded): hand it back as last_good next time.
    """

    settings: Settings
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    entries: Mapping[str, Any] = field(default_factory=dict, repr=False)
    examples: tuple[int, int] = (0, 0)  # of the watches' hits and misses: passed, tried
