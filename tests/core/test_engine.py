"""A watch matches what a careful reader would say is about it, and its evidence points at the article."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import RuleError
from monitor.core.match.engine import NearTerms, Watch, check_watch, compile_rules
from monitor.core.model.articles import Article
from tests.analysed import examine_watch, match_article


def names(article: Article, *watches: Watch) -> list[str]:
    return [found.watch for found in match_article(compile_rules(watches), article)]


def hits(watch: Watch, **fields: Any) -> bool:
    return bool(names(Article("feed", fields.pop("title", ""), **fields), watch))


LISTING = Watch(
    "T-Head IPO",
    any=("T-Head", "Pingtouge", "平头哥"),
    near=NearTerms(25, ("IPO", "initial public offering", "Börsengang", "spin-off*", "上市")),
)
REPORTS = Watch("earnings", any=("earnings", "Quartalszahl*"), regex=(r"\bQ[1-4][- ]?(Zahlen|results|Bilanz)\b",))


def test_any_of_the_terms_is_enough_and_all_that_are_there_are_evidence() -> None:
    [found] = match_article(
        compile_rules([Watch("w", any=("Qwen", "H200", "absent"))]), Article("f", "H200 und Qwen: H200")
    )
    assert [(hit.term, hit.start, hit.text) for hit in found.hits] == [
        ("H200", 0, "H200"),
        ("Qwen", 9, "Qwen"),
        ("H200", 15, "H200"),
    ]


def test_every_group_of_all_must_be_found() -> None:
    watch = Watch("w", all=(("Nvidia",), ("H20", "H200")))
    assert hits(watch, title="Nvidia liefert H200")
    assert not hits(watch, title="Nvidia liefert")
    assert hits(watch, title="Nvidia", body="Es geht um H20.")


def test_none_excludes_the_whole_article() -> None:
    watch = Watch("w", any=("Apple",), none=("Gewinnspiel",))
    assert hits(watch, title="Apple wächst")
    assert not hits(watch, title="Apple wächst", body="Zum Gewinnspiel hier.")


@pytest.mark.parametrize("words", [0, 1, 24, 25])
def test_near_counts_the_words_between_in_either_order(words: int) -> None:
    between = " ".join(["wort"] * words)
    assert hits(LISTING, body=f"T-Head {between} IPO")
    assert hits(LISTING, body=f"Börsengang {between} T-Head")


def test_near_refuses_what_is_further_away() -> None:
    between = " ".join(["wort"] * 26)
    assert not hits(LISTING, body=f"T-Head {between} IPO")
    assert hits(LISTING, body=f"T-Head {between} IPO. T-Head")


def test_near_counts_h200_as_one_word() -> None:
    watch = Watch("w", any=("Chip",), near=NearTerms(2, ("Export",)))
    assert hits(watch, title="Chip H200 H200 Export")
    assert not hits(watch, title="Chip H200 H200 H200 Export")


def test_near_never_crosses_fields() -> None:
    assert not hits(LISTING, title="T-Head", body="IPO")


def test_not_near_leaves_other_mentions_standing() -> None:
    watch = Watch("w", any=("Light",), not_near=NearTerms(1, ("turbulence",)))
    assert not hits(watch, title="Light turbulence")
    assert hits(watch, title="Light turbulence", body="The Light is on.")


def test_a_regex_stands_beside_the_terms() -> None:
    assert hits(REPORTS, title="SAP-Aktie: Q3-Zahlen über Erwartung")
    assert hits(REPORTS, title="Siemens legt Quartalszahlen vor")
    assert not hits(REPORTS, title="The yearnings of a trader")
    assert not hits(REPORTS, title="XQ3-Zahlen")


def test_a_regex_knows_words_beyond_ascii_and_finds_neighbours() -> None:
    watch = Watch("w", regex=(r"\bЖЖ\b",))
    [found] = match_article(compile_rules([watch]), Article("f", "ЖЖ ЖЖ, ЖЖЖ äЖЖ"))
    assert [(hit.start, hit.text) for hit in found.hits] == [(0, "ЖЖ"), (3, "ЖЖ")]


def test_a_regex_ignores_case_unless_it_says_otherwise_and_points_at_the_original() -> None:
    assert hits(Watch("w", regex=("h-?200",)), title="H\u2011200")
    assert not hits(Watch("w", regex=("(?-i)h200",)), title="H200")
    [found] = match_article(compile_rules([Watch("w", regex=(r"T.Head",))]), Article("f", "die T\u00ad\u2011Head"))
    assert found.hits[0].text == "T\u00ad\u2011Head"


def test_a_regex_finds_what_stands_at_the_end_of_a_long_run() -> None:
    """Linear time is RE2's promise; what a backtracking engine would make of such a text is no matter here."""
    assert not hits(Watch("w", regex=("a+$",)), body="a" * 5000 + "!")
    assert hits(Watch("w", regex=("a+$",)), body="a" * 5000)


