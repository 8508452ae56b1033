"""Learn how often a feed publishes: articles per hour, in 48 slots (hour of the day in UTC, weekday or weekend).

Observations decay exponentially with a half-life of 14 days, so a change of habits is learnt within weeks. The module
knows no bounds of rules.toml or servers; next_poll.py applies them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from monitor.core.model.polling import RHYTHM_SLOTS, Rhythm

HOUR = timedelta(hours=1)
HALF_LIFE_HOURS = 14 * 24.0  # after which an observation counts half
MAX_OBSERVED_GAP = timedelta(hours=24)  # after a longer pause it is unknown when articles came
MAX_ENTRY_AGE = timedelta(days=14)  # older dates of a first listing are ignored
MEAN_WEIGHT_HOURS = 2.0  # weight of the mean of all slots in the rate of one
ARTICLES_PER_POLL = 0.2  # expected articles per pause: one poll in five brings one
PRIOR_HOURS = 12.0  # weight of the prior, by which a new feed is polled at the middle of its bounds


def initial_rhythm(now: datetime, dates: Iterable[datetime]) -> Rhythm:
    """The rhythm from the dates of a first listing; dates in the future or before MAX_ENTRY_AGE are ignored."""
    known = sorted(date for date in dates if now - MAX_ENTRY_AGE <= date <= now)
    if not known:
        return Rhythm(now)
    hours, articles = [0.0] * RHYTHM_SLOTS, [0.0] * RHYTHM_SLOTS
    for slot, share in _slots(known[0], now):
        hours[slot] += share
    for date in known[1:]:  # the oldest marks the start of the observation
        articles[_slot(date)] += 1
    return Rhythm(now, tuple(hours), tuple(articles))


def should_learn(rhythm: Rhythm | None, now: datetime, articles: int) -> bool:
    """Whether to record a poll; one without articles only once an hour, because most polls have none."""
    return rhythm is None or articles > 0 or not rhythm.until <= now < rhythm.until + HOUR


def learn_rhythm(rhythm: Rhythm, now: datetime, articles: int) -> Rhythm:
    """The rhythm after one more poll with so many articles. A clock set back, or a long gap, adds nothing."""
    passed = now - rhythm.until
    if passed <= timedelta(0) or passed > MAX_OBSERVED_GAP:
        return Rhythm(now, rhythm.hours, rhythm.articles)
    kept = 0.5 ** (passed / HOUR / HALF_LIFE_HOURS)
    hours, seen = [kept * one for one in rhythm.hours], [kept * one for one in rhythm.articles]
    for slot, share in _slots(rhythm.until, now):
        hours[slot] += share
        seen[slot] += articles * share / (passed / HOUR)
    return Rhythm(now, tuple(hours), tuple(seen))


def poll_interval(rhythm: Rhythm | None, now: datetime, least: timedelta, most: timedelta) -> timedelta:
    """The pause in which ARTICLES_PER_POLL are expected, within bounds; their geometric mean if nothing is known."""
    middle = timedelta(seconds=(least.total_seconds() * most.total_seconds()) ** 0.5)
    if rhythm is None or least >= most:
        return max(least, min(middle, most))
    prior = ARTICLES_PER_POLL / (middle / HOUR)
    fastest = max(article_rate(rhythm, now, prior), article_rate(rhythm, now + most, prior))
    return max(least, min(ARTICLES_PER_POLL / fastest * HOUR, most)) if fastest > 0 else most


def article_rate(rhythm: Rhythm, at: datetime, prior: float) -> float:
    """Expected articles per hour at an instant; a slot with few observations tends to the mean."""
    mean = (sum(rhythm.articles) + prior * PRIOR_HOURS) / (sum(rhythm.hours) + PRIOR_HOURS)
    slot = _slot(at)
    return (rhythm.articles[slot] + mean * MEAN_WEIGHT_HOURS) / (rhythm.hours[slot] + MEAN_WEIGHT_HOURS)


def rhythm_to_list(rhythm: Rhythm) -> list[float]:
    """The numbers of a rhythm for storage: hours, then articles, rounded to 0.001."""
    return [round(one, 3) for one in (*rhythm.hours, *rhythm.articles)]


def rhythm_from_list(until: datetime, numbers: Sequence[float]) -> Rhythm:
    """The inverse of rhythm_to_list."""
    return Rhythm(until, tuple(numbers[:RHYTHM_SLOTS]), tuple(numbers[RHYTHM_SLOTS : 2 * RHYTHM_SLOTS]))


def _slot(at: datetime) -> int:
    return at.hour + (24 if at.weekday() >= 5 else 0)


def _slots(start: datetime, end: datetime) -> Iterator[tuple[int, float]]:
    """The slots between two instants as (slot, hours in it)."""
    while start < end:
        ahead = min(end, start.replace(minute=0, second=0, microsecond=0) + HOUR)
        yield _slot(start), (ahead - start) / HOUR
        start = ahead
