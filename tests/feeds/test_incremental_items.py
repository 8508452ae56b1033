"""Items of a JSON Feed that were read before are left out, and nothing else is."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.errors import ParseError
from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds import incremental
from monitor.feeds.entries import HASH_SIZE
from monitor.feeds.kinds import KINDS

SOURCE = Source("s", "https://feeds.example/feed.json", kind="jsonfeed", timezone="Europe/Berlin")
HEAD: dict[str, Any] = {"version": "https://jsonfeed.org/version/1.1", "title": "N", "language": "de", "authors": []}


def item(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "title": name, "url": f"/{name}", "content_html": f"<p>About {name}</p>", **more}


def page(*items: Any, url: str = "https://feeds.example/feed.json", **head: Any) -> Page:
    return Page(url, json.dumps({**HEAD, **head, "items": items}).encode())


def read(one: Page, seen: bytes = b"", source: Source = SOURCE) -> Listing:
    task = incremental.begin_parse(one, source, seen)
    assert task.listing is not None
    return task.finish(task.listing)


def titles(listing: Listing) -> list[str]:
    return [article.title for article in listing.articles]


@pytest.mark.parametrize("kind", ["feed", "jsonfeed"])
def test_an_item_that_was_seen_is_counted_and_not_read(kind: str) -> None:
    source = replace(SOURCE, kind=kind)
    first = read(page(item("b"), item("a")), source=source)
    assert (titles(first), first.known, len(first.slices)) == (["b", "a"], 0, 2 * HASH_SIZE)
    second = read(page(item("c"), item("b"), item("a"), title="Another"), first.slices, source)
    assert (titles(second), second.known, len(second.slices)) == (["c"], 2, 3 * HASH_SIZE)


def test_an_item_with_one_other_letter_is_read() -> None:
    first = read(page(item("b"), item("a")))
    assert titles(read(page(item("b"), item("a", summary="x")), first.slices)) == ["a"]


CHANGES: list[dict[str, Any]] = [
    {"language": "fr"},
    {"authors": [{"name": "A. Writer"}]},
    {"author": {"name": "A. Writer"}},
    {"url": "https://other.example/feed.json"},
]


@pytest.mark.parametrize("changed", CHANGES)
def test_whatever_else_could_change_the_reading_has_all_read_again(changed: dict[str, Any]) -> None:
    first = read(page(item("a")))
    assert titles(read(page(item("a"), **changed), first.slices)) == ["a"]


def test_a_source_that_is_told_to_read_otherwise_reads_all_again() -> None:
    first = read(page(item("a")))
    assert titles(read(page(item("a")), first.slices, replace(SOURCE, timezone="Asia/Tokyo"))) == ["a"]


@pytest.mark.parametrize("broken", [None, 7, [], {}, {"title": ""}])
def test_where_an_item_gave_no_article_nothing_is_remembered(broken: Any) -> None:
    found = read(page(item("a"), broken))
    assert (titles(found), found.slices) == (["a"], b"")


def test_what_is_no_feed_is_still_none() -> None:
    with pytest.raises(ParseError):
        incremental.begin_parse(Page("https://feeds.example/", b'{"error": "gone"}'), SOURCE, b"12345678")


ITEMS = st.lists(
    st.sampled_from([item(name, date_published=date, language=language)
                     for name in "abcd" for date in ("2026-11-23T09:00:00Z", "gestern") for language in ("de", None)]),
    max_size=6,
)  # fmt: skip


@settings(max_examples=120)
@given(ITEMS, ITEMS)
def test_what_is_left_is_read_as_if_nothing_had_been_left_out(before: list[Any], after: list[Any]) -> None:
    first, second = read(page(*before)), page(*after)
    whole, rest = KINDS["jsonfeed"](second, SOURCE), read(second, first.slices)
    left = [article for article, one in zip(whole.articles, after, strict=True) if one not in before]
    assert (list(rest.articles), rest.known) == (left, len(after) - len(left))
    assert rest.slices == read(second).slices
