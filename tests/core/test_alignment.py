"""Each sentence finds its twin, and what differs is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.dedupe.compare.alignment import Alignment, WordingIndex, align
from monitor.core.dedupe.compare.sentence_difference import (
    NO_DIFFERENCE,
    Difference,
    compare_sentences,
    find_swap,
    is_rounding,
    is_variant,
)
from monitor.core.dedupe.reading.word_forms import read_word
from monitor.core.dedupe.wording import read_wording
from monitor.core.dedupe.words.senses import turns


def difference(old: str, new: str) -> Difference:
    """The difference of two headlines."""
    return compare_sentences(read_wording(old, "").headline, read_wording(new, "").headline)


def aligned(old: str, new: str, title: str = "Some headline") -> Alignment:
    """A new text beside an old one."""
    return align(read_wording(title, new), WordingIndex(read_wording(title, old)))


def test_words_figures_negations_and_places_are_told_apart() -> None:
    found = difference("Quorion opens 12 plants in Oslo", "Quorion never opens 15 shops in Oslo")
    assert (found.added_figures, found.removed_figures, found.negations) == (("#15",), ("#12",), 1)
    assert len(found.exchanged) == len(found.replaced) == 1 and found.swapped is None
    assert difference("Quorion buys Lumetra", "Lumetra buys Quorion").swapped is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("#98.6", "#99"),
        ("#399999", "#400000"),
        ("#1234", "#1200"),
        ("#4.98e9", "#5e9"),
        ("#300", "#300"),
        ("#12", "#12%"),
    ],
)
def test_a_rounded_number_is_equal(one: str, other: str) -> None:
    assert is_rounding(one, other) and is_rounding(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("#300", "#3000"), ("#10", "#7"), ("#96", "#100"), ("#1500", "#500"), ("#12", "#13"), ("#y2025", "#y2026"),
     ("#d12-15", "#d12-22")],
)  # fmt: skip
def test_another_number_is_no_rounding(one: str, other: str) -> None:
    assert not is_rounding(one, other) and not is_rounding(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("regul", "regulat"), ("konzern", "chipkonzern"), ("engineer", "enginer"), ("lieferung", "liefrung"),
     ("approv", "approv")],
)  # fmt: skip
def test_forms_of_a_word_are_variants(one: str, other: str) -> None:
    assert is_variant(one, other) and is_variant(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("approve", "block"), ("gift", "lift"), ("einfuhr", "ausfuhr"), ("lumetra", "quorion"),
     ("angriff", "gegenangriff")],
)  # fmt: skip
def test_other_words_are_none(one: str, other: str) -> None:
    assert not is_variant(one, other) and not is_variant(other, one)


def test_words_of_one_sense_are_variants() -> None:
    for one, other in (("raises", "hikes"), ("kauft", "erwirbt"), ("approved", "cleared"), ("批准", "允许")):
        assert is_variant(read_word(one, ""), read_word(other, ""))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Ships from Norway, Canada and Japan arrive", "Ships from Japan, Canada and Norway arrive"),
        ("In Oslo, Lumetra opens a plant", "Lumetra opens a plant in Oslo"),
        ("Shares fall and rates rise", "Rates rise and shares fall"),
        ("12 dead and 40 injured", "40 injured and 12 dead"),
        ("Lumetra and Quorion agree", "Quorion and Lumetra agree"),
    ],
)
def test_a_list_or_a_clause_in_another_order_is_no_swap(old: str, new: str) -> None:
    assert difference(old, new).swapped is None


@given(st.lists(st.sampled_from("abcdefg"), max_size=9), st.lists(st.sampled_from("abcdefg"), max_size=9))
def test_a_swap_is_seen_from_both_sides(one: list[str], other: list[str]) -> None:
    forth, back = find_swap(one, other, frozenset()), find_swap(other, one, frozenset())
    assert (forth is None) is (back is None)


@given(st.text(max_size=80))
def test_a_sentence_does_not_differ_from_itself(text: str) -> None:
    assert difference(text, text) == NO_DIFFERENCE


@given(st.text(max_size=40), st.text(max_size=40))
def test_what_one_side_gains_the_other_loses(one: str, other: str) -> None:
    forth, back = difference(one, other), difference(other, one)
    assert (len(forth.added_figures), -forth.negations) == (len(back.removed_figures), back.negations)


def test_a_sentence_finds_its_twin_though_its_number_is_another() -> None:
    old = "Umsatz der Sparte Energie stieg um 12 Prozent. Umsatz der Sparte Verkehr stieg um 9 Prozent."
    found = aligned(old, "Umsatz der Sparte Verkehr stieg um 19 Prozent.")
    assert found.twins[0].difference.removed_figures == ("#9%",)


def test_two_sentences_that_became_one_are_said() -> None:
    old = "The cable was laid in spring by two ships. Divers repaired it after the storm in autumn."
    found = aligned(old, "The cable was laid in spring by two ships, and divers repaired it after the storm in autumn.")
    assert found.twins[0].old is not None and found.said == 1.0


def test_shares_of_a_text() -> None:
    old = "The cable was laid in spring by two ships. Divers repaired it after the storm in autumn."
    found = aligned(old, old + " Nobody expected whales to sing near the old lighthouse tower.")
    assert 0.4 < found.said < 0.8 and found.verbatim == found.literal and len(list(found.fresh)) == 1
    assert aligned(old, "").size == 0 and aligned(old, "").said == 0.0


@pytest.mark.parametrize("text", ["Harbour Grid plans cable", "Harbour Grid plans cable. Plans of Harbour Grid."])
def test_a_text_that_repeats_its_headline_is_empty(text: str) -> None:
    assert aligned("x", text, title="Harbour Grid plans cable").size == 0


@given(
    st.lists(st.sampled_from(["The cable was laid in spring.", "Divers came.", "Eleven ships sank.", "x"]), max_size=6)
)
def test_a_text_says_itself(parts: list[str]) -> None:
    text = " ".join(parts)
    found = aligned(text, text)
    assert found.size == 0 or (found.said, found.literal, found.verbatim) == (1.0, 1.0, 1.0)


def test_many_equal_sentences_are_aligned_in_linear_time() -> None:
    text = " ".join(f"Ship {number} carries coal number {number}." for number in range(2000))
    assert aligned(text, text.replace("coal", "iron")).size > 2000


def test_senses_turn_a_statement() -> None:
    assert turns("approv", "block") or turns("approve", "block")
    assert not turns("lumetra", "quorion") and not turns("raise", "hike")
