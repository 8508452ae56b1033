"""What is said of a document that is not as it should be: shown by `monitor feeds probe`."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core.errors import ParseError
from monitor.core.model.polling import Page, Source
from monitor.feeds import decode, quirks
from monitor.feeds.kinds import KINDS
from monitor.feeds.repair import extract_root, repair_text

BASE = "https://feeds.example/rss"
DATE = "<pubDate>Tue, 14 Oct 2025 09:15:00 GMT</pubDate>"


def item(title: str = "Größe", name: str = "a", date: str = DATE) -> str:
    link = f"<link>/{name}</link><guid>{name}</guid>" if name else ""
    return f"<item><title>{title}</title>{link}{date}</item>"


def rss(*items: str, declaration: str = '<?xml version="1.0"?>') -> str:
    return f'{declaration}<rss version="2.0"><channel><title>T</title>{"".join(items)}</channel></rss>'


def said(document: str | bytes, content_type: str = "") -> tuple[str, ...]:
    body = document.encode() if isinstance(document, str) else document
    return KINDS["feed"](Page(BASE, body, content_type), Source("s", BASE)).quirks


GOOD = rss(item(), item("Zwei", "b"))


@pytest.mark.parametrize("document", [GOOD, GOOD.encode("utf-8-sig"), GOOD + "\n", GOOD.replace("</rss>", "</rss >")])
def test_nothing_is_said_of_a_feed_that_is_as_it_should_be(document: str | bytes) -> None:
    assert said(document) == ()


@pytest.mark.parametrize(
    ("document", "content_type", "words"),
    [
        (GOOD.encode("cp1252"), "text/xml; charset=utf-8", "labelled utf-8, written in cp1252"),
        (GOOD.encode("cp1252"), "", "without a label, written in cp1252"),
        (GOOD.encode(), "text/xml; charset=ISO-8859-1", "labelled ISO-8859-1, written in utf-8"),
        (GOOD.encode(), "text/xml; charset=utf-16", "labelled utf-16, written in utf-8"),
        (GOOD.encode(), "text/xml; charset=none-such", "labelled none-such, written in utf-8"),
        (GOOD.encode("utf-16"), "text/xml; charset=utf-8", "labelled utf-8, written in utf-16-le"),
        (GOOD.encode() + b"\xe9", "text/xml; charset=utf-8", "labelled utf-8, written in utf-8 and cp1252"),
        ("\n\n" + GOOD, "", "blank lines before the XML declaration"),
        ("<br />\n<b>Warning</b>: x" + GOOD, "", "text before the XML declaration"),
        ("Notice: x" + rss(item(), declaration=""), "", "text before the feed"),
        (rss(item(), declaration="<!DOCTYPE rss>"), "", "a DOCTYPE was dropped"),
        (GOOD + "<script>x()</script>", "", "text behind the end of the feed"),
        (GOOD.removesuffix("</rss>"), "", "cut short: its end is missing"),
        (rss(item("AT&T & Co."), item("R&amp;D", "b")), "", "bare ampersands: 2"),
        (rss(item("B&amp;uuml;rse")), "", "titles escaped twice"),
        (rss(item("a <br> b"), item("c", "b")), "", "not well-formed"),
        (rss("<item><title>Wrong</ttle></item>", item()), "", "not well-formed: read entry by entry"),
        (rss(item(), item("b", "")), "", "entries without id: 1 of 2"),
        (rss(item(), item("b", "")), "", "entries without link: 1 of 2"),
        (rss(item(), item("", "b")), "", "entries without title: 1 of 2"),
        (rss(item(), item("b", "b", "")), "", "entries without date: 1 of 2"),
        (rss(item(), item("b", "b", "<pubDate/>")), "", "entries without date: 1 of 2"),
        (rss(item(), item("b", "b", "<pubDate>soon</pubDate>")), "", "dates not understood: 1 of 2"),
        (rss(item("a", "a", ""), item("b", "b", "<pubDate>soon</pubDate>")), "", "dates not understood: 1 of 2"),
        (rss(item(), item("b"), item("c", "c")), "", "entries that share an id: 2 of 3"),
        (rss(item(), item("b")), "", "all entries link to one page"),
        (rss(), "", "it has no entries"),
    ],
)
def test_what_was_forgiven_is_said_in_words(document: str | bytes, content_type: str, words: str) -> None:
    assert words in said(document, content_type)


def test_escaped_titles_of_atom_are_as_they_should_be() -> None:
    entry = (
        "<entry><title type='html'>B&amp;uuml;rse</title><id>urn:x:1</id><link href='/1'/><updated>{}</updated></entry>"
    )
    document = f"<feed xmlns='http://www.w3.org/2005/Atom'>{entry.format('2026-02-06T10:00:00Z')}</feed>"
    assert said(document) == ()


@pytest.mark.parametrize(
    ("body", "content_type", "encoding"),
    [
        (b"<t/>", "", "utf-8"),
        ("<t>ß</t>".encode("cp1252"), "", "cp1252"),
        ("<t>ß</t>".encode("cp1252"), "x; charset=latin-1", "cp1252"),
        ("<t>ß</t>".encode() + b"\xdf", "", "utf-8 and cp1252"),
        ("<t>Ж</t>".encode("koi8-r"), "x; charset=koi8-r", "koi8-r"),
        ("<t>上</t>".encode("gb18030"), "x; charset=gb2312", "gb18030"),
        ("<t>ß</t>".encode("utf-16"), "", "utf-16-le"),
    ],
)
def test_an_encoding_has_the_name_it_was_read_by(body: bytes, content_type: str, encoding: str) -> None:
    assert decode.decode_document(body, content_type).encoding == encoding


@pytest.mark.parametrize(
    "piece", ["<title>", "<title>&amp;", "<item>", "<pubDate>", "<item><date ", "&amp;", "<!DOCTYPE"]
)
def test_a_feed_that_repeats_itself_has_a_short_list_of_quirks(piece: str) -> None:
    document = "<rss>" + piece * 40
    assert len(quirks.document_quirks(decode.DecodedText(document, "utf-8"), document)) <= len(quirks.DOCUMENT_CHECKS)
    assert quirks.count_dated_entries(document) >= 0


PIECES = (
    *("<title>", "<TITLE>", "&amp;", "&AmP;", "&aMp;", "#1;", "#x", "a;", "ab;", "uml;", "Z1;", " ", "a"),
    *("\u017fu;", "\u212a\u0131;"),  # an s, a k and an i where case is ignored
)


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
@example("<title>&AMP;\u017fu;")
def test_what_is_escaped_twice_is_told_by_a_first_look_too(text: str) -> None:
    said = quirks.escaped_title_quirk(quirks.QuirkCase(decode.DecodedText(text, "utf-8"), "", f"<rss>{text}"))
    assert bool(said) == bool(quirks.TWICE_ESCAPED_TITLE.search(text))


@given(st.text(max_size=60), st.text("<>rs/!?xml&;[]\n", max_size=60))
def test_any_feed_has_a_short_list_of_quirks(before: str, inside: str) -> None:
    text = f"{before}<rss>{inside}</rss>"
    with suppress(ParseError):
        document = repair_text(extract_root(text))
        assert len(quirks.document_quirks(decode.DecodedText(text, "utf-8"), document)) <= len(quirks.DOCUMENT_CHECKS)
