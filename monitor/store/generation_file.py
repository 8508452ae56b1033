"""The file beside an SQLite database with the generation of the process that wrote last: `monitor.db-generation`, JSON.

It does not know what the generation is used for.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from datetime import datetime
from pathlib import Path

from monitor.core.database_identity import Mark

GENERATION_SUFFIX = "-generation"


def generation_path(path: Path) -> Path:
    """The path of the generation file. It lies beside the path in use, so that a changed symbolic link is noticed."""
    return path.with_name(path.name + GENERATION_SUFFIX)


def load_generation(path: Path) -> Mark | None:
    """The mark beside a database; None where it is missing or cannot be read."""
    try:
        found = json.loads(generation_path(path).read_text("utf-8"))
        at = datetime.fromisoformat(found["at"])
        return Mark(str(found["installation"]), int(found["counter"]), at, int(found["carried"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save_generation(path: Path, mark: Mark, *, sync: bool = True) -> None:
    """Replace the generation file atomically. sync: make it durable before returning. Raises OSError."""
    to, at = generation_path(path), mark.at.isoformat() if mark.at else None
    value = {"installation": mark.installation, "counter": mark.counter, "at": at, "carried": mark.carried}
    number, name = tempfile.mkstemp(prefix=f".{to.name}.", dir=to.parent)  # 0600
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(json.dumps(value) + "\n")
            file.flush()
            if sync:
                os.fsync(file.fileno())
        Path(name).replace(to)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
