"""The tables of the schema. The migrations in alembic/versions/ create the same schema; a test compares the two.

This module knows no queries.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as naive UTC: SQLite has no time zones, and text in UTC sorts by time."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None else value.replace(tzinfo=UTC)

    def bind_processor(self, dialect: Dialect) -> Any:
        return stored_text if dialect.name == "sqlite" else super().bind_processor(dialect)


def stored_text(moment: datetime | None) -> str | None:
    """An instant as SQLite holds it: what SQLAlchemy's DateTime writes, in a third of the time."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


class Ticks(TypeDecorator[datetime]):
    """An Instant in a table of many small rows: microseconds since 1970 on SQLite, 8 bytes instead of 27."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return BigInteger() if dialect.name == "sqlite" else DateTime()

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def bind_processor(self, dialect: Dialect) -> Any:
        return stored_ticks if dialect.name == "sqlite" else super().bind_processor(dialect)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def stored_ticks(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def instant_column(name: str, *, nullable: bool = True, index: bool = False) -> Column[datetime]:
    """A column of type Instant."""
    return Column(name, Instant, nullable=nullable, index=index)


def counter_column(name: str) -> Column[int]:
    """An integer column that starts at 0."""
    return Column(name, Integer, nullable=False, default=0)


def lease_columns() -> list[Column[Any]]:
    """The columns of a lease: the process that works on a row, and until when no other process may take it."""
    return [Column("lease_owner", Text), instant_column("lease_until")]


# SQLite gives a row its id only where the column is exactly INTEGER
Id = BigInteger().with_variant(Integer, "sqlite")


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


source = Table(
    "source",
    metadata,
    Column("name", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("registered", Boolean, nullable=False),  # whether rules.toml names it now
    instant_column("next_poll_at", nullable=False),
    *lease_columns(),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("body_hash", Text),
    instant_column("baseline_at"),
    instant_column("last_success_at"),
    instant_column("last_full_at"),
    counter_column("failures"),
    instant_column("failing_since"),
    Column("error", Text),
    Column("entries", Integer),
    Column("moved", Text),  # the target of its last permanent redirect
    instant_column("pinged_at"),  # when a hub announced news after its poll began
    Column("address", Text),  # the URL polled in place of `url` since it moved
    Column("twin", Text),  # another feed that is polled at that address, so that this one is not
    counter_column("gone"),  # answers 410 since its last success
    Column("asked", JSON),  # the schedule that its body asks for (ttl, skipHours, skipDays)
    Column("rhythm", JSON),
    instant_column("rhythm_until"),
    Column("slices", LargeBinary),  # a record of each entry whose current wording is stored
    Column("shared_names", JSON),  # guids and pages that two of its entries had
)

# Permanent redirects of feeds, and how often each was seen
move = Table(
    "move",
    metadata,
    Column("source", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    instant_column("first_at", nullable=False),
    instant_column("last_at", nullable=False),
    counter_column("times"),
    counter_column("days"),
)

# The polls of each feed, summed by day
coverage = Table(
    "coverage",
    metadata,
    Column("source", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    counter_column("polls"),
    counter_column("failed"),
    counter_column("unchanged"),
    counter_column("entries"),
    counter_column("fresh"),
    counter_column("overruns"),
    counter_column("caught"),  # further documents read because no entry was known
    counter_column("longest_gap"),  # seconds between two successful polls
)

story = Table(
    "story",
    metadata,
    Column("id", Id, primary_key=True),
    instant_column("opened_at", nullable=False),
    sqlite_autoincrement=True,  # an id is never used twice, because delivery keys contain it
)

article = Table(
    "article",
    metadata,
    Column("id", Id, primary_key=True),
    Column("story", ForeignKey("story.id"), nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("guid", Text),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("lead", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("language", Text),
    instant_column("published_at"),
    instant_column("updated_at"),
    instant_column("first_seen_at", nullable=False, index=True),
    instant_column("changed_at", nullable=False),
    Column("canonical_url", Text, nullable=False, index=True),
    Column("title_key", Text, nullable=False, index=True),
    Column("content", String(80), nullable=False, index=True),
    Column("revision", String(80), nullable=False, index=True),
    Column("kinship", Text, nullable=False),
    Column("kin_reason", Text, nullable=False),
    Column("kin_article", Id),
    Column("page", Text),  # wanted, read, given up; NULL: the feed gave the whole text
    instant_column("page_at"),
    Column("page_tries", Integer, nullable=False, default=0, server_default="0"),
    instant_column("pruned_at"),  # since then a tombstone: keys and title, no text
    UniqueConstraint("source", "identity"),
    Index("ix_article_page_page_at", "page", "page_at"),
    sqlite_autoincrement=True,
)

# The wordings of each article, by hash. A feed that alternates between two bodies brings nothing new.
version = Table(
    "version",
    metadata,
    Column("article", ForeignKey("article.id"), primary_key=True),
    Column("content", String(80), primary_key=True),
    instant_column("seen_at", nullable=False),
)

# A sample of each article's 3-shingle hashes (Broder 1997): articles that share some are compared in full. A feed adds
# about 500 rows. WITHOUT ROWID keeps one B-tree instead of two and a third of the bytes (25.7 ms a feed, not 28.0).
sketch = Table(
    "sketch",
    metadata,
    Column("hash", BigInteger, primary_key=True, autoincrement=False),
    Column("article", ForeignKey("article.id"), primary_key=True),
    Column("first_seen_at", Ticks, nullable=False),
    sqlite_with_rowid=False,
)

match = Table(
    "match",
    metadata,
    Column("article", ForeignKey("article.id"), primary_key=True),
    Column("watch", Text, primary_key=True),
    Column("evidence", JSON, nullable=False),
    instant_column("matched_at", nullable=False, index=True),
)

# Facts of the articles that match: amounts, price moves, codes, and the days of coming events
fact = Table(
    "fact",
    metadata,
    Column("article", ForeignKey("article.id"), primary_key=True),
    Column("number", Integer, primary_key=True),  # in the order of the text
    Column("kind", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("value", Float),
    Column("unit", Text, nullable=False),
    Column("day", Date, index=True),
    Column("word", Text, nullable=False),
)

# Forms of paragraphs (dates and names replaced by placeholders), to learn which boilerplate a host repeats
block = Table(
    "block",
    metadata,
    Column("host", Text, primary_key=True),
    Column("form", Text, primary_key=True),
    Column("stories", Integer, nullable=False),  # how many stories had it in their first article
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False, index=True),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", String(32), nullable=False, unique=True),
    Column("story", ForeignKey("story.id"), nullable=False, index=True),
    Column("article", ForeignKey("article.id"), nullable=False, index=True),
    Column("watch", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("version", Integer, nullable=False, default=0),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    counter_column("attempts"),
    counter_column("repeats"),  # attempts that may have arrived
    instant_column("due_at"),
    *lease_columns(),
    instant_column("created_at", nullable=False, index=True),
    instant_column("sent_at"),
    Column("error", Text),
    Column("facts", JSON, nullable=False),  # the article as it was when the delivery was decided
    Index("ix_delivery_state_due_at", "state", "due_at"),
    Index("ix_delivery_watch_created_at", "watch", "created_at"),
    sqlite_autoincrement=True,
)

# Watches, stories, feeds and terms that are muted until a moment
mute = Table(
    "mute",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    instant_column("until", nullable=False, index=True),
    instant_column("created_at", nullable=False),
)

# WebSub subscriptions of feeds at hubs
subscription = Table(
    "subscription",
    metadata,
    Column("source", Text, primary_key=True),
    Column("hub", Text, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("offered", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("callback", Text, nullable=False),
    Column("token", Text, nullable=False, unique=True),
    Column("secret", Text, nullable=False),
    instant_column("asked_at"),
    instant_column("expires_at"),
    instant_column("next_at", index=True),
    counter_column("failures"),
    instant_column("proven_at"),
    instant_column("last_push_at"),
    counter_column("pushes"),
    counter_column("discarded"),
    Column("error", Text),
)

# Alarms: when each was raised and ended, and when a notice of either was sent
alarm = Table(
    "alarm",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("channel", Text, nullable=False),
    instant_column("raised_at", nullable=False),
    instant_column("told_at"),
    instant_column("ended_at", index=True),
    instant_column("end_told_at"),
)

memory = Table(
    "memory",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", JSON, nullable=False),
)
