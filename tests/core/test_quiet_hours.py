"""Quiet hours end once, also in the night of autumn whose hour is repeated; digests come on their days of the week."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.types import WEEKDAYS, parse_digest_time
from monitor.core.alerts.quiet_hours import next_digest_time, quiet_until
from monitor.core.model.alerts import EVERY_DAY, DigestTime

DAY = timedelta(days=1)
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Apia",
    "Africa/Casablanca",
)
START = datetime(2012, 1, 3, tzinfo=UTC)
instants = st.timedeltas(timedelta(0), timedelta(days=8000)).map(lambda after: START + after)
clocks = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
hours = st.tuples(clocks, clocks).filter(lambda span: span[0] != span[1])
weekdays = st.frozensets(st.integers(0, 6), min_size=1)


# The repeated hour in autumn: zone, quiet hours, an instant in its second passing after the end (UTC)
REPEATED = [
    ("Europe/Berlin", "22:00-02:30", "2026-10-25T01:15"),
    ("Europe/Berlin", "01:00-02:01", "2026-10-25T01:00"),
    ("Europe/London", "23:00-01:30", "2026-10-25T01:20"),
    ("America/New_York", "21:00-01:45", "2026-11-01T06:10"),
    ("Australia/Lord_Howe", "22:00-01:45", "2026-04-04T15:05"),
    ("America/St_Johns", "20:30-01:20", "2026-11-01T04:35"),
]


def span(text: str) -> tuple[time, time]:
    start, end = text.split("-")
    return time.fromisoformat(start), time.fromisoformat(end)


@pytest.mark.parametrize(("zone", "quiet", "moment"), REPEATED)
def test_quiet_hours_that_end_inside_the_repeated_hour_end_once(zone: str, quiet: str, moment: str) -> None:
    place, now = ZoneInfo(zone), datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert now.astimezone(place).fold == 1 and now.astimezone(place).time() < span(quiet)[1]
    assert quiet_until(now, span(quiet), place) is None
    before = now - timedelta(hours=2)
    until = quiet_until(before, span(quiet), place)
    assert until is not None and before < until <= now and until.astimezone(place).fold == 0


def test_quiet_hours_that_begin_inside_the_repeated_hour_begin_once_and_last_to_their_end() -> None:
    berlin, quiet = ZoneInfo("Europe/Berlin"), span("02:15-06:00")
    ends = datetime(2026, 10, 25, 5, tzinfo=UTC)
    for minute in (15, 59, 60, 70, 75, 200):  # 00:15 UTC is the first 02:15
        assert quiet_until(datetime(2026, 10, 25, tzinfo=UTC) + timedelta(minutes=minute), quiet, berlin) == ends
    assert quiet_until(datetime(2026, 10, 25, 0, 14, tzinfo=UTC), quiet, berlin) is None


@given(now=instants, quiet=hours, zone=st.sampled_from(ZONES))
def test_quiet_hours_end_ahead_within_a_day_and_are_over_then(
    now: datetime, quiet: tuple[time, time], zone: str
) -> None:
    place = ZoneInfo(zone)
    until = quiet_until(now, quiet, place)
    if until is not None:
        assert now < until <= now + 2 * DAY
        assert until.astimezone(place).fold == 0
        again = quiet_until(until, quiet, place)
        assert again is None or again - until < DAY  # a span that was skipped by a clock change may begin there


@given(now=instants, quiet=hours)
def test_without_clock_changes_quiet_hours_are_those_of_the_clock(now: datetime, quiet: tuple[time, time]) -> None:
    zone, (start, end) = ZoneInfo("Asia/Kolkata"), quiet
    clock = now.astimezone(zone).time()
    within = start <= clock < end if start < end else clock >= start or clock < end
    assert (quiet_until(now, quiet, zone) is not None) is within


@given(now=instants, zone=st.sampled_from(ZONES), quiet=hours)
def test_the_quiet_hours_of_a_day_are_left_once(now: datetime, zone: str, quiet: tuple[time, time]) -> None:
    place, start = ZoneInfo(zone), now.replace(hour=0, minute=0)
    moments = [start + timedelta(minutes=15 * step) for step in range(4 * 48)]
    states = [quiet_until(moment, quiet, place) is not None for moment in moments]
    assert sum(one and not two for one, two in pairwise(states)) <= 3


@given(now=instants, clock=clocks, days=weekdays, zone=st.sampled_from(ZONES))
def test_a_digest_comes_next_on_one_of_its_days(now: datetime, clock: time, days: frozenset[int], zone: str) -> None:
    place = ZoneInfo(zone)
    found = next_digest_time(now, [DigestTime(clock, days)], place)
    assert now < found <= now + 10 * DAY
    local = found.astimezone(place)
    assert local.weekday() in days or local.time() != clock  # one that a clock change skipped
    earlier = next_digest_time(now, [DigestTime(clock)], place)
    assert earlier <= found and (days != EVERY_DAY or earlier == found)


@given(now=instants, first=st.tuples(clocks, weekdays), second=st.tuples(clocks, weekdays))
def test_of_two_digest_times_the_earlier_comes(
    now: datetime, first: tuple[time, frozenset[int]], second: tuple[time, frozenset[int]]
) -> None:
    zone, times = ZoneInfo("Europe/Berlin"), [DigestTime(*first), DigestTime(*second)]
    assert next_digest_time(now, times, zone) == min(next_digest_time(now, [one], zone) for one in times)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("08:00", range(7)),
        ("mon-fri 08:00", range(5)),
        ("sat,sun 08:00", (5, 6)),
        ("Mon 08:00", (0,)),
        ("fri-mon 08:00", (4, 5, 6, 0)),
        ("Monday - Wednesday, SUN 08:00", (0, 1, 2, 6)),
        ("mon-mon 08:00", (0,)),
    ],
)
def test_a_digest_time_may_name_days_of_the_week(text: str, days: tuple[int, ...]) -> None:
    assert parse_digest_time(text) == DigestTime(time(8), frozenset(days))


@pytest.mark.parametrize("text", ["mo-fr 08:00", "mon-fri", "08:00 mon", "mon-tue-wed 08:00", "mon 25:00", ""])
def test_a_digest_time_that_cannot_be_read_is_refused_with_a_way_out(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_digest_time(text)


@given(first=st.integers(0, 6), last=st.integers(0, 6))
def test_a_span_of_days_has_both_its_ends(first: int, last: int) -> None:
    days = parse_digest_time(f"{WEEKDAYS[first]}-{WEEKDAYS[last][:3]} 08:00").weekdays
    assert {first, last} <= days and len(days) == (last - first) % 7 + 1
