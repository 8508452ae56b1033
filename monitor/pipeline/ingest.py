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
from monitor.core.model.polling import Claim, Finding, Manners, PollEnd, Report, Source
from monitor.core.schedule import next_poll
from monitor.core.schedule.outcome import outcome
from monitor.core.websub import hubs, subscription
from monitor.core.websub.subscription import Subscription
from monitor.pipeline.context import Analysis, Tools, Visit
from monitor.pipeline.decide import Unsettled, analysed, is_large, judged
from monitor.pipeline.poll import look
from monitor.store import Turn

Result = TypeVar("Result")

LEASE = timedelta(minutes=2)  # of a poll: 30 s at most for the fetch, 5 s for a database lock, and some
SPAN = f"its lease of {LEASE.total_seconds():.0f} s"


async def poll(
    claim: Claim,
    source: Source,
    settings: Settings,
    tools: Tools,
    *,
    backfill: timedelta = timedelta(0),
    keep: bool = True,
    settled: Settle | None = None,
) -> Report:
    """Take one source's turn and store what came of it; keep=False (a dry run) stores nothing.

    settled: who stores it; as a rule a thread.
    """
    try:
        seen = await look(source, claim.state, tools)
    except (FetchError, ParseError) as error:
        return await asyncio.to_thread(fail, claim, source, error, tools, keep=keep)
    backfill = max(backfill, database_identity.gap(tools.store.restored, tools.now()))
    visit = Visit(claim, source, settings, seen, backfill, keep, hubs.offers(source, seen.answer, seen.listing))
    try:
        return await (settled or apart)(visit, tools)
    except TimeoutError:
        late = StoreError(f"to read and compare its articles took longer than {SPAN}; what it found is dropped")
    except StoreError as known:
        if not known.overtaken:
            raise
        late = StoreError(f"its turn took longer than {SPAN}, and another process took it over; the result is dropped")
    return await asyncio.to_thread(fail, claim, source, late, tools, keep=keep)


async def apart(visit: Visit, tools: Tools) -> Report:
    """Settle one visit in a thread for turns. What takes long is done in another one, and other feeds take theirs."""
    analysis: Analysis | None = None
    if is_large(visit):
        visit = await prolonged(visit, tools)
        analysis = await at_length(tools, analysed, visit, tools.store, tools.now())
    while True:
        given = () if analysis is None else (analysis,)
        try:
            return await asyncio.get_running_loop().run_in_executor(tools.store.turns, settle, visit, tools, *given)
        except Unsettled as unsettled:
            analysis = unsettled.analysis
        await at_length(tools, analysis.comparisons.finish)
        visit = await prolonged(visit, tools)


async def at_length(tools: Tools, work: Callable[..., Result], *given: object) -> Result:
    """Do what may take long in a thread of its own. Raises TimeoutError where it outlasts a lease."""
    running = asyncio.get_running_loop().run_in_executor(tools.store.analyses, partial(work, *given))
    return await asyncio.wait_for(running, LEASE.total_seconds())


async def prolonged(visit: Visit, tools: Tools) -> Visit:
    """The visit with a lease that ends later. Raises StoreError where another process took it over."""
    claim = await asyncio.to_thread(tools.store.polls.prolong, visit.claim, tools.now() + LEASE)
    return replace(visit, claim=claim)


def fail(claim: Claim, source: Source, error: Exception, tools: Tools, *, keep: bool) -> Report:
    """Record a poll that brought nothing; validators stay, so a bad answer cannot cost the next good one.

    It counts where another process has the feed meanwhile: two that take it from each other for ever must be heard of.
    """
    now, said = tools.now(), str(error) or type(error).__name__
    manners = Manners(retry_after=getattr(error, "retry_after", None))
    gone = getattr(error, "kind", "") == "gone"
    at = next_poll.next_poll(source, claim.state, now, ok=False, manners=manners, jitter=tools.jitter(), gone=gone)
    try:
        with tools.store.polls.turn(claim, now) as turn:
            turn.end(PollEnd(next_poll_at=at, error=said, gone=gone))
            if not keep:
                turn.abandon()
    except StoreError as known:
        if not known.overtaken:
            raise
        if keep:
            tools.store.polls.overtaken(claim, now, said, at)
    return Report(source.name, "failed", error=said, failures=claim.state.failures + 1)


