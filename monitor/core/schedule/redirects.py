"""Permanent redirects: when one is believed, and when the old address is polled again. It fetches nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from monitor.core.model.polling import PollState, Source

MIN_REDIRECT_ANSWERS = 3  # before a redirect is followed for good
MIN_REDIRECT_DAYS = 2  # on which such an answer came
MAX_REDIRECT_FAILURES = 3  # at the new address, before the old one is tried again


@dataclass(frozen=True, slots=True)
class Redirect:
    """A permanent redirect: its address, its first and last answer, the number of answers and of days with one."""

    address: str
    first_at: datetime
    last_at: datetime
    times: int = 1
    days: int = 1

    @property
    def believed(self) -> bool:
        """Whether the feed is polled at the new address."""
        return self.times >= MIN_REDIRECT_ANSWERS and self.days >= MIN_REDIRECT_DAYS


def count_redirect(before: Redirect | None, address: str, now: datetime) -> Redirect:
    """The redirect after one more answer; another address starts a new count."""
    if before is None or before.address != address:
        return Redirect(address, now, now)
    another = now.date() != before.last_at.date()
    return replace(before, last_at=now, times=before.times + 1, days=before.days + another)


def poll_url(source: Source, state: PollState) -> str:
    """The address to poll: that of a redirect, unless it has failed MAX_REDIRECT_FAILURES times."""
    moved = state.address if state.failures < MAX_REDIRECT_FAILURES else None
    return moved or source.url
