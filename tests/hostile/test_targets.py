"""What must hold for any bytes holds: for the fuzzer's seeds, for what it found, and for what Hypothesis makes up."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.targets import TARGETS
from monitor.core.text import clean
from tests.hostile.addresses import CROOKED, INTERNAL, NOT_WEB, NUMBERS
from tests.hostile.entries import LINKS, POISON
from tests.hostile.others import DIGITS

# where the fuzzer found something to mend, as small as shows it; none does more than raise in a library
FOUND = [
    ("text", b"<!["),  # html.parser raises at such a declaration
    ("text", b"<![CD}A"),
    ("url", "http://[é]/".encode()),  # httpx takes any character for one of an IPv6 address
    ("jsonfeed", b'{"items": [{"id": "hTtps://lab.example/notes/8818"}]}'),
    ("jsonfeed", b'{"authors": 7, "items": [{"id": ' + b"9" * DIGITS + b"}]}"),
    ("jsonfeed", b'{"items": [{"id": ' + b"9" * (DIGITS + 1) + b"}]}"),
    ("sitemap", b"<urlset><url><loc>https://x.example/" + b"1" * 40 + b"a</loc></url></urlset>"),
]
MARKUP = ["<b>", "</b>", "<!--", "]]>", "<![CDATA[", "</item>", "<p/>"]
FRAGMENTS = st.sampled_from([*POISON, *LINKS, *INTERNAL, *CROOKED, *NUMBERS, *NOT_WEB, *MARKUP])
TEXTS = st.lists(FRAGMENTS | st.text(max_size=20), max_size=3).map("".join)
NAMES = st.sampled_from(
    ["title", "link", "guid", "description", "author", "dc:creator", "category", "pubDate", "content:encoded",
     "enclosure", "summary", "updated", "id", "item", "media:thumbnail", "itunes:author", "source", "x:y"]
)  # fmt: skip
ELEMENTS = st.builds(lambda name, inner, end: f"<{name}>{inner}</{end or name}>", NAMES, TEXTS, st.none() | NAMES)
ITEMS = st.lists(ELEMENTS, max_size=6).map(lambda parts: f"<item>{''.join(parts)}</item>")
FEEDS = st.builds(
    lambda before, items, after: f"{before}<rss><channel>{''.join(items)}{after}</channel></rss>",
    st.sampled_from(["", "<?xml version='1.0'?>", "<!DOCTYPE rss>", "\ufeff\n", "<br>"]),
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
    TARGETS[name].holds(data)


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


@pytest.mark.parametrize(
    "piece", ["A word. ", "<p>word</p>", "<b>a</b>", "&amp;", "&#x41;", "ä", "日本", "1,000 ", "\n"]
)
def test_what_is_shown_is_the_same_in_pieces_and_whole(piece: str) -> None:
    """Two documents of the same are shown as one of them twice: nothing is cut and nothing depends on the length."""
    once, twice = (clean.clean_text(clean.html_to_text(piece * count)) for count in (400, 800))
    assert "".join(twice.split()) == "".join(once.split()) * 2
