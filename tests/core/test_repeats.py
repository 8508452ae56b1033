"""A story is asked once more: what one of its wordings says already is silent, whatever the order of its sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.dedupe.compare.alignment import WordingIndex
from monitor.core.dedupe.repeats import says_nothing_new
from monitor.core.dedupe.wording import read_wording

TITLE = "Harbour Grid plans cable along the coast"
PARTS = [
    "The grid operator told investors in Halifax that the plan took four years of talks with towns along the coast.",
    "Three banks lend 240 million dollars, and the first cable will be laid next autumn.",
    "Fishermen had asked for a longer route around their grounds.",
    "Engineers expect storms to delay the ships.",
    "The mayor of Larkfield praised the jobs.",
]


def index(title: str, *parts: str) -> WordingIndex:
    """An indexed wording."""
    return WordingIndex(read_wording(title, " ".join(parts)))


@given(st.lists(st.sampled_from(PARTS), unique=True), st.permutations(PARTS))
def test_any_part_of_a_wording_in_any_order_is_said(some: list[str], known: list[str]) -> None:
    decision = says_nothing_new(index(TITLE, *some), [index("Another headline about rain"), index(TITLE, *known)])
    assert decision is not None and decision.silent and decision.reason == "wording 2 of the story says it all"


@pytest.mark.parametrize(
    "part",
    [
        "Eleven sailors are missing.",
        PARTS[1].replace("240", "420"),
        PARTS[1].replace("will be", "will not be"),
        PARTS[4].replace("praised", "criticised"),
        "The mayor of Larkfield praised 1,900 jobs.",
        "The union called for a strike of all fitters.",
    ],
)
def test_a_wording_that_says_more_is_told(part: str) -> None:
    assert says_nothing_new(index(TITLE, *PARTS, part), [index(TITLE, *PARTS)]) is None


@pytest.mark.parametrize(
    "title",
    [
        "Harbour Grid drops cable along the coast",
        "Coastal Power plans cable along the coast",
        "Harbour Grid plans no cable along the coast",
        "Harbour Grid plans 12 cables along the coast",
        "UPDATE: Court stops cable of Harbour Grid",
    ],
)
def test_a_headline_that_says_more_is_told(title: str) -> None:
    assert says_nothing_new(index(title, *PARTS), [index(TITLE, *PARTS)]) is None


def test_two_wordings_do_not_say_together_what_neither_says() -> None:
    known = [index(TITLE, *PARTS[:2]), index(TITLE, *PARTS[2:])]
    assert says_nothing_new(index(TITLE, *PARTS), known) is None
    assert says_nothing_new(index(TITLE, *PARTS), [*known, index(TITLE, *PARTS)]) is not None


def test_without_a_known_wording_everything_is_new() -> None:
    assert says_nothing_new(index(TITLE), []) is None


@given(st.text(max_size=60), st.text(max_size=300))
def test_a_wording_says_all_that_it_says(title: str, text: str) -> None:
    assert says_nothing_new(index(title, text), [index(title, text)]) is not None
