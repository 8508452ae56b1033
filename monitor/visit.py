"""What a turn has at hand: a look that succeeded, and the articles of it that may be new. It decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.config import Settings
from monitor.core.dedupe.comparisons import Comparisons
from monitor.core.model.articles import Article, Claim, Fact, Keys, Match, Source
from monitor.core.schedule.outcome import Look
from monitor.core.text.analysis import Sheet
from monitor.core.websub.hubs import Offer


class Unseen(NamedTuple):
    """An article that the archive did not know in these words, and what was worked out before the write lock."""

    article: Article
    keys: Keys
    matches: tuple[Match, ...]
    sheet: Sheet
    facts: tuple[Fact, ...] = ()
    forms: tuple[str, ...] = ()  # of its paragraphs, for learning what its host repeats


class Analysis(NamedTuple):
    """What was worked out of a visit before the write lock: its moment, articles, entries left out, comparisons."""

    now: datetime
    unseen: Sequence[Unseen]
    known: int
    comparisons: Comparisons


@dataclass(frozen=True, slots=True)
class Visit:
    """One successful look at a source, ready to be settled."""

    claim: Claim
    source: Source
    settings: Settings
    seen: Look
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
        return self.seen.listing.articles if self.seen.listing else ()

    @property
    def known(self) -> int:
        """Entries that it shows and that were known by their bytes."""
        return self.seen.listing.known if self.seen.listing else 0

    @property
    def merges(self) -> bool:
        """Whether it may be read under another feed's name: no watch asks for it by its own."""
        return not any(self.source.name in watch.feeds for watch in self.settings.watches)
