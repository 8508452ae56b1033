"""The nouns of the product, named by their moment on the route of an article.

bytes → Page → Article → Match → Intent → Delivery → Message. Everything here is a frozen value; nothing here
knows how it is fetched, stored or sent. Every instant is an aware UTC datetime, every span a half-open pair of
character offsets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from monitor.core.model.alerts import Answer as Answer
from monitor.core.model.alerts import Kinship as Kinship
from monitor.core.model.alerts import Priority as Priority
from monitor.core.model.alerts import Reason as Reason
from monitor.core.model.alerts import State as State
from monitor.core.model.polling import FEED_TYPES as FEED_TYPES
from monitor.core.model.polling import UNSAID as UNSAID
from monitor.core.model.polling import Manners as Manners
from monitor.core.model.polling import NotModified as NotModified
from monitor.core.model.polling import Page as Page
from monitor.core.model.polling import PollState as PollState
from monitor.core.model.polling import Schedule as Schedule
from monitor.core.model.polling import Source as Source
from monitor.core.schedule.rhythm import Rhythm

Span = tuple[int, int]
Hours = tuple[time, time]  # a span of the day; it may cross midnight

FIELDS = ("title", "lead", "body", "url", "author", "tags")


@dataclass(frozen=True, slots=True)
class Article:
    """One entry of a source, as visible text: no markup, no entities, paragraphs split by newlines."""

    source: str
    title: str
    url: str = ""
    guid: str | None = None
    lead: str = ""  # the feed's summary, or the first two paragraphs
    body: str = ""  # everything, lead included
    author: str = ""
    tags: tuple[str, ...] = ()
    language: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Keys:
    """The names under which one article version can be recognised; hashes carry their recipe version."""

    identity: str  # the feed's own name for it: guid, else canonical URL, else title and text
    url: str  # canonical
    title: str
    content: str  # "1:hex": same words, same article
    revision: str  # the same with share prices masked: a re-render
    sketch: tuple[int, ...] = ()  # a sample of its 3-shingle hashes, signed 64 bit
    published: datetime | None = None  # by its own account
    former: tuple[str, ...] = ()  # content and identity that a long article had by the recipe before


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a term was found: offsets into the named field of the article."""

    field: str
    term: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Match:
    """A watch that matches an article, with its evidence."""

    watch: str
    hits: tuple[Hit, ...]
    snippet: str = ""  # at most 240 characters of the article with the most evidence
    marks: tuple[Span, ...] = ()  # the hits inside the snippet
    more: tuple[tuple[str, int], ...] = ()  # field, and how many terms were found there besides those of the hits


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: its kind, the text and where it stands; value and unit for numbers, day and unit for events."""

    kind: str
    field: str
    start: int
    end: int
    text: str
    value: float | None = None
    unit: str = ""  # a currency, %, pp, the thing counted, the kind of event; the code of an ISIN
    day: date | None = None
    word: str = ""  # what the article calls the event


@dataclass(frozen=True, slots=True)
class Kin:
    """What an article is to the stories already known, and why."""

    kinship: Kinship
    reason: str
    story: int | None = None  # None: it opens a story of its own
    article: int | None = None  # the article it was compared with


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """One recipient of one channel; both empty where a match has nobody to tell."""

    channel: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """Whom a watch tells, how loudly and when: all that a decision needs to know of a watch."""

    watch: str
    addresses: tuple[Address, ...]
    priority: Priority = Priority.NORMAL
    hold: timedelta | None = None
    throttle: timedelta | None = None
    digest: tuple[time, ...] = ()
    digests: Mapping[str, tuple[time, ...]] = field(default_factory=dict)  # of its channels


@dataclass(frozen=True, slots=True)
class Mute:
    """What somebody does not want to hear of until a moment: kind watch, story, feed or term."""

    id: int
    kind: str
    name: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Intent:
    """A decision about one match and one address; at=None means it will not be sent."""

    watch: str
    address: Address
    reason: Reason
    priority: Priority = Priority.NORMAL
    at: datetime | None = None
    revised: str = ""  # update or correction: the article was told in another wording
    sentence: str = ""  # that is new, shown in the snippet's place


@dataclass(frozen=True, slots=True)
class Claim:
    """A source that is ours to poll until the lease ends."""

    state: PollState
    owner: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the archive knows under an article's keys in its own feed; both None: never seen."""

    article: int | None = None
    story: int | None = None
    changed: bool = False  # known, but these words are new


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored article that a new one may belong to."""

    article: int
    story: int
    source: str
    keys: Keys  # without its sketch
    title: str
    body: str
    first_seen_at: datetime
    pruned: bool = False  # its text is gone


@dataclass(frozen=True, slots=True)
class Finding:
    """All that was decided about one article, ready to be stored at once."""

    article: Article
    keys: Keys
    sighting: Sighting
    kin: Kin
    matches: tuple[Match, ...] = ()
    intents: tuple[Intent, ...] = ()
    facts: tuple[Fact, ...] = ()
    teaser: bool = False  # its page is to be read
    forms: tuple[str, ...] = ()  # of its paragraphs, for learning what its host repeats


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
    schedule: Schedule = UNSAID
    rhythm: Rhythm | None = None
    slices: bytes | None = None  # 8 bytes of each entry, by which they are known again; None: as before
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """One recipient of a channel: exactly one URL, which is a secret and never printed."""

    name: str  # "" or a recipient's address
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to reach people: the name used in rules.toml and its recipients."""

    name: str
    targets: tuple[Target, ...]
    digest: tuple[time, ...] = ()  # told only at these times of day
    holds: bool = False  # what may have arrived is not sent again by itself


@dataclass(frozen=True, slots=True)
class Delivery:
    """One claimed row of the outbox: what to tell, through which channel, to which recipient.

    The article's facts are copied at decision time, so a later edit of rules or article cannot change it.
    """

    id: int
    key: str  # the same at every attempt
    story: int
    article: int
    watch: str
    address: Address
    priority: Priority
    attempts: int  # before this one
    repeat: bool  # an earlier attempt may have arrived
    created_at: datetime
    due_at: datetime | None  # None: held until somebody says so
    title: str
    article_url: str
    source: str
    published_at: datetime | None
    first_seen_at: datetime
    match: Match
    facts: tuple[str, ...] = ()  # in a few words
    reason: Reason = Reason.MATCHED
    revised: str = ""  # update or correction
    also: tuple[str, ...] = ()  # other feeds that brought the story
    state: State = State.CLAIMED
    error: str = ""  # of the attempt before


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel is asked to say: one line of title, plain text, and the ids of what it answers for.

    link: the web address of the one article it is about; it stands in the text too. watches: the first few.
    """

    title: str
    body: str
    key: str
    priority: Priority = Priority.NORMAL
    headers: Mapping[str, str] = field(default_factory=dict)
    link: str = ""
    watches: tuple[str, ...] = ()
    watch_count: int = 0
