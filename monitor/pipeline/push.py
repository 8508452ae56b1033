"""Pushed feeds (WebSub, rssCloud): subscribe at hubs, answer their requests, store what they deliver.

A delivery goes through the same parser and the same decisions as a poll, under the same lease of its feed, so the two
never alert one article twice. A delivery that cannot be stored makes its feed due at once: a push is only faster than a
poll. This module does not know how hubs are reached or listened to, nor how anything is stored.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol
from urllib.parse import parse_qs

from monitor.config.settings import Settings
from monitor.core.errors import FetchError, MonitorError, ParseError
from monitor.core.model.polling import Claim, Page, PollEnd, PollReport, Source
from monitor.core.schedule.outcome import FetchResult
from monitor.core.websub import protocol, subscription
from monitor.core.websub.protocol import HubRequest, HubResponse
from monitor.core.websub.subscription import RSSCLOUD, Subscription, SubscriptionState, SubscriptionUpdate
from monitor.pipeline import ingest
from monitor.pipeline.context import PollResult, TurnContext
from monitor.pipeline.outage_log import is_known_outage
from monitor.pipeline.stages import ComparisonsPending, analyse_poll, decide_articles

log = logging.getLogger(__name__)

MAX_HUB_REQUESTS = 8  # requests to hubs in flight
PUSH_LEASE = timedelta(minutes=2)  # 3 s for the parser, 5 s for a database lock, and a reserve
STORE_TIMEOUT = 5.0  # seconds; a delivery that takes longer to store is answered before it is stored
CLAIM_ATTEMPTS, CLAIM_PAUSE_SECONDS = 20, 0.1  # to claim the feed while its poll runs


class HubSender(Protocol):
    """Sends requests to hubs; vet() refuses an address that must not be requested. Raises FetchError."""

    async def post(self, url: str, form: Mapping[str, str]) -> str: ...
    def vet(self, url: str) -> None: ...


class RulesInForce(Protocol):
    """Holds the settings, which a reload replaces."""

    @property
    def settings(self) -> Settings: ...


class PushContext(Protocol):
    """The parts of the running service that pushes use; a reload may replace them."""

    @property
    def owner(self) -> str: ...
    @property
    def web(self) -> HubSender: ...
    @property
    def rules(self) -> RulesInForce: ...
    @property
    def sources(self) -> Mapping[str, Source]: ...
    def poll_due(self) -> None: ...  # a feed became due: poll it soon
    def tools(self) -> TurnContext: ...
    def pushed(self, report: PollReport) -> None: ...


class PushSubscriber:
    """Subscribes at hubs with request_subscriptions(); the listener passes their requests to answer()."""

    def __init__(self, context: PushContext) -> None:
        self.context = context
        self.store = context.tools().store.subscriptions
        self.is_reachable = False  # the listener is open
        self.place: tuple[str, int] | None = None  # host and port to listen at
        self.moved = asyncio.Event()  # place has changed
        self.taking: set[asyncio.Task[bool]] = set()

    async def apply_rules(self) -> None:
        """Put the rules in force into effect: which feeds are pushed, and where to listen."""
        settings = self.context.rules.settings
        if settings.listen != self.place:
            self.place = settings.listen
            self.moved.set()
        await asyncio.to_thread(self.store.register, settings.sources, self.now())
        if self.place is None:
            await self.distrust()

    async def distrust(self) -> None:
        """Rely on no push, as nobody listened or will listen, and poll these feeds at once."""
        await asyncio.to_thread(self.store.distrust, self.now())

    @contextlib.contextmanager
    def reachable(self) -> Iterator[None]:
        """Hold while the listener is open. Only then are hubs asked, because they verify each request by a call."""
        self.is_reachable = True
        try:
            yield
        finally:
            self.is_reachable = False

    async def request_subscriptions(self) -> int:
        """Send the subscription requests that are due; returns how many."""
        address = self.context.rules.settings.callback
        if not (address and self.is_reachable):
            return 0
        claimed = await asyncio.to_thread(self.store.claim, address, self.now(), MAX_HUB_REQUESTS)
        await asyncio.gather(*(self.request_subscription(one) for one in claimed))
        return len(claimed)

    async def request_subscription(self, one: Subscription) -> None:
        """Send one request and store the hub's answer, unless it was asked again meanwhile."""
        step: SubscriptionUpdate
        try:
            self.context.web.vet(one.topic)
            answer = await self.context.web.post(one.hub, protocol.subscription_form(one))
            if objection := protocol.refusal_reason(one, answer):
                raise FetchError(objection, kind="refused")
        except FetchError as error:
            if not one.failures:
                log.warning("%s: its hub %s cannot be used: %s", one.source, one.hub, error)
            step = partial(subscription.mark_refused, error=str(error), now=self.now(), wait=error.retry_after)
        else:
            step = partial(subscription.mark_accepted, now=self.now())
        await self.change(one, lambda known: step(known) if known.asked_at == one.asked_at else known)

    async def knows(self, token: str) -> bool:
        """Whether the token belongs to a callback of ours."""
        return await asyncio.to_thread(self.store.find_by_token, token) is not None

    async def answer(self, call: HubRequest) -> HubResponse:
        """Handle a request of a hub and return the answer. Raises StoreError."""
        one = await asyncio.to_thread(self.store.find_by_token, call.token)
        if one is None:
            return protocol.NOT_FOUND_RESPONSE
        if call.method == "GET":
            return await self.verify(one, call)
        if one.state is SubscriptionState.UNWANTED or one.source not in self.context.sources:
            return protocol.GONE_RESPONSE
        if one.kind == RSSCLOUD:
            topic = parse_qs(call.body.decode("utf-8", "replace"), max_num_fields=10).get("url", [""])[0]
            return await self.ping(one) if topic == one.topic else protocol.NOT_FOUND_RESPONSE
        if not protocol.is_signed_delivery(one.secret, call.headers.get("x-hub-signature", ""), call.body):
            return await self.discard(one)
        return await self.deliver(one, call)

    async def verify(self, one: Subscription, call: HubRequest) -> HubResponse:
        """Answer a hub that verifies a subscription (WebSub 5.3), from its state under the lock."""
        replies = [protocol.NOT_FOUND_RESPONSE]

        def decide(known: Subscription) -> Subscription:
            reply, after = protocol.answer_verification(known, call, self.now())
            replies.append(reply)
            return after

        after = await self.change(one, decide)
        if after and after.state is SubscriptionState.ACTIVE and one.state is not SubscriptionState.ACTIVE:
            log.info("%s: pushed by %s until %s", one.source, one.hub, f"{after.expires_at:%Y-%m-%d %H:%M} UTC")
        if after and after.state is SubscriptionState.DENIED and one.state is not SubscriptionState.DENIED:
            log.warning("%s: not pushed by %s: %s", one.source, one.hub, after.error)
            self.context.poll_due()
        return replies[-1]

    async def discard(self, one: Subscription) -> HubResponse:
        """Accept a delivery without a valid signature and discard it, so that the sender learns nothing."""
        after = await self.change(one, subscription.record_discarded)
        if after and after.discarded == 1:
            log.warning("%s: what came from %s was not signed with our secret and is discarded", one.source, one.hub)
        return protocol.ACCEPTED_RESPONSE

    async def ping(self, one: Subscription) -> HubResponse:
        """Make the feed due at once, and again after a poll that is running."""
        step = partial(subscription.record_ping, now=self.now())
        await asyncio.to_thread(self.store.apply_update, one.token, step, self.now(), due=True)
        self.context.poll_due()
        return protocol.ACCEPTED_RESPONSE

    async def deliver(self, one: Subscription, call: HubRequest) -> HubResponse:
        """Store a delivery and answer 200; one that cannot be stored in time is answered 202 and its feed polled."""
        task = asyncio.create_task(self.take(one, call), name=f"push {one.source}")
        self.taking.add(task)
        task.add_done_callback(self.taking.discard)
        await asyncio.wait({task}, timeout=STORE_TIMEOUT)
        if not task.done():
            log.warning("%s: a push takes longer than %g s; its feed is polled", one.source, STORE_TIMEOUT)
        elif is_known_outage(error := task.exception()):
            log.debug("%s: a push could not be stored: %s", one.source, error)
        elif error:
            log.error("%s: a push broke; its feed is polled", one.source, exc_info=error)
        elif task.result():
            return protocol.OK_RESPONSE
        return await self.ping(one)

    async def take(self, one: Subscription, call: HubRequest) -> bool:
        """Parse a delivery and store its new articles; False where the feed must be polled instead."""
        source, tools = self.context.sources.get(one.source), self.context.tools()
        claim = await self.seized(one.source)
        if claim is None:
            return False
        try:
            if source is None:
                return False
            page = Page(claim.state.address or source.url, call.body, call.headers.get("content-type", ""))
            listing = await tools.parser.parse(page, source)
            if not listing.articles:
                return False
            fetched = FetchResult(page, page.url, listing=listing)
            result = PollResult(claim, source, self.context.rules.settings, fetched, timedelta(0), True, pushed=True)
            self.context.pushed(await asyncio.to_thread(store_push, result, one.token, tools))
        except (ParseError, FetchError):  # no feed, as from hubs that only announce news
            return False
        finally:
            with contextlib.suppress(MonitorError):  # its lease ends by itself
                await asyncio.to_thread(self.store.release, claim)
        return True

    async def seized(self, name: str) -> Claim | None:
        """Claim the feed, once its poll has ended; None where that takes too long."""
        for _ in range(CLAIM_ATTEMPTS):
            claim = await asyncio.to_thread(self.store.claim_feed, name, self.context.owner, self.now(), PUSH_LEASE)
            if claim:
                return claim
            await asyncio.sleep(CLAIM_PAUSE_SECONDS)
        return None

    async def change(self, one: Subscription, step: SubscriptionUpdate) -> Subscription | None:
        """Change a subscription under the write lock; returns it, None where it is gone."""
        return await asyncio.to_thread(self.store.apply_update, one.token, step, self.now())

    async def finish(self, grace: float) -> None:
        """Wait `grace` seconds for deliveries in flight; the feed of one that is given up is due at the next start."""
        if self.taking:
            _, late = await asyncio.wait(self.taking, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def now(self) -> datetime:
        return self.context.tools().now()


def store_push(result: PollResult, token: str, tools: TurnContext) -> PollReport:
    """Store the new articles of a delivery and the decisions about them in one transaction.

    A delivery may be a part of the feed, so what is remembered of polls (ETag, entries, coverage) stays as it is.
    """
    analysis = analyse_poll(result, tools, tools.now())
    while True:
        with contextlib.suppress(ComparisonsPending):
            with tools.store.subscriptions.transaction(result.claim, token, analysis.now) as turn:
                findings = decide_articles(turn, result, analysis)
            break
        analysis.comparisons.finish()
    return ingest.make_poll_report(result, PollEnd(result.claim.state.next_poll_at), findings)
