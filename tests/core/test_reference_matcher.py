"""The engine and the reference agree on generated rules and texts, to the place."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.core.match.engine import NearTerms, Watch, compile_rules
from monitor.core.model.articles import Article
from tests import reference
from tests.analysed import match_article

TERMS = ("H200", "H20", "Qwen", "T-Head", "IPO", "Börsengang", "Straße", "平头哥", "public listing", "Qwen*", "ab c")
PIECES = (
    *TERMS, "H200ern", "H200er", "H20s", "IPOs", "GH200", "H2000", "h\u2011200", "H 200", "qwen3", "qwens", "thead",
    "T\u00adHead", "t\u2013head", "Boersengang", "Bo\u0308rsengang", "STRASSE", "阿里旗下", "public", "listing",
    "x", "200", "\u00a0", " ", "-", "/", ".", ",", "\n", "s", "er", "ern", "'s", "9", "\ufb01", "\u0130", "é",
    "e\u0301", "😀", "\u202e", "\u200b", "(", ")", "ab", "c", "B2",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
SPACED = st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)


def engine(watch: Watch, text: str) -> set[tuple[int, int]] | None:
    """Where the engine finds a watch."""
    found = match_article(compile_rules([watch]), Article("f", "", body=text))
    return {(hit.start, hit.end) for one in found for hit in one.hits} if found else None


def places(term: str, text: str) -> set[tuple[int, int]]:
    """Where the reference finds a term."""
    return {(start, end) for _, _, start, end in reference.find(term, text)}


@settings(max_examples=600)
@given(st.sampled_from(TERMS), TEXTS | SPACED)
@example("Qwen", "İqwen")
@example("H20", "H20.5 H20. 5")
@example("Qwen*", "qwen3e\u0301")
def test_a_term_stands_where_the_reference_says(term: str, text: str) -> None:
    assert (engine(Watch("w", any=(term,)), text) or set()) == places(term, text)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(TERMS), min_size=1, max_size=3), st.sampled_from(TERMS), TEXTS | SPACED)
def test_groups_hold_where_the_reference_says(terms: list[str], other: str, text: str) -> None:
    every = all(places(term, text) for term in terms)
    some = any(places(term, text) for term in terms)
    none = not places(other, text)
    groups = tuple((term,) for term in terms)
    assert (engine(Watch("w", all=groups), text) is not None) == every
    assert (engine(Watch("w", any=tuple(terms), none=(other,)), text) is not None) == (some and none)
    assert (engine(Watch("w", match=" OR ".join(f'"{term}"' for term in terms)), text) is not None) == some


@settings(max_examples=400)
@given(st.sampled_from(TERMS), st.sampled_from(TERMS), st.integers(0, 4), TEXTS | SPACED)
def test_nearness_is_what_the_reference_counts(one: str, other: str, words: int, text: str) -> None:
    left, right = reference.find(one, text), reference.find(other, text)
    near = {a for a in left if any(reference.distance(a, b) <= words for b in right)}
    assert (engine(Watch("w", any=(one,), near=NearTerms(words, (other,))), text) is not None) == bool(near)
    away = engine(Watch("w", any=(one,), not_near=NearTerms(words, (other,))), text)
    assert (away or set()) == {(start, end) for _, _, start, end in left - near}
