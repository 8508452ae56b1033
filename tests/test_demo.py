"""The demonstration shows the product at work, in seconds, and asks nobody outside this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.core.model.polling import Page, Source
from monitor.demo.newsroom import ARTICLES_FILE, load_sample_feeds
from monitor.feeds.kinds import KINDS

Shown = tuple[str, dict[str, list[dict[str, Any]]]]
ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

# Python audits every connect(); the demo and its child processes end at once if one leaves the loopback.
GUARD = """
import os, sys
def watch(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        if not str(arguments[1][0]).startswith("127.") and arguments[1][0] != "::1":
            os.write(2, f"left the machine: {arguments[1]}".encode())
            os._exit(99)
sys.addaudithook(watch)
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """What the demo prints, for people and as JSON, with every connection watched."""
    folder = tmp_path_factory.mktemp("guard")
    (folder / "sitecustomize.py").write_text(GUARD)
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "monitor", "demo"]
    text = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    data = subprocess.run([*command, "--json"], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return text.stdout, json.loads(data.stdout)["data"]


def test_each_story_is_told_once_and_its_copies_are_folded(
    shown: Shown,
) -> None:
    alerts = shown[1]["alerts"]
    assert Counter(alert["state"] for alert in alerts) == {"sent": 17, "suppressed": 7}
    sent = [alert for alert in alerts if alert["state"] == "sent"]
    assert len({(alert["story"], alert["watch"]) for alert in sent}) == 17
    assert {alert["watch"] for alert in sent} == {"H200", "Qwen", "T-Head IPO", "earnings"}
    assert sum(article["kinship"] == "copy" for article in shown[1]["articles"]) == 5


@pytest.mark.parametrize("title", ["GH200-Server ziehen in Jülich ein", "The T-Headline: how a typo became a brand"])
def test_false_friends_are_seen_and_not_told(title: str, shown: Shown) -> None:
    [article] = [article for article in shown[1]["articles"] if article["title"] == title]
    assert article["watches"] == []


def test_it_shows_alerts_copies_a_message_a_near_miss_and_what_to_do_next(
    shown: Shown,
) -> None:
    text = shown[0]
    for words in (
        "Alerted: 17 alerts",
        "Folded: 5 articles",
        "would have matched",
        "none of IPO",
        "Slack",
        "monitor check",
    ):
        assert words in text


def test_there_are_sixty_articles_in_four_formats_and_three_languages() -> None:
    sections = tomllib.loads(ARTICLES_FILE.read_text(encoding="utf-8"))["feeds"]
    assert sum(len(section["articles"]) for section in sections.values()) >= 60
    assert {section["format"] for section in sections.values()} == {"rss", "atom", "rdf", "json"}
    assert any("平头哥" in article["title"] for section in sections.values() for article in section["articles"])


@pytest.mark.parametrize("second", [False, True])
def test_every_sample_feed_is_read_whole_by_the_real_parsers(second: bool) -> None:
    for feed in load_sample_feeds():
        kind, body = feed.document(NOW, second=second)
        articles = KINDS["feed"](
            Page("https://x.example/", body, kind), Source(feed.name, "https://x.example/")
        ).articles
        shown = [story for story in feed.stories if second or not story.new]
        assert sorted(article.title for article in articles) == sorted(story.title for story in shown)
        assert all(article.body and article.guid and article.published_at for article in articles)
