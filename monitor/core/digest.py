"""Many alerts of one address as one message: what was throttled, held over night, or came in a storm.

Every article is listed with its link as long as there is room; what has none is counted, and `monitor alerts` lists it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.core.alerts.render import NAMES, TITLE, cut, headline, key_of, link, listed, named, render, safe, span
from monitor.core.model.articles import Delivery, Message, Reason

HEADLINE = 120  # characters
STORM = "many at once"
WHY = {
    Reason.THROTTLED: "throttled",
    Reason.FLOOD: STORM,
    Reason.DIGEST: "digest",
    Reason.QUIET: "quiet hours",
}


@dataclass(frozen=True, slots=True)
class Room:
    """How much one digest may hold."""

    size: int  # bytes
    articles: int


LISTED = Room(16_000, 10)  # of a channel of which nothing is known


def message(bundle: Sequence[Delivery], *, now: datetime, room: Room = LISTED) -> Message:
    """One message for a bundle: an alert for one article, a digest for several."""
    alone = len({one.article for one in bundle}) == 1
    return render(bundle, now=now) if alone else digest(bundle, now=now, room=room)


def digest(bundle: Sequence[Delivery], *, now: datetime, room: Room = LISTED) -> Message:
    """Several articles, the loudest first; each with its watches, its feed, its age and its link."""
    articles = list(by_article(bundle))
    counts = Counter(name for some in articles for name in {safe(one.watch) for one in some})
    key = key_of(bundle)
    why = ", ".join(dict.fromkeys(WHY.get(one.reason, STORM) for one in bundle))
    shown = fitting(articles, room, now)
    lines = [line for some in articles[:shown] for line in entry(some, now)]
    if shown < len(articles):
        lines.append(f"and {len(articles) - shown:,} more stories, which `monitor alerts` lists")
    doubt = ["possible repeat: an earlier attempt may have arrived"] if any(one.repeat for one in bundle) else []
    names = [f"{name} {count}" for name, count in counts.most_common()]
    title = f"{len(articles):,} stories: "
    return Message(
        title=title + listed(names, room=TITLE - len(title)),
        body="\n".join([*lines, "", f"{why} · id {key[:8]}", *doubt]),
        key=key,
        priority=max(one.priority for one in bundle),
        headers={"X-Monitor-Id": key},
        **named([name for name, _ in counts.most_common()]),
    )


def by_article(bundle: Sequence[Delivery]) -> Iterator[list[Delivery]]:
    """The deliveries of each article, the loudest first."""
    articles: dict[int, list[Delivery]] = {}
    for one in sorted(bundle, key=lambda one: (-one.priority, one.first_seen_at, one.id)):
        articles.setdefault(one.article, []).append(one)
    yield from articles.values()


def fitting(articles: Sequence[Sequence[Delivery]], room: Room, now: datetime) -> int:
    """How many articles, from the first, one digest has room for; at least one."""
    left = room.size
    for number, some in enumerate(articles[: room.articles]):
        left -= sum(len(line.encode()) + 1 for line in entry(some, now))
        if left < 0:
            return max(1, number)
    return min(len(articles), room.articles)


def entry(some: Sequence[Delivery], now: datetime) -> list[str]:
    """One article's two lines."""
    first = some[0]
    names = listed([safe(one.watch) for one in some], room=NAMES)
    told = f"{names}: {cut(headline(first), HEADLINE)}"
    origin = f"{cut(safe(first.source), 40)}, {span(now - first.first_seen_at)} ago"
    return [f"• {told} – {origin}", f"  {link(first.article_url)}"]
