"""Coverage of each feed by day (did its polls see every entry?), and the redirects that moved it.

It judges neither: `monitor coverage` and core.schedule do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, case, func, or_, select

from monitor.core.model.polling import PollEnd, PollState
from monitor.core.schedule.redirects import Redirect, count_redirect
from monitor.store import rows, sql
from monitor.store.database import Database
from monitor.store.tables import coverage, move, source


@dataclass(frozen=True, slots=True)
class FeedCoverage:
    """The polls of a feed over some days. overruns: polls in which no entry was known, so that some may be missing;
    caught: further documents read because of that; longest_gap: seconds between two successful polls."""

    feed: str
    polls: int
    failed: int
    unchanged: int
    entries: int
    fresh: int
    overruns: int
    caught: int
    longest_gap: int


class Coverage:
    """Reads the daily records of polls."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def since(self, day: date) -> list[FeedCoverage]:
        """Every registered feed since a day, those with overruns and failures first."""
        sums = [func.coalesce(func.sum(coverage.c[name]), 0).label(name) for name in SUMMED_COLUMNS]
        gap = func.coalesce(func.max(coverage.c.longest_gap), 0)
        query = (
            select(source.c.name, *sums, gap)
            .outerjoin(coverage, (coverage.c.source == source.c.name) & (coverage.c.day >= day))
            .where(source.c.registered)
            .group_by(source.c.name)
        )
        with self.database.read() as connection:
            found = [FeedCoverage(row[0], *(int(number) for number in row[1:])) for row in connection.execute(query)]
        return sorted(found, key=lambda one: (-one.overruns, -one.failed, one.feed))


SUMMED_COLUMNS = ("polls", "failed", "unchanged", "entries", "fresh", "overruns", "caught")


def record_polls(connection: Connection, polls: Sequence[tuple[PollState, PollEnd]], now: datetime) -> None:
    """Add polls of different feeds, each with the state before it, to the records of their day (UTC)."""
    values = [coverage_values(before, end, now) for before, end in polls]
    sql.execute_for_each(connection, add_coverage_statement(), values)


def coverage_values(before: PollState, end: PollEnd, now: datetime) -> dict[str, Any]:
    """One poll as a row of `coverage`."""
    last = before.last_success_at
    gap = int((now - last).total_seconds()) if last and last < now and not end.error else 0
    entries = end.entries or 0
    return {
        "source": before.source,
        "day": now.date(),
        "polls": 1,
        "failed": int(bool(end.error)),
        "unchanged": int(end.entries is None and not end.error),
        "entries": entries,
        "fresh": max(0, entries - end.known) if before.baseline_at else 0,
        "overruns": int(end.overrun),
        "caught": end.caught,
        "longest_gap": gap,
    }


@cache
def add_coverage_statement() -> Any:
    """The upsert that adds to a day. Cached, because building it costs more than running it."""
    first = sql.upsert(coverage)
    sums = {name: coverage.c[name] + first.excluded[name] for name in SUMMED_COLUMNS}
    longer = coverage.c.longest_gap < first.excluded.longest_gap
    sums["longest_gap"] = case((longer, first.excluded.longest_gap), else_=coverage.c.longest_gap)
    return first.on_conflict_do_update(index_elements=["source", "day"], set_=sums)


def redirect_values(connection: Connection, name: str, end: PollEnd, now: datetime) -> Mapping[str, Any]:
    """The columns of the address at which a feed is polled next. Its ETag and Last-Modified are valid for one only."""
    known = record_redirect(connection, name, rows.storable(end.moved), now) if end.moved else None
    if known and known.believed:
        found = {"address": known.address, "etag": None, "last_modified": None}
    else:
        found = {"address": end.address}
    twin = other_feed_at(connection, name, found["address"]) if end.merges and found["address"] else None
    return {**found, "twin": twin}


def record_redirect(connection: Connection, name: str, address: str, now: datetime) -> Redirect:
    """Count a permanent redirect of a feed to an address; returns its history."""
    ours = (move.c.source == name) & (move.c.address == address)
    row = connection.execute(select(move).where(ours)).mappings().one_or_none()
    before = Redirect(address, row["first_at"], row["last_at"], row["times"], row["days"]) if row else None
    known = count_redirect(before, address, now)
    values = {"last_at": now, "times": known.times, "days": known.days}
    first = sql.upsert(move).values(source=name, address=address, first_at=known.first_at, **values)
    connection.execute(first.on_conflict_do_update(index_elements=["source", "address"], set_=values))
    return known


def other_feed_at(connection: Connection, name: str, address: str | None) -> str | None:
    """The name of another feed that is polled at an address, the first in order; None where there is none."""
    there = or_(source.c.address == address, source.c.address.is_(None) & (source.c.url == address))
    polled = [source.c.registered, source.c.name != name, source.c.twin.is_(None), there]
    found: str | None = connection.execute(select(source.c.name).where(*polled).order_by(source.c.name)).scalar()
    return found
