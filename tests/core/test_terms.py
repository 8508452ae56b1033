"""What a term finds and does not find: the table of the rule language, row by row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import RuleError
from monitor.core.match.engine import Watch, compile_rules
from monitor.core.match.terms import Place, compile_term
from monitor.core.model.articles import Article
from monitor.core.text.normalize import fold_with_offsets
from monitor.core.text.tokens import Tokens
from tests.analysed import match_article

SHY, NBSP = "\u00ad", "\u00a0"

FINDS: dict[str, list[str]] = {
    "H200": ["H200", "h200", "H-200", "H 200", "H\u2011200", f"H{NBSP}200", "H200-Chips", "Nvidia-H200", "(H200)"],
    "h200": ["H200s", "H200er", "H200ern", "DGX-H200", "H/200", "H.200", "Ｈ２００", "H200上市"],
    "H20": ["H20", "H20-Chip", "H20."],
    "Qwen": ["Qwen", "QWEN", "Qwen3", "Qwen-3", "Qwen2.5-Max", "Qwens Modelle", "Qwen\u2019s"],
    "Qwen*": ["Qwenlm", "Qwens", "Qwen3"],
    "T-Head": ["T-Head", "T Head", "T\u2011Head", "T\u2013Head", "THead", f"T-He{SHY}ad", f"T{SHY}-Head"],
    "t-head": ["T-Head's", "T-Head-Chip", "T\u200b-Head", "\u202aT-Head\u202c"],
    "IPO": ["IPO", "IPOs", "Mega-IPO", "IPO-Pläne", "IPO上市"],
    "earnings": ["earnings", "Earnings", "earnings'"],
    "earning": ["earnings"],
    "U.S.": ["U.S.", "US", "U.S.-China", "u.s. chips"],
    "C++": ["C++", "C++20"],
    "C#": ["C#"],
    ".NET": [".NET", "ASP.NET"],
    "$BABA": ["$BABA", "($BABA)"],
    "AT&T": ["AT&T", "AT&amp;T", "AT&amp;amp;T", "AT & T"],
    "Börsengang": ["Börsengang", "BÖRSENGANG", "Boersengang", f"Börsen{SHY}gang", "Bo\u0308rsengang", "Börsengangs"],
    "Boersengang": ["Börsengang"],
    "Straße": ["STRASSE", "Straße", "strasse"],
    "=Visa": ["Visa", "Visa-Karte", "(Visa)"],
    "=ARM": ["ARM", "ARM-Chips"],
    "=T-Head": ["T-Head"],
    "平头哥": ["阿里旗下平头哥筹备上市"],
    "public listing": [
        "public listing",
        "public-listing",
        f"public{NBSP}listing",
        "public\nlisting",
        "public  listing",
    ],
    "export licen?e": ["export licence", "export-license"],
    "Moody's": ["Moody's", "Moody\u2019s", "Moodys"],
    "spin-off*": ["spin-offs", "Spinoff", "spin off", "Spin-off-Pläne"],
    "2.5": ["2.5", "2.5%"],
}
MISSES: dict[str, list[str]] = {
    "H200": ["GH200", "H2000", "H20", "H200L", "XH200", "H - 200", "H200.5", "H, 200"],
    "H20": ["H200", "H2O"],
    "Qwen": ["Qwenlm", "XQwen"],
    "Qwen*": ["Qwe", "XQwen"],
    "T-Head": ["T-Headline", "GT-Head", "T and Head", "Theadx"],
    "IPO": ["ipod", "hippo"],
    "earnings": ["yearnings", "learnings"],
    "U.S.": ["us", "bus", "U.Sx", "USA", "u s"],
    "C++": ["C", "C+", "C+++"],
    "C": ["C++", "C#"],
    ".NET": ["NET"],
    "$BABA": ["BABA"],
    "AT&T": ["AT", "AT T", "ATT"],
    "Börsengang": ["Börsengänge"],
    "Straße": ["Straßen"],
    "=Visa": ["visa", "VISA", "Visas"],
    "=ARM": ["arm", "Arm", "ALARM"],
    "=T-Head": ["T Head", "THead", "t-head"],
    "平头哥": ["平头"],
    "public listing": ["publicly listing", "public bond listing", "public, listing", "republic listing"],
    "export licen?e": ["export licene", "export lice"],
    "2.5": ["2", "12.5", "2.55"],
}


def found(term: str, text: str) -> list[str]:
    """What a term finds in a text, as it stands there."""
    article = Article("feed", title=f"Heute: {text} und mehr")
    matches = match_article(compile_rules([Watch("w", any=(term,))]), article)
    for hit in (hit for one in matches for hit in one.hits):
        assert article.title[hit.start : hit.end] == hit.text
    return [hit.text for one in matches for hit in one.hits]


@pytest.mark.parametrize(("term", "text"), [(term, text) for term, texts in FINDS.items() for text in texts])
def test_a_term_finds_every_way_its_name_is_written(term: str, text: str) -> None:
    assert found(term, text)


@pytest.mark.parametrize(("term", "text"), [(term, text) for term, texts in MISSES.items() for text in texts])
def test_a_term_does_not_find_other_words(term: str, text: str) -> None:
    assert not found(term, text)


@pytest.mark.parametrize(
    ("term", "text", "shown"),
    [
        ("H200", "H\u2011200er", "H\u2011200"),
        ("Börsengang", "Bo\u0308rsengangs", "Bo\u0308rsengang"),
        ("Straße", "STRASSE", "STRASSE"),
        ("strasse", "Straße", "Straße"),
        ("T-Head", f"T-He{SHY}ad", f"T-He{SHY}ad"),
        ("AT&T", "AT&amp;T", "AT&amp;T"),
        ("Qwen*", "Qwenlm-Chat", "Qwenlm"),
        ("C++", "C++20", "C++"),
        ("平头哥", "旗下平头哥筹", "平头哥"),
        ("\ufb01n", "Fin \ufb01n fin", "Fin"),
    ],
)
def test_the_evidence_is_what_stands_in_the_original(term: str, text: str, shown: str) -> None:
    assert found(term, text)[0] == shown


@pytest.mark.parametrize("term", ["", "  ", "*", "...", "=", "=*", "?"])
def test_a_term_without_a_letter_or_digit_is_refused(term: str) -> None:
    with pytest.raises(RuleError, match="no letter or digit"):
        compile_term(term)


def cut(text: str) -> Tokens:
    return Tokens(text, fold_with_offsets(text))


def places(term: str, text: str) -> list[Place]:
    return compile_term(term).find(cut(text), "title")


def test_words_are_counted_and_not_their_glued_parts() -> None:
    [h200] = places("H200", "der neue H200 Chip")
    assert (h200.first, h200.last) == (2, 2)
    [chip] = places("Chip", "der H200 Chip")
    assert chip.first == 2


def test_overlapping_spellings_are_all_found_in_order() -> None:
    assert [place.start for place in places("T-Head", "THead, T-Head; T Head")] == [0, 7, 15]


WORDS = st.text(st.sampled_from("aAbBsSöÖßéЖ平头200 -/.,'\u00ad\u00a0\u0308\u200b&+"), max_size=30)


@given(WORDS, WORDS, WORDS)
def test_a_term_finds_itself_and_points_at_the_original(before: str, term: str, after: str) -> None:
    try:
        compiled = compile_term(term)
    except RuleError:
        return
    text = f"{before} , {term} , {after}"
    spans = [cut(text).origin(place.start, place.end) for place in compiled.find(cut(text), "title")]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    written = term.strip()
    if written and written[0].isalnum() and written[-1].isalnum() and "?" not in term and term[0].isalnum():
        assert any(text[start:end].strip() for start, end in spans)
