"""What of a hostile text may be shown."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.text.clean import clean_text

HOSTILE = [
    ("a\u202b\u05d0\u202cb", "a\u05d0b"),
    ("a\u2066b\u2069c\u200e\u200f\u061c", "abc"),
    ("\x1b[31mred\x1b[0m\x07", "[31mred[0m"),
    ("nul\x00 del\x7f c1\x9b31m", "nul del c131m"),
    ("lone \ud800 surrogate", "lone  surrogate"),
    ("tag\U000e0041\U000e007f", "tag"),
    ("private \ue000 use", "private  use"),
    ("z" + "\u0301" * 40 + "!", "z" + "\u0301" * 3 + "!"),
    ("line\r\nnext\u2028third\x85fourth", "line\nnext\nthird\nfourth"),
    ("zero\u200bwidth\ufeff soft\u00adhyphen", "zerowidth softhyphen"),
]


@pytest.mark.parametrize(("hostile", "shown"), HOSTILE)
def test_what_cannot_be_seen_is_taken_out(hostile: str, shown: str) -> None:
    assert clean_text(hostile) == shown


@pytest.mark.parametrize(
    "text", ["ok — “quotes” 日本 Жук 👩‍👩‍👧", "می‌خواهم", "Größe Ärzte é́", "a\tb\nc", "1\u00a0000 €"]
)
def test_honest_text_stays_as_it_is(text: str) -> None:
    assert clean_text(text) == text


def test_a_line_is_one_line() -> None:
    assert clean_text("  a\r\n\tb\u2029c\u00a0 d ", line=True) == "a b c d"


def test_the_short_cut_leaves_nothing_in_that_the_long_way_takes_out() -> None:
    for code in range(0x110000):
        char = chr(code)
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me", "Zl", "Zp"):
            assert (clean_text(char) != char) or char in "\n\t\u200c\u200d" or clean_text(char * 9) == char * 3, hex(
                code
            )


@given(text=st.text(st.characters()))
def test_cleaning_is_done_after_the_first_time(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert not {unicodedata.category(char) for char in once.replace("\n", "").replace("\t", "")} & {"Cc", "Cs", "Cn"}
    once.encode()  # every database and mail can take it
    assert clean_text(clean_text(text, line=True), line=True) == clean_text(text, line=True)
