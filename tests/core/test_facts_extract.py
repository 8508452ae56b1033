"""Facts are found where they are written, and nowhere else."""

from __future__ import annotations

import re
from dataclasses import replace
from operator import itemgetter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stdnum import isin

from bench.facts import NOW, SETS, cases, found
from monitor.core.dedupe import keys
from monitor.core.facts import amounts, extract
from monitor.core.facts.extract import (
    ENGLISH_STOPWORDS,
    GERMAN_STOPWORDS,
    ISIN_CANDIDATE,
    ISIN_PREFIX,
    MAX_FACTS,
    is_german,
)
from monitor.core.facts.vocabulary import FALLING_WORDS, RISING_WORDS
from monitor.core.match.article_text import ArticleText
from monitor.core.model.articles import Article
from monitor.core.text import tokens
from monitor.core.text.analysis import analyse_article
from monitor.core.text.boilerplate import is_isin
from monitor.core.text.normalize import fold_with_offsets
from tests.analysed import extract_facts

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
    for fact in extract_facts(Article("f", text.replace("\n", " "), body=text, language=language), NOW):
        field = text.replace("\n", " ") if fact.field == "title" else text
        assert field[fact.start : fact.end] == fact.text
        assert fact.text.strip()
        assert (fact.day is not None) == (fact.kind == "event")
        assert fact.day is None or fact.day >= NOW.date()


@given(st.lists(PIECES | st.just("\nAd\nBrenner: Buy or sell? Read more here...\n"), max_size=30).map("".join))
def test_facts_are_the_same_where_texts_were_read_before(text: str) -> None:
    article = Article("f", text.replace("\n", " "), body=text)
    analysis = analyse_article(article, ())
    keys.article_keys(analysis)
    ArticleText(analysis.fields).tokens("body")
    assert extract.extract_facts(analysis, NOW) == extract_facts(article, NOW)


def test_facts_of_an_advertisement_are_none_of_the_article() -> None:
    body = "Brenner grows.\nAd\nBrenner: Buy or sell? Read more here...\nBrenner rose 3 percent."
    assert [fact.text for fact in extract_facts(Article("f", "", body=body), NOW)] == ["3 percent"]


def test_a_table_of_figures_is_cut_short() -> None:
    assert len(extract_facts(Article("f", "", body="It rose 3 percent. " * 500), NOW)) == MAX_FACTS


def test_the_language_is_guessed_where_the_feed_does_not_say() -> None:
    german = Article("f", "", body="Der Umsatz stieg und die Marge ist bei 1.500 Euro.")
    english = Article("f", "", body="The price of the unit is $1.500 in the shop.")
    assert [fact.value for fact in extract_facts(german, NOW)] == [1500.0]
    assert [fact.value for fact in extract_facts(english, NOW)] == [1.5]


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=9, max_size=9), st.sampled_from(["US", "DE", "KY"]))
def test_a_check_digit_is_what_the_number_library_says(middle: str, country: str) -> None:
    code = country + middle
    last = isin.calc_check_digit(code)
    assert is_isin(code + last) == (not middle.isalpha())
    assert not is_isin(code + str((int(last) + 1) % 10))


PATTERNS: tuple[tuple[re.Pattern[str], re.Pattern[str] | None], ...] = (
    (amounts.MONEY_BEFORE, amounts.PREFIX_BEFORE),
    (amounts.MONEY_AFTER, None),
    (amounts.PERCENTAGE, amounts.SIGN_BEFORE),
    (amounts.COUNTED_NUMBER, None),
    (extract.DATE_MENTION, extract.MONTH_BEFORE),
    (ISIN_CANDIDATE, ISIN_PREFIX),
)
SHARDS = (
    *"59.,$€£+-−–±)% \n\u00a0xſK", "US$", "hk$ ", "cn¥", "EUR ", " Euro", "12", "1.000", "2026", "20", " - ", " to ",
    " und ", " million ", "Mrd. ", "k ", "m", " percent", " Prozent", "%", "shares", " of the ", " chips", "x-", "May ",
    "sept. ", "September. ", "März ", " of ", "th", "rd ", ", ", "-05-", ". 3. ", "\u0663", "²", "won", " pounds ",
    "DE000710000", "US", "A", "ABCDEFGHIJK", "0",
)  # fmt: skip


@settings(max_examples=1000)
@given(st.lists(st.sampled_from(SHARDS), max_size=10).map("".join))
@example("$5 - 5 US$5 5 Euro")
@example("DE0007100000 XUS0378331005 ABCDEFGHIJK0 AABCDEFGHIJK0 ABCDEFGHIJK\u0663 DE-0007100000DE0007100000")
@example("absept. 5 sept. 5 20 May 20 +5% 5 +5%")
def test_a_look_at_the_numbers_finds_what_a_look_at_each_character_does(text: str) -> None:
    numbers = tokens.number_positions(text, fold_with_offsets(text).one_to_one)
    for pattern, lead in PATTERNS:
        every = [(match.span(), match.groups()) for match in pattern.finditer(text)]
        assert [
            (match.span(), match.groups()) for match in tokens.find_at_numbers(pattern, text, numbers, lead)
        ] == every
        if pattern is amounts.MONEY_BEFORE:
            assert [
                match.span()
                for match in tokens.find_at_numbers(pattern, text, amounts.numbers_after_currency(text, numbers), lead)
            ] == [span for span, _ in every]


