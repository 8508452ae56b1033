"""Quiet hours and times of day in a zone, also across a clock change. They hold no setting."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from monitor.core.model.alerts import DigestTime, QuietHours

DAY = timedelta(days=1)


def quiet_until(now: datetime, hours: QuietHours, zone: tzinfo) -> datetime | None:
    """When the quiet hours of this instant end; None outside them.

    A span may cross midnight. It begins once and ends once a day: in the hour that is repeated in autumn the first
    passing of a time counts, so a span that ended at 02:30 does not begin again at the second 02:00.
    """
    start, end = hours
    today = now.astimezone(zone).date()
    for day in (today - DAY, today):
        until = instant_of(day if start < end else day + DAY, end, zone)
        if instant_of(day, start, zone) <= now < until:
            return until
    return None


def instant_of(day: date, clock: time, zone: tzinfo) -> datetime:
    """A time of day as an instant. One skipped by a clock change is an hour later; of a repeated one the first."""
    return datetime.combine(day, clock.replace(fold=0), zone).astimezone(UTC)


def next_time_of_day(after: datetime, times: Collection[time], zone: tzinfo) -> datetime:
    """The first of these times of day after an instant."""
    return next_digest_time(after, [DigestTime(clock) for clock in times], zone)


def next_digest_time(after: datetime, times: Collection[DigestTime], zone: tzinfo) -> datetime:
    """The first of these times after an instant, at most eight days later; each has at least one day of the week."""
    today = after.astimezone(zone).date()
    days = [today + step * DAY for step in range(-1, 9)]
    found = (instant_of(day, one.clock, zone) for day in days for one in times if day.weekday() in one.weekdays)
    return min(one for one in found if one > after)
