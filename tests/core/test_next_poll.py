"""When to look again: interval, server limits as a floor, back-off, Retry-After."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.model.polling import PollState, Schedule, ServerLimits, Source
from monitor.core.schedule.next_poll import FULL_FETCH_INTERVAL, MAX_WAIT, needs_full_fetch, next_poll_time
from monitor.core.schedule.redirects import poll_url

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
DAY = timedelta(hours=24)

intervals = st.timedeltas(min_value=timedelta(seconds=2), max_value=timedelta(days=7))
limits = st.builds(
    ServerLimits,
    retry_after=st.none() | st.floats(-1e12, 1e12, allow_nan=False),
    max_age=st.none() | st.floats(-1e12, 1e12, allow_nan=False),
)


def wait(
    every: float,
    *,
    ok: bool = True,
    failures: int = 0,
    retry_after: float | None = None,
    max_age: float | None = None,
    jitter: float = 0.5,
) -> float:
    """Seconds until the next poll."""
    source = Source("s", "http://s.example", every=timedelta(seconds=every))
    state = PollState("s", NOW, failures=failures)
    then = next_poll_time(source, state, NOW, ok=ok, limits=ServerLimits(retry_after, max_age), jitter=jitter)
    return (then - NOW).total_seconds()


def test_a_feed_that_is_gone_is_asked_once_a_day() -> None:
    source, state = Source("x", "https://x.example"), PollState("x", NOW)
    at = next_poll_time(source, state, NOW, ok=False, limits=ServerLimits(), jitter=0.5, gone=True)
    assert at == NOW + MAX_WAIT


def test_after_a_success_the_interval_passes() -> None:
    assert wait(300) == 300


def test_server_limits_can_only_slow_a_poll_down() -> None:
    assert wait(300, max_age=900) == 900
    assert wait(300, retry_after=600, max_age=900) == 900
    assert wait(300, max_age=10) == 300


def test_no_server_can_ask_for_more_than_a_day() -> None:
    assert wait(300, max_age=10 * 365 * 86400) == 86400
    assert wait(300, ok=False, retry_after=10 * 365 * 86400) == 86400


def test_an_interval_longer_than_a_day_is_kept() -> None:
    week = 7 * 86400
    assert wait(week) == week
    assert wait(week, ok=False, failures=40) == week


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 300), (1, 600), (2, 1200), (3, 2400), (4, 3600), (8, 3600), (10**9, 3600)]
)
def test_each_failure_doubles_the_wait_up_to_an_hour(failures: int, seconds: int) -> None:
    assert wait(300, ok=False, failures=failures) == seconds


def test_jitter_spreads_a_failing_feed_by_a_fifth_either_way() -> None:
    assert wait(300, ok=False, failures=1, jitter=0.0) == 480
    assert wait(300, ok=False, failures=1, jitter=1.0) == 720


def test_retry_after_wins_over_the_back_off_in_both_directions() -> None:
    assert wait(300, ok=False, failures=9, retry_after=600) == 600
    assert wait(300, ok=False, failures=0, retry_after=7200) == 7200


def test_retry_after_never_makes_a_failing_feed_faster_than_its_interval() -> None:
    assert wait(300, ok=False, retry_after=1) == 300
    assert wait(300, ok=False, retry_after=-50) == 300


@given(every=intervals, asked=limits, failures=st.integers(0, 10**12), ok=st.booleans(), jitter=st.floats(0, 1))
def test_the_next_poll_is_neither_in_the_past_nor_beyond_reason(
    every: timedelta, asked: ServerLimits, failures: int, ok: bool, jitter: float
) -> None:
    source = Source("s", "http://s.example", every=every)
    then = next_poll_time(source, PollState("s", NOW, failures=failures), NOW, ok=ok, limits=asked, jitter=jitter)
    assert every * 0.79 <= then - NOW <= max(DAY, every) * 1.21


BOUNDS = Source("s", "http://s.example", every=timedelta(minutes=2), max_every=timedelta(minutes=15))


def scheduled(now: datetime, schedule: Schedule, source: Source = BOUNDS) -> timedelta:
    """The pause after a success, where the feed's body asks for something."""
    state = PollState("s", now, schedule=schedule)
    return next_poll_time(source, state, now, ok=True, limits=ServerLimits(), jitter=0.5) - now


