"""The life of a subscription: asked, verified, renewed in time, denied, left; and when its pushes are relied on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import websub
from monitor.core.websub import RSSCLOUD, Stand, Subscription

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HERE = "https://alerts.example.org/push/"
WANTED = Subscription("first", "https://hub.example/", "https://first.example/rss", next_at=NOW, token="t", secret="s")
ASKED = websub.ask(WANTED, HERE, NOW)
ACTIVE = websub.activated(ASKED, NOW, timedelta(days=10))
PROVEN = websub.pushed(ACTIVE, NOW + timedelta(minutes=1))
LEASES = st.timedeltas(websub.SHORTEST, websub.LONGEST)
LATER = st.timedeltas(timedelta(0), timedelta(days=200))


def second(**changes: object) -> Subscription:
    """The same feed at another hub, which it names later."""
    return replace(WANTED, hub="https://other.example/", rank=1, **changes)  # type: ignore[arg-type]


@given(LEASES)
def test_a_lease_is_renewed_after_two_thirds_or_23_hours_before_its_end_whichever_is_later(lease: timedelta) -> None:
    at = websub.renewal(NOW, lease)
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
        ("", websub.LEASE),
        ("-5", websub.LEASE),
        ("1e9", websub.LEASE),
        ("٣٠٠", websub.LEASE),
    ],
)
def test_what_a_hub_grants_is_taken_within_five_minutes_and_ninety_days(said: str, lease: timedelta) -> None:
    assert websub.granted(said) == lease


@given(st.text())
def test_no_lease_is_insane(said: str) -> None:
    assert websub.SHORTEST <= websub.granted(said) <= websub.LONGEST


def test_asking_is_noted_before_it_is_done_and_keeps_others_from_asking() -> None:
    assert websub.due([WANTED], HERE, NOW) == [WANTED]
    assert (ASKED.state, ASKED.asked_at, ASKED.callback) == (Stand.ASKED, NOW, HERE)
    assert websub.due([ASKED], HERE, NOW) == []


def test_a_hub_that_does_not_ask_back_is_asked_again_and_again_more_seldom() -> None:
    one, now, waits = ASKED, NOW, []
    for _ in range(12):
        assert one.next_at
        waits.append(one.next_at - now)
        now = one.next_at
        assert websub.due([one], HERE, now) == [one]
        one = websub.ask(one, HERE, now)
    assert one.failures == 12 and one.error == "the hub was asked and did not ask back"
    assert waits == sorted(waits) and waits[-1] == websub.SELDOM


def test_the_first_hub_that_works_is_subscribed_to_and_no_other() -> None:
    other = second()
    assert websub.due([WANTED, other], HERE, NOW) == [WANTED]
    assert websub.due([ASKED, other], HERE, NOW) == []
    assert websub.due([ACTIVE, other], HERE, NOW + timedelta(days=1)) == []
    failed = websub.refused(ASKED, "503", NOW)
    assert websub.due([failed, other], HERE, NOW) == [other]
    silent = NOW + websub.PATIENCE
    assert websub.due([ASKED, other], HERE, silent) == [other]
    no = websub.denied(ASKED, "", NOW)
    assert websub.due([no, replace(other, failures=3)], HERE, NOW + timedelta(days=30))[0].hub == other.hub


@given(LEASES, LATER)
def test_a_hub_that_pushes_is_asked_only_to_renew(lease: timedelta, later: timedelta) -> None:
    active = websub.activated(ASKED, NOW, lease)
    now = NOW + later
    asked = websub.due([active, second(next_at=now)], HERE, now)
    if later < lease:
        assert asked == ([active] if now >= websub.renewal(NOW, lease) else [])
    else:
        assert len(asked) == 1


def test_a_renewal_that_fails_leaves_the_lease_as_it_is_and_is_tried_again_before_its_end() -> None:
    at = websub.renewal(NOW, timedelta(days=10))
    failed = websub.refused(websub.ask(PROVEN, HERE, at), "503", at)
    assert failed.state is Stand.ACTIVE and failed.proven_at == PROVEN.proven_at
    assert failed.next_at and failed.expires_at and failed.next_at < failed.expires_at


@given(st.integers(0, 400), st.floats(0, 1e9))
def test_a_refusal_costs_a_minute_to_a_day(failures: int, wait: float) -> None:
    failed = websub.refused(replace(ASKED, failures=failures), "no", NOW, wait)
    assert failed.next_at and websub.AGAIN <= failed.next_at - NOW <= timedelta(days=1)
    assert failed.state is Stand.WANTED


def test_a_hub_that_says_no_is_asked_again_much_later() -> None:
    no = websub.denied(PROVEN, "not here", NOW)
    assert (no.state, no.error, no.proven_at) == (Stand.DENIED, "the hub says no: not here", None)
    assert no.next_at == NOW + timedelta(days=1)
    assert websub.denied(replace(no, failures=9), "", NOW).next_at == NOW + timedelta(days=7)
    assert websub.due([no], HERE, NOW + timedelta(hours=23)) == []


def test_another_address_of_ours_is_another_subscription() -> None:
    there = "https://new.example.org/push/"
    assert websub.due([PROVEN], there, NOW) == [PROVEN]
    asked = websub.ask(PROVEN, there, NOW)
    assert (asked.state, asked.callback, asked.expires_at, asked.proven_at) == (Stand.ASKED, there, None, None)
    assert websub.due([asked], there, NOW) == []


def test_goodbye_is_said_where_somebody_was_asked_three_times_at_most() -> None:
    assert websub.unwanted(WANTED, NOW).next_at is None
    gone = websub.unwanted(PROVEN, NOW)
    assert (gone.state, gone.next_at, gone.proven_at) == (Stand.UNWANTED, NOW, None)
    one = gone
    for _ in range(websub.GOODBYES):
        assert one.next_at
        one = websub.refused(websub.ask(one, HERE, one.next_at), "no", one.next_at)
    assert one.next_at is None
    assert websub.accepted(websub.ask(gone, "https://new.example.org/", NOW), NOW).next_at is None
    assert websub.ask(gone, "https://new.example.org/", NOW).callback == HERE
    assert websub.denied(gone, "", NOW).state is Stand.UNWANTED
    assert websub.unwanted(gone, NOW + timedelta(1)) == gone


def test_goodbye_to_one_hub_does_not_wait_for_another() -> None:
    gone = websub.unwanted(second(asked_at=NOW), NOW)
    assert websub.due([WANTED, gone], HERE, NOW) == [gone, WANTED]


def test_a_feed_that_came_back_is_wanted_again() -> None:
    back = websub.wanted(websub.unwanted(PROVEN, NOW), NOW)
    assert (back.state, back.next_at, back.expires_at) == (Stand.WANTED, NOW, None)
    assert websub.wanted(PROVEN, NOW) == PROVEN


def test_a_cloud_means_yes_by_its_answer_and_is_asked_again_after_a_day() -> None:
    cloud = websub.accepted(replace(ASKED, kind=RSSCLOUD), NOW)
    assert (cloud.state, cloud.expires_at) == (Stand.ACTIVE, NOW + timedelta(hours=25))
    assert cloud.next_at == NOW + timedelta(hours=24)
    assert websub.accepted(ASKED, NOW) == ASKED


EVERY = timedelta(minutes=5)


def test_polls_slow_down_only_after_a_push_and_never_past_the_lease() -> None:
    now = NOW + timedelta(minutes=2)
    assert websub.pause(None, EVERY, now) == websub.pause(ACTIVE, EVERY, now) == timedelta(0)
    assert websub.pause(PROVEN, EVERY, now) == timedelta(minutes=30)
    assert websub.pause(PROVEN, timedelta(hours=1), now) == timedelta(hours=1)
    ending = replace(PROVEN, expires_at=now + timedelta(minutes=7))
    assert websub.pause(ending, EVERY, now) == timedelta(minutes=7)
    assert websub.pause(ending, EVERY, now + timedelta(minutes=7)) == timedelta(0)


@given(LEASES, LATER, st.timedeltas(timedelta(seconds=1), timedelta(days=1)))
def test_a_slow_poll_is_never_later_than_the_end_of_the_lease(
    lease: timedelta, later: timedelta, every: timedelta
) -> None:
    one = websub.pushed(websub.activated(ASKED, NOW, lease), NOW)
    pause = websub.pause(one, every, NOW + later)
    assert timedelta(0) <= pause <= max(every, websub.SLOW)
    assert later + pause <= max(later, lease)


@pytest.mark.parametrize("step", [websub.distrusted, lambda one: websub.pinged(one, NOW)])
def test_trust_is_lost_until_the_next_push_that_can_be_read(step: websub.Step) -> None:
    doubted = step(PROVEN)
    assert websub.pause(doubted, EVERY, NOW) == timedelta(0)
    assert websub.pause(websub.pushed(doubted, NOW), EVERY, NOW) == timedelta(minutes=30)


def test_a_push_proves_anew_after_a_lease_had_ended_and_not_after_a_renewal() -> None:
    again = PROVEN.expires_at
    assert again and websub.activated(PROVEN, again, timedelta(days=1)).proven_at is None
    renewed = websub.activated(PROVEN, again - timedelta(hours=1), timedelta(days=1))
    assert renewed.proven_at == PROVEN.proven_at


def test_a_poll_that_finds_what_no_push_brought_is_told_from_one_that_came_first() -> None:
    assert not websub.missed([], NOW)
    assert not websub.missed([NOW - timedelta(seconds=90)], NOW)
    assert websub.missed([NOW - timedelta(seconds=90), NOW - timedelta(minutes=3)], NOW)
    assert websub.missed([None], NOW)


def test_what_was_not_signed_is_counted_and_changes_nothing_else() -> None:
    after = websub.discarded(PROVEN)
    assert after.discarded == 1 and replace(after, discarded=0, error=None) == PROVEN
