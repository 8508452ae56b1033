"""Who is told, when, why; and when to try again."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerts.policy import MAX_UPDATES, NO_ADDRESS, UPDATE_WINDOW, DecisionContext, decide_intents
from monitor.core.alerts.retry import (
    DELIVERY_EXPIRY,
    MAX_RETRY_AFTER_SECONDS,
    MAX_RETRY_SECONDS,
    MIN_RETRY_SECONDS,
    retry_at,
)
from monitor.core.model.alerts import (
    Address,
    Answer,
    DeliveryState,
    DigestTime,
    Intent,
    PastAlert,
    Priority,
    Reason,
    Route,
)
from monitor.core.model.articles import Match, Relation, StoryRelation

NOW = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)
SLACK, ANNA, BEN = Address("slack"), Address("email", "anna@example.org"), Address("email", "ben@example.org")
NEW, COPY = (
    StoryRelation(Relation.NEW, "nothing like it"),
    StoryRelation(Relation.COPY, "same words", story=7, article=3),
)
EDIT = StoryRelation(Relation.VERSION, "article #3 with other words", story=7, article=3)
CHIPS, IPO = Match("H200", ()), Match("T-Head IPO", ())


def past(
    alerted: Collection[tuple[str, Address]],
    state: DeliveryState = DeliveryState.SENT,
    *,
    due: datetime | None = NOW,
    reason: Reason = Reason.MATCHED,
    revised: str = "",
    decided: datetime = NOW,
) -> list[PastAlert]:
    """One alert of the story for each watch and address."""
    return [PastAlert(watch, address, reason, state, decided, due, revised) for watch, address in sorted(alerted)]


def intents(
    matches: tuple[Match, ...] = (CHIPS,),
    addresses: tuple[Address, ...] = (SLACK,),
    *,
    kin: StoryRelation = NEW,
    told: frozenset[tuple[str, Address]] = frozenset(),
    baseline: bool = False,
    backfill: bool = False,
) -> tuple[Intent, ...]:
    routes = {
        "H200": Route("H200", addresses, Priority.HIGH),
        "T-Head IPO": Route("T-Head IPO", addresses, Priority.URGENT),
    }
    return decide_intents(
        matches, routes, DecisionContext(kin, NOW, past=past(told), baseline=baseline, backfill=backfill)
    )


def test_a_match_is_told_to_every_address_at_once() -> None:
    assert intents((CHIPS, IPO), (SLACK, ANNA)) == (
        Intent("H200", SLACK, Reason.MATCHED, Priority.HIGH, NOW),
        Intent("H200", ANNA, Reason.MATCHED, Priority.HIGH, NOW),
        Intent("T-Head IPO", SLACK, Reason.MATCHED, Priority.URGENT, NOW),
        Intent("T-Head IPO", ANNA, Reason.MATCHED, Priority.URGENT, NOW),
    )


def test_a_match_that_nobody_hears_is_kept_with_its_reason() -> None:
    assert intents(addresses=()) == (Intent("H200", NO_ADDRESS, Reason.NO_CHANNEL, Priority.HIGH, None),)


def test_a_watch_that_was_just_removed_has_nobody_to_tell() -> None:
    assert intents((Match("gone", ()),)) == (Intent("gone", NO_ADDRESS, Reason.NO_CHANNEL, Priority.NORMAL, None),)


def test_an_address_named_twice_hears_once() -> None:
    assert len(intents(addresses=(SLACK, SLACK))) == 1


def test_the_first_sight_of_a_feed_is_not_told() -> None:
    (intent,) = intents(baseline=True)
    assert (intent.reason, intent.at) == (Reason.BASELINE, None)


def test_a_backfill_is_told_and_says_so() -> None:
    (intent,) = intents(baseline=True, backfill=True)
    assert (intent.reason, intent.at) == (Reason.BACKFILL, NOW)


def test_backfill_means_nothing_after_the_first_sight() -> None:
    (intent,) = intents(backfill=True)
    assert (intent.reason, intent.at) == (Reason.MATCHED, NOW)


def test_a_copy_of_a_told_story_is_not_told_again() -> None:
    (intent,) = intents(kin=COPY, told=frozenset({("H200", SLACK)}))
    assert (intent.reason, intent.at) == (Reason.COPY, None)


def test_an_article_that_was_told_is_not_told_again_when_it_changes() -> None:
    (intent,) = intents(told=frozenset({("H200", SLACK)}))
    assert (intent.reason, intent.at) == (Reason.ALREADY_SENT, None)


def test_a_copy_is_told_where_its_story_never_was() -> None:
    """Otherwise both copies vanish: the first as a baseline, the second as a copy of it."""
    assert [intent.at for intent in intents(kin=COPY)] == [NOW]


def test_an_address_that_was_alerted_by_one_watch_is_not_alerted_to_a_copy_by_another() -> None:
    told = frozenset({("H200", ANNA), ("T-Head IPO", SLACK)})
    got = intents((CHIPS, IPO), (SLACK, ANNA, BEN), kin=COPY, told=told)
    assert {(one.watch, one.address): one.reason for one in got if one.at is None} == {
        ("H200", ANNA): Reason.COPY,
        ("T-Head IPO", SLACK): Reason.COPY,
        ("H200", SLACK): Reason.ALREADY_SENT,
        ("T-Head IPO", ANNA): Reason.ALREADY_SENT,
    }
    assert {(one.watch, one.address) for one in got if one.at == NOW} == {("H200", BEN), ("T-Head IPO", BEN)}


def test_nobody_to_tell_is_the_reason_even_on_first_sight() -> None:
    assert [one.reason for one in intents(addresses=(), baseline=True)] == [Reason.NO_CHANNEL]


@given(
    watches=st.lists(st.sampled_from([CHIPS, IPO, Match("gone", ())]), max_size=4),
    addresses=st.lists(st.sampled_from([SLACK, ANNA, BEN]), max_size=4),
    told=st.frozensets(st.tuples(st.sampled_from(["H200", "T-Head IPO"]), st.sampled_from([SLACK, ANNA, BEN]))),
    kin=st.sampled_from([NEW, COPY]),
    baseline=st.booleans(),
    backfill=st.booleans(),
)
def test_every_match_is_in_the_ledger_and_a_send_is_never_early(
    watches: list[Match],
    addresses: list[Address],
    told: frozenset[tuple[str, Address]],
    kin: StoryRelation,
    baseline: bool,
    backfill: bool,
) -> None:
    got = intents(tuple(watches), tuple(addresses), kin=kin, told=told, baseline=baseline, backfill=backfill)
    assert {one.watch for one in got} == {match.watch for match in watches}
    for one in got:
        sent = one.reason in (Reason.MATCHED, Reason.BACKFILL)
        assert sent == (one.at is not None) and one.at in (None, NOW)
        assert not (sent and one.address in {address for _, address in told})


HOUR = timedelta(hours=1)
BOTH = frozenset({("H200", SLACK)})


def pair(first: Route, second: Route, **around: Any) -> list[tuple[datetime | None, Reason]]:
    """Time and reason of two watches that match one article."""
    routes = {"H200": replace(first, watch="H200"), "T-Head IPO": replace(second, watch="T-Head IPO")}
    found = decide_intents((CHIPS, IPO), routes, DecisionContext(around.pop("relation", NEW), NOW, **around))
    return [(one.at, one.reason) for one in found]


def route(priority: Priority = Priority.NORMAL, **options: Any) -> Route:
    return Route("", (SLACK,), priority, **options)


def test_all_watches_of_an_article_are_alerted_at_the_time_of_the_earliest_with_its_reason() -> None:
    at_once, held = (NOW, Reason.MATCHED), (NOW + HOUR / 2, Reason.HELD)
    assert pair(route(hold=HOUR), route()) == [at_once, at_once]
    assert pair(route(hold=HOUR), route(hold=HOUR / 2)) == [held, held]
    assert pair(route(digest=(DigestTime(time(18)),)), route(hold=HOUR / 2)) == [held, held]
    assert pair(route(hold=HOUR), route(Priority.URGENT)) == [at_once, at_once]
    elsewhere = Route("", (ANNA,), hold=HOUR)
    assert pair(elsewhere, route())[0] == (NOW + HOUR, Reason.HELD)


def test_an_urgent_watch_passes_its_own_hold_throttle_and_flood() -> None:
    urgent = Route(
        "T-Head IPO", (SLACK,), Priority.URGENT, hold=HOUR, throttle=HOUR, digests={"slack": (DigestTime(time(18)),)}
    )
    key = ("T-Head IPO", SLACK)
    context = DecisionContext(NEW, NOW, recent={key: 99}, last={key: NOW}, quiet=(time(0), time(23)))
    [one] = decide_intents((IPO,), {"T-Head IPO": urgent}, context)
    assert (one.at, one.reason) == (NOW, Reason.MATCHED)


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.RETRY, DeliveryState.AMBIGUOUS])
def test_a_watch_joins_an_alert_of_another_that_waits(state: DeliveryState) -> None:
    def joined(own: Route, due: datetime, reason: Reason = Reason.DIGEST) -> tuple[datetime | None, Reason]:
        context = DecisionContext(COPY, NOW, past=past(BOTH, state, due=due, reason=reason))
        [one] = decide_intents((IPO,), {"T-Head IPO": replace(own, watch="T-Head IPO")}, context)
        return one.at, one.reason

    assert joined(route(), NOW + HOUR) == (NOW, Reason.MATCHED)  # the claim takes the waiting one along
    assert joined(route(Priority.URGENT), NOW + HOUR) == (NOW, Reason.MATCHED)
    assert joined(route(hold=2 * HOUR), NOW + HOUR) == (NOW + HOUR, Reason.DIGEST)
    assert joined(route(hold=HOUR / 2), NOW + HOUR) == (NOW + HOUR / 2, Reason.HELD)
    assert joined(route(hold=HOUR), NOW - HOUR) == (NOW, Reason.DIGEST)  # overdue
    assert joined(route(hold=HOUR), NOW, Reason.UPDATE) == (NOW, Reason.MATCHED)


@pytest.mark.parametrize(
    ("state", "sent"),
    [(DeliveryState.SENT, False), (DeliveryState.CLAIMED, False), (DeliveryState.SENDING, False),
     (DeliveryState.DEAD, True), (DeliveryState.EXPIRED, True), (DeliveryState.DROPPED, True)],
)  # fmt: skip
def test_another_watch_is_alerted_to_a_copy_only_where_no_message_arrived_or_may_arrive(
    state: DeliveryState, sent: bool
) -> None:
    context = DecisionContext(COPY, NOW, past=past(BOTH, state))
    [one] = decide_intents((IPO,), {"T-Head IPO": Route("T-Head IPO", (SLACK,))}, context)
    assert (one.at, one.reason) == ((NOW, Reason.MATCHED) if sent else (None, Reason.ALREADY_SENT))
    held = DecisionContext(COPY, NOW, past=past(BOTH, DeliveryState.AMBIGUOUS, due=None))
    assert decide_intents((IPO,), {"T-Head IPO": Route("T-Head IPO", (SLACK,))}, held)[0].at is None


def test_a_word_that_is_new_in_an_edit_is_an_update_and_joins_the_first_alert_while_that_waits() -> None:
    def edit(state: DeliveryState, **more: Any) -> Intent:
        context = DecisionContext(EDIT, NOW, past=past(BOTH, state, due=NOW + HOUR), **more)
        return decide_intents((IPO,), {"T-Head IPO": Route("T-Head IPO", (SLACK,), hold=2 * HOUR)}, context)[0]

    update, joined = edit(DeliveryState.SENT), edit(DeliveryState.PENDING)
    assert (update.revised, update.at, update.reason) == ("update", NOW + 2 * HOUR, Reason.HELD)
    assert (joined.revised, joined.at) == ("", NOW + HOUR)
    correction = edit(DeliveryState.SENT, corrects=True)
    assert (correction.revised, correction.at, correction.priority) == ("correction", NOW, Priority.URGENT)


def test_a_waiting_update_makes_no_first_alert_of_a_watch_that_comes_later() -> None:
    earlier = past(BOTH, decided=NOW - HOUR) + past(BOTH, DeliveryState.PENDING, due=NOW + HOUR, revised="update")
    routes = {"T-Head IPO": Route("T-Head IPO", (SLACK,))}
    edit = decide_intents((IPO,), routes, DecisionContext(EDIT, NOW, past=earlier))
    copy = decide_intents((IPO,), routes, DecisionContext(COPY, NOW, past=earlier))
    assert [(one.revised, one.at) for one in (*edit, *copy)] == [("update", NOW), ("", None)]


def test_updates_are_counted_per_address_and_day_and_those_of_one_message_once() -> None:
    def edited(alerts: list[PastAlert], address: Address = SLACK, watch: str = "H200") -> Reason:
        context = DecisionContext(EDIT, NOW, past=alerts, known=("H200", "T-Head IPO"))
        return decide_intents((Match(watch, ()),), {watch: Route(watch, (address,))}, context)[0].reason

    two = frozenset({("H200", SLACK), ("T-Head IPO", SLACK), ("H200", ANNA)})

    def updates(count: int, first: timedelta = timedelta(0), word: str = "update") -> list[PastAlert]:
        dates = (NOW - first - HOUR * number for number in range(count))
        return past(two) + [one for at in dates for one in past(two - {("H200", ANNA)}, revised=word, decided=at)]

    assert edited(updates(MAX_UPDATES - 1)) is Reason.UPDATE
    assert edited(updates(MAX_UPDATES)) is edited(updates(MAX_UPDATES), watch="T-Head IPO") is Reason.ALREADY_SENT
    assert edited(updates(MAX_UPDATES), ANNA) is Reason.UPDATE  # another address
    assert edited(updates(MAX_UPDATES, UPDATE_WINDOW)) is Reason.UPDATE  # yesterday
    assert edited(updates(9, word="correction")) is Reason.UPDATE
    assert edited(updates(9, -timedelta(days=9))) is Reason.UPDATE  # from before the clock was set back
    assert edited(updates(0), BEN) is Reason.ALREADY_SENT  # was never alerted to the article


def again(
    attempts: int = 0,
    answer: Answer = Answer.REFUSED_FOR_NOW,
    *,
    age: timedelta = timedelta(),
    retry_after: float | None = None,
    jitter: float = 1.0,
) -> float | None:
    at = retry_at(NOW - age, attempts, answer, NOW, retry_after=retry_after, jitter=jitter)
    return None if at is None else (at - NOW).total_seconds()


@pytest.mark.parametrize("answer", [Answer.NOT_SENT, Answer.REFUSED_FOR_NOW, Answer.AMBIGUOUS])
def test_a_failure_that_may_pass_is_tried_again(answer: Answer) -> None:
    assert again(answer=answer) == 5.0


@pytest.mark.parametrize("answer", [Answer.OK, Answer.REFUSED_FOR_GOOD])
def test_what_cannot_get_better_is_not_tried_again(answer: Answer) -> None:
    assert again(answer=answer) is None
    assert again(answer=answer, retry_after=3) is None


def test_the_step_doubles_up_to_a_quarter_of_an_hour() -> None:
    assert [again(n) for n in range(9)] == [5, 10, 20, 40, 80, 160, 320, 640, MAX_RETRY_SECONDS]
    assert again(10**6) == MAX_RETRY_SECONDS


def test_jitter_spreads_over_the_whole_step_but_never_below_a_second() -> None:
    assert (again(3, jitter=0.0), again(3, jitter=0.5), again(3, jitter=1.0)) == (MIN_RETRY_SECONDS, 20, 40)


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        (7, 7),
        (0, MIN_RETRY_SECONDS),
        (-5, MIN_RETRY_SECONDS),
        (10**9, MAX_RETRY_AFTER_SECONDS),
        (math.inf, MAX_RETRY_AFTER_SECONDS),
    ],
)
def test_retry_after_wins_within_reason(asked: float, granted: float) -> None:
    assert again(9, retry_after=asked, jitter=0.0) == granted


def test_a_retry_after_that_is_no_number_is_ignored() -> None:
    assert again(retry_after=math.nan) == 5.0


def test_after_two_days_it_is_given_up() -> None:
    assert again(age=DELIVERY_EXPIRY) is None
    assert again(age=DELIVERY_EXPIRY, retry_after=60) is None
    assert again(age=DELIVERY_EXPIRY - timedelta(seconds=1)) == 5.0


def test_a_clock_that_went_back_does_not_give_up() -> None:
    assert again(age=timedelta(days=-1)) == 5.0


@given(
    attempts=st.integers(0, 2000),
    answer=st.sampled_from(Answer),
    age=st.timedeltas(timedelta(days=-3), timedelta(days=3)),
    retry_after=st.none() | st.floats(),
    jitter=st.floats(0, 1),
)
def test_a_next_attempt_is_within_six_hours_or_never(
    attempts: int, answer: Answer, age: timedelta, retry_after: float | None, jitter: float
) -> None:
    wait = again(attempts, answer, age=age, retry_after=retry_after, jitter=jitter)
    if answer in (Answer.OK, Answer.REFUSED_FOR_GOOD) or age >= DELIVERY_EXPIRY:
        assert wait is None
    else:
        assert wait is not None and MIN_RETRY_SECONDS <= wait <= MAX_RETRY_AFTER_SECONDS
        assert retry_after is not None or wait <= MAX_RETRY_SECONDS
