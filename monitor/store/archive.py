"""The archive: stored articles, one after the other, as the engine takes them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select

from monitor.core.dedupe.urls import canonical_url
from monitor.core.match.replay import Stored
from monitor.core.model.articles import Article
from monitor.store.database import Database
from monitor.store.tables import article, delivery, source

READ_BATCH = 500  # articles in memory at once
LEAST = 6  # hex digits of a message's id that may stand for the whole
BIGGEST = 2**63  # of an id

COLUMNS = (
    article.c.id,
    article.c.story,
    article.c.first_seen_at,
    source.c.baseline_at,
    article.c.kinship,
    article.c.kin_reason,
    article.c.source,
    article.c.title,
    article.c.url,
    article.c.guid,
    article.c.lead,
    article.c.body,
    article.c.author,
    article.c.tags,
    article.c.language,
    article.c.published_at,
    article.c.updated_at,
)


class Archive:
    """The articles that were seen."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def count(self, since: datetime) -> int:
        """How many were first seen since then."""
        with self.database.read() as connection:
            return connection.execute(select(func.count()).where(article.c.first_seen_at >= since)).scalar() or 0

    def articles(self, since: datetime, *, newest_first: bool = False) -> Iterator[Stored]:
        """Those first seen since then, by their numbers. Each batch is a read of its own: no writer waits for it."""
        query = QUERY.where(article.c.first_seen_at >= since).limit(READ_BATCH)
        query = query.order_by(article.c.id.desc() if newest_first else article.c.id)
        found = self._read(query)
        while found:
            yield from found
            last = found[-1].id
            found = self._read(query.where(article.c.id < last if newest_first else article.c.id > last))

    def find(self, name: str) -> Stored | None:
        """An article by its number, its address, or the id of a message about it; the newest of several."""
        wanted = [article.c.url == name, article.c.canonical_url == canonical_url(name)] if "/" in name else []
        if name.isdecimal() and int(name) < BIGGEST:
            wanted.append(article.c.id == int(name))
        if len(name) >= LEAST and not name.strip("0123456789abcdef"):
            wanted.append(article.c.id.in_(select(delivery.c.article).where(delivery.c.key.startswith(name))))
        if not wanted:
            return None
        return next(iter(self._read(QUERY.where(or_(*wanted)).order_by(article.c.id.desc()).limit(1))), None)

    def _read(self, query: Select[Any]) -> list[Stored]:
        with self.database.read() as connection:
            return [stored(row) for row in connection.execute(query)]


QUERY = select(*COLUMNS).join(source, source.c.name == article.c.source, isouter=True)


def stored(row: Any) -> Stored:
    """A row of QUERY."""
    number, story, first_seen, baseline, kinship, reason = row[:6]
    feed, title, url, guid, lead, body, author, tags, language, published, updated = row[6:]
    article = Article(feed, title, url, guid, lead, body, author, tuple(tags), language, published, updated)
    return Stored(number, story, first_seen, first_seen == baseline, kinship, reason, article)
