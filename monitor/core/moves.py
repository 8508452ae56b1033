"""A feed whose server says that it is somewhere else from now on (301, 308): when that is believed.

One such answer may be a slip or somebody in between; the same one three times on two days is a move
(https://www.rfc-editor.org/rfc/rfc9110#name-301-moved-permanently allows to keep it at once). Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

TIMES, DAYS = 3, 2  # answers, and the days on which they came


@dataclass(frozen=True, slots=True)
class Move:
    """Where a server says that a feed is now: since when, how often it said so, on how many days."""

    address: str
    first_at: datetime
    last_at: datetime
    times: int = 1
    days: int = 1

    @property
    def believed(self) -> bool:
        """Whether the feed is to be asked for there."""
        return self.times >= TIMES and self.days >= DAYS


def said(before: Move | None, address: str, now: datetime) -> Move:
    """The move after one more answer; another address begins anew."""
    if before is None or before.address != address:
        return Move(address, now, now)
    another = now.date() != before.last_at.date()
    return replace(before, last_at=now, times=before.times + 1, days=before.days + another)
