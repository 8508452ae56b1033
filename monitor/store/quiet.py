"""Polls that brought nothing new, ended in one transaction: a 304 costs a third of what it costs on its own.

Each is still ended by its own lease, and only what it changes is written: of a feed that answers 304 that is when it
answered and when to ask again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from monitor.core.model.articles import Claim, PollEnd
from monitor.store import feed_rows, sql
from monitor.store.arrays import array, locking, stored
from monitor.store.ingest_transaction import freed, succeeded

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
