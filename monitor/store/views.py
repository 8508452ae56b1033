"""Read models to be shown to people: articles, alerts, feeds and the overall status. It changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from monitor.core.model.alerts import DeliveryState
from monitor.store.database import Database
from monitor.store.rows import OPEN_STATES
from monitor.store.tables import article, delivery, match, source

STUCK_AFTER = timedelta(minutes=15)  # a delivery that is overdue for longer makes the status unhealthy
# The columns that a view has under the same name
SHOWN_ARTICLE_COLUMNS = ("id", "story", "title", "url", "guid", "lead", "language", "kinship")
SHOWN_DELIVERY_COLUMNS = (
    "id", "key", "story", "article", "watch", "channel", "target", "state", "reason", "priority", "attempts", "repeats",
    "error",
)  # fmt: skip
SHOWN_FEED_COLUMNS = (
    "name", "url", "newest", "articles", "failures", "failing_since", "error", "address", "twin", "gone",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ArticleView:
    """A stored article, with the watches that matched it and why it is in its story."""

    id: int
    story: int
    feed: str
    title: str
    url: str
    guid: str | None
    lead: str
    language: str | None
    published: datetime | None
    first_seen: datetime
    kinship: str
    reason: str
    watches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlertView:
    """A delivery: a match at one address and its state."""

    id: int
    key: str
    story: int
    article: int
    watch: str
    channel: str
    target: str
    state: str
    reason: str
    priority: int
    title: str
    url: str
    feed: str
    snippet: str
    terms: tuple[str, ...]
    times: dict[str, datetime | str | None]
    attempts: int
    repeats: int
    error: str | None


@dataclass(frozen=True, slots=True)
class FeedView:
    """The state of a registered feed."""

    name: str
    url: str
    last_success: datetime | None
    next_poll: datetime
    newest: datetime | None  # first sight of its newest article
    articles: int
    failures: int
    failing_since: datetime | None
    error: str | None
    address: str | None = None  # the URL polled in place of `url` since it moved
    twin: str | None = None  # the feed that is polled there in its place
    gone: int = 0  # answers 410 since its last success
    shared_names: int = 0  # guids and links that two of its entries had


@dataclass(frozen=True, slots=True)
class Ledger:
    """Proof that no match was lost: matched counts match × address, and equals the sum of deliveries by state."""

    matched: int
    states: dict[str, int]
    unaccounted: int  # matches without any delivery

    @property
    def balanced(self) -> bool:
        """Whether every match has its deliveries."""
        return self.unaccounted == 0 and self.matched == sum(self.states.values())


@dataclass(frozen=True, slots=True)
class StatusView:
    """The overall status. today: the last 24 hours; oldest_due: of the waiting deliveries."""

    feeds: tuple[FeedView, ...]
    articles_today: int
    sent_today: int
    last_sent: datetime | None
    waiting: int
    oldest_due: datetime | None
    dead: int
    ledger: Ledger
    bytes: int | None  # of an SQLite file

    def is_healthy(self, now: datetime) -> bool:
        """Whether no feed fails, no delivery is dead or overdue by STUCK_AFTER, and the ledger is balanced."""
        stuck = self.oldest_due is not None and self.oldest_due < now - STUCK_AFTER
        return not (any(feed.failures for feed in self.feeds) or self.dead or stuck or not self.ledger.balanced)


class Views:
    """Reads the views of this module."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def articles(self, since: datetime | None = None, limit: int = 100) -> list[ArticleView]:
        """The articles seen since then, the newest first."""
        query = select(article).order_by(article.c.first_seen_at.desc(), article.c.id.desc()).limit(limit)
        if since is not None:
            query = query.where(article.c.first_seen_at >= since)
        with self.database.read() as connection:
            found = connection.execute(query).mappings().all()
            watches = watches_by_article(connection, [row["id"] for row in found])
        return [
            ArticleView(
                feed=row["source"],
                published=row["published_at"],
                first_seen=row["first_seen_at"],
                reason=row["kin_reason"],
                watches=watches.get(row["id"], ()),
                **{name: row[name] for name in SHOWN_ARTICLE_COLUMNS},
            )
            for row in found
        ]

    def alerts(self, since: datetime | None = None, limit: int = 100, *, about: int | None = None) -> list[AlertView]:
        """Deliveries since then, sent or not, the newest first; about: only those of the article with this id."""
        query = select(delivery).order_by(delivery.c.created_at.desc(), delivery.c.id.desc()).limit(limit)
        if since is not None:
            query = query.where(delivery.c.created_at >= since)
        if about is not None:
            query = query.where(delivery.c.article == about)
        with self.database.read() as connection:
            return [alert_view_from_row(row) for row in connection.execute(query).mappings()]

    def ledger(self) -> Ledger:
        with self.database.read() as connection:
            return load_ledger(connection)

    def status(self, now: datetime) -> StatusView:
        day, waiting = now - timedelta(days=1), delivery.c.state.in_(OPEN_STATES)
        with self.database.read() as connection:
            count, oldest = connection.execute(select(func.count(), func.min(delivery.c.due_at)).where(waiting)).one()
            return StatusView(
                feeds=tuple(load_feed_views(connection)),
                articles_today=fetch_scalar(connection, select(func.count()).where(article.c.first_seen_at >= day)),
                sent_today=fetch_scalar(connection, select(func.count()).where(delivery.c.sent_at >= day)),
                last_sent=fetch_scalar(connection, select(func.max(delivery.c.sent_at))),
                waiting=count,
                oldest_due=oldest,
                dead=fetch_scalar(connection, select(func.count()).where(delivery.c.state == DeliveryState.DEAD)),
                ledger=load_ledger(connection),
                bytes=self.size(),
            )

    def size(self) -> int | None:
        """Bytes of an SQLite file, without its WAL; None for PostgreSQL."""
        path = self.database.path
        return path.stat().st_size if path and path.exists() else None


