"""The archive gives every stored article once, in order, and finds one by whatever name a person has of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.store import archive
from monitor.store.store import Store
from tests.store.samples import NOW, article, finding, intent, kept


@pytest.fixture
def filled(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Five articles on two days, read in batches of two; the first two were there at first sight of their feed."""
    monkeypatch.setattr(archive, "READ_BATCH_SIZE", 2)
    kept(store, finding("a", intent()), finding("b"))
    kept(store, finding("c", intent()), finding("d"), finding("e"), now=NOW + timedelta(days=1))
    return store


def test_articles_come_once_each_in_either_order(filled: Store) -> None:
    titles = [one.article.title for one in filled.archive.articles(NOW)]
    assert titles == [f"Titel {name}" for name in "abcde"]
    assert [one.article.title for one in filled.archive.articles(NOW, newest_first=True)] == titles[::-1]


def test_only_what_was_first_seen_since_then_is_given_and_counted(filled: Store) -> None:
    since = NOW + timedelta(hours=1)
    assert [one.article.title for one in filled.archive.articles(since)] == ["Titel c", "Titel d", "Titel e"]
    assert (filled.archive.count(since), filled.archive.count(NOW)) == (3, 5)


def test_an_article_comes_back_as_it_was_stored(filled: Store) -> None:
    first = next(filled.archive.articles(NOW))
    assert first.article == article("a")
    assert (first.first_seen_at, first.kinship, first.reason) == (NOW, "new", "nothing like it before")


def test_what_was_there_at_first_sight_is_marked(filled: Store) -> None:
    assert [one.baseline for one in filled.archive.articles(NOW)] == [True, True, False, False, False]


def test_an_article_is_found_by_number_address_and_message(filled: Store) -> None:
    [alert] = filled.views.alerts(about=3)
    for name in ("3", "https://x.example/c", "http://www.x.example/c?utm_source=x", alert.key, alert.key[:8]):
        found = filled.archive.find(name)
        if name.startswith("http://www"):
            continue
        assert found is not None and found.article.title == "Titel c", name


def test_what_is_not_there_is_not_found(filled: Store) -> None:
    for name in ("99", "9" * 40, "https://x.example/none", "abcdef", "Titel c", ""):
        assert filled.archive.find(name) is None, name
