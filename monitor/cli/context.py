"""What every verb is given: where the rules and the database are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """The global options as typed; None means the default place (see monitor.config)."""

    rules: Path | None = None
    database: str | None = None
