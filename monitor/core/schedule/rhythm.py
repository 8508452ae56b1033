"""How often a feed publishes, learnt from what its polls brought: articles per hour, by the hour of the week.

48 slots: each hour of the day (UTC), on weekdays and at weekends. What is long past fades, so a feed that changes its
habits is known anew within weeks. Pure; what is made of it is decided in cadence.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from monitor.core.model.polling import RHYTHM_SLOTS, Rhythm

HOUR = timedelta(hours=1)
HALF_LIFE_HOURS = 14 * 24.0  # hours after which an observation counts half
MAX_OBSERVED_GAP = timedelta(hours=24)  # after a longer pause nobody knows what the feed brought when
MAX_ENTRY_AGE = timedelta(days=14)  # how far back the dates of a first listing are believed
MEAN_WEIGHT_HOURS = 2.0  # hours of a slot's neighbours' word against its own
ARTICLES_PER_POLL = 0.2  # of an article that a pause lets pass: one look in five brings something
PRIOR_HOURS = 12.0  # hours for which a new feed is taken to publish as fast as the middle of its bounds


def initial_rhythm(now: datetime, dates: Iterable[datetime]) -> Rhythm:
    """What the dates in a first listing tell; dates of the future or from long ago tell nothing."""
    known = sorted(date for date in dates if now - MAX_ENTRY_AGE <= date <= now)
    if not known:
        return Rhythm(now)
    hours, articles = [0.0] * RHYTHM_SLOTS, [0.0] * RHYTHM_SLOTS
    for slot, share in _slots(known[0], now):
        hours[slot] += share
    for date in known[1:]:  # the oldest only says where the watch begins
        articles[_slot(date)] += 1
    return Rhythm(now, tuple(hours), tuple(articles))


def should_learn(rhythm: Rhythm | None, now: datetime, articles: int) -> bool:
    """Whether a look is to be written down; a quiet one only once an hour, because most looks are quiet."""
    return rhythm is None or articles > 0 or not rhythm.until <= now < rhythm.until + HOUR


def learn_rhythm(rhythm: Rhythm, now: datetime, articles: int) -> Rhythm:
    """The rhythm with one more look that brought so many articles. Where the clock was set back it begins anew."""
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
    """How long to wait so that SHARE of an article is published meanwhile, within bounds; unknown: their middle."""
    middle = timedelta(seconds=(least.total_seconds() * most.total_seconds()) ** 0.5)
    if rhythm is None or least >= most:
        return max(least, min(middle, most))
    prior = ARTICLES_PER_POLL / (middle / HOUR)
    fastest = max(article_rate(rhythm, now, prior), article_rate(rhythm, now + most, prior))
    return max(least, min(ARTICLES_PER_POLL / fastest * HOUR, most)) if fastest > 0 else most


def article_rate(rhythm: Rhythm, at: datetime, prior: float) -> float:
    """Articles per hour to be expected at an instant; a slot that was hardly watched is taken for the mean."""
    mean = (sum(rhythm.articles) + prior * PRIOR_HOURS) / (sum(rhythm.hours) + PRIOR_HOURS)
    slot = _slot(at)
    return (rhythm.articles[slot] + mean * MEAN_WEIGHT_HOURS) / (rhythm.hours[slot] + MEAN_WEIGHT_HOURS)


def rhythm_to_list(rhythm: Rhythm) -> list[float]:
    """Its numbers, short enough to be kept with each feed."""
    return [round(one, 3) for one in (*rhythm.hours, *rhythm.articles)]


def rhythm_from_list(until: datetime, numbers: Sequence[float]) -> Rhythm:
    """The rhythm again."""
    return Rhythm(until, tuple(numbers[:RHYTHM_SLOTS]), tuple(numbers[RHYTHM_SLOTS : 2 * RHYTHM_SLOTS]))


def _slot(at: datetime) -> int:
    return at.hour + (24 if at.weekday() >= 5 else 0)


def _slots(start: datetime, end: datetime) -> Iterator[tuple[int, float]]:
    """The slots between two instants, with the hours spent in each."""
    while start < end:
        ahead = min(end, start.replace(minute=0, second=0, microsecond=0) + HOUR)
        yield _slot(start), (ahead - start) / HOUR
        start = ahead
