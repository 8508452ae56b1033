"""Feeds at an address: probe it, describe what it holds, or search its page and its site for feeds.

It asks a bounded number of documents, stores nothing, and does not know who asks.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from statistics import median

from monitor.clock import utcnow
from monitor.config.settings import Settings
from monitor.core.dedupe.urls import feed_key
from monitor.core.errors import FetchError, ParseError
from monitor.core.match.engine import match_article
from monitor.core.model.articles import Article
from monitor.core.model.polling import Listing, NotModified, Page, PollState, Schedule, Source
from monitor.core.text.analysis import analyse_fields
from monitor.feeds import discovery
from monitor.feeds.decode import decode_page
from monitor.feeds.parser import Parser
from monitor.fetch.client import WebClient

MIN_WHOLE_TEXT_LENGTH = 500  # characters; a longer text is more than a teaser
MAX_PROBE_REQUESTS = 8
PROBED_KINDS = ("feed", "sitemap")  # tried in this order

SelectorPairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A watch and the headlines that it matches."""

    watch: str
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The content of one address in figures; error: why it is no feed."""

    url: str  # as it was asked
    error: str = ""
    status: int | None = None  # of the HTTP answer; None where there was none
    address: str = ""  # after redirects
    moved: str | None = None  # the target of a permanent redirect
    type: str = ""
    named: tuple[str, ...] = ()  # feeds in its headers
    size: int = 0  # bytes
    etag: str | None = None
    last_modified: str | None = None
    max_age: float | None = None  # seconds
    kind: str = ""  # feed, sitemap or page
    form: str = ""
    title: str = ""
    encoding: str = ""
    schedule: Schedule | None = None
    hubs: tuple[str, ...] = ()
    cloud: str = ""
    quirks: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    entries: int = 0
    with_id: int = 0
    with_date: int = 0
    with_text: int = 0
    newest: datetime | None = None
    oldest: datetime | None = None
    gap: float | None = None  # median seconds between two entries
    language: str | None = None
    hits: tuple[SearchHit, ...] = ()
    body: bytes = b""

    @property
    def lasting(self) -> str:
        """The address to watch: the target of a permanent redirect, else as it was asked."""
        return self.moved or self.url


@dataclass(frozen=True, slots=True)
class ProbeContext:
    """What a probe works with."""

    settings: Settings
    web: WebClient
    parser: Parser


@contextlib.asynccontextmanager
async def probe_context(settings: Settings) -> AsyncIterator[ProbeContext]:
    """Open a web client and a parser; leaving closes them."""
    web, parser = WebClient(private_networks=settings.private_networks, contact=settings.contact), Parser()
    try:
        yield ProbeContext(settings, web, parser)
    finally:
        await web.aclose()
        await parser.aclose()


async def probe_address(url: str, settings: Settings, select: SelectorPairs = ()) -> ProbeResult:
    """Probe one address; select: CSS selectors, to read it as a page of articles."""
    async with probe_context(settings) as tools:
        return await fetch_document(url, tools, select)


async def fetch_document(url: str, tools: ProbeContext, select: SelectorPairs = ()) -> ProbeResult:
    """Fetch and describe one address. Errors are part of the result."""
    try:
        page = await tools.web.fetch(Source("probe", url), PollState("probe", utcnow()), full=True)
    except FetchError as error:
        return ProbeResult(url, error=str(error), status=error.status)
    if isinstance(page, NotModified):
        return ProbeResult(url, error="the server says 304 although nothing was asked for", status=304)
    return await parse_document(url, page, tools, ("page",) if select else PROBED_KINDS, select)


async def parse_document(
    url: str, page: Page, tools: ProbeContext, kinds: Sequence[str], select: SelectorPairs = ()
) -> ProbeResult:
    """Describe a document by the first kind that can parse it; the error of the first kind where none can."""
    first_error: ParseError | None = None
    for kind in kinds:
        try:
            listing = await tools.parser.parse(page, Source("probe", page.url, kind, select=select))
        except ParseError as error:
            first_error = first_error or error  # the first kind is what was most likely meant
            continue
        return describe_feed(url, kind, page, listing, tools.settings)
    return _describe_answer(url, page, error=str(first_error))


def _describe_answer(url: str, page: Page, *, error: str = "") -> ProbeResult:
    """The figures of the HTTP answer alone."""
    return ProbeResult(
        url,
        error,
        page.status,
        page.url,
        page.moved,
        type=page.content_type,
        named=page.feeds,
        size=len(page.body),
        etag=page.etag,
        last_modified=page.last_modified,
        max_age=page.limits.max_age,
        body=page.body,
    )


def describe_feed(url: str, kind: str, page: Page, listing: Listing, settings: Settings) -> ProbeResult:
    """The figures of the HTTP answer and of the feed in it."""
    articles = listing.articles
    dates = sorted(one.published_at for one in articles if one.published_at)
    return replace(
        _describe_answer(url, page),
        kind=kind,
        form=listing.form,
        title=listing.title,
        encoding=listing.encoding,
        schedule=listing.schedule,
        hubs=listing.hubs,
        cloud=listing.cloud,
        quirks=listing.quirks,
        more=listing.more,
        entries=len(articles),
        with_id=sum(one.guid is not None for one in articles),
        with_date=len(dates),
        with_text=sum(len(one.body) > MIN_WHOLE_TEXT_LENGTH for one in articles),
        newest=dates[-1] if dates else None,
        oldest=dates[0] if dates else None,
        gap=median_gap(sorted(set(dates))),
        language=next((one.language for one in articles if one.language), None),
        hits=find_search_hits(articles, settings),
    )


def median_gap(dates: Sequence[datetime]) -> float | None:
    """The median of the seconds between sorted dates; None for fewer than three."""
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(dates)]
    return median(gaps) if len(gaps) >= 2 else None


def find_search_hits(articles: Sequence[Article], settings: Settings) -> tuple[SearchHit, ...]:
    """The watches that match, those with the most headlines first."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in articles:
        for matched in match_article(settings.ruleset, analyse_fields(one, ())):
            found[matched.watch].append(one.title or one.url)
    return tuple(
        SearchHit(watch, tuple(titles)) for watch, titles in sorted(found.items(), key=lambda pair: -len(pair[1]))
    )


