"""Where servers said that feeds are from now on: the history, and which of two feeds at one address is polled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from monitor.core.model.articles import PollEnd
from monitor.core.schedule.outcome import Move, said
from monitor.store import rows
from monitor.store.tables import move, source


def placed(connection: Connection, name: str, end: PollEnd, now: datetime) -> Mapping[str, Any]:
    """The columns that say where a feed is asked for from now on. Its validators hold for one address only."""
    known = add_move(connection, name, rows.storable(end.moved), now) if end.moved else None
    if known and known.believed:
        found = {"address": known.address, "etag": None, "last_modified": None}
    else:
        found = {"address": end.address}
    twin = other(connection, name, found["address"]) if end.merges and found["address"] else None
    return {**found, "twin": twin}


def add_move(connection: Connection, name: str, address: str, now: datetime) -> Move:
    """Write one more answer of a server into the history."""
    ours = (move.c.source == name) & (move.c.address == address)
    row = connection.execute(select(move).where(ours)).mappings().one_or_none()
    before = Move(address, row["first_at"], row["last_at"], row["times"], row["days"]) if row else None
    known = said(before, address, now)
    values = {"last_at": now, "times": known.times, "days": known.days}
    first = rows.insert(connection, move).values(source=name, address=address, first_at=known.first_at, **values)
    connection.execute(first.on_conflict_do_update(index_elements=["source", "address"], set_=values))
    return known


def other(connection: Connection, name: str, address: str | None) -> str | None:
    """Another feed that is polled at an address."""
    there = or_(source.c.address == address, source.c.address.is_(None) & (source.c.url == address))
    polled = [source.c.registered, source.c.name != name, source.c.twin.is_(None), there]
    found: str | None = connection.execute(select(source.c.name).where(*polled).order_by(source.c.name)).scalar()
    return found
