"""Letting go of old articles: texts, evidence and deliveries go, a tombstone stays, so that none is ever new again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update

from monitor.core.model.articles import State
from monitor.store.database import Database
from monitor.store.tables import alarm, article, delivery, fact, match, mute, sketch

PRUNE_BATCH = 200  # articles in one transaction: writers wait for some milliseconds
OPEN = (State.PENDING, State.CLAIMED, State.SENDING, State.RETRY, State.AMBIGUOUS)


class Retention:
    """What is old enough to go."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def prune(self, before: datetime, now: datetime) -> int:
        """Turn some articles first seen before then into tombstones; returns how many, 0 when none is left.

        One of which something still waits to be sent stays whole. Title, address and every key of it stay.
        """
        waiting = select(delivery.c.article).where(delivery.c.state.in_(OPEN))
        old = select(article.c.id).where(
            article.c.first_seen_at < before, article.c.pruned_at.is_(None), article.c.id.not_in(waiting)
        )
        with self.database.write() as connection:
            numbers = list(connection.execute(old.order_by(article.c.id).limit(PRUNE_BATCH)).scalars())
            for table in (delivery, match, fact, sketch):
                connection.execute(delete(table).where(table.c.article.in_(numbers)))
            blank = {"lead": "", "body": "", "author": "", "tags": [], "pruned_at": now}
            connection.execute(update(article).where(article.c.id.in_(numbers)).values(**blank))
        return len(numbers)

    def tidy(self, before: datetime) -> None:
        """Forget mutes and alarms that ended before then."""
        with self.database.write() as connection:
            connection.execute(delete(mute).where(mute.c.until < before))
            connection.execute(delete(alarm).where(alarm.c.ended_at < before))
