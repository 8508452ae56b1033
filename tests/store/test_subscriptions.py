"""A hub is asked by one process at a time, every step is taken on what is stored, and trust lost is a feed polled."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count

import pytest

from monitor.core.errors import StoreError
from monitor.core.model.polling import PollEnd, Source
from monitor.core.websub import subscription
from monitor.core.websub.hubs import Offer
from monitor.core.websub.subscription import Subscription, SubscriptionState
from monitor.store.store import Store, open_store
from tests.store.samples import LEASE, ME, NOW, OTHER, end, finding, intent, next_due, registered

HERE, THERE = "https://alerts.example.org/push/", "https://new.example.org/push/"
HUB, SECOND = "https://hub.example/", "https://second.example/"
TOPIC = "https://first.example/feed"
TOKENS = count()


def offered(store: Store, name: str = "first", *hubs: str, now: datetime = NOW) -> None:
    """A poll finds these hubs."""
    registered(store, name)
    claim = store.subscriptions.claim_feed(name, ME, now, LEASE)
    assert claim
    with store.polls.transaction(claim, now) as turn:
        found = [Offer(hub, TOPIC) for hub in hubs]
        store.subscriptions.update_hubs(turn, found, lambda: f"token-{next(TOKENS)}")
        turn.end_poll(PollEnd(now + timedelta(minutes=5), etag="v1", body_hash="h", entries=7))


def subscribed(store: Store, *, proven: bool = False) -> Subscription:
    """The feed is pushed; proven: and was pushed before."""
    offered(store, "first", HUB)
    [one] = store.subscriptions.claim(HERE, NOW, 10)
    step: subscription.SubscriptionUpdate = partial(subscription.activate_lease, now=NOW, lease=timedelta(days=10))
    active = store.subscriptions.apply_update(one.token, step, NOW)
    if proven:
        active = store.subscriptions.apply_update(one.token, partial(subscription.record_push, now=NOW), NOW)
    assert active
    return active


def next_poll(store: Store) -> datetime | None:
    return next_due(store)


def test_what_is_written_is_read(store: Store) -> None:
    one = subscribed(store, proven=True)
    assert list(store.subscriptions.list()) == [replace(one, token="", secret="")]
    assert store.subscriptions.find_by_token(one.token) == one
    assert store.subscriptions.find_by_token("nobody") is store.subscriptions.find_by_token("\x00") is None
    assert store.subscriptions.apply_update("nobody", subscription.record_discarded, NOW) is None


def test_a_hub_is_asked_once_and_the_next_one_not_beside_it(store: Store) -> None:
    offered(store, "first", HUB, SECOND)
    [one] = store.subscriptions.claim(HERE, NOW, 10)
    assert (one.hub, one.state, one.callback) == (HUB, SubscriptionState.ASKED, HERE)
    assert store.subscriptions.claim(HERE, NOW + timedelta(minutes=9), 10) == []
    store.subscriptions.apply_update(one.token, partial(subscription.mark_refused, error="no", now=NOW), NOW)
    [two] = store.subscriptions.claim(HERE, NOW, 10)
    assert two.hub == SECOND
    store.subscriptions.apply_update(
        two.token, partial(subscription.activate_lease, now=NOW, lease=timedelta(days=10)), NOW
    )
    assert store.subscriptions.claim(HERE, NOW + timedelta(days=1), 10) == []
    [again] = store.subscriptions.claim(HERE, NOW + timedelta(days=9, hours=2), 10)
    assert again.hub == SECOND


def test_eight_processes_at_once_ask_each_hub_once(database_url: str) -> None:
    with open_store(database_url) as store:
        for number in range(12):
            offered(store, f"feed-{number}", HUB)

        def claimant(_: int) -> list[str]:
            with open_store(database_url) as own:
                asked = []
                while some := own.subscriptions.claim(HERE, NOW, 2):
                    asked += [one.source for one in some]
                return asked

        with ThreadPoolExecutor(8) as pool:
            taken = [name for names in pool.map(claimant, range(8)) for name in names]
    assert sorted(taken) == sorted(f"feed-{number}" for number in range(12))


def test_steps_of_many_threads_are_all_taken(database_url: str) -> None:
    with open_store(database_url) as store:
        token = subscribed(store).token

        def discard(_: int) -> None:
            with open_store(database_url) as own:
                for _ in range(5):
                    own.subscriptions.apply_update(token, subscription.record_discarded, NOW)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(discard, range(6)))
        one = store.subscriptions.find_by_token(token)
    assert one and one.discarded == 30


def test_another_address_of_ours_is_asked_for_at_once(store: Store) -> None:
    subscribed(store)
    assert store.subscriptions.claim(HERE, NOW, 10) == []
    [one] = store.subscriptions.claim(THERE, NOW, 10)
    assert one.callback == THERE
    assert store.subscriptions.claim(THERE, NOW, 10) == []


def test_a_feed_that_left_is_unwanted_keeps_its_token_and_is_wanted_when_it_returns(store: Store) -> None:
    one = subscribed(store, proven=True)
    for sources in ([], [Source("first", TOPIC, push=False)]):
        store.subscriptions.register(sources, NOW)
        left = store.subscriptions.find_by_token(one.token)
        assert left and (left.state, left.next_at, left.proven_at) == (SubscriptionState.UNWANTED, NOW, None)
        store.subscriptions.register([Source("first", TOPIC)], NOW)
        back = store.subscriptions.find_by_token(one.token)
        assert back and back.state is SubscriptionState.WANTED


def test_a_hub_that_was_never_asked_is_forgotten_and_a_known_one_is_told_goodbye(store: Store) -> None:
    offered(store, "first", HUB)
    offered(store, "first")
    assert store.subscriptions.list() == []
    one = subscribed(store)
    offered(store, "first", SECOND)
    states = {row.hub: (row.state, row.offered) for row in store.subscriptions.list()}
    assert states == {HUB: (SubscriptionState.UNWANTED, False), SECOND: (SubscriptionState.WANTED, True)}
    asked = store.subscriptions.claim(HERE, NOW, 10)
    assert {row.hub: row.state for row in asked} == {HUB: SubscriptionState.UNWANTED, SECOND: SubscriptionState.ASKED}
    store.subscriptions.register([Source("first", TOPIC)], NOW)
    kept = store.subscriptions.find_by_token(one.token)
    assert kept and kept.state is SubscriptionState.UNWANTED
    store.subscriptions.apply_update(one.token, subscription.mark_unsubscribed, NOW)
    store.subscriptions.delete_older_than(NOW)
    assert store.subscriptions.find_by_token(one.token)
    store.subscriptions.delete_older_than(NOW + timedelta(seconds=1))
    assert store.subscriptions.find_by_token(one.token) is None


def test_whoever_loses_trust_is_polled_at_once(store: Store) -> None:
    one = subscribed(store, proven=True)
    assert next_poll(store) == NOW + timedelta(minutes=5)
    store.subscriptions.apply_update(one.token, partial(subscription.mark_denied, reason="", now=NOW), NOW)
    assert next_poll(store) == NOW


def test_a_step_that_costs_no_trust_moves_no_poll(store: Store) -> None:
    one = subscribed(store, proven=True)
    store.subscriptions.apply_update(one.token, subscription.record_discarded, NOW)
    assert next_poll(store) == NOW + timedelta(minutes=5)


def test_nobody_listened_so_nothing_is_relied_on(store: Store) -> None:
    one = subscribed(store, proven=True)
    store.subscriptions.distrust(NOW + timedelta(minutes=1))
    after = store.subscriptions.find_by_token(one.token)
    assert after and (after.state, after.proven_at) == (SubscriptionState.ACTIVE, None)
    assert next_poll(store) == NOW + timedelta(minutes=1)


def test_after_the_clock_was_set_back_no_renewal_waits_for_the_old_hour(store: Store) -> None:
    subscribed(store)
    yesterday = NOW - timedelta(days=1)
    store.subscriptions.pull_in(yesterday)
    assert len(store.subscriptions.claim(HERE, yesterday, 10)) == 1


def test_a_push_takes_the_lease_of_its_feed_and_a_poll_keeps_it_away(store: Store) -> None:
    subscribed(store)
    claim = store.subscriptions.claim_feed("first", ME, NOW, LEASE)
    assert claim and claim.state.etag == "v1"
    assert store.subscriptions.claim_feed("first", OTHER, NOW, LEASE) is None
    assert store.polls.claim(NOW + timedelta(minutes=1), OTHER, LEASE, 10) == []
    store.subscriptions.release(claim)
    assert len(store.polls.claim(NOW + timedelta(minutes=5), OTHER, LEASE, 10)) == 1
    assert store.subscriptions.claim_feed("first", ME, NOW + timedelta(minutes=5), LEASE) is None
    assert store.subscriptions.claim_feed("nobody", ME, NOW, LEASE) is None


def test_a_push_is_stored_with_its_count_and_leaves_what_polls_remember(store: Store) -> None:
    one = subscribed(store)
    claim = store.subscriptions.claim_feed("first", ME, NOW, LEASE)
    assert claim
    before = claim.state
    later = NOW + timedelta(minutes=1)
    with store.subscriptions.transaction(claim, one.token, later) as turn:
        assert turn.store_article(finding("a", intent()), later)
    after = store.subscriptions.find_by_token(one.token)
    assert after and (after.pushes, after.last_push_at, after.proven_at) == (1, later, later)
    assert len(store.views.articles()) == 1
    [poll] = store.polls.claim(NOW + timedelta(minutes=5), ME, LEASE, 10)
    assert poll.state == before
    [covered] = store.coverage.since(NOW.date())
    assert (covered.polls, covered.entries) == (1, 7)


def test_a_push_that_another_process_took_over_stores_nothing(store: Store) -> None:
    one = subscribed(store)
    claim = store.subscriptions.claim_feed("first", ME, NOW, LEASE)
    assert claim and store.subscriptions.claim_feed("first", OTHER, NOW + LEASE, LEASE)
    with (
        pytest.raises(StoreError, match="another process"),
        store.subscriptions.transaction(claim, one.token, NOW) as turn,
    ):
        turn.store_article(finding("a", intent()), NOW)
    after = store.subscriptions.find_by_token(one.token)
    assert after and after.pushes == 0 and store.views.articles() == []


@pytest.fixture
def polled(store: Store) -> Iterator[tuple[Store, Subscription]]:
    yield store, subscribed(store)


@pytest.mark.parametrize("error", [None, "503"])
def test_what_is_announced_while_a_feed_is_polled_has_it_polled_again(
    polled: tuple[Store, Subscription], error: str | None
) -> None:
    store, one = polled
    at = NOW + timedelta(minutes=5)
    [claim] = store.polls.claim(at, ME, LEASE, 10)
    store.subscriptions.apply_update(one.token, partial(subscription.record_ping, now=at), at, due=True)
    with store.polls.transaction(claim, at) as turn:
        turn.end_poll(PollEnd(at + timedelta(minutes=5), error=error))
    assert next_poll(store) == at
    [claim] = store.polls.claim(at, ME, LEASE, 10)
    with store.polls.transaction(claim, at) as turn:
        turn.end_poll(end(at))
    assert next_poll(store) == at + timedelta(minutes=5)


def test_a_poll_reads_and_takes_back_the_trust_in_its_own_feed_only(store: Store) -> None:
    one = subscribed(store, proven=True)
    registered(store, "first", "second")
    for claim in store.polls.claim(NOW + timedelta(minutes=5), ME, LEASE, 10):
        with store.polls.transaction(claim, NOW) as turn:
            proven = store.subscriptions.find_proven(turn)
            assert (proven == one) == (claim.state.source == "first")
            if proven:
                store.subscriptions.distrust_subscription(turn, proven)
            turn.end_poll(end(NOW + timedelta(minutes=5)))
    after = store.subscriptions.find_by_token(one.token)
    assert after and after.proven_at is None
    assert next_poll(store) == NOW + timedelta(minutes=10)
