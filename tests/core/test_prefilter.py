"""A short cut around the comparison of two texts never hides what they share."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.dedupe import keys, prefilter, shingles
from monitor.core.dedupe.differences import prepare_text
from monitor.core.dedupe.prefilter import WordFilter
from monitor.core.text.analysis import TextAnalysis
from tests.core.articles import article
from tests.core.test_differences import ENGLISH, GERMAN

SHARING = st.lists(st.sampled_from("abcdef12"), max_size=60).map(" ".join)
PRICED = st.sampled_from((ENGLISH, GERMAN, f"{ENGLISH} {GERMAN}", "", "Grid"))


def drawn(title: str, body: str) -> WordFilter:
    """An outline that nobody remembers."""
    return prefilter.filter_from_hashes(shingles.word_hashes(prepare_text(title, body).words))


def agrees(one: str, other: str, first: WordFilter, second: WordFilter) -> bool:
    """Whether the outlines leave room for just as much as the texts share."""
    mine, theirs = prepare_text("t", one).shingles, prepare_text("t", other).shingles
    shared, fewest = len(mine & theirs), min(len(mine), len(theirs))
    return first.may_share(second, shared, shared / fewest - 1e-9 if fewest else 0.0)


@given(SHARING, SHARING)
def test_an_outline_never_says_less_than_two_texts_share(one: str, other: str) -> None:
    assert agrees(one, other, drawn("t", one), drawn("t", other))
    assert agrees(one, other, drawn("t", other), drawn("t", one))


@given(SHARING | PRICED, SHARING | PRICED, SHARING)
def test_nor_does_one_of_the_words_that_keys_were_made_of(start: str, one: str, other: str) -> None:
    one, other = f"{start} {one} {other} {ENGLISH} {GERMAN}", f"{start} {other} {GERMAN}"
    sheet, story = TextAnalysis(), replace(article("t"), body=one)
    keys.article_keys(story, sheet)
    noted = prefilter.filter_from_hashes(sheet.word_hashes[one])
    assert noted == drawn("t", one)
    assert agrees(one, other, noted, drawn("t", other))


@given(st.text(max_size=9), SHARING | st.text(max_size=80))
def test_an_outline_is_of_the_text_that_is_compared(title: str, body: str) -> None:
    text, found = prepare_text(title, body), prefilter.word_filter(title, body)
    assert found == drawn(title, body)
    assert found.runs >= len(text.shingles)
    assert found.bits.bit_count() <= len(set(text.words))


def test_an_outline_tells_texts_apart_that_share_few_words() -> None:
    english, german = drawn("t", ENGLISH), drawn("t", GERMAN)
    assert not english.may_share(german, 30, 0.0)
    assert not english.may_share(german, 0, 0.8)
    assert english.may_share(english, len(prepare_text("t", ENGLISH).shingles), 1.0)


def test_what_is_remembered_is_bounded_and_what_is_met_again_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefilter, "_MAX_FILTERS", 3)
    monkeypatch.setattr(prefilter, "_young", {})
    monkeypatch.setattr(prefilter, "_old", {})
    first, texts = prefilter.word_filter("t", ENGLISH), [f"{GERMAN} {number}" for number in range(20)]
    for text in texts:
        assert prefilter.word_filter("t", text) == drawn("t", text)
        assert prefilter.word_filter("t", ENGLISH) is first
    assert len(prefilter._young) + len(prefilter._old) <= 6
