"""The database is deleted, replaced, overwritten or restored while the daemon runs, or between two runs.

The daemon is a real process; what is told at the webhook says what was lost and what was told twice.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from monitor.store.migrate import backup_database
from tests.daemons import Daemon
from tests.rss_documents import Item
from tests.test_daemon import CHIPS, DULL, LISTING, MODEL, OLD, RULES, Desk
from tests.test_daemon import desk as desk
from tests.test_outage_log import wait_for

RESTART = 75
ITEMS = (CHIPS, MODEL, LISTING)
MORE = RULES.replace('Qwen = "Qwen"', 'Qwen = "Qwen"\nListing = "Börsengang"')


class Town:
    """A desk with its files, and how the story of a test goes on."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.path = Path(desk.database.removeprefix("sqlite:///"))
        self.spare = self.path.with_name("spare.db")
        desk.write(MORE)

    def begin(self, daemon: Daemon) -> None:
        """See both feeds, keep a copy, and tell of one article on both channels, to the end."""
        wait_for(daemon, "first: 2 new articles at first sight")
        wait_for(daemon, "second: 1 new article at first sight")
        backup_database(self.desk.database, self.spare)
        self.desk.publish("first", CHIPS, OLD, DULL)
        wait_for(daemon, "sent to hook")
        wait_for(daemon, "sent to mail")

    def told(self, item: Item) -> list[str]:
        """The messages about an article."""
        return [post.json["message"] for post in self.desk.hook.posts if item.title in post.json["title"]]

    def first(self) -> None:
        """A run that tells of one article and is stopped; a copy of its database from before is kept."""
        with self.desk.daemon() as daemon:
            self.begin(daemon)
            assert daemon.stop() == 0

    def fault(self, harm: Callable[[], object]) -> str:
        """A run in which an article is told, then the harm is done, then another comes; returns what it logged."""
        with self.desk.daemon() as daemon:
            self.begin(daemon)
            harm()
            self.desk.publish("second", MODEL, DULL)
            assert daemon.process.wait(60) == RESTART, daemon.log.read_text()
            assert daemon.said("STATUS=the database")
            said = daemon.log.read_text()
        assert said.count("the monitor ends, to be started again") == 1 and "Traceback" not in said, said
        return said

    def again(self, posts: int) -> str:
        """The run after that, with one article more; until so many messages were heard."""
        self.desk.publish("second", LISTING, MODEL, DULL)
        with self.desk.daemon() as daemon:
            daemon.wait_for("READY=1", timeout=40)
            self.desk.hook.wait(posts, 40)
            self.desk.settled()
            assert daemon.stop() == 0
            text = daemon.log.read_text()
        with closing(sqlite3.connect(self.path)) as plain:
            assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return text


@pytest.fixture
def town(desk: Desk) -> Town:
    return Town(desk)


def remove(town: Town) -> None:
    for name in town.path.parent.glob("monitor.db*"):
        name.unlink()


def overwrite(town: Town) -> None:
    """As cp does: the same file with other bytes."""
    with town.path.open("r+b") as file, town.spare.open("rb") as spare:
        file.truncate(0)
        shutil.copyfileobj(spare, file)


def swap(town: Town) -> None:
    """As mv does: another file under the name."""
    town.spare.replace(town.path)


def test_a_database_that_is_deleted_under_the_daemon_is_written_again_and_nothing_is_lost(town: Town) -> None:
    said = town.fault(lambda: town.path.unlink())
    assert "was deleted or moved away" in said and "written again" in said
    town.again(4)  # and one for the operators
    assert [len(town.told(item)) for item in (OLD, *ITEMS)] == [0, 1, 1, 1]
    assert town.path.stat().st_mode & 0o777 == 0o600


def test_all_its_files_deleted_at_once_lose_nothing(town: Town) -> None:
    town.fault(lambda: remove(town))
    town.again(4)
    assert [len(town.told(item)) for item in (OLD, *ITEMS)] == [0, 1, 1, 1]


@pytest.mark.parametrize("harm", [overwrite, swap])
def test_an_older_copy_put_in_its_place_is_told_of_and_repeats_are_marked(
    town: Town, harm: Callable[[Town], None]
) -> None:
    said = town.fault(lambda: harm(town))
    assert "was overwritten" in said or "is another file now" in said
    said = town.again(5)
    assert "an older database was restored" in said
    assert [len(town.told(item)) for item in (OLD, CHIPS, MODEL, LISTING)] == [0, 2, 1, 1]
    assert "possible repeat" not in town.told(CHIPS)[0].lower() and "possible repeat" in town.told(CHIPS)[1].lower()
    assert any("older database was restored" in title for title in town.desk.titles)


def test_a_copy_restored_between_two_runs_marks_what_may_have_been_told(town: Town) -> None:
    town.first()
    shutil.copy(town.spare, town.path)
    town.desk.publish("second", MODEL, DULL)
    said = town.again(4)
    assert "an older database was restored" in said
    assert ["possible repeat" in text.lower() for text in town.told(CHIPS)] == [False, True]
    assert len(town.told(LISTING)) == 1


def test_a_copy_put_beside_the_log_of_a_killed_daemon_is_not_spoilt_by_it(town: Town) -> None:
    with town.desk.daemon() as daemon:
        town.begin(daemon)
        daemon.kill()
    assert town.path.with_name("monitor.db-wal").stat().st_size
    shutil.copy(town.spare, town.path)
    said = town.again(3)
    assert "log of another file" in said and list(town.path.parent.glob("monitor.db-wal.stale-*"))
    assert ["possible repeat" in text.lower() for text in town.told(CHIPS)] == [False, True]


def test_a_log_that_is_deleted_under_the_daemon_is_carried_over_first(town: Town) -> None:
    town.fault(lambda: town.path.with_name("monitor.db-wal").unlink())
    town.again(4)
    assert [len(town.told(item)) for item in (OLD, *ITEMS)] == [0, 1, 1, 1]


def test_an_emptied_database_waits_for_a_person_s_verb(town: Town) -> None:
    town.fault(lambda: town.path.write_bytes(b""))
    with town.desk.daemon() as daemon:
        assert daemon.process.wait(40) == 1
        assert "monitor db set-aside" in daemon.log.read_text()
    assert town.path.stat().st_size == 0
