"""What polls and page reads share: the adapters they call, a poll's result, and the settings of decisions.

It decides nothing and stores nothing.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from monitor.config.settings import Settings
from monitor.core.decide import DecisionSettings
from monitor.core.dedupe.prefilter import WordFilters
from monitor.core.model.articles import Article
from monitor.core.model.polling import Claim, Listing, NotModified, Page, PollState, Source
from monitor.core.schedule.outcome import FetchResult
from monitor.core.websub.hubs import Offer
from monitor.store.store import Store


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
    filters: WordFilters = field(default_factory=lambda: WordFilters(threading.Lock()))  # shared by all polls


def decision_settings(settings: Settings) -> DecisionSettings:
    """What decisions need of the rules in force."""
    return DecisionSettings(settings.routes, ZoneInfo(settings.timezone), settings.quiet_hours)


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
    pushed: bool = False  # a hub delivered it

    @property
    def baseline(self) -> bool:
        """Whether this is the first successful poll of the source."""
        return self.claim.state.baseline_at is None

    @property
    def decision_settings(self) -> DecisionSettings:
        """What decisions about its articles need of the rules and of the feed."""
        return replace(
            decision_settings(self.settings),
            baseline=self.baseline,
            backfill=self.backfill,
            full_text=self.source.full_text,
        )

    @property
    def articles(self) -> Sequence[Article]:
        """The parsed articles; none where the answer was "not modified"."""
        return self.fetched.listing.articles if self.fetched.listing else ()

    @property
    def known(self) -> int:
        """How many entries the parser left out, known by their bytes."""
        return self.fetched.listing.known if self.fetched.listing else 0

    @property
    def partial(self) -> bool:
        """Whether the document may list a part of the feed only."""
        return self.pushed or self.fetched.delta

    @property
    def merges(self) -> bool:
        """Whether the source may be polled under another feed's name: no watch names it."""
        return not any(self.source.name in watch.feeds for watch in self.settings.watches)
