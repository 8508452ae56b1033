"""The counter in a database and beside it, the marks of an older one, and files that are refused or set aside."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import group
from monitor.core.database_identity import Mark, Past
from monitor.core.errors import ReplacedError, StoreError
from monitor.store import database_files
from monitor.store.migrate import backup_database, set_database_aside, upgrade
from monitor.store.schema_revision import ready
from monitor.store.store import open_store
from tests.databases import SCRIPTS, sqlite
from tests.route_fixture import CHIPS, DULL, FIRST, OLD, Route
from tests.rss_documents import Item, rss
from tests.store.samples import NOW

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A new SQLite database."""
    return sqlite(tmp_path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Its file."""
    return tmp_path / "monitor.db"


def test_the_counter_rises_in_both_places_and_only_where_something_was_written(url: str, path: Path) -> None:
    with open_store(url, NOW) as store:
        first = database_files.load_generation(path)
        store.counter.check(NOW)
        assert first == database_files.load_generation(path)
        store.memory.put("key", 1)
        store.counter.check(LATER)
        after = database_files.load_generation(path)
    assert first and after and (first.counter, after.counter, after.carried, after.at) == (1, 2, 2, LATER)
    assert database_files.generation_path(path).stat().st_mode & 0o777 == 0o600


def test_a_copy_from_before_a_message_is_known_as_older_at_once(url: str, path: Path, tmp_path: Path) -> None:
    with open_store(url, NOW) as store:
        backup_database(url, tmp_path / "copy.db")
        store.outbox.mark_sending([1], "somebody", NOW)
    shutil.copy(tmp_path / "copy.db", path)
    with open_store(url, LATER) as store:
        assert store.restored and store.restored.past is Past.OLDER and store.restored.until == NOW
    with open_store(url, LATER) as store:
        assert store.restored and store.restored.at == LATER, "it is remembered"


def test_first_polls_after_a_restore_are_marked_and_later_ones_are_not(url: str, path: Path, tmp_path: Path) -> None:
    with open_store(url, NOW) as store:
        Route(store, tmp_path).go()
        backup_database(url, tmp_path / "copy.db")
        store.outbox.mark_sending([1], "somebody", NOW)
    shutil.copy(tmp_path / "copy.db", path)
    with open_store(url) as store:
        route = Route(store, tmp_path)
        route.clock.turn(minutes=5)
        store.counter.begin(route.clock())
        route.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
        route.go(minutes=10)
        route.web.pages[FIRST] = rss([Item("Qwen rechnet schneller", "Um ein Fünftel.", "fast"), CHIPS, OLD, DULL])
        route.go(minutes=10)
        assert ["possible repeat" in message.body for _, message in route.mouth.said] == [True, False]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"counter": "x"}', b"null"])
def test_a_counter_that_cannot_be_read_is_no_counter(url: str, path: Path, content: bytes) -> None:
    database_files.generation_path(path).write_bytes(content)
    with open_store(url, NOW) as store:
        assert store.restored is None
    assert database_files.load_generation(path)


def test_a_copy_on_a_new_machine_raises_no_alarm_with_or_without_its_counter(
    url: str, path: Path, tmp_path: Path
) -> None:
    with open_store(url, NOW):
        pass
    for number, names in enumerate((["monitor.db"], ["monitor.db", "monitor.db-generation"])):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name in names:
            shutil.copy(tmp_path / name, folder / name)
        with open_store(f"sqlite:///{folder / 'monitor.db'}", LATER) as store:
            assert store.restored is None


def test_a_new_database_where_one_ran_is_known_as_lost_and_one_of_another_installation_as_other(
    url: str, path: Path, tmp_path: Path
) -> None:
    database_files.save_generation(path, Mark("elsewhere", 5, NOW, 5))
    with open_store(url, LATER) as store:
        assert store.restored and store.restored.past is Past.LOST
        Route(store, tmp_path).go()
    database_files.save_generation(path, Mark("elsewhere", 5, NOW, 5))
    with open_store(url, LATER) as store:
        assert store.restored and store.restored.past is Past.FOREIGN


def test_a_folder_that_cannot_be_written_costs_the_counter_only(
    url: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(database_files, "save_generation", full)
    with open_store(url, NOW) as store:
        assert "No space left" in store.counter.trouble
        store.memory.put("key", 1)


def test_two_processes_count_on_one_file(url: str, path: Path) -> None:
    with open_store(url, NOW) as one, open_store(url, NOW) as two:
        for store in (one, two, one):
            store.memory.put("key", id(store))
            store.counter.check(NOW)
        mark = database_files.load_generation(path)
        assert mark and not one.lost_reason and not two.lost_reason and mark == Mark(mark.installation, 5, NOW, 5)


def test_another_schema_under_a_running_monitor_ends_it(database_url: str) -> None:
    with open_store(database_url, NOW) as store:
        with store.database.write() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(ReplacedError, match="another schema"):
            store.counter.check(NOW)
        with pytest.raises(ReplacedError):
            store.memory.put("key", 1)


def test_an_older_dump_restored_under_a_running_monitor_ends_it(database_url: str) -> None:
    with open_store(database_url, NOW) as store:
        store.memory.put("key", 1)
        store.counter.check(NOW)
        with store.database.write() as connection:
            connection.exec_driver_sql("DELETE FROM memory WHERE key = 'generation'")
        with pytest.raises(ReplacedError, match="restored from a copy"):
            store.counter.check(LATER)
    with open_store(database_url, LATER) as store:
        assert store.restored and store.restored.past is Past.OLDER


def test_a_link_that_is_turned_to_another_file_is_noticed_before_a_write(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        sqlite(tmp_path / name)
    link = tmp_path / "monitor.db"
    link.symlink_to(tmp_path / "one" / "monitor.db")
    with open_store(f"sqlite:///{link}", NOW) as store:
        store.memory.put("key", 1)
        link.unlink()
        link.symlink_to(tmp_path / "two" / "monitor.db")
        with pytest.raises(ReplacedError, match="another file"):
            store.memory.put("key", 2)
        assert (tmp_path / "one" / "monitor.db-wal").exists()


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("CREATE TABLE bookmarks (url TEXT)")


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("UPDATE alembic_version SET version_num = '9999'")
        plain.commit()


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(1000)


HARM: list[Callable[[Path], object]] = [
    foreign,
    newer,
    cut,
    lambda path: path.write_bytes(b"no database, " * 900),
    lambda path: path.write_bytes(gzip.compress(path.read_bytes())),
]


@pytest.mark.parametrize("harm", HARM)
def test_a_file_that_is_none_of_ours_stays_as_it_is_and_the_verb_is_named(
    url: str, path: Path, harm: Callable[[Path], object]
) -> None:
    harm(path)
    before, names = path.read_bytes(), sorted(path.parent.iterdir())
    for _ in range(2):
        with pytest.raises(StoreError, match="monitor db set-aside"):
            ready(url) or upgrade(url, SCRIPTS, NOW)
    assert path.read_bytes() == before and sorted(path.parent.iterdir()) == names


def test_set_aside_renames_all_files_alike_and_only_when_told_to(url: str, path: Path) -> None:
    for name in ("monitor.db-wal", "monitor.db-shm"):
        path.with_name(name).write_bytes(b"kept")
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("PRAGMA journal_mode")
    assert CliRunner().invoke(group, ["--database", url, "db", "set-aside"]).exit_code == 0 and path.exists()
    names, moved = set_database_aside(url, really=True)
    assert len(names) == len(moved) and not path.exists() and all(one.exists() for one in moved)
    assert len({one.name.partition(".aside-")[2] for one in moved}) == 1
    assert CliRunner().invoke(group, ["--database", url, "db", "set-aside", "--yes"]).exit_code == 1


@pytest.mark.parametrize(("hours", "behind"), [(-1, True), (-24, True), (0, False), (1, False)])
def test_a_start_notices_that_the_clock_was_set_back_since_the_last_write(
    database_url: str, hours: float, behind: bool
) -> None:
    with open_store(database_url, NOW):
        pass
    now = NOW + timedelta(hours=hours)
    with open_store(database_url, now) as store:
        assert store.counter.is_ahead_of(now) is behind


def test_a_clock_set_back_during_a_start_is_noticed(database_url: str) -> None:
    with open_store(database_url, NOW) as store:
        assert not store.counter.is_ahead_of(NOW) and store.counter.is_ahead_of(NOW - timedelta(minutes=1))


def test_a_clock_set_back_is_noticed_by_each_start_until_one_has_written_under_it(database_url: str) -> None:
    earlier = NOW - timedelta(hours=1)
    with open_store(database_url, NOW):
        pass
    for minutes in (0, 1):
        now = earlier + timedelta(minutes=minutes)
        with open_store(database_url, now) as store:  # a start that fails before it makes anything due
            assert store.counter.is_ahead_of(now)
    with open_store(database_url, earlier) as store:
        store.memory.put("anything", 1)
        store.counter.check(earlier)
    with open_store(database_url, earlier + timedelta(minutes=2)) as store:
        assert not store.counter.is_ahead_of(earlier + timedelta(minutes=2))
