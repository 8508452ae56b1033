"""The short ways of folding say what the long way says, and lead back to the same places."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.text import normalize
from monitor.core.text.normalize import (
    CHANGED_CHARACTERS,
    FOLDED_SEGMENTS,
    PLAIN_SEGMENTS,
    SPECIAL_SEGMENT,
    UNCHANGED_CHARACTERS,
    NormalizedText,
    fold_with_offsets,
    normalize_with_offsets,
)

# weighted towards the short ways, with what must fall out of them: marks, ligatures, letters that grow in lower case
ODD = "İΣßK\u212bﬁ²\u0301\u0308平"
LETTERS = st.sampled_from(
    [*CHANGED_CHARACTERS, *UNCHANGED_CHARACTERS, *UNCHANGED_CHARACTERS.upper(), *"aeiou AEIOU.,-&;19", *ODD]
)
PIECES = st.lists(
    st.sampled_from(["&amp;", "&AMP;", "&", "&#228;", "&#9999999;", "ä", "é", "e\u0301", "x ", "–", "š", "ﬁ"])
).map("".join)
TEXTS = st.one_of(st.text(LETTERS), st.text(), PIECES)


def the_long_way(text: str) -> NormalizedText:
    return NormalizedText(
        text, SPECIAL_SEGMENT.sub(lambda found: FOLDED_SEGMENTS[found[0]], text).lower(), FOLDED_SEGMENTS
    )


@given(TEXTS)
def test_the_short_way_to_fold_is_the_long_way(text: str) -> None:
    short, long = fold_with_offsets(text), the_long_way(text)
    assert short.text == long.text
    for at in range(len(short.text)):
        assert short.origin(at, at + 1) == long.origin(at, at + 1)


@given(TEXTS)
def test_the_short_way_to_the_normal_form_is_the_long_way(text: str) -> None:
    short = normalize_with_offsets(text)
    long = NormalizedText(text, SPECIAL_SEGMENT.sub(lambda found: PLAIN_SEGMENTS[found[0]], text), PLAIN_SEGMENTS)
    assert short.text == long.text
    for at in range(len(short.text)):
        assert short.origin(at, at + 1) == long.origin(at, at + 1)


def test_letters_that_are_said_to_stay_do() -> None:
    for char in UNCHANGED_CHARACTERS + UNCHANGED_CHARACTERS.upper():
        assert FOLDED_SEGMENTS[char] == char.lower() and PLAIN_SEGMENTS[char] == char
        assert unicodedata.category(char)[0] != "M"


def test_german_and_english_take_the_short_way() -> None:
    assert fold_with_offsets("Börsengang: „H‑200“".replace("‑", "–")).simple
    assert not fold_with_offsets("ﬁnance").simple
    assert normalize.fold("Straße – GROSSE Übernahme …") == "strasse - grosse uebernahme ..."
