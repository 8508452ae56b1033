"""The outbox: which deliveries are due, which process sends them, and their outcome. It sends nothing itself.

pending → claimed → sending → sent | retry | ambiguous | dead | expired. `sending` is committed before the first byte
is sent: after a crash it separates "may have been sent" from "was not sent".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    func,
    null,
    or_,
    select,
    update,
)

from monitor.core.model.alerts import Address, Delivery, DeliveryState, Priority
from monitor.store import generation, rows
from monitor.store.database import Database
from monitor.store.polls import dead_owners, is_unleased
from monitor.store.tables import article, delivery

DELIVERY_LEASE = timedelta(minutes=10)  # the longest one
MAX_PARAMETERS = 20_000  # of one statement; SQLite takes 32,766
WAITING_STATES = (DeliveryState.PENDING, DeliveryState.RETRY, DeliveryState.AMBIGUOUS)
RETRIABLE_STATES = (*WAITING_STATES, DeliveryState.DEAD, DeliveryState.EXPIRED, DeliveryState.DROPPED)


class Outbox:
    """Claims deliveries, and records their outcome."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def claim(
        self,
        now: datetime,
        owner: str,
        lease: timedelta,
        limit: int,
        address: Address | None = None,
        *,
        due_by: datetime | None = None,
    ) -> list[Delivery]:
        """Lease deliveries that are due (by due_by, else now), the oldest first. address: only those for it.

        All due deliveries of one article at one address are leased together, beyond the limit: they make one message.
        """
        wanted = [] if address is None else [is_for_address(address)]
        return self._claim([delivery.c.due_at <= (due_by or now), *wanted], now, owner, lease, limit)

    def due_addresses(self, now: datetime, due_by: datetime | None = None) -> list[Address]:
        """The addresses with deliveries that are due (by due_by, else now) and free, the longest overdue first."""
        with self.database.read() as connection:
            found = connection.execute(due_addresses_query(), {"now": now, "due_by": due_by or now})
            return [Address(row.channel, row.target) for row in found]

    def claim_urgent(self, address: Address, now: datetime, owner: str, lease: timedelta, limit: int) -> list[Delivery]:
        """Lease urgent deliveries for one address that are due."""
        urgent = [is_for_address(address), delivery.c.priority >= Priority.URGENT, delivery.c.due_at <= now]
        return self._claim(urgent, now, owner, lease, limit)

    def _claim(
        self, wanted: Sequence[ColumnElement[bool]], now: datetime, owner: str, lease: timedelta, limit: int
    ) -> list[Delivery]:
        due = [*is_free(now), *wanted]
        with self.database.read() as connection:
            if connection.execute(select(delivery.c.id).where(*due).limit(1)).first() is None:
                return []
        chosen = select(delivery.c.id).where(*due).order_by(delivery.c.due_at, delivery.c.id).limit(limit)
        taking = (
            update(delivery)
            .where(*due)
            .values(state=DeliveryState.CLAIMED, lease_owner=owner, lease_until=now + lease)
            .returning(delivery)
        )
        with self.database.write() as connection:
            taken = connection.execute(taking.where(delivery.c.id.in_(rows.select_locked(chosen)))).mappings()
            claimed = [rows.delivery_from_row(row) for row in taken]
            if len(claimed) >= limit:  # an article may have been cut in two
                rest = connection.execute(taking.where(is_in_same_message(claimed))).mappings()
                claimed += [rows.delivery_from_row(row) for row in rest]
            feeds = feeds_by_story(connection, {one.story for one in claimed})
        return sorted((add_other_feeds(one, feeds) for one in claimed), key=lambda row: (row.due_at, row.id))

    def mark_sending(self, ids: Sequence[int], owner: str, now: datetime) -> list[int]:
        """Record that sending begins; returns the ids whose lease is still valid, which alone may be sent."""
        mine = (delivery.c.state == DeliveryState.CLAIMED, delivery.c.lease_owner == owner)
        begun = (
            update(delivery)
            .where(*mine, delivery.c.lease_until > now)
            .values(state=DeliveryState.SENDING, attempts=delivery.c.attempts + 1)
            .returning(delivery.c.id)
        )
        with self.database.write() as connection:
            some = (connection.execute(begun.where(delivery.c.id.in_(part))).scalars() for part in split_ids(ids))
            ours = sorted(number for numbers in some for number in numbers)
            mark = generation.increment_generation(connection, now)
        generation.write_generation_mark(self.database, mark, sync=False)
        return ours

    def record_delivery(
        self, ids: Sequence[int], state: DeliveryState, now: datetime, *, at: datetime | None = None, error: str = ""
    ) -> None:
        """Record the outcome of deliveries. at: when to try again; an ambiguous one without a time is held."""
        doubt = 1 if state is DeliveryState.AMBIGUOUS else 0
        due = at if at is not None else null() if doubt else delivery.c.due_at
        settled = update(delivery).values(
            state=state,
            due_at=due,
            sent_at=now if state is DeliveryState.SENT else None,
            repeats=delivery.c.repeats + doubt,
            error=rows.storable(error) or None,
            lease_owner=None,
            lease_until=None,
        )
        with self.database.write() as connection:
            for part in split_ids(ids):
                connection.execute(settled.where(delivery.c.id.in_(part)))

    def release(self, ids: Sequence[int], owner: str) -> None:
        """End the leases of deliveries whose sending has not begun."""
        mine = (delivery.c.state == DeliveryState.CLAIMED, delivery.c.lease_owner == owner)
        released = update(delivery).where(*mine).values(state=state_before_claim(), lease_owner=None, lease_until=None)
        with self.database.write() as connection:
            for part in split_ids(ids):
                connection.execute(released.where(delivery.c.id.in_(part)))

    def recover(self, dead: Callable[[str], bool], now: datetime, holding: Collection[str] = ()) -> int:
        """Free the deliveries of dead processes and of leases that ended.

        Claimed ones wait again. Those in `sending` may have arrived: they are due again as possible repeats, or held
        for the channels in `holding`. Returns how many were in `sending`.
        """
        with self.database.write() as connection:
            gone = dead_owners(connection, delivery, dead)
            lost = or_(delivery.c.lease_owner.in_(gone), delivery.c.lease_until <= now)
            free_again = {"lease_owner": None, "lease_until": None}
            connection.execute(
                update(delivery)
                .where(delivery.c.state == DeliveryState.CLAIMED, lost)
                .values(state=state_before_claim(), **free_again)
            )
            in_doubt = update(delivery).where(delivery.c.state == DeliveryState.SENDING, lost)
            again = case((delivery.c.channel.in_(holding), null()), else_=now)
            return connection.execute(
                in_doubt.values(
                    state=DeliveryState.AMBIGUOUS, repeats=delivery.c.repeats + 1, due_at=again, **free_again
                )
            ).rowcount

    def listed(self, states: Collection[str], limit: int) -> list[Delivery]:
        """Deliveries in these states, by due time."""
        query = select(delivery).where(delivery.c.state.in_(states)).order_by(delivery.c.due_at, delivery.c.id)
        with self.database.read() as connection:
            return [rows.delivery_from_row(row) for row in connection.execute(query.limit(limit)).mappings()]

    def retry(self, key: str, now: datetime) -> int:
        """Make deliveries due whose key begins so, dead, expired and dropped ones too; returns how many."""
        return self._change(key, RETRIABLE_STATES, DeliveryState.RETRY, now)

    def drop(self, key: str, now: datetime) -> int:
        """Drop waiting deliveries whose key begins so; returns how many."""
        return self._change(key, WAITING_STATES, DeliveryState.DROPPED, now)

    def _change(self, key: str, states: Collection[DeliveryState], state: DeliveryState, now: datetime) -> int:
        mine = (delivery.c.key.startswith(key, autoescape=True), delivery.c.state.in_(states))
        values = {
            "state": state,
            "due_at": now,
            "created_at": now if state is DeliveryState.RETRY else delivery.c.created_at,
        }
        with self.database.write() as connection:
            return connection.execute(update(delivery).where(*mine).values(**values)).rowcount

    def next_due(self) -> datetime | None:
        """When the next delivery is due; None where none waits."""
        with self.database.read() as connection:
            return connection.execute(
                select(func.min(delivery.c.due_at)).where(delivery.c.state.in_(WAITING_STATES))
            ).scalar()

    def pull_in(self, now: datetime, beyond: timedelta = timedelta(0)) -> None:
        """Make deliveries due now whose time is later than now + beyond, because the clock was set back.

        Claimed ones keep their lease; they may be released unsent, and must not wait then either. A lease of the old
        hour ends when one of now would: its task may have broken off.
        """
        held = delivery.c.state.in_((DeliveryState.CLAIMED, DeliveryState.SENDING))
        overlong = update(delivery).where(held, delivery.c.lease_until > now + DELIVERY_LEASE)
        late = update(delivery).where(delivery.c.due_at > now + beyond)
        with self.database.write() as connection:
            waiting = late.where(delivery.c.state.in_(WAITING_STATES))
            connection.execute(waiting.values(due_at=now, lease_until=None))
            connection.execute(late.where(delivery.c.state == DeliveryState.CLAIMED).values(due_at=now))
            connection.execute(overlong.values(lease_until=now + DELIVERY_LEASE))


