"""The life of a subscription: asked, verified, renewed in time, denied, left; and when its pushes are relied on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.websub import subscription
from monitor.core.websub.subscription import RSSCLOUD, Subscription, SubscriptionState

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HERE = "https://alerts.example.org/push/"
WANTED = Subscription("first", "https://hub.example/", "https://first.example/rss", next_at=NOW, token="t", secret="s")
ASKED = subscription.mark_asked(WANTED, HERE, NOW)
ACTIVE = subscription.activate_lease(ASKED, NOW, timedelta(days=10))
PROVEN = subscription.record_push(ACTIVE, NOW + timedelta(minutes=1))
LEASES = st.timedeltas(subscription.MIN_LEASE, subscription.MAX_LEASE)
LATER = st.timedeltas(timedelta(0), timedelta(days=200))


def second(**changes: object) -> Subscription:
    """The same feed at another hub, which it names later."""
    return replace(WANTED, hub="https://other.example/", rank=1, **changes)  # type: ignore[arg-type]


@given(LEASES)
def test_a_lease_is_renewed_after_two_thirds_or_23_hours_before_its_end_whichever_is_later(lease: timedelta) -> None:
    at = subscription.renewal_time(NOW, lease)
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
        ("", subscription.REQUESTED_LEASE),
        ("-5", subscription.REQUESTED_LEASE),
        ("1e9", subscription.REQUESTED_LEASE),
        ("٣٠٠", subscription.REQUESTED_LEASE),
    ],
)
def test_what_a_hub_grants_is_taken_within_five_minutes_and_ninety_days(said: str, lease: timedelta) -> None:
    assert subscription.parse_lease(said) == lease


@given(st.text())
def test_no_lease_is_insane(said: str) -> None:
    assert subscription.MIN_LEASE <= subscription.parse_lease(said) <= subscription.MAX_LEASE


def test_asking_is_noted_before_it_is_done_and_keeps_others_from_asking() -> None:
    assert subscription.due_subscriptions([WANTED], HERE, NOW) == [WANTED]
    assert (ASKED.state, ASKED.asked_at, ASKED.callback) == (SubscriptionState.ASKED, NOW, HERE)
    assert subscription.due_subscriptions([ASKED], HERE, NOW) == []


def test_a_hub_that_does_not_ask_back_is_asked_again_and_again_more_seldom() -> None:
    one, now, waits = ASKED, NOW, []
    for _ in range(12):
        assert one.next_at
        waits.append(one.next_at - now)
        now = one.next_at
        assert subscription.due_subscriptions([one], HERE, now) == [one]
        one = subscription.mark_asked(one, HERE, now)
    assert one.failures == 12 and one.error == "the hub was asked and did not ask back"
    assert waits == sorted(waits) and waits[-1] == subscription.RETRY_DELAYS[1]


def test_the_first_hub_that_works_is_subscribed_to_and_no_other() -> None:
    other = second()
    assert subscription.due_subscriptions([WANTED, other], HERE, NOW) == [WANTED]
    assert subscription.due_subscriptions([ASKED, other], HERE, NOW) == []
    assert subscription.due_subscriptions([ACTIVE, other], HERE, NOW + timedelta(days=1)) == []
    failed = subscription.mark_refused(ASKED, "503", NOW)
    assert subscription.due_subscriptions([failed, other], HERE, NOW) == [other]
    silent = NOW + subscription.VERIFICATION_TIMEOUT
    assert subscription.due_subscriptions([ASKED, other], HERE, silent) == [other]
    no = subscription.mark_denied(ASKED, "", NOW)
    assert (
        subscription.due_subscriptions([no, replace(other, failures=3)], HERE, NOW + timedelta(days=30))[0].hub
        == other.hub
    )


@given(LEASES, LATER)
def test_a_hub_that_pushes_is_asked_only_to_renew(lease: timedelta, later: timedelta) -> None:
    active = subscription.activate_lease(ASKED, NOW, lease)
    now = NOW + later
    asked = subscription.due_subscriptions([active, second(next_at=now)], HERE, now)
    if later < lease:
        assert asked == ([active] if now >= subscription.renewal_time(NOW, lease) else [])
    else:
        assert len(asked) == 1


def test_a_renewal_that_fails_leaves_the_lease_as_it_is_and_is_tried_again_before_its_end() -> None:
    at = subscription.renewal_time(NOW, timedelta(days=10))
    failed = subscription.mark_refused(subscription.mark_asked(PROVEN, HERE, at), "503", at)
    assert failed.state is SubscriptionState.ACTIVE and failed.proven_at == PROVEN.proven_at
    assert failed.next_at and failed.expires_at and failed.next_at < failed.expires_at


@given(st.integers(0, 400), st.floats(0, 1e9))
def test_a_refusal_costs_a_minute_to_a_day(failures: int, wait: float) -> None:
    failed = subscription.mark_refused(replace(ASKED, failures=failures), "no", NOW, wait)
    assert failed.next_at and subscription.RETRY_DELAYS[0] <= failed.next_at - NOW <= timedelta(days=1)
    assert failed.state is SubscriptionState.WANTED


def test_a_hub_that_says_no_is_asked_again_much_later() -> None:
    no = subscription.mark_denied(PROVEN, "not here", NOW)
    assert (no.state, no.error, no.proven_at) == (SubscriptionState.DENIED, "the hub says no: not here", None)
    assert no.next_at == NOW + timedelta(days=1)
    assert subscription.mark_denied(replace(no, failures=9), "", NOW).next_at == NOW + timedelta(days=7)
    assert subscription.due_subscriptions([no], HERE, NOW + timedelta(hours=23)) == []


def test_another_address_of_ours_is_another_subscription() -> None:
    there = "https://new.example.org/push/"
    assert subscription.due_subscriptions([PROVEN], there, NOW) == [PROVEN]
    asked = subscription.mark_asked(PROVEN, there, NOW)
    assert (asked.state, asked.callback, asked.expires_at, asked.proven_at) == (
        SubscriptionState.ASKED,
        there,
        None,
        None,
    )
    assert subscription.due_subscriptions([asked], there, NOW) == []


def test_goodbye_is_said_where_somebody_was_asked_three_times_at_most() -> None:
    assert subscription.mark_unwanted(WANTED, NOW).next_at is None
    gone = subscription.mark_unwanted(PROVEN, NOW)
    assert (gone.state, gone.next_at, gone.proven_at) == (SubscriptionState.UNWANTED, NOW, None)
    one = gone
    for _ in range(subscription.MAX_UNSUBSCRIBE_ATTEMPTS):
        assert one.next_at
        one = subscription.mark_refused(subscription.mark_asked(one, HERE, one.next_at), "no", one.next_at)
    assert one.next_at is None
    assert (
        subscription.mark_accepted(subscription.mark_asked(gone, "https://new.example.org/", NOW), NOW).next_at is None
    )
    assert subscription.mark_asked(gone, "https://new.example.org/", NOW).callback == HERE
    assert subscription.mark_denied(gone, "", NOW).state is SubscriptionState.UNWANTED
    assert subscription.mark_unwanted(gone, NOW + timedelta(1)) == gone


def test_goodbye_to_one_hub_does_not_wait_for_another() -> None:
    gone = subscription.mark_unwanted(second(asked_at=NOW), NOW)
    assert subscription.due_subscriptions([WANTED, gone], HERE, NOW) == [gone, WANTED]


def test_a_feed_that_came_back_is_wanted_again() -> None:
    back = subscription.mark_wanted(subscription.mark_unwanted(PROVEN, NOW), NOW)
    assert (back.state, back.next_at, back.expires_at) == (SubscriptionState.WANTED, NOW, None)
    assert subscription.mark_wanted(PROVEN, NOW) == PROVEN


def test_a_cloud_means_yes_by_its_answer_and_is_asked_again_after_a_day() -> None:
    cloud = subscription.mark_accepted(replace(ASKED, kind=RSSCLOUD), NOW)
    assert (cloud.state, cloud.expires_at) == (SubscriptionState.ACTIVE, NOW + timedelta(hours=25))
    assert cloud.next_at == NOW + timedelta(hours=24)
    assert subscription.mark_accepted(ASKED, NOW) == ASKED


EVERY = timedelta(minutes=5)


def test_polls_slow_down_only_after_a_push_and_never_past_the_lease() -> None:
    now = NOW + timedelta(minutes=2)
    assert (
        subscription.min_poll_interval(None, EVERY, now)
        == subscription.min_poll_interval(ACTIVE, EVERY, now)
        == timedelta(0)
    )
    assert subscription.min_poll_interval(PROVEN, EVERY, now) == timedelta(minutes=30)
    assert subscription.min_poll_interval(PROVEN, timedelta(hours=1), now) == timedelta(hours=1)
    ending = replace(PROVEN, expires_at=now + timedelta(minutes=7))
    assert subscription.min_poll_interval(ending, EVERY, now) == timedelta(minutes=7)
    assert subscription.min_poll_interval(ending, EVERY, now + timedelta(minutes=7)) == timedelta(0)


@given(LEASES, LATER, st.timedeltas(timedelta(seconds=1), timedelta(days=1)))
def test_a_slow_poll_is_never_later_than_the_end_of_the_lease(
    lease: timedelta, later: timedelta, every: timedelta
) -> None:
    one = subscription.record_push(subscription.activate_lease(ASKED, NOW, lease), NOW)
    pause = subscription.min_poll_interval(one, every, NOW + later)
    assert timedelta(0) <= pause <= max(every, subscription.PUSHED_POLL_INTERVAL)
    assert later + pause <= max(later, lease)


@pytest.mark.parametrize("step", [subscription.distrust_pushes, lambda one: subscription.record_ping(one, NOW)])
def test_trust_is_lost_until_the_next_push_that_can_be_read(step: subscription.SubscriptionUpdate) -> None:
    doubted = step(PROVEN)
    assert subscription.min_poll_interval(doubted, EVERY, NOW) == timedelta(0)
    assert subscription.min_poll_interval(subscription.record_push(doubted, NOW), EVERY, NOW) == timedelta(minutes=30)


def test_a_push_proves_anew_after_a_lease_had_ended_and_not_after_a_renewal() -> None:
    again = PROVEN.expires_at
    assert again and subscription.activate_lease(PROVEN, again, timedelta(days=1)).proven_at is None
    renewed = subscription.activate_lease(PROVEN, again - timedelta(hours=1), timedelta(days=1))
    assert renewed.proven_at == PROVEN.proven_at


def test_a_poll_that_finds_what_no_push_brought_is_told_from_one_that_came_first() -> None:
    assert not subscription.was_push_missed([], NOW)
    assert not subscription.was_push_missed([NOW - timedelta(seconds=90)], NOW)
    assert subscription.was_push_missed([NOW - timedelta(seconds=90), NOW - timedelta(minutes=3)], NOW)
    assert subscription.was_push_missed([None], NOW)


def test_what_was_not_signed_is_counted_and_changes_nothing_else() -> None:
    after = subscription.record_discarded(PROVEN)
    assert after.discarded == 1 and replace(after, discarded=0, error=None) == PROVEN
