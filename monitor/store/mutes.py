"""What people do not want to hear of for a while, and what was said lately: all that quiet depends on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from monitor.core.model.alerts import Address, DeliveryState, Mute
from monitor.store import rows
from monitor.store.database import Database
from monitor.store.sql import array_parameter, dialect_statements, stored_instant
from monitor.store.tables import Instant, mute

WatchAddress = tuple[str, Address]


class Mutes:
    """The mutes of this installation."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, kind: str, name: str, until: datetime, now: datetime) -> Mute:
        """A new mute; one of the same thing is replaced."""
        self.end(kind, name, now)
        values = {"kind": kind, "name": rows.storable(name), "until": until, "created_at": now}
        with self.database.write() as connection:
            number = connection.execute(
                rows.insert_statement_for(connection, mute).values(values).returning(mute.c.id)
            ).scalar_one()
        return Mute(int(number), kind, name, until)

    def active(self, now: datetime) -> list[Mute]:
        """The mutes that have not ended, the first to end first."""
        with self.database.read() as connection:
            return load_active_mutes(connection, now)

    def end(self, kind: str, name: str, now: datetime) -> int:
        """End the mutes of a thing; returns how many there were."""
        mine = (mute.c.kind == kind, mute.c.name == rows.storable(name), mute.c.until > now)
        with self.database.write() as connection:
            return connection.execute(update(mute).where(*mine).values(until=now)).rowcount


# Statements are made once: a feed with matches asks for these with every article that matches
_COUNTED_STATES = f"state NOT IN ('{DeliveryState.SUPPRESSED}', '{DeliveryState.DEAD}', '{DeliveryState.EXPIRED}')"
# What was decided or sent in the future was so before the clock was set back: it must not put off what comes now
_ALERTS_SINCE = f"""FROM delivery WHERE watch {{among:watches:text}} AND created_at >= :since AND created_at <= :now
    AND (sent_at IS NULL OR sent_at <= :now) AND {_COUNTED_STATES}"""
_BY_ADDRESS = "GROUP BY watch, channel, target"
ACTIVE_MUTES_QUERY = (
    select(mute.c.id, mute.c.kind, mute.c.name, mute.c.until)
    .where(mute.c.until > bindparam("now"))
    .order_by(mute.c.until, mute.c.id)
)
RECENT_COUNTS_QUERY = dialect_statements(f"SELECT watch, channel, target, count(*) {_ALERTS_SINCE} {_BY_ADDRESS}")
LAST_TIMES_QUERY = {
    dialect: query.columns(at=Instant)
    for dialect, query in dialect_statements(
        f"SELECT watch, channel, target, max(coalesce(sent_at, due_at)) AS at {_ALERTS_SINCE} {_BY_ADDRESS}"
    ).items()
}


def load_active_mutes(connection: Connection, now: datetime) -> list[Mute]:
    """The mutes that have not ended."""
    return [Mute(*row) for row in connection.execute(ACTIVE_MUTES_QUERY, {"now": now})]


def recent_alert_counts(
    connection: Connection, watches: Collection[str], since: datetime, now: datetime
) -> dict[WatchAddress, int]:
    """How often each watch was told, or is going to be, at each address, by decisions made since then."""
    found = connection.execute(
        RECENT_COUNTS_QUERY[connection.dialect.name], _query_parameters(connection, watches, since, now)
    )
    return {(watch, Address(channel, target)): count for watch, channel, target, count in found}


def last_alert_times(
    connection: Connection, watches: Collection[str], since: datetime, now: datetime
) -> dict[WatchAddress, datetime]:
    """When each watch was told last, or is going to be, at each address."""
    found = connection.execute(
        LAST_TIMES_QUERY[connection.dialect.name], _query_parameters(connection, watches, since, now)
    )
    return {(watch, Address(channel, target)): when for watch, channel, target, when in found}


def _query_parameters(
    connection: Connection, watches: Collection[str], since: datetime, now: datetime
) -> dict[str, Any]:
    dialect = connection.dialect.name
    return {
        "watches": array_parameter(dialect, watches),
        "since": stored_instant(dialect, since),
        "now": stored_instant(dialect, now),
    }
