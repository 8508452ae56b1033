"""The values of polling: a source, its poll state, the answers of its server, and the report of a poll.

All values are frozen. Nothing here knows how a page is fetched or parsed.
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
    every: timedelta = timedelta(minutes=5)  # the shortest interval between two polls
    language: str | None = None
    timezone: str = "UTC"  # of dates that carry none
    full_text: str = "auto"  # fetch the page of a teaser: auto, always, never
    max_every: timedelta | None = None  # the longest interval; None: always `every`
    select: tuple[tuple[str, str], ...] = ()  # of a page: one of SELECTOR_PARTS → CSS selector
    push: bool = True  # subscribe at its hubs
    hub: str = ""  # a hub that the feed does not name


@dataclass(frozen=True, slots=True)
class Schedule:
    """The polling schedule that a feed states in its body."""

    pause: float | None = None  # seconds between two polls, from ttl or sy:updatePeriod
    skip_hours: tuple[int, ...] = ()  # 0..23, GMT
    skip_days: tuple[int, ...] = ()  # 0 is Monday, GMT


NO_SCHEDULE = Schedule()


@dataclass(frozen=True, slots=True)
class PollState:
    """The stored state of a source between two polls."""

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
    entries: int | None = None  # in its last document
    moved: str | None = None  # the target of its last permanent redirect (301, 308)
    address: str | None = None  # the address that is polled since it moved
    gone: int = 0  # answers 410 in a row
    schedule: Schedule = NO_SCHEDULE
    rhythm: Rhythm | None = None
    entry_records: bytes | None = None  # of the entries of its last document, see core/dedupe/listed_entries.py
    shared_names: tuple[str, ...] = ()  # guids and pages that two of its entries had, so that they identify nothing


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """The seconds to wait that a server asks for by Retry-After, Cache-Control, Expires or ttl."""

    retry_after: float | None = None
    max_age: float | None = None


# Media types by which a page names its feeds
FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched document: undecoded bytes and the headers of the answer."""

    url: str  # after redirects
    body: bytes
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    limits: ServerLimits = ServerLimits()
    moved: str | None = None  # the target of a permanent redirect (301, 308)
    delta: bool = False  # only entries since the last answer (226)
    status: int = 200
    hubs: tuple[str, ...] = ()  # Link headers, rel=hub
    topic: str = ""  # Link header, rel=self
    feeds: tuple[str, ...] = ()  # Link headers, rel=alternate


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server says that nothing changed (304)."""

    etag: str | None = None
    last_modified: str | None = None
    limits: ServerLimits = ServerLimits()
    moved: str | None = None
    hubs: tuple[str, ...] = ()
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """The articles of a parsed document, in its order, and its metadata. URLs are absolute."""

    articles: tuple[Article, ...] = ()
    schedule: Schedule = NO_SCHEDULE
    hubs: tuple[str, ...] = ()  # of WebSub
    topic: str = ""  # the document's own URL (rel=self)
    cloud: str = ""  # the rssCloud registration URL (http-post)
    more: tuple[str, ...] = ()  # documents with further articles: RFC 5005, next_url, the parts of a sitemap index
    title: str = ""
    form: str = ""  # such as "RSS 2.0"
    encoding: str = ""
    quirks: tuple[str, ...] = ()  # tolerated errors, in words
    known: int = 0  # entries that were not parsed, because their bytes are known
    slices: bytes = b""  # an 8-byte hash of each entry's bytes; empty where it could not be split
    skipped: bytes = b""  # those of the entries that were not parsed
    unreadable: int = 0  # entries of which no article could be made
    refused: int = 0  # entries beyond the limits of one document
    losses: tuple[str, ...] = ()  # why entries are unreadable or refused, in words

    @property
    def listed(self) -> int:
        """How many entries the document has."""
        return len(self.articles) + self.known + self.unreadable + self.refused


SELECTOR_PARTS = ("item", "title", "link", "date", "summary")
_ATTRIBUTE = re.compile(r"@([A-Za-z_][\w:.-]*)\s*$")


def split_selector(selector: str) -> tuple[str, str]:
    """The CSS selector and the attribute: "time@datetime" → ("time", "datetime"); "@href" is of the item itself."""
    found = _ATTRIBUTE.search(selector)
    return (selector[: found.start()].rstrip(), found[1]) if found else (selector, "")


@dataclass(frozen=True, slots=True)
class PollReport:
    """The result of one poll, for the log and the command line."""

    source: str
    outcome: str  # new, unchanged, failed, first sight
    articles: int = 0  # new articles
    edited: int = 0
    matches: tuple[tuple[str, int], ...] = ()  # watch → articles
    intents: int = 0  # deliveries that will be sent
    error: str | None = None
    failures: int = 0
    decisions: tuple[ArticleDecision, ...] = ()
    overrun: bool = False  # no entry was known: some may have been missed between two polls
    caught: int = 0  # further documents read to catch up
    known: int = 0  # listed entries that are stored already in the same words
    unreadable: int = 0  # listed entries of which no article could be made
    refused: int = 0  # listed entries beyond the limits of one document
    losses: tuple[str, ...] = ()  # why entries are unreadable or refused, in words

    @property
    def stored(self) -> int:
        """How many listed entries were stored, as new articles or as edits."""
        return self.articles + self.edited

    @property
    def listed(self) -> int:
        """How many entries were listed: each is stored, known, unreadable or refused."""
        return self.stored + self.known + self.unreadable + self.refused


RHYTHM_SLOTS = 48


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Hours watched and articles seen in each slot, up to an instant."""

    until: datetime
    hours: tuple[float, ...] = (0.0,) * RHYTHM_SLOTS
    articles: tuple[float, ...] = (0.0,) * RHYTHM_SLOTS


@dataclass(frozen=True, slots=True)
class Claim:
    """A source that this process may poll until the lease ends."""

    state: PollState
    owner: str
    until: datetime


@dataclass(frozen=True, slots=True)
class PollEnd:
    """The outcome of a poll, as it is stored for the next one. error=None: success."""

    next_poll_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    full: bool = False  # the request was unconditional
    moved: str | None = None  # the target of a permanent redirect (301, 308)
    address: str | None = None  # the address to poll from now on; None: that of rules.toml
    merges: bool = False  # not to be polled if another feed is polled at its new address
    gone: bool = False  # the answer was 410
    entries: int | None = None  # in the document; None: not modified
    known: int = 0  # known ones of these entries
    overrun: bool = False  # no entry was known
    caught: int = 0  # further documents read to catch up
    delta: bool = False  # the answer contained new entries only (226)
    schedule: Schedule = NO_SCHEDULE
    rhythm: Rhythm | None = None
    entry_records: bytes | None = None  # of the entries of the document; None: unchanged
    shared_names: tuple[str, ...] | None = None  # that identify nothing; None: unchanged
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ArticleDecision:
    """All decisions about one article, to be stored in one transaction."""

    article: Article
    keys: ArticleKeys
    recognition: Recognition
    story_relation: StoryRelation
    matches: tuple[Match, ...] = ()
    intents: tuple[Intent, ...] = ()
    facts: tuple[Fact, ...] = ()
    teaser: bool = False  # its page is to be fetched
    forms: tuple[str, ...] = ()  # paragraph patterns, to learn what its host repeats
