"""What is news although nearly all words agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.dedupe.differences import find_difference, prepare_text

ENGLISH = (
    "The grid operator Harbour Grid said on Tuesday that regulators have approved the purchase of 12 million meters. "
    "Harbour Grid will install them within five years, and the first district to be served is Oslo. Its profit rose "
    "in the last quarter because the weather was mild. The company does not expect a delay, although suppliers did "
    "warn of one. Analysts asked whether the plan can be paid for without new debt."
)
GERMAN = (
    "Der Netzbetreiber Hafenstrom hat den Kauf von 12 Millionen Zählern bestätigt. Hafenstrom will sie binnen fünf "
    "Jahren einbauen, zuerst in Emden. Der Gewinn stieg zuletzt deutlich, weil das Wetter mild blieb. Eine Verzögerung "
    "erwartet der Vorstand nicht, obwohl Lieferanten davor warnten. Fachleute fragen, ob sich das ohne Schulden "
    "bezahlen lässt. Die Aktie stieg auf 31,20 Euro."
)
NEWS = [
    (ENGLISH, "12 million", "12 billion", "other figures: billion, million"),
    (ENGLISH, "five years", "seven years", "other figures: 5, 7"),
    (ENGLISH, "12 million", "120 million", "other numbers: 12, 120"),
    (ENGLISH, "have approved", "have not approved", "another negation: not"),
    (ENGLISH, "does not expect", "does expect", "another negation: not"),
    (ENGLISH, "can be paid", "can't be paid", "another negation: t"),
    (ENGLISH, "suppliers did", "suppliers didn’t", "another negation: didn"),
    (ENGLISH, "Harbour Grid", "Coastal Power", "other names: coastal, harbour, power"),
    (ENGLISH, "is Oslo", "is Bergen", "other names: bergen, oslo"),
    (ENGLISH, "profit rose", "profit fell", "another direction: fell, rose"),
    (ENGLISH, "have approved", "have rejected", "another direction: approved, rejected"),
    (GERMAN, "Millionen", "Milliarden", "other figures: milliarde, million"),
    (GERMAN, "fünf", "sechs", "other figures: 5, 6"),
    (
        GERMAN,
        "hat den Kauf von 12 Millionen Zählern",
        "hat den Kauf von 12 Millionen Zählern nicht",
        "another negation: nicht",
    ),
    (GERMAN, "Hafenstrom", "Küstennetz", "other names: hafenstrom, kuestennetz"),
    (GERMAN, "Gewinn stieg", "Gewinn fiel", "another direction: fiel, stieg"),
]
SAME = [
    (ENGLISH, "said on Tuesday", "announced"),
    (ENGLISH, "five years", "5 years"),
    (ENGLISH, "does not expect", "doesn't expect"),
    (ENGLISH, "Harbour Grid will", "Harbour Grid's board will"),
    (ENGLISH, "the weather was mild", "it was warm"),
    (GERMAN, "12 Millionen", "12 Mio."),
    (GERMAN, "Der Netzbetreiber", "Netzbetreiber"),
    (GERMAN, "Die Aktie stieg auf 31,20 Euro", "Die Aktie fiel auf 29,85 Euro"),
]


@pytest.mark.parametrize(("text", "old", "new", "said"), NEWS)
def test_one_word_can_be_the_news(text: str, old: str, new: str, said: str) -> None:
    one, other = prepare_text("", text), prepare_text("", text.replace(old, new))
    assert find_difference(other, one) == find_difference(one, other) == said


@pytest.mark.parametrize(("text", "old", "new"), SAME)
def test_an_edit_of_style_is_no_news(text: str, old: str, new: str) -> None:
    assert find_difference(prepare_text("", text.replace(old, new)), prepare_text("", text)) == ""


@pytest.mark.parametrize(("text", "old", "new", "said"), NEWS)
def test_the_news_is_seen_in_a_text_that_goes_on_too(text: str, old: str, new: str, said: str) -> None:
    more = " ".join(f"Mehr folgt am Abend im {letter}-Netz." for letter in "abcdefghijklmnopqrstuvwxyz")
    assert (
        find_difference(prepare_text("", text.replace(old, new)), prepare_text("", f"{text} {more}")).split(":")[0]
        == said.split(":")[0]
    )


def test_a_teaser_cut_inside_a_number_has_no_other_number() -> None:
    whole = "Die Firma bestellt Zähler, mehr als 400.000 Stück. " + GERMAN
    assert find_difference(prepare_text("", "Die Firma bestellt Zähler, mehr als 400.0"), prepare_text("", whole)) == ""


def test_a_headline_may_pick_another_number_of_the_same_text() -> None:
    story = f"{GERMAN} Bis 2031 soll alles stehen."
    assert (
        find_difference(prepare_text("12 Millionen Zähler", story), prepare_text("Neue Zähler bis 2031", story)) == ""
    )
    assert (
        find_difference(prepare_text("Das 12. Paket", ""), prepare_text("Das 13. Paket", ""))
        == "other numbers in the headline: 12, 13"
    )


@given(st.permutations(ENGLISH.split(". ")))
def test_the_order_of_sentences_is_no_news(sentences: list[str]) -> None:
    assert find_difference(prepare_text("", ". ".join(sentences)), prepare_text("", ENGLISH)) == ""


def test_a_denial_made_of_words_that_stand_elsewhere_is_news() -> None:
    story = f"Harbour Grid is aiming high, people say. {ENGLISH} Harbour Grid is not alone."
    assert (
        find_difference(prepare_text("", story.replace("is aiming", "is not aiming")), prepare_text("", story))
        == "another negation: not"
    )


def test_what_the_newer_text_leaves_out_is_no_news_but_what_it_adds_is() -> None:
    longer = f"{ENGLISH} The union, which was not asked, wants 400 more fitters for the job."
    assert find_difference(prepare_text("", ENGLISH), prepare_text("", longer)) == ""
    assert find_difference(prepare_text("", longer), prepare_text("", ENGLISH)) == "other numbers: 400"


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_text_never_differs_from_itself(title: str, body: str) -> None:
    assert find_difference(prepare_text(title, body), prepare_text(title, body)) == ""
