"""The schedule of feeds: which are due, leases of the processes that poll them, and the end of a poll.

It does not decide when a feed is polled next; core.schedule does.
"""

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
    Table,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from monitor.core.dedupe.listed_entries import NOTHING_LISTED, ListedEntries
from monitor.core.dedupe.renames import plan_renames
from monitor.core.errors import StoreError
from monitor.core.model.articles import ArticleKeys, Recognition
from monitor.core.model.polling import Claim, PollEnd, Source
from monitor.core.schedule.next_poll import MAX_GONE_ANSWERS
from monitor.store import feed_rows, rows, sql
from monitor.store.database import Database
from monitor.store.ingest_transaction import IngestTransaction, release_statement, success_values
from monitor.store.lookup import recognise_articles
from monitor.store.tables import source

MAX_ROWS = 2**31 - 1  # of a query without a limit of its own: both databases take it

EndedPoll = tuple[Claim, PollEnd]

# Rows are locked in the order of names, so that two transactions cannot deadlock
LEASES_QUERY = (
    select(source.c.name, source.c.lease_owner, source.c.lease_until)
    .where(sql.among(source.c.name, "names"))
    .order_by(source.c.name)
    .with_for_update()  # no effect on SQLite, where a write transaction locks the whole database
)


class UnchangedPolls:
    """The open transaction that ends several polls which brought nothing new."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now

    def end(self, endings: Sequence[EndedPoll]) -> frozenset[str]:
        """Store the outcomes, and end the leases; returns the feeds that another process took over."""
        held = self.lock_leases([claim.state.source for claim, _ in endings])
        ours = [(claim, end) for claim, end in endings if held.get(claim.state.source) == (claim.owner, claim.until)]
        kinds: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for claim, end in ours:
            changed = changed_columns(claim, end, self.now)
            kinds.setdefault(tuple(changed), []).append(changed | release_parameters(claim, end, self.now))
        for columns, values in kinds.items():
            sql.execute_for_each(self.connection, release_statement(columns), values)
        if ours:
            feed_rows.record_polls(self.connection, [(claim.state, end) for claim, end in ours], self.now)
        return frozenset(claim.state.source for claim, _ in endings) - {claim.state.source for claim, _ in ours}

    def lock_leases(self, names: Sequence[str]) -> dict[str, tuple[Any, Any]]:
        """Owner and end of the leases of these feeds, locked until the transaction ends."""
        found = sql.fetch_rows(self.connection, LEASES_QUERY, {"names": names})
        return {name: (owner, until) for name, owner, until in found}


def changed_columns(claim: Claim, end: PollEnd, now: datetime) -> dict[str, Any]:
    """The columns that a successful poll changes, without that of the next poll."""
    before = claim.state
    values = success_values(before, end, now)
    changed = {name: value for name, value in values.items() if value != getattr(before, name, NO_SUCH_COLUMN)}
    return {"lease_owner": None, "lease_until": None} | changed


NO_SUCH_COLUMN = object()  # for columns that a PollState has under another name: equal to no value


def release_parameters(claim: Claim, end: PollEnd, now: datetime) -> dict[str, Any]:
    """The parameters of release_statement(), without the columns."""
    name, owner, until = claim.state.source, claim.owner, claim.until
    return {"our_name": name, "our_owner": owner, "our_lease": until, "our_now": now, "our_next": end.next_poll_at}


# Columns that are valid for one URL only
ADDRESS_RESET_VALUES = dict.fromkeys(("etag", "last_modified", "body_hash", "moved", "address", "asked", "slices")) | {
    "gone": 0
}
POLLED_CONDITIONS = (source.c.registered, source.c.twin.is_(None), source.c.gone < MAX_GONE_ANSWERS)


class Polls:
    """Registers, claims and ends polls of feeds."""

    def __init__(self, database: Database, installation: str) -> None:
        self.database = database
        self.installation = installation

    def register(self, sources: Sequence[Source], now: datetime) -> dict[str, str]:
        """Make these the feeds to poll; returns the renamed ones, old name → new name.

        One that is left out keeps its state; one with a new URL is polled anew. A known URL under another name is the
        same feed, with all that is stored of it.
        """
        with self.database.write() as connection:
            renames = plan_renames(feed_rows.load_known_feeds(connection), sources)
            feed_rows.rename_feeds(connection, renames, now)
            connection.execute(update(source).values(registered=False))
            if not sources:
                return renames
            known = {"registered": True, "twin": None}  # the next redirect finds out again whether it has a twin
            first = sql.upsert(source)
            first = first.on_conflict_do_update(index_elements=["name"], set_=known)
            values = [{"name": one.name, "url": one.url, "registered": True, "next_poll_at": now} for one in sources]
            connection.execute(first, values)
            elsewhere = (source.c.name == bindparam("its_name")) & (source.c.url != bindparam("its_url"))
            anew: dict[str, Any] = {"url": bindparam("its_url"), "next_poll_at": now, **ADDRESS_RESET_VALUES}
            moved = update(source).where(elsewhere).values(**anew)
            connection.execute(moved, [{"its_name": one.name, "its_url": one.url} for one in sources])
        return renames

    def claim(
        self,
        now: datetime,
        owner: str,
        lease: timedelta,
        limit: int,
        only: Collection[str] | None = None,
        *,
        due: bool = False,
    ) -> list[Claim]:
        """Lease feeds that are due and free, the longest overdue first, at most `limit`.

        only: these feeds, due or not, gone (410) or not, as a person asks for them; due: only the due ones of them.
        """
        asked: dict[str, Any] = {"now": now} | ({} if only is None else {"only": list(only)})
        any_due, taken = claim_statements(only is not None, due or only is None)
        with self.database.read() as connection:
            if connection.execute(any_due, asked).first() is None:
                return []
        with self.database.write() as connection:
            asked |= {"owner": owner, "until": now + lease, "most": limit}
            claimed = connection.execute(taken, asked).mappings().all()
        return [Claim(rows.poll_state_from_row(row), owner, row["lease_until"]) for row in claimed]

    def recognise(
        self, feed: str, keys: Sequence[ArticleKeys], listed: ListedEntries = NOTHING_LISTED
    ) -> list[Recognition]:
        """What is known of these articles of one feed. The transaction must repeat it under the write lock."""
        with self.database.read() as connection:
            return recognise_articles(connection, feed, keys, listed=listed)

    def extend_lease(self, claim: Claim, until: datetime) -> Claim:
        """Extend a lease; returns the new claim. Raises StoreError if another process took the feed over."""
        ours = (source.c.name == claim.state.source) & (source.c.lease_owner == claim.owner)
        longer = update(source).where(ours, source.c.lease_until == claim.until).values(lease_until=until)
        with self.database.write() as connection:
            if connection.execute(longer).rowcount != 1:
                raise StoreError(f"{claim.state.source}: another process took this poll over", overtaken=True)
        return replace(claim, until=until)

    def overtaken(self, claim: Claim, now: datetime, error: str, next_poll_at: datetime) -> None:
        """Count a failure of a feed that another process has leased meanwhile; its lease is not changed."""
        later = case((source.c.next_poll_at > next_poll_at, source.c.next_poll_at), else_=next_poll_at)
        counted = {"failures": source.c.failures + 1, "error": rows.storable(error), "next_poll_at": later}
        counted["failing_since"] = func.coalesce(source.c.failing_since, now)
        with self.database.write() as connection:
            connection.execute(update(source).where(source.c.name == claim.state.source).values(**counted))

    @contextlib.contextmanager
    def transaction(self, claim: Claim, now: datetime) -> Iterator[IngestTransaction]:
        """The transaction that ends a poll. Leaving commits; an exception or abandon() rolls back."""
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

    def due_sources(self, now: datetime, limit: int = MAX_ROWS) -> list[str]:
        """The names of the feeds that are due and free, the longest overdue first, at most `limit`."""
        with self.database.read() as connection:
            return list(connection.execute(due_sources_query(), {"now": now, "most": limit}).scalars())

    def recover(self, dead: Callable[[str], bool]) -> int:
        """End the leases of dead processes; returns how many."""
        with self.database.write() as connection:
            gone = dead_owners(connection, source, dead)
            freed = update(source).where(source.c.lease_owner.in_(gone)).values(lease_owner=None, lease_until=None)
            return connection.execute(freed).rowcount

    def pull_in(self, now: datetime, beyond: timedelta = timedelta(0)) -> None:
        """Make feeds due now whose next poll is later than now + beyond, because the clock was set back."""
        late = update(source).where(source.c.next_poll_at > now + beyond)
        with self.database.write() as connection:
            connection.execute(late.values(next_poll_at=now, lease_until=None))


@cache
def claim_statements(named: bool, in_time: bool) -> tuple[Select[Any], ReturningUpdate[Any]]:
    """A query for any feed to lease, and the UPDATE that leases them; cached. named: filter by :only; in_time: by due
    time."""
    now = bindparam("now", type_=source.c.next_poll_at.type)
    only: BindParameter[Any] = bindparam("only", expanding=True)
    due = [
        *((*POLLED_CONDITIONS, source.c.next_poll_at <= now) if in_time else (source.c.registered,)),
        *((source.c.name.in_(only),) if named else ()),
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


@cache
def due_sources_query() -> Select[Any]:
    """The query of due_sources(), with :now and :most; cached, as it runs twice a second."""
    now = bindparam("now", type_=source.c.next_poll_at.type)
    due = (*POLLED_CONDITIONS, source.c.next_poll_at <= now, is_unleased(source.c.lease_until, now))
    ordered = select(source.c.name).where(*due).order_by(source.c.next_poll_at, source.c.name)
    return ordered.limit(bindparam("most", type_=Integer))


class TransactionAbandoned(Exception):
    """Raised inside a transaction to roll it back after abandon()."""


def is_unleased(until: ColumnElement[datetime | None], now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """The condition that no lease is valid at that time. until: the column with the end of the lease."""
    return or_(until.is_(None), until <= now)


def dead_owners(connection: Connection, table: Table, dead: Callable[[str], bool]) -> list[str]:
    """The owners of leases in a table that are dead processes."""
    owners = select(table.c.lease_owner).where(table.c.lease_owner.is_not(None)).distinct()
    return [owner for owner in connection.execute(owners).scalars() if dead(owner)]