DIRECTION = re.compile(
    rf"\b(?:(?P<up>(?:{RISING_WORDS})(?! (?:to|zu)\b))|(?P<down>{FALLING_WORDS}))(?!\w)", re.IGNORECASE
)  # as one expression
WORDS = (
    *("up", "UP", "upon", "plus", "minus", "down", "gain", "gainst", "steigt", "ſteigt", "fell", "verlor", "cut"),
    *("gab", "x", "to", "zu", "too", "nahm", "sank", "plu\u0301s", "ab", "5"),
)
GAPS = (" ", "", "-", ", ", "  ", "\u00a0")
GLUED = st.lists(st.sampled_from((*WORDS, *GAPS)), max_size=9).map("".join)
SAID = GLUED | st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)


@settings(max_examples=500)
@given(SAID, SAID)
@example("plus", "minus")
@example("up to", " up to down")
def test_the_nearest_word_tells_the_direction(before: str, after: str) -> None:
    found = [(len(before) - word.end(), word) for word in DIRECTION.finditer(before)]
    found += [(word.start(), word) for word in DIRECTION.finditer(after)]
    nearest = min(found, key=itemgetter(0))[1] if found else None
    assert amounts.nearest_direction(before, after) == (0 if nearest is None else 1 if nearest["up"] else -1)


@given(
    st.text(max_size=70),
    st.sampled_from(("to", "auf", "is", "are", "ist", "=", "von")),
    st.sampled_from(["", *amounts.APPROXIMATION_WORDS.split("|")]),
    st.sampled_from(("", "\n", "x")),
)
def test_a_level_is_seen_at_the_end_of_what_stands_before(before: str, word: str, about: str, end: str) -> None:
    text = f"{before}{word} {about}{end}"
    short = amounts.LEVEL_BEFORE.search(text, max(0, len(text) - amounts.MAX_LEVEL_LENGTH))
    assert bool(short) == bool(amounts.LEVEL_BEFORE.search(text))


def counted(words: frozenset[str], text: str) -> int:
    return len(re.findall(rf"\b(?:{'|'.join(words)})\b", text, re.IGNORECASE))


LITTLE: tuple[str, ...] = (
    *sorted(GERMAN_STOPWORDS),
    *sorted(ENGLISH_STOPWORDS),
    "İS",
    "ıst",
    "mıt",
    "iſt",
    "DIE",
    "FÜR",
    "x",
    "-",
    "²",
    "\u0301",
)


@given(st.lists(st.sampled_from(LITTLE)), st.sampled_from(("", " ", "-")))
def test_the_language_is_told_by_the_little_words(found: list[str], gap: str) -> None:
    text = gap.join(found)
    german = counted(GERMAN_STOPWORDS, f"{text}  ") > counted(ENGLISH_STOPWORDS, f"{text}  ")
    assert is_german(replace(Article("f", "g"), title=text)) == german


@pytest.mark.parametrize(
    "text, value",
    [
        ("1'500 Millionen Franken", 1.5e9),
        ("1’500 Millionen Franken", 1.5e9),
        ("CHF 1'500.50", 1500.5),
        ("Sfr. 1'500'000", 1.5e6),
        ("$1'500", 1500),
        ("1 500 Euro", 1500),
        ("1\u00a0500 Euro", 1500),
        ("1\u2009500 Euro", 1500),
        ("1\u202f500\u202f000 Euro", 1.5e6),
        ("1\u202f234,5\u202fMio.\u202fEuro", 1.2345e9),
        ("300\u00a0Mio.\u00a0Euro", 3e8),
        ("1,00,000 rupees", 1e5),
        ("Rs 12,34,567", 1234567),
        ("₹1,00,000 crore", 1e12),
        ("₹2 lakh crore", 2e12),
        ("6' 500 Euro", 500),
    ],
)
def test_thousands_are_grouped_in_the_ways_of_other_countries(text: str, value: float) -> None:
    for language in ("de", "en"):
        (fact,) = extract_facts(Article("f", text, language=language), NOW)
        assert (fact.kind, fact.value) == ("money", value)
        assert text.endswith(fact.text)


@pytest.mark.parametrize("text", ["1'500 Stellen", "1’500 employees", "1\u00a0500 Arbeitsplätze", "1,00,000 jobs"])
def test_counts_are_grouped_so_too(text: str) -> None:
    (fact,) = extract_facts(Article("f", text), NOW)
    assert (fact.kind, fact.value) == ("count", 100_000 if "," in text else 1500)


@pytest.mark.parametrize("text", ["sank um 12\u00a0Prozent", "sank um 12\u202f%", "fell 12\u2009percent"])
def test_a_percentage_may_stand_behind_any_blank(text: str) -> None:
    (fact,) = extract_facts(Article("f", text), NOW)
    assert (fact.kind, fact.value) == ("move", -12)


@pytest.mark.parametrize("text", ["1'50 Franken", "12'34 Euro"])
def test_the_end_of_a_broken_number_is_no_amount(text: str) -> None:
    assert extract_facts(Article("f", text), NOW) == ()
