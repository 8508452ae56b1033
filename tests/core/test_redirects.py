"""When a permanent redirect is believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.schedule.redirects import Redirect, count_redirect

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def after(*answers: tuple[float, str]) -> Redirect:
    """The move after answers: hours from now → address."""
    known: Redirect | None = None
    for hours, address in answers:
        known = count_redirect(known, address, NOW + timedelta(hours=hours))
    assert known is not None
    return known


def test_three_equal_answers_on_two_days_are_a_move() -> None:
    assert not after((0, "b"), (1, "b"), (2, "b")).believed
    assert not after((0, "b"), (24, "b")).believed
    assert after((0, "b"), (1, "b"), (24, "b")).believed


def test_another_address_begins_anew() -> None:
    assert not after((0, "b"), (24, "b"), (48, "c"), (72, "b")).believed


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=30).map(sorted))
def test_a_move_counts_its_answers_and_their_days(hours: list[float]) -> None:
    known = after(*((one, "b") for one in hours))
    days = {(NOW + timedelta(hours=one)).date() for one in hours}
    assert (known.times, known.days) == (len(hours), len(days))
    assert known.first_at <= known.last_at
