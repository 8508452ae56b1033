"""WebSub subscriptions at hubs: which are due, which one a callback belongs to, and the transaction of a push.

Every change is decided by a function of core.websub on the locked row: a hub may verify a subscription before its
answer to our request is read. A feed whose pushes are no longer trusted is made due in the same transaction.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, exists, or_, select, update

from monitor.core.errors import StoreError
from monitor.core.model.polling import Claim, Source
from monitor.core.websub import hubs
from monitor.core.websub import subscription as websub
from monitor.core.websub.hubs import Offer
from monitor.core.websub.subscription import Subscription, SubscriptionState, SubscriptionUpdate
from monitor.store import rows, sql
from monitor.store.database import Database
from monitor.store.ingest_transaction import IngestTransaction
from monitor.store.polls import UnchangedPolls, is_unleased
from monitor.store.tables import source, subscription

ANY_SUBSCRIPTION_QUERY = select(exists().where(sql.among(subscription.c.source, "feeds")))


class Subscriptions:
    """Stores subscriptions, and leases feeds for pushes."""

    def __init__(self, database: Database, installation: str) -> None:
        self.database = database
        self.installation = installation

    def list(self) -> Sequence[Subscription]:
        """All subscriptions without their secrets, by feed and rank, to be shown."""
        with self.database.read() as connection:
            return [replace(one, token="", secret="") for one in _load_subscriptions(connection, select(subscription))]

    def find_by_token(self, token: str) -> Subscription | None:
        """The subscription whose callback URL ends with this token."""
        with self.database.read() as connection:
            return next(iter(_load_subscriptions(connection, _select_by_token(token))), None)

    def apply_update(
        self, token: str, step: SubscriptionUpdate, now: datetime, *, due: bool = False
    ) -> Subscription | None:
        """Apply a change; returns the subscription after it, None where there is none.

        due: make its feed due now, also if it is being polled.
        """
        with self.database.write() as connection:
            after = _apply_update(connection, token, step, now)
            if due and after:
                _make_feed_due(connection, after.source, now)
            return after

    def claim(self, callback: str, now: datetime, limit: int) -> Sequence[Subscription]:
        """Subscriptions to request now, at most one of each feed; they are marked, so that no other process does."""
        ripe = select(subscription.c.source).where(_may_be_due(callback, now)).distinct()
        with self.database.read() as connection:
            if connection.execute(ripe.limit(1)).first() is None:
                return []
        with self.database.write(alone=True) as connection:
            some = ripe.order_by(subscription.c.source).limit(limit)
            found = _lock_subscriptions(connection, select(subscription).where(subscription.c.source.in_(some)))
            feeds = {one.source: [row for row in found if row.source == one.source] for one in found}
            due = [one for feed in feeds.values() for one in websub.due_subscriptions(feed, callback, now)]
            asked = [websub.mark_asked(one, callback, now) for one in due]
            for before, after in zip(due, asked, strict=True):
                _store_change(connection, before, after, now)
            return asked

    def register(self, sources: Sequence[Source], now: datetime) -> None:
        """Mark the hubs that these feeds offer as wanted, if push is on, and all others as unwanted."""
        named = {one.name for one in sources if one.push}
        with self.database.write() as connection:
            for one in _lock_subscriptions(connection, select(subscription)):
                meant = one.offered and one.source in named
                _store_change(
                    connection, one, websub.mark_wanted(one, now) if meant else websub.mark_unwanted(one, now), now
                )

    def distrust(self, now: datetime) -> None:
        """Stop relying on pushes, because no receiver was running; the feeds are due now."""
        proven = select(subscription).where(subscription.c.proven_at.is_not(None))
        with self.database.read() as connection:
            if connection.execute(proven.limit(1)).first() is None:
                return
        with self.database.write() as connection:
            for one in _lock_subscriptions(connection, proven):
                _store_change(connection, one, websub.distrust_pushes(one), now)

    def pull_in(self, now: datetime, beyond: timedelta = timedelta(0)) -> None:
        """Make subscriptions due now whose time is later than now + beyond, because the clock was set back."""
        with self.database.write() as connection:
            connection.execute(update(subscription).where(subscription.c.next_at > now + beyond).values(next_at=now))

    def delete_older_than(self, before: datetime) -> None:
        """Delete unwanted subscriptions to which no hub can push any more; until then their callback answers 410."""
        over = (subscription.c.state == SubscriptionState.UNWANTED) & subscription.c.next_at.is_(None)
        with self.database.write() as connection:
            connection.execute(delete(subscription).where(over, subscription.c.asked_at < before))

    def claim_feed(self, name: str, owner: str, now: datetime, lease: timedelta) -> Claim | None:
        """Lease a feed for a push, due or not; None while another process polls it."""
        taken = (
            update(source)
            .where(source.c.name == name, source.c.registered, is_unleased(source.c.lease_until, now))
            .values(lease_owner=owner, lease_until=now + lease)
            .returning(source)
        )
        with self.database.write() as connection:
            row = connection.execute(taken).mappings().first()
        return Claim(rows.poll_state_from_row(row), owner, now + lease) if row else None

    def release(self, claim: Claim) -> None:
        """End a lease of claim_feed()."""
        with self.database.write() as connection:
            _release_lease(connection, claim)

    @contextlib.contextmanager
    def transaction(self, claim: Claim, token: str, now: datetime) -> Iterator[IngestTransaction]:
        """The transaction that stores pushed articles, without the outcome of a poll. Leaving commits."""
        with self.database.write(alone=True) as connection:
            with IngestTransaction(connection, claim, now, self.installation, self.database.restored) as turn:
                yield turn
            _apply_update(connection, token, lambda one: websub.record_push(one, now), now)
            if not _release_lease(connection, claim):
                raise StoreError(f"{claim.state.source}: another process took this feed over; the push is dropped")

    def update_hubs(self, turn: IngestTransaction, offers: Sequence[Offer], token: Callable[[], str]) -> None:
        """Store which hubs a polled feed offers. token: makes the tokens of new ones."""
        name, now = turn.claim.state.source, turn.now
        known = _lock_feed_subscriptions(turn.connection, [name])
        before = {one.hub: one for one in known}
        for one in hubs.changed_subscriptions(name, known, offers, token, now):
            _store_change(turn.connection, before.get(one.hub), one, now)

    def find_proven(self, turn: IngestTransaction) -> Subscription | None:
        """The subscription whose pushes the polled feed relies on."""
        proven = and_(subscription.c.source == turn.claim.state.source, subscription.c.proven_at.is_not(None))
        return next(iter(_lock_subscriptions(turn.connection, select(subscription).where(proven))), None)

    def find_by_feeds(self, quiet: UnchangedPolls, names: Sequence[str]) -> dict[str, Sequence[Subscription]]:
        found = _lock_feed_subscriptions(quiet.connection, names)
        return {name: list(some) for name, some in groupby(found, lambda one: one.source)}

    def distrust_subscription(self, turn: IngestTransaction, one: Subscription) -> None:
        """Stop relying on its pushes: a poll found an article that they had not brought."""
        _save_subscription(turn.connection, websub.distrust_pushes(one))


def _lock_feed_subscriptions(connection: Connection, names: Sequence[str]) -> list[Subscription]:
    """The subscriptions of some feeds. Most have none, and this check costs a tenth of locking and reading rows."""
    [(found,)] = sql.fetch_rows(connection, ANY_SUBSCRIPTION_QUERY, {"feeds": names})
    if not found:
        return []
    return _lock_subscriptions(connection, select(subscription).where(subscription.c.source.in_(names)))


def _select_by_token(token: str) -> Select[Any]:
    return select(subscription).where(subscription.c.token == rows.storable(token))


def _load_subscriptions(connection: Connection, query: Select[Any]) -> list[Subscription]:
    ordered = query.order_by(subscription.c.source, subscription.c.rank, subscription.c.hub)
    found = connection.execute(ordered).mappings()
    return [Subscription(**{**row, "state": SubscriptionState(row["state"])}) for row in found]


def _lock_subscriptions(connection: Connection, query: Select[Any]) -> list[Subscription]:
    """Subscriptions to change. They are locked before the row of their feed, so that transactions cannot deadlock."""
    return _load_subscriptions(connection, query.with_for_update())


def _apply_update(connection: Connection, token: str, step: SubscriptionUpdate, now: datetime) -> Subscription | None:
    for before in _lock_subscriptions(connection, _select_by_token(token)):
        after = step(before)
        _store_change(connection, before, after, now)
        return after
    return None


def _store_change(connection: Connection, before: Subscription | None, after: Subscription, now: datetime) -> None:
    """Store a change. If the pushes are no longer relied on, the feed is made due."""
    if before != after:
        _save_subscription(connection, after)
    if before and before.proven_at and not after.proven_at:
        _make_feed_due(connection, after.source, now)


def _save_subscription(connection: Connection, after: Subscription) -> None:
    """Store a subscription; delete it if it is unwanted and no hub was ever asked for it."""
    values = {name: rows.storable(value) for name, value in asdict(after).items()}
    if after.state is SubscriptionState.UNWANTED and after.asked_at is None:
        here = (subscription.c.source == after.source) & (subscription.c.hub == after.hub)
        connection.execute(delete(subscription).where(here))
    else:
        first = sql.upsert(subscription).values(values)
        connection.execute(first.on_conflict_do_update(index_elements=["source", "hub"], set_=values))


def _make_feed_due(connection: Connection, name: str, now: datetime) -> None:
    connection.execute(update(source).where(source.c.name == name).values(next_poll_at=now, pinged_at=now))


def _may_be_due(callback: str, now: datetime) -> ColumnElement[bool]:
    """The condition that a request may be due: its time has come and no other hub of the feed is active, or the
    callback has changed."""
    one, other = subscription.c, subscription.alias().c
    active = (
        other.state.in_([SubscriptionState.ASKED, SubscriptionState.ACTIVE])
        & (other.next_at > now)
        & (other.callback == callback)
    )
    beside = (other.source == one.source) & (other.hub != one.hub)
    moved = one.callback.not_in(["", callback]) & (one.state != SubscriptionState.UNWANTED)
    alone = ~select(other.hub).where(beside, active).exists()
    return or_((one.next_at <= now) & (alone | (one.state == SubscriptionState.UNWANTED)), moved)


def _release_lease(connection: Connection, claim: Claim) -> bool:
    ours = (source.c.name == claim.state.source) & (source.c.lease_owner == claim.owner)
    freed = update(source).where(ours, source.c.lease_until == claim.until)
    return connection.execute(freed.values(lease_owner=None, lease_until=None)).rowcount == 1
