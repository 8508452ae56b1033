"""What the polls of each feed covered, day by day: the only way to know that nothing was missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, case, func, select

from monitor.core.model.articles import PollEnd, PollState
from monitor.store import rows, sql
from monitor.store.database import Database
from monitor.store.tables import coverage, source


@dataclass(frozen=True, slots=True)
class Covered:
    """A feed over some days. overruns: polls where nothing was known; caught: documents read to catch up.

    longest_gap: seconds without a good look.
    """

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
    """The record of polls."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def since(self, day: date) -> list[Covered]:
        """Every registered feed since a day, those that may have lost something first."""
        sums = [func.coalesce(func.sum(coverage.c[name]), 0).label(name) for name in SUMMED]
        gap = func.coalesce(func.max(coverage.c.longest_gap), 0)
        query = (
            select(source.c.name, *sums, gap)
            .outerjoin(coverage, (coverage.c.source == source.c.name) & (coverage.c.day >= day))
            .where(source.c.registered)
            .group_by(source.c.name)
        )
        with self.database.read() as connection:
            found = [Covered(row[0], *(int(number) for number in row[1:])) for row in connection.execute(query)]
        return sorted(found, key=lambda one: (-one.overruns, -one.failed, one.feed))


SUMMED = ("polls", "failed", "unchanged", "entries", "fresh", "overruns", "caught")


def add_poll(connection: Connection, before: PollState, end: PollEnd, now: datetime) -> None:
    """Add one poll to its feed's day."""
    note_all(connection, [(before, end)], now)


def note_all(connection: Connection, polls: Sequence[tuple[PollState, PollEnd]], now: datetime) -> None:
    """Add polls of different feeds to their days."""
    values = [counted(before, end, now) for before, end in polls]
    sql.done(connection, added(connection.dialect.name), values)


def counted(before: PollState, end: PollEnd, now: datetime) -> dict[str, Any]:
    """One poll as a row of its feed's day."""
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
def added(dialect: str) -> Any:
    """The statement that adds to a day: made once, for making it costs more than running it."""
    first = rows.insert_into(coverage, dialect)
    sums = {name: coverage.c[name] + first.excluded[name] for name in SUMMED}
    longer = coverage.c.longest_gap < first.excluded.longest_gap
    sums["longest_gap"] = case((longer, first.excluded.longest_gap), else_=coverage.c.longest_gap)
    return first.on_conflict_do_update(index_elements=["source", "day"], set_=sums)
