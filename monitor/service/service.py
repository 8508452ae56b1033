"""The works behind the daemon and `run --once`: every room open, polls and sends in flight.

It starts turns and remembers which are under way. When they are due, what they decide and when to stop is not its
business.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from monitor.channels import Notifier
from monitor.clock import utcnow
from monitor.config import Settings
from monitor.core.alerts.render import poll_summary
from monitor.core.errors import MonitorError
from monitor.core.model.alerts import Address, Delivery, Target
from monitor.core.model.polling import Claim, PollReport, Source
from monitor.core.websub.subscription import MAX_LEASE
from monitor.feeds import Parser
from monitor.fetch import WebClient
from monitor.pipeline import backtest, fulltext, ingest
from monitor.pipeline.batch import PollBatcher
from monitor.pipeline.context import TurnContext
from monitor.pipeline.deliver import Deliverer, targets_by_address
from monitor.pipeline.health import HealthMonitor
from monitor.pipeline.outage_log import Outages, is_known_outage
from monitor.pipeline.push import PushSubscriber
from monitor.service import process
from monitor.service.reload import RulesReloader
from monitor.store import Store, open_store
from monitor.store.page_queue import Teaser

log = logging.getLogger(__name__)

MAX_POLLS = 32  # polls in flight
WORK_THREADS = 3  # for one that looks back, and two for what is short; six cost 12 MB more for 150 new feeds
RECOVERY_INTERVAL = 60.0  # seconds between two looks for deliveries that nobody holds any more
BACKTEST_SPAN = timedelta(days=30)  # over which a change of rules is tried
MAX_PAGE_READS = 4  # pages in flight; each host is spoken to by one at a time
PAGE_PARSE_TIMEOUT = 10.0  # seconds for the text of a page
CLEANUP_PAUSE_SECONDS = 0.05  # seconds between two steps of pruning, for whoever wants to write
RARE_PARAGRAPH_AGE = timedelta(days=14)  # after which a paragraph that did not return is no habit of its host


@contextlib.asynccontextmanager
async def open_service(
    database: str, rules: RulesReloader, *, backfill: timedelta = timedelta(0), now: Callable[[], datetime] = utcnow
) -> AsyncIterator[Service]:
    """The works with everything open; leaving closes it in turn."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(WORK_THREADS, "work"))
    with open_store(database, now()) as store:
        await rules.load(store.memory)
        works = Service(store, rules, backfill=backfill, now=now)
        try:
            await works.recover_all()
            yield works
        finally:
            await works.close()


