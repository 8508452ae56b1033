"""The short way from simple markup to text says what the plain way says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.text.html import HIDDEN_TAGS, INLINE_TAGS, PARAGRAPH_TAGS, simple_markup_text, visible_text

SIMPLE = [
    *("wort", "ü", "x y", " ", "  ", "\n", " \t", "\r\n", "\f", "\v", "\u00a0", "\u2003", "\x1c", "\x85", ">", '"'),
    *("<p>", "</p>", "<P class='a'>", "<br>", "<br />", "<BR/>", "<b>", "</b>", "<ul>", "<li>", "</li>"),
    *("<o:p>", "<my-element>", "<xé>", "<a href='x>y' title=\"'\">", '<a\nhref="b">', "</a\n>"),
    *("<div>", "</div>", "<wbr>", "<i x='&lt;'/>", "<p x=>", "<!-- wp:paragraph -->", "<!---->", "<h1>", "'"),
    *("&amp;", "&lt;", "&gt;", "&amp;lt;", "&nbsp;", "&uuml;", "&uumlx ", "& ", "&#38;", "&AMP;", "&shy;"),
    *("&#0;", "&#x80;", "&#8217;", "&#xD800;", "&#99999999999;", "&notit;", "&ThickSpace;"),
]  # fmt: skip
STRANGE = [
    *("&#32;", "&#10;", "&#x20;", "&#1;", "&", "&uumlx", "&Tab;", "&NewLine;", "&am", "p;", "lt;", "#38;", "&am<b>"),
    *("<iframe></iframe>", "<script>x &lt; y</script>", "<SVG a='b'> </svg >", "<style/>", "</style>", "&#<i>38;"),
    *("<", "< ", "</", "<3", "<é>", "<a ", "<a '", '<a "', "<!--", "-->", "<!-->", "<!--->", "<!-- > -->"),
    *("<!doctype html>", "<![CDATA[", "]]>", "<?php ?>", "<script>", "<style>", "<svg/>", "<iframe>", "<ſcript>"),
    *("<SCRIPT>", "</script>", "<a<b>", "<a<b", "<a x=<p>", "<a x='<p>'>", "&#10a", "&#12b;", "<a\"b>", "<a'b c'>"),
]  # fmt: skip
REPEATED = [
    *("<", "<a ", "<a '", '<a "', "<a<", "<!--", "<!-- -", "-", "<p>", "<br>  ", " ", "\n ", "&", "&#1", "&amp;"),
    *("&x", "</", "<a b='c' ", "<a ''", "<unheard>", "<script></", "<svg>x", "<svg x='", "<svg></svg"),
]  # fmt: skip


@given(st.lists(st.sampled_from(SIMPLE), max_size=30))
def test_simple_markup_is_read_alike_and_nothing_of_it_is_left_to_the_plain_way(pieces: list[str]) -> None:
    markup = "".join(pieces)
    assert simple_markup_text(markup) == visible_text(markup).text


MANY = [
    ["&amp;", "&lt;", "lt;", "amp;", "#8217;", "&#8217;", "&nbsp;", "x "],  # one of which makes another
    ["&amp;", "&#38;", "&lt;", "lt;", "#38;", "amp;", "&uuml;"],
    ["&lt|", "&lt;", "&gt|", "&gt;", "&uuml|", "&uuml;", "&reg|", "&reg;", "&deg|", "&deg;"],  # or is its beginning
    ["&#1;", " ", "a", "&nbsp;", "<b>", "<p>"],
    ["&#32;", " ", "a", "&nbsp;", "<b>", "<p>"],
    ["&NewLine;", " ", "a", "&nbsp;", "<b>", "<p>"],
    [f"&#{code};" for code in range(160, 180)],
]


@pytest.mark.parametrize("pieces", MANY)
@given(st.data())
def test_many_references_are_read_alike(pieces: list[str], data: st.DataObject) -> None:
    markup = "".join(data.draw(st.lists(st.sampled_from(pieces), min_size=8, max_size=30)))
    assert simple_markup_text(markup) in (None, visible_text(markup).text)


@settings(max_examples=500)
@given(st.lists(st.sampled_from(SIMPLE + STRANGE * 2) | st.text(max_size=3), max_size=12))
def test_any_markup_is_read_alike_or_not_at_all(pieces: list[str]) -> None:
    markup = "".join(pieces)
    assert simple_markup_text(markup) in (None, visible_text(markup).text)


@given(st.text(st.sampled_from("<>/!-&;#x1a \n\"'")))
def test_any_characters_of_markup_are_read_alike_or_not_at_all(markup: str) -> None:
    assert simple_markup_text(markup) in (None, visible_text(markup).text)


@pytest.mark.parametrize("name", sorted(INLINE_TAGS | PARAGRAPH_TAGS | {"li", "td", "option", "unheard-of"}))
def test_each_element_separates_as_in_the_plain_way(name: str) -> None:
    for markup in (
        f"a<{name}>b</{name}>c",
        f"a <{name.upper()} x='1'> b </{name.upper()}> c",
        f"<{name}/>a<br><{name}>",
    ):
        assert simple_markup_text(markup) == visible_text(markup).text


@pytest.mark.parametrize("name", sorted(HIDDEN_TAGS))
def test_what_is_hidden_is_left_out_or_to_the_plain_way(name: str) -> None:
    for markup in (
        f"a <{name}>b</{name}> c",
        f"a<{name.upper()} x='>'>&amp; {{</{name} y >c<br>d",
        f"<{name}></{name}>",
    ):
        assert simple_markup_text(markup) == visible_text(markup).text
    for markup in (f"a<{name}>b<b>c</{name}>d", f"a<{name}/>b</{name}>c", f"a<{name}>b", f"<!--<{name}></{name}>-->"):
        assert simple_markup_text(markup) is None


@pytest.mark.parametrize("piece", REPEATED)
def test_markup_that_repeats_itself_is_read_alike_or_not_at_all(piece: str) -> None:
    assert simple_markup_text(piece * 40) in (None, visible_text(piece * 40).text)
