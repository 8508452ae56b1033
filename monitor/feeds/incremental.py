"""Parse only the new entries of a document, and decide what needs a process that can be killed.

`begin_parse` takes time linear in the page, whose size is limited, and may run in a thread. What it leaves open is a
ParseTask for the process. An entry is skipped only if its article was stored from the same bytes: hashes are returned
only where every entry of a well-formed document became an article.
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

MAX_INLINE_BYTES = 1_000_000  # of a page; larger ones are parsed in the process
HASH_RECIPE = f"1 {feedparser.__version__}"  # raise the number where an entry would be parsed to another text
SAMPLE_INTERVAL = 1000  # one document of so many is parsed by both parsers
UTF8_CONTENT_TYPE = "application/xml; charset=utf-8"
NOTHING_REMOVED = KnownEntriesRemoved("")


@dataclass(frozen=True, slots=True)
class ParseTask:
    """What is left to parse of a page; listing: what was parsed already, None where the process has to."""

    page: Page
    source: Source
    listing: Listing | None = None
    stripped: KnownEntriesRemoved = NOTHING_REMOVED
    sampled: bool = False  # to be parsed by the tolerant parser as well

    def finish(self, listing: Listing) -> Listing:
        """The listing together with the number of known entries and the hashes of all."""
        whole = len(listing.articles) == self.stripped.unseen
        hashes = self.stripped.hashes if whole else b""
        return replace(listing, known=self.stripped.known, slices=hashes, skipped=self.stripped.removed)


def begin_parse(page: Page, source: Source, known_hashes: bytes) -> ParseTask:
    """Parse what needs no process. known_hashes: of the stored entries. Raises ParseError where it is no feed."""
    start = PARSE_STARTERS.get(source.kind)
    if start is None or len(page.body) > MAX_INLINE_BYTES:
        return ParseTask(page, source)
    try:
        return start(page, source, known_hashes)
    except PARSE_ERRORS:
        return ParseTask(page, source)  # the process finds the fault


def _begin_feed(page: Page, source: Source, known_hashes: bytes) -> ParseTask:
    """Parse an XML feed without its known entries; a broken one is left to the process as it is."""
    decoded = decode.decode_document(page.body, page.content_type)
    if repair.is_json(decoded.text):
        return _begin_jsonfeed(page, source, known_hashes)
    document, data = repair_document(repair.extract_root(decoded.text))
    cut = entries.strip_known(document, _hash_context(page, source), known_hashes, data)
    listing = rss.parse_strict_document(cut.document, page, source, cut.data)
    if listing is None and not strict_parser.can_strip_entries(cut.document, cut.data):
        return ParseTask(page, source)
    listing = listing and metadata.add_metadata(listing, cut.document, decoded, page.url)
    rest = replace(page, body=cut.data, content_type=UTF8_CONTENT_TYPE) if cut.known else page
    return ParseTask(rest, source, listing, cut, listing is not None and crc32(page.body) % SAMPLE_INTERVAL == 0)


def _begin_jsonfeed(page: Page, source: Source, known_hashes: bytes) -> ParseTask:
    listing, cut = jsonfeed.parse_new_items(page, source, _hash_context(page, source), known_hashes)
    return ParseTask(page, source, listing, cut)


def _hash_context(page: Page, source: Source) -> bytes:
    """A hash of what besides the document decides how its entries are parsed."""
    parts = (HASH_RECIPE, page.url, source.kind, source.language or "", source.timezone)
    return sha256("\n".join(parts).encode()).digest()


PARSE_STARTERS: dict[str, Callable[[Page, Source, bytes], ParseTask]] = {
    "feed": _begin_feed,
    "jsonfeed": _begin_jsonfeed,
}
