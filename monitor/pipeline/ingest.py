"""The poll of one source: fetch, then the stages of its articles (`stages.py`), stored in one transaction.

It decides nothing about an article. It does not know when a source is due, what a
channel is, or how anything is stored.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from monitor.config.settings import Settings
from monitor.core import database_identity
from monitor.core.dedupe.listed_entries import DocumentEntries
from monitor.core.errors import FetchError, ParseError, StoreError
from monitor.core.model.polling import ArticleDecision, Claim, Listing, PollEnd, PollReport, ServerLimits, Source
from monitor.core.schedule import next_poll
from monitor.core.schedule.outcome import poll_end
from monitor.core.websub import hubs, subscription
from monitor.core.websub.subscription import Subscription
from monitor.pipeline.context import PollResult, TurnContext
from monitor.pipeline.poll import fetch_source
from monitor.pipeline.stages import ComparisonsPending, PollAnalysis, analyse_poll, decide_articles, is_large_poll
from monitor.store.ingest_transaction import IngestTransaction

log = logging.getLogger(__name__)

Result = TypeVar("Result")
StorePoll = Callable[[PollResult, TurnContext], Awaitable[PollReport]]

POLL_LEASE = timedelta(minutes=2)  # at most 30 s for the fetch, 5 s for a database lock, and a reserve
POLL_LEASE_TEXT = f"its lease of {POLL_LEASE.total_seconds():.0f} s"


async def poll_source(
    claim: Claim,
    source: Source,
    settings: Settings,
    tools: TurnContext,
    *,
    backfill: timedelta = timedelta(0),
    keep: bool = True,
    store_result: StorePoll | None = None,
) -> PollReport:
    """Poll one source and store the result; keep=False (a dry run) stores nothing. Raises StoreError.

    store_result: what stores it; by default store_poll_in_thread.
    """
    try:
        fetched = await fetch_source(source, claim.state, tools)
    except (FetchError, ParseError) as error:
        return await asyncio.to_thread(record_failed_poll, claim, source, error, tools, keep=keep)
    backfill = max(backfill, database_identity.gap(tools.store.restored, tools.now()))
    result = PollResult(
        claim, source, settings, fetched, backfill, keep, hubs.offered_hubs(source, fetched.answer, fetched.listing)
    )
    try:
        return await (store_result or store_poll_in_thread)(result, tools)
    except TimeoutError:
        late = StoreError(
            f"to read and compare its articles took longer than {POLL_LEASE_TEXT}; what it found is dropped"
        )
    except StoreError as known:
        if not known.overtaken:
            raise
        late = StoreError(
            f"its turn took longer than {POLL_LEASE_TEXT}, and another process took it over; the result is dropped"
        )
    return await asyncio.to_thread(record_failed_poll, claim, source, late, tools, keep=keep)


async def store_poll_in_thread(result: PollResult, tools: TurnContext) -> PollReport:
    """Store one result in the store's thread for polls; long work runs in another thread, so other feeds go on."""
    analysis: PollAnalysis | None = None
    if is_large_poll(result):
        result = await extend_poll_lease(result, tools)
        analysis = await run_long_work(tools, analyse_poll, result, tools, tools.now())
    while True:
        given = () if analysis is None else (analysis,)
        try:
            return await asyncio.get_running_loop().run_in_executor(
                tools.store.turns, store_poll, result, tools, *given
            )
        except ComparisonsPending as pending:
            analysis = pending.analysis
        await run_long_work(tools, analysis.comparisons.finish)
        result = await extend_poll_lease(result, tools)


async def run_long_work(tools: TurnContext, work: Callable[..., Result], *given: object) -> Result:
    """Do long work in the thread for analyses. Raises TimeoutError where it outlasts a lease."""
    running = asyncio.get_running_loop().run_in_executor(tools.store.analyses, partial(work, *given))
    return await asyncio.wait_for(running, POLL_LEASE.total_seconds())


async def extend_poll_lease(result: PollResult, tools: TurnContext) -> PollResult:
    """The result with a lease that begins now. Raises StoreError where another process took it over."""
    claim = await asyncio.to_thread(tools.store.polls.extend_lease, result.claim, tools.now() + POLL_LEASE)
    return replace(result, claim=claim)


def record_failed_poll(claim: Claim, source: Source, error: Exception, tools: TurnContext, *, keep: bool) -> PollReport:
    """Record a failed poll. ETag and Last-Modified stay, so that the next good answer is still recognised.

    A poll whose feed another process took over counts too: two that take it from each other for ever must raise an
    alarm.
    """
    now, reason = tools.now(), str(error) or type(error).__name__
    limits = ServerLimits(retry_after=getattr(error, "retry_after", None))
    gone = getattr(error, "kind", "") == "gone"
    at = next_poll.next_poll_time(source, claim.state, now, ok=False, limits=limits, jitter=tools.jitter(), gone=gone)
    try:
        with tools.store.polls.transaction(claim, now) as turn:
            turn.end_poll(PollEnd(next_poll_at=at, error=reason, gone=gone))
            if not keep:
                turn.abandon()
    except StoreError as known:
        if not known.overtaken:
            raise
        if keep:
            tools.store.polls.overtaken(claim, now, reason, at)
    return PollReport(source.name, "failed", error=reason, failures=claim.state.failures + 1)


