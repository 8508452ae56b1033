"""What people do not want to hear of for a while, and what was said lately: all that quiet depends on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from monitor.core.model import Address, Mute, State
from monitor.store import rows
from monitor.store.database import Database
from monitor.store.tables import delivery, mute

Heard = tuple[str, Address]
SPOKEN = delivery.c.state.not_in([State.SUPPRESSED, State.DEAD, State.EXPIRED])


class Mutes:
    """The mutes of this installation."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, kind: str, name: str, until: datetime, now: datetime) -> Mute:
        """A new mute; one of the same thing is replaced."""
        self.end(kind, name, now)
        values = {"kind": kind, "name": rows.storable(name), "until": until, "created_at": now}
        with self.database.write() as connection:
            number = connection.execute(rows.insert(connection, mute).values(values).returning(mute.c.id)).scalar_one()
        return Mute(int(number), kind, name, until)

    def active(self, now: datetime) -> list[Mute]:
        """The mutes that have not ended, the first to end first."""
        with self.database.read() as connection:
            return active(connection, now)

    def end(self, kind: str, name: str, now: datetime) -> int:
        """End the mutes of a thing; returns how many there were."""
        mine = (mute.c.kind == kind, mute.c.name == rows.storable(name), mute.c.until > now)
        with self.database.write() as connection:
            return connection.execute(update(mute).where(*mine).values(until=now)).rowcount


def active(connection: Connection, now: datetime) -> list[Mute]:
    """The mutes that have not ended."""
    query = select(mute.c.id, mute.c.kind, mute.c.name, mute.c.until).where(mute.c.until > now)
    return [Mute(*row) for row in connection.execute(query.order_by(mute.c.until, mute.c.id))]


def recent(connection: Connection, watches: Collection[str], since: datetime) -> dict[Heard, int]:
    """How often each watch was told, or is going to be, at each address, by decisions made since then."""
    query = (
        select(delivery.c.watch, delivery.c.channel, delivery.c.target, func.count())
        .where(delivery.c.watch.in_(watches), delivery.c.created_at >= since, SPOKEN)
        .group_by(delivery.c.watch, delivery.c.channel, delivery.c.target)
    )
    return {(watch, Address(channel, target)): count for watch, channel, target, count in connection.execute(query)}


def last(connection: Connection, watches: Collection[str], since: datetime) -> dict[Heard, datetime]:
    """When each watch was told last, or is going to be, at each address."""
    at = func.max(func.coalesce(delivery.c.sent_at, delivery.c.due_at))
    query = (
        select(delivery.c.watch, delivery.c.channel, delivery.c.target, at)
        .where(delivery.c.watch.in_(watches), delivery.c.created_at >= since, SPOKEN)
        .group_by(delivery.c.watch, delivery.c.channel, delivery.c.target)
    )
    return {(watch, Address(channel, target)): when for watch, channel, target, when in connection.execute(query)}