@dataclass(frozen=True, slots=True)
class Discovery:
    """The feeds found from one address."""

    first: ProbeResult  # the address itself
    found: tuple[ProbeResult, ...] = ()  # feeds
    failed: tuple[ProbeResult, ...] = ()  # addresses that the page names and that are no feed
    requests: int = 1


async def discover_feeds(url: str, settings: Settings) -> Discovery:
    """The address itself where it is a feed, else the feeds that its page and its site offer."""
    async with probe_context(settings) as tools:
        first = await fetch_document(url, tools)
        if not first.error:
            return Discovery(first, (first,))
        if first.status is None:  # no answer: the rest of the site will not answer either
            return Discovery(first)
        return await _search_page(first, tools)


async def _search_page(first: ProbeResult, tools: ProbeContext) -> Discovery:
    """Try what the page names; without a feed there, usual paths; at last the articles of the page itself."""
    markup = decode_page(first.body, first.type)
    place = first.address or first.url
    named = _unseen_addresses(
        [*discovery.known_host_feeds(first.url), *first.named, *discovery.candidate_feeds(markup, place)],
        {feed_key(first.url)},
    )
    results = [await fetch_document(address, tools) for address in named[: MAX_PROBE_REQUESTS - 1]]
    guesses = iter(
        _unseen_addresses(discovery.usual_feed_urls(place), {feed_key(one.url) for one in (first, *results)})
    )
    requests = 1 + len(results)
    while (
        requests < MAX_PROBE_REQUESTS and not any(not one.error for one in results) and (guess := next(guesses, None))
    ):
        results.append(await fetch_document(guess, tools))
        requests += 1
    found = tuple(_unique_feeds(one for one in results if not one.error))
    if not found and first.body:
        marked = await parse_document(first.url, Page(place, first.body, first.type), tools, ("page",))
        found = () if marked.error else (marked,)
    failed = tuple(one for one in results if one.error and one.url in named)
    return Discovery(first, found, failed, requests)


def _unseen_addresses(addresses: Iterable[str], seen: set[str]) -> list[str]:
    """Addresses in their order, each once, without those in `seen` (keys of feed_key)."""
    once: dict[str, str] = {}
    for address in addresses:
        once.setdefault(feed_key(address), address)
    return [address for key, address in once.items() if key not in seen]


def _unique_feeds(results: Iterable[ProbeResult]) -> Iterator[ProbeResult]:
    """Each feed once, where several addresses lead to it."""
    seen: set[str] = set()
    for one in results:
        key = feed_key(one.address)
        if key not in seen:
            seen.add(key)
            yield one
