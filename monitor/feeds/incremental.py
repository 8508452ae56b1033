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
from monitor.feeds.entries import KnownEntriesRemoved
from monitor.feeds.fields import PARSE_ERRORS
from monitor.feeds.repair import repair_document
from monitor.feeds.strict import strict_parser

MAX_INLINE_BYTES = 1_000_000  # bytes; more is read in the process, where it takes nobody's time
HASH_RECIPE = f"1 {feedparser.__version__}"  # to be raised where an entry would be read in other words than before
SAMPLE_INTERVAL = 1000  # one of so many documents is read both ways
UTF8_CONTENT_TYPE = "application/xml; charset=utf-8"
NOTHING_REMOVED = KnownEntriesRemoved("")  # nothing was left out


@dataclass(frozen=True, slots=True)
class ParseTask:
    """What is to be read of a page, and what was read of it at once; None: that is for the process."""

    page: Page
    source: Source
    listing: Listing | None = None
    stripped: KnownEntriesRemoved = NOTHING_REMOVED
    sampled: bool = False  # to be read by the tolerant parser as well

    def finish(self, listing: Listing) -> Listing:
        """A listing with what was left out."""
        whole = len(listing.articles) == self.stripped.unseen
        return replace(listing, known=self.stripped.known, slices=self.stripped.hashes if whole else b"")


def begin_parse(page: Page, source: Source, known_hashes: bytes) -> ParseTask:
    """Read what can be read here. seen: hashes of entries that are stored. Raises ParseError where it is no feed."""
    start = PARSE_STARTERS.get(source.kind)
    if start is None or len(page.body) > MAX_INLINE_BYTES:
        return ParseTask(page, source)
    try:
        return start(page, source, known_hashes)
    except PARSE_ERRORS:
        return ParseTask(page, source)  # the process finds out what is wrong with it


def _begin_feed(page: Page, source: Source, seen: bytes) -> ParseTask:
    """A document without what was seen; one that is broken is left as it is."""
    decoded = decode.decode_document(page.body, page.content_type)
    if repair.is_json(decoded.text):
        return _begin_jsonfeed(page, source, seen)
    document, data = repair_document(repair.extract_root(decoded.text))
    cut = entries.strip_known(document, _hash_context(page, source), seen, data)
    listing = rss.parse_strict_document(cut.document, page, source, cut.data)
    if listing is None and not strict_parser.can_strip_entries(cut.document, cut.data):
        return ParseTask(page, source)
    listing = listing and metadata.add_metadata(listing, cut.document, decoded, page.url)
    rest = replace(page, body=cut.data, content_type=UTF8_CONTENT_TYPE) if cut.known else page
    return ParseTask(rest, source, listing, cut, listing is not None and crc32(page.body) % SAMPLE_INTERVAL == 0)


def _begin_jsonfeed(page: Page, source: Source, seen: bytes) -> ParseTask:
    listing, cut = jsonfeed.parse_new_items(page, source, _hash_context(page, source), seen)
    return ParseTask(page, source, listing, cut)


def _hash_context(page: Page, source: Source) -> bytes:
    """What besides the document decides how its entries are read."""
    parts = (HASH_RECIPE, page.url, source.kind, source.language or "", source.timezone)
    return sha256("\n".join(parts).encode()).digest()


PARSE_STARTERS: dict[str, Callable[[Page, Source, bytes], ParseTask]] = {
    "feed": _begin_feed,
    "jsonfeed": _begin_jsonfeed,
}
