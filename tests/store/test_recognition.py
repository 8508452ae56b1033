"""Recognition by index says what reading the whole archive says, and reads no more than it needs."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from monitor.core.dedupe.keys import folded_headline, is_aggregated, nearby_day_identities
from monitor.core.model.articles import ArticleKeys, Recognition, Relation, StoryRelation
from monitor.core.model.polling import ArticleDecision
from monitor.store import rows
from monitor.store.lookup import (
    MIN_UNIQUE_LENGTH,
    articles_sharing_keys,
    articles_sharing_samples,
    key_values,
    load_candidates,
    recognise_articles,
)
from monitor.store.store import Store
from monitor.store.tables import article as stored
from monitor.store.tables import version
from tests.store.samples import NOW, article, kept


def drawn(chance: random.Random) -> ArticleKeys:
    """Keys of which some meet those of other articles; some are an aggregator's."""
    content = chance.choice(("", "1:a", "1:b", "1:c", "1:d"))
    name = chance.choice((f"guid:{chance.randrange(30)}", f"news:2026-07-{chance.randrange(10, 30)}:{content[2:]}"))
    url = chance.choice(("", f"https://x.example/{chance.randrange(20)}\0"))
    title = chance.choice(("", f"Kürzung \ud800{chance.randrange(9)}"))
    published = chance.choice((None, NOW, NOW - timedelta(hours=chance.randrange(4), microseconds=7)))
    headline, identity = f"titel {chance.choice('abc')}", chance.choice((name, f"{name}#{content}"))
    return ArticleKeys(identity, url, title, content, content, (), published, headline=headline)


def written(chance: random.Random, one: ArticleKeys, source: str) -> ArticleDecision:
    """An article with these keys, as long as tells and shorter."""
    text = article(one.identity, source, body="é" * chance.choice((MIN_UNIQUE_LENGTH - 5, MIN_UNIQUE_LENGTH)))
    found = replace(text, title=one.headline, published_at=one.published, lead="lead"[: chance.randrange(5)])
    return ArticleDecision(found, one, Recognition(), StoryRelation(Relation.NEW, "new"))


def plainly(archive: list[Any], wordings: set[tuple[int, str]], feed: str, key: ArticleKeys) -> Recognition:
    """What an article is, by a look at every one there is."""
    ours = [row for row in archive if row.source == feed]
    found = [row for row in ours if row.identity == rows.storable(key.identity)]
    if not found and "#" not in key.identity:
        found = [row for row in ours if same(key, row)]
    if not found:
        return Recognition()
    last = max(found, key=lambda row: row.id)
    same_words = (last.id, key.content) in wordings and folded_headline(last.title) == key.headline
    return Recognition(last.id, last.story, changed=not same_words)


def same(key: ArticleKeys, row: Any) -> bool:
    """Whether a stored article is the one with these keys, under another name."""
    page = bool(key.url) and rows.storable(key.url) == row.canonical_url
    words = len(row.body) + len(row.lead) >= MIN_UNIQUE_LENGTH and key.content == row.content
    name = (rows.storable(key.title), key.published)
    dated = bool(key.title and key.published) and name == (row.title_key, row.published_at)
    dated = dated and not (is_aggregated(key.identity) and is_aggregated(row.identity))
    return page or words or dated or row.identity in nearby_day_identities(key.identity)


@pytest.mark.parametrize("seed", range(10))
def test_the_indexes_find_what_is_there(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    for source in ("second", "first"):
        for one in {key.identity: key for key in (drawn(chance) for _ in range(12))}.values():
            kept(store, written(chance, one, source), source=source)
    asked = [drawn(chance) for _ in range(60)]
    with store.database.read() as connection:
        archive = list(connection.execute(select(stored)))
        wordings = {tuple(row) for row in connection.execute(select(version.c.article, version.c.content))}
        found = recognise_articles(connection, "first", asked)
    assert found == [plainly(archive, wordings, "first", key) for key in asked]
    assert 10 < sum(one.article is not None for one in found) < 60


def plan_steps(store: Store, run: Callable[[Connection], object]) -> list[str]:
    """The steps of SQLite's plans of the queries that a function runs."""
    if store.database.postgres:
        pytest.skip("PostgreSQL plans by what is in a table")
    kept(store, written(random.Random(0), drawn(random.Random(0)), "first"))
    said: list[str] = []
    with store.database.read() as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_trace_callback(said.append)
        run(connection)
        driver.set_trace_callback(None)
        asked = [query for query in said if query.startswith("SELECT")]
        plans = [driver.execute(f"EXPLAIN QUERY PLAN {query}") for query in asked]
        return [row[3] for plan in plans for row in plan]


def test_no_article_is_read_that_is_not_meant(store: Store) -> None:
    asked = [drawn(random.Random(seed)) for seed in range(30)]
    steps = plan_steps(store, lambda connection: recognise_articles(connection, "first", asked))
    assert sum(step.startswith("SEARCH article USING INDEX") for step in steps) == 5
    assert not [step for step in steps if step.startswith("SCAN article") or step.endswith("(source=?)")]


def test_candidates_are_found_by_indexes_alone(store: Store) -> None:
    asked = [drawn(random.Random(seed)) for seed in range(30)]

    def look_up(connection: Connection) -> None:
        names = {key: key_values(key) for key in asked}
        articles_sharing_keys(connection, names, NOW)
        articles_sharing_samples(connection, [replace(key, sketch=(1, -7)) for key in asked], NOW)
        load_candidates(connection, [1, 2])

    steps = plan_steps(store, look_up)
    assert sum(step.startswith("SEARCH article USING INDEX") for step in steps) == 4
    assert "SEARCH sketch USING PRIMARY KEY (hash=?)" in steps
    assert "SEARCH article USING INTEGER PRIMARY KEY (rowid=?)" in steps
    assert not [step for step in steps if step.startswith(("SCAN article", "SCAN sketch")) or "first_seen_at" in step]
