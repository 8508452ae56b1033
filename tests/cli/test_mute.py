"""`monitor mute` keeps a thing quiet until its end, and says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import group
from monitor.store.store import open_store
from tests.databases import sqlite


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with rules and an empty archive."""
    (tmp_path / "rules.toml").write_text('[watch]\nH200 = "H200"\n[feeds]\nx = "https://x.example/feed"\n')
    with open_store(sqlite(tmp_path)):
        return tmp_path


def run(office: Path, *words: str) -> Result:
    """The verb on the office's database."""
    places = ["--rules", str(office / "rules.toml"), "--database", f"sqlite:///{office}/monitor.db"]
    return CliRunner().invoke(group, [*places, "mute", *words])


def muted(office: Path) -> list[tuple[str, str]]:
    """What is muted, by kind and name."""
    return [(one["kind"], one["name"]) for one in json.loads(run(office, "list", "--json").stdout)["data"]]


def test_a_mute_is_listed_until_it_is_ended(office: Path) -> None:
    assert "watch H200 is muted until" in run(office, "add", "watch", "H200", "--for", "2h").stderr
    run(office, "add", "feed", "x")
    run(office, "add", "term", "GPU")
    run(office, "add", "story", "12")
    assert muted(office) == [("watch", "H200"), ("feed", "x"), ("term", "GPU"), ("story", "12")]
    assert "H200" in run(office, "list").stdout
    assert run(office, "end", "watch", "H200").exit_code == 0
    assert ("watch", "H200") not in muted(office)
    assert run(office, "end", "watch", "H200").exit_code == 1
    assert json.loads(run(office, "end", "term", "GPU", "--json").stdout)["data"] == {"ended": 1}


def test_the_same_thing_is_muted_once_with_its_newest_end(office: Path) -> None:
    run(office, "add", "watch", "H200", "--for", "2h")
    assert json.loads(run(office, "add", "watch", "H200", "--json").stdout)["data"]["kind"] == "watch"
    assert len(muted(office)) == 1


@pytest.mark.parametrize("kind, name", [("watch", "H20"), ("feed", "y"), ("story", "abc")])
def test_a_name_that_is_not_there_is_refused(office: Path, kind: str, name: str) -> None:
    told = run(office, "add", kind, name)
    assert told.exit_code == 2 and name in told.stderr
