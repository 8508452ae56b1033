"""Whether a database is the one that was worked with: while it runs, and at the next start.

A counter is kept in the database and in a small file beside it. Here the two, and what the file system shows, become a
verdict. How they are read, and what is done about it, is others' business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST_GAP = timedelta(hours=48)  # before the first sight in a new database; older news is shown, not sent
DOUBT = timedelta(days=1)  # for feeds that the older database never polled


@dataclass(frozen=True, slots=True)
class DatabasePlace:
    """A file as the kernel knows it, whatever its name."""

    device: int
    inode: int


@dataclass(frozen=True, slots=True)
class Mark:
    """The counter, in a database or beside it. at: when it was written last; carried, beside only: the counter that
    the file itself held then, without its log."""

    installation: str
    counter: int
    at: datetime | None = None
    carried: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What a running monitor remembers of its database. mark: what the file itself held, without its log; log, index:
    its -wal and -shm. None is not known yet."""

    main: DatabasePlace
    mark: Mark | None = None
    log: DatabasePlace | None = None
    index: DatabasePlace | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What is there now; mark: what the file itself holds; None where nobody looked into it or it cannot be read.
    keeps_log: its header says that it has a log, as the copies that SQLite makes do not."""

    main: DatabasePlace | None
    size: int = 0
    log: DatabasePlace | None = None
    index: DatabasePlace | None = None
    looked: bool = False
    keeps_log: bool = True
    mark: Mark | None = None


class DatabaseVerdict(StrEnum):
    """What became of a database while it was in use."""

    SAME = "same"
    GONE = "was deleted or moved away"
    REPLACED = "is another file now"
    EMPTIED = "was emptied"
    OVERWRITTEN = "was overwritten with something else"
    LOG_GONE = "lost its -wal or -shm file"
    REPLACED_INSIDE = "was dropped, made anew or restored from a copy"
    MIGRATED = "was brought to another schema"


def verdict(known: Known, seen: Seen) -> DatabaseVerdict:
    """What became of the file since it was looked at last."""
    if seen.main is None:
        return DatabaseVerdict.GONE
    if seen.main != known.main:
        return DatabaseVerdict.REPLACED
    if seen.size == 0:
        return DatabaseVerdict.EMPTIED
    if known.log and not seen.keeps_log:
        return DatabaseVerdict.OVERWRITTEN
    if seen.looked and known.mark and not follows(known.mark.installation, known.mark.counter, seen.mark):
        return DatabaseVerdict.OVERWRITTEN
    if (known.log and seen.log != known.log) or (known.index and seen.index != known.index):
        return DatabaseVerdict.LOG_GONE
    return DatabaseVerdict.SAME


def follows(installation: str, counter: int, now: Mark | None) -> bool:
    """Whether a file that held this may hold that now: the same installation, and no lower counter."""
    return now is not None and now.installation == installation and now.counter >= counter


def stale(beside: Mark | None, inside: Mark | None, *, keeps_log: bool) -> bool:
    """Whether a log that lies beside a database was written for another file. inside: what the file holds without its
    log, None where it cannot be read; keeps_log: its header says that it has a log. Unknown is not stale."""
    if not keeps_log:
        return True
    return beside is not None and inside is not None and not follows(beside.installation, beside.carried, inside)


class Past(StrEnum):
    """How a database that is opened stands to the one that ran here last."""

    SAME = "same"
    OLDER = "older"
    OTHER = "other"
    LOST = "lost"  # this one is new


def past(beside: Mark | None, inside: Mark, *, empty: bool) -> Past:
    """What ran here last, by the counter beside the database; without one there is nothing to compare.

    empty: no feed was ever seen in this database.
    """
    if beside is None:
        return Past.SAME
    if beside.installation != inside.installation:
        return Past.LOST if empty else Past.OTHER
    return Past.OLDER if inside.counter < beside.counter else Past.SAME


@dataclass(frozen=True, slots=True)
class Restored:
    """An older or a new database was taken up. at: when; since: when it was written last; until: when the one before
    ran last. What was told between the two is unknown."""

    past: Past
    at: datetime
    since: datetime | None = None
    until: datetime | None = None

    def sentence(self) -> str:
        """For operators."""
        until = f"{self.until:%Y-%m-%d %H:%M} UTC" if self.until else "an unknown time"
        if self.past is Past.LOST:
            return (
                f"the database that ran here until {until} is gone, and a new one was begun: what was published since"
                " then is told as a possible repeat, what is older is not"
            )
        since = f"{self.since:%Y-%m-%d %H:%M} UTC" if self.since else "an unknown time"
        what = "an older database was restored" if self.past is Past.OLDER else "the database of another installation"
        what += "" if self.past is Past.OLDER else " was put in its place"
        return (
            f"{what} (written last at {since}; the one before ran until {until}): what may have been told since is told"
            " again, marked as a possible repeat"
        )


def doubtful(restored: Restored | None, last_success_at: datetime | None, now: datetime) -> bool:
    """Whether what a poll finds may have been told by the database that ran before: until a feed was polled once."""
    if restored is None:
        return False
    if last_success_at is None:
        return now < restored.at + DOUBT
    return last_success_at < restored.at


def gap(restored: Restored | None, now: datetime) -> timedelta:
    """How far back articles are told at the first sight of a feed, because the database that knew it is gone."""
    if restored is None or restored.past is not Past.LOST or restored.until is None or now >= restored.at + DOUBT:
        return timedelta(0)
    return min(max(now - restored.until, timedelta(0)), LONGEST_GAP)
