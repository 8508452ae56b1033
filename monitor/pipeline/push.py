"""Feeds that are pushed: ask hubs, answer them, and take what they bring like a poll that costs nothing.

A delivery goes through the same parser and the same decisions as a poll, under the same lease of its feed, so the two
never tell one article twice. Whatever comes in the way of a delivery makes its feed due at once: nothing depends on
a push, it only is sooner. How hubs are reached and heard, and what is stored, is not known here.
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

from monitor.config import Settings
from monitor.core.errors import FetchError, MonitorError, ParseError
from monitor.core.model.polling import Claim, Page, PollEnd, PollReport, Source
from monitor.core.schedule.outcome import FetchResult
from monitor.core.websub import protocol, subscription
from monitor.core.websub.protocol import HubRequest, HubResponse
from monitor.core.websub.subscription import RSSCLOUD, Subscription, SubscriptionState, SubscriptionUpdate
from monitor.pipeline import decide, ingest
from monitor.pipeline.context import PollResult, TurnContext
from monitor.pipeline.outage_log import is_known_outage

log = logging.getLogger(__name__)

MAX_HUB_REQUESTS = 8  # hubs asked at once
PUSH_LEASE = timedelta(minutes=2)  # of a feed that takes a push: 3 s for the parser, 5 s for a database lock, and some
STORE_TIMEOUT = 5.0  # seconds in which a delivery should be stored; what takes longer is answered before
CLAIM_ATTEMPTS, CLAIM_PAUSE_SECONDS = 20, 0.1  # looks, and seconds between them, whether the feed's poll has ended


class HubClient(Protocol):
    """The way to hubs."""

    async def post(self, url: str, form: Mapping[str, str]) -> str: ...
    def vet(self, url: str) -> None: ...


class RulesInForce(Protocol):
    """The rules in force."""

    @property
    def settings(self) -> Settings: ...


class PushContext(Protocol):
    """What pushes need of the running monitor, as it is when they need it."""

    @property
    def owner(self) -> str: ...
    @property
    def web(self) -> HubClient: ...
    @property
    def rules(self) -> RulesInForce: ...
    @property
    def sources(self) -> Mapping[str, Source]: ...
    @property
    def poll_event(self) -> asyncio.Event: ...  # set when a feed became due
    def tools(self) -> TurnContext: ...
    def pushed(self, report: PollReport) -> None: ...


class PushSubscriber:
    """The turns of hubs: turn() asks them, answer() is called by them."""

    def __init__(self, works: PushContext) -> None:
        self.context = works
        self.store = works.tools().store.subscriptions
        self.is_reachable = False  # hubs can reach us now
        self.place: tuple[str, int] | None = None  # where to listen
        self.moved = asyncio.Event()  # the place changed
        self.taking: set[asyncio.Task[bool]] = set()

    async def apply_rules(self) -> None:
        """Put the rules in force into effect: who is wanted, and where hubs are heard."""
        settings = self.context.rules.settings
        if settings.listen != self.place:
            self.place = settings.listen
            self.moved.set()
        await asyncio.to_thread(self.store.register, settings.sources, self.now())
        if self.place is None:
            await self.distrust()

    async def distrust(self) -> None:
        """Nobody was listening, or will be: rely on no push, and look at once what was missed."""
        await asyncio.to_thread(self.store.distrust, self.now())

    @contextlib.contextmanager
    def reachable(self) -> Iterator[None]:
        """While hubs can reach us: only then are they asked, because they ask back."""
        self.is_reachable = True
        try:
            yield
        finally:
            self.is_reachable = False

    async def request_subscriptions(self) -> int:
        """Ask the hubs whose turn it is; returns how many."""
        address = self.context.rules.settings.callback
        if not (address and self.is_reachable):
            return 0
        claimed = await asyncio.to_thread(self.store.claim, address, self.now(), MAX_HUB_REQUESTS)
        await asyncio.gather(*(self.request_subscription(one) for one in claimed))
        return len(claimed)

    async def request_subscription(self, one: Subscription) -> None:
        """Ask one hub, and note what it said unless it was asked again meanwhile."""
        step: SubscriptionUpdate
        try:
            self.context.web.vet(one.topic)
            said = await self.context.web.post(one.hub, protocol.subscription_form(one))
            if objection := protocol.refusal_reason(one, said):
                raise FetchError(objection, kind="refused")
        except FetchError as error:
            if not one.failures:
                log.warning("%s: its hub %s cannot be used: %s", one.source, one.hub, error)
            step = partial(subscription.mark_refused, error=str(error), now=self.now(), wait=error.retry_after)
        else:
            step = partial(subscription.mark_accepted, now=self.now())
        await self.change(one, lambda known: step(known) if known.asked_at == one.asked_at else known)

    async def knows(self, token: str) -> bool:
        """Whether the token ends a callback of ours."""
        return await asyncio.to_thread(self.store.find_by_token, token) is not None

    async def answer(self, call: HubRequest) -> HubResponse:
        """What a hub is answered. Raises StoreError."""
        one = await asyncio.to_thread(self.store.find_by_token, call.token)
        if one is None:
            return protocol.NOT_FOUND_RESPONSE
        if call.method == "GET":
            return await self.verify(one, call)
        if one.state is SubscriptionState.UNWANTED or one.source not in self.context.sources:
            return protocol.GONE_RESPONSE
        if one.kind == RSSCLOUD:
            said = parse_qs(call.body.decode("utf-8", "replace"), max_num_fields=10).get("url", [""])[0]
            return await self.ping(one) if said == one.topic else protocol.NOT_FOUND_RESPONSE
        if not protocol.is_signed_delivery(one.secret, call.headers.get("x-hub-signature", ""), call.body):
            return await self.discard(one)
        return await self.deliver(one, call)

    async def verify(self, one: Subscription, call: HubRequest) -> HubResponse:
        """A hub asks whether we meant it; decided on the subscription as it is under the lock."""
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
            self.context.poll_event.set()
        return replies[-1]

    async def discard(self, one: Subscription) -> HubResponse:
        """Somebody posts what our hub did not sign: taken and forgotten, so that nobody learns what was wrong."""
        after = await self.change(one, subscription.record_discarded)
        if after and after.discarded == 1:
            log.warning("%s: what came from %s was not signed with our secret and is discarded", one.source, one.hub)
        return protocol.ACCEPTED_RESPONSE

    async def ping(self, one: Subscription) -> HubResponse:
        """There is something new: look at once, and again where somebody is looking already."""
        step = partial(subscription.record_ping, now=self.now())
        await asyncio.to_thread(self.store.apply_update, one.token, step, self.now(), due=True)
        self.context.poll_event.set()
        return protocol.ACCEPTED_RESPONSE

    async def deliver(self, one: Subscription, call: HubRequest) -> HubResponse:
        """Take a document; 200 only after it is stored. What cannot be stored in time is looked for by a poll."""
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
        """Read a delivery and store what is new in it; False where its feed must be polled instead."""
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
            seen = FetchResult(page, page.url, listing=listing)
            visit = PollResult(claim, source, self.context.rules.settings, seen, timedelta(0), True)
            self.context.pushed(await asyncio.to_thread(store_push, visit, one.token, tools))
        except (ParseError, FetchError):  # it says that something is new, in a form that is no feed
            return False
        finally:
            with contextlib.suppress(MonitorError):  # its lease ends by itself
                await asyncio.to_thread(self.store.release, claim)
        return True

    async def seized(self, name: str) -> Claim | None:
        """The feed for ourselves, once its poll has ended; None where that takes too long."""
        for _ in range(CLAIM_ATTEMPTS):
            claim = await asyncio.to_thread(self.store.claim_feed, name, self.context.owner, self.now(), PUSH_LEASE)
            if claim:
                return claim
            await asyncio.sleep(CLAIM_PAUSE_SECONDS)
        return None

    async def change(self, one: Subscription, step: SubscriptionUpdate) -> Subscription | None:
        """Take one step of a subscription under the write lock."""
        return await asyncio.to_thread(self.store.apply_update, one.token, step, self.now())

    async def finish(self, grace: float) -> None:
        """Let deliveries in flight be stored; the feed of one that is given up is due at the next start."""
        if self.taking:
            _, late = await asyncio.wait(self.taking, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def now(self) -> datetime:
        """The time."""
        return self.context.tools().now()


def store_push(visit: PollResult, token: str, tools: TurnContext) -> PollReport:
    """Store what is new in a delivery, with all that was decided about it, in one transaction.

    A delivery may be a part of the feed: what is remembered of polls (validators, entries, coverage) stays as it is.
    """
    analysis = decide.analyse_poll(visit, tools.store, tools.now())
    while True:
        with contextlib.suppress(decide.ComparisonsPending):
            with tools.store.subscriptions.transaction(visit.claim, token, analysis.now) as turn:
                findings = decide.decide_articles(turn, visit, analysis)
            break
        analysis.comparisons.finish()
    return ingest.make_poll_report(visit, PollEnd(visit.claim.state.next_poll_at), findings)