def record_broken_poll(claim: Claim, source: Source, error: Exception, tools: TurnContext, *, keep: bool) -> PollReport:
    """Record a poll that ended in an unforeseen error; where that cannot be stored either, its lease runs out."""
    try:
        return record_failed_poll(claim, source, error, tools, keep=keep)
    except StoreError:
        return PollReport(source.name, "failed", error=str(error), failures=claim.state.failures + 1)


def outage_report(claim: Claim, source: Source, error: Exception) -> PollReport:
    """The report of a poll during an outage of the database: no failure of the feed, due again when its lease ends."""
    return PollReport(source.name, "failed", error=str(error), failures=claim.state.failures)


def store_poll(result: PollResult, tools: TurnContext, analysis: PollAnalysis | None = None) -> PollReport:
    """Store the new articles of a poll and the decisions about them in one transaction.

    Raises ComparisonsPending where long texts must be compared first.
    """
    analysis = analysis or analyse_poll(result, tools, tools.now())
    with tools.store.polls.transaction(result.claim, analysis.now) as turn:
        findings = decide_articles(turn, result, analysis)
        end = make_poll_end(result, tools, analysis.now, analysis.known_count + turn.known, analysis.entries)
        turn.end_poll(slow_pushed_feed(turn, result, end, findings, tools))
        if not result.keep:
            turn.abandon()
    return make_poll_report(result, end, findings)


def make_poll_end(
    result: PollResult, tools: TurnContext, now: datetime, known: int, entries: DocumentEntries
) -> PollEnd:
    """The next poll time and what is remembered of this poll; known: entries that the archive had before."""
    state = result.claim.state
    end = poll_end(result.fetched, state, result.source, now, known=known, jitter=tools.jitter(), merges=result.merges)
    if result.fetched.listing is None or result.partial:
        return end
    if found := len(set(entries.shared_names) - set(state.shared_names)):
        log.warning("%s: %d guids or links stand for several entries; they identify none", state.source, found)
    return replace(end, entry_records=entries.records, shared_names=entries.shared_names)


def slow_pushed_feed(
    turn: IngestTransaction, result: PollResult, end: PollEnd, findings: Sequence[ArticleDecision], tools: TurnContext
) -> PollEnd:
    """Poll a feed with proven pushes seldom, as long as polls find nothing that was not pushed."""
    subscriptions = tools.store.subscriptions
    if result.offers is not None:
        subscriptions.update_hubs(turn, result.offers, tools.token)
    proven = subscriptions.find_proven(turn) if result.settings.callback else None  # a third of what a 304 costs
    unpushed = [finding.article.published_at for finding in findings if finding.recognition.article is None]
    if proven and subscription.was_push_missed(unpushed, turn.now):
        subscriptions.distrust_subscription(turn, proven)
        proven = None
    return apply_push_interval(result, end, proven, turn.now)


def apply_push_interval(result: PollResult, end: PollEnd, proven: Subscription | None, now: datetime) -> PollEnd:
    """The end of the poll, with the next one delayed where the feed has a proven subscription."""
    floor = subscription.min_poll_interval(proven, result.source.every, now)
    return replace(end, next_poll_at=max(end.next_poll_at, now + floor))


def make_poll_report(result: PollResult, end: PollEnd, findings: Sequence[ArticleDecision]) -> PollReport:
    """The report of a successful poll.

    It holds the decisions only in a dry run, which stores them nowhere: those of a thousand new feeds take 100 MB.
    """
    outcome = "first sight" if result.baseline else "new" if findings else "unchanged"
    counts = Counter(match.watch for finding in findings for match in finding.matches)
    due = sum(intent.at is not None for finding in findings for intent in finding.intents)
    listing = result.fetched.listing or Listing()
    return PollReport(
        result.source.name,
        outcome,
        articles=sum(finding.recognition.article is None for finding in findings),
        edited=sum(finding.recognition.article is not None for finding in findings),
        matches=tuple(sorted(counts.items())),
        intents=due,
        decisions=() if result.keep else tuple(findings),
        overrun=end.overrun,
        caught=end.caught,
        known=listing.known + len(listing.articles) - len(findings),
        unreadable=listing.unreadable,
        refused=listing.refused,
        losses=listing.losses,
    )
