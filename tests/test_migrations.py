"""A database is brought to this version's schema with its data, and back, on both kinds."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from monitor.core.errors import StoreError
from monitor.store.database import open_engine, parse_database_url
from monitor.store.migrate import backup_database, downgrade, upgrade, verify_database
from monitor.store.schema_revision import HEAD_REVISION, ready
from monitor.store.store import open_store
from monitor.store.tables import metadata, stored_text, stored_ticks
from tests.databases import SCRIPTS, sqlite
from tests.store.samples import NOW, finding, intent, kept


def test_migrations_lead_to_the_tables_the_program_uses(database_url: str) -> None:
    engine = open_engine(parse_database_url(database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_newest_migration_is_the_schema_that_the_program_asks_for(database_url: str) -> None:
    assert ScriptDirectory(str(SCRIPTS)).get_current_head() == HEAD_REVISION
    assert ready(database_url)
    downgrade(database_url, SCRIPTS, "-1")
    assert not ready(database_url)


def test_the_instants_of_samples_outlive_the_way_back_and_forth(tmp_path: Path) -> None:
    url, moments = sqlite(tmp_path), [NOW, NOW.replace(microsecond=7), NOW.replace(microsecond=999_999)]
    with open_store(url) as store:
        for at, moment in enumerate(moments):
            kept(store, finding("abc"[at]))
            with store.database.write() as connection:
                values = {"number": at + 1, "moment": stored_ticks(moment)}
                connection.execute(text("UPDATE sketch SET first_seen_at = :moment WHERE article = :number"), values)
    after = samples(url)
    downgrade(url, SCRIPTS, "0013")
    before = samples(url)
    upgrade(url, SCRIPTS, NOW)
    assert samples(url) == after
    assert [(*row[:2], stored_ticks(datetime.fromisoformat(f"{row[2]}+00:00"))) for row in before] == after
    assert {row[2] for row in before} == {stored_text(moment) for moment in moments}


def samples(url: str) -> list[tuple[int, int, Any]]:
    """All rows of samples as they are kept."""
    engine = open_engine(parse_database_url(url))
    with engine.connect() as connection:
        found = connection.execute(text("SELECT hash, article, first_seen_at FROM sketch ORDER BY 1, 2"))
        return [(row[0], row[1], row[2]) for row in found]


def test_an_empty_database_is_not_ready(empty_url: str) -> None:
    assert not ready(empty_url)


def test_the_way_back_leads_to_nothing_and_forth_again(database_url: str) -> None:
    with open_store(database_url) as store:
        kept(store, finding("a", intent()))
    downgrade(database_url, SCRIPTS, "base")
    with pytest.raises(StoreError, match="db upgrade"):
        open_store(database_url)
    upgrade(database_url, SCRIPTS, NOW)
    with open_store(database_url) as store:
        assert store.views.articles() == []
        kept(store, finding("a", intent()))
        assert len(store.views.articles()) == 1


def test_several_processes_may_start_on_an_empty_database_at_once(empty_url: str) -> None:
    gate = threading.Barrier(4)

    def start(_: int) -> None:
        gate.wait(10)
        upgrade(empty_url, SCRIPTS, NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))
    with open_store(empty_url) as store:
        assert verify_database(store.database) == []


def test_upgrading_twice_changes_nothing_and_makes_no_backup(database_url: str) -> None:
    with open_store(database_url) as store:
        kept(store, finding("a", intent()))
    assert upgrade(database_url, SCRIPTS, NOW) is None
    with open_store(database_url) as store:
        assert len(store.views.articles()) == 1
        assert verify_database(store.database) == []


def test_a_backup_is_a_database_of_its_own_and_overwrites_nothing(tmp_path: Path) -> None:
    url = sqlite(tmp_path)
    with open_store(url) as store:
        kept(store, finding("a", intent()))
        copy = backup_database(url, tmp_path / "copy.db")
    with open_store(f"sqlite:///{copy}") as store:
        assert len(store.views.articles()) == 1
    with pytest.raises(StoreError, match="never overwrites"):
        backup_database(url, copy)
    with pytest.raises(StoreError, match="there is no database"):
        backup_database(f"sqlite:///{tmp_path}/none.db", tmp_path / "other.db")


def test_a_damaged_database_is_told_apart(tmp_path: Path) -> None:
    url = sqlite(tmp_path)
    with open_store(url) as store:
        for number in range(40):
            kept(store, finding(f"a{number}", intent()))
        store.database.engine.dispose()
        path = tmp_path / "monitor.db"
        raw = bytearray(path.read_bytes())
        raw[20 * 4096 : 24 * 4096] = b"\xff" * 4 * 4096
        path.write_bytes(raw)
        (tmp_path / "monitor.db-wal").unlink(missing_ok=True)
        try:
            found = verify_database(store.database)
        except StoreError as error:
            found = [str(error)]
        assert found
