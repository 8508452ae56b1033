"""Every promised delivery is sent by one process at a time, and a crash tells what may have arrived."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from monitor.core.model.alerts import WAITING_STATES, Address, Delivery, DeliveryState, Priority
from monitor.store.outbox import DELIVERY_LEASE
from monitor.store.store import Store, open_store
from monitor.store.tables import delivery
from tests.store.samples import LEASE, MAIL, ME, NOW, OTHER, SLACK, claimed, finding, intent, kept

LATER = NOW + timedelta(minutes=10)


def promised(store: Store) -> Delivery:
    """One delivery, claimed by us."""
    kept(store, finding("a", intent()))
    [delivery] = store.outbox.claim(NOW, ME, LEASE, 10)
    return delivery


def states(store: Store) -> list[str]:
    return sorted(alert.state for alert in store.views.alerts())


def test_a_delivery_carries_all_that_a_message_needs(store: Store) -> None:
    one = promised(store)
    assert (one.title, one.article_url, one.source) == ("Titel a", "https://x.example/a", "first")
    assert (one.watch, one.address, one.first_seen_at, one.attempts, one.repeat) == ("H200", SLACK, NOW, 0, False)
    assert (one.match.hits[0].text, one.match.marks) == ("Titel", ((0, 5),))
    assert len(one.key) == 32


def test_what_is_claimed_is_nobody_elses(store: Store) -> None:
    promised(store)
    assert store.outbox.claim(NOW, OTHER, LEASE, 10) == []


def test_what_is_not_due_or_for_another_address_waits(store: Store) -> None:
    kept(store, finding("a", intent(), intent(address=MAIL), intent("Qwen", at=LATER)))
    assert set(store.outbox.due_addresses(NOW)) == {SLACK, MAIL}
    [one] = store.outbox.claim(NOW, ME, LEASE, 10, MAIL)
    assert store.outbox.due_addresses(NOW) == [SLACK]
    assert one.address == MAIL
    assert {one.watch for one in store.outbox.claim(LATER, ME, LEASE, 10)} == {"H200", "Qwen"}


def test_a_sent_delivery_is_over(store: Store) -> None:
    one = promised(store)
    assert store.outbox.mark_sending([one.id], ME, NOW) == [one.id]
    store.outbox.record_delivery([one.id], DeliveryState.SENT, LATER)
    assert store.outbox.claim(LATER + LEASE, ME, LEASE, 10) == []
    [alert] = store.views.alerts()
    assert (alert.state, alert.times["sent"], alert.attempts) == ("sent", LATER, 1)


def test_a_refused_delivery_comes_back_at_its_time_with_its_count_and_key(store: Store) -> None:
    one = promised(store)
    store.outbox.mark_sending([one.id], ME, NOW)
    store.outbox.record_delivery([one.id], DeliveryState.RETRY, NOW, at=LATER, error="503")
    assert store.outbox.claim(NOW, ME, LEASE, 10) == []
    [again] = store.outbox.claim(LATER, ME, LEASE, 10)
    assert (again.attempts, again.repeat, again.key) == (1, False, one.key)
    assert store.views.alerts()[0].error == "503"


def test_an_ambiguous_delivery_is_sent_again_and_marked(store: Store) -> None:
    one = promised(store)
    store.outbox.mark_sending([one.id], ME, NOW)
    store.outbox.record_delivery([one.id], DeliveryState.AMBIGUOUS, NOW, at=LATER, error="cut")
    [again] = store.outbox.claim(LATER, ME, LEASE, 10)
    assert again.repeat


def test_a_lease_that_ended_stops_a_late_sender(store: Store) -> None:
    one = promised(store)
    assert store.outbox.mark_sending([one.id], OTHER, NOW) == []
    assert store.outbox.mark_sending([one.id], ME, NOW + LEASE) == []


def test_what_a_dead_process_only_claimed_was_certainly_not_sent(store: Store) -> None:
    promised(store)
    assert store.outbox.recover(lambda owner: owner == ME, NOW) == 0
    [again] = store.outbox.claim(NOW, OTHER, LEASE, 10)
    assert not again.repeat


def test_what_a_dead_process_was_sending_may_have_arrived(store: Store) -> None:
    one = promised(store)
    store.outbox.mark_sending([one.id], ME, NOW)
    assert store.outbox.recover(lambda _: False, NOW) == 0
    assert store.outbox.recover(lambda owner: owner == ME, NOW) == 1
    [again] = store.outbox.claim(NOW, OTHER, LEASE, 10)
    assert again.repeat and store.views.alerts()[0].repeats == 1


def test_a_lease_of_another_host_ends_by_itself(store: Store) -> None:
    one = promised(store)
    store.outbox.mark_sending([one.id], ME, NOW)
    assert store.outbox.recover(lambda _: False, NOW + LEASE) == 1


def test_what_is_given_back_waits_as_before(store: Store) -> None:
    one = promised(store)
    store.outbox.release([one.id], OTHER)
    assert states(store) == ["claimed"]
    store.outbox.release([one.id], ME)
    assert states(store) == ["pending"]
    [again] = store.outbox.claim(NOW, ME, LEASE, 10)
    store.outbox.mark_sending([again.id], ME, NOW)
    store.outbox.record_delivery([again.id], DeliveryState.RETRY, NOW, at=NOW)
    store.outbox.claim(NOW, ME, LEASE, 10)
    store.outbox.release([again.id], ME)
    assert states(store) == ["retry"]


def test_dead_and_expired_deliveries_are_never_claimed(store: Store) -> None:
    kept(store, finding("a", intent()), finding("b", intent()))
    rows = store.outbox.claim(NOW, ME, LEASE, 10)
    store.outbox.record_delivery([rows[0].id], DeliveryState.DEAD, NOW)
    store.outbox.record_delivery([rows[1].id], DeliveryState.EXPIRED, NOW)
    assert store.outbox.claim(LATER, ME, LEASE, 10) == []
    assert store.outbox.listed(WAITING_STATES, 1) == []


def test_after_the_clock_was_set_back_nothing_waits_for_the_old_hour(store: Store) -> None:
    kept(store, finding("a", intent(at=LATER)))
    store.outbox.pull_in(NOW)
    assert len(store.outbox.claim(NOW, ME, LEASE, 10)) == 1


def test_eight_claimants_at_once_never_share_a_delivery(database_url: str) -> None:
    with open_store(database_url) as store:
        kept(store, finding("a", *(intent(address=Address("slack", str(number))) for number in range(40))))

        def claimant(number: int) -> list[int]:
            with open_store(database_url) as own:
                ids: list[int] = []
                while some := own.outbox.claim(NOW, f"owner-{number}", LEASE, 3):
                    ids += [one.id for one in some]
                return ids

        with ThreadPoolExecutor(8) as pool:
            taken = [number for numbers in pool.map(claimant, range(8)) for number in numbers]
    assert len(taken) == len(set(taken)) == 40


def test_a_claimed_delivery_keeps_its_lease_when_the_clock_is_set_back(store: Store) -> None:
    one = promised(store)
    yesterday = NOW - timedelta(days=1)
    store.outbox.pull_in(yesterday)
    assert store.outbox.mark_sending([one.id], ME, yesterday) == [one.id]


def test_a_released_delivery_does_not_wait_for_an_hour_that_has_passed(store: Store) -> None:
    one = promised(store)
    yesterday = NOW - timedelta(days=1)
    store.outbox.pull_in(yesterday)
    store.outbox.release([one.id], ME)
    assert store.outbox.due_addresses(yesterday) == [one.address]


def test_a_claim_takes_all_that_waits_for_the_story_and_address_before_its_time(store: Store) -> None:
    later = LATER + LEASE
    kept(store, finding("a", intent(), intent("Qwen", at=later), intent("Qwen", MAIL, at=later)))
    kept(store, finding("b", intent("IPO", at=later), story=1, source="second"), source="second")
    kept(store, finding("c", intent("Gold", at=later)))
    assert {one.watch for one in store.outbox.claim(NOW, ME, LEASE, 1)} == {"H200", "Qwen", "IPO"}
    assert store.outbox.claim(NOW, OTHER, LEASE, 10) == []
    assert {(one.watch, one.address) for one in store.outbox.claim(later, ME, LEASE, 10)} >= {
        ("Qwen", MAIL), ("Gold", SLACK),
    }  # fmt: skip


def test_an_urgent_claim_takes_what_waits_for_its_story_along(store: Store) -> None:
    urgent = replace(intent(), priority=Priority.URGENT)
    kept(store, finding("a", urgent, intent("Qwen", at=LATER), intent("Qwen", MAIL, at=LATER)))
    found = store.outbox.claim_urgent(SLACK, NOW, ME, LEASE, 10)
    assert {(one.watch, one.address) for one in found} == {("H200", SLACK), ("Qwen", SLACK)}


def test_what_is_held_for_a_person_or_claimed_by_another_is_not_taken_along(store: Store) -> None:
    kept(store, finding("a", intent(), intent("Qwen"), intent("IPO", at=LATER)))
    held, _other = store.outbox.claim(NOW, ME, LEASE, 1)[:2]
    ids = [one.id for one in store.outbox.listed([DeliveryState.CLAIMED], 10)]
    store.outbox.mark_sending(ids, ME, NOW)
    store.outbox.record_delivery([held.id], DeliveryState.AMBIGUOUS, NOW)
    store.outbox.record_delivery([number for number in ids if number != held.id], DeliveryState.RETRY, NOW, at=NOW)
    assert held.id not in {one.id for one in store.outbox.claim(NOW, ME, LEASE, 10)}
    kept(store, finding("b", intent("Gold"), story=1, source="second"), source="second")
    assert [one.watch for one in store.outbox.claim(NOW, OTHER, LEASE, 10)] == ["Gold"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_what_waits_is_not_claimed_while_a_decision_may_join_it(database_url: str) -> None:
    with open_store(database_url) as store, open_store(database_url) as other:
        kept(store, finding("a", intent()))
        with store.polls.transaction(claimed(store), NOW) as turn:
            assert [one.waiting for one in turn.alerts_of_story(1)] == [True]
            assert other.outbox.claim(NOW, OTHER, LEASE, 10) == []
            turn.abandon()
        with other.database.write() as connection:
            connection.execute(select(delivery.c.id).with_for_update()).all()  # a claim that is under way
            with store.polls.transaction(claimed(store, now=LATER), LATER) as turn:
                assert [one.waiting for one in turn.alerts_of_story(1)] == [False]
                turn.abandon()
        assert len(other.outbox.claim(NOW, OTHER, LEASE, 10)) == 1


def test_a_lease_of_an_hour_that_has_passed_ends_when_one_of_now_would(store: Store) -> None:
    one = promised(store)
    yesterday = NOW - timedelta(days=1)
    store.outbox.pull_in(yesterday)
    store.outbox.recover(lambda _: False, yesterday + DELIVERY_LEASE - timedelta(seconds=1))
    assert store.outbox.due_addresses(yesterday + DELIVERY_LEASE) == []
    store.outbox.recover(lambda _: False, yesterday + DELIVERY_LEASE)
    assert store.outbox.due_addresses(yesterday + DELIVERY_LEASE) == [one.address]
