"""The verdicts on a database, as pure functions of what is remembered and what is seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.database_identity import (
    DOUBT_PERIOD,
    MAX_GAP,
    DatabasePlace,
    DatabaseVerdict,
    Known,
    Mark,
    Past,
    Restored,
    Seen,
    doubtful,
    gap,
    past,
    stale,
    verdict,
)

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
MAIN, LOG, INDEX, OTHER = DatabasePlace(1, 10), DatabasePlace(1, 11), DatabasePlace(1, 12), DatabasePlace(1, 99)
KNOWN = Known(MAIN, Mark("home", 7), LOG, INDEX)
SEEN = Seen(MAIN, 4096, LOG, INDEX, opened=True, mark=Mark("home", 7))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (SEEN, DatabaseVerdict.SAME),
        (replace(SEEN, mark=Mark("home", 9)), DatabaseVerdict.SAME),
        (replace(SEEN, opened=False, mark=None), DatabaseVerdict.SAME),
        (Seen(None), DatabaseVerdict.GONE),
        (replace(SEEN, main=OTHER), DatabaseVerdict.REPLACED),
        (replace(SEEN, main=DatabasePlace(2, 10)), DatabaseVerdict.REPLACED),
        (replace(SEEN, size=0), DatabaseVerdict.EMPTIED),
        (replace(SEEN, mark=Mark("home", 6)), DatabaseVerdict.OVERWRITTEN),
        (replace(SEEN, mark=Mark("away", 9)), DatabaseVerdict.OVERWRITTEN),
        (replace(SEEN, mark=None), DatabaseVerdict.OVERWRITTEN),
        (replace(SEEN, keeps_log=False), DatabaseVerdict.OVERWRITTEN),
        (replace(SEEN, log=None), DatabaseVerdict.LOG_GONE),
        (replace(SEEN, log=OTHER), DatabaseVerdict.LOG_GONE),
        (replace(SEEN, index=None), DatabaseVerdict.LOG_GONE),
    ],
)
def test_what_became_of_the_file(seen: Seen, expected: DatabaseVerdict) -> None:
    assert verdict(KNOWN, seen) is expected


def test_what_was_never_seen_is_not_missed() -> None:
    assert verdict(Known(MAIN), replace(SEEN, log=None, index=None, mark=None, keeps_log=False)) is DatabaseVerdict.SAME


@pytest.mark.parametrize(
    ("beside", "inside", "empty", "expected"),
    [
        (None, Mark("home", 0), True, Past.SAME),  # a new machine
        (None, Mark("home", 70), False, Past.SAME),  # copied there without its counter
        (Mark("home", 7), Mark("home", 7), False, Past.SAME),
        (Mark("home", 7), Mark("home", 8), False, Past.SAME),  # a power cut between the two
        (Mark("home", 7), Mark("home", 6), False, Past.OLDER),
        (Mark("home", 7), Mark("home", 0), False, Past.OLDER),  # a copy from before there was a counter
        (Mark("home", 7), Mark("away", 70), False, Past.FOREIGN),
        (Mark("home", 7), Mark("new", 0), True, Past.LOST),
    ],
)
def test_what_ran_here_last(beside: Mark | None, inside: Mark, empty: bool, expected: Past) -> None:
    assert past(beside, inside, empty=empty) is expected


@pytest.mark.parametrize(
    ("beside", "inside", "keeps_log", "expected"),
    [
        (Mark("home", 9, NOW, 7), Mark("home", 7), True, False),
        (Mark("home", 9, NOW, 7), Mark("home", 8), True, False),  # carried over since
        (Mark("home", 9, NOW, 7), Mark("home", 6), True, True),
        (Mark("home", 9, NOW, 7), Mark("away", 9), True, True),
        (Mark("home", 9, NOW, 7), Mark("home", 9), False, True),  # a copy that SQLite made
        (None, Mark("home", 1), True, False),
        (Mark("home", 9, NOW, 7), None, True, False),
    ],
)
def test_whether_a_log_was_written_for_another_file(
    beside: Mark | None, inside: Mark | None, keeps_log: bool, expected: bool
) -> None:
    assert stale(beside, inside, keeps_log=keeps_log) is expected


@given(st.timedeltas(-timedelta(days=9), timedelta(days=9)))
def test_what_a_feed_s_first_poll_after_a_restore_brings_is_doubtful_and_no_later_one(since: timedelta) -> None:
    restored = Restored(Past.OLDER, NOW)
    assert doubtful(restored, NOW + since, NOW + timedelta(days=10)) == (since < timedelta(0))
    assert not doubtful(None, NOW + since, NOW)


def test_a_feed_that_was_never_polled_is_doubtful_for_a_day() -> None:
    restored = Restored(Past.LOST, NOW)
    assert doubtful(restored, None, NOW + DOUBT_PERIOD - timedelta(seconds=1)) and not doubtful(
        restored, None, NOW + DOUBT_PERIOD
    )


@given(st.timedeltas(timedelta(0), timedelta(days=40)))
def test_only_a_lost_database_opens_a_gap_and_it_is_bounded(length: timedelta) -> None:
    lost = Restored(Past.LOST, NOW, until=NOW - length)
    assert gap(lost, NOW) == min(length, MAX_GAP)
    assert gap(lost, NOW + DOUBT_PERIOD) == gap(replace(lost, past=Past.OLDER), NOW) == gap(None, NOW) == timedelta(0)


@pytest.mark.parametrize("kind", [Past.OLDER, Past.FOREIGN, Past.LOST])
def test_operators_read_from_when_to_when_and_that_repeats_are_marked(kind: Past) -> None:
    said = Restored(kind, NOW, NOW - timedelta(hours=2), NOW - timedelta(hours=1)).sentence()
    assert "2026-11-30 11:00 UTC" in said and "possible repeat" in said
