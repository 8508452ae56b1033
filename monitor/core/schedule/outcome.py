"""What a successful look at a source showed, and what is to be remembered of it.

Pure: from the look, what was known before and what turned out to be new, to how the poll ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from monitor.core.model.polling import Listing, NotModified, Page, PollEnd, PollState, Rhythm, Schedule, Source
from monitor.core.schedule import next_poll, rhythm

MIN_JUDGED_ENTRIES = 5  # entries; a feed of fewer may well be empty, or all new


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What came of a look. listing None: nothing can be new; asked: the address; caught: further documents read."""

    answer: Page | NotModified
    requested_url: str
    digest: str | None = None
    listing: Listing | None = None
    full: bool = False
    caught: int = 0

    @property
    def delta(self) -> bool:
        """Whether only new entries were shown."""
        return isinstance(self.answer, Page) and self.answer.delta

    @property
    def entries(self) -> int | None:
        """That the feed shows."""
        return len(self.listing.articles) + self.listing.known if self.listing else None


def poll_end(
    fetched: FetchResult,
    state: PollState,
    source: Source,
    now: datetime,
    *,
    known: int,
    jitter: float,
    merges: bool = False,
) -> PollEnd:
    """How a poll that succeeded ends. known: entries that the archive had before."""
    new = max(0, (fetched.entries or 0) - known)
    late = is_overrun(fetched, state, known)
    learnt = replace(
        state, schedule=requested_schedule(fetched, state), rhythm=_updated_rhythm(fetched, state, now, new)
    )
    at = next_poll.next_poll_time(source, learnt, now, ok=True, manners=fetched.answer.manners, jitter=jitter)
    kept = state if isinstance(fetched.answer, NotModified) else None  # a 304 may leave its validators out
    return PollEnd(
        next_poll_at=min(at, now + source.every / 2) if late else at,
        etag=fetched.answer.etag or (kept.etag if kept else None),
        last_modified=fetched.answer.last_modified or (kept.last_modified if kept else None),
        body_hash=fetched.digest,
        full=fetched.full and isinstance(fetched.answer, Page),
        moved=fetched.answer.moved,
        address=state.address if fetched.requested_url == state.address else None,
        merges=merges,
        entries=fetched.entries,
        known=known,
        overrun=late,
        caught=fetched.caught,
        delta=fetched.delta,
        slices=fetched.listing.slices if fetched.listing and not fetched.delta else None,
        schedule=learnt.schedule,
        rhythm=learnt.rhythm,
    )


def is_suddenly_empty(listing: Listing, state: PollState) -> bool:
    """Whether a feed that had entries is empty: that is a fault of its server, and not its wish."""
    return (
        not listing.articles and not listing.known and not listing.more and (state.entries or 0) >= MIN_JUDGED_ENTRIES
    )


def is_overrun(fetched: FetchResult, state: PollState, known: int) -> bool:
    """Whether nothing of what a feed shows was known, although it showed things before: some may have been lost."""
    before = state.entries or 0
    late = before > 0 and known == 0 and (fetched.entries or 0) >= MIN_JUDGED_ENTRIES
    return late and state.baseline_at is not None and not fetched.delta


def requested_schedule(fetched: FetchResult, state: PollState) -> Schedule:
    """What the feed's body asks for; a look that read none keeps what the last one read."""
    return fetched.listing.schedule if fetched.listing and not fetched.delta else state.schedule


def _updated_rhythm(look: FetchResult, state: PollState, now: datetime, new: int) -> Rhythm | None:
    """What the feed's rhythm is after this look. A first sight has only the dates in it to learn from."""
    if state.rhythm is None or state.baseline_at is None:
        articles = look.listing.articles if look.listing else ()
        return rhythm.initial_rhythm(now, (one.published_at for one in articles if one.published_at))
    noted = rhythm.should_learn(state.rhythm, now, new)
    return rhythm.learn_rhythm(state.rhythm, now, new) if noted else state.rhythm


MIN_REDIRECT_ANSWERS, MIN_REDIRECT_DAYS = 3, 2  # answers, and the days on which they came


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where a server says that a feed is now: since when, how often it said so, on how many days."""

    address: str
    first_at: datetime
    last_at: datetime
    times: int = 1
    days: int = 1

    @property
    def believed(self) -> bool:
        """Whether the feed is to be asked for there."""
        return self.times >= MIN_REDIRECT_ANSWERS and self.days >= MIN_REDIRECT_DAYS


def count_redirect(before: Redirect | None, address: str, now: datetime) -> Redirect:
    """The move after one more answer; another address begins anew."""
    if before is None or before.address != address:
        return Redirect(address, now, now)
    another = now.date() != before.last_at.date()
    return replace(before, last_at=now, times=before.times + 1, days=before.days + another)
