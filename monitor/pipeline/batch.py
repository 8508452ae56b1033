"""Polls without new articles, stored many in one transaction.

A 304 stored alone costs 0.75 ms, in a batch 0.2 ms: one hop to a thread and one commit for all. No poll waits for a
batch to fill. A poll with new articles gets its own transaction. The outcome equals that of `ingest.store_poll`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from monitor.core.model.polling import PollEnd, PollReport
from monitor.core.websub import hubs
from monitor.core.websub.subscription import Subscription
from monitor.pipeline import ingest
from monitor.pipeline.context import PollResult, TurnContext
from monitor.pipeline.stages import document_entries


@dataclass(frozen=True, slots=True, eq=False)
class WaitingPoll:
    """A result that waits to be stored; done: its report, or None where it must be stored alone."""

    result: PollResult
    done: asyncio.Future[PollReport | None]


class PollBatcher:
    """Collects the unchanged polls of one round of the event loop and stores them together."""

    def __init__(self) -> None:
        self.waiting: list[WaitingPoll] = []
        self.busy = False

    async def store_poll(self, result: PollResult, tools: TurnContext) -> PollReport:
        """Store a result. Where its batch fails it is stored alone, so that no poll costs another one."""
        report = await self.joined(result, tools) if is_unchanged(result) else None
        if report is None:
            report = await ingest.store_poll_in_thread(result, tools)
        return report

    def joined(self, result: PollResult, tools: TurnContext) -> asyncio.Future[PollReport | None]:
        """Add a result to the next batch; the future holds its report."""
        loop = asyncio.get_running_loop()
        one = WaitingPoll(result, loop.create_future())
        self.waiting.append(one)
        if not self.busy:
            self.busy = True
            loop.call_soon(self.begin, tools)  # after the other polls that end in this round of the loop
        return one.done

    def begin(self, tools: TurnContext) -> None:
        """Store all that wait in a thread."""
        some, self.waiting = self.waiting, []
        work = asyncio.get_running_loop().run_in_executor(
            None, store_unchanged_polls, [one.result for one in some], tools
        )
        work.add_done_callback(partial(self.ended, some, tools))

    def ended(
        self, some: Sequence[WaitingPoll], tools: TurnContext, work: asyncio.Future[dict[str, PollReport]]
    ) -> None:
        """Set the reports, and begin the next batch where results came meanwhile."""
        failed = work.cancelled() or work.exception() is not None
        for one in (one for one in some if not one.done.done()):
            one.done.set_result(None if failed else work.result().get(one.result.source.name))
        self.busy = bool(self.waiting)
        if self.busy:
            self.begin(tools)


def is_unchanged(result: PollResult) -> bool:
    """Whether a poll brought no article and the address of its feed did not change."""
    moves = result.fetched.answer.moved or result.claim.state.address
    return result.keep and not moves and not result.articles


def store_unchanged_polls(results: Sequence[PollResult], tools: TurnContext) -> dict[str, PollReport]:
    """Store unchanged polls in one transaction; returns their reports by source.

    Those whose hubs changed, or whose lease another process took over, are left out.
    """
    now, found = tools.now(), list[tuple[PollResult, PollEnd]]()
    with tools.store.polls.unchanged_transaction(now) as turn:
        asking = [result.source.name for result in results if result.offers is not None or result.settings.callback]
        known = tools.store.subscriptions.find_by_feeds(turn, asking) if asking else {}
        for result in results:
            pushed = known.get(result.source.name, ())
            if not hubs_changed(result, pushed, tools, now):
                end = ingest.make_poll_end(result, tools, now, result.known, document_entries(result, ()))
                found.append(
                    (result, ingest.apply_push_interval(result, end, find_proven_subscription(result, pushed), now))
                )
        lost = turn.end([(result.claim, end) for result, end in found])
    reports = {result.source.name: ingest.make_poll_report(result, end, ()) for result, end in found}
    return {name: report for name, report in reports.items() if name not in lost}


def hubs_changed(result: PollResult, known: Sequence[Subscription], tools: TurnContext, now: datetime) -> bool:
    """Whether the feed names other hubs than before."""
    name, offers = result.source.name, result.offers
    return offers is not None and bool(hubs.changed_subscriptions(name, known, offers, tools.token, now))


def find_proven_subscription(result: PollResult, known: Sequence[Subscription]) -> Subscription | None:
    """The subscription that has delivered what polls found; None where there is none, or pushes are off."""
    return next((one for one in known if one.proven_at and result.settings.callback), None)
