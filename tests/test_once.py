"""One turn ends: due feeds are polled once, pages read once, messages sent once, and what failed is named.

The clock of these tests runs ahead with every look at it, so that everything is due again before a turn is over.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import group
from monitor.clock import utcnow
from monitor.core.errors import StoreError
from monitor.service.once import RunSummary, run_once
from monitor.service.reload import RulesReloader
from monitor.store.store import open_store
from tests.databases import sqlite
from tests.peers import FeedServer, Webhook
from tests.rss_documents import Item, rss

LIMIT = 60.0  # seconds for a turn that takes two
FEEDS = 60
NEWS = Item("Neu: H200 lieferbar")
OLD = Item("Ein anderer Artikel")


@dataclass
class Ahead:
    """A clock that is `step` later at each look."""

    step: timedelta
    time: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> datetime:
        with self.lock:
            self.time += self.step
            return self.time


@pytest.fixture
def feeds() -> Iterator[FeedServer]:
    """The web."""
    with FeedServer() as server:
        yield server


@pytest.fixture
def hook() -> Iterator[Webhook]:
    """A channel."""
    with Webhook() as server:
        yield server


@dataclass
class Office:
    """A folder with rules and a database, whose turns are taken one by one."""

    folder: Path
    database: str
    feeds: FeedServer
    hook: Webhook
    clock: Ahead

    def write(self, *names: str, more: str = "") -> None:
        """Rules for these feeds of one host, each due again after a second."""
        lines = [f'{name} = {{ url = "{self.feeds.url}/{name}", every = "1s", push = false{more} }}' for name in names]
        (self.folder / "rules.toml").write_text(
            '[watch]\nH200 = "H200"\n[feeds]\n' + "\n".join(lines) + f'\n[notify]\nhook = "{self.hook.apprise_url}"\n'
            '[settings]\nprivate_networks = ["127.0.0.0/8"]\n'
        )

    def turn(self, *, dry: bool = False, only: list[str] | None = None) -> RunSummary:
        """One turn, which must end."""
        work = run_once(self.database, RulesReloader(self.folder / "rules.toml"), dry=dry, only=only, now=self.clock)
        return asyncio.run(asyncio.wait_for(work, LIMIT))

    def asked(self) -> Counter[str]:
        """How often each path was asked for."""
        return Counter(request.path for request in self.feeds.requests)


@pytest.fixture
def office(tmp_path: Path, feeds: FeedServer, hook: Webhook) -> Office:
    """An office before its first turn."""
    return Office(tmp_path, sqlite(tmp_path), feeds, hook, Ahead(timedelta(seconds=0.4)))


def many(office: Office) -> list[str]:
    names = [f"f{number}" for number in range(FEEDS)]
    for name in names:
        office.feeds.put(f"/{name}", rss([OLD]))
    office.write(*names)
    return names


def test_feeds_of_one_host_that_are_due_again_before_the_last_was_polled_are_polled_once(office: Office) -> None:
    names = many(office)
    turn = office.turn()
    assert office.asked() == {f"/{name}": 1 for name in names}
    assert len(turn.reports) == FEEDS and turn.succeeded


def test_a_dry_run_that_outlasts_its_leases_polls_each_feed_once(office: Office) -> None:
    office.clock.step = timedelta(seconds=30)  # nothing is stored, so each would be due again when its lease ends
    names = many(office)
    turn = office.turn(dry=True)
    assert office.asked() == {f"/{name}": 1 for name in names} and len(turn.reports) == FEEDS


def test_feeds_that_are_asked_for_by_name_are_polled_once(office: Office) -> None:
    many(office)
    office.turn(only=["f1", "f2"])
    assert office.asked() == {"/f1": 1, "/f2": 1}


def test_feeds_that_fail_are_polled_once_and_named(office: Office) -> None:
    office.feeds.put("/there", rss([OLD]))
    office.write("there", "away", "gone")
    turn = office.turn()
    assert office.asked() == {"/there": 1, "/away": 1, "/gone": 1}
    assert not turn.succeeded and sorted(line.split(":")[0] for line in turn.failures()) == ["away", "gone"]


def test_a_message_that_a_channel_defers_is_tried_once_a_turn_and_its_channel_named(office: Office) -> None:
    office.feeds.put("/x", rss([OLD]))
    office.write("x")
    office.turn()
    office.feeds.put("/x", rss([NEWS, OLD]))
    office.hook.answer(503, retry_after=1, times=None)
    office.clock.step = timedelta(seconds=5)
    turn = office.turn()
    assert len(office.hook.posts) == 1 and (turn.sent, turn.refused) == (0, 1)
    assert [line.startswith("hook: not sent: ") for line in turn.failures()] == [True]
    office.hook.answer(200, times=None)
    turn = office.turn()
    assert len(office.hook.posts) == 2 and turn.sent == 1 and turn.succeeded


def test_a_page_that_fails_is_asked_for_once_a_turn(office: Office) -> None:
    office.clock.step = timedelta(minutes=30)
    teaser = Item("Ein Werk im Norden", link=f"{office.feeds.url}/page", text="Der Konzern baut ein Werk im Norden.")
    office.feeds.put("/x", rss([OLD]))
    office.feeds.put("/page", b"busy", status=503)
    office.write("x", more=', full_text = "always"')
    office.turn()
    office.clock.step = timedelta(seconds=10)
    office.feeds.put("/x", rss([teaser, OLD]))
    office.turn()
    office.clock.step = timedelta(hours=1)
    before = office.asked()["/page"]
    office.turn()
    assert before <= 1 and office.asked()["/page"] - before <= 1 and office.asked()["/page"] >= 1


def test_older_documents_that_lead_in_circles_are_read_once(office: Office) -> None:
    circle = f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next" href="{office.feeds.url}/x?page=2"/>'
    office.feeds.put("/x", rss([OLD]))
    office.write("x")
    office.turn()
    for path in ("/x", "/x?page=2"):
        shown = [Item(f"Neues {path} {number}") for number in range(8)]
        office.feeds.put(path, rss(shown).replace(b"<channel>", b"<channel>" + circle.encode(), 1))
    office.turn()
    assert office.asked() == {"/x": 2, "/x?page=2": 1}


def test_a_store_that_fails_while_one_page_is_read_does_not_keep_the_messages_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    teaser = Item("Neu: H200", link=f"{office.feeds.url}/page", text="Kurz gesagt.")
    office.feeds.put("/x", rss([OLD]))
    office.write("x", more=', full_text = "always"')
    office.turn()
    office.feeds.put("/x", rss([teaser, OLD]))

    def broken(*_: object, **__: object) -> None:
        raise ValueError("a fault nobody foresaw")

    monkeypatch.setattr("monitor.pipeline.fulltext.fetch_full_text", broken)
    turn = office.turn()
    assert turn.sent == 1 and not turn.succeeded
    assert turn.failures() == ["reading a page broke off: a fault nobody foresaw"]


def test_a_feed_whose_turn_cannot_be_stored_is_polled_once_and_named(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.feeds.put("/x", rss([OLD]))
    office.write("x")
    office.clock.step = timedelta(minutes=1)

    def full(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr("monitor.pipeline.ingest.store_poll", full)
    monkeypatch.setattr("monitor.pipeline.ingest.record_failed_poll", full)
    turn = office.turn()
    assert office.asked()["/x"] == 1
    assert [report.source for report in turn.reports] == ["x"]


def run(office: Office, *words: str) -> Result:
    places = ["--rules", str(office.folder / "rules.toml"), "--database", office.database]
    return CliRunner().invoke(group, [*places, *words])


@pytest.mark.parametrize("verb", [["run", "--once"], ["run", "--dry-run"], ["run", "--once", "--dry-run"]])
def test_the_verb_ends_with_1_and_names_the_feed_that_failed(office: Office, verb: list[str]) -> None:
    office.feeds.put("/there", rss([OLD]))
    office.write("there", "away")
    told = run(office, *verb)
    assert told.exit_code == 1
    assert "away: failed: the server answers 404" in told.stderr and "2 feeds polled, 1 failed" in told.stderr


def test_the_verb_ends_with_0_where_nothing_failed_also_with_backfill(office: Office) -> None:
    office.feeds.put("/there", rss([OLD, NEWS]))
    office.write("there")
    told = run(office, "run", "--once", "--backfill", "7d")
    assert told.exit_code == 0 and office.asked() == {"/there": 1}


@pytest.mark.parametrize("verb", [["run", "--once"], ["feeds", "poll"]])
def test_both_verbs_end_with_1_and_name_the_channel_that_took_nothing(office: Office, verb: list[str]) -> None:
    office.feeds.put("/x", rss([OLD]))
    office.write("x")
    assert run(office, "run", "--once").exit_code == 0
    office.feeds.put("/x", rss([NEWS, OLD]))
    office.hook.answer(500, times=None)
    with open_store(office.database) as store:
        store.polls.pull_in(utcnow())
    told = run(office, *verb, "--json")
    envelope = json.loads(told.stdout)
    assert told.exit_code == 1 and envelope["ok"] is False
    assert [one["channel"] for one in envelope["data"]["refusals"]] == ["hook"] and len(office.hook.posts) == 1
