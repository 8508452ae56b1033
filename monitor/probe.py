"""What an address has to offer: is it a feed, what does it carry, which watches would hit, what feeds does it name.

It asks once and stores nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.acquire import Web
from monitor.clock import utcnow
from monitor.config import Settings
from monitor.core.errors import FetchError, ParseError
from monitor.core.model import Article, NotModified, Page, PollState, Source
from monitor.core.rules import match
from monitor.sources import Parser
from monitor.sources.charset import decode
from monitor.sources.discovery import feeds_of

MOST = 6  # feeds of a page that are asked as well


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found at one address; error: why it is no feed."""

    url: str
    error: str = ""
    kind: str = ""
    size: int = 0  # bytes
    conditional: bool = False  # it has an ETag or a Last-Modified
    max_age: float | None = None
    entries: int = 0
    with_id: int = 0
    with_date: int = 0
    with_text: int = 0
    newest: datetime | None = None
    oldest: datetime | None = None
    language: str | None = None
    hits: tuple[tuple[str, str], ...] = ()  # watch and title
    named: tuple[tuple[str, str], ...] = ()  # feeds that the page names
    body: bytes = b""


async def probe(url: str, settings: Settings) -> list[Probe]:
    """The address, and where it is a page the feeds it names."""
    web, parser = Web(private_networks=settings.private_networks, contact=settings.contact), Parser()
    try:
        first = await look(url, settings, web, parser)
        others = [await look(address, settings, web, parser) for address, _ in first.named[:MOST]]
        return [first, *others]
    finally:
        await web.aclose()
        await parser.aclose()


async def look(url: str, settings: Settings, web: Web, parser: Parser) -> Probe:
    """One address."""
    source = Source("probe", url)
    try:
        page = await web.fetch(source, PollState("probe", utcnow()), full=True)
    except FetchError as error:
        return Probe(url, error=str(error))
    if isinstance(page, NotModified):
        return Probe(url, error="the server says 304 although nothing was asked for")
    try:
        listing = await parser.parse(page, source)
    except ParseError as error:
        return Probe(
            page.url, str(error), *facts(page), named=tuple(feeds_of(decode(page.body, page.content_type), page.url))
        )
    return described(page, listing.articles, settings)


def facts(page: Page) -> tuple[str, int, bool, float | None]:
    """Type, size, caching."""
    kind = page.content_type.partition(";")[0]
    return kind, len(page.body), bool(page.etag or page.last_modified), page.manners.max_age


def described(page: Page, articles: Sequence[Article], settings: Settings) -> Probe:
    """A feed in figures."""
    dates = sorted(one.published_at for one in articles if one.published_at)
    hits = [(found.watch, one.title) for one in articles for found in match(settings.book, one)]
    kind, size, conditional, max_age = facts(page)
    return Probe(
        page.url, "", kind, size, conditional, max_age,
        entries=len(articles),
        with_id=sum(one.guid is not None for one in articles),
        with_date=len(dates),
        with_text=sum(len(one.body) > 500 for one in articles),
        newest=dates[-1] if dates else None,
        oldest=dates[0] if dates else None,
        language=next((one.language for one in articles if one.language), None),
        hits=tuple(hits),
        body=page.body,
    )  # fmt: skip
