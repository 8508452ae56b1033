"""Only what is new of a document is read, and only what needs a parser that can run away needs a process.

begin() is linear in the page, whose size is bounded, and may run in a thread. What it leaves open is a Task for the
process. An entry that is left out is one whose article was stored from these very bytes: hashes are answered only where
each entry of a well-formed document became an article.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from zlib import crc32

import feedparser

from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds import decode, entries, jsonfeed, metadata, repair, rss
from monitor.feeds.entries import Cut
from monitor.feeds.fields import FAULTS
from monitor.feeds.repair import repaired
from monitor.feeds.strict import strict_parser

LARGEST = 1_000_000  # bytes; more is read in the process, where it takes nobody's time
RECIPE = f"1 {feedparser.__version__}"  # to be raised where an entry would be read in other words than before
SAMPLE = 1000  # one of so many documents is read both ways
DECODED = "application/xml; charset=utf-8"
WHOLE = Cut("")  # nothing was left out


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be read of a page, and what was read of it at once; None: that is for the process."""

    page: Page
    source: Source
    listing: Listing | None = None
    cut: Cut = WHOLE
    sampled: bool = False  # to be read by the tolerant parser as well

    def finished(self, listing: Listing) -> Listing:
        """A listing with what was left out."""
        whole = len(listing.articles) == self.cut.unseen
        return replace(listing, known=self.cut.known, slices=self.cut.hashes if whole else b"")


def begin(page: Page, source: Source, seen: bytes) -> Task:
    """Read what can be read here. seen: hashes of entries that are stored. Raises ParseError where it is no feed."""
    start = STARTS.get(source.kind)
    if start is None or len(page.body) > LARGEST:
        return Task(page, source)
    try:
        return start(page, source, seen)
    except FAULTS:
        return Task(page, source)  # the process finds out what is wrong with it


def _feed(page: Page, source: Source, seen: bytes) -> Task:
    """A document without what was seen; one that is broken is left as it is."""
    decoded = decode.read(page.body, page.content_type)
    if repair.is_json(decoded.text):
        return _jsonfeed(page, source, seen)
    document, data = repaired(repair.root(decoded.text))
    cut = entries.cut(document, _context(page, source), seen, data)
    listing = rss.strictly(cut.document, page, source, cut.data)
    if listing is None and not strict_parser.sound(cut.document, cut.data):
        return Task(page, source)
    listing = listing and metadata.described(listing, cut.document, decoded, page.url)
    rest = replace(page, body=cut.data, content_type=DECODED) if cut.known else page
    return Task(rest, source, listing, cut, listing is not None and crc32(page.body) % SAMPLE == 0)


def _jsonfeed(page: Page, source: Source, seen: bytes) -> Task:
    listing, cut = jsonfeed.unseen(page, source, _context(page, source), seen)
    return Task(page, source, listing, cut)


def _context(page: Page, source: Source) -> bytes:
    """What besides the document decides how its entries are read."""
    parts = (RECIPE, page.url, source.kind, source.language or "", source.timezone)
    return sha256("\n".join(parts).encode()).digest()


STARTS: dict[str, Callable[[Page, Source, bytes], Task]] = {"feed": _feed, "jsonfeed": _jsonfeed}
