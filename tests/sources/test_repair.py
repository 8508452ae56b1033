"""References and characters that would silence a feed."""

from __future__ import annotations

import time
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.sources.repair import repair

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
    ],
)
def test_references_become_what_xml_can_read(text: str, expected: str) -> None:
    assert repair(text) == expected


@pytest.mark.parametrize("poison", POISON)
def test_what_xml_forbids_is_dropped_and_its_neighbours_stay(poison: str) -> None:
    parsed = ElementTree.fromstring(repair(f"<t>a{poison}b</t>"))
    assert parsed.text is not None and parsed.text.replace("[31m", "") == "ab"


@given(st.text("&#xX;lt0189AT \x00\x0b\ud800\U0001f600", max_size=80))
def test_repaired_text_is_always_well_formed(text: str) -> None:
    ElementTree.fromstring(f"<t>{repair(text)}</t>")


@pytest.mark.parametrize("piece", ["<![CDATA[", "&", "&#", "&a", "]]>", "&#x11111111111111111111"])
def test_repair_takes_linear_time(piece: str) -> None:
    start = time.process_time()
    repair(piece * (1_000_000 // len(piece)))
    assert time.process_time() - start < 3.0
