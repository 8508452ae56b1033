"""When a feed wants to be looked at: RSS ttl, skipHours and skipDays, and the syndication module's period.

Times are GMT. What makes no sense says nothing: a period of zero, an hour of 31, all seven days of the week.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from monitor.core.model.polling import Schedule

MIN_UPDATE_PERIOD, MAX_UPDATE_PERIOD = 60.0, 86_400.0  # seconds; a wish outside is met at the border
PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_629_800, "yearly": 31_557_600}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NUMBER = re.compile(r"[0-9]{1,9}")


def schedule(
    ttl: Sequence[str], period: Sequence[str], frequency: Sequence[str], hours: Sequence[str], days: Sequence[str]
) -> Schedule:
    """What the texts of these elements ask for; of several pauses the longest."""
    pauses = [*_minutes(ttl), *_updates(period, frequency)]
    return Schedule(
        min(max(*pauses, MIN_UPDATE_PERIOD), MAX_UPDATE_PERIOD) if pauses else None,
        _sensible((_hour(one) for one in hours), 24),
        _sensible((_day(one) for one in days), 7),
    )


def _minutes(ttl: Iterable[str]) -> Iterator[float]:
    yield from (60.0 * number for one in ttl if (number := _number(one)))


def _updates(period: Sequence[str], frequency: Sequence[str]) -> Iterator[float]:
    """Three updates a day are eight hours. Without a period a frequency says nothing."""
    often = next(filter(None, map(_number, frequency)), 1)
    yield from (PERIODS[one.lower()] / often for one in period if one.lower() in PERIODS)


def _number(text: str) -> int:
    return int(text) if NUMBER.fullmatch(text) else 0


def _hour(text: str) -> int | None:
    """0 to 23; older feeds count to 24, which is midnight (https://www.rssboard.org/rss-specification#optionalElements)."""
    return int(text) % 24 if NUMBER.fullmatch(text) and int(text) <= 24 else None


def _day(text: str) -> int | None:
    """0 is Monday; Mon does for it."""
    name = text.lower()
    return next((at for at, day in enumerate(DAYS) if name in (day, day[:3])), None)


def _sensible(found: Iterable[int | None], every: int) -> tuple[int, ...]:
    """Each once and in order; who skips all of them is not understood."""
    known = sorted({one for one in found if one is not None})
    return tuple(known) if len(known) < every else ()
