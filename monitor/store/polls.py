"""Sources: which are due, who polls them, and how a poll ends."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    Select,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from monitor.core.errors import StoreError
from monitor.core.model.articles import Keys, Sighting
from monitor.core.model.polling import Claim, PollEnd, Source
from monitor.core.schedule.next_poll import GONE
from monitor.store import feed_rows, rows, sql
from monitor.store.database import Database
from monitor.store.ingest_transaction import Turn, freed, succeeded
from monitor.store.lookup import recognise
from monitor.store.sql import array, locking, stored
from monitor.store.tables import source

Ending = tuple[Claim, PollEnd]

# Leases by name, locked in the order of names
LEASES = locking("SELECT name, lease_owner, lease_until FROM source WHERE name {among:names:text} ORDER BY name")


class Quiet:
    """The transaction, while it is open."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now

    def end(self, endings: Sequence[Ending]) -> frozenset[str]:
        """Free the sources with what is to be remembered; returns those that another process took over."""
        held = self.held([claim.state.source for claim, _ in endings])
        dialect = self.connection.dialect.name
        ours = [
            (claim, end)
            for claim, end in endings
            if held.get(claim.state.source) == (claim.owner, stored(dialect, claim.until))
        ]
        kinds: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for claim, end in ours:
            changed = changes(claim, end, self.now)
            kinds.setdefault(tuple(changed), []).append(changed | of(claim, end, self.now))
        for columns, values in kinds.items():
            sql.done(self.connection, freed(columns), values)
        if ours:
            feed_rows.note_all(self.connection, [(claim.state, end) for claim, end in ours], self.now)
        return frozenset(claim.state.source for claim, _ in endings) - {claim.state.source for claim, _ in ours}

    def held(self, names: Sequence[str]) -> dict[str, tuple[Any, Any]]:
        """Who holds these sources, and until when; nobody changes that before the transaction ends."""
        dialect = self.connection.dialect.name
        found = sql.asked(self.connection, LEASES[dialect], {"names": array(dialect, names)})
        return {name: (owner, until) for name, owner, until in found}


def changes(claim: Claim, end: PollEnd, now: datetime) -> dict[str, Any]:
    """The columns that the end of a poll changes, besides the next poll's."""
    before = claim.state
    told = succeeded(before, end, now)
    changed = {name: value for name, value in told.items() if value != getattr(before, name, UNREAD)}
    return {"lease_owner": None, "lease_until": None} | changed


UNREAD = object()  # the place of a column that a PollState has by another name: equal to nothing


def of(claim: Claim, end: PollEnd, now: datetime) -> dict[str, Any]:
    """What the statement that frees a source is told besides its columns."""
    name, owner, until = claim.state.source, claim.owner, claim.until
    return {"our_name": name, "our_owner": owner, "our_lease": until, "our_now": now, "our_next": end.next_poll_at}


# What is known of an address, and not of another one
UNKNOWN = dict.fromkeys(("etag", "last_modified", "body_hash", "moved", "address", "asked", "slices")) | {"gone": 0}
POLLED = (source.c.registered, source.c.twin.is_(None), source.c.gone < GONE)


