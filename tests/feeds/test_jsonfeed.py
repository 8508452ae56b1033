"""JSON Feed, and JSON that is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import ParseError
from monitor.core.model.articles import Article
from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds.kinds import KINDS

FEED = Source("s", "https://feeds.example/feed.json")
JSON = Source("s", "https://feeds.example/feed.json", kind="jsonfeed")


def read(value: Any, source: Source = JSON) -> list[Article]:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return list(KINDS[source.kind](Page("https://feeds.example/feed.json", body), source).articles)


def items(*values: Any) -> dict[str, Any]:
    return {"version": "https://jsonfeed.org/version/1.1", "items": list(values)}


def test_numbers_are_names_too() -> None:
    assert [a.guid for a in read(items({"id": 7, "title": "x"}, {"id": "7", "title": "y"}))] == ["7", "7"]


def test_a_broken_item_never_costs_its_sibling() -> None:
    broken: list[Any] = [
        None,
        3,
        "x",
        [],
        {"title": {"a": 1}},
        {"tags": 5, "title": "t"},
        {"authors": "me"},
        {"id": True},
    ]
    assert read(items(*broken, {"id": "g", "title": "Good"}))[-1].title == "Good"


def test_both_kinds_read_a_json_feed() -> None:
    value = items({"id": "1", "title": "x", "content_html": "<p>a</p>"})
    assert read(value, FEED) == read(value, JSON)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "empty"),
        (b"{", "broken"),
        (b"[1]", "not-a-feed"),
        (b'{"error": "rate limited"}', "not-a-feed"),
        (b'{"items": {}}', "not-a-feed"),
        (b"[[", "broken"),
        (b'{"items": ' + b"9" * 4_000 + b"}", "not-a-feed"),
        (b"<html></html>", "html"),
        (b"<rss><channel/></rss>", "not-a-feed"),
    ],
)
def test_what_is_no_json_feed_is_told_by_its_kind(body: bytes, kind: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(body)
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": "rate limited"}, "rate limited"),
        ({"error": {"code": 429, "message": "slow down"}}, "slow down"),
        ({"errors": [{"detail": "no such feed"}]}, "no such feed"),
        ({"message": "a" * 200, "items": None}, "a" * 100),
        ({"error": True}, "no list of items"),
        ({"error": []}, "no list of items"),
        ({"errors": [[]]}, "no list of items"),
    ],
)
def test_an_error_in_json_is_told_in_its_own_words(body: Any, said: str) -> None:
    for source in (FEED, JSON):
        with pytest.raises(ParseError, match=said):
            read(body, source)


def listing(document: dict[str, Any], **said: Any) -> Listing:
    body = json.dumps({**document, **said}).encode()
    return KINDS["feed"](Page("https://feeds.example/feed.json", body), FEED)


def test_a_json_feed_says_where_it_lives_who_tells_of_it_and_where_older_items_are() -> None:
    hubs = [{"type": "WebSub", "url": "/hub"}, {"type": "rssCloud", "url": "https://cloud.example"}, 7, {"type": 3}]
    found = listing(items(), title="A & B", hubs=hubs, feed_url="/me.json", next_url="?page=2")
    assert (found.title, found.form) == ("A & B", "JSON Feed 1.1")
    assert found.hubs == ("https://feeds.example/hub",)
    assert found.topic == "https://feeds.example/me.json"
    assert found.more == ("https://feeds.example/feed.json?page=2",)


@pytest.mark.parametrize(
    "said", [{"hubs": {}, "feed_url": 7, "next_url": []}, {"hubs": "x"}, {"next_url": "file:///x"}]
)
def test_nonsense_in_a_json_feed_says_nothing(said: dict[str, Any]) -> None:
    found = listing(items(), **said)
    assert (found.hubs, found.topic, found.more) == ((), "", ())


@pytest.mark.parametrize(
    ("version", "form"),
    [
        ("https://jsonfeed.org/version/1", "JSON Feed 1.0"),
        ("https://jsonfeed.org/version/1.1", "JSON Feed 1.1"),
        (9, "JSON Feed"),
    ],
)
def test_the_form_of_a_json_feed_is_its_version(version: Any, form: str) -> None:
    assert listing(items(), version=version).form == form


def test_a_feed_that_says_it_has_expired_is_read_and_noted() -> None:
    found = listing(items({"id": "1", "title": "x", "date_published": "2026-01-01"}), expired=True)
    assert len(found.articles) == 1
    assert "it says that it has expired: nothing new will come" in found.quirks
    assert listing(items(), expired="no").quirks == ("it has no entries",)


def test_what_is_odd_about_a_json_feed_is_said_in_words() -> None:
    found = listing(items({"id": 7, "title": "x", "url": "/x", "date_published": "soon"}, "no item"))
    assert found.quirks == (
        "ids that are numbers: 1 of 2",
        "items that are none: 1 of 2",
        "dates not understood: 1 of 1",
    )


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = (
    "id",
    "url",
    "title",
    "content_html",
    "content_text",
    "summary",
    "date_published",
    "tags",
    "authors",
    "language",
)


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), anything, max_size=6) | anything, max_size=4))
def test_any_items_are_read_or_skipped(values: list[Any]) -> None:
    assert len(read(items(*values))) <= len(values)