class Service:
    """What a running monitor works with."""

    def __init__(
        self,
        store: Store,
        rules: RulesReloader,
        *,
        backfill: timedelta = timedelta(0),
        now: Callable[[], datetime] = utcnow,
        keep: bool = True,
    ) -> None:
        self.store, self.rules = store, rules
        self.backfill, self.now, self.keep = backfill, now, keep
        self.parser = Parser()
        self.reader = Parser(deadline=PAGE_PARSE_TIMEOUT, module="monitor.feeds.webpage.article")
        self.pages: set[asyncio.Task[None]] = set()
        self.notifier = Notifier()
        self.web = self.make_web()
        self.webs = [self.web]
        self.owner = process.process_owner()
        self.outages = Outages()
        store.database.observer = self.outages.database
        self.deliverer = Deliverer(store, self.notifier, self.owner, now, random.random, outages=self.outages)
        self.health = HealthMonitor(store, self.notifier, now, store.folder, self.outages)
        self.outbox_event = asyncio.Event()  # set when there is something to tell
        self.poll_event = asyncio.Event()  # set when a feed became due before its time
        self.sources: dict[str, Source] = {}
        self.targets: dict[Address, Target] = {}
        self.polls: dict[str, asyncio.Task[PollReport]] = {}
        self.sends: set[asyncio.Task[None]] = set()
        self.failing: set[str] = set()
        self.next_recovery = time.monotonic() + RECOVERY_INTERVAL
        self.settling, self.push = PollBatcher(), PushSubscriber(self)

    def tools(self) -> TurnContext:
        """What turns work with."""
        return TurnContext(self.store, self.web, self.parser, self.now, random.random)

    def make_web(self) -> WebClient:
        """The way to the sources that the settings allow."""
        settings = self.rules.settings
        self.terms = (settings.private_networks, settings.contact)
        return WebClient(private_networks=settings.private_networks, contact=settings.contact)

    async def recover_all(self) -> None:
        """Take up what a dead process left behind, and the feeds of the rules."""
        await asyncio.to_thread(self.store.polls.recover, process.is_owner_dead)
        await self.recover()
        await asyncio.to_thread(self.store.pull_in, self.now(), overlong=True)
        await self.push.distrust()
        await self.apply_rules()

    async def recover(self) -> None:
        """Take back deliveries whose sender is gone or whose lease ended."""
        holding = [channel.name for channel in self.rules.settings.channels if channel.holds]
        repeats = await asyncio.to_thread(self.store.outbox.recover, process.is_owner_dead, self.now(), holding)
        if repeats:
            log.warning("%d messages were being sent when their sender ended; they may arrive twice", repeats)

    async def apply_rules(self) -> None:
        """Put the rules in force into effect. Polls in flight end under the rules they began with."""
        settings = self.rules.settings
        self.sources = {source.name: source for source in settings.sources}
        self.targets = targets_by_address(settings.channels)
        self.deliverer.holding = frozenset(channel.name for channel in settings.channels if channel.holds)
        self.failing &= set(self.sources)
        if (settings.private_networks, settings.contact) != self.terms:
            self.web = self.make_web()
            self.webs.append(self.web)  # the old one may be in use: closed at the end
        await asyncio.to_thread(self.store.polls.register, settings.sources, self.now())
        await self.push.apply_rules()

    async def replan(self, step: timedelta) -> None:
        """After the clock was set back, nothing may wait for an hour that has passed already."""
        for web in self.webs:
            web.stepped(step.total_seconds())
        if step < timedelta(0):
            await asyncio.to_thread(self.store.pull_in, self.now())

    async def start_polls(
        self, only: Collection[str] | None = None, due: bool = False
    ) -> list[asyncio.Task[PollReport]]:
        """Start to poll what is due, or only these, as far as there are free slots; due: those of them that are due."""
        free = MAX_POLLS - len(self.polls)
        if free <= 0:
            return []
        claims = await asyncio.to_thread(
            self.store.polls.claim,
            self.now(),
            self.owner,
            ingest.POLL_LEASE,
            free,
            frozenset(self.polls),
            only,
            due=due,
        )
        return [self.start_poll(claim) for claim in claims if claim.state.source in self.sources]

    async def log_backtest(self, before: Settings, after: Settings) -> None:
        """Say what a change of rules would have brought and spared; it may be cancelled at any article."""
        await backtest.log_backtest(self.store, before, after, BACKTEST_SPAN, self.now())

    def start_poll(self, claim: Claim) -> asyncio.Task[PollReport]:
        """Start one poll."""
        name = claim.state.source
        task = asyncio.create_task(self.run_poll(claim, self.sources[name]), name=f"poll {name}")
        self.polls[name] = task
        task.add_done_callback(lambda _: self.polls.pop(name, None))
        return task

    async def run_poll(self, claim: Claim, source: Source) -> PollReport:
        """One poll. Whatever goes wrong with it costs this source its turn, and nothing else."""
        tools, settings = self.tools(), self.rules.settings
        try:
            report = await ingest.poll_source(
                claim,
                source,
                settings,
                tools,
                backfill=self.backfill,
                keep=self.keep,
                store_result=self.settling.store_poll,
            )
        except Exception as error:
            if is_known_outage(error):
                return ingest.outage_report(claim, source, error)
            log.exception("%s: the poll broke", source.name)
            return await asyncio.to_thread(ingest.record_broken_poll, claim, source, error, tools, keep=self.keep)
        self.record(report)
        if report.intents:
            self.outbox_event.set()
        return report

    def record(self, report: PollReport) -> None:
        """Say what is worth a line: news, the first failure of a row, and its end."""
        if report.outcome == "failed" and report.source not in self.failing:
            self.failing.add(report.source)
            self.outages.log_one_of_many("feeds that fail", logging.WARNING, report.source, report.error or "it fails")
        if report.outcome != "failed" and report.source in self.failing:
            self.failing.discard(report.source)
            self.outages.log_one_of_many("feeds that answer again", logging.INFO, report.source, "answers again")
        if report.outcome in ("new", "first sight"):
            log.info("%s", poll_summary(report))

    def pushed(self, report: PollReport) -> None:
        """Say what a hub brought."""
        if report.outcome == "new":
            log.info("pushed: %s", poll_summary(report))
        if report.intents:
            self.outbox_event.set()

    async def start_page_reads(self, due_by: datetime | None = None) -> int:
        """Start to read pages of teasers that are due (by due_by, else now); returns how many."""
        free = MAX_PAGE_READS - len(self.pages)
        teasers = await asyncio.to_thread(self.store.pages.claim, self.now(), free, due_by=due_by) if free > 0 else []
        for one in teasers:
            task = asyncio.create_task(self.read_page(one), name=f"page {one.id}")
            self.pages.add(task)
            task.add_done_callback(self.pages.discard)
        return len(teasers)

    async def read_page(self, one: Teaser) -> None:
        """Read one page; a failure costs this page only."""
        try:
            report = await fulltext.fetch_full_text(
                one, self.rules.settings, fulltext.FullTextContext(self.tools(), self.reader)
            )
        except MonitorError as error:
            level = logging.DEBUG if is_known_outage(error) else logging.WARNING
            log.log(level, "%s: its page could not be read: %s", one.article.title, error)
            return
        if report and report.intents:
            log.info("%s: the page of %r brought %d alerts", report.source, one.article.title, report.intents)
            self.outbox_event.set()

    async def start_deliveries(self, due_by: datetime | None = None) -> int:
        """Start to send what is due (by due_by, else now); returns how many deliveries that is."""
        if time.monotonic() >= self.next_recovery:
            self.next_recovery = time.monotonic() + RECOVERY_INTERVAL
            await self.recover()
        return await self.deliverer.start_due(self.targets, self.start_delivery, due_by)

    async def delete_older_than(self) -> None:
        """Let go of what is older than the rules want to keep, a little at a time."""
        now, keep = self.now(), self.rules.settings.keep
        await asyncio.to_thread(self.store.repeated_paragraphs.delete_older_than, (now - RARE_PARAGRAPH_AGE).date())
        await asyncio.to_thread(self.store.retention.delete_ended_before, now - BACKTEST_SPAN)
        await asyncio.to_thread(self.store.subscriptions.delete_older_than, now - MAX_LEASE)
        count = 0
        while keep and (some := await asyncio.to_thread(self.store.retention.delete_older_than, now - keep, now)):
            count += some
            await asyncio.sleep(CLEANUP_PAUSE_SECONDS)
        if count:
            log.info("let go of the texts of %d articles older than %d days", count, keep.days if keep else 0)

    async def check_health(self) -> None:
        """Look whether anything is wrong that an operator must hear of."""
        self.outages.flush()
        await self.health.check(self.rules.settings, self.rules.trouble, self.targets)

    def start_delivery(self, address: Address, deliveries: list[Delivery], target: Target | None) -> None:
        """Start to send to one address."""
        task = asyncio.create_task(
            self.deliverer.deliver_to_address(address, deliveries, target), name=f"tell {address.channel}"
        )
        self.sends.add(task)
        task.add_done_callback(self.delivery_finished)

    def delivery_finished(self, task: asyncio.Task[None]) -> None:
        """An address is free again: there may be more for it."""
        self.sends.discard(task)
        self.outbox_event.set()
        if not task.cancelled() and (error := task.exception()) and not is_known_outage(error):
            log.error("sending broke off", exc_info=error)

    def task(self) -> str:
        """What there is to do, in one line."""
        settings = self.rules.settings
        return f"{len(self.sources)} feeds with {len(settings.watches)} watches for {len(settings.channels)} channels"

    def summary(self) -> str:
        """One line: feeds, watches, channels."""
        settings = self.rules.settings
        feeds = f"{len(self.sources) - len(self.failing)} of {len(self.sources)} feeds ok"
        return f"{feeds}, {len(settings.watches)} watches, {len(settings.channels)} channels"

    async def finish(self, grace: float) -> None:
        """Let polls and sends in flight end; a poll that takes longer than the grace is given up."""
        self.deliverer.stop()
        for page in self.pages:
            page.cancel()
        await asyncio.gather(*self.pages, return_exceptions=True)
        await self.push.finish(grace)
        if self.polls:
            _, late = await asyncio.wait(self.polls.values(), timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await asyncio.gather(*self.sends, return_exceptions=True)

    async def close(self) -> None:
        """Give back what was claimed and not stored, and close every room."""
        await self.finish(0)
        if not self.store.lost_reason:
            await asyncio.to_thread(self.store.polls.recover, self.owner.__eq__)
        for web in self.webs:
            await web.aclose()
        await self.parser.aclose()
        await self.reader.aclose()
        await self.notifier.aclose()
