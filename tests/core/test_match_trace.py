"""The reason for a match, or for none, in words; and the watches that an article only just escapes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.match.engine import NearTerms, Watch, compile_rules
from monitor.core.match.match_trace import WatchTrace
from monitor.core.model.articles import Article
from tests.analysed import find_near_misses, match_article, trace_watches

LISTING = Watch("listing", any=("T-Head",), near=NearTerms(5, ("IPO", "Börsengang")))
BOTH = Watch("both", all=(("H200",), ("China", "Peking")), none=("Gewinnspiel",))
TWICE = Watch("twice", match="atleast(2, Nvidia)")
EITHER = Watch("either", match="(H20 AND Zoll) OR title:(B30A AND Peking)")


def asked(watch: Watch, title: str, body: str = "", **facts: str) -> WatchTrace:
    [finding] = trace_watches(compile_rules([watch]), Article("f", title, body=body, **facts))  # type: ignore[arg-type]
    return finding


def test_a_match_says_which_term_stands_where() -> None:
    found = asked(LISTING, "T-Head plant den Börsengang", "T-Head und der IPO")
    assert found.match is not None and not found.near
    assert found.sentence() == "“T-Head” in title, body; “Börsengang” in title; “IPO” in body"


def test_a_near_that_misses_says_how_far_apart_the_two_are() -> None:
    found = asked(LISTING, "T-Head eins zwei drei vier fünf sechs sieben Börsengang")
    assert found.sentence() == "“T-Head”, “Börsengang” found; near: distance 7, limit 5"
    assert found.near


def test_a_near_without_its_other_half_says_what_was_looked_for() -> None:
    assert (
        asked(LISTING, "T-Head baut Chips").sentence() == "“T-Head” found; near: none of IPO, Börsengang within 5 words"
    )


def test_a_long_list_is_named_by_its_beginning() -> None:
    many = Watch("many", any=("T-Head",), near=NearTerms(5, tuple(f"Wort{letter}" for letter in "abcdefghijk")))
    assert "Wortg, Worth and 3 more within 5 words" in asked(many, "T-Head").sentence()


def test_an_exclusion_names_the_word_that_stands_in_the_way() -> None:
    found = asked(BOTH, "H200 in China: Gewinnspiel")
    assert found.near
    assert found.sentence() == "“H200”, “China” found; none: “Gewinnspiel” stands in the title"


def test_too_few_mentions_are_a_near_miss() -> None:
    found = asked(TWICE, "Nvidia")
    assert found.near and found.sentence() == "“Nvidia” found; Nvidia 1 times of 2"


def test_half_of_one_side_of_an_or_is_a_near_miss() -> None:
    assert asked(EITHER, "H20 aus Taiwan").held == ("H20",)
    assert asked(EITHER, "B30A aus Taiwan").held == ("B30A",)


def test_an_article_that_has_nothing_of_a_watch_is_no_near_miss() -> None:
    for watch in (LISTING, BOTH, TWICE, EITHER):
        found = asked(watch, "Wetter am Mittwoch")
        assert not found.near and found.held == ()
    assert asked(BOTH, "Peking ohne Gewinnspiel").near is False  # two conditions are missing


def test_a_watch_that_looks_elsewhere_or_is_off_says_so() -> None:
    elsewhere = asked(Watch("w", any=("x",), feeds=("other",)), "x")
    assert elsewhere.sentence() == "it is limited to other feeds or languages"
    assert asked(Watch("w", any=("x",), enabled=False), "x").sentence() == "it is switched off"


def test_a_match_with_nothing_to_point_at_has_words_too() -> None:
    assert asked(Watch("w", match="x AND NOT y"), "x").sentence() == "“x” in title"


def test_near_misses_of_a_book_are_those_of_its_watches() -> None:
    book = compile_rules(
        [LISTING, BOTH, TWICE, Watch("off", any=("T-Head",), near=NearTerms(5, ("IPO",)), enabled=False)]
    )
    assert [one.watch for one in find_near_misses(book, Article("f", "T-Head und H200 und Nvidia in Peking"))] == [
        "listing",
        "twice",
    ]


WORDS = st.lists(st.sampled_from(["T-Head", "IPO", "H200", "China", "Gewinnspiel", "Nvidia", "H20", "Zoll", "und"]))


@given(WORDS)
def test_inquiry_and_engine_agree_and_the_short_cut_loses_no_near_miss(words: list[str]) -> None:
    book = compile_rules([LISTING, BOTH, TWICE, EITHER])
    article = Article("f", " ".join(words))
    found = trace_watches(book, article)
    assert [one.watch for one in found if one.match] == [one.watch for one in match_article(book, article)]
    assert tuple(one for one in found if one.near) == find_near_misses(book, article)
