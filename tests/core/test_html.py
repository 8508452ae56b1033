"""Markup is read as a browser shows it, and every span finds its way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.text.clean import html_to_text
from monitor.core.text.html import visible_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Erster</p><p>Zweiter</p>", "Erster\n\nZweiter"),
        ("mehr<br>Zweiter", "mehr\nZweiter"),
        ("<ul><li>a<li>b</ul>c", "a\nb\n\nc"),
        ("H<sub>200</sub> und <b>H</b>20", "H200 und H20"),
        ("Börsen<wbr>gang", "Börsengang"),
        ("<my-element>a</my-element>b", "a\nb"),
        ("a<script>b < c</script>d<style>e</style>f", "a\nd\nf"),
        ("a<!-- b -->c", "ac"),
        ("a<!-- never closed", "a never closed"),
        ("a &amp; b &lt;c&gt; &#x41;&#66; &uuml;", "a & b <c> AB ü"),
        ("AT&amp;amp;T", "AT&amp;T"),
        ("1 < 2 and 3 > 2 & so", "1 < 2 and 3 > 2 & so"),
        ("<a href=\"x>y\" title='b'>link</a>", "link"),
        ("  viel \n\t Raum  ", "viel Raum"),
        ("a&nbsp;b", "a\u00a0b"),
        ("<![CDATA[x]]>", "x]]>"),
        ("", ""),
        ("<p></p>", ""),
    ],
)
def test_what_a_reader_sees(markup: str, text: str) -> None:
    assert html_to_text(markup) == text


@pytest.mark.parametrize(
    ("markup", "word", "piece"),
    [
        ("<p>H<sub>200</sub> neu</p>", "H200", "H<sub>200"),
        ("AT&amp;T hier", "AT&T", "AT&amp;T"),
        ("x &uuml;ber y", "über", "&uuml;ber"),
        ("<b>fett</b>", "fett", "fett"),
        ("eins   zwei", "eins zwei", "eins   zwei"),
    ],
)
def test_a_span_leads_back_to_its_markup(markup: str, word: str, piece: str) -> None:
    view = visible_text(markup)
    start = view.text.index(word)
    begin, end = view.origin(start, start + len(word))
    assert markup[begin:end] == piece


@pytest.mark.parametrize(
    "piece",
    [
        "<a ",
        "<a href='",
        "<!--",
        "&",
        "<script>",
        '<a "',
        "<p>",
        "<a x='>",
        "<script></script",
        "<![CDATA[",
        "</",
        "&#x",
    ],
)
def test_markup_that_is_not_closed_is_read_to_its_end(piece: str) -> None:
    assert "wort" not in html_to_text(f"{piece}>") and isinstance(html_to_text(piece * 40), str)


MARKUP = st.lists(
    st.sampled_from(["<p>", "</p>", "<b>", "&amp;", "&", " ", "wort", "<", ">", "<!--", "-->", "ü", '"']), max_size=25
)


@given(MARKUP)
def test_every_span_lies_within_the_markup_and_spans_are_in_order(pieces: list[str]) -> None:
    markup = "".join(pieces)
    view = visible_text(markup)
    last = 0
    for at in range(len(view.text)):
        start, end = view.origin(at, at + 1)
        assert last <= start <= end <= len(markup)
        last = start


@given(st.text(max_size=80))
def test_text_without_markup_keeps_its_words(text: str) -> None:
    bare = text.replace("<", "").replace("&", "")
    assert html_to_text(bare).split() == bare.split()
