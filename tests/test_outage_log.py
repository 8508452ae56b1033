"""An outage is two lines, its beginning and its end, whoever meets it and however often."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import exc, text

from monitor.core.alerts import outage
from monitor.core.alerts.health_rules import Alarm
from monitor.core.alerts.outage import CALM, LINES, OutageTally
from monitor.core.errors import DeliveryError, ReplacedError, StoreError
from monitor.core.model.alerts import Answer
from monitor.pipeline.deliver import Deliverer
from monitor.pipeline.health import HealthMonitor
from monitor.pipeline.outage_log import Outages, is_known_outage
from monitor.service import daemon as daemon_room
from monitor.store import database as database_room
from monitor.store.store import Store, open_store
from tests.daemons import ROOT, Daemon
from tests.databases import sqlite
from tests.peers import FeedServer, Webhook
from tests.route_fixture import Route, send_due
from tests.rss_documents import Item, rss
from tests.test_backlog import SkippedSleeps, waiting
from tests.test_health import Office

RULES = """
[watch]
H200 = "H200"

[feeds]
{feeds}

[notify]
hook = "{hook}"

[settings]
private_networks = ["127.0.0.0/8"]
"""


class Seconds:
    """A clock that stands."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def lines(caplog: pytest.LogCaptureFixture, level: int = logging.INFO) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= level]


def test_an_outage_that_many_meet_is_two_lines_with_its_length_and_its_cost(
    caplog: pytest.LogCaptureFixture, seconds: Seconds
) -> None:
    caplog.set_level(logging.INFO)
    outages = Outages(seconds)
    for _ in range(240):
        outages.database("read", "it is locked")
        outages.database("write", "it is locked")
        seconds.now += 0.5
    seconds.now += CALM
    outages.database("read", None)
    outages.database("write", None)
    outages.database("write", None)
    begin, end = lines(caplog)
    assert begin == "the database cannot be used; this is said once until it ends: it is locked"
    assert end == f"the database works again, after {120 + CALM:.0f} s and 480 failed attempts"


def test_reads_that_work_do_not_end_an_outage_of_writes(caplog: pytest.LogCaptureFixture, seconds: Seconds) -> None:
    caplog.set_level(logging.INFO)
    outages = Outages(seconds)
    for _ in range(50):
        outages.database("write", "attempt to write a readonly database")
        seconds.now += 60
        outages.database("read", None)
    assert len(lines(caplog)) == 1


def test_a_disk_that_takes_small_writes_between_large_ones_is_one_outage(
    caplog: pytest.LogCaptureFixture, seconds: Seconds
) -> None:
    caplog.set_level(logging.INFO)
    outages = Outages(seconds)
    for _ in range(100):
        outages.database("write", "database or disk is full")
        seconds.now += CALM / 2
        outages.database("write", None)
        seconds.now += CALM / 4
    assert len(lines(caplog)) == 1
    seconds.now += CALM
    outages.database("write", None)
    assert lines(caplog)[1].endswith("and 100 failed attempts")


@given(st.lists(st.tuples(st.sampled_from(["read", "write"]), st.booleans(), st.floats(0, 10)), max_size=60))
def test_an_outage_ends_only_when_all_that_failed_has_worked(events: list[tuple[str, bool, float]]) -> None:
    state, failing, now, last = None, set[str](), 0.0, 0.0
    for part, works, wait in events:
        now += wait
        if works and state:
            state = outage.worked(state, part, now)
            failing.discard(part)
            assert (state is None) == (not failing and now - last >= CALM)
        elif not works:
            state, last = outage.failed(state, part, now), now
            failing.add(part)
        failing = failing if state else set()


def test_a_thousand_feeds_that_fail_at_once_are_a_few_lines(caplog: pytest.LogCaptureFixture, seconds: Seconds) -> None:
    caplog.set_level(logging.INFO)
    outages = Outages(seconds)
    for n in range(1000):
        outages.log_one_of_many("feeds that fail", logging.WARNING, f"feed{n}", "no such host")
    outages.flush()
    said = lines(caplog)
    assert len(said) == LINES + 1 and said[0] == "feed0: no such host"
    assert said[-1].startswith("feeds that fail: 995 more: feed5, ") and said[-1].endswith(" and 985 more")
    outages.flush()
    assert len(lines(caplog)) == LINES + 1


