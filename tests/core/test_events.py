"""Facts are found where they are written, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import isin

from bench.facts import NOW, SETS, cases, found
from monitor.core.boilerplate import is_isin
from monitor.core.events import MOST, facts
from monitor.core.model import Article

CASES = [(f"{language}: {sentence}", language, sentence, wanted) for language, sentence, wanted in cases(SETS[0])]


@pytest.mark.parametrize("language, sentence, wanted", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_sentence_holds_just_the_facts_that_are_written_beside_it(
    language: str, sentence: str, wanted: dict[tuple[str, ...], int]
) -> None:
    assert found(language, sentence) == wanted


def test_half_of_the_sentences_are_traps() -> None:
    assert len(CASES) >= 150
    assert sum(not case[3] for case in CASES) >= len(CASES) * 0.45


PIECES = st.sampled_from(
    ["$", "€", " ", "30", "1.234,5", "400,000", "bn", " Mrd. Euro", "%", " Prozent", "rose ", "fiel ", " chips", "am ",
     "19. Februar", "Feb. 30", " 2026", "Zahlen", "\n", ". ", "US0378331005", "亿元", "-", "+", "to ", "ß", "\u00ad"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join), st.sampled_from(["de", "en", None]))
def test_every_fact_points_at_its_words(text: str, language: str | None) -> None:
    for fact in facts(Article("f", text.replace("\n", " "), body=text, language=language), NOW):
        field = text.replace("\n", " ") if fact.field == "title" else text
        assert field[fact.start : fact.end] == fact.text
        assert fact.text.strip()
        assert (fact.day is not None) == (fact.kind == "event")
        assert fact.day is None or fact.day >= NOW.date()


def test_facts_of_an_advertisement_are_none_of_the_article() -> None:
    body = "Brenner grows.\nAd\nBrenner: Buy or sell? Read more here...\nBrenner rose 3 percent."
    assert [fact.text for fact in facts(Article("f", "", body=body), NOW)] == ["3 percent"]


def test_a_table_of_figures_is_cut_short() -> None:
    assert len(facts(Article("f", "", body="It rose 3 percent. " * 500), NOW)) == MOST


def test_the_language_is_guessed_where_the_feed_does_not_say() -> None:
    german = Article("f", "", body="Der Umsatz stieg und die Marge ist bei 1.500 Euro.")
    english = Article("f", "", body="The price of the unit is $1.500 in the shop.")
    assert [fact.value for fact in facts(german, NOW)] == [1500.0]
    assert [fact.value for fact in facts(english, NOW)] == [1.5]


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=9, max_size=9), st.sampled_from(["US", "DE", "KY"]))
def test_a_check_digit_is_what_the_number_library_says(middle: str, country: str) -> None:
    code = country + middle
    last = isin.calc_check_digit(code)
    assert is_isin(code + last) == (not middle.isalpha())
    assert not is_isin(code + str((int(last) + 1) % 10))
