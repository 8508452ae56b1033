"""How fast one place is spoken to, and what of a backlog is told alone and what together.

Pure: from what waits, what was said lately and the time to the messages in their order; how they are sent is not known
here. A place is where messages arrive: two channels with one webhook are one place.
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

URGENT = 30  # urgent articles of one backlog that are told alone; a storm of them is a storm
DIGESTS = 10  # messages for the rest of one backlog; the last of them counts what has no place in it


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two messages, and how many may come at once after a silence."""

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
WIDE = Room(100_000, 1000)  # what mail programs and receivers of our own JSON take without a thought
ROOMS = {
    "slack": Room(12_000, 100),  # it refuses what is longer than some 13,000 characters in all blocks
    **dict.fromkeys(("json", "jsons", "mailto", "mailtos"), WIDE),
}
BESIDE = 450  # characters: a title, which many services count with the text, and a digest's last lines
LEAST = 600  # bytes of a body; gateways for text messages put several of 160 characters together


def provider(url: str) -> str:
    """Whose channel a URL names: slack for both slack:// and Slack's own address."""
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0].lower()
    return PROVIDERS.get(host, "msteams" if host.endswith(".webhook.office.com") else scheme.lower())


def place(url: str) -> str:
    """The same for all URLs that lead to one webhook or mailbox, whatever options they carry. It is a secret."""
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
    """How fast a channel may be spoken to."""
    return STRICT if provider(url) in LIMITED else Pace()


def room(url: str) -> Room:
    """How long a digest for a channel may be."""
    kind = provider(url)
    if (longest := BODIES.get(kind)) is not None:
        return Room(max(LEAST, min(LISTED.size, longest - BESIDE)), LISTED.articles)
    return ROOMS.get(kind, LISTED)


def slot(full: float, now: float, pace: Pace) -> tuple[float, float]:
    """When the next message may leave, and `full` from then on: the moment at which all of the burst is free again.

    The generic cell rate algorithm (ITU-T I.371): never more than `burst` at once, one each `gap` in the long run.
    """
    at = max(now, full - (pace.burst - 1) * pace.gap)
    return at, max(full, at) + pace.gap


def plan(waiting: Sequence[Delivery], told: int, room: Room, now: datetime) -> Iterator[list[Delivery]]:
    """The messages for one address, in order; told: how many it got within FLOOD_WINDOW.

    Urgent articles come first. The first few come one by one; what still waits with them, and whatever was put off, is
    told together, so that neither an outage nor a first sight of a feed becomes hundreds of messages.
    """
    urgent, alone, together = sorted_out(waiting)
    yield from urgent[:URGENT]
    alone = [*urgent[URGENT:], *alone]
    free = max(0, FLOOD_LIMIT - told)
    yield from alone[:free]
    together = sorted([*alone[free:], *together], key=loudest)
    for number in range(1, DIGESTS + 1):
        if not together:
            return
        count = fitting(together, room, now) if number < DIGESTS else len(together)
        yield [one for article in together[:count] for one in article]
        together = together[count:]


def sorted_out(waiting: Sequence[Delivery]) -> tuple[list[list[Delivery]], list[list[Delivery]], list[list[Delivery]]]:
    """The articles that are urgent, those to be told alone, and those that were put off to be told together."""
    urgent: dict[int, list[Delivery]] = {}
    alone: dict[int, list[Delivery]] = {}
    together: dict[int, list[Delivery]] = {}
    for one in sorted(waiting, key=lambda one: (one.due_at or one.created_at, one.id)):
        (together if one.reason in GATHERED_REASONS else alone).setdefault(one.article, []).append(one)
    for article, some in list(alone.items()):
        if max(one.priority for one in some) is Priority.URGENT:
            urgent[article] = alone.pop(article)
    return list(urgent.values()), list(alone.values()), list(together.values())


def loudest(article: Sequence[Delivery]) -> tuple[int, datetime, int]:
    """The order within digests: what has no place in the last of them is what matters least."""
    return -max(one.priority for one in article), article[0].first_seen_at, article[0].id
