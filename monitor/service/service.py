"""The service behind the daemon and `run --once`: every adapter open, and the rules in force applied to them.

It does not know what is run with them (`service/tasks.py`) nor when (`engine`), what is decided, or when to stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.channels.notifier import Notifier
from monitor.clock import utcnow
from monitor.core.model.polling import PollReport, Source
from monitor.engine.timers import ClockStepDetector
from monitor.feeds.parser import Parser
from monitor.fetch.client import WebClient
from monitor.pipeline.context import TurnContext
from monitor.pipeline.deliver import Deliverer, targets_by_address
from monitor.pipeline.outage_log import Outages, PollLog
from monitor.pipeline.push import PushSubscriber
from monitor.service import process
from monitor.service.reload import RulesReloader
from monitor.store.store import Store, open_store

log = logging.getLogger(__name__)

WORK_THREADS = 3  # one for a backtest, two for short work; six cost 12 MB more for 150 new feeds
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
    """The open adapters. keep: False in a dry run, which stores nothing.

    on_alerts is called when deliveries were stored, on_feed_due when a feed became due before its time.
    """

    def __init__(
        self,
        store: Store,
        rules: RulesReloader,
        *,
        backfill: timedelta = timedelta(0),
        now: Callable[[], datetime] = utcnow,
    ) -> None:
        self.store, self.rules = store, rules
        self.backfill, self.now, self.keep = backfill, now, True
        self.on_alerts: Callable[[], object] = lambda: None
        self.on_feed_due: Callable[[], object] = lambda: None
        self.parser = Parser()
        self.reader = Parser(deadline=PAGE_PARSE_TIMEOUT, module="monitor.feeds.webpage.article")
        self.notifier = Notifier()
        self.web = self.make_web()
        self.webs = [self.web]
        self.owner = process.process_owner()
        self.clock = ClockStepDetector(lambda: self.now().timestamp())
        self.outages = Outages()
        store.database.observer = self.outages.database
        self.poll_log = PollLog(self.outages)
        self.deliverer = Deliverer(store, self.notifier, self.owner, now, random.random, outages=self.outages)
        self.sources: dict[str, Source] = {}
        self.targets = targets_by_address(())
        self.context = TurnContext(store, self.web, self.parser, now, random.random)
        self.push = PushSubscriber(self)

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
        now = self.now()
        await asyncio.to_thread(self.store.pull_in, now, overlong=not self.store.counter.is_ahead_of(now))
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
        renames = await asyncio.to_thread(self.store.polls.register, settings.sources, self.now())
        await self.readdress_deliveries()
        for old, new in renames.items():
            log.info("the feed %s is called %s now; its URL is known, so what is stored of it goes along", old, new)
        await self.push.apply_rules()

    async def readdress_deliveries(self) -> None:
        """Give what waits for channels no longer in rules.toml to the channels that the watches have now."""
        wanted = {name: route.addresses for name, route in self.rules.settings.routes.items()}
        installation = self.store.memory.installation_id()
        changed = await asyncio.to_thread(self.store.outbox.readdress, self.targets.keys(), wanted, installation)
        if changed:
            log.warning(
                "%d alerts waited for a channel that is gone from rules.toml; its watches' channels get them", changed
            )

    async def replan(self, step: timedelta) -> None:
        """Adapt to a wall clock that was set: after a step back nothing may wait for an hour that has passed."""
        for web in self.webs:
            web.stepped(step.total_seconds())
        if step < timedelta(0):
            await asyncio.to_thread(self.store.pull_in, self.now())

    def pushed(self, report: PollReport) -> None:
        """Log what a hub delivered, and send the alerts that it brought."""
        self.poll_log.record_push(report)
        self.announce_alerts(report)

    def announce_alerts(self, report: PollReport) -> None:
        """Call on_alerts if a report brought alerts."""
        if report.intents:
            self.on_alerts()

    def poll_due(self) -> None:
        """Call on_feed_due."""
        self.on_feed_due()

    def describe_work(self) -> str:
        """One line for the start: how many feeds, watches and channels."""
        settings = self.rules.settings
        return f"{len(self.sources)} feeds with {len(settings.watches)} watches for {len(settings.channels)} channels"

    def summary(self) -> str:
        """One line for the status: feeds that work, watches, channels."""
        settings = self.rules.settings
        feeds = f"{len(self.sources) - len(self.poll_log.failing)} of {len(self.sources)} feeds ok"
        return f"{feeds}, {len(settings.watches)} watches, {len(settings.channels)} channels"

    async def close(self) -> None:
        """Release the polls that were claimed and not stored, and close every adapter."""
        await self.push.finish(0)
        if not self.store.lost_reason:
            await asyncio.to_thread(self.store.polls.recover, self.owner.__eq__)
        for web in self.webs:
            await web.aclose()
        await self.parser.aclose()
        await self.reader.aclose()
        await self.notifier.aclose()
