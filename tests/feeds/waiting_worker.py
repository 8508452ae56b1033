"""A reader's process that waits where a document says so: what takes too long, without a document that does."""

from __future__ import annotations

import importlib
import sys
import time

from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds import kinds, parse_worker

WAIT, LARGE = b"<p>wait</p>", b"<p>large</p>"
HOURS = 3600.0  # seconds


def command(deadline: float, module: str = "monitor.feeds.kinds") -> list[str]:
    """What starts such a process; module: the one whose `parse` reads all other documents."""
    return [sys.executable, "-m", __name__, str(deadline), module]


def main() -> None:
    """Read as the module does, but for two documents."""
    read: kinds.ParseFunction = getattr(
        importlib.import_module(sys.argv[2]),
        "parse_page" if sys.argv[2] == "monitor.feeds.kinds" else "parse_headlines",
    )

    def parse(page: Page, source: Source) -> Listing:
        if WAIT in page.body:
            time.sleep(HOURS)
        if LARGE in page.body:
            return kinds.call_parser(_large, page, source)
        return read(page, source)

    parse_worker.main(parse)


def _large(page: Page, source: Source) -> Listing:
    """A list that needs as much memory as a process may have, at once and never written to."""
    raise ValueError(len(bytearray(parse_worker.MAX_MEMORY)))


if __name__ == "__main__":
    main()
