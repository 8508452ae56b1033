"""`monitor feeds poll` and `feeds list`: chosen feeds now, beside a running monitor, and how they all do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import group
from monitor.clock import utcnow
from monitor.store.store import open_store
from tests.peers import FeedServer, Webhook
from tests.route_fixture import BOTH, CHIPS, DULL, OLD
from tests.rss_documents import rss

RULES = """
[watch]
H200 = "H200"
[feeds]
first = {{ url = "{feeds}/first", every = "1h" }}
second = "{feeds}/second"
[notify]
hook = "json://{hook}/x"
[settings]
private_networks = ["127.0.0.0/8"]
"""


@pytest.fixture
def feeds() -> Iterator[FeedServer]:
    """Two feeds."""
    with FeedServer() as server:
        server.put("/first", rss([OLD]))
        server.put("/second", rss([DULL]))
        yield server


@pytest.fixture
def hook() -> Iterator[Webhook]:
    """A channel."""
    with Webhook() as server:
        yield server


@pytest.fixture
def office(tmp_path: Path, feeds: FeedServer, hook: Webhook) -> Path:
    """A folder with rules, after a first look at both feeds."""
    rules = RULES.format(feeds=feeds.url, hook=hook.url.removeprefix("http://"))
    (tmp_path / "rules.toml").write_text(rules)
    told = run(tmp_path, "poll")
    assert told.exit_code == 0 and told.stdout.count("at first sight") == 2
    return tmp_path


def run(office: Path, *words: str) -> Result:
    places = ["--rules", str(office / "rules.toml"), "--database", f"sqlite:///{office}/monitor.db"]
    return CliRunner().invoke(group, [*places, "feeds", *words])


def test_a_feed_that_is_not_due_is_polled_alone_and_what_it_brings_is_sent(
    office: Path, feeds: FeedServer, hook: Webhook
) -> None:
    feeds.put("/first", rss([CHIPS, OLD]))
    feeds.put("/second", rss([BOTH, DULL]))
    before = len(feeds.requests)
    told = run(office, "poll", "first")
    assert told.exit_code == 0
    assert told.stdout.splitlines() == [
        "first: 1 new article; matched: H200 1",
        f"sent to hook: {CHIPS.title}",
    ]
    assert "1 feed polled, 0 failed, 1 new article; 1 message sent, 0 refused" in told.stderr
    assert [one.path for one in feeds.requests[before:]] == ["/first"]
    assert len(hook.posts) == 1


def test_a_dry_run_shows_the_messages_and_the_next_poll_still_finds_them_new(
    office: Path, feeds: FeedServer, hook: Webhook
) -> None:
    feeds.put("/first", rss([CHIPS, OLD]))
    told = run(office, "poll", "first", "--dry-run")
    assert "To hook\n" in told.stdout and CHIPS.title in told.stdout and hook.posts == []
    assert "nothing was sent or stored" in told.stderr
    assert "1 new article" in run(office, "poll", "first").stdout


def test_a_feed_that_another_process_polls_is_left_to_it(office: Path) -> None:
    with open_store(f"sqlite:///{office}/monitor.db") as store:
        [claim] = store.polls.claim(utcnow(), "elsewhere:1:2:3", timedelta(minutes=2), 1, only=["second"])
        assert claim.state.source == "second"
        told = run(office, "poll")
    assert told.exit_code == 1
    assert "second: another process is polling it right now" in told.stdout and "first: 0 new" in told.stdout


def test_a_failure_is_told_in_words_and_is_a_negative_answer(office: Path, feeds: FeedServer) -> None:
    feeds.remove("/second")
    told = run(office, "poll", "--json")
    envelope = json.loads(told.stdout)
    assert told.exit_code == 1 and envelope["ok"] is False
    assert {one["feed"]: one["outcome"] for one in envelope["data"]["polls"]} == {
        "first": "unchanged",
        "second": "failed",
    }
    assert "second: failed: the server answers 404 Not Found" in run(office, "poll", "second").stdout


def test_a_name_that_is_none_is_wrong_usage_with_the_nearest(office: Path) -> None:
    told = run(office, "poll", "frist")
    assert told.exit_code == 2 and 'did you mean "first"?' in told.stderr


def test_the_list_says_kind_rhythm_and_state(office: Path, feeds: FeedServer) -> None:
    feeds.remove("/second")
    run(office, "poll", "second")
    second, first = (line.split("\t") for line in run(office, "list").stdout.splitlines())
    assert first[:4] == ["first", "feed", "60 min", "1"] and first[4].endswith("ago") and first[6] == "ok"
    assert second[:3] == ["second", "feed", "2 min-15 min"] and "the server answers 404" in second[6]
    rows = json.loads(run(office, "list", "--json").stdout)["data"]
    assert [(row["name"], row["every"], row["most"]) for row in rows] == [
        ("second", 120.0, 900.0),
        ("first", 3600.0, 3600.0),
    ]