def fetch_scalar(connection: Connection, query: Any) -> Any:
    """The first value of a query's first row; None where there is no row."""
    return connection.execute(query).scalar()


def alert_view_from_row(row: Any) -> AlertView:
    """An alert from a row of `delivery`."""
    facts = row["facts"]
    return AlertView(
        **{name: row[name] for name in SHOWN_DELIVERY_COLUMNS},
        title=facts["title"],
        url=facts["url"],
        feed=facts["source"],
        snippet=facts["match"]["snippet"],
        terms=tuple(dict.fromkeys(hit["term"] for hit in facts["match"]["hits"])),
        times={
            "published": facts["published_at"],
            "first_seen": facts["first_seen_at"],
            "created": row["created_at"],
            "due": row["due_at"],
            "sent": row["sent_at"],
        },
    )


def watches_by_article(connection: Connection, articles: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The names of the watches that matched each article, sorted."""
    query = select(match.c.article, match.c.watch).where(match.c.article.in_(articles)).order_by(match.c.watch)
    found: dict[int, tuple[str, ...]] = {}
    for row in connection.execute(query):
        found[row.article] = (*found.get(row.article, ()), row.watch)
    return found


def load_feed_views(connection: Connection) -> list[FeedView]:
    """Every registered feed, failing ones first, then by name."""
    newest, count = func.max(article.c.first_seen_at), func.count(article.c.id)
    query = (
        select(source, newest.label("newest"), count.label("articles"))
        .outerjoin(article, article.c.source == source.c.name)
        .where(source.c.registered)
        .group_by(source.c.name)
        .order_by((source.c.failures > 0).desc(), source.c.name)
    )
    return [
        FeedView(
            last_success=row["last_success_at"],
            next_poll=row["next_poll_at"],
            shared_names=len(row["shared_names"] or ()),
            **{name: row[name] for name in SHOWN_FEED_COLUMNS},
        )
        for row in connection.execute(query).mappings()
    ]


def load_ledger(connection: Connection) -> Ledger:
    """Count matches and deliveries, see Ledger."""
    states = connection.execute(select(delivery.c.state, func.count()).group_by(delivery.c.state))
    counts = {state: count for state, count in states}
    answered = (delivery.c.article == match.c.article) & (delivery.c.watch == match.c.watch)
    pairs = select(func.count()).select_from(match.join(delivery, answered))
    orphans = select(func.count()).select_from(match).where(~select(delivery.c.id).where(answered).exists())
    return Ledger(fetch_scalar(connection, pairs), counts, fetch_scalar(connection, orphans))
