"""A host's habits are learnt from several stories on several days, and forgotten where they were none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from monitor.store.store import Store
from tests.store.samples import NOW, finding, intent, kept

FORM = "hat ihnen dieser beitrag über {name} vom {date} gefallen?"


def seen(store: Store, name: str, day: int, *, story: int | None = None) -> None:
    """Store an article with the paragraph on a day."""
    one = replace(finding(name, intent(), story=story), forms=(FORM,))
    kept(store, one, now=NOW + timedelta(days=day))


def test_a_paragraph_is_learnt_under_three_stories_on_two_days(store: Store) -> None:
    for name, day in (("a", 0), ("b", 0), ("c", 0)):
        seen(store, name, day)
        assert store.repeated_paragraphs.repeated_forms("x.example") == frozenset()
    seen(store, "d", 1)
    assert store.repeated_paragraphs.repeated_forms("x.example") == {FORM}
    assert store.repeated_paragraphs.repeated_forms("y.example") == frozenset()


def test_copies_of_one_story_teach_nothing(store: Store) -> None:
    seen(store, "a", 0)
    for day in range(1, 5):
        seen(store, f"copy {day}", day, story=1)
    assert store.repeated_paragraphs.repeated_forms("x.example") == frozenset()


def test_what_did_not_return_is_forgotten_and_a_habit_is_kept(store: Store) -> None:
    for name, day in (("a", 0), ("b", 1), ("c", 2)):
        seen(store, name, day)
    kept(store, replace(finding("z", intent()), forms=("rare words once seen here",)), now=NOW + timedelta(days=2))
    assert store.repeated_paragraphs.delete_older_than((NOW + timedelta(days=30)).date()) == 1
    assert store.repeated_paragraphs.repeated_forms("x.example") == {FORM}
