"""Who is told, when, why; and when to try again."""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerts.policy import NO_ADDRESS, DecisionContext, decide_intents
from monitor.core.alerts.retry import (
    DELIVERY_EXPIRY,
    MAX_RETRY_AFTER_SECONDS,
    MAX_RETRY_SECONDS,
    MIN_RETRY_SECONDS,
    retry_at,
)
from monitor.core.model.alerts import Address, Answer, DeliveryState, Intent, PastAlert, Priority, Reason, Route
from monitor.core.model.articles import Match, Relation, StoryRelation

NOW = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)
SLACK, ANNA, BEN = Address("slack"), Address("email", "anna@example.org"), Address("email", "ben@example.org")
NEW, COPY = (
    StoryRelation(Relation.NEW, "nothing like it"),
    StoryRelation(Relation.COPY, "same words", story=7, article=3),
)
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
