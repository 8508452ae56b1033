"""The words that are stored and shown: priorities, states, reasons, answers, kinships.

Each is part of the database and of the JSON output, so a word may be added but never renamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import IntEnum, StrEnum

from monitor.core.model.articles import Match


class Priority(IntEnum):
    """How loudly a watch speaks; the highest of several watches wins."""

    LOW = 1
    NORMAL = 2
    HIGH = 3
    URGENT = 4


class DeliveryState(StrEnum):
    """Where a delivery stands. Each match is in exactly one of them: the ledger."""

    PENDING = "pending"  # waits for its time
    CLAIMED = "claimed"  # a process has it, nothing was sent yet
    SENDING = "sending"  # committed before the first byte; after a crash this means "perhaps sent"
    SENT = "sent"
    RETRY = "retry"  # refused for now, waits for its next time
    AMBIGUOUS = "ambiguous"  # bytes went out, no answer came
    DEAD = "dead"  # refused for good
    DROPPED = "dropped"  # somebody said that it need not be sent
    EXPIRED = "expired"  # too old to be worth sending
    SUPPRESSED = "suppressed"  # never meant to be sent; the Reason says why


class Reason(StrEnum):
    """Why a match is, or is not, told. Stored with the delivery and shown to the reader."""

    MATCHED = "matched"
    BASELINE = "baseline"  # first sight of a feed
    BACKFILL = "backfill"  # first sight, but the reader asked for recent articles
    COPY = "copy"  # another article of the same story was told
    TOLD = "told"  # this watch was already told about this article
    UPDATE = "update"  # the article changed in a way that is news
    CORRECTION = "correction"  # it takes something back
    HELD = "held"  # waits for copies of its story
    THROTTLED = "throttled"  # its watch spoke a moment ago
    FLOOD = "flood"  # its watch speaks too often
    DIGEST = "digest"  # waits for a time of day
    QUIET = "quiet"  # waits for the end of the quiet hours
    MUTED = "muted"  # somebody did not want to hear of it
    NO_CHANNEL = "no-channel"  # nobody to tell


class Answer(StrEnum):
    """The five ways a channel can answer."""

    OK = "ok"
    NOT_SENT = "not_sent"  # never connected: a retry cannot repeat anything
    REFUSED_FOR_NOW = "refused_temp"
    REFUSED_FOR_GOOD = "refused_perm"
    AMBIGUOUS = "ambiguous"


QuietHours = tuple[time, time]  # a span of the day; it may cross midnight


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
    state: DeliveryState = DeliveryState.CLAIMED
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
