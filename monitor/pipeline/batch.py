"""Visits that brought nothing new are settled together.

One hop to a thread and one transaction for all of them: a 304 on its own costs 0.75 ms, in company 0.2 ms. Nobody
waits for company. What is new takes a turn of its own. It decides nothing that a visit on its own would not decide.
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


@dataclass(frozen=True, slots=True, eq=False)
class WaitingPoll:
    """A visit, and who waits for its report; None: it is to be settled on its own."""

    visit: PollResult
    done: asyncio.Future[PollReport | None]


class PollBatcher:
    """What waits to be settled."""

    def __init__(self) -> None:
        self.waiting: list[WaitingPoll] = []
        self.busy = False

    async def store_poll(self, visit: PollResult, tools: TurnContext) -> PollReport:
        """Store what came of a visit. Where that fails in company it is tried alone: none costs another its turn."""
        report = await self.joined(visit, tools) if is_unchanged(visit) else None
        if report is None:
            report = await ingest.store_poll_in_thread(visit, tools)
        return report

    def joined(self, visit: PollResult, tools: TurnContext) -> asyncio.Future[PollReport | None]:
        """The report to come of a visit that waits from now on."""
        loop = asyncio.get_running_loop()
        one = WaitingPoll(visit, loop.create_future())
        self.waiting.append(one)
        if not self.busy:
            self.busy = True
            loop.call_soon(self.begin, tools)  # whoever is ready in this round of the loop comes along
        return one.done

    def begin(self, tools: TurnContext) -> None:
        """Settle all that wait."""
        some, self.waiting = self.waiting, []
        work = asyncio.get_running_loop().run_in_executor(
            None, store_unchanged_polls, [one.visit for one in some], tools
        )
        work.add_done_callback(partial(self.ended, some, tools))

    def ended(
        self, some: Sequence[WaitingPoll], tools: TurnContext, work: asyncio.Future[dict[str, PollReport]]
    ) -> None:
        """Hand out the reports, and go on with those who came meanwhile."""
        failed = work.cancelled() or work.exception() is not None
        for one in (one for one in some if not one.done.done()):
            one.done.set_result(None if failed else work.result().get(one.visit.source.name))
        self.busy = bool(self.waiting)
        if self.busy:
            self.begin(tools)


def is_unchanged(visit: PollResult) -> bool:
    """Whether a visit brought nothing to recognise, and the feed stands where it stood."""
    moves = visit.fetched.answer.moved or visit.claim.state.address
    return visit.keep and not moves and not visit.articles


def store_unchanged_polls(visits: Sequence[PollResult], tools: TurnContext) -> dict[str, PollReport]:
    """Settle quiet visits in one transaction; their reports by source.

    Without those that have something to heed, or whose lease another process has.
    """
    now, found = tools.now(), list[tuple[PollResult, PollEnd]]()
    with tools.store.polls.unchanged_transaction(now) as turn:
        asking = [visit.source.name for visit in visits if visit.offers is not None or visit.settings.callback]
        known = tools.store.subscriptions.find_by_feeds(turn, asking) if asking else {}
        for visit in visits:
            pushed = known.get(visit.source.name, ())
            if not hubs_changed(visit, pushed, tools, now):
                end = ingest.make_poll_end(visit, tools, now, visit.known)
                found.append(
                    (visit, ingest.apply_push_interval(visit, end, find_proven_subscription(visit, pushed), now))
                )
        lost = turn.end([(visit.claim, end) for visit, end in found])
    reports = {visit.source.name: ingest.make_poll_report(visit, end, ()) for visit, end in found}
    return {name: report for name, report in reports.items() if name not in lost}


def hubs_changed(visit: PollResult, known: Sequence[Subscription], tools: TurnContext, now: datetime) -> bool:
    """Whether its feed names other hubs than before."""
    name, offers = visit.source.name, visit.offers
    return offers is not None and bool(hubs.changed_subscriptions(name, known, offers, tools.token, now))


def find_proven_subscription(visit: PollResult, known: Sequence[Subscription]) -> Subscription | None:
    """The subscription whose pushes the feed relies on."""
    return next((one for one in known if one.proven_at and visit.settings.callback), None)