class Polls:
    """The polling side of the database."""

    def __init__(self, database: Database, installation: str) -> None:
        self.database = database
        self.installation = installation

    def register(self, sources: Sequence[Source], now: datetime) -> None:
        """Make these the sources to poll. One that left keeps its memory; one that moved is asked unconditionally."""
        with self.database.write() as connection:
            connection.execute(update(source).values(registered=False))
            if not sources:
                return
            there = {"registered": True, "twin": None}  # whether it needs polling is found out anew
            first = rows.insert(connection, source).on_conflict_do_update(index_elements=["name"], set_=there)
            connection.execute(
                first, [{"name": one.name, "url": one.url, "registered": True, "next_poll_at": now} for one in sources]
            )
            elsewhere = (source.c.name == bindparam("its_name")) & (source.c.url != bindparam("its_url"))
            moved = update(source).where(elsewhere).values(url=bindparam("its_url"), next_poll_at=now, **UNKNOWN)
            connection.execute(moved, [{"its_name": one.name, "its_url": one.url} for one in sources])

    def claim(
        self,
        now: datetime,
        owner: str,
        lease: timedelta,
        limit: int,
        skip: Collection[str] = (),
        only: Collection[str] | None = None,
        *,
        due: bool = False,
    ) -> list[Claim]:
        """Take sources that are due and free, the longest overdue first; each is ours until the lease ends.

        only: these, due or not, given up or not, because a person asks for them; due: those of them that are due.
        """
        asked = {"now": now, "skip": list(skip)} | ({} if only is None else {"only": list(only)})
        any_due, taken = claiming(only is not None, due or only is None)
        with self.database.read() as connection:
            if connection.execute(any_due, asked).first() is None:
                return []
        with self.database.write() as connection:
            asked |= {"owner": owner, "until": now + lease, "most": limit}
            claimed = connection.execute(taken, asked).mappings().all()
        return [Claim(rows.poll_state(row), owner, row["lease_until"]) for row in claimed]

    def recognise(self, feed: str, keys: Sequence[Keys]) -> list[Sighting]:
        """What is known of these articles of one feed; to be asked again inside the turn."""
        with self.database.read() as connection:
            return recognise(connection, feed, keys)

    def prolong(self, claim: Claim, until: datetime) -> Claim:
        """The same feed for longer. Raises StoreError where another process took it over."""
        ours = (source.c.name == claim.state.source) & (source.c.lease_owner == claim.owner)
        longer = update(source).where(ours, source.c.lease_until == claim.until).values(lease_until=until)
        with self.database.write() as connection:
            if connection.execute(longer).rowcount != 1:
                raise StoreError(f"{claim.state.source}: another process took this poll over", overtaken=True)
        return replace(claim, until=until)

    def overtaken(self, claim: Claim, now: datetime, error: str, next_poll_at: datetime) -> None:
        """Count a failure of a feed that another process holds now, without a word about its lease."""
        later = case((source.c.next_poll_at > next_poll_at, source.c.next_poll_at), else_=next_poll_at)
        counted = {"failures": source.c.failures + 1, "error": rows.storable(error), "next_poll_at": later}
        counted["failing_since"] = func.coalesce(source.c.failing_since, now)
        with self.database.write() as connection:
            connection.execute(update(source).where(source.c.name == claim.state.source).values(**counted))

    @contextlib.contextmanager
    def turn(self, claim: Claim, now: datetime) -> Iterator[Turn]:
        """The transaction that ends a poll. Leaving commits; an exception or abandon() keeps nothing."""
        with (
            contextlib.suppress(Abandoned),
            self.database.write(alone=True) as connection,
            Turn(connection, claim, now, self.installation, self.database.restored) as turn,
        ):
            yield turn
            if turn.abandoned:
                raise Abandoned

    @contextlib.contextmanager
    def quiet(self, now: datetime) -> Iterator[Quiet]:
        """The transaction that ends polls which brought nothing new. Leaving commits."""
        with self.database.write(alone=True) as connection:
            yield Quiet(connection, now)

    def due(self, now: datetime) -> list[str]:
        """The names of the sources that are due and free, the longest overdue first."""
        query = select(source.c.name).where(*POLLED, source.c.next_poll_at <= now, free(source.c.lease_until, now))
        with self.database.read() as connection:
            return list(connection.execute(query.order_by(source.c.next_poll_at, source.c.name)).scalars())

    def next_due(self) -> datetime | None:
        """When the next source is due; None where there is none."""
        with self.database.read() as connection:
            return connection.execute(select(func.min(source.c.next_poll_at)).where(*POLLED)).scalar()

    def recover(self, dead: Callable[[str], bool]) -> int:
        """Free the sources of owners that run no more; returns how many."""
        with self.database.write() as connection:
            owners = connection.execute(
                select(source.c.lease_owner).where(source.c.lease_owner.is_not(None)).distinct()
            )
            gone = [owner for owner in owners.scalars() if dead(owner)]
            freed = update(source).where(source.c.lease_owner.in_(gone)).values(lease_owner=None, lease_until=None)
            return connection.execute(freed).rowcount

    def pull_in(self, now: datetime, beyond: timedelta = timedelta(0)) -> None:
        """Make due what waits for a moment later than now and so much: the clock was set back, it means nothing now."""
        with self.database.write() as connection:
            connection.execute(
                update(source).where(source.c.next_poll_at > now + beyond).values(next_poll_at=now, lease_until=None)
            )


@cache
def claiming(named: bool, in_time: bool) -> tuple[Select[Any], ReturningUpdate[Any]]:
    """Whether there is anything to take, and the statement that takes it; made once. in_time: only what is due."""
    now = bindparam("now", type_=source.c.next_poll_at.type)
    only: BindParameter[Any] = bindparam("only", expanding=True)
    due = [
        *((*POLLED, source.c.next_poll_at <= now) if in_time else (source.c.registered,)),
        *((source.c.name.in_(only),) if named else ()),
        source.c.name.not_in(bindparam("skip", expanding=True)),
        free(source.c.lease_until, now),
    ]
    query = select(source.c.name).where(*due)
    chosen = query.order_by(source.c.next_poll_at).limit(bindparam("most", type_=Integer))
    taken = (
        update(source)
        .where(source.c.name.in_(rows.locked(chosen)), *due)
        .values(lease_owner=bindparam("owner"), lease_until=bindparam("until"), pinged_at=None)
        .returning(source)
    )
    return query.limit(1), taken


class Abandoned(Exception):
    """Rolls a turn back that somebody asked to forget."""


def free(until: ColumnElement[datetime | None], now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether nobody holds a lease on the row."""
    return or_(until.is_(None), until <= now)
