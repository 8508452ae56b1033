"""Decide whether a database is still the one in use, while the monitor runs and at its next start.

A counter is kept in the database and in a small file beside it. This module compares the two and the identity of the
files. It does not know how they are read or what follows from a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MAX_GAP = timedelta(hours=48)  # before the first poll of a new database; older articles are shown, not sent
DOUBT_PERIOD = timedelta(days=1)  # for feeds that the restored database never polled


@dataclass(frozen=True, slots=True)
class DatabasePlace:
    """The identity of a file for the kernel, whatever its name."""

    device: int
    inode: int


@dataclass(frozen=True, slots=True)
class Mark:
    """The counter, in a database or beside it. at: when it was last written; carried, beside only: the counter that
    the main file held then, without its -wal."""

    installation: str
    counter: int
    at: datetime | None = None
    carried: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What a running monitor remembers of its database. mark: that of the main file, without its -wal; log, index:
    its -wal and -shm. None: not known yet."""

    main: DatabasePlace
    mark: Mark | None = None
    log: DatabasePlace | None = None
    index: DatabasePlace | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """The files as they are now. mark: that of the main file, None if it was not opened or cannot be read; opened:
    whether it was opened; keeps_log: whether its header says WAL mode, which copies made by SQLite lack."""

    main: DatabasePlace | None
    size: int = 0
    log: DatabasePlace | None = None
    index: DatabasePlace | None = None
    opened: bool = False
    keeps_log: bool = True
    mark: Mark | None = None


class DatabaseVerdict(StrEnum):
    """What happened to a database while it was in use."""

    SAME = "same"
    GONE = "was deleted or moved away"
    REPLACED = "is another file now"
    EMPTIED = "was emptied"
    OVERWRITTEN = "was overwritten with something else"
    LOG_GONE = "lost its -wal or -shm file"
    REPLACED_INSIDE = "was dropped, made anew or restored from a copy"
    MIGRATED = "was brought to another schema"


def verdict(known: Known, seen: Seen) -> DatabaseVerdict:
    """Compare the files now with what is remembered, most certain finding first."""
    if seen.main is None:
        return DatabaseVerdict.GONE
    if seen.main != known.main:
        return DatabaseVerdict.REPLACED
    if seen.size == 0:
        return DatabaseVerdict.EMPTIED
    if known.log and not seen.keeps_log:
        return DatabaseVerdict.OVERWRITTEN
    if seen.opened and known.mark and not follows(known.mark.installation, known.mark.counter, seen.mark):
        return DatabaseVerdict.OVERWRITTEN
    if (known.log and seen.log != known.log) or (known.index and seen.index != known.index):
        return DatabaseVerdict.LOG_GONE
    return DatabaseVerdict.SAME


def follows(installation: str, counter: int, now: Mark | None) -> bool:
    """Whether mark `now` may follow on this one: the same installation, and no lower counter."""
    return now is not None and now.installation == installation and now.counter >= counter


def stale(beside: Mark | None, inside: Mark | None, *, keeps_log: bool) -> bool:
    """Whether the -wal beside a database was written for another file. inside: the mark of the main file, None if it
    cannot be read; keeps_log: whether its header says WAL mode. Unknown is not stale."""
    if not keeps_log:
        return True
    return beside is not None and inside is not None and not follows(beside.installation, beside.carried, inside)


class Past(StrEnum):
    """How a database that is opened relates to the one that was used here last."""

    SAME = "same"
    OLDER = "older"
    FOREIGN = "other"
    LOST = "lost"  # this one is new


def past(beside: Mark | None, inside: Mark, *, empty: bool) -> Past:
    """Compare a database with the counter beside it; without one the answer is SAME.

    empty: this database never polled a feed.
    """
    if beside is None:
        return Past.SAME
    if beside.installation != inside.installation:
        return Past.LOST if empty else Past.FOREIGN
    return Past.OLDER if inside.counter < beside.counter else Past.SAME


@dataclass(frozen=True, slots=True)
class Restored:
    """An older or a new database was put in use. at: when; since: when it was last written; until: when the one before
    was last used. Which alerts were sent between the two is unknown."""

    past: Past
    at: datetime
    since: datetime | None = None
    until: datetime | None = None

    def sentence(self) -> str:
        """One sentence for operators."""
        until = f"{self.until:%Y-%m-%d %H:%M} UTC" if self.until else "an unknown time"
        if self.past is Past.LOST:
            return (
                f"the database that ran here until {until} is gone, and a new one was begun: what was published since"
                " then is alerted as a possible repeat, what is older is not"
            )
        since = f"{self.since:%Y-%m-%d %H:%M} UTC" if self.since else "an unknown time"
        what = "an older database was restored" if self.past is Past.OLDER else "the database of another installation"
        what += "" if self.past is Past.OLDER else " was put in its place"
        return (
            f"{what} (written last at {since}; the one before ran until {until}): what may have been sent since is sent"
            " again, marked as a possible repeat"
        )


def doubtful(restored: Restored | None, last_success_at: datetime | None, now: datetime) -> bool:
    """Whether the articles of a poll may have been sent from the earlier database: until a feed was polled once."""
    if restored is None:
        return False
    if last_success_at is None:
        return now < restored.at + DOUBT_PERIOD
    return last_success_at < restored.at


def gap(restored: Restored | None, now: datetime) -> timedelta:
    """How far back articles are sent at the first poll of a feed, because the database that knew it is gone."""
    if (
        restored is None
        or restored.past is not Past.LOST
        or restored.until is None
        or now >= restored.at + DOUBT_PERIOD
    ):
        return timedelta(0)
    return min(max(now - restored.until, timedelta(0)), MAX_GAP)