def test_a_watch_looks_at_title_and_body_unless_it_names_fields() -> None:
    title = Watch("w", any=("H200",), fields=("title",))
    assert not hits(title, body="H200") and hits(title, title="H200")
    assert not hits(Watch("w", any=("H200",)), url="https://x.example/H200")
    assert hits(Watch("w", any=("H200",), fields=("url",)), url="https://x.example/H200")
    assert hits(Watch("w", any=("Meier",), fields=("author",)), author="A. Meier")


def test_the_body_includes_the_lead_and_a_missing_lead_is_the_first_two_paragraphs() -> None:
    lead = Watch("w", any=("H200",), fields=("lead",))
    assert hits(Watch("w", any=("H200",)), lead="Der H200", body="Mehr im Text.")
    assert hits(lead, lead="Der H200")
    assert hits(lead, body="Eins.\n\nZwei H200.\n\nDrei.")
    assert not hits(lead, body="Eins.\n\nZwei.\n\nDrei H200.")
    [found] = match_article(compile_rules([lead]), Article("f", "", body="Eins.\n\nDer H200."))
    assert (found.hits[0].field, found.hits[0].start) == ("body", 11)


def test_a_watch_may_be_for_some_feeds_and_languages_only() -> None:
    german = Watch("w", any=("H200",), lang=("de",), feeds=("first",))
    article = Article("first", "H200", language="de-AT")
    assert names(article, german)
    assert not names(Article("second", "H200", language="de"), german)
    assert not names(Article("first", "H200", language="en"), german)
    assert names(Article("first", "H200"), german)


def test_a_disabled_watch_does_not_match() -> None:
    assert not hits(Watch("w", any=("H200",), enabled=False), title="H200")


def test_boilerplate_is_not_matched() -> None:
    body = "Die Aktie steigt.\n\nAlibaba: Buy or sell? Read more here...\n\nMehr dazu morgen."
    assert not hits(Watch("w", any=("Buy",)), body=body)
    assert hits(Watch("w", any=("Buy",)), body="Analysts say Buy after the report.")


def test_the_snippet_is_short_holds_most_evidence_and_is_cut_at_words() -> None:
    body = (
        "Am Anfang steht Alibaba. "
        + "Füllung und noch mehr davon. " * 20
        + "Dann kommen Qwen und Alibaba mit H200. "
        + "Ende. " * 80
    )
    [found] = match_article(compile_rules([Watch("w", any=("Alibaba", "Qwen", "H200"))]), Article("f", "", body=body))
    assert len(found.snippet) <= 240
    assert "Qwen und Alibaba mit H200" in found.snippet
    assert [found.snippet[start:end] for start, end in found.marks] == ["Qwen", "Alibaba", "H200"]
    assert found.snippet.split()[0] in body.split() and found.snippet.split()[-1] in body.split()


def test_matches_come_in_the_order_of_the_file() -> None:
    watches = [Watch(name, any=(name,)) for name in ("zeta", "alpha", "mid")]
    assert names(Article("f", "alpha mid zeta"), *watches) == ["zeta", "alpha", "mid"]


@pytest.mark.parametrize(
    ("watch", "title", "missing"),
    [
        (LISTING, "T-Head stellt neuen Kern vor", "near: none of IPO, initial public offering"),
        (LISTING, "T-Head " + "wort " * 31 + "IPO", "near: distance 31, limit 25"),
        (LISTING, "Börsengang", "any: none of T-Head, Pingtouge, 平头哥"),
        (Watch("w", all=(("Nvidia",), ("H200",))), "Nvidia", "all: no “H200”"),
        (Watch("w", any=("Apple",), none=("Obst",)), "Apple ist Obst", "none: “Obst” stands in the title"),
        (Watch("w", match="atleast(2, Nvidia)"), "Nvidia", "Nvidia 1 times of 2"),
        (Watch("w", any=("x",), feeds=("other",)), "x", "it is limited to other feeds or languages"),
    ],
)
def test_what_is_missing_is_said_in_words(watch: Watch, title: str, missing: str) -> None:
    verdict = examine_watch(compile_rules([watch]), watch.name, Article("feed", title))
    assert verdict.match is None
    assert verdict.missing[0].startswith(missing)


