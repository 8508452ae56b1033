"""Mutes, and the earlier deliveries on which further ones depend: of a story, and of a watch in the last days.

It does not decide what is held back; core.alerts does.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, literal_column, select, update

from monitor.core.model.alerts import WAITING_STATES, Address, DeliveryState, Mute, PastAlert
from monitor.store import rows
from monitor.store.database import Database
from monitor.store.sql import among, fetch_rows, upsert
from monitor.store.tables import delivery, mute

WatchAddress = tuple[str, Address]


class Mutes:
    """Adds, lists and ends mutes."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, kind: str, name: str, until: datetime, now: datetime) -> Mute:
        """Mute a watch, story, feed or term until a moment; an active mute of the same kind and name is replaced."""
        self.end(kind, name, now)
        values = {"kind": kind, "name": rows.storable(name), "until": until, "created_at": now}
        with self.database.write() as connection:
            number = connection.execute(upsert(mute).values(values).returning(mute.c.id)).scalar_one()
        return Mute(int(number), kind, name, until)

    def active(self, now: datetime) -> list[Mute]:
        """The mutes that have not ended, the first to end first."""
        with self.database.read() as connection:
            return load_active_mutes(connection, now)

    def end(self, kind: str, name: str, now: datetime) -> int:
        """End the active mutes of this kind and name; returns how many there were."""
        mine = (mute.c.kind == kind, mute.c.name == rows.storable(name), mute.c.until > now)
        with self.database.write() as connection:
            return connection.execute(update(mute).where(*mine).values(until=now)).rowcount


PAST_ALERT_COLUMNS = ("id", "watch", "channel", "target", "reason", "state", "created_at", "due_at", "version")

UNCOUNTED_STATES = (DeliveryState.SUPPRESSED, DeliveryState.DEAD, DeliveryState.EXPIRED)


def alerts_query(value: ColumnElement[Any]) -> Select[Any]:
    """A value of the deliveries since a moment, of each watch at each address.

    A delivery decided or sent in the future dates from before the clock was set back, and must not delay new ones.
    """
    address = (delivery.c.watch, delivery.c.channel, delivery.c.target)
    now = bindparam("now", type_=delivery.c.created_at.type)
    return (
        select(*address, value)
        .where(among(delivery.c.watch, "watches"), delivery.c.created_at >= bindparam("since"))
        .where(delivery.c.created_at <= now, delivery.c.sent_at.is_(None) | (delivery.c.sent_at <= now))
        .where(*(delivery.c.state != literal_column(f"'{state}'") for state in UNCOUNTED_STATES))
        .group_by(*address)
    )


ACTIVE_MUTES_QUERY = (
    select(mute.c.id, mute.c.kind, mute.c.name, mute.c.until)
    .where(mute.c.until > bindparam("now"))
    .order_by(mute.c.until, mute.c.id)
)
RECENT_COUNTS_QUERY = alerts_query(func.count())
LAST_TIMES_QUERY = alerts_query(func.max(func.coalesce(delivery.c.sent_at, delivery.c.due_at)))


_REVISED = delivery.c.facts["revised"].as_string().label("revised")
STORY_ALERTS_QUERY = (
    select(*(delivery.c[name] for name in PAST_ALERT_COLUMNS), _REVISED)
    .where(delivery.c.story == bindparam("story"), delivery.c.state != DeliveryState.SUPPRESSED)
    .order_by(delivery.c.id)
)
LOCK_WAITING_QUERY = (
    select(delivery.c.id)
    .where(delivery.c.story == bindparam("story"), delivery.c.state.in_(WAITING_STATES))
    .with_for_update(skip_locked=True)
)


def load_story_alerts(connection: Connection, story: int) -> list[PastAlert]:
    """The deliveries of a story that are not suppressed, in the order of decision.

    What waits is locked, so that no claim sends it before the alert that joins it is stored; what a claim is taking on
    PostgreSQL just now counts as claimed.
    """
    locked = set(connection.execute(LOCK_WAITING_QUERY, {"story": story}).scalars())
    found = [dict(row) for row in connection.execute(STORY_ALERTS_QUERY, {"story": story}).mappings()]
    for row in found:
        if row["state"] in WAITING_STATES and row["id"] not in locked:
            row["state"] = DeliveryState.CLAIMED
    return [rows.past_alert_from_row(row) for row in found]


def load_active_mutes(connection: Connection, now: datetime) -> list[Mute]:
    """The mutes that have not ended, the first to end first."""
    return [Mute(*row) for row in fetch_rows(connection, ACTIVE_MUTES_QUERY, {"now": now})]


def recent_alert_counts(
    connection: Connection, watches: Collection[str], since: datetime, now: datetime
) -> dict[WatchAddress, int]:
    """How many deliveries each watch has at each address, sent or not yet sent, decided since then."""
    return _values_by_address(connection, RECENT_COUNTS_QUERY, watches, since, now)


def last_alert_times(
    connection: Connection, watches: Collection[str], since: datetime, now: datetime
) -> dict[WatchAddress, datetime]:
    """When the last delivery of each watch at each address was sent or is due, of those decided since then."""
    return _values_by_address(connection, LAST_TIMES_QUERY, watches, since, now)


def _values_by_address(
    connection: Connection, query: Select[Any], watches: Collection[str], since: datetime, now: datetime
) -> dict[WatchAddress, Any]:
    found = fetch_rows(connection, query, {"watches": watches, "since": since, "now": now})
    return {(watch, Address(channel, target)): value for watch, channel, target, value in found}
