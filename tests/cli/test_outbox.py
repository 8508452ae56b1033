"""`monitor outbox`: what waits and what was given up is shown, sent again or given up by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli import group
from monitor.core.model.alerts import DeliveryState
from monitor.store.store import Store, open_store
from tests.databases import sqlite
from tests.store.samples import LEASE, ME, NOW, SLACK, finding, intent, kept


@pytest.fixture
def office(tmp_path: Path) -> Iterator[tuple[Path, Store]]:
    """An outbox with one message that waits, one refused for good, one held."""
    (tmp_path / "rules.toml").write_text('[watch]\nH200 = "H200"\n[feeds]\nx = "https://x.example/feed"\n')
    with open_store(sqlite(tmp_path)) as store:
        kept(store, *(finding(name, intent()) for name in "abc"))
        _, dead, held = store.outbox.claim(NOW, ME, LEASE, 10)
        store.outbox.mark_sending([dead.id, held.id], ME, NOW)
        store.outbox.record_delivery([dead.id], DeliveryState.DEAD, NOW, error="HTTP 404: no_service")
        store.outbox.record_delivery([held.id], DeliveryState.AMBIGUOUS, NOW, error="no answer in time")
        store.outbox.release([1], ME)
        yield tmp_path, store


def run(office: Path, *words: str) -> Result:
    """The verb on the office's database."""
    places = ["--rules", str(office / "rules.toml"), "--database", f"sqlite:///{office}/monitor.db"]
    return CliRunner().invoke(group, [*places, "outbox", *words])


def rows(office: Path, *words: str) -> list[dict[str, Any]]:
    """What is listed."""
    found: list[dict[str, Any]] = json.loads(run(office, "list", "--json", *words).stdout)["data"]
    return found


def test_what_waits_and_what_was_given_up_are_two_lists(office: tuple[Path, Store]) -> None:
    folder, _ = office
    assert sorted(row["state"] for row in rows(folder)) == ["ambiguous", "pending"]
    [dead] = rows(folder, "--given-up")
    assert (dead["state"], dead["error"], dead["attempts"]) == ("dead", "HTTP 404: no_service", 1)
    shown = run(folder, "list").stdout
    assert "held" in shown and "no answer in time" in shown


def test_what_is_held_waits_for_a_hand_and_says_that_it_may_be_a_repeat(office: tuple[Path, Store]) -> None:
    folder, store = office
    [held] = [row for row in rows(folder) if row["state"] == "ambiguous"]
    assert held["due"] is None and held["possible_repeat"]
    assert [row.id for row in store.outbox.claim(NOW, ME, LEASE, 10)] == [1]
    assert run(folder, "retry", held["id"][:8]).exit_code == 0
    assert [row.key for row in store.outbox.claim(NOW.replace(year=2036), ME, LEASE, 10)][-1] == held["id"]


def test_what_was_refused_for_good_can_be_sent_again(office: tuple[Path, Store]) -> None:
    folder, store = office
    [dead] = rows(folder, "--given-up")
    assert "is due now" in run(folder, "retry", dead["id"]).stderr
    assert dead["id"] in [row.key for row in store.outbox.claim(NOW.replace(year=2036), ME, LEASE, 10)]


def test_what_is_dropped_is_not_sent_and_stays_in_the_ledger(office: tuple[Path, Store]) -> None:
    folder, store = office
    [first] = [row for row in rows(folder) if row["state"] == "pending"]
    assert run(folder, "drop", first["id"], "--json").exit_code == 0
    assert store.outbox.claim(NOW, ME, LEASE, 10) == []
    assert store.views.ledger().balanced and store.views.ledger().states["dropped"] == 1
    assert run(folder, "drop", first["id"]).exit_code == 1


@pytest.mark.parametrize("name", ["abc", "%%%%%%%%", "12345g"])
def test_an_id_that_is_none_is_refused(office: tuple[Path, Store], name: str) -> None:
    assert run(office[0], "retry", name).exit_code == 2


def test_what_is_being_sent_is_left_alone(office: tuple[Path, Store]) -> None:
    _, store = office
    [one] = store.outbox.claim(NOW, ME, LEASE, 10)
    store.outbox.mark_sending([one.id], ME, NOW)
    assert (store.outbox.retry(one.key, NOW), store.outbox.drop(one.key, NOW)) == (0, 0)
    assert one.address == SLACK