def feeds_by_story(connection: Connection, stories: Collection[int]) -> dict[int, dict[int, str]]:
    """For each story the feed of each article by its id, in the order of arrival."""
    found: dict[int, dict[int, str]] = {}
    query = select(article.c.story, article.c.id, article.c.source).where(article.c.story.in_(stories))
    for row in connection.execute(query.order_by(article.c.id)):
        found.setdefault(row.story, {})[row.id] = row.source
    return found


def add_other_feeds(one: Delivery, feeds: Mapping[int, Mapping[int, str]]) -> Delivery:
    """The delivery with the other feeds of its story in `also`, each once."""
    others = [feed for number, feed in feeds.get(one.story, {}).items() if number != one.article]
    return replace(one, also=tuple(dict.fromkeys(others)))


@cache
def due_addresses_query() -> Select[Any]:
    """The query of due_addresses(), with :now and :due_by; cached, as it runs twice a second."""
    now, due_by = (bindparam(name, type_=delivery.c.due_at.type) for name in ("now", "due_by"))
    return (
        select(delivery.c.channel, delivery.c.target)
        .where(*is_free(now), delivery.c.due_at <= due_by)
        .group_by(delivery.c.channel, delivery.c.target)
        .order_by(func.min(delivery.c.due_at), delivery.c.channel, delivery.c.target)
    )


