"""Rules tried on the archive: what they would have alerted, and how that differs from other rules.

It reads the stored articles one after the other and counts. It sends and stores nothing, and knows no channel.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from monitor.config.settings import Settings
from monitor.core.dedupe.keys import article_site
from monitor.core.errors import MonitorError
from monitor.core.match.engine import RuleSet, match_article
from monitor.core.match.match_trace import WatchTrace, find_near_misses
from monitor.core.match.replay import (
    ReplayChange,
    ReplayTally,
    Stored,
    alert_changes,
    changed_watches,
    select_watches,
    summarize_changes,
)
from monitor.core.model.articles import Match
from monitor.core.text.analysis import ArticleFields, analyse_fields
from monitor.store.store import Store

log = logging.getLogger(__name__)

BACKTEST_SPAN = timedelta(days=30)  # over which a change of rules is tried

Progress = Callable[[], bool]  # called for each article; True ends the run early


def never_stop() -> bool:
    """Never end a run early."""
    return False


def replay_rules(
    store: Store, rulesets: Sequence[RuleSet], since: datetime, zone: tzinfo, progress: Progress = never_stop
) -> tuple[ReplayTally, ...]:
    """What each rule set would have alerted of the articles first seen since then; one tally per rule set."""
    tallies = tuple(ReplayTally(zone) for _ in rulesets)
    for stored, fields in archived_articles(store, since, progress):
        for ruleset, tally in zip(rulesets, tallies, strict=True):
            tally.add(stored, [found.watch for found in match_article(ruleset, fields)])
    return tallies


def archived_articles(
    store: Store, since: datetime, progress: Progress, *, newest_first: bool = False
) -> Iterator[tuple[Stored, ArticleFields]]:
    """The articles first seen since then, each with its fields as they are matched."""
    repeated = cache(store.repeated_paragraphs.repeated_forms)
    for stored in store.archive.articles(since, newest_first=newest_first):
        if progress():
            return
        yield stored, analyse_fields(stored.article, repeated(article_site(stored.article)))


def compare_rules(
    store: Store, before: Settings, after: Settings, since: datetime, progress: Progress = never_stop
) -> list[ReplayChange]:
    """The alerts that a change of rules would have added and removed; only watches that differ are tried."""
    names = changed_watches(before.ruleset, after.ruleset)
    if not names:
        return []
    rulesets = [select_watches(settings.ruleset, names) for settings in (before, after)]
    old, new = replay_rules(store, rulesets, since, ZoneInfo(after.timezone), progress)
    return list(alert_changes(old, new))


def search_archive(
    store: Store, ruleset: RuleSet, since: datetime, progress: Progress = never_stop
) -> Iterator[tuple[Stored, Match]]:
    """The articles that a rule set of one watch matches, newest first."""
    for stored, fields in archived_articles(store, since, progress, newest_first=True):
        for found in match_article(ruleset, fields):
            yield stored, found


def search_near_misses(
    store: Store, ruleset: RuleSet, since: datetime, progress: Progress = never_stop
) -> Iterator[tuple[Stored, WatchTrace]]:
    """The articles that a watch missed by one condition, newest first."""
    for stored, fields in archived_articles(store, since, progress, newest_first=True):
        for found in find_near_misses(ruleset, fields):
            yield stored, found


async def log_backtest(
    store: Store, before: Settings, after: Settings, now: datetime, span: timedelta = BACKTEST_SPAN
) -> None:
    """Log the alerts that a change of rules would have added and removed; it may be cancelled at any article."""
    ended = threading.Event()
    try:
        found = await asyncio.to_thread(compare_rules, store, before, after, now - span, ended.is_set)
        if changed_watches(before.ruleset, after.ruleset):
            log.info("the change over the last %d days: %s", span.days, summarize_changes(found))
    except MonitorError as error:
        log.warning("what the change would have brought is not known: %s", error)
    finally:
        ended.set()
