"""The service behind the daemon and `run --once`: every adapter open, polls, page reads and deliveries in flight.

It starts them and remembers which are running. It does not know when they are due, what they decide, or when to stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.channels.notifier import Notifier
from monitor.clock import utcnow
from monitor.core.model.polling import Claim, PollReport, Source
from monitor.feeds.parser import Parser
from monitor.fetch.client import WebClient
from monitor.pipeline import ingest
from monitor.pipeline.batch import PollBatcher
from monitor.pipeline.context import TurnContext
from monitor.pipeline.deliver import Deliverer, targets_by_address
from monitor.pipeline.fulltext import PageReads
from monitor.pipeline.outage_log import Outages, PollLog, is_known_outage
from monitor.pipeline.push import PushSubscriber
from monitor.service import process
from monitor.service.reload import RulesReloader
from monitor.store.store import Store, open_store

log = logging.getLogger(__name__)

MAX_POLLS = 32  # polls in flight
WORK_THREADS = 3  # one for a backtest, two for short work; six cost 12 MB more for 150 new feeds
RECOVERY_INTERVAL = 60.0  # seconds between two searches for deliveries whose sender is gone
PAGE_PARSE_TIMEOUT = 10.0  # seconds to find the text of a page


@contextlib.asynccontextmanager
async def open_service(
    database: str, rules: RulesReloader, *, backfill: timedelta = timedelta(0), now: Callable[[], datetime] = utcnow
) -> AsyncIterator[Service]:
    """Open the store, the rules and every adapter; leaving closes them. Raises ConfigError, StoreError."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(WORK_THREADS, "work"))
    with open_store(database, now()) as store:
        await rules.load(store.memory)
        service = Service(store, rules, backfill=backfill, now=now)
        try:
            await service.recover_all()
            yield service
        finally:
            await service.close()


