"""The queue of articles whose feed gave only a teaser, so that their page is to be fetched.

It fetches nothing. A claimed page is leased for PAGE_LEASE, and given up after MAX_ATTEMPTS.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, Select, bindparam, or_, select, update

from monitor.core.model.articles import Article
from monitor.core.model.polling import Claim, PollState
from monitor.store import rows
from monitor.store.database import Database
from monitor.store.ingest_transaction import IngestTransaction
from monitor.store.tables import article

PAGE_LEASE = timedelta(minutes=5)
RETRY_DELAY = timedelta(minutes=20)  # after a failure that may pass
MAX_ATTEMPTS = 3
PAGE_WANTED, PAGE_READ, PAGE_GIVEN_UP = "wanted", "read", "given up"


@dataclass(frozen=True, slots=True)
class Teaser:
    """An article whose page this process fetches until the lease ends. tries: attempts, this one included."""

    id: int
    story: int
    article: Article
    tries: int


class PageQueue:
    """Claims teasers, and stores what became of their pages."""

    def __init__(self, database: Database, installation: str) -> None:
        self.database = database
        self.installation = installation

    def due_pages(self, now: datetime, limit: int) -> list[int]:
        """The ids of the teasers whose page is due, the newest first, at most `limit`."""
        with self.database.read() as connection:
            return list(connection.execute(due_pages_query(), {"now": now, "most": limit}).scalars())

    def claim(
        self, now: datetime, limit: int, *, due_by: datetime | None = None, only: int | None = None
    ) -> list[Teaser]:
        """Lease teasers whose page is due (by due_by, else now), at most `limit`, the newest first. only: this id."""
        due = [*is_page_due(due_by or now), *([] if only is None else [article.c.id == only])]
        with self.database.read() as connection:
            if connection.execute(select(article.c.id).where(*due).limit(1)).first() is None:
                return []
        chosen = select(article.c.id).where(*due).order_by(article.c.id.desc()).limit(limit)
        taken = (
            update(article)
            .where(article.c.id.in_(rows.select_locked(chosen)), *due)
            .values(page_at=now + PAGE_LEASE, page_tries=article.c.page_tries + 1)
            .returning(article)
        )
        with self.database.write() as connection:
            return [
                Teaser(row["id"], row["story"], rows.article_from_row(row), row["page_tries"])
                for row in connection.execute(taken).mappings()
            ]

    def record_failure(self, one: Teaser, now: datetime, *, for_good: bool) -> None:
        """Record a failed attempt. for_good: do not try again."""
        over = for_good or one.tries >= MAX_ATTEMPTS
        values = {"page": PAGE_GIVEN_UP if over else PAGE_WANTED, "page_at": now + RETRY_DELAY * 2**one.tries}
        with self.database.write() as connection:
            connection.execute(update(article).where(article.c.id == one.id).values(**values))

    def pull_in(self, now: datetime, beyond: timedelta = timedelta(0)) -> None:
        """Make pages due now whose time is later than now + beyond, because the clock was set back."""
        waiting = (article.c.page == PAGE_WANTED, article.c.page_at > now + beyond)
        with self.database.write() as connection:
            connection.execute(update(article).where(*waiting).values(page_at=now))

    @contextlib.contextmanager
    def transaction(self, one: Teaser, now: datetime) -> Iterator[IngestTransaction]:
        """The transaction that stores the text of a page. Leaving commits."""
        claim = Claim(PollState(one.article.source, now), "", now)
        with self.database.write(alone=True) as connection:
            with IngestTransaction(connection, claim, now, self.installation, self.database.restored) as turn:
                yield turn
            connection.execute(update(article).where(article.c.id == one.id).values(page=PAGE_READ))


@cache
def due_pages_query() -> Select[Any]:
    """The query of due_pages(), with :now and :most; cached, as it runs twice a second."""
    due = is_page_due(bindparam("now", type_=article.c.page_at.type))
    return select(article.c.id).where(*due).order_by(article.c.id.desc()).limit(bindparam("most", type_=Integer))


def is_page_due(now: datetime | BindParameter[datetime]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions that a page is wanted and not leased or waiting to be tried again."""
    return article.c.page == PAGE_WANTED, or_(article.c.page_at.is_(None), article.c.page_at <= now)
