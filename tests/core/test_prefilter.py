"""A short cut around the comparison of two texts never hides what they share."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.dedupe import keys, prefilter, shingles
from monitor.core.dedupe.prefilter import WordFilter, WordFilters, body_prose
from monitor.core.text.analysis import analyse_article
from tests.core.articles import ENGLISH, GERMAN, article

SHARING = st.lists(st.sampled_from("abcdef12"), max_size=60).map(" ".join)
PRICED = st.sampled_from((ENGLISH, GERMAN, f"{ENGLISH} {GERMAN}", "", "Grid"))


def words(title: str, body: str) -> list[str]:
    """The words of a text that are compared."""
    prose = body_prose(body)
    return keys.compared_words(title, prose, prose.words)


def runs(body: str) -> frozenset[tuple[str, ...]]:
    """The runs of three words of a text; of a shorter one, all of it."""
    found = words("t", body)
    return frozenset(zip(found, found[1:], found[2:], strict=False)) or frozenset([tuple(found)] if found else [])


def drawn(title: str, body: str) -> WordFilter:
    """An outline that nobody remembers."""
    return prefilter.filter_from_hashes(shingles.word_hashes(words(title, body)))


def word_filters() -> WordFilters:
    return WordFilters(threading.Lock())


def agrees(one: str, other: str, first: WordFilter, second: WordFilter) -> bool:
    """Whether the outlines leave room for just as much as the texts share."""
    mine, theirs = runs(one), runs(other)
    shared, fewest = len(mine & theirs), min(len(mine), len(theirs))
    return first.may_share(second, shared, shared / fewest - 1e-9 if fewest else 0.0)


@given(SHARING, SHARING)
def test_an_outline_never_says_less_than_two_texts_share(one: str, other: str) -> None:
    assert agrees(one, other, drawn("t", one), drawn("t", other))
    assert agrees(one, other, drawn("t", other), drawn("t", one))


@given(SHARING | PRICED, SHARING | PRICED, SHARING)
def test_nor_does_one_of_the_words_that_keys_were_made_of(start: str, one: str, other: str) -> None:
    one, other = f"{start} {one} {other} {ENGLISH} {GERMAN}", f"{start} {other} {GERMAN}"
    analysis = analyse_article(replace(article("t"), body=one), ())
    noted = prefilter.filter_from_hashes(keys.fingerprint_article(analysis).word_hashes)
    assert noted == drawn("t", one)
    assert agrees(one, other, noted, drawn("t", other))


@given(st.text(max_size=9), SHARING | st.text(max_size=80))
def test_an_outline_is_of_the_text_that_is_compared(title: str, body: str) -> None:
    text, found = words(title, body), word_filters().find(title, body)
    assert found == drawn(title, body)
    assert found.runs >= max(len(text) - 2, min(len(text), 1))
    assert found.bits.bit_count() <= len(set(text))


def test_an_outline_tells_texts_apart_that_share_few_words() -> None:
    english, german = drawn("t", ENGLISH), drawn("t", GERMAN)
    assert not english.may_share(german, 30, 0.0)
    assert not english.may_share(german, 0, 0.8)
    assert english.may_share(english, len(runs(ENGLISH)), 1.0)


def test_what_is_remembered_is_bounded_and_what_is_met_again_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefilter, "_MAX_FILTERS", 3)
    filters = word_filters()
    first, texts = filters.find("t", ENGLISH), [f"{GERMAN} {number}" for number in range(20)]
    for text in texts:
        assert filters.get("t", text) is None
        assert filters.find("t", text) == drawn("t", text) == filters.get("t", text)
        assert filters.find("t", ENGLISH) is first
    assert len(filters.young) + len(filters.old) <= 6


def test_the_lock_is_held_whenever_the_cache_is_read_or_changed() -> None:
    class Counted(AbstractContextManager[None]):
        held, entered = False, 0

        def __enter__(self) -> None:
            assert not self.held
            self.held, self.entered = True, self.entered + 1

        def __exit__(self, *_: object) -> None:
            self.held = False

    class Guarded(dict[int, WordFilter]):
        def get(self, *given: Any) -> Any:
            assert lock.held
            return super().get(*given)

        def __setitem__(self, name: int, made: WordFilter) -> None:
            assert lock.held
            super().__setitem__(name, made)

    lock = Counted()
    filters = WordFilters(lock)
    filters.young, filters.old = Guarded(), Guarded()
    filters.find("t", ENGLISH)
    filters.add("t", GERMAN, drawn("t", GERMAN))
    assert filters.get("t", GERMAN) and filters.get("t", ENGLISH) and lock.entered == 5


def test_two_services_share_no_cache() -> None:
    one, other = word_filters(), word_filters()
    one.find("t", ENGLISH)
    assert other.get("t", ENGLISH) is None
