"""The wall clock, asked here and nowhere else: everything below takes `now` as an argument."""

from __future__ import annotations

from datetime import UTC, datetime


def utcnow() -> datetime:
    """The time as an aware UTC datetime."""
    return datetime.now(UTC)
