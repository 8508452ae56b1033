"""`monitor stories` and `monitor articles --story`: members, who was first, minutes, and the stored reason."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli import group
from monitor.clock import utcnow
from monitor.store.store import Store, open_store
from tests.databases import sqlite
from tests.fakes import Clock
from tests.route_fixture import CHIPS, DULL, FIRST, OLD, SECOND, Route
from tests.rss_documents import Item, rss


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with a story of two feeds, and one of a single article."""
    url = sqlite(tmp_path)
    with open_store(url) as store:
        route = Route(store, tmp_path)
        route.clock.time = utcnow() - timedelta(hours=3)
        route.obey(route.rules.read_text())
        route.go()
        route.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
        route.go(minutes=10)
        route.web.pages[SECOND] = rss([CHIPS, DULL])
        route.go(minutes=12)
        route.web.pages[FIRST] = rss([Item("Qwen allein", "Ohne jede Kopie.", "solo"), CHIPS, OLD, DULL])
        route.go(minutes=10)
    return url


def run(url: str, *words: str) -> Result:
    return CliRunner().invoke(group, ["--database", url, *words])


def stories(url: str, *words: str) -> list[dict[str, object]]:
    found = run(url, "stories", "--json", *words)
    assert found.exit_code == 0
    data = json.loads(found.stdout)["data"]
    assert isinstance(data, list)
    return data


def members(story: dict[str, object]) -> list[dict[str, Any]]:
    found = story["members"]
    assert isinstance(found, list)
    return found


def test_a_story_names_its_members_in_order_with_minutes_and_reasons(url: str) -> None:
    [story] = [one for one in stories(url) if CHIPS.title in str(one)]
    first, second = members(story)
    assert (first["feed"], first["minutes"], second["feed"], second["minutes"]) == ("first", 0, "second", 12)
    assert second["reason"].startswith(f"copy of #{first['id']}: ") and story["watches"] == ["H200"]


def test_the_table_has_a_line_for_each_member(url: str) -> None:
    lines = [line.split("\t") for line in run(url, "stories").stdout.splitlines() if CHIPS.title in line]
    assert [(line[2], line[4]) for line in lines] == [("first", "first"), ("+12 min", "second")]
    assert lines[0][0] == lines[1][0] and lines[1][6].startswith("copy of #")


def test_stories_with_one_article_are_shown_on_request(url: str) -> None:
    assert "Qwen allein" not in run(url, "stories").stdout
    assert "Qwen allein" in run(url, "stories", "--all").stdout


@pytest.mark.parametrize(("watch", "there"), [("H200", True), ("Qwen", False), ("nobody", False)])
def test_the_stories_of_a_watch(url: str, watch: str, there: bool) -> None:
    assert (CHIPS.title in run(url, "stories", "--watch", watch).stdout) is there


def test_stories_of_a_time_are_those_with_an_article_in_it(url: str) -> None:
    assert stories(url, "--since", "1h") == []
    assert (
        len(stories(url, "--since", "4h", "--all")) > len(stories(url, "--since", "4h", "--all", "--limit", "1")) == 1
    )


def test_the_articles_of_a_story_are_its_members_and_an_unknown_story_is_named(url: str) -> None:
    [story] = [one for one in stories(url) if CHIPS.title in str(one)]
    assert run(url, "articles", "--story", str(story["id"])).stdout.count(CHIPS.title) == 2
    data = json.loads(run(url, "articles", "--story", str(story["id"]), "--json").stdout)["data"]
    assert data == [story]
    missing = run(url, "articles", "--story", "9999")
    assert missing.exit_code == 1 and "there is no story 9999" in missing.stderr


def test_both_databases_show_the_same_stories(store: Store, tmp_path: Path) -> None:
    route = Route(store, tmp_path)
    assert isinstance(route.clock, Clock)
    route.go()
    route.web.pages[FIRST], route.web.pages[SECOND] = rss([CHIPS, OLD, DULL]), rss([CHIPS, DULL])
    route.go(minutes=10)
    [story] = [one for one in store.views.stories(watch="H200") if one.members[0].article.title == CHIPS.title]
    assert [one.minutes for one in story.members] == [0, 0] and store.views.story(story.id) == story
