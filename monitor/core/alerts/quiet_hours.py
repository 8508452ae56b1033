"""Quiet hours and times of day in a zone, also across a clock change. They hold no setting."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta, tzinfo

from monitor.core.model.alerts import QuietHours


def quiet_until(at: datetime, hours: QuietHours, zone: tzinfo) -> datetime | None:
    """The end of the quiet hours (a half-open span that may cross midnight) that an instant lies in; None outside.

    They end once a day: in the hour that is repeated in autumn, what comes after their end is not quiet.
    """
    start, end = hours
    if last_time_of_day(at, start, zone) <= last_time_of_day(at, end, zone):
        return None
    return next_time_of_day(at, (end,), zone)


def next_time_of_day(after: datetime, times: Collection[time], zone: tzinfo) -> datetime:
    """The first of these times of day after an instant. A time skipped by a clock change comes an hour later; one that
    is repeated comes once."""
    return min(one for clock in times for one in nearby_times(after, clock, zone) if one > after)


def last_time_of_day(until: datetime, clock: time, zone: tzinfo) -> datetime:
    """The last occurrence of a time of day, the instant itself included."""
    return max(one for one in nearby_times(until, clock, zone) if one <= until)


def nearby_times(at: datetime, clock: time, zone: tzinfo) -> list[datetime]:
    """When a time of day comes on the two days before and after an instant, and on its own."""
    today = at.astimezone(zone).date()
    days = (today + timedelta(days=step) for step in (-2, -1, 0, 1, 2))
    return [datetime.combine(day, clock, zone).astimezone(UTC) for day in days]
