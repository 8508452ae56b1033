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
    RowMapping,
    Select,
    and_,
    bindparam,
    case,
    func,
    insert,
    not_,
    null,
    or_,
    select,
    update,
)

from monitor.core.model.alerts import WAITING_STATES, Address, Delivery, DeliveryState, Priority
from monitor.store import generation, rows
from monitor.store.database import Database
from monitor.store.polls import dead_owners, is_unleased
from monitor.store.tables import article, delivery

DELIVERY_LEASE = timedelta(minutes=10)  # the longest one
MAX_PARAMETERS = 20_000  # of one statement; SQLite takes 32,766
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

        All that waits for one story at one address is leased with it, beyond the limit and before its own time: it
        makes one message.
        """
        wanted = [] if address is None else [is_for_address(address)]
        return self._claim([delivery.c.due_at <= (due_by or now), *wanted], now, owner, lease, limit)

    def due_addresses(self, now: datetime, due_by: datetime | None = None) -> list[Address]:
        """The addresses with deliveries that are due (by due_by, else now) and free, the longest overdue first."""
        with self.database.read() as connection:
            found = connection.execute(due_addresses_query(), {"now": now, "due_by": due_by or now})
            return [Address(row.channel, row.target) for row in found]

    def claim_urgent(self, address: Address, now: datetime, owner: str, lease: timedelta, limit: int) -> list[Delivery]:
        """Lease urgent deliveries for one address that are due, with all that waits for their stories."""
        urgent = [is_for_address(address), delivery.c.priority >= Priority.URGENT, delivery.c.due_at <= now]
        return self._claim(urgent, now, owner, lease, limit)

    def _claim(
        self, wanted: Sequence[ColumnElement[bool]], now: datetime, owner: str, lease: timedelta, limit: int
    ) -> list[Delivery]:
        free = is_free(now)
        due = [*free, *wanted]
        with self.database.read() as connection:
            if connection.execute(select(delivery.c.id).where(*due).limit(1)).first() is None:
                return []
        chosen = select(delivery.c.id).where(*due).order_by(delivery.c.due_at, delivery.c.id).limit(limit)
        taking = (
            update(delivery)
            .where(*free)
            .values(state=DeliveryState.CLAIMED, lease_owner=owner, lease_until=now + lease)
            .returning(delivery)
        )
        with self.database.write() as connection:
            taken = connection.execute(taking.where(delivery.c.id.in_(rows.select_locked(chosen)))).mappings()
            claimed = [rows.delivery_from_row(row) for row in taken]
            for part in split_ids(ids_of_same_messages(connection, claimed, free)):
                rest = connection.execute(taking.where(delivery.c.id.in_(part))).mappings()
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

    def readdress(self, known: Collection[Address], wanted: Mapping[str, Sequence[Address]], installation: str) -> int:
        """Give what waits for an address that is not known any more to the addresses its watch has now.

        wanted: the addresses of each watch. An address that has the alert already gets no second one. What has no other
        address waits on. Returns how many deliveries changed.
        """
        waiting = select(delivery).where(delivery.c.state.in_(WAITING_STATES), delivery.c.lease_owner.is_(None))
        lost = [not_(is_for_address(address)) for address in known]
        with self.database.read() as connection:
            if not known or connection.execute(waiting.where(*lost).limit(1)).first() is None:
                return 0
        with self.database.write() as connection:
            found = connection.execute(waiting.where(*lost).order_by(delivery.c.id)).mappings().all()
            return sum(readdress_row(connection, row, wanted.get(row["watch"], ()), installation) for row in found)

    def waiting_by_channel(self, known: Collection[str]) -> dict[str, int]:
        """How many deliveries wait for each channel that is not known."""
        lost = (delivery.c.state.in_(WAITING_STATES), delivery.c.channel.not_in(known))
        query = select(delivery.c.channel, func.count()).where(*lost).group_by(delivery.c.channel)
        with self.database.read() as connection:
            return {channel: count for channel, count in connection.execute(query)}

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


def readdress_row(connection: Connection, row: RowMapping, wanted: Sequence[Address], installation: str) -> int:
    """Change the address of one delivery, and add one for each further address; returns how many changed."""
    keys = {
        address: rows.delivery_key_of(installation, row["story"], row["watch"], address, row["version"])
        for address in wanted
    }
    taken = set(connection.execute(select(delivery.c.key).where(delivery.c.key.in_(keys.values()))).scalars())
    free = [address for address in wanted if keys[address] not in taken]
    if not wanted:
        return 0
    mine = update(delivery).where(delivery.c.id == row["id"])
    if not free:
        reason = f"{row['channel']} is no longer in rules.toml, and the channels of now have this alert"
        return connection.execute(mine.values(state=DeliveryState.DROPPED, error=reason)).rowcount
    copy = {name: value for name, value in row.items() if name != "id"}
    for address in free[1:]:
        other = {"key": keys[address], "channel": address.channel, "target": address.target}
        connection.execute(insert(delivery).values(copy | other))
    first = {"key": keys[free[0]], "channel": free[0].channel, "target": free[0].target}
    return connection.execute(mine.values(first)).rowcount


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


def ids_of_same_messages(
    connection: Connection, claimed: Sequence[Delivery], free: Sequence[ColumnElement[bool]]
) -> list[int]:
    """The ids of deliveries that wait for a time and have the story and address of a claimed one."""
    messages, stories = {(one.story, one.address) for one in claimed}, sorted({one.story for one in claimed})
    columns = (delivery.c.id, delivery.c.story, delivery.c.channel, delivery.c.target)
    query = select(*columns).where(*free, delivery.c.due_at.is_not(None)).with_for_update(skip_locked=True)
    return [
        row.id
        for part in split_ids(stories)
        for row in connection.execute(query.where(delivery.c.story.in_(part)))
        if (row.story, Address(row.channel, row.target)) in messages
    ]


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
