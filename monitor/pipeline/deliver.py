"""Deliveries from the outbox: claim → group → pace → render → send → record.

One call at a time sends to an address, in order, so a slow or failing channel delays no other. `core/alerts/pacing.py`
groups a backlog and limits the rate. This module does not know why a delivery exists, what its text says, or how a
channel is reached.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from monitor.core.alerts import pacing, policy, retry
from monitor.core.alerts.render import LISTED, Room, listed, render_message
from monitor.core.errors import DeliveryError, ReplacedError, StoreError
from monitor.core.model.alerts import Address, Answer, Channel, Delivery, DeliveryState, Message, Target
from monitor.pipeline.outage_log import Outages
from monitor.store.store import Store

log = logging.getLogger(__name__)

# A claim takes at most this many rows, and the other rows of their articles: about 20 messages for an address, a
# hundred where a message holds few articles (core/alerts/pacing.py). The lease lasts for 30 messages at the sender's
# deadline of 20 s each. After it another process may claim them, so nothing is sent whose lease has ended.
CLAIM_LIMIT = 5000
URGENT_CLAIM_LIMIT = 100  # urgent rows claimed between two messages of a backlog
DELIVERY_LEASE = timedelta(minutes=10)

RECORD_RETRY_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds, each after a database's own busy timeout of 5 s


class MessageSender(Protocol):
    """Sends to channels. Raises DeliveryError."""

    async def send(self, target: Target, message: Message) -> None: ...


def targets_by_address(channels: Iterable[Channel]) -> dict[Address, Target]:
    """The recipients of all channels by address."""
    return {Address(channel.name, target.name): target for channel in channels for target in channel.targets}


@dataclass(slots=True)
class Deliverer:
    """Sends what is due. due_by: sends what was due then, and not what is due now."""

    store: Store
    sender: MessageSender
    owner: str
    now: Callable[[], datetime]
    jitter: Callable[[], float]
    holding: frozenset[str] = frozenset()  # channels that do not repeat what may have arrived
    due_by: datetime | None = None
    full: dict[str, float] = field(default_factory=dict)  # loop time by endpoint; see pacing.slot
    sent_times: dict[Address, list[datetime]] = field(default_factory=dict)  # messages within FLOOD_WINDOW
    # Endpoints that asked for a pause (Retry-After): its begin and end. A clock set back to before the begin ends it
    closed: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    outages: Outages = field(default_factory=Outages)
    sent: int = 0
    refused: int = 0
    refusals: dict[str, str] = field(default_factory=dict)  # recipient → why it did not take its last refused message
    stopped: bool = False

    def stop(self) -> None:
        """Begin no further message; those in flight are finished."""
        self.stopped = True

    async def due_addresses(self, known: Mapping[Address, Target]) -> list[Address]:
        """The addresses with deliveries that are due, without those whose endpoint asked for a pause."""
        due = await asyncio.to_thread(self.store.outbox.due_addresses, self.now(), self.due_by)
        return [address for address in due if not self.is_paused(known.get(address))]

    async def deliver(self, address: Address, target: Target | None) -> int:
        """Claim what is due for an address and send it in the order of pacing.plan; returns the rows claimed."""
        if self.stopped or self.is_paused(target):
            return 0
        claim = partial(self.store.outbox.claim, due_by=self.due_by)
        claimed = await asyncio.to_thread(claim, self.now(), self.owner, DELIVERY_LEASE, CLAIM_LIMIT, address)
        room = pacing.room(target.url) if target else LISTED
        waiting = deque(pacing.plan(claimed, self.lately(address), room, self.now()))
        while waiting:
            await self.wait_for_slot(target)
            if self.stopped or self.is_paused(target):
                left = [row.id for bundle in waiting for row in bundle]
                await asyncio.to_thread(self.store.outbox.release, left, self.owner)
                break
            if len(waiting) > 1:
                waiting.extendleft(reversed(await self.overtaking(address, room)))
            await self.send_bundle(waiting.popleft(), target, room)
        return len(claimed)

    async def overtaking(self, address: Address, room: Room) -> list[list[Delivery]]:
        """Claim what became urgent while a backlog is sent."""
        claim = self.store.outbox.claim_urgent
        found = await asyncio.to_thread(claim, address, self.now(), self.owner, DELIVERY_LEASE, URGENT_CLAIM_LIMIT)
        return list(pacing.plan(found, self.lately(address), room, self.now()))

    async def wait_for_slot(self, target: Target | None) -> None:
        """Wait until the rate limit of the endpoint allows a message."""
        if target is None:
            return
        now, place = asyncio.get_running_loop().time(), pacing.place(target.url)
        at, self.full[place] = pacing.slot(self.full.get(place, now), now, pacing.pace(target.url))
        if at > now:
            await asyncio.sleep(at - now)

    def is_paused(self, target: Target | None) -> bool:
        """Whether the endpoint asked for a pause (Retry-After) that has not ended."""
        pause = self.closed.get(pacing.place(target.url)) if target and self.closed else None
        return pause is not None and pause[0] <= self.now() < pause[1]

    def lately(self, address: Address) -> int:
        """How many messages the address took within FLOOD_WINDOW."""
        now = self.now()  # a time after it is one of a clock that was set back since
        sent = self.sent_times.get(address, [])
        self.sent_times[address] = [at for at in sent if now - policy.FLOOD_WINDOW < at <= now]
        return len(self.sent_times[address])

    async def send_bundle(self, bundle: list[Delivery], target: Target | None, room: Room = LISTED) -> None:
        """Send one message and record the result. `sending` is committed before the first byte leaves."""
        ids = await asyncio.to_thread(
            self.store.outbox.mark_sending, [delivery.id for delivery in bundle], self.owner, self.now()
        )
        ours = set(ids)
        bundle = [delivery for delivery in bundle if delivery.id in ours]
        if not bundle:  # the lease ended meanwhile, and another process has them
            return
        try:
            await self.render_and_send(bundle, target, room)
        except DeliveryError as error:
            if target and error.retry_after is not None:
                now = self.now()
                self.closed[pacing.place(target.url)] = now, now + retry.pause(error.retry_after)
            await self.record_failure(bundle, error)
        else:
            self.sent_times.setdefault(bundle[0].address, []).append(self.now())
            self.outages.record_success(f"the channel {format_address(bundle[0].address)}")
            await self.record_delivery(ids, DeliveryState.SENT)
            self.sent += 1
            log.info("sent to %s: %r (%s)", format_address(bundle[0].address), bundle[0].title, format_watches(bundle))

    async def render_and_send(self, bundle: list[Delivery], target: Target | None, room: Room) -> None:
        """Render and send; alerts of a channel that is no longer in rules.toml wait, as it may come back."""
        if target is None:
            raise DeliveryError(f"no channel {format_address(bundle[0].address)} in rules.toml", answer=Answer.NOT_SENT)
        await self.sender.send(target, render_message(bundle, now=self.now(), room=room))

    async def record_failure(self, bundle: list[Delivery], error: DeliveryError) -> None:
        """Record that a channel refused a message: to be tried again later, held, or given up."""
        self.refused += 1
        self.refusals[format_address(bundle[0].address)] = str(error)
        oldest = min(bundle, key=lambda delivery: delivery.created_at)
        at = retry.retry_at(
            oldest.created_at,
            max(delivery.attempts for delivery in bundle),
            error.answer,
            self.now(),
            retry_after=error.retry_after,
            jitter=self.jitter(),
        )
        held = error.answer is Answer.AMBIGUOUS and oldest.address.channel in self.holding and at is not None
        await self.record_delivery(
            [row.id for row in bundle], failed_delivery_state(at, error), at=None if held else at, error=str(error)
        )
        where, lost = format_address(bundle[0].address), at is None
        if not held and not lost:  # tried again: one line for the outage, none for each message
            self.outages.record_failure(f"the channel {where}", f"{error}; next try at {at:%H:%M:%S} UTC")
            return
        level, end = (logging.ERROR, "given up") if lost else (logging.WARNING, "held until `monitor outbox retry`")
        log.log(level, "%s did not take %r: %s; %s", where, bundle[0].title, error, end)

    async def record_delivery(
        self, ids: list[int], state: DeliveryState, *, at: datetime | None = None, error: str = ""
    ) -> None:
        """Record a state. A failing write is repeated: a sent message that is not recorded is sent twice."""
        for pause in (*RECORD_RETRY_SECONDS, None):
            try:
                await asyncio.to_thread(self.store.outbox.record_delivery, ids, state, self.now(), at=at, error=error)
            except StoreError as known:
                if pause is None or isinstance(known, ReplacedError):
                    raise
                await asyncio.sleep(pause)
            else:
                return


def failed_delivery_state(at: datetime | None, error: DeliveryError) -> DeliveryState:
    """The state of a refused delivery; at: its next attempt, None where there is none."""
    if at is not None:
        return DeliveryState.AMBIGUOUS if error.answer is Answer.AMBIGUOUS else DeliveryState.RETRY
    return DeliveryState.DEAD if error.permanent else DeliveryState.EXPIRED


def format_address(address: Address) -> str:
    """An address as `channel (target)`."""
    return f"{address.channel} ({address.target})" if address.target else address.channel


def format_watches(bundle: Sequence[Delivery]) -> str:
    """The watches of a message, as many as a line holds."""
    return listed(delivery.watch for delivery in bundle)
