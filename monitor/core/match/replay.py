"""Replay rules over stored articles: count matches and alerts, and compare two sets of rules.

Articles come in the order in which they were first seen. The module does not know where they are stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

from monitor.core.match.engine import RuleSet, index_watches
from monitor.core.model.articles import Article

MIN_JUDGED_ARTICLES = 100  # with fewer articles no watch is judged
MAX_MATCHED_SHARE = 0.2  # of all articles; a watch that matches more is too wide

AlertedStories = dict[tuple[str, int], "Stored"]  # watch and story → the first article of the alert


@dataclass(frozen=True, slots=True)
class Stored:
    """An article of the archive; baseline: it was listed when its feed was first polled, so no alert was sent."""

    id: int
    story: int
    first_seen_at: datetime
    baseline: bool
    kinship: str
    reason: str  # of the kinship
    article: Article


@dataclass(slots=True)
class ReplayTally:
    """Counts for one RuleSet so far. A watch alerts once per story, for its first matching article."""

    zone: tzinfo
    articles: int = 0
    baseline: int = 0  # matches of baseline articles
    matches: Counter[str] = field(default_factory=Counter)
    days: Counter[date] = field(default_factory=Counter)  # alerts
    alerted: AlertedStories = field(default_factory=dict)

    def add(self, stored: Stored, watches: Collection[str]) -> None:
        """Count one article and the watches that match it."""
        self.articles += 1
        self.matches.update(watches)
        self.baseline += len(watches) * stored.baseline
        for watch in watches:
            if (watch, stored.story) not in self.alerted:
                self.alerted[watch, stored.story] = stored
                self.days[stored.first_seen_at.astimezone(self.zone).date()] += 1

    def alerts(self, watch: str) -> list[Stored]:
        """The articles that a watch would have alerted, oldest first."""
        return [stored for (name, _), stored in self.alerted.items() if name == watch]


def watch_remarks(tally: ReplayTally, watches: Collection[str]) -> Iterator[str]:
    """Remarks on watches that match no article of the archive, or more than MAX_MATCHED_SHARE of them."""
    if tally.articles < MIN_JUDGED_ARTICLES:
        return
    for name in watches:
        count = tally.matches[name]
        if not count:
            yield f"{name} matched none of {tally.articles} articles: is it spelled as the feeds spell it?"
        elif count > MAX_MATCHED_SHARE * tally.articles:
            share = 100 * count / tally.articles
            yield f"{name} matched {share:.0f} % of all articles: give it company (near, all) or narrow it (in, feeds)"


@dataclass(frozen=True, slots=True)
class ReplayChange:
    """One alert that only one of two RuleSets would send; gained: only the newer one does."""

    watch: str
    stored: Stored
    gained: bool


def alert_changes(before: ReplayTally, after: ReplayTally) -> Iterator[ReplayChange]:
    """The differences between two tallies of the same articles, oldest article first."""
    gained = [
        ReplayChange(watch, after.alerted[watch, story], True)
        for watch, story in after.alerted.keys() - before.alerted.keys()
    ]
    lost = [
        ReplayChange(watch, before.alerted[watch, story], False)
        for watch, story in before.alerted.keys() - after.alerted.keys()
    ]
    yield from sorted([*gained, *lost], key=lambda change: (change.stored.id, change.watch))


def summarize_changes(found: Collection[ReplayChange]) -> str:
    """Changes as a short text: `+14 −2 (Qwen +14, H200 −2)`."""
    gains = Counter(change.watch for change in found if change.gained)
    losses = Counter(change.watch for change in found if not change.gained)
    if not found:
        return "no difference"
    each = [f"{watch} {format_counts(gains[watch], losses[watch])}" for watch in sorted(gains.keys() | losses.keys())]
    return f"{format_counts(gains.total(), losses.total())} ({', '.join(each)})"


def format_counts(gained: int, lost: int) -> str:
    """Gains and losses as `+14 −2`; a count of 0 is left out."""
    return " ".join(([f"+{gained}"] if gained else []) + ([f"−{lost}"] if lost else []))


def select_watches(rules: RuleSet, names: Collection[str]) -> RuleSet:
    """A RuleSet of only the named watches."""
    return index_watches(tuple(entry for entry in rules.entries if entry.watch.name in names))


def changed_watches(before: RuleSet, after: RuleSet) -> frozenset[str]:
    """The names of watches that stand in one RuleSet only, or differ between the two."""
    old, new = (
        {entry.watch.name: (entry.watch, entry.node.label()) for entry in rules.entries} for rules in (before, after)
    )
    return frozenset(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
