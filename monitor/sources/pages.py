"""The process for web pages that are watched like feeds, as worker.py: python -m monitor.sources.pages SECONDS.

Of its own, because the reader of microformats loads in 0.3 s and brings an HTTP client that is never used here.
"""

from __future__ import annotations

from monitor.core.model.articles import Page, Source
from monitor.core.model.polling import Listing
from monitor.feeds.kinds import guarded
from monitor.feeds.parse_worker import main
from monitor.feeds.webpage import headlines


def parse_guarded(page: Page, source: Source) -> Listing:
    """The articles a page links to; every failure is a ParseError."""
    return guarded(headlines.parse, page, source)


if __name__ == "__main__":
    main(parse_guarded)
