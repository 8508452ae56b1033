"""The page reader's process, as worker.py: python -m monitor.sources.reader SECONDS. Its library loads in 0.2 s."""

from __future__ import annotations

from monitor.core.errors import ParseError
from monitor.core.model.articles import Page, Source
from monitor.core.model.polling import Listing
from monitor.feeds.parse_worker import main
from monitor.feeds.webpage import article as reading
from monitor.sources.faults import FAULTS


def parse_guarded(page: Page, source: Source) -> Listing:
    """The article of a page; every failure is a ParseError."""
    try:
        return reading.parse(page, source)
    except MemoryError as error:
        raise ParseError("the page needs more memory than an article may take", kind="too-big") from error
    except FAULTS as error:
        raise ParseError(f"the page confuses the reader ({type(error).__name__})", kind="broken") from error


if __name__ == "__main__":
    main(parse_guarded)
