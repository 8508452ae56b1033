"""References and characters that would silence a feed."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feeds.repair import _is_xml_character, _repair_reference, repair_document, repair_text

POISON = [
    "&#xD800;",
    "&#xDFFF;",
    "&#x110000;",
    "&#99999999999999999999;",
    "&#0;",
    "&#x0;",
    "&#8;",
    "&#xFFFE;",
    "\x00",
    "\x0b",
    "\x1b[31m",
    "\ufffe",
    "\ud800",
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AT&T", "AT&amp;T"),
        ("AT&T;", "AT&amp;T;"),
        ("R&D & more", "R&amp;D &amp; more"),
        ("a&amp;b &lt; &#8211; &#x2013;", "a&amp;b &lt; &#8211; &#x2013;"),
        ("&nbsp;&uuml;&euro;", "\xa0ü€"),
        ("&LT;b&GT; &AMP;", "&lt;b&gt; &amp;"),
        ('href="?a=1&copy=2"', 'href="?a=1&amp;copy=2"'),
        ("&lol;", "&amp;lol;"),
        ("<![CDATA[AT&T &nbsp; <b>]]> & x", "<![CDATA[AT&T &nbsp; <b>]]> &amp; x"),
        ("<![CDATA[never closed & x", "<![CDATA[never closed &amp; x"),
        ("&", "&amp;"),
        ("&#;&#x;&;", "&amp;#;&amp;#x;&amp;;"),
        ("&#X41;&#XfC;", "&#x41;&#xfC;"),  # XML knows no capital X, so the repaired text was not well-formed
    ],
)
def test_references_become_what_xml_can_read(text: str, expected: str) -> None:
    assert repair_text(text) == expected


@pytest.mark.parametrize("poison", POISON)
def test_what_xml_forbids_is_dropped_and_its_neighbours_stay(poison: str) -> None:
    parsed = ElementTree.fromstring(repair_text(f"<t>a{poison}b</t>"))
    assert parsed.text is not None and parsed.text.replace("[31m", "") == "ab"


@given(st.text("&#xX;lt0189AT \x00\x0b\ud800\U0001f600", max_size=80))
def test_repaired_text_is_always_well_formed(text: str) -> None:
    ElementTree.fromstring(f"<t>{repair_text(text)}</t>")


def long_way(text: str) -> str:
    """Character by character and reference by reference, whether XML knows them or not."""
    text = "".join(char for char in text if char in "\t\n\r" or (_is_xml_character(ord(char)) and char != "\x7f"))
    sections = re.split(r"(<!\[CDATA\[.*?]]>)", text, flags=re.DOTALL)
    pieces = [piece if at % 2 else re.sub(WRITTEN, read, piece) for at, piece in enumerate(sections)]
    return "".join(pieces)


WRITTEN = r"&(#[0-9]{1,20};|#[xX][0-9a-fA-F]{1,20};|[A-Za-z][A-Za-z0-9]{0,40};)?"


def read(found: re.Match[str]) -> str:
    name = found[1] or ""
    if name in ("amp;", "lt;", "gt;", "quot;", "apos;"):
        return found[0]
    return _repair_reference(found)


PIECES = [
    *("a", "&amp;", "&lt;", "&nbsp;", "&", ";", "&#39;", "&#31;", "&#32;", "&#127;", "&#9999;", "&#55296;", "&#x1f;"),
    *("&#x20;", "&#xFF;", "&#xd800;", "&#X41;", "&#x", "&copy", "<![CDATA[", "]]>", "ü", "\u201c", "\x7f", "\x00"),
    *("\ufffe", "\uffff", "\ud800", "\U0001f600", "&#10;", "&#0;", "\n", "\x85", "&apos;", "&lol;"),
]


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PIECES) | st.characters(), max_size=12).map("".join))
def test_what_needs_no_repair_is_told_from_what_does(text: str) -> None:
    assert repair_document(text) == (long_way(text), long_way(text).encode())


@pytest.mark.parametrize("piece", ["<![CDATA[", "&", "&#", "&a", "]]>", "&#x11111111111111111111"])
def test_what_is_repaired_needs_no_second_repair(piece: str) -> None:
    once = repair_text(piece * 40)
    assert repair_text(once) == once
