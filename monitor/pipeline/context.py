"""What polls and page reads share: the adapters they call, a poll's result, and what a decision must know.

It decides nothing and stores nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from monitor.config.settings import Settings
from monitor.core.alerts import policy
from monitor.core.dedupe import revisions
from monitor.core.model.articles import Article, StoryRelation
from monitor.core.model.polling import Claim, Listing, NotModified, Page, PollState, Source
from monitor.core.schedule.outcome import FetchResult
from monitor.core.websub.hubs import Offer
from monitor.store.ingest_transaction import IngestTransaction
from monitor.store.store import Store

LAST_ALERT_WINDOW = timedelta(days=8)  # in which a watch's last alert is searched; a throttle is at most a week


class SourceFetcher(Protocol):
    """Fetches sources. Raises FetchError."""

    async def fetch(self, source: Source, state: PollState, *, full: bool = False) -> Page | NotModified: ...


class SourceParser(Protocol):
    """Parses pages of sources; seen: digests of the entries to leave out. Raises ParseError."""

    async def parse(self, page: Page, source: Source, seen: bytes = b"") -> Listing: ...


@dataclass(frozen=True, slots=True)
class TurnContext:
    """What a poll or a page read works with: adapters, the clock, and a source of random numbers in 0..1."""

    store: Store
    web: SourceFetcher
    parser: SourceParser
    now: Callable[[], datetime]
    jitter: Callable[[], float]
    token: Callable[[], str] = secrets.token_urlsafe  # 256 random bits


def decision_context(
    turn: IngestTransaction,
    settings: Settings,
    article: Article,
    story_relation: StoryRelation,
    watches: Sequence[str],
    now: datetime,
) -> policy.DecisionContext:
    """What the archive knows of earlier alerts and of mutes, for a decision about the watches that matched."""
    return policy.DecisionContext(
        story_relation,
        now,
        alerted=turn.alerted_watches(story_relation.story) if story_relation.story is not None else frozenset(),
        feed=article.source,
        zone=ZoneInfo(settings.timezone),
        quiet=settings.quiet_hours,
        recent=turn.recent_alert_counts(watches, now - policy.FLOOD_WINDOW),
        last=turn.last_alert_times(watches, now - LAST_ALERT_WINDOW),
        mutes=turn.active_mutes(now),
        corrects=revisions.announces_correction(article.title, article.body),
    )


@dataclass(frozen=True, slots=True)
class PollResult:
    """One successful fetch of a source, not stored yet."""

    claim: Claim
    source: Source
    settings: Settings
    fetched: FetchResult
    backfill: timedelta  # age of articles that are alerted at the first poll of a source
    keep: bool  # False in a dry run
    offers: tuple[Offer, ...] | None = None  # hubs that the answer names; None: the answer does not say

    @property
    def baseline(self) -> bool:
        """Whether this is the first successful poll of the source."""
        return self.claim.state.baseline_at is None

    @property
    def articles(self) -> Sequence[Article]:
        """The parsed articles; none where the answer was "not modified"."""
        return self.fetched.listing.articles if self.fetched.listing else ()

    @property
    def known(self) -> int:
        """How many entries the parser left out, known by their bytes."""
        return self.fetched.listing.known if self.fetched.listing else 0

    @property
    def merges(self) -> bool:
        """Whether the source may be polled under another feed's name: no watch names it."""
        return not any(self.source.name in watch.feeds for watch in self.settings.watches)
