"""Rate limits per destination, and which deliveries of a backlog are sent alone and which in a digest.

A destination ("place") is where messages arrive: two channels with one webhook are one. The module does not know how
messages are sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from monitor.core.alerts.channel_urls import BODIES
from monitor.core.alerts.policy import FLOOD_LIMIT, GATHERED_REASONS
from monitor.core.alerts.render import LISTED, Room, fitting
from monitor.core.model.alerts import Delivery, Priority

MAX_URGENT = 30  # urgent articles of one backlog that are sent alone before the flood limit applies
DIGESTS = 10  # digests for the rest of one backlog, as far as they have room for NAMED_ARTICLES
NAMED_ARTICLES = 500  # of the rest of one backlog; a reader who gets only a count has nearly missed a story


@dataclass(frozen=True, slots=True)
class Pace:
    """A rate limit. gap: seconds between two messages; burst: messages at once after a pause."""

    gap: float = 1.0
    burst: int = FLOOD_LIMIT


# Slack allows about one a second per channel and answers 429 above it (docs.slack.dev, rate limits); the others of
# LIMITED publish similar limits.
STRICT = Pace(burst=1)
LIMITED = frozenset(("slack", "discord", "tgram", "msteams", "workflows"))
PROVIDERS = {
    "slack": "slack", "discord": "discord", "tgram": "tgram", "msteams": "msteams", "workflows": "workflows",
    "hooks.slack.com": "slack", "hooks.slack-gov.com": "slack", "discord.com": "discord", "discordapp.com": "discord",
    "api.telegram.org": "tgram", "chat.googleapis.com": "gchat", "webexapis.com": "webex",
    "api.ciscospark.com": "webex", "media.guilded.gg": "guilded", "ntfy.sh": "ntfy",
}  # fmt: skip
WIDE = Room(100_000, 1000)  # mail programs and webhook receivers have no such limit
ROOMS = {
    "slack": Room(12_000, 100),  # it refuses messages of more than about 13,000 characters in all blocks
    **dict.fromkeys(("json", "jsons", "mailto", "mailtos"), WIDE),
}
BESIDE = 450  # characters kept free: many services count the title with the text; a digest's last lines
MIN_BODY_BYTES = 600  # SMS gateways join several messages of 160 characters


def provider(url: str) -> str:
    """The service of a channel URL: slack for slack:// and for https://hooks.slack.com."""
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0].lower()
    return PROVIDERS.get(host, "msteams" if host.endswith(".webhook.office.com") else scheme.lower())


def place(url: str) -> str:
    """A key that is equal for all URLs of one webhook or mailbox, whatever their options. It is a secret."""
    kind = provider(url)
    if kind in ("mailto", "mailtos"):
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    path = f"{parts.netloc}{parts.path}" if parts.scheme.lower() == kind else parts.path
    return f"{kind}:{path.strip('/').removeprefix('services/').removeprefix('api/webhooks/')}"


def pace(url: str) -> Pace:
    """The rate limit of a channel URL."""
    return STRICT if provider(url) in LIMITED else Pace()


def room(url: str) -> Room:
    """The size limit of a digest for a channel URL."""
    kind = provider(url)
    if (longest := BODIES.get(kind)) is not None:
        return Room(max(MIN_BODY_BYTES, min(LISTED.size, longest - BESIDE)), LISTED.articles)
    return ROOMS.get(kind, LISTED)


def slot(full: float, now: float, pace: Pace) -> tuple[float, float]:
    """When the next message may be sent, and the new `full`: the time at which the whole burst is available again.

    The generic cell rate algorithm (ITU-T I.371): at most `burst` at once, one per `gap` in the long run; seconds.
    """
    at = max(now, full - (pace.burst - 1) * pace.gap)
    return at, max(full, at) + pace.gap


def plan(waiting: Sequence[Delivery], sent: int, room: Room, now: datetime) -> Iterator[list[Delivery]]:
    """Bundles of deliveries for one address, one message each, in order; sent: messages within FLOOD_WINDOW.

    Urgent stories come first, then a few one by one. The rest, and whatever was deferred, goes into digests, so that
    neither an outage nor the first poll of a feed becomes hundreds of messages. A story is in one bundle.
    """
    urgent, alone, together = sorted_out(waiting)
    yield from urgent[:MAX_URGENT]
    alone = [*urgent[MAX_URGENT:], *alone]
    free = max(0, FLOOD_LIMIT - sent)
    yield from alone[:free]
    yield from digests(sorted([*alone[free:], *together], key=loudest), room, now)


def digests(together: Sequence[list[Delivery]], room: Room, now: datetime) -> Iterator[list[Delivery]]:
    """DIGESTS messages with links, then headlines alone, until NAMED_ARTICLES are named; the last one counts the rest.

    A channel of short texts gets more messages by that: one more is a lesser evil than a story nobody was alerted of.
    """
    number = named = 0
    while together:
        number += 1
        count = fitting(together, room, now, links=number <= DIGESTS)
        named += count
        if number >= DIGESTS and named >= NAMED_ARTICLES:
            count = len(together)
        yield [one for story in together[:count] for one in story]
        together = together[count:]


def sorted_out(waiting: Sequence[Delivery]) -> tuple[list[list[Delivery]], list[list[Delivery]], list[list[Delivery]]]:
    """The deliveries per story: urgent ones, those to send alone, and those deferred to a digest as a whole."""
    stories: dict[int, list[Delivery]] = {}
    for one in sorted(waiting, key=lambda one: (one.due_at or one.created_at, one.id)):
        stories.setdefault(one.story, []).append(one)
    urgent: list[list[Delivery]] = []
    alone: list[list[Delivery]] = []
    together: list[list[Delivery]] = []
    for some in stories.values():
        if all(one.reason in GATHERED_REASONS for one in some):
            together.append(some)
        else:
            (urgent if max(one.priority for one in some) is Priority.URGENT else alone).append(some)
    return urgent, alone, together


def loudest(story: Sequence[Delivery]) -> tuple[int, datetime, int]:
    """The sort key within digests: stories of low priority are the first to have no room."""
    return -max(one.priority for one in story), story[0].first_seen_at, story[0].id
