"""What a turn works with, and what a decision must know besides the match: shared by polls and by the reading of pages.

It decides nothing and knows neither feeds nor pages.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from monitor.config import Settings
from monitor.core.alerts import policy
from monitor.core.dedupe import revisions
from monitor.core.dedupe.comparisons import Comparisons
from monitor.core.model.articles import Article, ArticleKeys, Fact, Match, StoryRelation
from monitor.core.model.polling import Claim, Listing, NotModified, Page, PollState, Source
from monitor.core.schedule.outcome import FetchResult
from monitor.core.text.analysis import TextAnalysis
from monitor.core.websub.hubs import Offer
from monitor.store import IngestTransaction, Store

LAST_ALERT_WINDOW = timedelta(days=8)  # in which a watch's last alert is looked for; no throttle is longer than a week


class SourceFetcher(Protocol):
    """Where pages come from."""

    async def fetch(self, source: Source, state: PollState, *, full: bool = False) -> Page | NotModified: ...


class SourceParser(Protocol):
    """What reads pages."""

    async def parse(self, page: Page, source: Source, seen: bytes = b"") -> Listing: ...


@dataclass(frozen=True, slots=True)
class TurnContext:
    """What a turn works with: the rooms it calls, the clock, and a source of numbers in 0..1."""

    store: Store
    web: SourceFetcher
    parser: SourceParser
    now: Callable[[], datetime]
    jitter: Callable[[], float]
    token: Callable[[], str] = secrets.token_urlsafe  # 256 bits that nobody can guess


def decision_context(
    turn: IngestTransaction,
    settings: Settings,
    article: Article,
    story_relation: StoryRelation,
    watches: Sequence[str],
    now: datetime,
) -> policy.DecisionContext:
    """What was told before, and what hushes now."""
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


class NewArticle(NamedTuple):
    """An article that the archive did not know in these words, and what was worked out before the write lock."""

    article: Article
    keys: ArticleKeys
    matches: tuple[Match, ...]
    text_analysis: TextAnalysis
    facts: tuple[Fact, ...] = ()
    forms: tuple[str, ...] = ()  # of its paragraphs, for learning what its host repeats


class PollAnalysis(NamedTuple):
    """What was worked out of a visit before the write lock: its moment, articles, entries left out, comparisons."""

    now: datetime
    new_articles: Sequence[NewArticle]
    known_count: int
    comparisons: Comparisons


@dataclass(frozen=True, slots=True)
class PollResult:
    """One successful look at a source, ready to be settled."""

    claim: Claim
    source: Source
    settings: Settings
    fetched: FetchResult
    backfill: timedelta
    keep: bool
    offers: tuple[Offer, ...] | None = None  # None: the look did not tell

    @property
    def baseline(self) -> bool:
        """Whether the source was never seen before."""
        return self.claim.state.baseline_at is None

    @property
    def articles(self) -> Sequence[Article]:
        """What it shows."""
        return self.fetched.listing.articles if self.fetched.listing else ()

    @property
    def known(self) -> int:
        """Entries that it shows and that were known by their bytes."""
        return self.fetched.listing.known if self.fetched.listing else 0

    @property
    def merges(self) -> bool:
        """Whether it may be read under another feed's name: no watch asks for it by its own."""
        return not any(self.source.name in watch.feeds for watch in self.settings.watches)
