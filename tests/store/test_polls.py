"""Each source is polled by one process at a time, when it is due."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from monitor.core.errors import StoreError
from monitor.core.model.polling import PollEnd, Source
from monitor.store.store import Store, open_store
from tests.store.samples import LEASE, ME, NOW, OTHER, claimed, end, registered


def test_a_new_source_is_due_at_once_and_has_no_past(store: Store) -> None:
    registered(store, "first")
    [claim] = store.polls.claim(NOW, ME, LEASE, 10)
    assert claim.state.source == "first"
    assert (claim.state.etag, claim.state.baseline_at, claim.state.failures) == (None, None, 0)


def test_a_claimed_source_is_nobody_elses_until_the_lease_ends(store: Store) -> None:
    claimed(store)
    assert store.polls.claim(NOW, OTHER, LEASE, 10) == []
    assert len(store.polls.claim(NOW + LEASE, OTHER, LEASE, 10)) == 1


def test_a_source_that_left_the_rules_is_not_polled_and_keeps_its_memory(store: Store) -> None:
    claim = claimed(store)
    with store.polls.transaction(claim, NOW) as turn:
        turn.end_poll(end())
    registered(store, "second")
    assert [one.state.source for one in store.polls.claim(NOW + timedelta(hours=1), ME, LEASE, 10)] == ["second"]
    registered(store, "first")
    [back] = store.polls.claim(NOW + timedelta(hours=1), ME, LEASE, 10)
    assert (back.state.etag, back.state.baseline_at) == ("v1", NOW)


def test_a_source_that_moved_is_asked_without_conditions(store: Store) -> None:
    claim = claimed(store)
    with store.polls.transaction(claim, NOW) as turn:
        turn.end_poll(end())
    store.polls.register([Source("first", "https://elsewhere.example/feed")], NOW)
    [moved] = store.polls.claim(NOW, ME, LEASE, 10)
    assert (moved.state.etag, moved.state.body_hash, moved.state.baseline_at) == (None, None, NOW)


def test_the_longest_overdue_come_first_and_some_can_be_left_out(store: Store) -> None:
    for hours, name in ((2, "late"), (1, "later"), (3, "latest")):
        registered(store, name)
        [claim] = store.polls.claim(NOW, ME, LEASE, 1)
        with store.polls.transaction(claim, NOW) as turn:
            turn.end_poll(PollEnd(NOW - timedelta(hours=hours)))
    registered(store, "late", "later", "latest")
    assert store.polls.due_sources(NOW) == ["latest", "late", "later"]
    assert store.polls.due_sources(NOW, 1) == ["latest"]
    [first] = store.polls.claim(NOW, ME, LEASE, 1, only=["late", "later"])
    assert first.state.source == "late" and store.polls.due_sources(NOW) == ["latest", "later"]


def test_a_failure_keeps_the_validators_and_counts(store: Store) -> None:
    claim = claimed(store)
    with store.polls.transaction(claim, NOW) as turn:
        turn.end_poll(end())
    for times in (1, 2):
        later = NOW + timedelta(hours=times)
        [claim] = store.polls.claim(later, ME, LEASE, 1)
        with store.polls.transaction(claim, later) as turn:
            turn.end_poll(PollEnd(later, error="503\x00 \ud800"))
    [claim] = store.polls.claim(NOW + timedelta(hours=3), ME, LEASE, 1)
    state = claim.state
    assert (state.etag, state.failures, state.failing_since, state.error) == ("v1", 2, NOW + timedelta(hours=1), "503 ")


def test_a_poll_that_another_process_took_over_stores_nothing(store: Store) -> None:
    claim = claimed(store)
    store.polls.claim(NOW + LEASE, OTHER, LEASE, 10)
    with pytest.raises(StoreError, match="another process"), store.polls.transaction(claim, NOW) as turn:
        turn.end_poll(end())
    assert store.polls.claim(NOW + LEASE, ME, LEASE, 10) == []


def test_the_sources_of_a_dead_process_are_free_at_once(store: Store) -> None:
    claimed(store)
    assert store.polls.recover(lambda owner: owner == OTHER) == 0
    assert store.polls.claim(NOW, OTHER, LEASE, 10) == []
    assert store.polls.recover(lambda owner: owner == ME) == 1
    assert len(store.polls.claim(NOW, OTHER, LEASE, 10)) == 1


def test_after_the_clock_was_set_back_nothing_waits_for_the_old_hour(store: Store) -> None:
    claim = claimed(store)
    with store.polls.transaction(claim, NOW) as turn:
        turn.end_poll(PollEnd(NOW + timedelta(minutes=5)))
    yesterday = NOW - timedelta(days=1)
    assert store.polls.claim(yesterday, ME, LEASE, 10) == []
    store.polls.pull_in(yesterday)
    assert len(store.polls.claim(yesterday, ME, LEASE, 10)) == 1


def test_eight_claimants_at_once_never_share_a_source(database_url: str) -> None:
    with open_store(database_url) as store:
        registered(store, *(f"feed-{number}" for number in range(40)))

        def claimant(number: int) -> list[str]:
            with open_store(database_url) as own:
                claims = []
                while some := own.polls.claim(NOW, f"owner-{number}", LEASE, 3):
                    claims += [claim.state.source for claim in some]
                return claims

        with ThreadPoolExecutor(8) as pool:
            taken = [name for names in pool.map(claimant, range(8)) for name in names]
    assert sorted(taken) == sorted(f"feed-{number}" for number in range(40))