def test_feeds_that_fail_now_and_then_have_a_line_each() -> None:
    tally, said = OutageTally(), []
    for n in range(30):
        tally, alone, rest = outage.one_more(tally, f"feed{n}", n * 20.0)
        said.append((alone, rest))
    assert said == [(True, "")] * 30


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (sqlite3.OperationalError("database is locked"), True),
        (sqlite3.OperationalError("database or disk is full"), True),
        (sqlite3.OperationalError("attempt to write a readonly database"), True),
        (sqlite3.DatabaseError("file is not a database"), True),
        (exc.TimeoutError("QueuePool limit reached"), True),
        (sqlite3.IntegrityError("UNIQUE constraint failed"), False),
        (sqlite3.ProgrammingError("Incorrect number of bindings"), False),
        (exc.ArgumentError("we asked nonsense"), False),
    ],
)
def test_what_is_out_of_order_is_told_from_what_we_did_wrong(cause: Exception, expected: bool) -> None:
    with pytest.raises(StoreError) as caught, database_room.store_errors():
        raise cause
    assert is_known_outage(caught.value) is expected


class Looks:
    """A database that cannot be looked at a hundred times, and then is another one."""

    lost_reason, suspect, trouble, folder = "", True, "", None

    def __init__(self, error: StoreError) -> None:
        self.error, self.count, self.heard, self.counter = error, 0, list[str](), self

    def check(self, now: datetime) -> None:
        self.count += 1
        if self.count > 100:
            self.lost_reason = "the database is another file now"
        raise ReplacedError(self.lost_reason) if self.lost_reason else self.error

    async def tell(self, why: str, *_: object) -> None:
        """What operators hear."""
        self.heard.append(why)


