"""Quiet hours and times of day in a zone, also across a clock change. They hold no setting."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta, tzinfo

from monitor.core.model.alerts import QuietHours


def is_within_hours(clock: time, hours: QuietHours) -> bool:
    """Whether a time of day lies in a half-open span that may cross midnight."""
    start, end = hours
    return start <= clock < end if start < end else clock >= start or clock < end


def next_time_of_day(after: datetime, times: Collection[time], zone: tzinfo) -> datetime:
    """The first of these times of day after an instant. A time skipped by a clock change comes an hour later; one that
    is repeated comes once."""
    today = after.astimezone(zone).date()
    days = (today + timedelta(days=step) for step in (-1, 0, 1, 2))
    found = (datetime.combine(day, clock, zone).astimezone(UTC) for day in days for clock in times)
    return min(one for one in found if one > after)
