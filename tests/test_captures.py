"""The replay of captures: what it counts is what the daemon would have done with the same documents."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench import captures
from bench.captures import parse_timestamp, replay_folder
from tests.rss_documents import Item, rss

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
OLD = [Item(f"Old report number {n}", f"It says that {n} things are as they were.") for n in range(3)]
FIRST = Item("Quorion builds a plant in Norway", "The works near Bergen cost 480 million euros and open in 2028.", "q")
EDITED = Item(FIRST.title, FIRST.text.replace("480", "840"), "q")
OTHER = Item("Lumetra offers for Corvane", "It pays 31 dollars a share, and the founder sells.", "l")


def put(folder: Path, feed: str, minutes: int, items: list[Item]) -> None:
    """One capture."""
    place = folder / feed
    place.mkdir(exist_ok=True)
    at = START + timedelta(minutes=minutes)
    (place / f"{at:%Y%m%dT%H%M%SZ}.xml").write_bytes(rss(items))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two feeds: an article, its copy in the other feed, an edit of it, another article, and captures that repeat."""
    for minutes in (0, 10, 20):
        put(tmp_path, "wires", minutes, OLD)
        put(tmp_path, "paper", minutes + 1, OLD[:1])
    put(tmp_path, "wires", 30, [FIRST, *OLD])
    put(tmp_path, "paper", 31, [FIRST, *OLD[:1]])
    put(tmp_path, "wires", 40, [OTHER, EDITED, *OLD])
    put(tmp_path, "wires", 50, [OTHER, EDITED, *OLD])
    return tmp_path


def test_a_replay_counts_articles_folds_updates_and_messages(folder: Path) -> None:
    figures, pairs = replay_folder(folder)
    assert (figures.captures, figures.unchanged, figures.failed.total()) == (10, 5, 0)
    assert (figures.articles, figures.first_sight, figures.edits) == (7, 4, 1)
    assert figures.folds.total() == len(pairs) == 2 and figures.updates == 1
    assert figures.alerts == {"matched": 2, "update": 1} and figures.messages == 3
    assert figures.silent == {"baseline": 4, "copy": 1}
    assert figures.cpu_seconds > 0


def test_the_pairs_of_a_rule_name_both_articles_and_feeds(folder: Path) -> None:
    _, pairs = replay_folder(folder)
    [pair] = [pair for pair in pairs if pair.title == FIRST.title]
    assert (pair.feed, pair.other_feed, pair.other_title) == ("paper", "wires", FIRST.title)
    assert pair.seen_at - (pair.other_seen_at or pair.seen_at) == timedelta(minutes=1)
    assert pair.rule.startswith("copy of #: ") and str(pair.reason).startswith("copy of #")


def test_rules_of_ones_own_decide_what_is_told(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    rules = tmp_path_factory.mktemp("rules") / "rules.toml"
    rules.write_text(
        '[watch]\nl = "Lumetra"\n[feeds]\nwires = "https://wires.example/f"\n[notify]\nn = "json://a.example"\n'
    )
    figures, _ = replay_folder(folder, rules)
    assert figures.articles == 7 and figures.alerts == {"matched": 1} and figures.messages == 1


def test_a_capture_that_is_no_feed_is_counted_as_a_failed_poll(folder: Path) -> None:
    (folder / "wires" / "20261123T113000Z.xml").write_bytes(b"<html><body>busy</body></html>")
    figures, _ = replay_folder(folder)
    assert figures.failed.total() == 1 and figures.captures == 11 and figures.messages == 3


def test_captures_are_read_in_the_order_of_time_whatever_the_spelling_of_their_names(tmp_path: Path) -> None:
    names = ("20261123T090000Z", "2026-11-23T09:00:00+00:00", "1795424400", "20261123090000", "20261123-090000")
    assert {parse_timestamp(name) for name in names} == {START}
    place = tmp_path / "wires"
    place.mkdir()
    for minutes, name in ((0, "1795424400"), (5, "20261123T090500Z"), (9, "20261123090900")):
        (place / f"{name}.xml").write_bytes(rss(OLD[: 1 + minutes // 4]))
    assert [capture.at - START for capture in captures.find_captures(tmp_path)] == [
        timedelta(minutes=minutes) for minutes in (0, 5, 9)
    ]


@pytest.mark.parametrize(("name", "word"), [("yesterday.xml", "no time"), ("", "no captures")])
def test_a_folder_that_cannot_be_replayed_is_named_with_a_way_out(tmp_path: Path, name: str, word: str) -> None:
    if name:
        (tmp_path / "wires").mkdir()
        (tmp_path / "wires" / name).write_bytes(rss(OLD))
    with pytest.raises(ValueError, match=word) as raised:
        replay_folder(tmp_path)
    assert "TIMESTAMP" in str(raised.value) or "20261123T090000Z.xml" in str(raised.value)


def test_known_entries_are_skipped_by_their_bytes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    parse = captures.InlineParser.parse

    async def counted(self: captures.InlineParser, *given: object) -> object:
        listing = await parse(self, *given)  # type: ignore[arg-type]
        read.append(len(listing.articles))
        return listing

    monkeypatch.setattr(captures.InlineParser, "parse", counted)
    replay_folder(folder)
    assert read == [3, 1, 1, 1, 2]  # a capture with the bytes of the one before is not parsed at all


def test_the_command_prints_the_figures_and_the_pairs(folder: Path) -> None:
    command = [sys.executable, "bench/stories.py", "--replay", str(folder)]
    shown = subprocess.run([*command, "--show", "copy"], capture_output=True, text=True, check=True).stdout
    assert "10 captures (5 brought nothing new, 0 failed)" in shown and "1 updates, 3 messages" in shown
    assert shown.count(FIRST.title) == 2
    data = json.loads(subprocess.run([*command, "--json", "--show", ""], capture_output=True, text=True).stdout)
    assert (data["articles"], data["messages"], len(data["pairs"])) == (7, 3, 2)
