"""A turn that asked about all its articles at once answers as one that asks the archive about each."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event

from monitor.core.model.articles import ArticleKeys, Recognition, Relation, StoryRelation
from monitor.core.model.polling import ArticleDecision
from monitor.store import sql
from monitor.store.ingest_transaction import IngestTransaction
from monitor.store.store import Store
from tests.store.samples import NOW, article, claimed, finding, intent, kept, keys

LATER = NOW + timedelta(hours=1)
SINCE = NOW - timedelta(hours=72)


def drawn(chance: random.Random) -> ArticleKeys:
    """Keys of which some meet those of other articles."""
    name, page, title, content, revision = (f"{kind}{chance.randrange(9)}" for kind in ("n", "p", "t", "c", "r"))
    url = chance.choice(("", f"https://x.example/{page}"))
    sketch = tuple({chance.randrange(-4, 12) for _ in range(chance.randrange(6))})
    published = chance.choice((None, NOW, NOW - timedelta(hours=1)))
    identity, headline = chance.choice((name, name, f"{name}#{content}")), f"titel {chance.choice('abc')}"
    return ArticleKeys(identity, url, title, content, revision, sketch, published, headline=headline)


def written(chance: random.Random, one: ArticleKeys, source: str, belongs: int | None = None) -> ArticleDecision:
    """An article with these keys, short or long."""
    text = article(one.identity, source, body="Wort " * chance.choice((3, 60)))
    kin = StoryRelation(Relation.NEW, "new") if belongs is None else StoryRelation(Relation.COPY, "a copy", belongs)
    return ArticleDecision(replace(text, title=one.headline, published_at=one.published), one, Recognition(), kin)


def answers(turn: IngestTransaction, some: list[ArticleKeys], chance: random.Random) -> list[object]:
    """What a turn says of each article before it adds it, with names instead of numbers."""
    names: dict[int | None, str] = {}
    said: list[object] = []
    for one in some:
        [sighting] = turn.recognise([one])
        others = turn.candidates(one, SINCE) if sighting.article is None else []
        names.update((other.article, other.keys.identity + other.source) for other in others)
        said.append((names.get(sighting.article, sighting.article), sighting.changed))
        stored = [(other, replace(other.keys, headline="")) for other in others]  # the headline itself is stored
        said.append([(names[other.article], other.title, key, other.pruned) for other, key in stored])
        if sighting.article is None:
            number = turn.store_article(written(chance, one, "first", others[0].story if others else None), LATER)
            assert number is not None
            names[number] = one.identity + "first"
    return said


@pytest.mark.parametrize("seed", range(12))
def test_both_say_the_same(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    for number, source in enumerate(("second", "first", "third")):
        found = {one.identity: written(chance, one, source) for one in (drawn(chance) for _ in range(8))}
        kept(store, *found.values(), source=source, now=NOW + timedelta(minutes=number))
    some, said = [drawn(chance) for _ in range(12)], []
    for at_once in (True, False):
        with store.polls.transaction(claimed(store, now=LATER), LATER) as turn:
            if at_once:
                turn.prepare(some, SINCE)
            said.append(answers(turn, some, random.Random(seed)))
            turn.abandon()
        store.polls.recover(lambda _: True)
    assert said[0] == said[1]
    assert any(said[0][1::2])


def test_an_edit_in_the_middle_is_seen_by_what_comes_after(store: Store) -> None:
    [number] = kept(store, finding("a"))
    new, edited = replace(keys("b"), sketch=()), keys("a", "edited")
    with store.polls.transaction(claimed(store), NOW) as turn:
        turn.prepare([edited, new], SINCE)
        kin = StoryRelation(Relation.VERSION, "edited", 1, number)
        turn.store_article(
            replace(finding("a"), keys=edited, recognition=Recognition(number, 1, changed=True), story_relation=kin),
            NOW,
        )
        assert not turn.recognise([edited])[0].changed
        found = turn.candidates(replace(new, content=edited.content), SINCE)
    assert [(one.article, one.keys.content) for one in found] == [(number, edited.content)]


def test_what_a_turn_is_going_to_tell_counts_for_the_next_article(store: Store) -> None:
    with store.polls.transaction(claimed(store), NOW) as turn:
        turn.prepare([keys("a"), keys("b")], SINCE)
        before = turn.recent_alert_counts(["H200"], SINCE)
        turn.store_article(finding("a", intent()), NOW)
        after = turn.recent_alert_counts(["H200"], SINCE)
        turn.store_article(finding("b", intent(at=None)), NOW)
        silent = turn.recent_alert_counts(["H200"], SINCE)
    assert (list(before.values()), list(after.values()), list(silent.values())) == ([], [1], [1])


def test_a_feed_of_any_length_is_stored_in_few_statements(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    event.listen(store.database.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    cursor = sql.driver_cursor

    def counted(connection: Connection) -> object:
        said.append("past SQLAlchemy")
        return cursor(connection)

    monkeypatch.setattr(sql, "driver_cursor", counted)
    some = [finding(f"name {number}") for number in range(60)]
    with store.polls.transaction(claimed(store), NOW) as turn:
        said.clear()
        turn.prepare([one.keys for one in some], SINCE)
        for one in some:
            assert turn.recognise([one.keys]) == [Recognition()] and len(turn.candidates(one.keys, SINCE)) <= 20
            turn.store_article(one, NOW)
    assert len(said) <= 16
