"""Many alerts of one address as one message: what was throttled, held over night, or came in a storm.

Every article is listed with its link; what does not fit into one message goes into the next, so nothing is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from monitor.core.model import Delivery, Message, Reason
from monitor.core.policy import GATHERED
from monitor.core.render import TITLE, cut, headline, key_of, link, render, safe, span

ARTICLES = 10  # in one message: 3,000 bytes are what Slack takes in a block
HEADLINE = 120  # characters
WHY = {
    Reason.THROTTLED: "throttled",
    Reason.FLOOD: "many at once",
    Reason.DIGEST: "digest",
    Reason.QUIET: "quiet hours",
}


def bundles(deliveries: Sequence[Delivery]) -> Iterator[list[Delivery]]:
    """Deliveries of one address as messages: what was gathered together, all else one message for each article."""
    alone = [one for one in deliveries if one.reason not in GATHERED]
    yield from (list(group) for _, group in groupby(alone, key=lambda one: one.article))
    gathered: dict[int, list[Delivery]] = {}
    for one in deliveries:
        if one.reason in GATHERED:
            gathered.setdefault(one.article, []).append(one)
    articles = list(gathered.values())
    for start in range(0, len(articles), ARTICLES):
        yield [one for article in articles[start : start + ARTICLES] for one in article]


def message(bundle: Sequence[Delivery], *, now: datetime) -> Message:
    """One message for a bundle: an alert for one article, a digest for several."""
    return render(bundle, now=now) if len({one.article for one in bundle}) == 1 else digest(bundle, now=now)


def digest(bundle: Sequence[Delivery], *, now: datetime) -> Message:
    """Several articles, the loudest first; each with its watches, its feed, its age and its link."""
    articles: dict[int, list[Delivery]] = {}
    for one in sorted(bundle, key=lambda one: (-one.priority, one.first_seen_at, one.id)):
        articles.setdefault(one.article, []).append(one)
    counts = Counter(name for some in articles.values() for name in {safe(one.watch) for one in some})
    watches = ", ".join(f"{name} {count}" for name, count in counts.most_common())
    key = key_of(bundle)
    why = ", ".join(dict.fromkeys(WHY[one.reason] for one in bundle if one.reason in WHY))
    lines = [line for some in articles.values() for line in entry(some, now)]
    doubt = ["possible repeat: an earlier attempt may have arrived"] if any(one.repeat for one in bundle) else []
    return Message(
        title=cut(f"{len(articles)} stories: {watches}", TITLE),
        body="\n".join([*lines, "", f"{why} · id {key[:8]}" if why else f"id {key[:8]}", *doubt]),
        key=key,
        priority=max(one.priority for one in bundle),
        headers={"X-Monitor-Id": key},
    )


def entry(some: Sequence[Delivery], now: datetime) -> list[str]:
    """One article's two lines."""
    first = some[0]
    names = ", ".join(dict.fromkeys(safe(one.watch) for one in some))
    told = f"{cut(names, 80)}: {cut(headline(first), HEADLINE)}"
    origin = f"{cut(safe(first.source), 40)}, {span(now - first.first_seen_at)} ago"
    return [f"• {told} – {origin}", f"  {link(first.article_url)}"]
