"""The values of alerts: priorities, delivery states, reasons, channels, deliveries and messages.

Enum values are part of the database and of the JSON output: one may be added, none renamed. Nothing here knows how a
message is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple

from monitor.core.model.articles import Match


class Priority(IntEnum):
    """The priority of a watch; of several watches the highest counts."""

    LOW = 1
    NORMAL = 2
    HIGH = 3
    URGENT = 4


class DeliveryState(StrEnum):
    """The state of a delivery; every delivery is in exactly one."""

    PENDING = "pending"  # waits for its time
    CLAIMED = "claimed"  # a process has it, nothing was sent yet
    SENDING = "sending"  # committed before the first byte; after a crash this means "perhaps sent"
    SENT = "sent"
    RETRY = "retry"  # refused for now, waits for its next time
    AMBIGUOUS = "ambiguous"  # bytes went out, no answer came
    DEAD = "dead"  # refused for good
    DROPPED = "dropped"  # somebody said that it need not be sent
    EXPIRED = "expired"  # too old to be worth sending
    SUPPRESSED = "suppressed"  # decided not to be sent, for the stored Reason


WAITING_STATES = (DeliveryState.PENDING, DeliveryState.RETRY, DeliveryState.AMBIGUOUS)


class Reason(StrEnum):
    """Why a match is or is not sent; stored with the delivery and shown to the user."""

    MATCHED = "matched"
    BASELINE = "baseline"  # first poll of a feed
    BACKFILL = "backfill"  # first poll, and the user asked for recent articles
    COPY = "copy"  # another article of the same story was sent
    ALREADY_SENT = "told"  # the address was alerted about this, by this watch or another
    UPDATE = "update"  # the article changed in a way that is news
    CORRECTION = "correction"  # the article announces a correction
    HELD = "held"  # waits for further articles of its story
    THROTTLED = "throttled"  # its watch alerted a moment ago
    FLOOD = "flood"  # its watch alerts too often
    DIGEST = "digest"  # waits for a time of day
    QUIET = "quiet"  # waits for the end of the quiet hours
    MUTED = "muted"  # a mute covers it
    NO_CHANNEL = "no-channel"  # the watch has no channel


class Answer(StrEnum):
    """The outcome of one attempt to send, as the channel reports it."""

    OK = "ok"
    NOT_SENT = "not_sent"  # never connected: a retry cannot repeat anything
    REFUSED_FOR_NOW = "refused_temp"
    REFUSED_FOR_GOOD = "refused_perm"
    AMBIGUOUS = "ambiguous"


QuietHours = tuple[time, time]  # a span of the day; it may cross midnight
EVERY_DAY = frozenset(range(7))


class DigestTime(NamedTuple):
    """A time of day on some days of the week; 0 is Monday."""

    clock: time
    weekdays: frozenset[int] = EVERY_DAY


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """One recipient of one channel; both are empty for a match without a channel."""

    channel: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """The settings of a watch that a delivery decision needs: recipients, priority and times."""

    watch: str
    addresses: tuple[Address, ...]
    priority: Priority = Priority.NORMAL
    hold: timedelta | None = None
    throttle: timedelta | None = None
    digest: tuple[DigestTime, ...] = ()
    digests: Mapping[str, tuple[DigestTime, ...]] = field(default_factory=dict)  # of its channels


@dataclass(frozen=True, slots=True)
class Mute:
    """A mute until an instant. kind: watch, story, feed or term."""

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
    revised: str = ""  # "update" or "correction": an earlier version was sent
    sentence: str = ""  # the new sentence, shown instead of the snippet


@dataclass(frozen=True, slots=True)
class PastAlert:
    """An alert of a story that was sent or planned, as far as further alerts of the story depend on it."""

    watch: str
    address: Address
    reason: Reason
    state: DeliveryState
    decided_at: datetime
    due_at: datetime | None  # None: held until a person releases it
    revised: str = ""  # "update" or "correction"
    version: int = 0  # its number among the alerts of its watch and address

    @property
    def waiting(self) -> bool:
        """Whether further alerts can be sent in the same message."""
        return self.due_at is not None and self.state in WAITING_STATES

    @property
    def reached(self) -> bool:
        """Whether it arrived or may still arrive."""
        return self.state not in (DeliveryState.DEAD, DeliveryState.EXPIRED, DeliveryState.DROPPED)


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
    digest: tuple[DigestTime, ...] = ()  # sends only at these times
    holds: bool = False  # an ambiguous delivery is not sent again automatically


@dataclass(frozen=True, slots=True)
class Delivery:
    """One claimed delivery: what to send, through which channel, to which recipient.

    The article's data is copied at decision time, so a later edit of rules or article does not change it.
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
    due_at: datetime | None  # None: held until a person releases it
    title: str
    article_url: str
    source: str
    published_at: datetime | None
    first_seen_at: datetime
    match: Match
    facts: tuple[str, ...] = ()  # as short texts
    reason: Reason = Reason.MATCHED
    revised: str = ""  # "update" or "correction"
    also: tuple[str, ...] = ()  # other feeds with the story
    state: DeliveryState = DeliveryState.CLAIMED
    error: str = ""  # of the attempt before


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel sends: a title of one line, a plain text body and the key of its deliveries.

    link: the URL of the article, if there is only one; the body contains it too. watches: the first few names.
    """

    title: str
    body: str
    key: str
    priority: Priority = Priority.NORMAL
    headers: Mapping[str, str] = field(default_factory=dict)
    link: str = ""
    watches: tuple[str, ...] = ()
    watch_count: int = 0
