"""The tasks of a running service: what is run for a feed, a page and an address, and what finds those that are due.

It hands them to an engine and does not know when they run, what they decide, or how anything is stored.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Sequence

from monitor.core.model.alerts import Address
from monitor.core.model.polling import Claim, PollReport, Source
from monitor.engine import Engine
from monitor.engine.embedded import EmbeddedEngine
from monitor.pipeline import ingest
from monitor.pipeline.batch import ClaimBatcher, PollBatcher
from monitor.pipeline.fulltext import FullTextContext, read_page
from monitor.pipeline.outage_log import is_known_outage
from monitor.service.service import Service

log = logging.getLogger(__name__)

MAX_POLLS = 32  # polls in flight
MAX_PAGE_READS = 4  # pages in flight; the fetcher sends one request at a time to a host
MAX_SENDS = 1000  # addresses that are sent to at once; each has its own pace
MAX_KICKS = 200  # due polls and pages that one search hands to the engine; the next search finds the others
RECOVERY_INTERVAL = 60.0  # seconds between two searches for deliveries whose sender is gone
POLL_GRACE = 10.0  # seconds that polls in flight get at the end; what they did not store is fetched again

# The first three find what is due and kick the others. Keys: a feed's name, the id of an article, an address as JSON
DUE_POLLS, DUE_PAGES, DUE_DELIVERIES = "find due polls", "find due pages", "find due deliveries"
POLL, PAGE, DELIVERY = "poll", "page", "deliver"


class ServiceTasks:
    """The tasks of a service, named to an engine, by default one in this process. on_poll: told of each finished poll.

    only_due: False where feeds are polled because a person asks.
    """

    def __init__(self, service: Service, engine: Engine | None = None) -> None:
        self.service = service
        self.engine: Engine = engine or EmbeddedEngine(on_error=report_error, wall=lambda: service.now().timestamp())
        self.only_due = True
        self.on_poll: Callable[[PollReport], object] = lambda _: None
        self.claims, self.batcher = ClaimBatcher(self.claim_polls), PollBatcher()
        self.next_recovery = asyncio.get_running_loop().time() + RECOVERY_INTERVAL
        service.on_alerts = lambda: self.engine.kick(DUE_DELIVERIES)
        service.on_feed_due = lambda: self.engine.kick(DUE_POLLS)
        self.name_tasks()

    def name_tasks(self) -> None:
        """Give the engine the tasks. A page is fetched again after the next start; a message is always finished."""
        self.engine.task(DUE_POLLS, self.find_due_polls)
        self.engine.task(DUE_PAGES, self.find_due_pages)
        self.engine.task(DUE_DELIVERIES, self.find_due_deliveries)
        self.engine.task(POLL, self.poll, grace=POLL_GRACE)
        self.engine.task(PAGE, self.read_page, grace=0)
        self.engine.task(DELIVERY, self.deliver)

    async def run(self, *names: str, drain: bool = False) -> None:
        """Run these tasks until cancelled (drain: until nothing is left), then finish what is in flight."""
        limits = {POLL: MAX_POLLS, PAGE: MAX_PAGE_READS, DELIVERY: MAX_SENDS}
        running = asyncio.create_task(self.engine.run({name: limits.get(name, 1) for name in names}, drain=drain))
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            self.service.deliverer.stop()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            raise

    async def find_due_polls(self, _: str) -> int:
        """Kick the feeds that are due; returns how many."""
        store, now = self.service.store, self.service.now()
        return self.kick_each(POLL, await asyncio.to_thread(store.polls.due_sources, now, MAX_KICKS))

    async def find_due_pages(self, _: str) -> int:
        """Kick the pages of teasers that are due; returns how many."""
        store, now = self.service.store, self.service.deliverer.due_by or self.service.now()
        pages = await asyncio.to_thread(store.pages.due_pages, now, MAX_KICKS)
        return self.kick_each(PAGE, [str(page) for page in pages])

    async def find_due_deliveries(self, _: str) -> int:
        """Kick the addresses with due deliveries, once those of ended senders are due again; returns how many."""
        now = asyncio.get_running_loop().time()
        if now >= self.next_recovery:
            self.next_recovery = now + RECOVERY_INTERVAL
            await self.service.recover()
        due = await self.service.deliverer.due_addresses(self.service.targets)
        return self.kick_each(DELIVERY, [address_key(address) for address in due])

    def kick_each(self, name: str, keys: Sequence[str]) -> int:
        """Kick a task for each of these keys, which may be none; returns how many."""
        if keys:
            self.engine.kick(name, *keys)
        return len(keys)

    def claim_polls(self, names: Sequence[str]) -> list[Claim]:
        """Lease these feeds. Runs in a thread."""
        owner, now = self.service.owner, self.service.now()
        return self.service.store.polls.claim(now, owner, ingest.POLL_LEASE, len(names), names, due=self.only_due)

    async def poll(self, name: str) -> None:
        """Poll a feed, unless it is no longer due, is in no rule any more, or another process polls it."""
        source = self.service.sources.get(name)
        if source and (claim := await self.claims.claim_feed(name)):
            self.on_poll(await self.run_poll(claim, source))

    async def run_poll(self, claim: Claim, source: Source) -> PollReport:
        """Run one poll. An unforeseen error costs this source its poll, and nothing else."""
        service, tools = self.service, self.service.tools()
        try:
            report = await ingest.poll_source(
                claim,
                source,
                service.rules.settings,
                tools,
                backfill=service.backfill,
                keep=service.keep,
                store_result=self.batcher.store_poll,
            )
        except Exception as error:
            if is_known_outage(error):
                return ingest.outage_report(claim, source, error)
            log.exception("%s: the poll broke", source.name)
            return await asyncio.to_thread(ingest.record_broken_poll, claim, source, error, tools, keep=service.keep)
        service.poll_log.record_poll(report)
        service.announce_alerts(report)
        return report

    async def read_page(self, page: str) -> None:
        """Read the page of a teaser."""
        service = self.service
        context = FullTextContext(service.tools(), service.reader, service.deliverer.due_by)
        report = await read_page(int(page), service.rules.settings, context)
        if report:
            service.announce_alerts(report)

    async def deliver(self, key: str) -> None:
        """Send what is due for an address."""
        address = Address(*json.loads(key))
        await self.service.deliverer.deliver(address, self.service.targets.get(address))


def address_key(address: Address) -> str:
    """An address as a key of the engine."""
    return json.dumps([address.channel, address.target])


def report_error(name: str, key: str, error: Exception) -> bool:
    """Whether an error needs no traceback, because an outage was logged when it began."""
    known = is_known_outage(error)
    if known:
        log.debug("the task %s %s failed: %s", name, key, error)
    return known
