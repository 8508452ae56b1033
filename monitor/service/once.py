"""One run of everything due, for `run --once`, `run --dry-run` and, for chosen feeds, `feeds poll`.

It drives the same service as the daemon, but waits for the end of its tasks and sets no timer. Each part takes what is
due when it begins, so a run ends: what becomes due meanwhile is left to the next run.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any

from monitor.clock import utcnow
from monitor.core.alerts.render import render_alert
from monitor.core.model.alerts import Delivery, Intent
from monitor.core.model.polling import ArticleDecision, PollReport
from monitor.engine.embedded import EmbeddedEngine
from monitor.pipeline.deliver import format_address
from monitor.service.reload import RulesReloader
from monitor.service.service import open_service
from monitor.service.tasks import DELIVERY, PAGE, POLL, ServiceTasks

log = logging.getLogger(__name__)

BROKEN_NOUNS = {POLL: "a poll", PAGE: "reading a page", DELIVERY: "sending"}


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that a dry run does not send."""

    channel: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What one run did; messages only in a dry run."""

    reports: tuple[PollReport, ...]
    messages: tuple[SentMessage, ...] = ()
    sent: int = 0
    refused: int = 0
    dry: bool = False
    busy: tuple[str, ...] = ()  # requested feeds that another process is polling
    refusals: tuple[tuple[str, str], ...] = ()  # recipient and error
    broken: tuple[str, ...] = ()  # a line for each unforeseen error

    @property
    def succeeded(self) -> bool:
        """Whether every feed was polled and every message was sent."""
        return not (self.busy or self.failures())

    def failures(self) -> list[str]:
        """One line for each feed and recipient that failed."""
        feeds = [f"{one.source}: failed: {one.error}" for one in self.reports if one.outcome == "failed"]
        return [*feeds, *(f"{name}: not sent: {error}" for name, error in self.refusals), *self.broken]

    def summary_line(self) -> str:
        """The counts in one line."""
        failed = sum(report.outcome == "failed" for report in self.reports)
        new = sum(report.articles for report in self.reports)
        polls = f"{format_count(len(self.reports), 'feed')} polled, {failed} failed, {format_count(new, 'new article')}"
        if self.dry:
            return f"{polls}; {format_count(len(self.messages), 'message')} to send; nothing was sent or stored"
        return f"{polls}; {format_count(self.sent, 'message')} sent, {self.refused} refused"

    def as_data(self) -> dict[str, Any]:
        """The run as JSON data."""
        polls = [
            {
                "feed": one.source,
                "outcome": one.outcome,
                "articles": one.articles,
                "edited": one.edited,
                "listed": one.listed,
                "stored": one.stored,
                "known": one.known,
                "unreadable": one.unreadable,
                "refused": one.refused,
                "losses": list(one.losses),
                "matches": dict(one.matches),
                "error": one.error,
            }
            for one in self.reports
        ]
        return {
            "polls": polls,
            "messages": [asdict(message) for message in self.messages],
            "sent": self.sent,
            "refused": self.refused,
            "refusals": [{"channel": name, "error": error} for name, error in self.refusals],
            "broken": self.broken,
        }


def format_count(number: int, noun: str) -> str:
    """A number and its noun: `1 feed`, `2 feeds`."""
    return f"{number} {noun}" + ("s" if number != 1 else "")


async def run_once(
    database: str,
    rules: RulesReloader,
    *,
    backfill: timedelta = timedelta(0),
    dry: bool = False,
    only: Collection[str] | None = None,
    now: Callable[[], datetime] = utcnow,
) -> RunSummary:
    """Poll every due source once, read every due page once and send every due delivery once.

    A dry run stores and sends nothing.

    only: poll these sources, due or not, and no others.
    """
    async with open_service(database, rules, backfill=backfill, now=now) as service:
        service.keep = not dry
        broken: list[str] = []
        tasks = ServiceTasks(service, EmbeddedEngine(on_error=partial(record_error, broken)))
        reports = await (poll_due_sources(tasks) if only is None else poll_sources(tasks, only))
        busy = tuple(sorted(set(only or ()) - {report.source for report in reports}))
        if dry:
            messages = tuple(dry_run_messages(reports, service.now()))
            return RunSummary(reports, messages, dry=True, busy=busy, broken=tuple(broken))
        await read_due_pages(tasks, broken)
        await send_due_deliveries(tasks, broken)
        sent, refused = service.deliverer.sent, service.deliverer.refused
        refusals = tuple(service.deliverer.refusals.items())
        return RunSummary(reports, (), sent, refused, busy=busy, refusals=refusals, broken=tuple(broken))


async def poll_due_sources(tasks: ServiceTasks) -> tuple[PollReport, ...]:
    """Poll all sources that are due now, each once; returns their reports."""
    service = tasks.service
    return await poll_sources(tasks, await asyncio.to_thread(service.store.polls.due_sources, service.now()), due=True)


async def poll_sources(tasks: ServiceTasks, names: Iterable[str], *, due: bool = False) -> tuple[PollReport, ...]:
    """Poll these sources, each once; one that another process has claimed is left to it. Returns the reports.

    due: leave out those that are not due any more.
    """
    reports: list[PollReport] = []
    tasks.only_due, tasks.on_poll = due, reports.append
    tasks.kick_each(POLL, list(names))
    await tasks.run(POLL, drain=True)
    return tuple(reports)


async def read_due_pages(tasks: ServiceTasks, broken: Sequence[str] = ()) -> None:
    """Read the pages that are due now, each once."""
    await run_due(tasks, tasks.find_due_pages, PAGE, broken)


async def send_due_deliveries(tasks: ServiceTasks, broken: Sequence[str] = ()) -> None:
    """Send what is due now, each delivery once."""
    await run_due(tasks, tasks.find_due_deliveries, DELIVERY, broken)


async def run_due(tasks: ServiceTasks, find: Callable[[str], Awaitable[int]], name: str, broken: Sequence[str]) -> None:
    """Run a task for what is due now, until nothing is left or an error added a line to `broken`."""
    tasks.service.deliverer.due_by, errors = tasks.service.now(), len(broken)
    while await find("") and len(broken) == errors:
        await tasks.run(name, drain=True)


def record_error(broken: list[str], name: str, key: str, error: Exception) -> bool:
    """Log an unforeseen error and add a line about it."""
    what = BROKEN_NOUNS[name]
    log.error("%s broke off", what, exc_info=error)
    broken.append(f"{what} broke off: {error or type(error).__name__}")
    return True


def dry_run_messages(reports: Sequence[PollReport], now: datetime) -> Iterator[SentMessage]:
    """The messages that the alerts of these reports would become."""
    for finding in (finding for report in reports for finding in report.decisions):
        due = sorted((intent for intent in finding.intents if intent.at), key=lambda intent: intent.address)
        for address, intents in groupby(due, key=lambda intent: intent.address):
            message = render_alert([make_dry_delivery(finding, intent, now) for intent in intents], now=now)
            yield SentMessage(format_address(address), message.title, message.body)


def make_dry_delivery(finding: ArticleDecision, intent: Intent, now: datetime) -> Delivery:
    """The delivery that an intent would become."""
    article = finding.article
    [match] = (match for match in finding.matches if match.watch == intent.watch)
    return Delivery(
        id=0,
        key="dry-run",
        story=finding.story_relation.story or 0,
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
