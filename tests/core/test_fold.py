"""The short ways of folding say what the long way says, and lead back to the same places."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.text import normalize
from monitor.core.text.normalize import FOLDED, PLAIN, SOME, SPECIAL, STEADY, Form, folded, normal

# weighted towards the short ways, with what must fall out of them: marks, ligatures, letters that grow in lower case
ODD = "İΣßK\u212bﬁ²\u0301\u0308平"
LETTERS = st.sampled_from([*SOME, *STEADY, *STEADY.upper(), *"aeiou AEIOU.,-&;19", *ODD])
PIECES = st.lists(
    st.sampled_from(["&amp;", "&AMP;", "&", "&#228;", "&#9999999;", "ä", "é", "e\u0301", "x ", "–", "š", "ﬁ"])
).map("".join)
TEXTS = st.one_of(st.text(LETTERS), st.text(), PIECES)


def the_long_way(text: str) -> Form:
    return Form(text, SPECIAL.sub(lambda found: FOLDED[found[0]], text).lower(), FOLDED)


@given(TEXTS)
def test_the_short_way_to_fold_is_the_long_way(text: str) -> None:
    short, long = folded(text), the_long_way(text)
    assert short.text == long.text
    for at in range(len(short.text)):
        assert short.origin(at, at + 1) == long.origin(at, at + 1)


@given(TEXTS)
def test_the_short_way_to_the_normal_form_is_the_long_way(text: str) -> None:
    short = normal(text)
    long = Form(text, SPECIAL.sub(lambda found: PLAIN[found[0]], text), PLAIN)
    assert short.text == long.text
    for at in range(len(short.text)):
        assert short.origin(at, at + 1) == long.origin(at, at + 1)


def test_letters_that_are_said_to_stay_do() -> None:
    for char in STEADY + STEADY.upper():
        assert FOLDED[char] == char.lower() and PLAIN[char] == char
        assert unicodedata.category(char)[0] != "M"


def test_german_and_english_take_the_short_way() -> None:
    assert folded("Börsengang: „H‑200“".replace("‑", "–")).simple
    assert not folded("ﬁnance").simple
    assert normalize.fold("Straße – GROSSE Übernahme …") == "strasse - grosse uebernahme ..."
