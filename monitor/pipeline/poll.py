"""One fetch of a source: fetch → unchanged? → parse → catch up.

A feed without a known entry has rolled over since the last poll, so its further documents (RFC 5005, JSON Feed's
next_url) are read until an entry is known. A sitemap index is read with its newest parts. It does not know what becomes
of the articles, and stores nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from monitor.core.dedupe.keys import article_keys
from monitor.core.dedupe.listed_entries import entry_digests
from monitor.core.errors import FetchError, ParseError
from monitor.core.model.polling import Listing, NotModified, PollState, Source
from monitor.core.schedule import next_poll, redirects
from monitor.core.schedule.outcome import FetchResult, is_suddenly_empty
from monitor.core.text.analysis import analyse_article
from monitor.pipeline.context import TurnContext

log = logging.getLogger(__name__)

MAX_FURTHER_DOCUMENTS = 5  # documents read to catch up
CATCH_UP_TIMEOUT = timedelta(seconds=45)  # for all of them; a poll's lease is 2 min


async def fetch_source(source: Source, state: PollState, tools: TurnContext) -> FetchResult:
    """Fetch and parse a source; without a listing where it did not change. Raises FetchError, ParseError."""
    address = redirects.poll_url(source, state)
    elsewhere = address != (state.address or source.url)  # ETag and hash belong to another address
    full = elsewhere or next_poll.needs_full_fetch(state, tools.now())
    asked = source if address == source.url else replace(source, url=address)
    answer = await tools.web.fetch(asked, state, full=full)
    if isinstance(answer, NotModified):
        return FetchResult(answer, address, state.body_hash, full=full)
    digest = hashlib.sha256(answer.body).hexdigest()
    read = replace(answer, body=b"")  # the result is kept without the bytes
    if digest == state.body_hash and not answer.delta:
        return FetchResult(read, address, digest, full=full)
    listing = await tools.parser.parse(answer, asked, b"" if full else entry_digests(state.entry_records or b""))
    if is_suddenly_empty(listing, state) and not answer.delta:
        raise ParseError(f"the feed is empty; it had {state.entries} entries before", kind="shrunk")
    fetched = FetchResult(read, address, state.body_hash if answer.delta else digest, listing, full)
    return await _catch_up(fetched, source, state, tools)


async def _catch_up(fetched: FetchResult, source: Source, state: PollState, tools: TurnContext) -> FetchResult:
    """Add the further documents that the listing needs."""
    assert fetched.listing is not None
    if not fetched.listing.more:
        return fetched
    if not fetched.listing.articles and not fetched.listing.known:  # an index: same bytes, other parts
        return await _fetch_index_parts(fetched, fetched.listing, source, tools)
    if state.baseline_at is None or fetched.delta or await _has_known_article(fetched.listing, source, tools):
        return fetched
    return await _fetch_older_documents(fetched, source, tools)


async def _has_known_article(listing: Listing, source: Source, tools: TurnContext) -> bool:
    """Whether any listed entry was known before."""
    if listing.known:
        return True
    return await asyncio.to_thread(_is_any_stored, listing, source, tools)


def _is_any_stored(listing: Listing, source: Source, tools: TurnContext) -> bool:
    """Whether the archive knows an article. Runs in a thread: the keys of long articles take seconds."""
    sightings = tools.store.polls.recognise(
        source.name, [article_keys(analyse_article(article, ())) for article in listing.articles]
    )
    return any(sighting.article is not None for sighting in sightings)


async def _fetch_older_documents(fetched: FetchResult, source: Source, tools: TurnContext) -> FetchResult:
    """Read older documents until one has a known entry. An error ends this, and the poll still counts."""
    assert fetched.listing is not None
    listings, todo, read = [fetched.listing], list(fetched.listing.more), {fetched.requested_url}
    try:
        async with asyncio.timeout(CATCH_UP_TIMEOUT.total_seconds()):
            while todo and len(read) <= MAX_FURTHER_DOCUMENTS:
                address = todo.pop(0)
                if address in read:
                    continue
                read.add(address)
                listing = await _fetch_listing(address, source, tools)
                listings.append(listing)
                if await _has_known_article(listing, source, tools):
                    break
                todo += listing.more
    except (FetchError, ParseError, TimeoutError) as error:
        log.warning("%s: older entries could not be read: %s", source.name, error or "no time left")
    return replace(fetched, listing=_join_listings(listings), caught=len(read) - 1)


def _join_listings(listings: Sequence[Listing]) -> Listing:
    """The first listing with the entries of all: articles, and those that are known, unreadable or refused."""
    return replace(
        listings[0],
        articles=tuple(article for one in listings for article in one.articles),
        known=sum(one.known for one in listings),
        unreadable=sum(one.unreadable for one in listings),
        refused=sum(one.refused for one in listings),
        losses=tuple(dict.fromkeys(loss for one in listings for loss in one.losses)),
    )


async def _fetch_index_parts(fetched: FetchResult, index: Listing, source: Source, tools: TurnContext) -> FetchResult:
    """Add the articles of an index's parts; its hash and ETag are dropped, as they say nothing of the parts."""
    parts = await _fetch_parts(index.more, replace(source, url=fetched.requested_url), tools)
    answer = replace(fetched.answer, etag=None, last_modified=None)
    return replace(fetched, answer=answer, digest=None, listing=_join_listings([index, *parts]))


async def _fetch_parts(addresses: Sequence[str], source: Source, tools: TurnContext) -> list[Listing]:
    """The listings of an index's parts. Raises FetchError, ParseError where no part can be read."""
    found: list[Listing] = []
    failure: FetchError | ParseError | None = None
    for address in addresses[:MAX_FURTHER_DOCUMENTS]:
        try:
            found.append(await _fetch_listing(address, source, tools))
        except (FetchError, ParseError) as error:
            failure = failure or error
    if failure is not None and not found:
        raise failure
    return found


async def _fetch_listing(address: str, source: Source, tools: TurnContext) -> Listing:
    """Fetch and parse one further document. Raises FetchError, ParseError."""
    asked = replace(source, url=address)
    page = await tools.web.fetch(asked, PollState(source.name, tools.now()), full=True)
    if isinstance(page, NotModified):
        raise FetchError("304 without a question", kind="protocol")
    return await tools.parser.parse(page, asked)