@pytest.mark.parametrize(
    ("outage", "expected"),
    [(True, []), (False, ["the database cannot be looked at: no such table"])],
)
def test_the_look_at_the_database_says_what_is_wrong_once_and_of_an_outage_nothing(
    outage: bool, expected: list[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon_room, "TICK_SECONDS", 0)
    store = Looks(StoreError("no such table", outside=outage))
    service = SimpleNamespace(
        store=store, now=lambda: datetime(2026, 1, 1, tzinfo=UTC), notifier=None, outages=None, targets={}
    )
    running = daemon_room.Daemon(
        cast(Any, service), cast(Any, SimpleNamespace(settings=None)), cast(Any, lambda **_: None)
    )
    monkeypatch.setattr(running, "health", SimpleNamespace(lost=store.tell))
    asyncio.run(running.watch_database())
    end = "the database is another file now; the monitor ends, to be started again"
    assert lines(caplog) == [*expected, end] and store.count == 101
    assert running.stopping.is_set() and store.heard == [store.lost_reason]


def test_every_way_into_the_database_tells_whether_it_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_room, "BUSY_SECONDS", 0.05)
    with open_store(sqlite(tmp_path)) as store:
        heard: list[tuple[str, bool]] = []
        store.database.observer = lambda part, error: heard.append((part, error is None))
        with closing(sqlite3.connect(tmp_path / "monitor.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreError), store.database.write():
                pass
            with store.database.read() as connection:
                connection.execute(text("SELECT 1"))
            other.execute("ROLLBACK")
        with store.database.write():
            pass
        assert heard == [("write", False), ("read", True), ("write", True)]
        with pytest.raises(StoreError), store.database.write():
            raise StoreError("another process took this poll over")
        assert len(heard) == 3


def test_a_thousand_alarms_of_one_look_are_one_message_and_so_is_their_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(store)
    up = {f"feed f{n}": Alarm(f"feed f{n}", f"the feed f{n} fails: no such host") for n in range(1000)}
    monkeypatch.setattr(
        HealthMonitor, "update_alarms", lambda self, trouble, known: store.alarms.update_alarms(up, office.clock())
    )
    assert [title for _, title in office.look(minutes=1)] == ["monitor: 1,000 alarms at once"] * 2
    body = office.mouth.said[0][1].body
    assert "the feed f0 fails" in body and "and 990 more: see `monitor status`" in body and len(body) < 2600
    assert office.look(minutes=1) == []
    up.clear()
    assert [title for _, title in office.look(minutes=1)] == ["monitor: 1,000 alarms are over"] * 2
    assert office.look(minutes=1) == []


def test_an_ops_channel_and_a_watcher_that_fail_for_hours_are_a_line_each(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    office = Office(store)
    office.settings = replace(office.settings, ping="https://watcher.example/ping")
    office.mouth.deaf = True
    office.mouth.moods = [DeliveryError("no such host", answer=Answer.NOT_SENT)] * 1000
    for _ in range(60):
        office.look("rules.toml line 3: unknown key", minutes=1)
    said = [line for line in lines(caplog) if "cannot be used" in line]
    assert len(said) == 3 and {line.partition(" cannot")[0] for line in said} == {
        "the channel slack for operators", "the channel mail for operators", "the outside watcher",
    }  # fmt: skip


def test_a_mail_server_that_is_out_is_one_line_for_all_its_messages(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    SkippedSleeps(monkeypatch)
    route = Route(store, tmp_path)
    known = waiting(route, 6, "json://hook.example/alerts")
    caplog.clear()

    async def main() -> None:
        dispatch = Deliverer(store, route.mouth, "here:0:1:1", route.clock, lambda: 0.5)
        dispatch.outages.now = lambda: route.clock().timestamp()
        for _ in range(8):
            route.mouth.moods = [DeliveryError("connection refused", answer=Answer.NOT_SENT)] * 100
            await send_due(dispatch, known)
            route.clock.turn(minutes=20)
        route.mouth.moods = []
        await send_due(dispatch, known)
        route.clock.turn(minutes=20)
        await send_due(dispatch, known)

    asyncio.run(main())
    about = [line for line in lines(caplog) if line.startswith("the channel c0")]
    assert len(about) == 2 and about[0].startswith("the channel c0 cannot be used") and "works again" in about[1]
    assert len(route.told) == 6


def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    """/dev/full takes no byte."""
    program = "import logging; from monitor.service.log import start_logging; start_logging(tuple); logging.error('x')"
    program += "; print('went on')"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=full, text=True, check=False, cwd=ROOT
        )
    assert done.stdout == "went on\n"


def test_the_daemon_says_an_outage_of_the_database_in_two_lines_and_no_traceback(tmp_path: Path) -> None:
    item = Item("Peking erlaubt den Kauf von H200-Chips", "Mehrere Konzerne wollen bestellen.", guid="chips-1")
    with FeedServer() as feeds, Webhook() as hook:
        listed = ""
        for n in range(8):
            feeds.put(f"/f{n}", rss([Item(f"Wetter {n}", "Regen.", f"w{n}")]), content_type="application/rss+xml")
            listed += f'f{n} = {{ url = "{feeds.url}/f{n}", every = "1s", full_text = "never" }}\n'
        rules = tmp_path / "rules.toml"
        rules.write_text(RULES.format(feeds=listed, hook=hook.apprise_url))
        with Daemon(rules, f"sqlite:///{tmp_path / 'monitor.db'}") as daemon:
            daemon.wait_for("READY=1")
            feeds.wait(16, 60)
            with closing(sqlite3.connect(tmp_path / "monitor.db", isolation_level=None, timeout=30)) as other:
                other.execute("BEGIN IMMEDIATE")
                wait_for(daemon, "cannot be used")
                feeds.put("/f0", rss([item]), content_type="application/rss+xml")
                daemon.wait_for("WATCHDOG=1", times=daemon.said("WATCHDOG=1") + 1, timeout=60)
                other.execute("ROLLBACK")
            wait_for(daemon, "works again")
            hook.wait(1, 60)
            assert daemon.stop() == 0
        said = daemon.log.read_text()
        assert "Traceback" not in said, said
        assert said.count("the database cannot be used") == said.count("the database works again") == 1, said
        assert len(said.splitlines()) < 30 and len(hook.posts) == 1, said


def wait_for(daemon: Daemon, words: str, timeout: float = 60.0) -> None:
    """Wait until the daemon's log has these words."""
    clock = asyncio.new_event_loop()
    try:
        until = clock.time() + timeout
        while words not in daemon.log.read_text():
            assert clock.time() < until, daemon.log.read_text()
            clock.run_until_complete(asyncio.sleep(0.05))
    finally:
        clock.close()
