"""What was made linear says what it said before: each is held against the plain way, on short texts of every kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.core.dedupe.comparisons import MAX_LOCKED_BYTES, MAX_ROUNDS, weight
from monitor.core.facts import amounts
from monitor.core.match.article_text import BLANK_CHARACTER
from monitor.core.match.engine import Watch, compile_rules
from monitor.core.match.evidence import MAX_HITS, collect_evidence
from monitor.core.match.regex import compile_engine, compile_pattern
from monitor.core.match.terms import Place, compile_term
from monitor.core.model.articles import Article
from monitor.core.text import boilerplate, html, prices, tokens
from monitor.core.text.boilerplate import BoilerplateBlock
from monitor.core.text.extent import COMPARED, head, is_long, shortened
from monitor.core.text.html import visible_text
from monitor.core.text.normalize import fold, fold_with_offsets
from monitor.core.text.tokens import Tokens
from tests.analysed import article_keys, article_text, cleared_body, match_article, open_comparisons
from tests.core.articles import BODY, article

AD = "Anzeige\nKüstenwind Stock: Buy or Sell? New Küstenwind Analysis from 3 March delivers the answer:\nText.\n"
PIECES = (
    *(AD, "Anzeige", "\n", " ", "\n\n", "Ein Satz. ", "Küstenwind DE0007164600\n", "@ a.de | DE0007164600 A\n", "x"),
    *(
        "+5 % ",
        "1.1,",
        "€27 ",
        "27,40 Euro ",
        "3 million chips ",
        "up 12 percent ",
        "C++ ",
        "H200",
        "a1",
        "b2 ",
        "股价",
    ),
    *(
        "<a href='x'>",
        '<a ">"',
        "<p ",
        "<!x",
        "<!-- ",
        "-->",
        ">",
        '"',
        "'",
        "&amp;",
        "&#228;",
        "<script>",
        "</script>",
    ),
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


def plainly_cleared(text: str, found: Sequence[BoilerplateBlock]) -> str:
    """The text rebuilt once for each block."""
    for block in found:
        text = text[: block.start] + BLANK_CHARACTER * (block.end - block.start) + text[block.end :]
    return text


@given(TEXTS)
@example(AD * 3)
def test_boilerplate_is_blanked_out_in_one_pass(text: str) -> None:
    expected = plainly_cleared(text, boilerplate.find_boilerplate(text))
    assert cleared_body(Article("a", "t", body=text)) == expected
    assert len(expected) == len(text)


@given(TEXTS, st.integers(0, 5))
def test_written_lines_are_those_an_expression_finds(text: str, skipped: int) -> None:
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    start = starts[min(skipped, len(starts) - 1)]
    expected = [found.span() for found in re.compile(r"[^\n]*\S[^\n]*").finditer(text, start)]
    assert list(boilerplate._spans(text, start)) == expected


def plain_amounts(text: str) -> Iterator[amounts.Amount]:
    """Each amount compared with all before it."""
    numbers, taken = tokens.number_positions(text, False), list[tuple[int, int]]()
    kinds = (amounts.find_money, amounts.find_moves, amounts.find_counts)
    for found in (one for kind in kinds for one in kind(text, True, numbers)):
        if not any(found.span[0] < end and start < found.span[1] for start, end in taken):
            taken.append(found.span)
            yield found


@given(TEXTS)
@example("up 12 percent 3 million chips 27,40 Euro +5 % and -3 %")
def test_amounts_without_overlaps_are_the_same(text: str) -> None:
    assert list(amounts.find_amounts(text, tokens.number_positions(text, False), german=True)) == list(
        plain_amounts(text)
    )


SHARES = st.lists(
    st.sampled_from(
        (*PIECES, "Aktie ", "shareholders ", "xkurs ", "Kurse ", "KURS", "trading ", "titel", "Füllung " * 9)
    ),
    max_size=25,
).map("".join)


@given(SHARES)
@example("Die Aktie steht bei 27,40 Euro. " + "€27 " * 60)
@example("€5 " + "x" * 73 + " shareholders")  # the window ends behind "share"
def test_amounts_near_a_word_for_share_are_those_that_are_looked_at_one_by_one(text: str) -> None:
    found = [number.span() for number in prices._NUMBER.finditer(text) if prices._is_amount(text, *number.span())]
    near = [
        one
        for one in found
        if prices._SHARE_WORD.search(text, max(0, one[0] - prices._MAX_DISTANCE), one[1] + prices._MAX_DISTANCE)
    ]
    assert prices._near_shares(text, found) == near


def plain_places(source: str, group: int, text: str) -> Iterator[tuple[int, int]]:
    """Every search on the text itself."""
    at, engine = 0, compile_engine(source)
    while at <= len(text) and (found := engine.search(text, at)) is not None:
        start, end = found.span(group)
        if end > start:
            yield start, end
        at = max(end, start + 1)


@pytest.mark.parametrize("expression", [r"\b\d+[.,]?\d*\b", r"[aä€股]+", r"x*a?", r"\bEuro\b", "股价|Satz"])
@given(TEXTS)
def test_an_expression_finds_the_same_places_in_bytes(expression: str, text: str) -> None:
    try:
        pattern = compile_pattern(expression)
    except Exception:  # it matches the empty text
        return
    assert list(pattern.find(text)) == list(plain_places(pattern.source, pattern.group, text))


@given(TEXTS)
@example("h200h200h200 h20 h2001b")
def test_a_word_with_an_open_end_ends_where_its_glued_tokens_do(text: str) -> None:
    found = compile_term("H20*").find(Tokens(text, fold_with_offsets(text)), "body")
    for place in found:
        rest = re.match(r"[^\W_]*", fold(text)[place.start :])
        assert rest is not None and fold(text)[place.start : place.end].startswith("h20")
    assert [place.first for place in found] == sorted(place.first for place in found)


@given(TEXTS)
def test_many_tokens_are_found_as_one_by_one(text: str) -> None:
    made = Tokens(text, fold_with_offsets(text))
    every = sorted(made.found)
    assert (
        made.every(every)
        == sorted(number for one in every for number in made.numbers(one))
        == list(range(len(made.texts)))
    )


OLD_END = re.compile(r"[^\"'>]*(?:\"[^\"<]*\"[^\"'>]*|'[^'<]*'[^\"'>]*)*>")


@settings(max_examples=120)
@given(TEXTS)
@example('<a ">"<a ">"<a ">"x>')
@example("<!x <!y text <b>z</b>")
def test_a_tag_ends_where_an_expression_of_its_own_says(text: str) -> None:
    writer = html._Writer(text)
    for start in (found.end() for found in re.finditer(r"</?[a-zA-Z][^\s/>]*", text)):
        close = OLD_END.match(text, start)
        assert writer.tag_end(start) == (close.end() if close else 0)


@given(TEXTS)
def test_declarations_that_never_end_are_text(text: str) -> None:
    assert visible_text("Vor <!x " + text.replace(">", "")).text.startswith("Vor <!x")


@pytest.mark.parametrize("size", [30, 31, 5000])
def test_marks_without_end_are_folded_piece_by_piece(size: int) -> None:
    """The library that orders them takes the square of their number."""
    text = "e" + "\u0301\u0323" * size
    assert len(fold(text)) >= size
    assert fold("e\u0301") == "é"


@settings(max_examples=15)
@given(st.integers(1, 40))
def test_keys_of_a_text_that_is_compared_as_a_whole_name_the_first_recipe(times: int) -> None:
    one = article(body=(BODY + "\n\n") * times)
    assert not is_long(one) and shortened(one) is one and head(one.body) is one.body
    assert article_keys(one).content.startswith("1:") and article_keys(one).former == ()


@pytest.mark.parametrize("field", ["body", "lead", "title"])
def test_keys_read_the_beginning_of_a_long_text(field: str) -> None:
    begins = ("Satz für Satz. " * (COMPARED // 15 + 1))[:COMPARED]
    texts = {"title": "Ein Titel", "body": ""}
    one, other = (article(**(texts | {field: begins + end})) for end in (" eins und noch mehr", " zwei sind andere"))
    mine, theirs = article_keys(one), article_keys(other)
    assert mine.content == theirs.content and mine.content.startswith("2:")
    assert mine.revision == theirs.revision and mine.sketch == theirs.sketch
    assert mine.former != theirs.former


def test_one_character_more_is_a_long_text() -> None:
    assert not is_long(article(body="a" * COMPARED)) and is_long(article(body="a" * (COMPARED + 1)))


def test_the_last_word_of_a_long_text_is_matched() -> None:
    book = compile_rules([Watch("H200", any=("H200",))])
    [found] = match_article(book, article(title="Titel", body="Kein Wort davon. " * 20_000 + "H200"))
    assert "H200" in found.snippet and found.hits[0].start == 20_000 * 17


def test_a_snippet_is_of_the_beginning_where_a_term_stands_there_too() -> None:
    book = compile_rules([Watch("H200", any=("H200", "Qwen"))])
    body = "H200 steht vorn. " + "Kein Wort davon. " * 20_000 + "H200 Qwen H200 Qwen"
    [found] = match_article(book, article(title="Titel", body=body))
    assert found.hits[0].start == 0 and len(found.hits) == 5


def test_a_term_that_is_every_word_of_a_book_keeps_its_first_places() -> None:
    document = article_text(article(title="Titel", body="Qwen " * 5000))
    places = [Place("body", "Qwen", at, at, at * 5, at * 5 + 4) for at in range(5000)]
    found = collect_evidence("Qwen", document, places)
    assert len(found.hits) == MAX_HITS and found.hits[-1].start == (MAX_HITS - 1) * 5


def test_paragraphs_without_end_are_learnt_from_the_last_of_them() -> None:
    lines = [f"ein {chr(97 + at % 26)}{chr(97 + at // 26)} absatz von vielen hier" for at in range(600)]
    found = boilerplate.paragraph_patterns("\n".join(lines))
    assert len(found) == boilerplate._MAX_LEARNT_PARAGRAPHS and found[-1] == boilerplate.line_pattern(lines[-1])


def test_what_has_no_room_is_compared_later_and_what_was_compared_is_known() -> None:
    one, made = open_comparisons(), list[str]()

    def compare(name: str) -> str:
        made.append(name)
        return "yes"

    one.begin()
    assert one.made("short", MAX_LOCKED_BYTES, lambda: compare("short"), "no") == "yes"
    assert one.made("long", 1, lambda: compare("long"), "no") == "no"
    assert made == ["short"] and list(one.open) == ["long"]
    one.finish()
    assert made == ["short", "long"] and not one.open
    assert one.made("long", 1, lambda: "again", "no") == "yes"


def test_comparisons_end_though_the_archive_changes_before_each_of_them() -> None:
    one = open_comparisons()
    one.room = 0
    rounds = 0
    while True:
        one.made(rounds, 1, lambda: "yes", "no")
        if not one.open:
            break
        one.finish()
        rounds += 1
    assert rounds == MAX_ROUNDS


def test_a_character_of_chinese_weighs_three() -> None:
    assert (weight("abc"), weight("股价"), weight("a" * 2 * COMPARED)) == (3, 6, COMPARED)
