"""A turn is kept whole or not at all, and the same article is never stored twice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.core.model.articles import Recognition, Relation, StoryRelation
from monitor.store.store import Store, open_store
from tests.store.samples import (
    LEASE,
    MAIL,
    ME,
    NOW,
    OTHER,
    SLACK,
    article,
    claimed,
    end,
    finding,
    found,
    intent,
    kept,
    keys,
    registered,
)


def test_what_a_turn_added_is_there_when_it_ended(store: Store) -> None:
    kept(store, finding("a", intent(), intent("Qwen", MAIL)))
    [seen] = store.views.articles()
    assert (seen.title, seen.watches, seen.kinship) == ("Titel a", ("H200", "Qwen"), "new")
    assert {(alert.watch, alert.channel, alert.state) for alert in store.views.alerts()} == {
        ("H200", "slack", "pending"),
        ("Qwen", "mail", "pending"),
    }


@pytest.mark.parametrize("how", ["error", "abandoned"])
def test_a_turn_that_fails_or_is_abandoned_leaves_nothing(store: Store, how: str) -> None:
    claim = claimed(store)
    try:
        with store.polls.transaction(claim, NOW) as turn:
            turn.store_article(finding("a", intent()), NOW)
            turn.end_poll(end())
            if how == "abandoned":
                turn.abandon()
            else:
                raise KeyError
    except KeyError:
        pass
    assert store.views.articles() == [] and store.views.alerts() == []
    store.polls.recover(lambda _: True)
    [again] = store.polls.claim(NOW, OTHER, LEASE, 1)
    assert again.state.etag is None


def test_a_known_article_is_recognised_in_its_own_feed_only(store: Store) -> None:
    [number] = kept(store, finding("a"))
    assert store.polls.recognise("first", [keys("a"), keys("b")]) == [Recognition(number, 1), Recognition()]
    assert store.polls.recognise("second", [keys("a")]) == [Recognition()]
    assert store.polls.recognise("first", [keys("a", "other words")]) == [Recognition(number, 1, changed=True)]


def test_a_wording_that_was_seen_before_is_not_a_change(store: Store) -> None:
    [number] = kept(store, finding("a"))
    edited = replace(
        finding("a"),
        article=article("a", body="Anderer Text."),
        keys=keys("a", "edited"),
        recognition=Recognition(number, 1, changed=True),
        story_relation=StoryRelation(Relation.VERSION, "edited", 1, number),
    )
    assert kept(store, edited) == [number]
    assert store.polls.recognise("first", [keys("a"), keys("a", "edited")]) == [Recognition(number, 1)] * 2
    assert len(store.views.articles()) == 1


def test_only_so_many_wordings_are_remembered(store: Store) -> None:
    [number] = kept(store, finding("a"))
    for version in range(30):
        edited = replace(finding("a"), keys=keys("a", f"v{version}"), recognition=Recognition(number, 1, changed=True))
        kept(
            store,
            replace(edited, story_relation=StoryRelation(Relation.VERSION, "", 1)),
            now=NOW + timedelta(minutes=version + 1),
        )
    latest, first = store.polls.recognise("first", [keys("a", "v29"), keys("a")])
    assert not latest.changed and first.changed


def test_candidates_share_a_key_or_some_shingles_in_any_feed(store: Store) -> None:
    numbers = kept(store, finding("a"), finding("bb"), source="first")
    with store.polls.transaction(claimed(store, "second"), NOW) as turn:
        same_content = turn.candidates(replace(keys("z"), content="1:a", sketch=()), NOW - LEASE)
        same_title = turn.candidates(replace(keys("z"), title="titel bb", sketch=()), NOW - LEASE)
        similar = turn.candidates(replace(keys("zzz"), sketch=(2, -7)), NOW - LEASE)
        too_old = turn.candidates(replace(keys("a")), NOW + LEASE)
        nothing = turn.candidates(replace(keys("zzz"), sketch=()), NOW - LEASE)
        turn.abandon()
    assert [one.article for one in same_content] == [numbers[0]]
    assert [one.article for one in same_title] == [numbers[1]]
    assert [one.article for one in similar] == [numbers[1], numbers[0]]
    assert (too_old, nothing) == ([], [])
    assert (similar[0].title, similar[0].body, similar[0].first_seen_at) == ("Titel bb", "Ein Text.", NOW)


def test_a_story_knows_who_was_told_and_suppressed_alerts_do_not_count(store: Store) -> None:
    kept(store, finding("a", intent(), intent("Qwen", MAIL, at=None)))
    with store.polls.transaction(claimed(store), NOW) as turn:
        [one] = turn.alerts_of_story(1)
        assert (one.watch, one.address, one.waiting, one.due_at, one.revised) == ("H200", SLACK, True, NOW, "")
        turn.abandon()


def test_an_alert_of_a_story_exists_once_whatever_a_decision_says(store: Store) -> None:
    kept(store, finding("a", intent()))
    kept(store, finding("b", intent(), story=1, source="second"), source="second")
    assert [alert.state for alert in store.views.alerts()] == ["pending"]


def test_suppressed_alerts_have_a_row_each_and_never_stand_in_the_way(store: Store) -> None:
    kept(store, finding("a", intent(at=None)), finding("b", intent(at=None), story=1))
    kept(store, finding("c", intent(), story=1))
    assert sorted(alert.state for alert in store.views.alerts()) == ["pending", "suppressed", "suppressed"]


def test_text_that_no_database_takes_is_stored_without_its_poison(store: Store) -> None:
    poison = replace(article(), title="a\x00b\ud800c", body="\udfff", tags=("\x00",), author="x\x00")
    match = replace(found(), snippet="a\x00b\ud800c")
    kept(store, replace(finding("a", intent()), article=poison, matches=(match,)))
    assert store.views.articles()[0].title == "abc"
    assert store.views.alerts()[0].snippet == "abc"


def test_the_same_article_in_four_polls_at_once_is_stored_once(database_url: str) -> None:
    with open_store(database_url) as store:
        registered(store, "first")
        claims = []
        for number in range(4):
            [claim] = store.polls.claim(NOW + number * LEASE, f"owner-{number}", LEASE, 1)
            claims.append(claim)
        gate = threading.Barrier(4)

        def poll(number: int) -> int | None:
            gate.wait(10)
            with store.polls.transaction(claims[number], NOW) as turn:
                seen = turn.recognise([keys("a")])[0]
                return turn.store_article(finding("a", intent()), NOW) if seen.article is None else None

        with ThreadPoolExecutor(4) as pool:
            stored = list(pool.map(poll, range(4)))
        assert sorted(number is not None for number in stored) == [False, False, False, True]
        assert len(store.views.articles()) == len(store.views.alerts()) == 1


def test_an_article_that_another_process_stored_first_brings_no_alert(store: Store) -> None:
    kept(store, finding("a"))
    assert kept(store, finding("a", intent()), now=NOW + LEASE) == [None]
    assert store.views.alerts() == []
    assert store.views.ledger().balanced


def test_numbers_are_never_given_twice(store: Store) -> None:
    kept(store, finding("a"))
    kept(store, finding("a", intent()))  # refused: it takes no number
    kept(store, finding("b"))
    assert [seen.story for seen in store.views.articles()] == [2, 1]


def test_two_processes_work_on_one_database(database_url: str) -> None:
    with open_store(database_url) as mine, open_store(database_url) as other:
        kept(mine, finding("a"))
        assert other.views.articles()[0].title == "Titel a"
        assert claimed(other, owner=ME).state.etag == "v1"
