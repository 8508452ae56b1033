"""What must hold for any bytes holds: for the fuzzer's seeds, for what it found, and for what Hypothesis makes up."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.targets import TARGETS
from monitor.core import text
from tests.hostile.addresses import CROOKED, INTERNAL, NOT_WEB
from tests.hostile.entries import LINKS, POISON

# what was found, made small; the fuzzer runs on inputs like these
FOUND = [
    ("text", b"<!["),  # html.parser asserts in such a declaration
    ("text", b"<![CD}A"),
    ("url", b"http://[::ff%\x99\xc5\xc6]:80/"),  # httpx takes any character for one of an IPv6 address
    ("packed", b"(\xb5/\xfd0\x03\x01\x00\x00\x00\x0077777bc"),  # a frame that lies about its length
    ("jsonfeed", b'{"items": [{"id": "hTtps://lab.example/notes/8818"}]}'),
    ("jsonfeed", b'{"authors": 7, "items": [{"id": ' + b"9" * 5000 + b"}]}"),
    ("sitemap", b"<urlset><url><loc>https://x.example/" + b"1" * 2000 + b"a</loc></url></urlset>"),
]
MARKUP = ["<b>", "</b>", "<!--", "]]>", "<![CDATA[", "</item>", "<p/>"]
FRAGMENTS = st.sampled_from([*POISON, *LINKS, *INTERNAL, *CROOKED, *NOT_WEB, *MARKUP])
TEXTS = st.lists(FRAGMENTS | st.text(max_size=20), max_size=3).map("".join)
NAMES = st.sampled_from(
    ["title", "link", "guid", "description", "author", "dc:creator", "category", "pubDate", "content:encoded",
     "enclosure", "summary", "updated", "id", "item", "media:thumbnail", "itunes:author", "source", "x:y"]
)  # fmt: skip
ELEMENTS = st.builds(lambda name, inner, end: f"<{name}>{inner}</{end or name}>", NAMES, TEXTS, st.none() | NAMES)
ITEMS = st.lists(ELEMENTS, max_size=6).map(lambda parts: f"<item>{''.join(parts)}</item>")
FEEDS = st.builds(
    lambda before, items, after: f"{before}<rss><channel>{''.join(items)}{after}</channel></rss>",
    st.sampled_from(["", "<?xml version='1.0'?>", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "\ufeff\n", "<br>"]),
    st.lists(ITEMS, max_size=3),
    ELEMENTS,
)


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_holds_on_its_seeds(name: str) -> None:
    assert TARGETS[name].seeds
    for seed in TARGETS[name].seeds:
        TARGETS[name].holds(seed)


@pytest.mark.parametrize(("name", "data"), FOUND)
def test_what_was_found_once_holds(name: str, data: bytes) -> None:
    start = time.process_time()
    TARGETS[name].holds(data)
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize("name", [name for name in TARGETS if name != "page"])
def test_any_bytes_hold(name: str) -> None:
    @settings(max_examples=60, deadline=None)
    @given(st.binary(max_size=300) | TEXTS.map(lambda made: made.encode("utf-8", "surrogatepass")))
    def holds(data: bytes) -> None:
        TARGETS[name].holds(data)

    holds()


@settings(max_examples=150, deadline=None)
@given(FEEDS)
def test_any_feed_of_hostile_pieces_is_a_listing_or_a_parse_error(document: str) -> None:
    TARGETS["feed"].holds(document.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("piece", ["<a ", "<!--", "&#x41", "<b", "</p>", "a\u0301", "\u202e", "<script>", "'\"", "]]>"])
def test_what_is_shown_is_made_in_linear_time(piece: str) -> None:
    """Twice as much takes twice as long: a hundred thousand characters of anything are no trouble."""
    start = time.process_time()
    text.clean(text.plain(piece * (100_000 // len(piece))), line=True)
    assert time.process_time() - start < 2.0
