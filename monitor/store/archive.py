"""The archive: stored articles, one after the other, as the engine takes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, case, delete, func, or_, select, update

from monitor.core.dedupe.urls import canonical_url
from monitor.core.facts.extract import sentence_span
from monitor.core.match.replay import Stored
from monitor.core.model.alerts import DeliveryState
from monitor.core.model.articles import Article
from monitor.store import rows, sql
from monitor.store.database import Database
from monitor.store.tables import alarm, article, block, delivery, fact, match, mute, sketch, source

READ_BATCH_SIZE = 500  # articles in memory at once
MIN_KEY_DIGITS = 6  # hex digits of a message's id that may stand for the whole
MAX_ID = 2**63  # of an id

STORED_COLUMNS = (
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
        query = STORED_QUERY.where(article.c.first_seen_at >= since).limit(READ_BATCH_SIZE)
        query = query.order_by(article.c.id.desc() if newest_first else article.c.id)
        found = self._read(query)
        while found:
            yield from found
            last = found[-1].id
            found = self._read(query.where(article.c.id < last if newest_first else article.c.id > last))

    def find(self, name: str) -> Stored | None:
        """An article by its number, its address, or the id of a message about it; the newest of several."""
        wanted = [article.c.url == name, article.c.canonical_url == canonical_url(name)] if "/" in name else []
        if name.isdecimal() and int(name) < MAX_ID:
            wanted.append(article.c.id == int(name))
        if len(name) >= MIN_KEY_DIGITS and not name.strip("0123456789abcdef"):
            wanted.append(article.c.id.in_(select(delivery.c.article).where(delivery.c.key.startswith(name))))
        if not wanted:
            return None
        return next(iter(self._read(STORED_QUERY.where(or_(*wanted)).order_by(article.c.id.desc()).limit(1))), None)

    def _read(self, query: Select[Any]) -> list[Stored]:
        with self.database.read() as connection:
            return [stored_article_from_row(row) for row in connection.execute(query)]


STORED_QUERY = select(*STORED_COLUMNS).join(source, source.c.name == article.c.source, isouter=True)


def stored_article_from_row(row: Any) -> Stored:
    """A row of QUERY."""
    number, story, first_seen, baseline, kinship, reason = row[:6]
    feed, title, url, guid, lead, body, author, tags, language, published, updated = row[6:]
    article = Article(feed, title, url, guid, lead, body, author, tuple(tags), language, published, updated)
    return Stored(number, story, first_seen, first_seen == baseline, kinship, reason, article)


DELETE_BATCH_SIZE = 200  # articles in one transaction: writers wait for some milliseconds
OPEN_STATES = (
    DeliveryState.PENDING,
    DeliveryState.CLAIMED,
    DeliveryState.SENDING,
    DeliveryState.RETRY,
    DeliveryState.AMBIGUOUS,
)


class Retention:
    """What is old enough to go."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def delete_older_than(self, before: datetime, now: datetime) -> int:
        """Turn some articles first seen before then into tombstones; returns how many, 0 when none is left.

        One of which something still waits to be sent stays whole. Title, address and every key of it stay.
        """
        waiting = select(delivery.c.article).where(delivery.c.state.in_(OPEN_STATES))
        old = select(article.c.id).where(
            article.c.first_seen_at < before, article.c.pruned_at.is_(None), article.c.id.not_in(waiting)
        )
        with self.database.write() as connection:
            numbers = list(connection.execute(old.order_by(article.c.id).limit(DELETE_BATCH_SIZE)).scalars())
            for table in (delivery, match, fact, sketch):
                connection.execute(delete(table).where(table.c.article.in_(numbers)))
            blank = {"lead": "", "body": "", "author": "", "tags": [], "pruned_at": now}
            connection.execute(update(article).where(article.c.id.in_(numbers)).values(**blank))
        return len(numbers)

    def delete_ended_before(self, before: datetime) -> None:
        """Forget mutes and alarms that ended before then."""
        with self.database.write() as connection:
            connection.execute(delete(mute).where(mute.c.until < before))
            connection.execute(delete(alarm).where(alarm.c.ended_at < before))


