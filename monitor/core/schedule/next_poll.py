"""Decide when a source is polled next, and at which address.

Within the bounds of rules.toml the rhythm of the feed decides, and what its body requests (ttl, sy:update*, skipHours,
skipDays). What its server requests in headers (Retry-After, max-age) holds beyond them, up to a day. A feed with one
fixed pause is polled at that pause. The module does not know timers or the database.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.core.model.polling import PollState, Schedule, ServerLimits, Source
from monitor.core.schedule import rhythm

MAX_WAIT = timedelta(hours=24)  # one bad header must not stop a feed for a year
MAX_BACKOFF = timedelta(hours=1)  # after a night without network, polls resume within the hour
FULL_FETCH_INTERVAL = timedelta(hours=12)  # some servers answer 304 for ever, whatever they publish
RETRY_JITTER = 0.2  # spreads the feeds of one host after an outage
POLL_JITTER = 0.1  # spreads feeds that were added together
MAX_DOUBLINGS = 20  # 2^20 s are twelve days; 2^20 h still fit into a timedelta
MAX_GONE_ANSWERS = 3  # answers 410, a day apart, after which polling stops
HOUR = timedelta(hours=1)


def next_poll_time(
    source: Source,
    state: PollState,
    now: datetime,
    *,
    ok: bool,
    limits: ServerLimits,
    jitter: float,
    gone: bool = False,
    floor: timedelta = timedelta(0),
) -> datetime:
    """The time of the next poll. state: after this poll; jitter: 0..1; gone: HTTP 410; floor: the shortest pause."""
    if ok:
        pause = _with_jitter(source, _poll_interval(source, state, now), jitter)
        return _after_skipped_hours(source, state.schedule, now, now + max(pause, floor, _requested_wait(limits)))
    if gone:  # once a day, in case the server was wrong; an alarm is raised at once
        return now + MAX_WAIT
    if limits.retry_after is not None:
        return now + max(source.every, _seconds(limits.retry_after))
    return now + _backoff(source.every, state.failures) * (1 + RETRY_JITTER * (2 * jitter - 1))


def needs_full_fetch(state: PollState, now: datetime) -> bool:
    """Whether to fetch without If-None-Match and If-Modified-Since. A time in the future counts as long ago."""
    if state.last_full_at is None or state.last_full_at > now:
        return True
    return now - state.last_full_at >= FULL_FETCH_INTERVAL


def _poll_interval(source: Source, state: PollState, now: datetime) -> timedelta:
    """The pause by the rhythm of the feed, no shorter than its body requests, within the bounds of rules.toml."""
    most = source.max_every or source.every
    learnt = rhythm.poll_interval(state.rhythm, now, source.every, most)
    return max(learnt, min(_seconds(state.schedule.pause), most))


def _with_jitter(source: Source, pause: timedelta, jitter: float) -> timedelta:
    """The pause ±10 %, kept within the bounds; one fixed pause is the middle."""
    varied = pause * (1 + POLL_JITTER * (2 * jitter - 1))
    if source.max_every is None or source.max_every <= source.every:
        return varied
    return max(source.every, min(varied, source.max_every))


def _after_skipped_hours(source: Source, schedule: Schedule, now: datetime, at: datetime) -> datetime:
    """The first time from `at` on outside skipHours and skipDays; at most a day from now."""
    if source.max_every is None or source.max_every <= source.every:
        return at
    until = max(at, now + MAX_WAIT)
    while at < until and (at.hour in schedule.skip_hours or at.weekday() in schedule.skip_days):
        at = min(until, at.replace(minute=0, second=0, microsecond=0) + HOUR)
    return at


def _backoff(every: timedelta, failures: int) -> timedelta:
    """Exponential backoff: every, 2·every, 4·every … up to an hour, or to `every` if that is longer."""
    cap = max(MAX_BACKOFF, every)
    return every if every >= cap else min(cap, every * 2 ** max(0, min(failures, MAX_DOUBLINGS)))


def _requested_wait(limits: ServerLimits) -> timedelta:
    return max(_seconds(limits.retry_after), _seconds(limits.max_age))


def _seconds(value: float | None) -> timedelta:
    """Seconds from a feed or server, limited to 0 … 24 h."""
    return timedelta(seconds=min(max(value or 0.0, 0.0), MAX_WAIT.total_seconds()))
