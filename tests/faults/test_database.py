"""A database that is full, locked, broken or older than it was: nothing is lost, and it is said in words."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event

from monitor.core.errors import StoreError
from monitor.store import database as database_room
from monitor.store.migrate import upgrade
from monitor.store.store import open_store
from tests.databases import SCRIPTS, sqlite
from tests.route_fixture import CHIPS, DULL, FIRST, OLD, Route
from tests.rss_documents import Item, rss
from tests.store.samples import NOW

LARGE = Item("Qwen rechnet lange", "Wort " * 60_000, "large")


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A new SQLite database."""
    return sqlite(tmp_path)


def test_a_full_disk_stops_the_fetching_and_loses_nothing(url: str, tmp_path: Path) -> None:
    with open_store(url) as store:
        route = Route(store, tmp_path)
        route.go()
        route.web.etags[FIRST] = '"v2"'
        route.web.pages[FIRST] = rss([LARGE, CHIPS, OLD, DULL])
        with store.database.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

        def full(plain: sqlite3.Connection, _: object) -> None:
            plain.execute(f"PRAGMA max_page_count = {pages}")

        store.database.engine.dispose()
        event.listen(store.database.engine, "connect", full)
        with pytest.raises(StoreError, match="full"):
            route.go(minutes=10)
        event.remove(store.database.engine, "connect", full)
        store.database.engine.dispose()
        route.go(minutes=30)
        assert sorted(route.told) == ["H200: Peking erlaubt den Kauf von H200-Chips", "Qwen: Qwen rechnet lange"]
        assert route.web.asked[-1][1] in (None, '"v2"') and store.views.ledger().balanced


def test_a_database_that_somebody_else_holds_is_an_error_and_works_again_afterwards(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_room, "BUSY_SECONDS", 0.05)
    with open_store(url) as store:
        route = Route(store, tmp_path)
        route.go()
        route.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
        with closing(sqlite3.connect(tmp_path / "monitor.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreError, match="locked"):
                route.go(minutes=10)
            other.execute("ROLLBACK")
        route.go(minutes=10)
        assert len(route.told) == 1


@pytest.mark.parametrize("damage", [b"", b"this is no database at all, not even nearly" * 40])
def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "monitor.db"
    path.write_bytes(damage)
    with pytest.raises(StoreError):
        open_store(f"sqlite:///{path}")


def test_a_database_from_yesterdays_backup_loses_nothing_and_repeats_under_the_same_ids(
    url: str, tmp_path: Path
) -> None:
    path, saved = tmp_path / "monitor.db", tmp_path / "saved.db"
    with open_store(url) as store:
        route = Route(store, tmp_path)
        route.go()
    shutil.copy(path, saved)
    keys = []
    for _ in range(2):
        with open_store(url) as store:
            route = Route(store, tmp_path)
            route.clock.turn(minutes=10)
            route.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
            route.go(minutes=10)
            keys.append([message.key for _, message in route.mouth.said])
        for leftover in ("monitor.db-wal", "monitor.db-shm"):
            (tmp_path / leftover).unlink(missing_ok=True)
        shutil.copy(saved, path)
    assert keys[0] == keys[1] and len(keys[0]) == 1


def test_a_schema_that_is_newer_than_the_program_is_refused(url: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "monitor.db")) as plain:
        plain.execute("UPDATE alembic_version SET version_num = '9999'")
        plain.commit()
    with pytest.raises(StoreError):
        upgrade(url, SCRIPTS, NOW)
