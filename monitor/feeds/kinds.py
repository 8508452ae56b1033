"""The parser of each kind of source. A new kind is one function and one row in KINDS.

A kind with large libraries has a worker module of its own, so that they are imported only where such a source exists.
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
    TOLERANT_KIND: rss.parse_feed_tolerantly,  # not a kind of rules.toml: the strict parser is compared with it
    "jsonfeed": jsonfeed.parse_jsonfeed,
    "sitemap": sitemap.parse_sitemap,
}

# kind → its worker module, whose imports take 0.3 s and 15 MiB that feeds do not need
KIND_MODULES = {"page": "monitor.feeds.webpage.headlines"}


def parse_page(page: Page, source: Source) -> Listing:
    """Parse a page by the kind of its source; raises nothing but ParseError."""
    return call_parser(KINDS[source.kind], page, source)


def call_parser(parse: ParseFunction, page: Page, source: Source) -> Listing:
    """Call a parser and turn whatever it raises into a ParseError."""
    try:
        return parse(page, source)
    except MemoryError as error:
        raise ParseError("the document needs more memory than a feed may take", kind="too-big") from error
    except PARSE_ERRORS as error:
        raise ParseError(f"the document confuses the parser ({type(error).__name__})", kind="broken") from error
