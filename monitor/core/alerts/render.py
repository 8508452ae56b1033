"""Render deliveries as a Message: plain text that is read on a phone first, for one recipient.

Feed text is hostile. Invisible characters are removed, and what any channel could read as markup or as a mention of
everybody is defanged, so that no channel's escaping has to be trusted. No text is too long: it is cut. The module does
not know which channel sends the message.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TypedDict
from urllib.parse import SplitResult, quote, urlsplit

from monitor.core.model.alerts import Delivery, Message, Reason
from monitor.core.model.articles import ARTICLE_FIELDS, Match
from monitor.core.model.polling import PollReport
from monitor.core.text.clean import clean_text

MAX_TITLE_LENGTH = 200  # characters
MAX_NAMES_LENGTH = 80  # characters of the title for the names of watches
MAX_TERMS_LENGTH = 150  # characters for the terms found in one field
MAX_REASON_LENGTH = 400  # characters for the terms found in all fields
MAX_BODY_BYTES = 3000  # bytes; Slack refuses a section of more than 3000 characters
MAX_LINK_LENGTH = 1000  # characters
MAX_OPENING_LENGTH = 80  # characters of a post that stand for its headline
MAX_LIST_ITEMS = 10  # watches, or terms of a field, before "and n more"
MAX_SNIPPET_LENGTH = 300  # characters: the match's 240 and its marks
MAX_SNIPPETS, MAX_RELATED_ARTICLES = 3, 3
MAX_CLOCK_SKEW = timedelta(minutes=2)  # a feed's clock may be this far ahead of ours without a word about it

HOST_DOTS = re.compile("[.\u3002\uff0e\uff61]")  # characters that separate labels of a host (RFC 3490)
MAX_LABEL_LENGTH = 63  # characters
HOST_CHARACTERS = re.compile(r"[\w.:\[\]-]+", re.ASCII)
# Slack, Discord, Mattermost, Rocket.Chat or Telegram would act on: <!channel>, <@U1>, <#C1>, <url|text>, tags, a
# mention of everybody, a link whose text hides its address.
MASS_MENTION = re.compile(r"@(?=(?:everyone|here|channel|all|room)\b)", re.IGNORECASE)
DEFANG_RULES = (
    (re.compile(r"<(?=[!@#/A-Za-z])"), "‹"),
    (MASS_MENTION, "＠"),
    (re.compile(r"\](?=\()"), "] "),
)


class Names(TypedDict):
    """The fields of a Message that name its watches."""

    watches: tuple[str, ...]
    watch_count: int


def render_alert(deliveries: Sequence[Delivery], *, now: datetime, size: int = MAX_BODY_BYTES) -> Message:
    """One message for all deliveries of one address and one story, watches of the highest priority first.

    size: the most bytes of the body; what has no room is left out. Raises ValueError for several addresses or stories.
    """
    if len({(one.address, one.story) for one in deliveries}) != 1:
        raise ValueError("a message is for one address and about one story")
    ranked = sorted(deliveries, key=lambda one: (-one.priority, one.created_at, one.id))
    first, key = ranked[0], message_key(ranked)
    first_alert = any(not one.revised for one in ranked) and first.revised != "correction"
    revised = "" if first_alert else f"{first.revised}: "
    address = display_link(first.article_url)
    names = _watches(ranked)
    return Message(
        title=truncate(
            f"{listed(names, room=MAX_NAMES_LENGTH)}: {revised}{delivery_headline(first)}", MAX_TITLE_LENGTH
        ),
        body=_body(ranked, now, min(size, MAX_BODY_BYTES)),
        key=key,
        priority=first.priority,
        headers={"X-Monitor-Id": key},
        link=address if address.startswith("http") else "",
        **named(names),
    )


def defang_text(text: str) -> str:
    """The text as one clean line without markup or mentions of everybody, for every supported channel."""
    line = clean_text(text, line=True)
    for pattern, instead in DEFANG_RULES:
        line = pattern.sub(instead, line)
    return line


def delivery_headline(one: Delivery) -> str:
    """The headline of an article; for a post without one, the beginning of its snippet."""
    return defang_text(one.title) or truncate(defang_text(one.match.snippet), MAX_OPENING_LENGTH) or "(no headline)"


def marked_snippet(match: Match) -> str:
    """The snippet with its hits in « », which no channel reads as markup; invalid marks are ignored."""
    pieces: list[str] = []
    done = 0
    for start, end in sorted(set(match.marks)):
        if done <= start < end <= len(match.snippet):
            pieces += [match.snippet[done:start], "«", match.snippet[start:end], "»"]
            done = end
    return defang_text("".join([*pieces, match.snippet[done:]]))


def display_link(url: str, longest: int = MAX_LINK_LENGTH) -> str:
    """The URL as it may be shown, with its true host visible; or a remark in parentheses."""
    address = clean_text(url, line=True)
    parts, host = urlsplit(""), "?"
    try:
        parts = urlsplit(address)
        host = ascii_host(parts.netloc.rpartition("@")[2])  # a user name may pretend to be a host
    except ValueError:  # an unclosed IPv6 host, or a label of more than 63 characters
        pass
    if HOST_CHARACTERS.sub("", host):
        return "(the feed's link cannot be read)"
    if parts.scheme.lower() not in ("http", "https") or not host:
        return "(the feed's link is not a web address)" if address else "(no link in the feed)"
    shown = _quote_link(parts._replace(netloc=host))
    return shown if len(shown) <= longest else f"(a link of {len(shown)} characters to {truncate(host, 60)})"


def ascii_host(host: str) -> str:
    """A host in Punycode, so that аpple (with a Cyrillic a) differs visibly from apple. Raises UnicodeError.

    Python's own codec implements IDNA 2003, which turns "weiß" into "weiss": another site.
    """
    labels = [unicodedata.normalize("NFKC", label.lower()) for label in HOST_DOTS.split(host)]
    coded = [label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels]
    if max(map(len, coded)) > MAX_LABEL_LENGTH:
        raise UnicodeError(host)
    return ".".join(coded)


def format_duration(time: timedelta) -> str:
    """A duration in its largest sensible unit: 41 s, 12 min, 5 h, 3 d; never negative."""
    seconds = max(0, int(time.total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _quote_link(parts: SplitResult) -> str:
    """Percent-encode what would end or mask a link; existing escapes stay."""
    path, query, fragment = (quote(part, safe="%/:?@!$&'+,;=-._~*#") for part in parts[2:])
    whole = parts._replace(path=path, query=query, fragment=fragment).geturl()
    return MASS_MENTION.sub("%40", re.sub(r"[<>|\s]", "", whole))


def _body(ranked: Sequence[Delivery], now: datetime, size: int) -> str:
    """Snippets, a blank line, origin and reasons; what does not fit is left out, least important first."""
    first = ranked[0]
    snippets, reasons, also = _snippets(ranked), _reasons(ranked), _related_articles(ranked)
    origin = _origin(first, now)
    feeds = list(dict.fromkeys(defang_text(name) for one in ranked for name in one.also if name != first.source))
    also += [f"also at {listed(feeds, room=MAX_TITLE_LENGTH)}"] if feeds else []
    end = [display_link(first.article_url, min(MAX_LINK_LENGTH, size // 2)), f"id {first.key[:8]}"]
    if any(one.repeat for one in ranked):
        end.append("possible repeat: an earlier attempt may have arrived")
    room = size - _size([origin, *end, ""])
    facts = [truncate(defang_text(" · ".join(first.facts)), MAX_TITLE_LENGTH)] if first.facts else []
    counts = reasons[MAX_LIST_ITEMS:]  # the number of watches that are not listed always has room
    kept = set(_fit_lines([*counts, *snippets[:1], *reasons[:MAX_LIST_ITEMS], *facts, *snippets[1:], *also], room))
    above = [line for line in dict.fromkeys((*snippets, *facts)) if line in kept]
    below = [line for line in dict.fromkeys((*reasons, *also)) if line in kept]
    return "\n".join([*above, *([""] if above else []), origin, *below, *end])


def _fit_lines(lines: Iterable[str], room: int) -> Iterable[str]:
    for line in lines:
        if (size := _size([line])) <= room:
            room -= size
            yield line


def _size(lines: Iterable[str]) -> int:
    """Bytes, with a newline each."""
    return sum(len(line.encode()) + 1 for line in lines)


def _origin(first: Delivery, now: datetime) -> str:
    """The source, its date of publication, and the delay until the article was seen."""
    source, seen, published = truncate(defang_text(first.source), 60), first.first_seen_at, first.published_at
    known = f"seen {_stamp(seen)}, {format_duration(now - seen)} ago"
    if published is None:
        return f"{source} · {known} · no date in the feed"
    if published > seen + MAX_CLOCK_SKEW:
        return f"{source} · {known} · the feed dates it {_stamp(published)}"
    age, latency = format_duration(now - published), format_duration(seen - published)
    return f"{source} · {_stamp(published)}, {age} ago · seen {latency} after publication"


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _watches(ranked: Sequence[Delivery]) -> list[str]:
    return list(dict.fromkeys(defang_text(one.watch) for one in ranked))


def _snippets(ranked: Sequence[Delivery]) -> list[str]:
    snippets = dict.fromkeys(truncate(marked_snippet(one.match), MAX_SNIPPET_LENGTH) for one in ranked)
    return [snippet for snippet in snippets if snippet][:MAX_SNIPPETS]


def _reasons(ranked: Sequence[Delivery]) -> list[str]:
    """ "matched H200 in title, Qwen in body"; one such line per watch where there are several."""
    by_watch = {defang_text(one.watch): _evidence(one.match) for one in reversed(ranked)}
    if len(by_watch) == 1:
        return [truncate(f"matched {next(iter(by_watch.values()))}", MAX_REASON_LENGTH)]
    lines = [
        truncate(f"{name}: matched {by_watch[name]}", MAX_TITLE_LENGTH) for name in _watches(ranked)[:MAX_LIST_ITEMS]
    ]
    return (
        lines if len(by_watch) <= MAX_LIST_ITEMS else [*lines, f"and {len(by_watch) - MAX_LIST_ITEMS:,} more watches"]
    )


def _evidence(match: Match) -> str:
    fields = [field for field in ARTICLE_FIELDS if any(hit.field == field for hit in match.hits)]
    more = dict(match.more)
    found = []
    for field in fields:
        terms = [defang_text(hit.term) for hit in match.hits if hit.field == field]
        found.append(f"{listed(terms, ' + ', MAX_TERMS_LENGTH, more.get(field, 0))} in {field}")
    return ", ".join(found) or "by its rule as a whole"


def _related_articles(ranked: Sequence[Delivery]) -> list[str]:
    """Lines for the other articles of the story in the same message."""
    others = list({one.article: one for one in ranked if one.article != ranked[0].article}.values())
    lines = [
        truncate(f"also {defang_text(one.source)}: {delivery_headline(one)}", MAX_TITLE_LENGTH)
        for one in others[:MAX_RELATED_ARTICLES]
    ]
    shown = list(dict.fromkeys(lines))
    return (
        shown
        if len(others) <= MAX_RELATED_ARTICLES
        else [*shown, f"and {len(others) - MAX_RELATED_ARTICLES:,} more articles"]
    )


def named(names: Sequence[str]) -> Names:
    """The watch fields of a Message: the first MAX_LIST_ITEMS names, and their total number."""
    return {
        "watches": tuple(truncate(name, MAX_NAMES_LENGTH) for name in names[:MAX_LIST_ITEMS]),
        "watch_count": len(names),
    }


def listed(names: Iterable[str], between: str = ", ", room: int = MAX_TITLE_LENGTH, more: int = 0) -> str:
    """The names that fit into `room` characters, at most MAX_LIST_ITEMS, and `and n more`; more: added to n."""
    known = list(dict.fromkeys(names))
    shown = known[:MAX_LIST_ITEMS]
    while True:
        left = len(known) - len(shown) + more
        rest = f" and {left:,} more" if left else ""
        text = between.join(shown)
        if len(text) + len(rest) <= room:
            return text + rest
        if len(shown) == 1:
            return truncate(text, room - len(rest)) + rest
        shown.pop()


def truncate(text: str, length: int) -> str:
    """Cut a text to `length` characters; … marks the cut."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def message_key(ranked: Sequence[Delivery]) -> str:
    """An id of a message: equal for the same deliveries at every attempt, different once one joins them."""
    keys = sorted(one.key for one in ranked)
    return keys[0] if len(keys) == 1 else sha256("|".join(keys).encode()).hexdigest()[:32]


