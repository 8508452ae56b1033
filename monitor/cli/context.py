"""The global options that every verb receives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """Where rules and database are, as typed; None means the default place (monitor.config.environment)."""

    rules: Path | None = None
    database: str | None = None
