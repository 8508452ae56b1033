"""What seldom happens in the core, and must go right all the same."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from monitor.core.alerts.health_rules import FeedHealth, find_alarms
from monitor.core.alerts.render import poll_summary
from monitor.core.dedupe.keys import article_site
from monitor.core.dedupe.stories import fact_keys, same_facts
from monitor.core.dedupe.wording import read_wording
from monitor.core.errors import RuleError
from monitor.core.facts.extract import summarize_facts
from monitor.core.match.engine import Watch, compile_rules
from monitor.core.match.evidence import collect_evidence
from monitor.core.match.regex import compile_pattern
from monitor.core.match.watch import Entity, entity_mistakes
from monitor.core.model.articles import Article, ArticleFacts, Fact, Match
from monitor.core.model.polling import PollReport
from monitor.core.text.html import visible_text
from monitor.core.text.normalize import fold, fold_with_offsets
from tests.analysed import article_text, examine_watch, find_near_misses, match_article

NAMES = {"arm": Entity("arm", ("Arm",), context=("chip",))}


def missing(expression: str, text: str) -> str:
    """What an expression misses in a text."""
    book = compile_rules([Watch("w", match=expression)], NAMES)
    return "; ".join(examine_watch(book, "w", Article("f", "", body=text)).missing)


@pytest.mark.parametrize(
    "expression, text, said",
    [
        ("(a NEAR/2 b) OR c", "x", "none of a near b, c"),
        ("(a NEAR/2 b) AND c", "a b", "no “c”"),
        ("(a NOT NEAR/2 b) AND c", "a b c", "every “a” has one of b within 2 words"),
        ("@arm AND c", "Arm chip", "no “c”"),
        ("atleast(2, a) OR c", "a", "none of a, c"),
        ("atleast(2, a) AND c", "a a", "no “c”"),
        ("/x+y/ AND c", "c", "no match of /x+y/"),
        ("/xy/ AND c", "xy", "no “c”"),
        ("title:a OR title:b", "a", "none of a, b"),
        ("b OR (c AND NOT a)", "x", "none of b, c, a"),
        ('atleast(2, Qwen OR "Qwen max")', "Qwen max", "Qwen, Qwen max 1 times of 2"),
    ],
)
def test_what_is_missing_is_said_of_every_kind_of_condition(expression: str, text: str, said: str) -> None:
    assert missing(expression, text) == said


def test_a_watch_of_one_term_is_never_nearly_matched() -> None:
    watches = [Watch("w", any=("x",), fields=("title",)), Watch("v", match="a OR (b AND c)")]
    assert [one.watch for one in find_near_misses(compile_rules(watches), Article("f", "b"))] == ["v"]


def test_a_watch_nobody_wrote_cannot_be_examined() -> None:
    with pytest.raises(KeyError):
        examine_watch(compile_rules([]), "w", Article("f", "x"))


def test_evidence_of_an_absence_points_at_nothing() -> None:
    assert collect_evidence("w", article_text(Article("f", "x")), ()) == Match("w", ())


def test_a_letter_under_many_marks_is_still_one_letter() -> None:
    assert fold("e" + "\u0301" * 6 + "x")[-1] == "x"
    form = fold_with_offsets("ﬁ" + "a\u0308" + "b")
    assert form.origin(0, 0) == (0, 0)


@pytest.mark.parametrize("text", ["", "(a", "a**", "(?<=a)b", r"(a)\1", "(i?)x", "x(?i?)", "x*"])
def test_an_expression_that_cannot_be_run_is_refused_in_words(text: str) -> None:
    with pytest.raises(RuleError):
        compile_pattern(text)


def found(text: str, body: str) -> list[str]:
    """What an expression finds."""
    return [
        hit.text
        for one in match_article(compile_rules([Watch("w", regex=(text,))]), Article("f", "", body=body))
        for hit in one.hits
    ]


def test_an_expression_may_end_in_a_word_edge_or_hold_alternatives() -> None:
    assert found(r"\bab", "abab ab") == ["ab", "ab"]
    assert found(r"\bab|cd\b", "ab cd") == ["ab", "cd"]
    assert found(r"ab\b", "ab abc") == ["ab"]
    assert found(r"(?:a*\b)x*", "b aa") == ["aa"]  # it can match nothing at a word's edge


def test_a_term_with_many_hyphens_is_found_as_written() -> None:
    term = "a-b-c-d-e-f-g-h"
    assert match_article(compile_rules([Watch("w", any=(term,))]), Article("f", "x a b c d e f g h y"))


def test_an_article_without_an_address_belongs_to_its_feed() -> None:
    assert article_site(Article("feed", "x")) == "feed"
    assert article_site(Article("feed", "x", "https://www.host.example/a")) == "host.example"


def test_few_facts_are_told_and_each_once() -> None:
    def fact(kind: str, text: str, value: float | None = None) -> Fact:
        return Fact(kind, "body", 0, 1, text, value)

    some = [fact("isin", "US0378331005"), fact("move", "3 %", -3.0), fact("move", "+4 %", 4.0), fact("money", "$5")]
    assert summarize_facts([*some, fact("money", "$5"), fact("count", "x" * 80)]) == ("$5", "−3 %", "+4 %")


def test_a_sound_entity_has_no_mistakes() -> None:
    assert not list(entity_mistakes(Entity("x", ("X",), ("US0378331005",), ("AAPL", "9988.HK"))))


def test_a_term_is_not_half_there() -> None:
    assert not match_article(
        compile_rules([Watch("w", any=("public bond listing",))]), Article("f", "a public big listing")
    )
    assert not match_article(compile_rules([Watch("w", any=("public list*",))]), Article("f", "a public bond lists"))


def test_a_line_for_the_log_says_what_came_and_what_may_be_lost() -> None:
    first = PollReport("f", "first sight", articles=2, matches=(("H200", 1),))
    assert poll_summary(first) == "f: 2 new articles at first sight, none of them alerted; would have matched: H200 1"
    later = PollReport("f", "new", articles=1, edited=1, overrun=True)
    assert poll_summary(later).startswith("f: 1 new article, 1 edited; matched: none; nothing it shows was known")


def test_a_coming_day_is_told_with_its_word() -> None:
    fact = Fact("event", "body", 0, 1, "am 3. März", unit="earnings", day=date(2026, 3, 3), word="Zahlen")
    assert summarize_facts([fact]) == ("Zahlen 2026-03-03",)


def test_a_feed_whose_window_rolled_over_is_told_about() -> None:
    found = find_alarms([FeedHealth("x", overruns=2)], [], "", None, datetime(2026, 3, 3, tzinfo=UTC))
    assert "2 times today: items may have been lost" in found["window x"].text


def test_of_two_equal_cousins_the_first_is_named_and_blank_lines_are_no_sentences() -> None:
    facts = tuple(Fact("money", "body", n, n + 1, "x", 1e9 * n, "USD") for n in (1, 2))
    twins = [ArticleFacts(n, n, "Lumetra", fact_keys(facts)) for n in (1, 2)]
    kin = same_facts("Lumetra", facts, twins)
    assert kin is not None and kin.article == 1
    text = "Hafen wächst.   \n  \nWerft baut."
    assert [text[one.start : one.end].strip() for one in read_wording("", text).sentences] == text.split("   \n  \n")


def test_a_reference_to_white_space_separates_words_and_points_at_itself() -> None:
    seen = visible_text("a&#32;b &#10; c")
    assert seen.text.split() == ["a", "b", "c"]
    assert seen.origin(0, 0) == (0, 0)
