"""Old texts go, tombstones stay, and what still waits is left alone."""

from __future__ import annotations

from datetime import timedelta

from monitor.core.model.alerts import DeliveryState
from monitor.store.archive import DELETE_BATCH_SIZE
from monitor.store.store import Store
from tests.store.samples import LEASE, ME, NOW, finding, intent, kept, keys

LATER = NOW + timedelta(days=500)
CUT = NOW + timedelta(days=100)


def test_an_old_article_becomes_a_tombstone_that_is_still_recognised(store: Store) -> None:
    kept(store, finding("a", intent(at=None)))
    kept(store, finding("b", intent(at=None)), now=LATER)
    assert store.retention.delete_older_than(CUT, LATER) == 1
    assert store.retention.delete_older_than(CUT, LATER) == 0
    known, new = store.polls.recognise("first", [keys("a"), keys("c")])
    assert known.article == 1 and not known.changed and new.article is None
    whole, bare = store.views.articles()
    assert (whole.title, bare.title, bare.lead) == ("Titel b", "Titel a", "")
    assert store.views.ledger().balanced and store.views.ledger().matched == 1


def test_what_still_waits_to_be_sent_stays_whole(store: Store) -> None:
    kept(store, finding("a", intent()))
    assert store.retention.delete_older_than(CUT, LATER) == 0
    [row] = store.outbox.claim(LATER, ME, LEASE, 10)
    store.outbox.record_delivery([row.id], DeliveryState.SENT, LATER)
    assert store.retention.delete_older_than(CUT, LATER) == 1


def test_many_go_in_small_steps(store: Store) -> None:
    kept(store, *(finding(f"{number:04}") for number in range(DELETE_BATCH_SIZE + 5)))
    assert [store.retention.delete_older_than(CUT, LATER) for _ in range(3)] == [DELETE_BATCH_SIZE, 5, 0]


def test_mutes_that_are_long_over_are_forgotten(store: Store) -> None:
    store.mutes.add("watch", "H200", NOW, NOW - timedelta(days=1))
    store.retention.delete_ended_before(LATER)
    assert store.mutes.active(NOW - timedelta(hours=1)) == []