def test_an_examined_watch_that_matches_misses_nothing() -> None:
    verdict = examine_watch(compile_rules([LISTING]), "T-Head IPO", Article("f", "T-Head: IPO"))
    assert verdict.match is not None and verdict.missing == ()


SETS = {"ipo": ("IPO", "Börsengang")}


@pytest.mark.parametrize(
    ("watch", "where", "code", "offset"),
    [
        (Watch("w", any=("",)), "any", "empty-term", None),
        (Watch("w", any=("H200", "*")), "any", "wildcard-too-short", 0),
        (Watch("w", any=("ab*",)), "any", "wildcard-too-short", 2),
        (Watch("w", any=("a*b",)), "any", "bad-term", 1),
        (Watch("w", any=("\bH200\b",)), "any", "control-character", 0),
        (Watch("w", any=("@ip",)), "any", "unknown-set", 0),
        (Watch("w", all=((),)), "all", "empty-alternative", None),
        (Watch("w", any=("x",), near=NearTerms(5, ())), "near.any", "empty-alternative", None),
        (Watch("w", any=("x",), near=NearTerms(-1, ("y",))), "near.words", "bad-number", None),
        (Watch("w", all=(("x",),), near=NearTerms(5, ("y",))), "near", "near-without-any", None),
        (Watch("w", regex=("a(b",)), "regex", "bad-regex", 1),
        (Watch("w", regex=("(i?)x",)), "regex", "bad-regex", 0),
        (Watch("w", regex=(r"(?<=a)b",)), "regex", "bad-regex", None),
        (Watch("w", regex=(r"(a)\1",)), "regex", "bad-regex", None),
        (Watch("w", regex=("x*",)), "regex", "bad-regex", None),
        (Watch("w", regex=("\bx",)), "regex", "control-character", 0),
        (Watch("w"), "", "empty-watch", None),
        (Watch("w", none=("x",)), "", "empty-watch", None),
        (Watch("w", any=("x",), match="y"), "any", "match-and-keys", None),
        (Watch("w", any=("x",), fields=("titel",)), "in", "unknown-field", None),
        (Watch("w", match="a AND b OR c"), "match", "mixed-operators", 8),
    ],
)
def test_each_mistake_has_its_key_its_kind_and_its_place(
    watch: Watch, where: str, code: str, offset: int | None
) -> None:
    [error] = check_watch(watch, SETS)
    assert (error.where, error.code, error.offset) == (where, code, offset)
    with pytest.raises(RuleError):
        compile_rules([watch], SETS)


def test_all_mistakes_of_a_watch_are_found_in_one_go() -> None:
    watch = Watch("w", any=("", "@none"), regex=("(",), fields=("nowhere",))
    assert [error.code for error in check_watch(watch, {})] == [
        "empty-term",
        "unknown-set",
        "bad-regex",
        "unknown-field",
    ]


def test_the_nearest_set_is_named() -> None:
    [error] = check_watch(Watch("w", any=("@ipos",)), SETS)
    assert error.help == "did you mean @ipo?"


def test_a_set_stands_for_its_terms() -> None:
    book = compile_rules([Watch("w", any=("@ipo",)), Watch("v", match="Alibaba AND @ipo")], SETS)
    assert [found.watch for found in match_article(book, Article("f", "Alibaba: Börsengang"))] == ["w", "v"]


TEXT = st.text(st.sampled_from("abcH20 -\n.é平\u00ad"), max_size=60)
TERM = st.sampled_from(["H200", "a", "ab", "b c", "平", "é", "abc*", "H20"])


@given(TEXT, TEXT, st.lists(TERM, min_size=1, max_size=4), TERM, st.integers(0, 5))
def test_the_index_never_hides_a_watch(title: str, body: str, terms: list[str], other: str, words: int) -> None:
    watches = [
        Watch("any", any=tuple(terms)),
        Watch("all", all=tuple((term,) for term in terms)),
        Watch("near", any=(terms[0],), near=NearTerms(words, (other,))),
        Watch("not", any=(terms[0],), none=(other,)),
    ]
    article, book = Article("f", title, body=body), compile_rules(watches)
    found = {one.watch for one in match_article(book, article)}
    assert found == {watch.name for watch in watches if examine_watch(book, watch.name, article).match}
