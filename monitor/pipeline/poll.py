"""One look at a source: fetch → unchanged? → parse → catch up, and what came of it.

A feed that shows nothing known has rolled over since the last look: what it has further documents for (RFC 5005,
JSON Feed's next_url) is read until something is known. An index of sitemaps is read with its newest parts. It does not
know what is done with the articles, and stores nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from monitor.core.dedupe import keys
from monitor.core.errors import FetchError, ParseError
from monitor.core.model.articles import Article
from monitor.core.model.polling import Listing, NotModified, PollState, Source
from monitor.core.schedule import next_poll
from monitor.core.schedule.outcome import FetchResult, is_suddenly_empty
from monitor.pipeline.context import TurnContext

log = logging.getLogger(__name__)

MAX_FURTHER_DOCUMENTS = 5  # documents read to catch up
CATCH_UP_TIMEOUT = timedelta(seconds=45)  # for all of them; the poll's lease is 2 min


async def fetch_source(source: Source, state: PollState, tools: TurnContext) -> FetchResult:
    """Take a look. Raises FetchError, ParseError."""
    address = next_poll.poll_url(source, state)
    elsewhere = address != (state.address or source.url)  # what is remembered vouches for another address
    full = elsewhere or next_poll.needs_full_fetch(state, tools.now())
    asked = source if address == source.url else replace(source, url=address)
    answer = await tools.web.fetch(asked, state, full=full)
    if isinstance(answer, NotModified):
        return FetchResult(answer, address, state.body_hash, full=full)
    digest = hashlib.sha256(answer.body).hexdigest()
    read = replace(answer, body=b"")  # the visit waits for its turn without the bytes
    if digest == state.body_hash and not answer.delta:
        return FetchResult(read, address, digest, full=full)
    listing = await tools.parser.parse(answer, asked, b"" if full else state.slices or b"")
    if is_suddenly_empty(listing, state) and not answer.delta:
        raise ParseError(f"the feed is empty; it had {state.entries} entries before", kind="shrunk")
    seen = FetchResult(read, address, state.body_hash if answer.delta else digest, listing, full)
    return await _catch_up(seen, source, state, tools)


async def _catch_up(seen: FetchResult, source: Source, state: PollState, tools: TurnContext) -> FetchResult:
    """The look with the further documents that it needs."""
    assert seen.listing is not None
    if not seen.listing.more:
        return seen
    if not seen.listing.articles and not seen.listing.known:  # an index; it changes no byte when its parts do
        return await _fetch_index_parts(seen, seen.listing, source, tools)
    if state.baseline_at is None or seen.delta or await _has_known_article(seen.listing, source, tools):
        return seen
    return await _fetch_older_documents(seen, source, tools)


async def _has_known_article(listing: Listing, source: Source, tools: TurnContext) -> bool:
    """Whether anything that is listed was known before."""
    if listing.known:
        return True
    return await asyncio.to_thread(_is_any_stored, listing, source, tools)


def _is_any_stored(listing: Listing, source: Source, tools: TurnContext) -> bool:
    """Whether the archive knows an article. To make the keys of long ones takes seconds."""
    sightings = tools.store.polls.recognise(source.name, [keys.article_keys(article) for article in listing.articles])
    return any(sighting.article is not None for sighting in sightings)


async def _fetch_older_documents(seen: FetchResult, source: Source, tools: TurnContext) -> FetchResult:
    """Older documents, one after the other, until one has something known. What fails ends it: it is an extra."""
    assert seen.listing is not None
    articles, todo, read = list(seen.listing.articles), list(seen.listing.more), {seen.requested_url}
    try:
        async with asyncio.timeout(CATCH_UP_TIMEOUT.total_seconds()):
            while todo and len(read) <= MAX_FURTHER_DOCUMENTS:
                address = todo.pop(0)
                if address in read:
                    continue
                read.add(address)
                listing = await _fetch_listing(address, source, tools)
                articles += listing.articles
                if await _has_known_article(listing, source, tools):
                    break
                todo += listing.more
    except (FetchError, ParseError, TimeoutError) as error:
        log.warning("%s: older entries could not be read: %s", source.name, error or "no time left")
    return replace(seen, listing=replace(seen.listing, articles=tuple(articles)), caught=len(read) - 1)


async def _fetch_index_parts(seen: FetchResult, index: Listing, source: Source, tools: TurnContext) -> FetchResult:
    """An index with the articles of its parts. Neither its hash nor its validators vouch for them."""
    parts = await _fetch_parts(index.more, replace(source, url=seen.requested_url), tools)
    answer = replace(seen.answer, etag=None, last_modified=None)
    return replace(seen, answer=answer, digest=None, listing=replace(index, articles=tuple(parts)))


async def _fetch_parts(addresses: Sequence[str], source: Source, tools: TurnContext) -> list[Article]:
    """The articles of an index's parts. Raises FetchError, ParseError where not one of them can be read."""
    found: list[Article] = []
    failure: FetchError | ParseError | None = None
    good = 0
    for address in addresses[:MAX_FURTHER_DOCUMENTS]:
        try:
            found += (await _fetch_listing(address, source, tools)).articles
            good += 1
        except (FetchError, ParseError) as error:
            failure = failure or error
    if failure is not None and not good:
        raise failure
    return found


async def _fetch_listing(address: str, source: Source, tools: TurnContext) -> Listing:
    """What one further document lists."""
    asked = replace(source, url=address)
    page = await tools.web.fetch(asked, PollState(source.name, tools.now()), full=True)
    if isinstance(page, NotModified):
        raise FetchError("304 without a question", kind="protocol")
    return await tools.parser.parse(page, asked)
