"""The rhythm of a feed: learnt from polls, by the hour of the week, and turned into a pause within bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.model.polling import Rhythm
from monitor.core.schedule import rhythm

MONDAY = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)
LEAST, MOST = timedelta(minutes=2), timedelta(minutes=15)
MIDDLE = timedelta(seconds=(120 * 900) ** 0.5)

instants = st.integers(0, 366 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes))


def watched(days: int, articles: dict[int, int], every: int = 15) -> Rhythm:
    """A rhythm after so many days of polls; articles: UTC hour → how many come in it on a weekday."""
    known, now = Rhythm(MONDAY), MONDAY
    for step in range(days * 24 * 60 // every):
        now = MONDAY + timedelta(minutes=every * (step + 1))
        begun = now - timedelta(minutes=every)
        first = begun.minute < every and begun.weekday() < 5
        known = rhythm.learn_rhythm(known, now, articles.get(begun.hour, 0) if first else 0)
    return known


def test_an_unknown_rhythm_is_the_middle_of_the_bounds() -> None:
    assert rhythm.poll_interval(None, MONDAY, LEAST, MOST) == MIDDLE
    assert abs(rhythm.poll_interval(Rhythm(MONDAY), MONDAY, LEAST, MOST) - MIDDLE) < timedelta(seconds=1)


def test_a_feed_that_works_from_eight_to_six_is_asked_often_then_and_seldom_at_night() -> None:
    known = watched(14, dict.fromkeys(range(8, 18), 6))
    noon, night, sunday = (MONDAY + timedelta(days=14, hours=h) for h in (12, 2, 6 * 24 + 12))
    assert rhythm.poll_interval(known, noon, LEAST, MOST) < timedelta(minutes=3)
    assert rhythm.poll_interval(known, night, LEAST, MOST) == MOST
    assert rhythm.poll_interval(known, sunday, LEAST, MOST) == MOST


def test_the_pause_before_a_busy_hour_ends_as_if_it_had_begun() -> None:
    known = watched(14, dict.fromkeys(range(8, 18), 6))
    before = MONDAY + timedelta(days=14, hours=7, minutes=50)
    assert rhythm.poll_interval(known, before, LEAST, MOST) < timedelta(minutes=3)


def test_a_feed_that_changes_its_habits_is_known_anew_within_weeks() -> None:
    known = watched(28, {9: 10})
    now = known.until
    for _ in range(8 * 7 * 24):
        now += timedelta(hours=1)
        known = rhythm.learn_rhythm(known, now, 0)
    monday = MONDAY + timedelta(days=28 + 8 * 7, hours=9)
    assert rhythm.poll_interval(known, monday, LEAST, timedelta(hours=4)) > timedelta(minutes=8)
    assert rhythm.poll_interval(watched(28, {9: 10}), MONDAY + timedelta(days=28, hours=9), LEAST, MOST) == LEAST


def test_the_dates_of_a_first_listing_are_a_beginning() -> None:
    now = MONDAY + timedelta(days=1, hours=12)
    busy = rhythm.initial_rhythm(now, [now - timedelta(minutes=4 * n) for n in range(30)])
    quiet = rhythm.initial_rhythm(now, [now - timedelta(days=n) for n in range(10)])
    assert rhythm.poll_interval(busy, now, LEAST, MOST) < MIDDLE < rhythm.poll_interval(quiet, now, LEAST, MOST)


def test_dates_of_the_future_and_of_long_ago_tell_nothing() -> None:
    dates = [MONDAY + timedelta(days=1), MONDAY - timedelta(days=400)]
    assert rhythm.initial_rhythm(MONDAY, dates) == Rhythm(MONDAY)


@pytest.mark.parametrize(
    ("minutes", "articles", "worth"), [(5, 0, False), (5, 1, True), (60, 0, True), (-1, 0, True), (59, 0, False)]
)
def test_a_quiet_look_is_written_down_once_an_hour(minutes: int, articles: int, worth: bool) -> None:
    assert rhythm.should_learn(Rhythm(MONDAY), MONDAY + timedelta(minutes=minutes), articles) is worth


@pytest.mark.parametrize("passed", [timedelta(hours=-1), timedelta(0), timedelta(days=3)])
def test_a_clock_that_was_set_and_a_long_pause_teach_nothing(passed: timedelta) -> None:
    known = watched(2, {9: 4})
    after = rhythm.learn_rhythm(known, known.until + passed, 50)
    assert (after.hours, after.articles, after.until) == (known.hours, known.articles, known.until + passed)


@given(st.lists(st.tuples(st.integers(1, 1440), st.integers(0, 500)), max_size=40), instants)
def test_a_pause_stays_within_its_bounds_whatever_was_seen(polls: list[tuple[int, int]], at: datetime) -> None:
    known = Rhythm(MONDAY)
    for minutes, articles in polls:
        known = rhythm.learn_rhythm(known, known.until + timedelta(minutes=minutes), articles)
    assert LEAST <= rhythm.poll_interval(known, at, LEAST, MOST) <= MOST
    assert rhythm.poll_interval(known, at, MOST, MOST) == MOST


@given(st.lists(st.tuples(st.integers(1, 1440), st.integers(0, 500)), max_size=40))
def test_hours_and_articles_are_kept_but_for_what_fades(polls: list[tuple[int, int]]) -> None:
    known = Rhythm(MONDAY)
    for minutes, articles in polls:
        known = rhythm.learn_rhythm(known, known.until + timedelta(minutes=minutes), articles)
    assert sum(known.hours) <= sum(minutes for minutes, _ in polls) / 60 + 1e-6
    assert sum(known.articles) <= sum(articles for _, articles in polls) + 1e-6
    assert rhythm.rhythm_from_list(known.until, rhythm.rhythm_to_list(known)).hours == pytest.approx(
        known.hours, abs=0.001
    )