def broke(claim: Claim, source: Source, error: Exception, tools: Tools, *, keep: bool) -> Report:
    """Record a poll that ended in an error nobody foresaw. Where not even that can be stored, the lease ends."""
    try:
        return fail(claim, source, error, tools, keep=keep)
    except StoreError:
        return Report(source.name, "failed", error=str(error), failures=claim.state.failures + 1)


def unstored(claim: Claim, source: Source, error: Exception) -> Report:
    """The report of a poll whose database is out: that is no failure of the feed, which is due when its lease ends."""
    return Report(source.name, "failed", error=str(error), failures=claim.state.failures)


Settle = Callable[[Visit, Tools], Awaitable[Report]]


def settle(visit: Visit, tools: Tools, analysis: Analysis | None = None) -> Report:
    """Store what is new of a visit, with all that was decided about it, in one transaction.

    Raises Unsettled where long texts must be compared before.
    """
    analysis = analysis or analysed(visit, tools.store, tools.now())
    with tools.store.polls.turn(visit.claim, analysis.now) as turn:
        findings = judged(turn, visit, analysis)
        end = ended(visit, tools, analysis.now, analysis.known + turn.known)
        turn.end(slowed(turn, visit, end, findings, tools))
        if not visit.keep:
            turn.abandon()
    return summary(visit, end, findings)


def ended(visit: Visit, tools: Tools, now: datetime, known: int) -> PollEnd:
    """How the poll ends, as far as the visit alone tells; known: entries that the archive had before."""
    return outcome(
        visit.seen, visit.claim.state, visit.source, now, known=known, jitter=tools.jitter(), merges=visit.merges
    )


def slowed(turn: Turn, visit: Visit, end: PollEnd, findings: Sequence[Finding], tools: Tools) -> PollEnd:
    """A feed whose pushes have proven themselves is polled seldom, as long as polls find nothing of their own."""
    subscriptions = tools.store.subscriptions
    if visit.offers is not None:
        subscriptions.heed(turn, visit.offers, tools.token)
    proven = subscriptions.proven(turn) if visit.settings.callback else None  # a third of what a 304 costs
    unpushed = [finding.article.published_at for finding in findings if finding.sighting.article is None]
    if proven and subscription.missed(unpushed, turn.now):
        subscriptions.doubt(turn, proven)
        proven = None
    return relied(visit, end, proven, turn.now)


def relied(visit: Visit, end: PollEnd, proven: Subscription | None, now: datetime) -> PollEnd:
    """The end of a poll of a feed that relies on these pushes."""
    floor = subscription.pause(proven, visit.source.every, now)
    return replace(end, next_poll_at=max(end.next_poll_at, now + floor))


def summary(visit: Visit, end: PollEnd, findings: Sequence[Finding]) -> Report:
    """The report of a visit that succeeded.

    With its articles only where they are kept nowhere else: of a thousand new feeds they are 100 MB.
    """
    outcome = "first sight" if visit.baseline else "new" if findings else "unchanged"
    counts = Counter(match.watch for finding in findings for match in finding.matches)
    due = sum(intent.at is not None for finding in findings for intent in finding.intents)
    return Report(
        visit.source.name,
        outcome,
        articles=sum(finding.sighting.article is None for finding in findings),
        edited=sum(finding.sighting.article is not None for finding in findings),
        matches=tuple(sorted(counts.items())),
        intents=due,
        recovered=visit.claim.state.failures > 0,
        findings=() if visit.keep else tuple(findings),
        overrun=end.overrun,
        caught=end.caught,
    )
