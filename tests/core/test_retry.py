"""When a refused message is tried again, in the figures that users are promised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.alerts.retry import pause, retry_at
from monitor.core.model.alerts import Answer

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def waits(*, attempts: int = 0, age: float = 0, after: float | None = None, jitter: float = 1.0) -> float | None:
    """Seconds until the next attempt at a message that is `age` hours old."""
    at = retry_at(NOW - timedelta(hours=age), attempts, Answer.REFUSED_FOR_NOW, NOW, retry_after=after, jitter=jitter)
    return None if at is None else (at - NOW).total_seconds()


@pytest.mark.parametrize(("age", "tried"), [(0, True), (47.9, True), (48, False), (72, False)])
def test_a_message_is_tried_for_two_days(age: float, tried: bool) -> None:
    assert (waits(age=age) is not None) == tried
    assert (waits(age=age, after=60) is not None) == tried


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 5), (1, 10), (3, 40), (7, 640), (8, 900), (50, 900)])
def test_the_longest_wait_doubles_from_five_seconds_to_a_quarter_of_an_hour(attempts: int, seconds: float) -> None:
    assert waits(attempts=attempts) == seconds


def test_no_wait_is_shorter_than_a_second() -> None:
    assert waits(jitter=0.0) == 1.0 and pause(0.0) == pause(-5.0) == pause(float("nan")) == timedelta(seconds=1)


@pytest.mark.parametrize(("asked", "hours"), [(3600.0, 1), (21_600.0, 6), (86_400.0, 6), (1e9, 6)])
def test_no_channel_is_silent_for_more_than_six_hours_because_it_asked(asked: float, hours: float) -> None:
    assert waits(after=asked) == hours * 3600
