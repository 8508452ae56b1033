"""A source's turn: look → recognise → match → relate → decide → store, at once.

It calls the rooms in order and decides nothing itself: identity, story, rules and policy do, from values. It does not
know when a source is due, what a channel is, or how anything is stored.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from monitor.config import Settings
from monitor.core import database_identity
from monitor.core.errors import FetchError, ParseError, StoreError
from monitor.core.model.polling import ArticleDecision, Claim, PollEnd, PollReport, ServerLimits, Source
from monitor.core.schedule import next_poll
from monitor.core.schedule.outcome import poll_end
from monitor.core.websub import hubs, subscription
from monitor.core.websub.subscription import Subscription
from monitor.pipeline.context import PollAnalysis, PollResult, TurnContext
from monitor.pipeline.decide import ComparisonsPending, analyse_poll, decide_articles, is_large_poll
from monitor.pipeline.poll import fetch_source
from monitor.store import IngestTransaction

Result = TypeVar("Result")

POLL_LEASE = timedelta(minutes=2)  # of a poll: 30 s at most for the fetch, 5 s for a database lock, and some
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
    """Take one source's turn and store what came of it; keep=False (a dry run) stores nothing.

    settled: who stores it; as a rule a thread.
    """
    try:
        seen = await fetch_source(source, claim.state, tools)
    except (FetchError, ParseError) as error:
        return await asyncio.to_thread(record_failed_poll, claim, source, error, tools, keep=keep)
    backfill = max(backfill, database_identity.gap(tools.store.restored, tools.now()))
    visit = PollResult(
        claim, source, settings, seen, backfill, keep, hubs.offered_hubs(source, seen.answer, seen.listing)
    )
    try:
        return await (store_result or store_poll_in_thread)(visit, tools)
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


async def store_poll_in_thread(visit: PollResult, tools: TurnContext) -> PollReport:
    """Settle one visit in a thread for turns. What takes long is done in another one, and other feeds take theirs."""
    analysis: PollAnalysis | None = None
    if is_large_poll(visit):
        visit = await extend_poll_lease(visit, tools)
        analysis = await run_long_work(tools, analyse_poll, visit, tools.store, tools.now())
    while True:
        given = () if analysis is None else (analysis,)
        try:
            return await asyncio.get_running_loop().run_in_executor(tools.store.turns, store_poll, visit, tools, *given)
        except ComparisonsPending as unsettled:
            analysis = unsettled.analysis
        await run_long_work(tools, analysis.comparisons.finish)
        visit = await extend_poll_lease(visit, tools)


async def run_long_work(tools: TurnContext, work: Callable[..., Result], *given: object) -> Result:
    """Do what may take long in a thread of its own. Raises TimeoutError where it outlasts a lease."""
    running = asyncio.get_running_loop().run_in_executor(tools.store.analyses, partial(work, *given))
    return await asyncio.wait_for(running, POLL_LEASE.total_seconds())


async def extend_poll_lease(visit: PollResult, tools: TurnContext) -> PollResult:
    """The visit with a lease that ends later. Raises StoreError where another process took it over."""
    claim = await asyncio.to_thread(tools.store.polls.extend_lease, visit.claim, tools.now() + POLL_LEASE)
    return replace(visit, claim=claim)


def record_failed_poll(claim: Claim, source: Source, error: Exception, tools: TurnContext, *, keep: bool) -> PollReport:
    """Record a poll that brought nothing; validators stay, so a bad answer cannot cost the next good one.

    It counts where another process has the feed meanwhile: two that take it from each other for ever must be heard of.
    """
    now, said = tools.now(), str(error) or type(error).__name__
    manners = ServerLimits(retry_after=getattr(error, "retry_after", None))
    gone = getattr(error, "kind", "") == "gone"
    at = next_poll.next_poll_time(source, claim.state, now, ok=False, manners=manners, jitter=tools.jitter(), gone=gone)
    try:
        with tools.store.polls.transaction(claim, now) as turn:
            turn.end_poll(PollEnd(next_poll_at=at, error=said, gone=gone))
            if not keep:
                turn.abandon()
    except StoreError as known:
        if not known.overtaken:
            raise
        if keep:
            tools.store.polls.overtaken(claim, now, said, at)
    return PollReport(source.name, "failed", error=said, failures=claim.state.failures + 1)


def record_broken_poll(claim: Claim, source: Source, error: Exception, tools: TurnContext, *, keep: bool) -> PollReport:
    """Record a poll that ended in an error nobody foresaw. Where not even that can be stored, the lease ends."""
    try:
        return record_failed_poll(claim, source, error, tools, keep=keep)
    except StoreError:
        return PollReport(source.name, "failed", error=str(error), failures=claim.state.failures + 1)


def outage_report(claim: Claim, source: Source, error: Exception) -> PollReport:
    """The report of a poll whose database is out: that is no failure of the feed, which is due when its lease ends."""
    return PollReport(source.name, "failed", error=str(error), failures=claim.state.failures)


StorePoll = Callable[[PollResult, TurnContext], Awaitable[PollReport]]


def store_poll(visit: PollResult, tools: TurnContext, analysis: PollAnalysis | None = None) -> PollReport:
    """Store what is new of a visit, with all that was decided about it, in one transaction.

    Raises Unsettled where long texts must be compared before.
    """
    analysis = analysis or analyse_poll(visit, tools.store, tools.now())
    with tools.store.polls.transaction(visit.claim, analysis.now) as turn:
        findings = decide_articles(turn, visit, analysis)
        end = make_poll_end(visit, tools, analysis.now, analysis.known_count + turn.known)
        turn.end_poll(slow_pushed_feed(turn, visit, end, findings, tools))
        if not visit.keep:
            turn.abandon()
    return make_poll_report(visit, end, findings)


def make_poll_end(visit: PollResult, tools: TurnContext, now: datetime, known: int) -> PollEnd:
    """How the poll ends, as far as the visit alone tells; known: entries that the archive had before."""
    return poll_end(
        visit.fetched, visit.claim.state, visit.source, now, known=known, jitter=tools.jitter(), merges=visit.merges
    )


def slow_pushed_feed(
    turn: IngestTransaction, visit: PollResult, end: PollEnd, findings: Sequence[ArticleDecision], tools: TurnContext
) -> PollEnd:
    """A feed whose pushes have proven themselves is polled seldom, as long as polls find nothing of their own."""
    subscriptions = tools.store.subscriptions
    if visit.offers is not None:
        subscriptions.update_hubs(turn, visit.offers, tools.token)
    proven = subscriptions.find_proven(turn) if visit.settings.callback else None  # a third of what a 304 costs
    unpushed = [finding.article.published_at for finding in findings if finding.recognition.article is None]
    if proven and subscription.was_push_missed(unpushed, turn.now):
        subscriptions.distrust_subscription(turn, proven)
        proven = None
    return apply_push_interval(visit, end, proven, turn.now)


def apply_push_interval(visit: PollResult, end: PollEnd, proven: Subscription | None, now: datetime) -> PollEnd:
    """The end of a poll of a feed that relies on these pushes."""
    floor = subscription.min_poll_interval(proven, visit.source.every, now)
    return replace(end, next_poll_at=max(end.next_poll_at, now + floor))


def make_poll_report(visit: PollResult, end: PollEnd, findings: Sequence[ArticleDecision]) -> PollReport:
    """The report of a visit that succeeded.

    With its articles only where they are kept nowhere else: of a thousand new feeds they are 100 MB.
    """
    outcome = "first sight" if visit.baseline else "new" if findings else "unchanged"
    counts = Counter(match.watch for finding in findings for match in finding.matches)
    due = sum(intent.at is not None for finding in findings for intent in finding.intents)
    return PollReport(
        visit.source.name,
        outcome,
        articles=sum(finding.recognition.article is None for finding in findings),
        edited=sum(finding.recognition.article is not None for finding in findings),
        matches=tuple(sorted(counts.items())),
        intents=due,
        recovered=visit.claim.state.failures > 0,
        decisions=() if visit.keep else tuple(findings),
        overrun=end.overrun,
        caught=end.caught,
    )