def is_free(now: datetime | BindParameter[datetime]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions that a delivery waits and is leased to nobody."""
    return delivery.c.state.in_(WAITING_STATES), is_unleased(delivery.c.lease_until, now)


def is_for_address(address: Address) -> ColumnElement[bool]:
    """The condition that a delivery is for this address."""
    return and_(delivery.c.channel == address.channel, delivery.c.target == address.target)


def is_in_same_message(claimed: Sequence[Delivery]) -> ColumnElement[bool]:
    """The condition that a delivery has the article and address of a claimed one."""
    articles: dict[Address, set[int]] = {}
    for one in claimed:
        articles.setdefault(one.address, set()).add(one.article)
    return or_(*(and_(is_for_address(address), delivery.c.article.in_(some)) for address, some in articles.items()))


def split_ids(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Ids in parts of at most MAX_PARAMETERS."""
    for start in range(0, len(ids), MAX_PARAMETERS):
        yield ids[start : start + MAX_PARAMETERS]


def state_before_claim() -> ColumnElement[str]:
    """The state that a claimed delivery had before, from its counters."""
    tried = [
        (delivery.c.repeats > 0, DeliveryState.AMBIGUOUS.value),
        (delivery.c.attempts > 0, DeliveryState.RETRY.value),
    ]
    return case(*tried, else_=DeliveryState.PENDING.value)
