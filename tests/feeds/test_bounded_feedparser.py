"""feedparser's bounds: as much is taken as is said, and of one more nothing, or no more."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.feeds import rss
from monitor.feeds.fields import MAX_FIELD_LENGTHS, MAX_TAGS


def entry(inside: str, attributes: str = "") -> Any:
    """What feedparser makes of one entry."""
    [found] = rss.parse_bounded(f"<rss><channel><item {attributes}>{inside}</item></channel></rss>").entries
    return found


def language(count: int) -> str | None:
    """The language of an entry's title, which has so many attributes."""
    more = " ".join(f'a{n}="x"' for n in range(count - 1))
    found: str | None = entry(f'<title xml:lang="fr" {more}>t</title>').title_detail.language
    return found


def test_an_element_of_as_many_attributes_as_are_read_keeps_them_and_one_of_more_has_none() -> None:
    assert (language(rss.MAX_ATTRIBUTES), language(rss.MAX_ATTRIBUTES + 1)) == ("fr", None)


@pytest.mark.parametrize("count", [2 * MAX_TAGS - 1, 2 * MAX_TAGS, 2 * MAX_TAGS + 1])
def test_categories_are_taken_up_to_a_bound(count: int) -> None:
    found = entry("".join(f"<category>{n}</category>" for n in range(count)))
    assert len(found.tags) == min(count, 2 * MAX_TAGS)


@pytest.mark.parametrize("length", [MAX_FIELD_LENGTHS["author"], MAX_FIELD_LENGTHS["author"] + 1])
@pytest.mark.parametrize("name", ["author", "managingEditor", "dc:creator"])
def test_an_author_is_searched_up_to_a_bound(length: int, name: str) -> None:
    assert len(entry(f"<{name}>{'a' * length}</{name}>").author) == MAX_FIELD_LENGTHS["author"]
