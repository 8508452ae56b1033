"""Feeds of a site, from any page of it: at most eight requests, one after the other, and no further than needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from monitor.config import Settings
from monitor.core.dedupe.urls import feed_key
from monitor.core.model.articles import Page
from monitor.feeds import discovery
from monitor.feeds.decode import decode_page
from monitor.pipeline.probe import Desk, Probe, desk, look, read

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
