"""The nouns of polling: a source, what is remembered of it, and what a server answers.

Frozen values, as in model.py, which hands them on. Nothing here knows what is in a page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.core.model.alerts import Intent
from monitor.core.model.articles import Article, ArticleKeys, Fact, Match, Recognition, StoryRelation


@dataclass(frozen=True, slots=True)
class Source:
    """A feed to poll, as rules.toml describes it."""

    name: str
    url: str
    kind: str = "feed"
    every: timedelta = timedelta(minutes=5)  # the shortest pause between two looks
    language: str | None = None
    timezone: str = "UTC"  # of dates that carry none
    full_text: str = "auto"  # read the page of a teaser: auto, always, never
    most: timedelta | None = None  # the longest pause; None: `every`, and nothing is learnt
    select: tuple[tuple[str, str], ...] = ()  # of a page: part of an article (core/model/polling.py) → where it stands
    push: bool = True  # its hubs may be asked
    hub: str = ""  # one that it does not name itself


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a feed asks of those who poll it, in its body."""

    pause: float | None = None  # seconds between two looks, from ttl or sy:updatePeriod
    skip_hours: tuple[int, ...] = ()  # 0..23, GMT
    skip_days: tuple[int, ...] = ()  # 0 is Monday, GMT


NO_SCHEDULE = Schedule()


@dataclass(frozen=True, slots=True)
class PollState:
    """What is remembered of a source between two polls."""

    source: str
    next_poll_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    baseline_at: datetime | None = None  # None: never seen before
    last_success_at: datetime | None = None
    last_full_at: datetime | None = None  # last unconditional fetch
    failures: int = 0  # in a row
    failing_since: datetime | None = None
    error: str | None = None
    entries: int | None = None  # that it showed last
    moved: str | None = None  # where its server says it is from now on
    address: str | None = None  # where it is asked for since it moved
    gone: int = 0  # answers 410 since it was last there
    schedule: Schedule = NO_SCHEDULE
    rhythm: Rhythm | None = None
    slices: bytes | None = None  # 8 bytes of each entry that it showed last and that is stored


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What a server asked of us: seconds to wait, from Retry-After, Cache-Control, Expires or ttl."""

    retry_after: float | None = None
    max_age: float | None = None


# Media types by which a page names its feeds
FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched document: undecoded bytes and what the server said of them."""

    url: str  # after redirects
    body: bytes
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    manners: ServerLimits = ServerLimits()
    moved: str | None = None  # where the server says it is from now on (301, 308)
    delta: bool = False  # only what is new since the last answer (226)
    status: int = 200
    hubs: tuple[str, ...] = ()  # of its Link headers
    topic: str = ""  # what its Link headers call it (rel=self)
    feeds: tuple[str, ...] = ()  # that its Link headers name as another form of it


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server says that nothing changed (304)."""

    etag: str | None = None
    last_modified: str | None = None
    manners: ServerLimits = ServerLimits()
    moved: str | None = None
    hubs: tuple[str, ...] = ()
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """The articles of a document, in its order, and what it says of itself. Addresses are absolute."""

    articles: tuple[Article, ...] = ()
    schedule: Schedule = NO_SCHEDULE
    hubs: tuple[str, ...] = ()  # of WebSub
    topic: str = ""  # what the document calls itself (rel=self)
    cloud: str = ""  # where rssCloud takes registrations by http-post
    more: tuple[str, ...] = ()  # documents with further articles: RFC 5005, next_url, the parts of a sitemap index
    title: str = ""
    form: str = ""  # such as "RSS 2.0"
    encoding: str = ""
    quirks: tuple[str, ...] = ()  # what had to be forgiven, in words
    known: int = 0  # entries that were not read, because their bytes were seen before
    slices: bytes = b""  # 8 bytes for each entry: the hash of its own bytes; empty where it could not be cut


SELECTOR_PARTS = ("item", "title", "link", "date", "summary")
_ATTRIBUTE = re.compile(r"@([A-Za-z_][\w:.-]*)\s*$")


def split_selector(selector: str) -> tuple[str, str]:
    """The CSS selector and the attribute: "time@datetime" → ("time", "datetime"); "@href" is the item's own."""
    found = _ATTRIBUTE.search(selector)
    return (selector[: found.start()].rstrip(), found[1]) if found else (selector, "")


@dataclass(frozen=True, slots=True)
class PollReport:
    """What came of one poll, for the log and the person."""

    source: str
    outcome: str  # new, unchanged, failed, first sight
    articles: int = 0  # new ones
    edited: int = 0
    matches: tuple[tuple[str, int], ...] = ()  # watch → articles
    intents: int = 0  # deliveries that will be sent
    error: str | None = None
    failures: int = 0
    recovered: bool = False
    decisions: tuple[ArticleDecision, ...] = ()
    overrun: bool = False  # nothing that the feed showed was known: it may have shown more meanwhile
    caught: int = 0  # further documents read to catch up


RHYTHM_SLOTS = 48


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Hours watched and articles seen in each slot, up to an instant."""

    until: datetime
    hours: tuple[float, ...] = (0.0,) * RHYTHM_SLOTS
    articles: tuple[float, ...] = (0.0,) * RHYTHM_SLOTS


@dataclass(frozen=True, slots=True)
class Claim:
    """A source that is ours to poll until the lease ends."""

    state: PollState
    owner: str
    until: datetime


@dataclass(frozen=True, slots=True)
class PollEnd:
    """How a poll went: what to remember of it until the next one. error=None: it succeeded."""

    next_poll_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    full: bool = False  # it was unconditional
    moved: str | None = None  # where the server says it is from now on
    address: str | None = None  # where to ask from now on; None: where rules.toml says
    merges: bool = False  # it need not be polled where another feed is polled at its new address
    gone: bool = False  # the server says that it will not come back (410)
    entries: int | None = None  # that the feed shows; None: it had not changed
    known: int = 0  # of them
    overrun: bool = False  # all of them were new
    caught: int = 0  # further documents read because all of them were new
    delta: bool = False  # the answer held new entries only
    schedule: Schedule = NO_SCHEDULE
    rhythm: Rhythm | None = None
    slices: bytes | None = None  # 8 bytes of each entry, by which they are known again; None: as before
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ArticleDecision:
    """All that was decided about one article, ready to be stored at once."""

    article: Article
    keys: ArticleKeys
    recognition: Recognition
    story_relation: StoryRelation
    matches: tuple[Match, ...] = ()
    intents: tuple[Intent, ...] = ()
    facts: tuple[Fact, ...] = ()
    teaser: bool = False  # its page is to be read
    forms: tuple[str, ...] = ()  # of its paragraphs, for learning what its host repeats
