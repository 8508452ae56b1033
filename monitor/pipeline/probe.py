"""One look at one address, in figures."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from statistics import median

from monitor.clock import utcnow
from monitor.config import Settings
from monitor.core.dedupe.urls import feed_key
from monitor.core.errors import FetchError, ParseError
from monitor.core.match.engine import match
from monitor.core.model.articles import Article
from monitor.core.model.polling import Listing, NotModified, Page, PollState, Schedule, Source
from monitor.feeds import Parser, discovery
from monitor.feeds.decode import decode_page
from monitor.fetch import Web

WHOLE = 500  # characters; a longer text is more than a teaser
KINDS = ("feed", "sitemap")  # that an address is tried as

Select = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A watch that entries would hit, and their headlines."""

    watch: str
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found at one address; error: why it is no feed."""

    url: str  # as it was asked
    error: str = ""
    status: int | None = None  # of the HTTP answer; None where there was none
    address: str = ""  # after redirects
    moved: str | None = None  # where it is for good
    type: str = ""
    named: tuple[str, ...] = ()  # feeds in its headers
    size: int = 0  # bytes
    etag: str | None = None
    last_modified: str | None = None
    max_age: float | None = None  # seconds
    kind: str = ""  # as which it is to be watched: feed, sitemap, page
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
    gap: float | None = None  # seconds that usually lie between two entries
    language: str | None = None
    hits: tuple[Hit, ...] = ()
    body: bytes = b""

    @property
    def lasting(self) -> str:
        """The address to watch: where the server says it is for good, else as it was asked."""
        return self.moved or self.url


@dataclass(frozen=True, slots=True)
class Desk:
    """What a look needs."""

    settings: Settings
    web: Web
    parser: Parser


@contextlib.asynccontextmanager
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    """A way to the net and a parser, closed at the end."""
    web, parser = Web(private_networks=settings.private_networks, contact=settings.contact), Parser()
    try:
        yield Desk(settings, web, parser)
    finally:
        await web.aclose()
        await parser.aclose()


async def probe(url: str, settings: Settings, select: Select = ()) -> Probe:
    """One look at an address; select: as a page whose articles stand there."""
    async with desk(settings) as tools:
        return await look(url, tools, select)


async def look(url: str, tools: Desk, select: Select = ()) -> Probe:
    """What is found at an address; one request, its redirects included."""
    try:
        page = await tools.web.fetch(Source("probe", url), PollState("probe", utcnow()), full=True)
    except FetchError as error:
        return Probe(url, error=str(error), status=error.status)
    if isinstance(page, NotModified):
        return Probe(url, error="the server says 304 although nothing was asked for", status=304)
    return await read(url, page, tools, ("page",) if select else KINDS, select)


async def read(url: str, page: Page, tools: Desk, kinds: Sequence[str], select: Select = ()) -> Probe:
    """What a page is, by the first kind that can read it; where none can, why."""
    told: ParseError | None = None
    for kind in kinds:
        try:
            listing = await tools.parser.parse(page, Source("probe", page.url, kind, select=select))
        except ParseError as error:
            told = told or error  # the first kind's words: it is what was most likely meant
            continue
        return described(url, kind, page, listing, tools.settings)
    return _answered(url, page, error=str(told))


def _answered(url: str, page: Page, *, error: str = "") -> Probe:
    """What the answer says of itself, whatever is in it."""
    return Probe(
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
        max_age=page.manners.max_age,
        body=page.body,
    )


def described(url: str, kind: str, page: Page, listing: Listing, settings: Settings) -> Probe:
    """A feed in figures."""
    articles = listing.articles
    dates = sorted(one.published_at for one in articles if one.published_at)
    return replace(
        _answered(url, page),
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
        with_text=sum(len(one.body) > WHOLE for one in articles),
        newest=dates[-1] if dates else None,
        oldest=dates[0] if dates else None,
        gap=usual_gap(sorted(set(dates))),
        language=next((one.language for one in articles if one.language), None),
        hits=hits(articles, settings),
    )


def usual_gap(dates: Sequence[datetime]) -> float | None:
    """The median of the seconds between entries, in order; None where three dates are not there."""
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(dates)]
    return median(gaps) if len(gaps) >= 2 else None


def hits(articles: Sequence[Article], settings: Settings) -> tuple[Hit, ...]:
    """Which watches would hit which headlines, the most hit first."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in articles:
        for matched in match(settings.book, one):
            found[matched.watch].append(one.title or one.url)
    return tuple(Hit(watch, tuple(titles)) for watch, titles in sorted(found.items(), key=lambda pair: -len(pair[1])))


MOST = 8  # requests in all


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found from one address."""

    first: Probe  # the address itself
    found: tuple[Probe, ...] = ()  # feeds
    failed: tuple[Probe, ...] = ()  # addresses that the page names and that are none
    requests: int = 1


async def discover(url: str, settings: Settings) -> Discovery:
    """The address where it is a feed, else the feeds that can be found from it."""
    async with desk(settings) as tools:
        first = await look(url, tools)
        if not first.error:
            return Discovery(first, (first,))
        if first.status is None:  # nobody there: the rest of the site will not answer either
            return Discovery(first)
        return await _search(first, tools)


async def _search(first: Probe, tools: Desk) -> Discovery:
    """What the page names, and only where that is nothing what is usual, and what the page itself marks."""
    markup = decode_page(first.body, first.type)
    place = first.address or first.url
    named = _new(
        [*discovery.known(first.url), *first.named, *discovery.candidates(markup, place)], {feed_key(first.url)}
    )
    looks = [await look(address, tools) for address in named[: MOST - 1]]
    guesses = iter(_new(discovery.usual(place), {feed_key(one.url) for one in (first, *looks)}))
    requests = 1 + len(looks)
    while requests < MOST and not any(not one.error for one in looks) and (guess := next(guesses, None)):
        looks.append(await look(guess, tools))
        requests += 1
    found = tuple(_once(one for one in looks if not one.error))
    if not found and first.body:
        marked = await read(first.url, Page(place, first.body, first.type), tools, ("page",))
        found = () if marked.error else (marked,)
    failed = tuple(one for one in looks if one.error and one.url in named)
    return Discovery(first, found, failed, requests)


def _new(addresses: Iterable[str], seen: set[str]) -> list[str]:
    """Addresses in their order, each once, without those seen."""
    once: dict[str, str] = {}
    for address in addresses:
        once.setdefault(feed_key(address), address)
    return [address for key, address in once.items() if key not in seen]


def _once(looks: Iterable[Probe]) -> Iterator[Probe]:
    """Each feed once, though several addresses lead to it."""
    seen: set[str] = set()
    for one in looks:
        key = feed_key(one.address)
        if key not in seen:
            seen.add(key)
            yield one


__all__ = ["Discovery", "Hit", "Probe", "discover", "probe"]
