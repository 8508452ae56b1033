"""A change of rules, tried on the archive by the running monitor, is told in one line and stops when it is told to."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config.load import load_rules
from monitor.config.settings import Settings
from monitor.core.model.articles import Article, Recognition, Relation, StoryRelation
from monitor.core.model.polling import ArticleDecision
from monitor.pipeline.backtest import compare_rules, log_backtest
from monitor.service.reload import describe_entry
from monitor.store.store import Store
from tests.analysed import article_keys
from tests.store.samples import NOW, kept

HEAD = '[feeds]\nx = "https://x.example/f"\n'
BEFORE = HEAD + '[watch]\nH200 = "H200"\nsame = "Wetter"\n'
AFTER = HEAD + '[watch]\nH200 = "H200-Chips"\nsame = "Wetter"\nQwen = "Qwen"\n'


def settings(folder: Path, text: str) -> Settings:
    (folder / "rules.toml").write_text(text)
    return load_rules(folder / "rules.toml").settings


@pytest.fixture
def filled(store: Store) -> Store:
    """An archive of three articles."""
    for at, title in enumerate(("H200 und Wetter", "Qwen lernt", "H200-Chips")):
        article = Article("first", title, body=title)
        finding = ArticleDecision(
            article, article_keys(article), Recognition(), StoryRelation(Relation.NEW, "nothing like it before")
        )
        kept(store, finding, now=NOW + timedelta(minutes=at))
    return store


def test_only_what_differs_is_tried_and_told(filled: Store, tmp_path: Path) -> None:
    before, after = settings(tmp_path, BEFORE), settings(tmp_path, AFTER)
    found = compare_rules(filled, before, after, NOW)
    assert [(one.watch, one.stored.article.title, one.gained) for one in found] == [
        ("H200", "H200 und Wetter", False),
        ("Qwen", "Qwen lernt", True),
    ]
    assert compare_rules(filled, before, before, NOW) == []


def test_the_look_back_ends_at_the_next_article_when_it_is_told_to(filled: Store, tmp_path: Path) -> None:
    seen = iter((False, True))
    found = compare_rules(filled, settings(tmp_path, BEFORE), settings(tmp_path, AFTER), NOW, lambda: next(seen))
    assert [one.watch for one in found] == ["H200"]


def test_the_running_monitor_logs_what_a_change_would_have_brought(
    filled: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before, after = settings(tmp_path, BEFORE), settings(tmp_path, AFTER)

    async def look() -> None:
        await log_backtest(filled, before, after, NOW + timedelta(days=1))
        await log_backtest(filled, after, after, NOW + timedelta(days=1))

    with caplog.at_level(logging.INFO):
        asyncio.run(look())
    assert caplog.messages == ["the change over the last 30 days: +1 −1 (H200 −1, Qwen +1)"]


def test_the_keys_of_an_entry_that_changed_are_named() -> None:
    assert describe_entry({"any": ["a"], "in": ["title"]}, {"any": ["b"], "notify": ["x"]}) == ": any, in, notify"
    assert describe_entry("a", "b") == describe_entry("a", {"any": ["a"]}) == ""
