"""One turn of everything due, for `run --once`, `run --dry-run` and, of chosen feeds, `feeds poll`.

It drives the same works as the daemon; it only waits for their end instead of for a bell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from monitor import ingest
from monitor.core.model import Delivery, Finding, Intent
from monitor.core.render import render
from monitor.dispatch import name
from monitor.rulebook import Rulebook
from monitor.works import Works, opened


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message as its channel would get it."""

    channel: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn did; messages only in a dry run."""

    reports: tuple[ingest.Report, ...]
    messages: tuple[Spoken, ...] = ()
    sent: int = 0
    refused: int = 0
    dry: bool = False
    busy: tuple[str, ...] = ()  # feeds that were asked for and that another process is polling

    def sentence(self) -> str:
        """The turn in one line."""
        failed = sum(report.outcome == "failed" for report in self.reports)
        new = sum(report.articles for report in self.reports)
        polls = f"{count(len(self.reports), 'feed')} polled, {failed} failed, {count(new, 'new article')}"
        if self.dry:
            return f"{polls}; {count(len(self.messages), 'message')} to send; nothing was sent or stored"
        return f"{polls}; {count(self.sent, 'message')} sent, {self.refused} refused"

    def as_data(self) -> dict[str, Any]:
        """The turn for machines."""
        polls = [
            {
                "feed": r.source,
                "outcome": r.outcome,
                "articles": r.articles,
                "matches": dict(r.matches),
                "error": r.error,
            }
            for r in self.reports
        ]
        return {
            "polls": polls,
            "messages": [asdict(message) for message in self.messages],
            "sent": self.sent,
            "refused": self.refused,
        }


def count(number: int, noun: str) -> str:
    """A number of things."""
    return f"{number} {noun}" + ("s" if number != 1 else "")


async def one_turn(
    database: str,
    rules: Rulebook,
    *,
    backfill: timedelta = timedelta(0),
    dry: bool = False,
    only: Collection[str] | None = None,
) -> Turn:
    """Poll every due source once and send every due delivery once; a dry run stores and sends nothing.

    only: poll these sources, due or not, and no others.
    """
    async with opened(database, rules, backfill=backfill) as works:
        works.keep = not dry
        reports = await polled(works) if only is None else await chosen(works, only)
        busy = tuple(sorted(set(only or ()) - {report.source for report in reports}))
        if dry:
            return Turn(reports, tuple(messages(reports, works.now())), dry=True, busy=busy)
        await pages_read(works)
        await spoken(works)
        return Turn(reports, sent=works.dispatch.sent, refused=works.dispatch.refused, busy=busy)


async def polled(works: Works) -> tuple[ingest.Report, ...]:
    """The reports of all sources that are due."""
    reports: list[ingest.Report] = []
    while tasks := await works.take():
        reports += await asyncio.gather(*tasks)
    return tuple(reports)


async def chosen(works: Works, names: Collection[str]) -> tuple[ingest.Report, ...]:
    """The reports of these sources, each polled once; one that another process holds is left to it."""
    reports: list[ingest.Report] = []
    left = set(names)
    while left and (tasks := await works.take(left)):
        reports += await asyncio.gather(*tasks)
        left -= {report.source for report in reports}
    return tuple(reports)


async def pages_read(works: Works) -> None:
    """Read the pages of new teasers; a page that fails is due later and waits for another turn."""
    while await works.read():
        await asyncio.gather(*works.pages)


async def spoken(works: Works) -> None:
    """Send until nothing is due; what was refused is due later and waits for the next turn."""
    while await works.give():
        await asyncio.gather(*works.sends)


def messages(reports: Sequence[ingest.Report], now: datetime) -> Iterator[Spoken]:
    """What would be said, message by message."""
    for finding in (finding for report in reports for finding in report.findings):
        due = sorted((intent for intent in finding.intents if intent.at), key=lambda intent: intent.address)
        for address, intents in groupby(due, key=lambda intent: intent.address):
            message = render([promised(finding, intent, now) for intent in intents], now=now)
            yield Spoken(name(address), message.title, message.body)


def promised(finding: Finding, intent: Intent, now: datetime) -> Delivery:
    """The delivery that an intent would become."""
    article = finding.article
    [match] = (match for match in finding.matches if match.watch == intent.watch)
    return Delivery(
        id=0,
        key="dry-run",
        story=finding.kin.story or 0,
        article=0,
        watch=intent.watch,
        address=intent.address,
        priority=intent.priority,
        attempts=0,
        repeat=False,
        created_at=now,
        due_at=now,
        title=article.title,
        article_url=article.url,
        source=article.source,
        published_at=article.published_at,
        first_seen_at=now,
        match=match,
    )