MIN_REPEATED_STORIES = 3  # and on two days: less is a story that is told twice, more is a habit
REPEATED_FORMS_QUERY = select(block.c.form).where(
    block.c.host == bindparam("host"), block.c.stories >= MIN_REPEATED_STORIES, block.c.first_day < block.c.last_day
)


class RepeatedParagraphs:
    """The paragraphs that hosts repeat."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def repeated_forms(self, host: str) -> frozenset[str]:
        """The forms that are boilerplate on a host: under three stories or more, on two days or more."""
        return frozenset(
            form for (form,) in self.database.fetch_rows(REPEATED_FORMS_QUERY, {"host": rows.storable(host)})
        )

    def delete_older_than(self, before: date) -> int:
        """Let go of what was seen too rarely to be a habit, and not since that day; returns how many."""
        rare = (block.c.stories < MIN_REPEATED_STORIES) | (block.c.first_day == block.c.last_day)
        with self.database.write() as connection:
            return connection.execute(delete(block).where(rare, block.c.last_day < before)).rowcount


def count_paragraphs(connection: Connection, host: str, forms: Sequence[str], day: date) -> None:
    """Count the paragraphs of the first article of a story."""
    if not forms:
        return
    values = [
        {"host": rows.storable(host), "form": rows.storable(form), "stories": 1, "first_day": day, "last_day": day}
        for form in forms
    ]
    sql.execute_for_each(connection, count_paragraph_statement(connection.dialect.name), values)


@cache
def count_paragraph_statement(dialect: str) -> Any:
    """The statement that counts a paragraph, made once."""
    first = rows.insert_statement_in(block, dialect)
    later = case((block.c.last_day < first.excluded.last_day, first.excluded.last_day), else_=block.c.last_day)
    found = {"stories": block.c.stories + 1, "last_day": later}
    return first.on_conflict_do_update(index_elements=["host", "form"], set_=found)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A day of which an article said that something will happen on it."""

    day: date
    event: str  # earnings, meeting, …
    word: str  # what the article calls it
    article: int
    story: int
    title: str
    url: str
    feed: str
    said: str  # the sentence
    watches: tuple[str, ...]


class Calendar:
    """What is coming, by the articles that matched."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def between(self, start: date, end: date, watch: str | None = None) -> list[Announcement]:
        """The announcements for the days from start to end, in their order; watch: only of its articles."""
        query = (
            select(fact, article.c.story, article.c.title.label("headline"), article.c.url, article.c.source)
            .add_columns(article.c.body, article.c.lead)
            .join(article, article.c.id == fact.c.article)
            .where(fact.c.kind == "event", fact.c.day >= start, fact.c.day <= end)
            .order_by(fact.c.day, article.c.first_seen_at, article.c.id, fact.c.number)
        )
        if watch is not None:
            query = query.where(article.c.id.in_(select(match.c.article).where(match.c.watch == watch)))
        with self.database.read() as connection:
            found = connection.execute(query).mappings().all()
            numbers = sorted({row["article"] for row in found})
            names = select(match.c.article, match.c.watch).where(match.c.article.in_(numbers)).order_by(match.c.watch)
            watches: dict[int, list[str]] = {}
            for row in connection.execute(names):
                watches.setdefault(row.article, []).append(row.watch)
        return [announcement_from_row(row, watches.get(row["article"], ())) for row in found]


def announcement_from_row(row: Any, watches: Sequence[str]) -> Announcement:
    """A row of the query."""
    text = row["headline"] if row["field"] == "title" else row[row["field"]]
    return Announcement(
        day=row["day"],
        event=row["unit"],
        word=row["word"],
        article=row["article"],
        story=row["story"],
        title=row["headline"],
        url=row["url"],
        feed=row["source"],
        said=text[slice(*sentence_span(text, row["start"], row["end"]))].strip(),
        watches=tuple(watches),
    )
