"""When to look at a source again. The database holds the answer; timers only look at it."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.core.model import Manners, PollState, Source

LONGEST_WAIT = timedelta(hours=24)  # no server can ask for more: one bad header must not silence a feed for a year
LONGEST_BACK_OFF = timedelta(hours=1)  # after a night without network the morning must not pass unseen
FULL_EVERY = timedelta(hours=12)  # some servers answer 304 for ever, whatever they publish
SPREAD = 0.2  # after an outage the feeds of one host must not return all at once
DOUBLINGS = 20  # a second doubled so often is twelve days; an hour doubled so often is still a timedelta


def next_poll(
    source: Source, state: PollState, now: datetime, *, ok: bool, manners: Manners, jitter: float, gone: bool = False
) -> datetime:
    """When to poll next. jitter: 0..1, used on failure only; state: as it was before this poll; gone: HTTP 410."""
    if ok:
        return now + max(source.every, _asked(manners))
    if gone:  # once a day, should the server have been wrong; the operator hears of it at once
        return now + LONGEST_WAIT
    if manners.retry_after is not None:
        return now + max(source.every, _seconds(manners.retry_after))
    return now + _back_off(source.every, state.failures) * (1 + SPREAD * (2 * jitter - 1))


def wants_full(state: PollState, now: datetime) -> bool:
    """Whether to fetch without conditions; a last time in the future (the clock stepped back) counts as long ago."""
    if state.last_full_at is None or state.last_full_at > now:
        return True
    return now - state.last_full_at >= FULL_EVERY


def _back_off(every: timedelta, failures: int) -> timedelta:
    """every, 2·every, 4·every … up to an hour, or to every where that is longer."""
    cap = max(LONGEST_BACK_OFF, every)
    return every if every >= cap else min(cap, _doubled(every, min(failures, DOUBLINGS)))


def _doubled(every: timedelta, times: int) -> timedelta:
    return every * 2**times if times > 0 else every


def _asked(manners: Manners) -> timedelta:
    return max(_seconds(manners.retry_after), _seconds(manners.max_age))


def _seconds(value: float | None) -> timedelta:
    """Seconds a server named, kept within 0 and a day."""
    return timedelta(seconds=min(max(value or 0.0, 0.0), LONGEST_WAIT.total_seconds()))
