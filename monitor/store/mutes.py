"""What people do not want to hear of for a while, and what was said lately: all that quiet depends on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from monitor.core.model.alerts import Address, Mute, State
from monitor.store import rows
from monitor.store.database import Database
from monitor.store.sql import array, statements, stored
from monitor.store.tables import Instant, mute

Heard = tuple[str, Address]


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


# Statements are made once: a feed with matches asks for these with every article that matches
_SPOKEN = f"state NOT IN ('{State.SUPPRESSED}', '{State.DEAD}', '{State.EXPIRED}')"
# What was decided or sent in the future was so before the clock was set back: it must not put off what comes now
_SINCE = f"""FROM delivery WHERE watch {{among:watches:text}} AND created_at >= :since AND created_at <= :now
    AND (sent_at IS NULL OR sent_at <= :now) AND {_SPOKEN}"""
_HEARD = "GROUP BY watch, channel, target"
ACTIVE = (
    select(mute.c.id, mute.c.kind, mute.c.name, mute.c.until)
    .where(mute.c.until > bindparam("now"))
    .order_by(mute.c.until, mute.c.id)
)
RECENT = statements(f"SELECT watch, channel, target, count(*) {_SINCE} {_HEARD}")
LAST = {
    dialect: query.columns(at=Instant)
    for dialect, query in statements(
        f"SELECT watch, channel, target, max(coalesce(sent_at, due_at)) AS at {_SINCE} {_HEARD}"
    ).items()
}


def active(connection: Connection, now: datetime) -> list[Mute]:
    """The mutes that have not ended."""
    return [Mute(*row) for row in connection.execute(ACTIVE, {"now": now})]


def recent(connection: Connection, watches: Collection[str], since: datetime, now: datetime) -> dict[Heard, int]:
    """How often each watch was told, or is going to be, at each address, by decisions made since then."""
    found = connection.execute(RECENT[connection.dialect.name], _asked(connection, watches, since, now))
    return {(watch, Address(channel, target)): count for watch, channel, target, count in found}


def last(connection: Connection, watches: Collection[str], since: datetime, now: datetime) -> dict[Heard, datetime]:
    """When each watch was told last, or is going to be, at each address."""
    found = connection.execute(LAST[connection.dialect.name], _asked(connection, watches, since, now))
    return {(watch, Address(channel, target)): when for watch, channel, target, when in found}


def _asked(connection: Connection, watches: Collection[str], since: datetime, now: datetime) -> dict[str, Any]:
    dialect = connection.dialect.name
    return {"watches": array(dialect, watches), "since": stored(dialect, since), "now": stored(dialect, now)}
