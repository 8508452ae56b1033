"""What operators must hear of, and what they need not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerts.health_rules import (
    ChannelHealth,
    DailySummary,
    FeedHealth,
    count_silent_days,
    find_alarms,
    format_heartbeat,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = NOW.date()


def up(feeds: list[FeedHealth] | None = None, lines: list[ChannelHealth] | None = None, **more: object) -> list[str]:
    """The keys of the alarms that are up."""
    trouble, disk = str(more.get("trouble", "")), more.get("disk")
    return sorted(find_alarms(feeds or [], lines or [], trouble, disk, NOW))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "failures, minutes, told", [(3, 30, True), (2, 300, False), (9, 29, False), (0, 0, False), (40, 4000, True)]
)
def test_a_feed_fails_after_three_polls_and_half_an_hour(failures: int, minutes: int, told: bool) -> None:
    feed = FeedHealth("x", failures, NOW - timedelta(minutes=minutes), "HTTP 500")
    assert up([feed]) == (["feed x"] if told else [])


def test_an_alarm_says_since_when_and_why() -> None:
    told = find_alarms([FeedHealth("x", 4, NOW - timedelta(hours=2), "HTTP 500")], [], "", None, NOW)["feed x"]
    assert told.text == "the feed x fails since 2026-11-24 10:00 UTC, 4 polls in a row: HTTP 500"


def days(*ago: int) -> list[date]:
    """Days so long ago."""
    return [TODAY - timedelta(days=one) for one in ago]


@pytest.mark.parametrize(
    "seen, empty",
    [
        (days(3, 4, 5, 6, 7), 2),  # every day, and now two days without
        (days(2, 3, 4, 5), None),  # one day without is a bank holiday
        (days(4, 5, 6, 7, 8, 11, 12), None),  # it rests at weekends: three days are no news
        (days(7, 8, 9, 12, 13), 6),
        (days(20, 27), None),  # too rare to have a rhythm
        ([], None),
        (days(0, 1, 2, 3), None),
    ],
)
def test_a_feed_is_silent_against_its_own_rhythm(seen: list[date], empty: int | None) -> None:
    assert count_silent_days(seen, TODAY) == empty
    assert up([FeedHealth("x", days=seen)]) == (["silence x"] if empty else [])


def test_a_channel_is_told_about_when_it_refuses_for_good_or_again_and_again() -> None:
    lines = [
        ChannelHealth("a", tries=2),
        ChannelHealth("b", tries=3, error="HTTP 503"),
        ChannelHealth("c", dead=1, error="HTTP 404"),
    ]
    found = find_alarms([], lines, "", None, NOW)
    assert sorted(found) == ["channel b", "channel c"]
    assert found["channel c"].channel == "c" and "HTTP 404" in found["channel c"].text


def test_a_feed_that_moved_or_is_gone_is_told_at_once() -> None:
    gone = FeedHealth("x", 1, NOW, "the server says that this feed is gone for good (410)", gone=1)
    found = find_alarms([gone, FeedHealth("y", moved="https://y.example/new")], [], "", None, NOW)
    assert sorted(found) == ["gone x", "moved y"]
    assert "https://y.example/new" in found["moved y"].text


def test_what_is_held_is_told_about_with_the_way_out() -> None:
    found = find_alarms([], [ChannelHealth("a", held=2)], "", None, NOW)
    assert list(found) == ["held a"] and "2 so far" in found["held a"].text
    assert "monitor outbox retry" in found["held a"].text


def test_rules_and_disk_are_told_about() -> None:
    assert up(trouble="rules.toml line 3: unknown key") == ["rules"]
    assert up(disk=(200 * 2**20, 10**12)) == ["disk"]
    assert up(disk=(10**9, 10**11)) == ["disk"]
    assert up(disk=(10**10, 10**11)) == []


def test_a_heartbeat_has_content() -> None:
    told = format_heartbeat(DailySummary(14, 1, 96, 3, 2, 0, True), ["feed x"])
    assert "96 new articles from 14 feeds, 3 alerts sent, 2 waiting" in told and "alarms: feed x" in told
    assert "does not balance" in format_heartbeat(DailySummary(1, 0, 0, 0, 0, 0, False), [])


@given(st.lists(st.dates(TODAY - timedelta(days=28), TODAY), max_size=30))
def test_a_feed_that_keeps_its_rhythm_is_never_silent(seen: list[date]) -> None:
    assert count_silent_days([*seen, TODAY, TODAY - timedelta(days=1)], TODAY) is None
