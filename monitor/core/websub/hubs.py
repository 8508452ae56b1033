"""Find the hubs of a feed: in rules.toml, in Link headers, in its document.

Headers take precedence over the document: they serve formats that cannot contain links (W3C WebSub 4). The module does
not know how hubs are called.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qs, quote, urlsplit

from monitor.core.model.polling import Listing, NotModified, Page, Source
from monitor.core.websub.subscription import RSSCLOUD, WEBSUB, Subscription, mark_unwanted, mark_wanted

MAX_HUBS = 3  # per feed; a hostile document must not make us call a hundred addresses
MAX_URL_LENGTH = 2048  # characters of an address


@dataclass(frozen=True, slots=True)
class Offer:
    """A hub that a feed offers, and the topic URL to subscribe to."""

    hub: str
    topic: str
    kind: str = WEBSUB


def offered_hubs(source: Source, answer: Page | NotModified, listing: Listing | None) -> tuple[Offer, ...] | None:
    """The hubs of a feed in order of preference; empty: it has none; None: this poll does not tell."""
    if not source.push:
        return ()
    topic = answer.topic or (listing.topic if listing else "")
    hubs = (source.hub,) if source.hub else answer.hubs or (listing.hubs if listing else ())
    if not hubs and (known := _known_hub(source.url)):
        return (known,)
    if listing is None and not (hubs and answer.topic):
        return None
    named = topic if is_usable_hub_url(topic) else source.url
    found = [Offer(hub, named) for hub in dict.fromkeys(hubs) if is_usable_hub_url(hub)]
    if listing and listing.cloud and is_usable_hub_url(listing.cloud) and not found:
        found = [Offer(listing.cloud, named, RSSCLOUD)]
    return tuple(found[:MAX_HUBS])


def is_usable_hub_url(url: str) -> bool:
    """Whether a URL from an untrusted document may be used as a hub or a topic."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.username is None
            and parts.port != 0
            and len(url) <= MAX_URL_LENGTH
            and all(33 <= ord(char) < 127 for char in url)
        )
    except ValueError:
        return False


def _youtube_hub(query: str) -> Offer | None:
    """developers.google.com/youtube/v3/guides/push_notifications; the feeds themselves name no hub."""
    channel = parse_qs(query).get("channel_id", [""])[0]
    topic = f"https://www.youtube.com/xml/feeds/videos.xml?channel_id={quote(channel, safe='')}"
    return Offer("https://pubsubhubbub.appspot.com/", topic) if channel else None


# Feeds with a known hub that they do not name, by host and path
KNOWN_HUBS: dict[tuple[str, str], Callable[[str], Offer | None]] = {
    ("www.youtube.com", "/feeds/videos.xml"): _youtube_hub
}


def _known_hub(url: str) -> Offer | None:
    parts = urlsplit(url)
    find = KNOWN_HUBS.get((parts.hostname or "", parts.path))
    return find(parts.query) if find else None


def changed_subscriptions(
    source: str, known: Sequence[Subscription], found: Sequence[Offer], token: Callable[[], str], now: datetime
) -> list[Subscription]:
    """The subscriptions to store: hubs that are new to the feed, came back or are no longer offered.

    token: returns a new random secret.
    """
    rows = {one.hub: one for one in known}
    after: dict[str, Subscription] = {}
    for rank, offer in enumerate(found):
        one = rows.get(offer.hub)
        if one is None or (one.topic, one.kind) != (offer.topic, offer.kind):  # a new subscription for the hub
            one = Subscription(source, offer.hub, offer.topic, offer.kind, next_at=now, token=token(), secret=token())
        after[offer.hub] = replace(mark_wanted(one, now), rank=rank, offered=True)
    for hub in rows.keys() - after.keys():
        after[hub] = replace(mark_unwanted(rows[hub], now), offered=False)
    return [one for hub, one in after.items() if one != rows.get(hub)]
