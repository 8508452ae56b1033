"""The database as a whole: opening, refusing, remembering, counting."""

from __future__ import annotations

import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.errors import StoreError
from monitor.core.model.alerts import DeliveryState
from monitor.store.database import sqlite_path
from monitor.store.store import Store, database_exists, open_store
from tests.store.samples import LEASE, ME, NOW, claimed, end, finding, intent, kept, keys, registered


def test_a_database_without_tables_is_refused_with_the_way_out(empty_url: str) -> None:
    with pytest.raises(StoreError, match="monitor db upgrade"):
        open_store(empty_url)


@pytest.mark.parametrize("url", ["mysql://x/y", "not a url", "sqlite+pysqlcipher:///x"])
def test_other_databases_are_refused_by_name(url: str) -> None:
    with pytest.raises(StoreError, match="sqlite:///FILE or postgresql"):
        open_store(url)


def test_an_sqlite_file_is_nobody_elses_to_read(store: Store) -> None:
    path = sqlite_path(store.database.engine.url)
    if path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_database_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot use"):
        open_store(f"sqlite:///{tmp_path}/file/monitor.db")


def test_whether_a_database_exists_is_known_without_making_one(tmp_path: Path) -> None:
    assert not database_exists(f"sqlite:///{tmp_path}/none.db")
    assert list(tmp_path.iterdir()) == []


def test_memory_keeps_json_across_openings(database_url: str) -> None:
    with open_store(database_url) as first:
        first.memory.put("rules", {"watch": {"H200": ["a", "b"]}})
        first.memory.put("rules", {"watch": {}})
        installation = first.memory.installation_id()
    with open_store(database_url) as second:
        assert second.memory.get("rules") == {"watch": {}}
        assert second.memory.get("nothing") is None
        assert second.memory.installation_id() == installation


WORK: dict[str, Callable[[Store], object]] = {
    "register": lambda store: registered(store, "second"),
    "claim": lambda store: store.polls.claim(NOW, ME, LEASE, 1),
    "recover polls": lambda store: store.polls.recover(lambda _: True),
    "outbox claim": lambda store: store.outbox.claim(NOW, ME, LEASE, 1),
    "sending": lambda store: store.outbox.mark_sending([1], ME, NOW),
    "settle": lambda store: store.outbox.record_delivery([1], DeliveryState.SENT, NOW),
    "recover": lambda store: store.outbox.recover(lambda _: True, NOW),
    "put": lambda store: store.memory.put("x", 1),
}


@pytest.mark.parametrize("work", WORK)
def test_a_locked_database_is_a_store_error_and_works_again(
    tmp_path: Path, work: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.databases import sqlite

    monkeypatch.setattr("monitor.store.database.BUSY_SECONDS", 0.05)
    url = sqlite(tmp_path)
    with open_store(url) as store:
        registered(store, "first")
        kept(store, finding("a", intent()))
        with closing(sqlite3.connect(tmp_path / "monitor.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="locked"):
                WORK[work](store)
        WORK[work](store)


STEPS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["H200", "Qwen"]), st.booleans()), max_size=8)


@given(
    STEPS,
    st.lists(
        st.sampled_from(
            [
                DeliveryState.SENT,
                DeliveryState.RETRY,
                DeliveryState.DEAD,
                DeliveryState.AMBIGUOUS,
                DeliveryState.EXPIRED,
            ]
        ),
        max_size=6,
    ),
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_match_is_in_exactly_one_state(
    database_url: str, steps: list[tuple[str, str, bool]], ends: list[DeliveryState]
) -> None:
    with open_store(database_url) as store:
        for name, watch, told in steps:
            kept(store, finding(name, intent(watch, at=NOW if told else None)))
        for state in ends:
            for one in store.outbox.claim(NOW, ME, LEASE, 1):
                store.outbox.record_delivery([one.id], state, NOW, at=NOW + timedelta(days=1))
        ledger = store.views.ledger()
        assert ledger.balanced, ledger
        assert ledger.matched == len(store.views.alerts(limit=1000))


def test_a_match_without_an_answer_unbalances_the_ledger(store: Store) -> None:
    silent = finding("a", intent())
    claim = claimed(store)
    with store.polls.transaction(claim, NOW) as turn:
        turn.store_article(
            type(silent)(silent.article, keys("a"), silent.recognition, silent.story_relation, silent.matches, ()), NOW
        )
        turn.end_poll(end())
    assert not store.views.ledger().balanced


def test_the_status_is_well_until_something_is_not(store: Store) -> None:
    kept(store, finding("a", intent()))
    status = store.views.status(NOW)
    assert status.is_healthy(NOW)
    assert (status.articles_today, status.waiting, status.oldest_due, status.feeds[0].articles) == (1, 1, NOW, 1)
    assert not store.views.status(NOW).is_healthy(NOW + timedelta(hours=1)), "a delivery is stuck"
    [one] = store.outbox.claim(NOW, ME, LEASE, 1)
    store.outbox.record_delivery([one.id], DeliveryState.DEAD, NOW)
    assert not store.views.status(NOW).is_healthy(NOW)


def test_views_begin_where_they_are_asked_to(store: Store) -> None:
    kept(store, finding("a", intent()))
    kept(store, finding("b", intent("Qwen")), now=NOW + timedelta(days=2))
    since = NOW + timedelta(days=1)
    assert [seen.title for seen in store.views.articles(since)] == ["Titel b"]
    assert [alert.watch for alert in store.views.alerts(since)] == ["Qwen"]
    assert len(store.views.articles(limit=1)) == 1


def test_a_store_closes_after_the_turn_under_way(database_url: str) -> None:
    begun, ended, store = Event(), list[str](), open_store(database_url)

    def turn() -> None:
        begun.set()
        time.sleep(0.05)
        ended.append(store.memory.installation_id())

    store.turns.submit(turn)
    assert begun.wait(5)
    store.close()
    assert len(ended) == 1
