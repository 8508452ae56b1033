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
from monitor.core.model.articles import ArticleKeys, Recognition
from monitor.core.model.polling import Claim, PollEnd, Source
from monitor.core.schedule.next_poll import MAX_GONE_ANSWERS
from monitor.store import feed_rows, rows, sql
from monitor.store.database import Database
from monitor.store.ingest_transaction import IngestTransaction, release_statement, success_values
from monitor.store.lookup import recognise_articles
from monitor.store.sql import array_parameter, locking_statements, stored_instant
from monitor.store.tables import source

EndedPoll = tuple[Claim, PollEnd]

# Leases by name, locked in the order of names
LEASES_QUERY = locking_statements(
    "SELECT name, lease_owner, lease_until FROM source WHERE name {among:names:text} ORDER BY name"
)


class UnchangedPolls:
    """The transaction, while it is open."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now

    def end(self, endings: Sequence[EndedPoll]) -> frozenset[str]:
        """Free the sources with what is to be remembered; returns those that another process took over."""
        held = self.held([claim.state.source for claim, _ in endings])
        dialect = self.connection.dialect.name
        ours = [
            (claim, end)
            for claim, end in endings
            if held.get(claim.state.source) == (claim.owner, stored_instant(dialect, claim.until))
        ]
        kinds: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for claim, end in ours:
            changed = changed_columns(claim, end, self.now)
            kinds.setdefault(tuple(changed), []).append(changed | release_parameters(claim, end, self.now))
        for columns, values in kinds.items():
            sql.execute_for_each(self.connection, release_statement(columns), values)
        if ours:
            feed_rows.record_polls(self.connection, [(claim.state, end) for claim, end in ours], self.now)
        return frozenset(claim.state.source for claim, _ in endings) - {claim.state.source for claim, _ in ours}

    def held(self, names: Sequence[str]) -> dict[str, tuple[Any, Any]]:
        """Who holds these sources, and until when; nobody changes that before the transaction ends."""
        dialect = self.connection.dialect.name
        found = sql.fetch_rows(self.connection, LEASES_QUERY[dialect], {"names": array_parameter(dialect, names)})
        return {name: (owner, until) for name, owner, until in found}


def changed_columns(claim: Claim, end: PollEnd, now: datetime) -> dict[str, Any]:
    """The columns that the end of a poll changes, besides the next poll's."""
    before = claim.state
    told = success_values(before, end, now)
    changed = {name: value for name, value in told.items() if value != getattr(before, name, NO_SUCH_COLUMN)}
    return {"lease_owner": None, "lease_until": None} | changed


NO_SUCH_COLUMN = object()  # the place of a column that a PollState has by another name: equal to nothing


def release_parameters(claim: Claim, end: PollEnd, now: datetime) -> dict[str, Any]:
    """What the statement that frees a source is told besides its columns."""
    name, owner, until = claim.state.source, claim.owner, claim.until
    return {"our_name": name, "our_owner": owner, "our_lease": until, "our_now": now, "our_next": end.next_poll_at}


# What is known of an address, and not of another one
ADDRESS_RESET_VALUES = dict.fromkeys(("etag", "last_modified", "body_hash", "moved", "address", "asked", "slices")) | {
    "gone": 0
}
POLLED_CONDITIONS = (source.c.registered, source.c.twin.is_(None), source.c.gone < MAX_GONE_ANSWERS)


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
            first = rows.insert_statement_for(connection, source).on_conflict_do_update(
                index_elements=["name"], set_=there
            )
            connection.execute(
                first, [{"name": one.name, "url": one.url, "registered": True, "next_poll_at": now} for one in sources]
            )
            elsewhere = (source.c.name == bindparam("its_name")) & (source.c.url != bindparam("its_url"))
            moved = (
                update(source)
                .where(elsewhere)
                .values(url=bindparam("its_url"), next_poll_at=now, **ADDRESS_RESET_VALUES)
            )
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
        any_due, taken = claim_statements(only is not None, due or only is None)
        with self.database.read() as connection:
            if connection.execute(any_due, asked).first() is None:
                return []
        with self.database.write() as connection:
            asked |= {"owner": owner, "until": now + lease, "most": limit}
            claimed = connection.execute(taken, asked).mappings().all()
        return [Claim(rows.poll_state_from_row(row), owner, row["lease_until"]) for row in claimed]

    def recognise(self, feed: str, keys: Sequence[ArticleKeys]) -> list[Recognition]:
        """What is known of these articles of one feed; to be asked again inside the turn."""
        with self.database.read() as connection:
            return recognise_articles(connection, feed, keys)

    def extend_lease(self, claim: Claim, until: datetime) -> Claim:
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
    def transaction(self, claim: Claim, now: datetime) -> Iterator[IngestTransaction]:
        """The transaction that ends a poll. Leaving commits; an exception or abandon() keeps nothing."""
        with (
            contextlib.suppress(TransactionAbandoned),
            self.database.write(alone=True) as connection,
            IngestTransaction(connection, claim, now, self.installation, self.database.restored) as turn,
        ):
            yield turn
            if turn.abandoned:
                raise TransactionAbandoned

    @contextlib.contextmanager
    def unchanged_transaction(self, now: datetime) -> Iterator[UnchangedPolls]:
        """The transaction that ends polls which brought nothing new. Leaving commits."""
        with self.database.write(alone=True) as connection:
            yield UnchangedPolls(connection, now)

    def due_sources(self, now: datetime) -> list[str]:
        """The names of the sources that are due and free, the longest overdue first."""
        query = select(source.c.name).where(
            *POLLED_CONDITIONS, source.c.next_poll_at <= now, is_unleased(source.c.lease_until, now)
        )
        with self.database.read() as connection:
            return list(connection.execute(query.order_by(source.c.next_poll_at, source.c.name)).scalars())

    def next_due(self) -> datetime | None:
        """When the next source is due; None where there is none."""
        with self.database.read() as connection:
            return connection.execute(select(func.min(source.c.next_poll_at)).where(*POLLED_CONDITIONS)).scalar()

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
def claim_statements(named: bool, in_time: bool) -> tuple[Select[Any], ReturningUpdate[Any]]:
    """Whether there is anything to take, and the statement that takes it; made once. in_time: only what is due."""
    now = bindparam("now", type_=source.c.next_poll_at.type)
    only: BindParameter[Any] = bindparam("only", expanding=True)
    due = [
        *((*POLLED_CONDITIONS, source.c.next_poll_at <= now) if in_time else (source.c.registered,)),
        *((source.c.name.in_(only),) if named else ()),
        source.c.name.not_in(bindparam("skip", expanding=True)),
        is_unleased(source.c.lease_until, now),
    ]
    query = select(source.c.name).where(*due)
    chosen = query.order_by(source.c.next_poll_at).limit(bindparam("most", type_=Integer))
    taken = (
        update(source)
        .where(source.c.name.in_(rows.select_locked(chosen)), *due)
        .values(lease_owner=bindparam("owner"), lease_until=bindparam("until"), pinged_at=None)
        .returning(source)
    )
    return query.limit(1), taken


class TransactionAbandoned(Exception):
    """Rolls a turn back that somebody asked to forget."""


def is_unleased(until: ColumnElement[datetime | None], now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether nobody holds a lease on the row."""
    return or_(until.is_(None), until <= now)