def test_a_success_sways_by_a_tenth_but_never_comes_sooner_than_the_server_asked() -> None:
    assert (wait(300, jitter=0.0), wait(300, jitter=1.0)) == (270, 330)
    assert wait(300, max_age=300, jitter=0.0) == 300


@pytest.mark.parametrize("jitter", [0.0, 1.0])
def test_two_bounds_hold_however_a_pause_sways(jitter: float) -> None:
    for schedule in (Schedule(), Schedule(86400)):
        state = PollState("s", NOW, schedule=schedule)
        pause = next_poll_time(BOUNDS, state, NOW, ok=True, limits=ServerLimits(), jitter=jitter) - NOW
        assert timedelta(minutes=2) <= pause <= timedelta(minutes=15)


def test_what_a_feed_asks_for_lengthens_the_pause_within_the_bounds() -> None:
    assert scheduled(NOW, Schedule(600)) == timedelta(minutes=10)
    assert scheduled(NOW, Schedule(86400)) == timedelta(minutes=15)
    assert scheduled(NOW, Schedule(1)) == scheduled(NOW, Schedule())


def test_a_fixed_pause_is_its_owners_decision() -> None:
    fixed = Source("s", "http://s.example", every=timedelta(minutes=2), max_every=timedelta(minutes=2))
    assert scheduled(NOW, Schedule(3600, skip_days=(6,)), fixed) == timedelta(minutes=2)


@pytest.mark.parametrize(
    ("hour", "schedule", "until"),
    [
        (1, Schedule(skip_hours=(1, 2, 3)), "29 04:00"),
        (0, Schedule(skip_hours=(0,)), "29 01:00"),
        (1, Schedule(skip_days=(6,)), "30 00:00"),  # the 29th is a Sunday
        (1, Schedule(skip_days=(6,), skip_hours=(0, 1, 2)), "30 01:30"),  # no later than a day from now
        (1, Schedule(skip_days=tuple(range(7))), "30 01:30"),
        (5, Schedule(skip_hours=(1, 2, 3), skip_days=(0,)), "29 05:35"),
    ],
)
def test_hours_and_days_without_news_are_slept_through_but_never_more_than_a_day(
    hour: int, schedule: Schedule, until: str
) -> None:
    now = NOW.replace(hour=hour)
    assert f"{now + scheduled(now, schedule):%d %H:%M}" == until


def test_nothing_comes_sooner_than_a_floor() -> None:
    floor = timedelta(minutes=30)
    then = next_poll_time(BOUNDS, PollState("s", NOW), NOW, ok=True, limits=ServerLimits(), jitter=0.5, floor=floor)
    assert then - NOW == floor


@pytest.mark.parametrize(("failures", "where"), [(0, "new"), (2, "new"), (3, "old"), (50, "old")])
def test_a_feed_is_asked_for_where_it_moved_until_that_fails(failures: int, where: str) -> None:
    state = PollState("s", NOW, address="http://new.example", failures=failures)
    assert poll_url(Source("s", "http://old.example"), state) == f"http://{where}.example"


@given(every=intervals, failures=st.integers(0, 40))
def test_more_failures_never_mean_a_shorter_wait(every: timedelta, failures: int) -> None:
    seconds = every.total_seconds()
    assert wait(seconds, ok=False, failures=failures) <= wait(seconds, ok=False, failures=failures + 1)


@pytest.mark.parametrize(
    ("ago", "wanted"),
    [
        (None, True),
        (timedelta(0), False),
        (FULL_FETCH_INTERVAL - timedelta(seconds=1), False),
        (FULL_FETCH_INTERVAL, True),
        (timedelta(seconds=-1), True),  # the clock stepped back
    ],
)
def test_twice_a_day_a_feed_is_fetched_without_conditions(ago: timedelta | None, wanted: bool) -> None:
    last = None if ago is None else NOW - ago
    assert needs_full_fetch(PollState("s", NOW, last_full_at=last), NOW) is wanted
