"""Evaluate a successful poll: the next poll time, the state to store, overruns and redirects.

The module does not know how a document was fetched, or what happens to its articles.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from monitor.core.model.polling import Listing, NotModified, Page, PollEnd, PollState, Rhythm, Schedule, Source
from monitor.core.schedule import next_poll, rhythm

MIN_JUDGED_ENTRIES = 5  # a feed of fewer may well be empty, or all new


@dataclass(frozen=True, slots=True)
class FetchResult:
    """The result of a fetch. digest: of the body; listing None: nothing is new; caught: further documents read."""

    answer: Page | NotModified
    requested_url: str
    digest: str | None = None
    listing: Listing | None = None
    full: bool = False
    caught: int = 0

    @property
    def delta(self) -> bool:
        """Whether the server sent only new entries (RFC 3229, A-IM: feed)."""
        return isinstance(self.answer, Page) and self.answer.delta

    @property
    def entries(self) -> int | None:
        """The number of entries that the feed lists; None without a listing."""
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
    """The end of a successful poll. known: entries that the archive had before; jitter: 0..1."""
    new = max(0, (fetched.entries or 0) - known)
    late = is_overrun(fetched, state, known)
    learnt = replace(
        state, schedule=requested_schedule(fetched, state), rhythm=_updated_rhythm(fetched, state, now, new)
    )
    at = next_poll.next_poll_time(source, learnt, now, ok=True, limits=fetched.answer.limits, jitter=jitter)
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
        schedule=learnt.schedule,
        rhythm=learnt.rhythm,
    )


def is_suddenly_empty(listing: Listing, state: PollState) -> bool:
    """Whether a feed that had entries lists none, which is a fault of its server."""
    return (
        not listing.articles and not listing.known and not listing.more and (state.entries or 0) >= MIN_JUDGED_ENTRIES
    )


def is_overrun(fetched: FetchResult, state: PollState, known: int) -> bool:
    """Whether a feed that had entries lists only unknown ones, so that others may have been missed."""
    before = state.entries or 0
    late = before > 0 and known == 0 and (fetched.entries or 0) >= MIN_JUDGED_ENTRIES
    return late and state.baseline_at is not None and not fetched.delta


def requested_schedule(fetched: FetchResult, state: PollState) -> Schedule:
    """The schedule that the body requests; without a body, that of the last one."""
    return fetched.listing.schedule if fetched.listing and not fetched.delta else state.schedule


def _updated_rhythm(fetched: FetchResult, state: PollState, now: datetime, new: int) -> Rhythm | None:
    """The rhythm after this poll. The first poll has only the dates of its entries to learn from."""
    if state.rhythm is None or state.baseline_at is None:
        articles = fetched.listing.articles if fetched.listing else ()
        return rhythm.initial_rhythm(now, (one.published_at for one in articles if one.published_at))
    noted = rhythm.should_learn(state.rhythm, now, new)
    return rhythm.learn_rhythm(state.rhythm, now, new) if noted else state.rhythm
