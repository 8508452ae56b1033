"""The expression language: what it means, and what it says to a mistake."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import RuleError
from monitor.core.match.conditions import TermNode
from monitor.core.match.engine import Watch, check_watch, compile_rules
from monitor.core.match.query import parse_expression
from monitor.core.match.terms import compile_term
from monitor.core.model.articles import Article
from tests.analysed import match_article


def holds(expression: str, title: str = "", **fields: Any) -> bool:
    return bool(match_article(compile_rules([Watch("w", match=expression)]), Article("f", title, **fields)))


EXPORT = """
  title:(H20 OR H200 OR B30A) AND ("export licen?e" NEAR/10 China) AND NOT lead:Gewinnspiel
  AND (atleast(2, Nvidia) OR title:Nvidia)
"""


def test_the_example_of_the_guide() -> None:
    assert holds(EXPORT, "Nvidia H200", body="An export licence for China is near.")
    assert holds(EXPORT, "H20", body="Nvidia needs an export license for China, says Nvidia.")
    assert not holds(EXPORT, "H20", body="Nvidia needs an export license for China.")
    assert not holds(EXPORT, "Nvidia H200", lead="Zum Gewinnspiel", body="Export licence, China.")
    assert not holds(EXPORT, "Nvidia", body="H200 export licence China")


@pytest.mark.parametrize(
    ("expression", "yes", "no"),
    [
        ("a AND b", "b a", "a"),
        ("a OR b", "b", "c"),
        ("a AND NOT b", "a", "a b"),
        ("a AND (b OR c)", "a c", "b c"),
        ("(a AND b) OR c", "c", "a"),
        ("a NEAR/1 b", "b x a", "a x x b"),
        ("a ONEAR/1 b", "a x b", "b a"),
        ("a NOT NEAR/1 b", "a x x b", "a b"),
        ("atleast(2, a)", "a b a", "a"),
        ("atleast(2, a OR b)", "a b", "a"),
        ('"a b"', "a-b", "b a"),
        ("=Visa", "Visa", "visa"),
        ('="T-Head"', "T-Head", "THead"),
        ("Quartal*", "Quartalszahlen", "Quart"),
        (r"/q[1-4]\b/", "Q3", "Q5"),
        ("U.S. AND C++", "US C++", "us C++"),
        ("title:a", "a", "b"),
        ("((a))", "a", "b"),
    ],
)
def test_each_operator_means_what_it_says(expression: str, yes: str, no: str) -> None:
    assert holds(expression, yes)
    assert not holds(expression, no)


@pytest.mark.parametrize(
    ("expression", "message", "offset"),
    [
        ("", "empty", 0),
        ("a AND b OR c", "need parentheses", 8),
        ("a OR b AND c", "need parentheses", 7),
        ("NOT a", "cannot stand alone", 0),
        ("NOT a OR b", "cannot stand alone", 0),
        ("a b", "without an operator", 2),
        ("a (b)", "without an operator", 2),
        ("a AND", "missing at the end", 5),
        ("AND a", "nothing before it", 0),
        ("(a", "never closed", 0),
        ("a)", "never opened", 1),
        ('"a', "never closed", 0),
        ("a NEAR b", "needs a number of words", 2),
        ("titel:a", "no field", 0),
        ("title:", "nothing to search for", 0),
        ("atleast(a)", "needs a number", 8),
        ("atleast(0, a)", "needs a number", 8),
        ("atleast(2 a)", "needs a comma", 8),
        ("atleast(2, a", "never closed", 0),
        ("a AND /b(/", "does not compile", 8),
        ('a AND "..."', "no letter or digit", 7),
        ("(" * 60 + "a" + ")" * 60, "too deeply", 51),
    ],
)
def test_each_mistake_has_its_place(expression: str, message: str, offset: int) -> None:
    [error] = check_watch(Watch("w", match=expression), {})
    assert message in str(error)
    assert (error.where, error.value, error.offset) == ("match", expression, offset)


def test_both_readings_are_shown() -> None:
    [error] = check_watch(Watch("w", match='title:H200 AND "go public" OR IPO'), {})
    assert error.help == 'write `(title:H200 AND "go public") OR IPO` or `title:H200 AND ("go public" OR IPO)`'


@given(st.text(st.sampled_from('abANDORNT/(): ",=*?1\\@'), max_size=40))
def test_no_text_breaks_the_parser(expression: str) -> None:
    try:
        parse_expression(expression, lambda text: TermNode(compile_term(text)))
    except RuleError as error:
        assert error.offset is None or 0 <= error.offset <= len(expression)
