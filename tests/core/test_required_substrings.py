"""What a watch asks of a text that is not cut yet is less than its gates say, and lets the same texts through."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.match.engine import (
    Watch,
    compile_rules,
    find_required_substrings,
    has_required_substrings,
    minimal_texts,
)

WORDS = st.text("ab", min_size=1, max_size=5)


@given(st.frozensets(WORDS, max_size=8), st.text("abc", max_size=12))
def test_only_the_shortest_need_to_be_looked_for(words: frozenset[str], text: str) -> None:
    left = minimal_texts(words)
    assert not any(one in other for one in left for other in left if one != other)
    assert any(word in text for word in left) == any(word in text for word in words)


@given(st.lists(st.tuples(WORDS, WORDS), max_size=4), st.text("abc", max_size=12))
def test_a_text_passes_the_hints_that_passes_the_gates(gates: list[tuple[str, str]], text: str) -> None:
    entry = compile_rules([Watch("w", any=("x",))]).entries[0]
    asked = has_required_substrings(
        entry.__class__(entry.watch, entry.node, tuple(gates), find_required_substrings(tuple(gates))), text
    )
    assert asked == all(any(word in text for word in gate) for gate in gates)


def test_a_term_is_searched_for_by_its_shortest_spelling_alone() -> None:
    book = compile_rules([Watch("w", any=("Varenta group", "Varenta shares")), Watch("v", any=("Palmyra",))])
    assert len(book.watches_by_key) == 2
    assert [set(entry.required_substrings) for entry in book.entries] == [{("varenta",)}, {("palmyra",)}]
