"""Next times are ahead of any instant, within their bounds, and are computed in a bounded number of steps."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerts import health_rules
from monitor.core.alerts.quiet_hours import next_time_of_day
from monitor.core.alerts.retry import MAX_RETRY_AFTER_SECONDS, MAX_RETRY_SECONDS, retry_at
from monitor.core.model import polling
from monitor.core.model.alerts import Answer
from monitor.core.model.polling import PollState, Schedule, ServerLimits, Source
from monitor.core.schedule import next_poll, rhythm
from monitor.core.websub import subscription

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca")

# years whose ends are far enough from the calendar's own
instants = st.datetimes(
    datetime(1970, 1, 1),  # noqa: DTZ001  # Hypothesis adds the zone
    datetime(9990, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
clocks = st.lists(st.times(), min_size=1, max_size=4)
rhythms = st.builds(
    polling.Rhythm,
    instants,
    st.tuples(*[st.floats(0, 1e4)] * polling.RHYTHM_SLOTS),
    st.tuples(*[st.floats(0, 1e4)] * polling.RHYTHM_SLOTS),
)
CHANGES = {
    "spring forward": datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
    "fall back": datetime(2026, 10, 25, 0, 59, tzinfo=UTC),
    "leap day": datetime(2028, 2, 28, 23, 30, tzinfo=UTC),
    "no leap day": datetime(2100, 2, 28, 23, 30, tzinfo=UTC),
    "1970": datetime(1970, 1, 1, tzinfo=UTC),
    "2038": datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC),
}


@given(after=instants, times=clocks, zone=st.sampled_from(ZONES))
def test_the_next_time_of_day_is_ahead_and_within_two_days(after: datetime, times: list[time], zone: str) -> None:
    found = next_time_of_day(after, times, ZoneInfo(zone))
    assert after < found <= after + 2 * DAY


@pytest.mark.parametrize("after", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("clock", [time(0), time(2, 30), time(3), time(23, 59)], ids=str)
def test_from_any_turn_of_the_calendar_each_day_has_its_time_once(after: datetime, clock: time) -> None:
    zone, found = ZoneInfo("Europe/Berlin"), []
    for _ in range(4):
        after = next_time_of_day(after, [clock], zone)
        found.append(after)
    assert all(timedelta(hours=23) <= later - one <= timedelta(hours=25) for one, later in pairwise(found))


@given(
    now=instants, every=st.timedeltas(timedelta(seconds=1), 30 * DAY), more=st.timedeltas(timedelta(0), 30 * DAY),
    known=st.none() | rhythms, ok=st.booleans(), gone=st.booleans(), failures=st.integers(0, 10**9),
    jitter=st.floats(0, 1), hours=st.frozensets(st.integers(0, 23)), days=st.frozensets(st.integers(0, 6)),
    wait=st.none() | st.floats(allow_nan=False),
)  # fmt: skip
def test_the_next_poll_is_ahead_and_no_further_than_a_day_or_the_pause(
    now: datetime, every: timedelta, more: timedelta, known: polling.Rhythm | None, ok: bool, gone: bool,
    failures: int, jitter: float, hours: frozenset[int], days: frozenset[int], wait: float | None,
) -> None:  # fmt: skip
    source = Source("s", "https://s.example", every=every, max_every=every + more)
    schedule = Schedule(skip_hours=tuple(hours), skip_days=tuple(days))
    state = PollState("s", now, failures=failures, rhythm=known, schedule=schedule)
    at = next_poll.next_poll_time(source, state, now, ok=ok, limits=ServerLimits(wait, wait), jitter=jitter, gone=gone)
    assert now < at <= now + max(DAY, every + more) * 1.2 + HOUR


@given(known=rhythms, now=instants, articles=st.integers(0, 1000))
def test_a_rhythm_is_learnt_in_as_many_steps_as_a_day_has_hours(
    known: polling.Rhythm, now: datetime, articles: int
) -> None:
    with patch.object(rhythm, "_slot", wraps=rhythm._slot) as counted:
        assert rhythm.learn_rhythm(known, now, articles).until == now
    assert counted.call_count <= 25


@given(now=instants, dates=st.lists(instants | st.none(), max_size=5))
def test_a_first_listing_is_read_in_as_many_steps_as_its_reach_has_hours(
    now: datetime, dates: list[datetime | None]
) -> None:
    near = [now - DAY * n if one is None else one for n, one in enumerate(dates)]
    with patch.object(rhythm, "_slot", wraps=rhythm._slot) as counted:
        assert rhythm.initial_rhythm(now, near).until == now
    assert counted.call_count <= 14 * 24 + 1 + len(near)


@given(
    created=instants,
    now=instants,
    attempts=st.integers(0, 10**9),
    asked=st.none() | st.floats(),
    jitter=st.floats(0, 1),
)
def test_the_next_attempt_is_ahead_and_within_its_bounds_whenever_it_was_begun(
    created: datetime, now: datetime, attempts: int, asked: float | None, jitter: float
) -> None:
    at = retry_at(created, attempts, Answer.NOT_SENT, now, retry_after=asked, jitter=jitter)
    assert at is None or now < at <= now + timedelta(seconds=max(MAX_RETRY_SECONDS, MAX_RETRY_AFTER_SECONDS))


@given(
    now=instants, then=st.none() | instants, failures=st.integers(0, 10**9), seconds=st.text("019x", max_size=40),
    wait=st.none() | st.floats(0, 1e18), state=st.sampled_from(subscription.SubscriptionState),
)  # fmt: skip
def test_a_subscription_s_next_step_is_ahead_and_within_a_lease(
    now: datetime,
    then: datetime | None,
    failures: int,
    seconds: str,
    wait: float | None,
    state: subscription.SubscriptionState,
) -> None:
    one = subscription.Subscription(
        "s", "https://hub.example", "t", state=state, asked_at=then, expires_at=then, next_at=then, failures=failures
    )
    steps = [
        subscription.mark_asked(one, "https://here.example", now),
        subscription.mark_refused(one, "no", now, wait),
        subscription.mark_denied(one, "no", now),
        subscription.activate_lease(one, now, subscription.parse_lease(seconds)),
    ]
    for step in steps:
        assert step.next_at is None or now < step.next_at <= now + subscription.MAX_LEASE
    assert timedelta(0) <= subscription.min_poll_interval(one, HOUR, now)


def test_a_feed_that_began_to_fail_in_the_future_is_told_of() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    told = [
        bool(list(health_rules.feed_alarms(health_rules.FeedHealth("f", failures=5, failing_since=now + ahead), now)))
        for ahead in (DAY * 3650, -timedelta(minutes=29), -timedelta(minutes=30))
    ]
    assert told == [True, False, True]


def test_a_day_of_the_future_does_not_hide_a_silence() -> None:
    today = datetime(2026, 11, 23, tzinfo=UTC).date()
    days = [today - DAY * n for n in (10, 11, 12, 13)]
    assert (
        health_rules.count_silent_days([*days, today + DAY * 3650], today)
        == health_rules.count_silent_days(days, today)
        == 9
    )
