"""The life of a subscription: asked, verified, renewed in time, denied, left; and when its pushes are relied on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.websub import subscription
from monitor.core.websub.subscription import RSSCLOUD, Stand, Subscription

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HERE = "https://alerts.example.org/push/"
WANTED = Subscription("first", "https://hub.example/", "https://first.example/rss", next_at=NOW, token="t", secret="s")
ASKED = subscription.ask(WANTED, HERE, NOW)
ACTIVE = subscription.activated(ASKED, NOW, timedelta(days=10))
PROVEN = subscription.pushed(ACTIVE, NOW + timedelta(minutes=1))
LEASES = st.timedeltas(subscription.SHORTEST, subscription.LONGEST)
LATER = st.timedeltas(timedelta(0), timedelta(days=200))


def second(**changes: object) -> Subscription:
    """The same feed at another hub, which it names later."""
    return replace(WANTED, hub="https://other.example/", rank=1, **changes)  # type: ignore[arg-type]


@given(LEASES)
def test_a_lease_is_renewed_after_two_thirds_or_23_hours_before_its_end_whichever_is_later(lease: timedelta) -> None:
    at = subscription.renewal(NOW, lease)
    assert NOW < at < NOW + lease
    assert at == max(NOW + lease * 2 / 3, NOW + lease - timedelta(hours=23))


@pytest.mark.parametrize(
    ("said", "lease"),
    [
        ("3600", timedelta(hours=1)),
        ("60", timedelta(minutes=5)),
        ("0", timedelta(minutes=5)),
        ("99999999", timedelta(days=90)),
        ("9" * 400, timedelta(days=90)),
        ("", subscription.LEASE),
        ("-5", subscription.LEASE),
        ("1e9", subscription.LEASE),
        ("٣٠٠", subscription.LEASE),
    ],
)
def test_what_a_hub_grants_is_taken_within_five_minutes_and_ninety_days(said: str, lease: timedelta) -> None:
    assert subscription.granted(said) == lease


@given(st.text())
def test_no_lease_is_insane(said: str) -> None:
    assert subscription.SHORTEST <= subscription.granted(said) <= subscription.LONGEST


def test_asking_is_noted_before_it_is_done_and_keeps_others_from_asking() -> None:
    assert subscription.due([WANTED], HERE, NOW) == [WANTED]
    assert (ASKED.state, ASKED.asked_at, ASKED.callback) == (Stand.ASKED, NOW, HERE)
    assert subscription.due([ASKED], HERE, NOW) == []


def test_a_hub_that_does_not_ask_back_is_asked_again_and_again_more_seldom() -> None:
    one, now, waits = ASKED, NOW, []
    for _ in range(12):
        assert one.next_at
        waits.append(one.next_at - now)
        now = one.next_at
        assert subscription.due([one], HERE, now) == [one]
        one = subscription.ask(one, HERE, now)
    assert one.failures == 12 and one.error == "the hub was asked and did not ask back"
    assert waits == sorted(waits) and waits[-1] == subscription.SELDOM


def test_the_first_hub_that_works_is_subscribed_to_and_no_other() -> None:
    other = second()
    assert subscription.due([WANTED, other], HERE, NOW) == [WANTED]
    assert subscription.due([ASKED, other], HERE, NOW) == []
    assert subscription.due([ACTIVE, other], HERE, NOW + timedelta(days=1)) == []
    failed = subscription.refused(ASKED, "503", NOW)
    assert subscription.due([failed, other], HERE, NOW) == [other]
    silent = NOW + subscription.PATIENCE
    assert subscription.due([ASKED, other], HERE, silent) == [other]
    no = subscription.denied(ASKED, "", NOW)
    assert subscription.due([no, replace(other, failures=3)], HERE, NOW + timedelta(days=30))[0].hub == other.hub


@given(LEASES, LATER)
def test_a_hub_that_pushes_is_asked_only_to_renew(lease: timedelta, later: timedelta) -> None:
    active = subscription.activated(ASKED, NOW, lease)
    now = NOW + later
    asked = subscription.due([active, second(next_at=now)], HERE, now)
    if later < lease:
        assert asked == ([active] if now >= subscription.renewal(NOW, lease) else [])
    else:
        assert len(asked) == 1


def test_a_renewal_that_fails_leaves_the_lease_as_it_is_and_is_tried_again_before_its_end() -> None:
    at = subscription.renewal(NOW, timedelta(days=10))
    failed = subscription.refused(subscription.ask(PROVEN, HERE, at), "503", at)
    assert failed.state is Stand.ACTIVE and failed.proven_at == PROVEN.proven_at
    assert failed.next_at and failed.expires_at and failed.next_at < failed.expires_at


@given(st.integers(0, 400), st.floats(0, 1e9))
def test_a_refusal_costs_a_minute_to_a_day(failures: int, wait: float) -> None:
    failed = subscription.refused(replace(ASKED, failures=failures), "no", NOW, wait)
    assert failed.next_at and subscription.AGAIN <= failed.next_at - NOW <= timedelta(days=1)
    assert failed.state is Stand.WANTED


def test_a_hub_that_says_no_is_asked_again_much_later() -> None:
    no = subscription.denied(PROVEN, "not here", NOW)
    assert (no.state, no.error, no.proven_at) == (Stand.DENIED, "the hub says no: not here", None)
    assert no.next_at == NOW + timedelta(days=1)
    assert subscription.denied(replace(no, failures=9), "", NOW).next_at == NOW + timedelta(days=7)
    assert subscription.due([no], HERE, NOW + timedelta(hours=23)) == []


def test_another_address_of_ours_is_another_subscription() -> None:
    there = "https://new.example.org/push/"
    assert subscription.due([PROVEN], there, NOW) == [PROVEN]
    asked = subscription.ask(PROVEN, there, NOW)
    assert (asked.state, asked.callback, asked.expires_at, asked.proven_at) == (Stand.ASKED, there, None, None)
    assert subscription.due([asked], there, NOW) == []


def test_goodbye_is_said_where_somebody_was_asked_three_times_at_most() -> None:
    assert subscription.unwanted(WANTED, NOW).next_at is None
    gone = subscription.unwanted(PROVEN, NOW)
    assert (gone.state, gone.next_at, gone.proven_at) == (Stand.UNWANTED, NOW, None)
    one = gone
    for _ in range(subscription.GOODBYES):
        assert one.next_at
        one = subscription.refused(subscription.ask(one, HERE, one.next_at), "no", one.next_at)
    assert one.next_at is None
    assert subscription.accepted(subscription.ask(gone, "https://new.example.org/", NOW), NOW).next_at is None
    assert subscription.ask(gone, "https://new.example.org/", NOW).callback == HERE
    assert subscription.denied(gone, "", NOW).state is Stand.UNWANTED
    assert subscription.unwanted(gone, NOW + timedelta(1)) == gone


def test_goodbye_to_one_hub_does_not_wait_for_another() -> None:
    gone = subscription.unwanted(second(asked_at=NOW), NOW)
    assert subscription.due([WANTED, gone], HERE, NOW) == [gone, WANTED]


def test_a_feed_that_came_back_is_wanted_again() -> None:
    back = subscription.wanted(subscription.unwanted(PROVEN, NOW), NOW)
    assert (back.state, back.next_at, back.expires_at) == (Stand.WANTED, NOW, None)
    assert subscription.wanted(PROVEN, NOW) == PROVEN


def test_a_cloud_means_yes_by_its_answer_and_is_asked_again_after_a_day() -> None:
    cloud = subscription.accepted(replace(ASKED, kind=RSSCLOUD), NOW)
    assert (cloud.state, cloud.expires_at) == (Stand.ACTIVE, NOW + timedelta(hours=25))
    assert cloud.next_at == NOW + timedelta(hours=24)
    assert subscription.accepted(ASKED, NOW) == ASKED


EVERY = timedelta(minutes=5)


def test_polls_slow_down_only_after_a_push_and_never_past_the_lease() -> None:
    now = NOW + timedelta(minutes=2)
    assert subscription.pause(None, EVERY, now) == subscription.pause(ACTIVE, EVERY, now) == timedelta(0)
    assert subscription.pause(PROVEN, EVERY, now) == timedelta(minutes=30)
    assert subscription.pause(PROVEN, timedelta(hours=1), now) == timedelta(hours=1)
    ending = replace(PROVEN, expires_at=now + timedelta(minutes=7))
    assert subscription.pause(ending, EVERY, now) == timedelta(minutes=7)
    assert subscription.pause(ending, EVERY, now + timedelta(minutes=7)) == timedelta(0)


@given(LEASES, LATER, st.timedeltas(timedelta(seconds=1), timedelta(days=1)))
def test_a_slow_poll_is_never_later_than_the_end_of_the_lease(
    lease: timedelta, later: timedelta, every: timedelta
) -> None:
    one = subscription.pushed(subscription.activated(ASKED, NOW, lease), NOW)
    pause = subscription.pause(one, every, NOW + later)
    assert timedelta(0) <= pause <= max(every, subscription.SLOW)
    assert later + pause <= max(later, lease)


@pytest.mark.parametrize("step", [subscription.distrusted, lambda one: subscription.pinged(one, NOW)])
def test_trust_is_lost_until_the_next_push_that_can_be_read(step: subscription.Step) -> None:
    doubted = step(PROVEN)
    assert subscription.pause(doubted, EVERY, NOW) == timedelta(0)
    assert subscription.pause(subscription.pushed(doubted, NOW), EVERY, NOW) == timedelta(minutes=30)


def test_a_push_proves_anew_after_a_lease_had_ended_and_not_after_a_renewal() -> None:
    again = PROVEN.expires_at
    assert again and subscription.activated(PROVEN, again, timedelta(days=1)).proven_at is None
    renewed = subscription.activated(PROVEN, again - timedelta(hours=1), timedelta(days=1))
    assert renewed.proven_at == PROVEN.proven_at


def test_a_poll_that_finds_what_no_push_brought_is_told_from_one_that_came_first() -> None:
    assert not subscription.missed([], NOW)
    assert not subscription.missed([NOW - timedelta(seconds=90)], NOW)
    assert subscription.missed([NOW - timedelta(seconds=90), NOW - timedelta(minutes=3)], NOW)
    assert subscription.missed([None], NOW)


def test_what_was_not_signed_is_counted_and_changes_nothing_else() -> None:
    after = subscription.discarded(PROVEN)
    assert after.discarded == 1 and replace(after, discarded=0, error=None) == PROVEN
