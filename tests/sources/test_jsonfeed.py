"""JSON Feed, and JSON that is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import ParseError
from monitor.core.model import Article, Page, Source
from monitor.sources import KINDS

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
        (b"[" * 100_000, "broken"),
        (b'{"items": ' + b"9" * 10_000 + b"}", "broken"),
        (b"<html></html>", "html"),
        (b"<rss><channel/></rss>", "not-a-feed"),
    ],
)
def test_what_is_no_json_feed_is_told_by_its_kind(body: bytes, kind: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(body)
    assert caught.value.kind == kind


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
