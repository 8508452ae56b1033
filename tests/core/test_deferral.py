"""Who is told later: hold, throttle, storms, digests, quiet hours, mutes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerts.policy import FLOOD_LIMIT, FLOOD_WAIT, DecisionContext, decide_intents
from monitor.core.alerts.quiet_hours import next_time_of_day, quiet_until
from monitor.core.model.alerts import EVERY_DAY, DigestTime, Intent, Mute, Priority, QuietHours, Reason, Route
from monitor.core.model.articles import Hit, Match
from tests.core.test_policy import CHIPS, COPY, NEW, NOW, SLACK, past


def alone(match: Match = CHIPS, *, priority: Priority = Priority.NORMAL, **around: Any) -> Intent:
    """The one decision about a match for one address; keys of a route and of what is around it."""
    keys = {key: around.pop(key) for key in ("hold", "throttle", "digest", "digests") if key in around}
    route = Route(match.watch, (SLACK,), priority, **keys)
    [found] = decide_intents(
        (match,), {match.watch: route}, DecisionContext(around.pop("kin", NEW), around.pop("now", NOW), **around)
    )
    return found


HEARD = ("H200", SLACK)
BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = (time(22), time(6, 30))


def berlin(text: str) -> datetime:
    """An instant as a clock in Berlin shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def test_a_watch_that_holds_waits_for_copies_and_an_urgent_one_does_not() -> None:
    found = alone(hold=timedelta(seconds=30))
    assert (found.at, found.reason) == (NOW + timedelta(seconds=30), Reason.HELD)
    assert alone(hold=timedelta(seconds=30), priority=Priority.URGENT).at == NOW


def test_a_throttled_watch_speaks_again_when_its_time_is_over_and_all_that_came_meanwhile_comes_with_it() -> None:
    hour, end = timedelta(hours=1), NOW + timedelta(minutes=40)
    first = alone(throttle=hour, last={HEARD: NOW - timedelta(minutes=20)})
    assert (first.at, first.reason) == (end, Reason.THROTTLED)
    assert alone(throttle=hour, last={HEARD: end}).at == end
    assert alone(throttle=hour, last={HEARD: NOW - hour}).reason is Reason.MATCHED
    assert alone(throttle=hour).at == NOW


def test_the_first_alerts_of_a_storm_come_one_by_one_and_the_others_together() -> None:
    assert alone(recent={HEARD: FLOOD_LIMIT - 1}).reason is Reason.MATCHED
    gathered = alone(recent={HEARD: FLOOD_LIMIT}, last={HEARD: NOW})
    assert (gathered.at, gathered.reason) == (NOW + FLOOD_WAIT, Reason.FLOOD)
    assert alone(recent={HEARD: FLOOD_LIMIT + 1}, last={HEARD: NOW + FLOOD_WAIT}).at == NOW + FLOOD_WAIT


def test_a_digest_waits_for_its_time_of_day_in_the_readers_zone() -> None:
    times = (DigestTime(time(7, 30)), DigestTime(time(18)))
    found = alone(digest=times, zone=BERLIN, now=berlin("2026-11-24 09:00"))
    assert (found.at, found.reason) == (berlin("2026-11-24 18:00"), Reason.DIGEST)
    assert alone(digest=times, zone=BERLIN, now=berlin("2026-11-24 18:00")).at == berlin("2026-11-25 07:30")
    assert alone(digests={"slack": times}, now=berlin("2026-11-24 09:00"), zone=BERLIN).reason is Reason.DIGEST
    assert alone(digests={"email": times}).at == NOW
    assert alone(digests={"slack": times}, priority=Priority.URGENT).at == NOW


def test_quiet_hours_let_only_urgent_news_through() -> None:
    late = berlin("2026-11-24 23:10")
    found = alone(quiet=NIGHT, zone=BERLIN, now=late)
    assert (found.at, found.reason) == (berlin("2026-11-25 06:30"), Reason.QUIET)
    assert alone(quiet=NIGHT, zone=BERLIN, now=late, priority=Priority.URGENT).at == late
    assert alone(quiet=NIGHT, zone=BERLIN, now=berlin("2026-11-24 06:30")).reason is Reason.MATCHED
    assert alone(quiet=(time(12), time(13)), zone=BERLIN, now=berlin("2026-11-24 12:59")).reason is Reason.QUIET


def test_what_is_put_off_into_the_quiet_hours_waits_for_their_end() -> None:
    found = alone(hold=timedelta(minutes=30), quiet=NIGHT, zone=BERLIN, now=berlin("2026-11-24 21:45"))
    assert (found.at, found.reason) == (berlin("2026-11-25 06:30"), Reason.QUIET)


@pytest.mark.parametrize(
    "now, due",
    [
        ("2026-03-29 01:59", "2026-03-29 03:30"),  # 02:30 does not exist: an hour later
        ("2026-10-25 01:59", "2026-10-25 02:30"),  # 02:30 comes twice: the first counts
        ("2026-10-25 02:45", "2026-10-26 02:30"),
    ],
)
def test_a_time_of_day_comes_once_in_the_nights_when_clocks_change(now: str, due: str) -> None:
    assert next_time_of_day(berlin(now), (time(2, 30),), BERLIN) == berlin(due)


@pytest.mark.parametrize(
    "kind, name, hushed",
    [("watch", "H200", True), ("watch", "Qwen", False), ("story", "7", True), ("story", "8", False),
     ("feed", "first", True), ("feed", "second", False), ("term", "H200", True), ("term", "GPU", False)],
)  # fmt: skip
def test_a_mute_hushes_its_watch_story_feed_or_term(kind: str, name: str, hushed: bool) -> None:
    match = Match("H200", (Hit("title", "H200", 0, 4, "H200"),))
    mute = Mute(1, kind, name, NOW + timedelta(hours=1))
    found = alone(match, kin=COPY, feed="first", mutes=[mute])
    assert (found.reason is Reason.MUTED, found.at is None) == (hushed, hushed)


def test_a_muted_term_hushes_only_what_rests_on_it_alone() -> None:
    both = Match("H200", (Hit("title", "H200", 0, 4, "H200"), Hit("title", "GPU", 5, 8, "GPU")))
    assert alone(both, mutes=[Mute(1, "term", "GPU", NOW)]).at == NOW


def test_what_is_not_to_be_told_is_never_put_off_instead() -> None:
    found = alone(digest=(DigestTime(time(7)),), quiet=NIGHT, past=past({HEARD}), kin=COPY)
    assert (found.at, found.reason) == (None, Reason.COPY)


@given(
    minutes=st.integers(0, 366 * 24 * 60),
    quiet=st.none() | st.tuples(st.times(), st.times()).filter(lambda pair: pair[0] != pair[1]),
    digest=st.lists(st.builds(DigestTime, st.times(), st.just(EVERY_DAY)), max_size=2).map(tuple),
    hold=st.none() | st.timedeltas(timedelta(0), timedelta(hours=2)),
)
def test_nothing_is_told_early_dropped_or_put_off_by_more_than_two_days(
    minutes: int, quiet: QuietHours | None, digest: tuple[DigestTime, ...], hold: timedelta | None
) -> None:
    at = NOW + timedelta(minutes=minutes)
    found = alone(now=at, quiet=quiet, digest=digest, hold=hold, zone=BERLIN)
    assert found.at is not None and at <= found.at <= at + timedelta(hours=54)
    assert quiet is None or quiet_until(found.at, quiet, BERLIN) is None