MAX_HEADLINE_LENGTH = 120  # characters
FLOOD_LABEL = "many at once"
REASON_LABELS = {
    Reason.THROTTLED: "throttled",
    Reason.FLOOD: FLOOD_LABEL,
    Reason.DIGEST: "digest",
    Reason.QUIET: "quiet hours",
}


@dataclass(frozen=True, slots=True)
class Room:
    """The size limits of one digest."""

    size: int  # bytes
    articles: int


LISTED = Room(16_000, 50)  # for a channel without known limits
AGE_WIDTH = len("119 min")  # characters; an age may grow to that between plan and message


def render_message(bundle: Sequence[Delivery], *, now: datetime, room: Room = LISTED) -> Message:
    """One message for a bundle: an alert for one story, a digest for several."""
    alone = len({one.story for one in bundle}) == 1
    return render_alert(bundle, now=now, size=room.size) if alone else render_digest(bundle, now=now, room=room)


def render_digest(bundle: Sequence[Delivery], *, now: datetime, room: Room = LISTED) -> Message:
    """A digest of several stories, highest priority first: watches, headline, feed and age; links if all have room."""
    articles = list(by_story(bundle))
    counts = Counter(name for some in articles for name in {defang_text(one.watch) for one in some})
    key = message_key(bundle)
    why = ", ".join(dict.fromkeys(REASON_LABELS.get(one.reason, FLOOD_LABEL) for one in bundle))
    links = fitting(articles, room, now) == len(articles)
    shown = fitting(articles, room, now, links=links)
    lines = [line for some in articles[:shown] for line in render_digest_entry(some, now, room, links=links)]
    if shown < len(articles):
        lines.append(f"and {len(articles) - shown:,} more stories, which `monitor alerts` lists")
    doubt = ["possible repeat: an earlier attempt may have arrived"] if any(one.repeat for one in bundle) else []
    names = [f"{name} {count}" for name, count in counts.most_common()]
    title = f"{len(articles):,} stories: "
    return Message(
        title=title + listed(names, room=MAX_TITLE_LENGTH - len(title)),
        body="\n".join([*lines, "", f"{why} · id {key[:8]}", *doubt]),
        key=key,
        priority=max(one.priority for one in bundle),
        headers={"X-Monitor-Id": key},
        **named([name for name, _ in counts.most_common()]),
    )


