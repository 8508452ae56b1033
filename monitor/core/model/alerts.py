"""The words that are stored and shown: priorities, states, reasons, answers, kinships.

Each is part of the database and of the JSON output, so a word may be added but never renamed.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Priority(IntEnum):
    """How loudly a watch speaks; the highest of several watches wins."""

    LOW = 1
    NORMAL = 2
    HIGH = 3
    URGENT = 4


class State(StrEnum):
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


class Kinship(StrEnum):
    """How an article relates to those already seen."""

    NEW = "new"
    COPY = "copy"
    SAME = "same"  # the same story in other words
    VERSION = "version"  # the same article of the same feed with other words
