"""feedparser with bounds where its time grows with the square of what it is given.

One entry of that kind would silence its whole feed for as long as it stays in it, because the parser is killed at every
poll. An author of 40 000 letters takes 20 s (feedparser#562, a search for mail addresses), a tag of 20 000 attributes
13 s, an entry of 20 000 categories 26 s. What is cut is longer than anything we keep.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from xml.sax.xmlreader import AttributesNSImpl

import feedparser
from feedparser.mixin import _FeedParserMixin
from feedparser.parsers.strict import _StrictFeedParser

from monitor.feeds.fields import LONGEST, MOST_TAGS

HEADERS = {"content-type": "application/xml; charset=utf-8"}
MOST_ATTRIBUTES = 500  # XHTML has elements of twenty

Method = Callable[..., Any]


def parse_bounded(document: str) -> Any:
    """What feedparser makes of a document.

    It gets a BytesIO: given bytes or a string it opens files and fetches URLs. No sanitising and no relative links:
    they are half its time, and we show text only and join links ourselves.
    """
    return feedparser.parse(
        io.BytesIO(document.encode()), response_headers=HEADERS, sanitize_html=False, resolve_relative_uris=False
    )


def short_authors(search: Method) -> Method:
    """Looks for mail addresses in so much of an author's text as is kept of it."""

    def bounded(self: Any, key: str = "author") -> None:
        context = self._get_context()
        if isinstance(context.get(key), str):
            context[key] = context[key][: LONGEST["author"]]
        search(self, key)

    return bounded


def few_tags(add: Method) -> Method:
    """Compares a category with those before it, while they are no more than we keep twice over."""

    def bounded(self: Any, *tag: object) -> None:
        if len(self._get_context().get("tags", ())) < 2 * MOST_TAGS:
            add(self, *tag)

    return bounded


def few_attributes(start: Method) -> Method:
    """Takes an element of very many attributes for one without any."""

    def bounded(self: Any, name: object, qname: object, attributes: Any) -> None:
        start(self, name, qname, attributes if len(attributes) <= MOST_ATTRIBUTES else AttributesNSImpl({}, {}))

    return bounded


_FeedParserMixin._sync_author_detail = short_authors(_FeedParserMixin._sync_author_detail)
_FeedParserMixin._add_tag = few_tags(_FeedParserMixin._add_tag)
_StrictFeedParser.startElementNS = few_attributes(_StrictFeedParser.startElementNS)