def by_story(bundle: Sequence[Delivery]) -> Iterator[list[Delivery]]:
    """The deliveries grouped by story, highest priority first."""
    stories: dict[int, list[Delivery]] = {}
    for one in sorted(bundle, key=lambda one: (-one.priority, one.first_seen_at, one.id)):
        stories.setdefault(one.story, []).append(one)
    yield from stories.values()


def fitting(articles: Sequence[Sequence[Delivery]], room: Room, now: datetime, *, links: bool = True) -> int:
    """The number of articles, from the first, that fit into one digest; at least one."""
    left = room.size
    for number, some in enumerate(articles[: room.articles]):
        left -= _size(render_digest_entry(some, now, room, links=links))
        left -= max(0, AGE_WIDTH - len(format_duration(now - some[0].first_seen_at)))
        if left < 0:
            return max(1, number)
    return min(len(articles), room.articles)


def render_digest_entry(some: Sequence[Delivery], now: datetime, room: Room, *, links: bool = True) -> list[str]:
    """The lines of one story: watches, headline and origin; then the link."""
    first = some[0]
    names = listed([defang_text(one.watch) for one in some], room=MAX_NAMES_LENGTH)
    text = f"{names}: {truncate(delivery_headline(first), MAX_HEADLINE_LENGTH)}"
    origin = f"{truncate(defang_text(first.source), 40)}, {format_duration(now - first.first_seen_at)} ago"
    address = [f"  {display_link(first.article_url, min(MAX_LINK_LENGTH, room.size // 2))}"] if links else []
    return [f"• {text} – {origin}", *address]


def poll_summary(report: PollReport) -> str:
    """A poll report as one line for the log."""
    matched = listed((f"{watch} {count}" for watch, count in report.matches), room=1000) or "none"
    articles = f"{report.source}: {report.articles} new article" + ("s" if report.articles != 1 else "")
    articles += f", {report.edited} edited" if report.edited else ""
    articles += f", {report.unreadable} unreadable" if report.unreadable else ""
    articles += f", {report.refused} refused" if report.refused else ""
    articles += f" ({'; '.join(report.losses)})" if report.losses else ""
    if report.outcome == "first sight":
        alerted = f"{report.intents or 'none'} of them alerted"
        return f"{articles} at first sight, {alerted}; would have matched: {matched}"
    caught = f"; caught up through {report.caught} older documents" if report.caught else ""
    lost = "; nothing it shows was known, so items may have been lost: poll more often" if report.overrun else ""
    return f"{articles}; matched: {matched}{caught}{lost}"