class Service:
    """The open adapters and the tasks in flight. keep: False in a dry run, which stores nothing."""

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
        self.notifier = Notifier()
        self.web = self.make_web()
        self.webs = [self.web]
        self.owner = process.process_owner()
        self.outages = Outages()
        store.database.observer = self.outages.database
        self.poll_log = PollLog(self.outages)
        self.outbox_event = asyncio.Event()  # set when deliveries were stored, or an address became free
        self.poll_event = asyncio.Event()  # set when a feed became due before its time
        self.deliverer = Deliverer(
            store, self.notifier, self.owner, now, random.random, outages=self.outages, on_end=self.wake_outbox
        )
        self.sends = self.deliverer.tasks
        self.page_reads = PageReads(self.reader, self.wake_outbox)
        self.sources: dict[str, Source] = {}
        self.targets = targets_by_address(())
        self.polls: dict[str, asyncio.Task[PollReport]] = {}
        self.next_recovery = time.monotonic() + RECOVERY_INTERVAL
        self.context = TurnContext(store, self.web, self.parser, now, random.random)
        self.batcher, self.push = PollBatcher(), PushSubscriber(self)

    def tools(self) -> TurnContext:
        """The adapters as they are now: a reload may replace the web client."""
        return replace(self.context, web=self.web)

    def make_web(self) -> WebClient:
        """A web client for the settings in force."""
        settings = self.rules.settings
        self.terms = (settings.private_networks, settings.contact)
        return WebClient(private_networks=settings.private_networks, contact=settings.contact)

    async def recover_all(self) -> None:
        """Take over what an ended process left behind, and put the rules into effect."""
        await asyncio.to_thread(self.store.polls.recover, process.is_owner_dead)
        await self.recover()
        await asyncio.to_thread(self.store.pull_in, self.now(), overlong=True)
        await self.push.distrust()
        await self.apply_rules()

    async def recover(self) -> None:
        """Make deliveries due again whose sender is gone or whose lease ended."""
        holding = [channel.name for channel in self.rules.settings.channels if channel.holds]
        repeats = await asyncio.to_thread(self.store.outbox.recover, process.is_owner_dead, self.now(), holding)
        if repeats:
            log.warning("%d messages were being sent when their sender ended; they may arrive twice", repeats)

    async def apply_rules(self) -> None:
        """Put the rules in force into effect. Polls in flight end with the rules they began with."""
        settings = self.rules.settings
        self.sources = {source.name: source for source in settings.sources}
        self.targets = targets_by_address(settings.channels)
        self.deliverer.holding = frozenset(channel.name for channel in settings.channels if channel.holds)
        self.poll_log.failing &= set(self.sources)
        if (settings.private_networks, settings.contact) != self.terms:
            self.web = self.make_web()
            self.webs.append(self.web)  # the old one may be in use: closed at the end
        await asyncio.to_thread(self.store.polls.register, settings.sources, self.now())
        await self.push.apply_rules()

    async def replan(self, step: timedelta) -> None:
        """Adapt to a wall clock that was set: after a step back nothing may wait for an hour that has passed."""
        for web in self.webs:
            web.stepped(step.total_seconds())
        if step < timedelta(0):
            await asyncio.to_thread(self.store.pull_in, self.now())

    async def start_polls(
        self, only: Collection[str] | None = None, due: bool = False
    ) -> list[asyncio.Task[PollReport]]:
        """Start to poll what is due, or `only` these sources, due or not unless `due`; returns the tasks."""
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

    def start_poll(self, claim: Claim) -> asyncio.Task[PollReport]:
        name = claim.state.source
        task = asyncio.create_task(self.run_poll(claim, self.sources[name]), name=f"poll {name}")
        self.polls[name] = task
        task.add_done_callback(lambda _: self.polls.pop(name, None))
        return task

    async def run_poll(self, claim: Claim, source: Source) -> PollReport:
        """Run one poll. An unforeseen error costs this source its poll, and nothing else."""
        tools, settings = self.tools(), self.rules.settings
        try:
            report = await ingest.poll_source(
                claim,
                source,
                settings,
                tools,
                backfill=self.backfill,
                keep=self.keep,
                store_result=self.batcher.store_poll,
            )
        except Exception as error:
            if is_known_outage(error):
                return ingest.outage_report(claim, source, error)
            log.exception("%s: the poll broke", source.name)
            return await asyncio.to_thread(ingest.record_broken_poll, claim, source, error, tools, keep=self.keep)
        self.poll_log.record_poll(report)
        if report.intents:
            self.outbox_event.set()
        return report

    def pushed(self, report: PollReport) -> None:
        """Log what a hub delivered, and send the alerts that it brought."""
        self.poll_log.record_push(report)
        if report.intents:
            self.outbox_event.set()

    def wake_outbox(self) -> None:
        """Make the outbox look for due deliveries now. A daemon replaces the event, so it is looked up at each call."""
        self.outbox_event.set()

    async def start_page_reads(self, due_by: datetime | None = None) -> int:
        """Start to read the pages of teasers that are due (by due_by, else now); returns how many."""
        return await self.page_reads.start_due(self.rules.settings, self.tools(), due_by)

    async def start_deliveries(self, due_by: datetime | None = None) -> int:
        """Start to send what is due (by due_by, else now); returns the number of deliveries."""
        if time.monotonic() >= self.next_recovery:
            self.next_recovery = time.monotonic() + RECOVERY_INTERVAL
            await self.recover()
        return await self.deliverer.start_due(self.targets, due_by)

    def task(self) -> str:
        """One line for the start: how many feeds, watches and channels."""
        settings = self.rules.settings
        return f"{len(self.sources)} feeds with {len(settings.watches)} watches for {len(settings.channels)} channels"

    def summary(self) -> str:
        """One line for the status: feeds that work, watches, channels."""
        settings = self.rules.settings
        feeds = f"{len(self.sources) - len(self.poll_log.failing)} of {len(self.sources)} feeds ok"
        return f"{feeds}, {len(settings.watches)} watches, {len(settings.channels)} channels"

    async def finish(self, grace: float) -> None:
        """Let polls and deliveries in flight end; a poll that takes longer than `grace` seconds is given up."""
        self.deliverer.stop()
        await self.page_reads.cancel()
        await self.push.finish(grace)
        if self.polls:
            _, late = await asyncio.wait(self.polls.values(), timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await asyncio.gather(*self.sends, return_exceptions=True)

    async def close(self) -> None:
        """Release the polls that were claimed and not stored, and close every adapter."""
        await self.finish(0)
        if not self.store.lost_reason:
            await asyncio.to_thread(self.store.polls.recover, self.owner.__eq__)
        for web in self.webs:
            await web.aclose()
        await self.parser.aclose()
        await self.reader.aclose()
        await self.notifier.aclose()
