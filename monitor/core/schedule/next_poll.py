"""When to look at a source again. The database holds the answer; timers only look at it.

The rules' bounds come first: between them the feed's own rhythm decides, and what its body asks for (ttl, sy:update*,
skipHours, skipDays). What its server asks for in the answer's head (Retry-After, max-age) holds beyond them, up to a
day. A feed with one fixed pause is asked at that pause: its owner has decided.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.core.model.polling import PollState, Schedule, ServerLimits, Source
from monitor.core.schedule import rhythm

MAX_WAIT = timedelta(hours=24)  # no server can ask for more: one bad header must not silence a feed for a year
MAX_BACKOFF = timedelta(hours=1)  # after a night without network the morning must not pass unseen
FULL_FETCH_INTERVAL = timedelta(hours=12)  # some servers answer 304 for ever, whatever they publish
RETRY_JITTER = 0.2  # after an outage the feeds of one host must not return all at once
POLL_JITTER = 0.1  # feeds that were added together must not be asked together for ever
MAX_DOUBLINGS = 20  # a second doubled so often is twelve days; an hour doubled so often is still a timedelta
MAX_GONE_ANSWERS = 3  # answers 410, a day apart, after which a feed is not asked again
MAX_REDIRECT_FAILURES = 3  # at the address a feed moved to, before the old one is asked again
HOUR = timedelta(hours=1)


def next_poll_time(
    source: Source,
    state: PollState,
    now: datetime,
    *,
    ok: bool,
    manners: ServerLimits,
    jitter: float,
    gone: bool = False,
    floor: timedelta = timedelta(0),
) -> datetime:
    """When to poll next. jitter: 0..1; state: with what this poll taught; gone: HTTP 410; floor: no sooner."""
    if ok:
        pause = _with_jitter(source, _poll_interval(source, state, now), jitter)
        return _after_skipped_hours(source, state.schedule, now, now + max(pause, floor, _requested_wait(manners)))
    if gone:  # once a day, should the server have been wrong; the operator hears of it at once
        return now + MAX_WAIT
    if manners.retry_after is not None:
        return now + max(source.every, _seconds(manners.retry_after))
    return now + _backoff(source.every, state.failures) * (1 + RETRY_JITTER * (2 * jitter - 1))


def needs_full_fetch(state: PollState, now: datetime) -> bool:
    """Whether to fetch without conditions; a last time in the future (the clock stepped back) counts as long ago."""
    if state.last_full_at is None or state.last_full_at > now:
        return True
    return now - state.last_full_at >= FULL_FETCH_INTERVAL


def poll_url(source: Source, state: PollState) -> str:
    """Where to ask: where the feed moved to, unless that has failed so often that the old address may know better."""
    moved = state.address if state.failures < MAX_REDIRECT_FAILURES else None
    return moved or source.url


def _poll_interval(source: Source, state: PollState, now: datetime) -> timedelta:
    """Within the rules' bounds: as the feed publishes, and no shorter than its body asks."""
    most = source.most or source.every
    learnt = rhythm.poll_interval(state.rhythm, now, source.every, most)
    return max(learnt, min(_seconds(state.schedule.pause), most))


def _with_jitter(source: Source, pause: timedelta, jitter: float) -> timedelta:
    """A little sooner or later; bounds stay bounds, and one fixed pause is the middle."""
    swayed = pause * (1 + POLL_JITTER * (2 * jitter - 1))
    if source.most is None or source.most <= source.every:
        return swayed
    return max(source.every, min(swayed, source.most))


def _after_skipped_hours(source: Source, schedule: Schedule, now: datetime, at: datetime) -> datetime:
    """The first moment from at on in which the feed may publish; never later than a day from now."""
    if source.most is None or source.most <= source.every:
        return at
    until = max(at, now + MAX_WAIT)
    while at < until and (at.hour in schedule.skip_hours or at.weekday() in schedule.skip_days):
        at = min(until, at.replace(minute=0, second=0, microsecond=0) + HOUR)
    return at


def _backoff(every: timedelta, failures: int) -> timedelta:
    """every, 2·every, 4·every … up to an hour, or to every where that is longer."""
    cap = max(MAX_BACKOFF, every)
    return every if every >= cap else min(cap, _doubled(every, min(failures, MAX_DOUBLINGS)))


def _doubled(every: timedelta, times: int) -> timedelta:
    return every * 2**times if times > 0 else every


def _requested_wait(manners: ServerLimits) -> timedelta:
    return max(_seconds(manners.retry_after), _seconds(manners.max_age))


def _seconds(value: float | None) -> timedelta:
    """Seconds that somebody named, kept within 0 and a day."""
    return timedelta(seconds=min(max(value or 0.0, 0.0), MAX_WAIT.total_seconds()))
