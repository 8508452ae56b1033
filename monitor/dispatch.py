"""The outbox's turn: claim → bundle → render → send → settle.

One address is spoken to by one task at a time, in order, so a slow or failing channel delays nobody else. It does not
know why a delivery exists, what the text says, or how a channel is reached.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Protocol

from monitor.core import policy
from monitor.core.digest import bundles, message
from monitor.core.errors import DeliveryError, StoreError
from monitor.core.model import Address, Answer, Channel, Delivery, Message, State, Target
from monitor.store import Store

log = logging.getLogger(__name__)

# A claim covers at most this many rows and this long: 30 messages at the sender's deadline of 20 s each. What takes
# longer is taken by another process: nothing is sent whose lease has ended.
BATCH = 100
LEASE = timedelta(minutes=10)

NOTE_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds, each after a database's own busy timeout of 5 s

# Seconds between two messages to one address. Slack allows about one a second per channel and answers 429 above it
# (docs.slack.dev, rate limits); the others named here publish similar limits.
PACE = {"slack": 1.0, "discord": 1.0, "tgram": 1.0, "msteams": 1.0, "workflows": 1.0}


class Mouth(Protocol):
    """What speaks to channels."""

    async def send(self, target: Target, message: Message) -> None: ...


def targets(channels: Iterable[Channel]) -> dict[Address, Target]:
    """The recipients by address."""
    return {Address(channel.name, target.name): target for channel in channels for target in channel.targets}


@dataclass(slots=True)
class Dispatch:
    """The sending side of a running monitor; `busy` are the addresses being spoken to."""

    store: Store
    mouth: Mouth
    owner: str
    now: Callable[[], datetime]
    jitter: Callable[[], float]
    holding: frozenset[str] = frozenset()  # channels that do not repeat what may have arrived
    busy: set[Address] = field(default_factory=set)
    heard: dict[Address, float] = field(default_factory=dict)  # loop time of the last message
    sent: int = 0
    refused: int = 0
    stopped: bool = False

    def stop(self) -> None:
        """Begin no further message; those under way are finished."""
        self.stopped = True

    async def turn(
        self, known: Mapping[Address, Target], spawn: Callable[[Address, list[Delivery], Target | None], None]
    ) -> int:
        """Claim what is due and hand each address to `spawn`; returns the rows claimed."""
        claimed = await asyncio.to_thread(
            self.store.outbox.claim, self.now(), self.owner, LEASE, BATCH, frozenset(self.busy)
        )
        for address, rows in groupby(sorted(claimed, key=lambda row: row.address), key=lambda row: row.address):
            self.busy.add(address)
            spawn(address, list(rows), known.get(address))
        return len(claimed)

    async def tell(self, address: Address, deliveries: list[Delivery], target: Target | None) -> None:
        """Send all of one address, oldest first, and free the address."""
        try:
            for bundle in bundles(sorted(deliveries, key=lambda row: (row.due_at, row.id))):
                await self.pace(address, target)
                if self.stopped:
                    await asyncio.to_thread(self.store.outbox.release, [row.id for row in bundle], self.owner)
                else:
                    await self.send(bundle, target)
        finally:
            self.busy.discard(address)

    async def pace(self, address: Address, target: Target | None) -> None:
        """Wait until the address may be spoken to again."""
        gap = PACE.get(target.url.partition(":")[0], 0.0) if target else 0.0
        loop = asyncio.get_running_loop()
        wait = self.heard.get(address, -gap) + gap - loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
        self.heard[address] = loop.time()

    async def send(self, bundle: list[Delivery], target: Target | None) -> None:
        """Send one message and settle its rows. `sending` is committed before the first byte leaves."""
        ids = await asyncio.to_thread(
            self.store.outbox.sending, [delivery.id for delivery in bundle], self.owner, self.now()
        )
        bundle = [delivery for delivery in bundle if delivery.id in ids]
        if not bundle:  # the lease ended meanwhile, and another process has them
            return
        try:
            await self.say(bundle, target)
        except DeliveryError as error:
            await self.not_taken(bundle, error)
        else:
            await self.note(ids, State.SENT)
            self.sent += 1
            log.info("told %s of %r (%s)", name(bundle[0].address), bundle[0].title, watches(bundle))

    async def say(self, bundle: list[Delivery], target: Target | None) -> None:
        """Render and send; a channel that left rules.toml may come back, so its alerts wait."""
        if target is None:
            raise DeliveryError(f"no channel {name(bundle[0].address)} in rules.toml", answer=Answer.NOT_SENT)
        await self.mouth.send(target, message(bundle, now=self.now()))

    async def not_taken(self, bundle: list[Delivery], error: DeliveryError) -> None:
        """Settle what a channel did not take: again later, or never."""
        self.refused += 1
        oldest = min(bundle, key=lambda delivery: delivery.created_at)
        at = policy.retry_at(
            oldest.created_at,
            max(delivery.attempts for delivery in bundle),
            error.answer,
            self.now(),
            retry_after=error.retry_after,
            jitter=self.jitter(),
        )
        held = error.answer is Answer.AMBIGUOUS and oldest.address.channel in self.holding and at is not None
        await self.note([row.id for row in bundle], verdict(at, error), at=None if held else at, error=str(error))
        lost = at is None
        log.log(
            logging.ERROR if lost else logging.WARNING,
            "%s did not take %r: %s; %s",
            name(bundle[0].address),
            bundle[0].title,
            error,
            "given up" if lost else "held until `monitor outbox retry`" if held else f"next try at {at:%H:%M:%S} UTC",
        )

    async def note(self, ids: list[int], state: State, *, at: datetime | None = None, error: str = "") -> None:
        """Settle rows. A database that cannot be written now is tried again: a yes that is not noted is a repeat."""
        for pause in (*NOTE_PAUSES, None):
            try:
                await asyncio.to_thread(self.store.outbox.settle, ids, state, self.now(), at=at, error=error)
            except StoreError:
                if pause is None:
                    raise
                await asyncio.sleep(pause)
            else:
                return


def verdict(at: datetime | None, error: DeliveryError) -> State:
    """The state of a delivery that was not taken."""
    if at is not None:
        return State.AMBIGUOUS if error.answer is Answer.AMBIGUOUS else State.RETRY
    return State.DEAD if error.permanent else State.EXPIRED


def name(address: Address) -> str:
    """An address as a person reads it."""
    return f"{address.channel} ({address.target})" if address.target else address.channel


def watches(bundle: Sequence[Delivery]) -> str:
    """The watches a message answers for."""
    return ", ".join(dict.fromkeys(delivery.watch for delivery in bundle))
