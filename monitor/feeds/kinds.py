"""The kinds of source: word in rules.toml → how to read its pages. A new kind is one function and one row.

A kind whose libraries are dear is read in a process of its own, so that those who have no such source do not pay.
"""

from __future__ import annotations

from collections.abc import Callable

from monitor.core.errors import ParseError
from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds import jsonfeed, rss, sitemap
from monitor.feeds.fields import PARSE_ERRORS

ParseFunction = Callable[[Page, Source], Listing]

TOLERANT_KIND = "feed, tolerantly"

KINDS: dict[str, ParseFunction] = {
    "feed": rss.parse_feed,
    TOLERANT_KIND: rss.parse_feed_tolerantly,  # no kind of rules.toml: what the strict way is compared with
    "jsonfeed": jsonfeed.parse_jsonfeed,
    "sitemap": sitemap.parse_sitemap,
}


# kind → the module to run for it; with it come 0.3 s of imports and 15 MiB that no feed needs
KIND_MODULES = {"page": "monitor.feeds.webpage.headlines"}


def parse_page(page: Page, source: Source) -> Listing:
    """What a page lists, by the source's kind; every failure is a ParseError."""
    return call_parser(KINDS[source.kind], page, source)


def call_parser(read: ParseFunction, page: Page, source: Source) -> Listing:
    """What a reader finds; every failure is a ParseError."""
    try:
        return read(page, source)
    except MemoryError as error:
        raise ParseError("the document needs more memory than a feed may take", kind="too-big") from error
    except PARSE_ERRORS as error:
        raise ParseError(f"the document confuses the parser ({type(error).__name__})", kind="broken") from error
