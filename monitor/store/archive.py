"""The archive: stored articles, their retention, paragraphs that hosts repeat, and announced events.

How long articles are kept is decided by the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, case, delete, func, or_, select, update

from monitor.core.dedupe.urls import canonical_url
from monitor.core.facts.extract import sentence_span
from monitor.core.match.replay import Stored
from monitor.store import rows, sql
from monitor.store.database import Database
from monitor.store.tables import alarm, article, block, delivery, fact, match, mute, sketch, source
from monitor.store.views import watches_by_article

READ_BATCH_SIZE = 500  # articles in memory at once
MIN_KEY_DIGITS = 6  # hex digits by which a delivery key may be abbreviated
MAX_ID = 2**63
STORED_QUERY = (
    select(article.c.id, article.c.story, article.c.first_seen_at, article.c.kinship, article.c.kin_reason)
    .add_columns(source.c.baseline_at, *(article.c[name] for name in rows.ARTICLE_COLUMNS))
    .join(source, source.c.name == article.c.source, isouter=True)
)


class Archive:
    """Reads stored articles."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def count(self, since: datetime) -> int:
        """How many articles were first seen since then."""
        with self.database.read() as connection:
            return connection.execute(select(func.count()).where(article.c.first_seen_at >= since)).scalar() or 0

    def articles(self, since: datetime, *, newest_first: bool = False) -> Iterator[Stored]:
        """The articles first seen since then, by id. Each batch is its own transaction, so that no writer waits."""
        query = STORED_QUERY.where(article.c.first_seen_at >= since).limit(READ_BATCH_SIZE)
        query = query.order_by(article.c.id.desc() if newest_first else article.c.id)
        found = self._read(query)
        while found:
            yield from found
            last = found[-1].id
            found = self._read(query.where(article.c.id < last if newest_first else article.c.id > last))

    def find(self, name: str) -> Stored | None:
        """An article by its id, its URL, or the key (or MIN_KEY_DIGITS of it) of a delivery; the newest of several."""
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
            return [stored_article_from_row(row) for row in connection.execute(query).mappings()]


def stored_article_from_row(row: RowMapping) -> Stored:
    """A stored article from a row of STORED_QUERY."""
    first_seen, found = row["first_seen_at"], rows.article_from_row(row)
    baseline = first_seen == row["baseline_at"]
    return Stored(row["id"], row["story"], first_seen, baseline, row["kinship"], row["kin_reason"], found)


DELETE_BATCH_SIZE = 200  # articles in one transaction; writers wait for some milliseconds


class Retention:
    """Deletes the text of old articles, and old mutes and alarms."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def delete_older_than(self, before: datetime, now: datetime) -> int:
        """Turn up to DELETE_BATCH_SIZE articles first seen before then into tombstones; returns how many.

        A tombstone keeps title, URL and every key. An article with a delivery that is still to be sent stays whole.
        """
        waiting = select(delivery.c.article).where(delivery.c.state.in_(rows.OPEN_STATES))
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
        """Delete mutes and alarms that ended before then."""
        with self.database.write() as connection:
            connection.execute(delete(mute).where(mute.c.until < before))
            connection.execute(delete(alarm).where(alarm.c.ended_at < before))


MIN_REPEATED_STORIES = 3  # and on two days; with fewer it may be one story in two articles
REPEATED_FORMS_QUERY = select(block.c.form).where(
    block.c.host == bindparam("host"), block.c.stories >= MIN_REPEATED_STORIES, block.c.first_day < block.c.last_day
)


class RepeatedParagraphs:
    """Reads and deletes the forms of paragraphs that hosts repeat."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def repeated_forms(self, host: str) -> frozenset[str]:
        """The forms that are boilerplate on a host: in MIN_REPEATED_STORIES or more, on two days or more."""
        found = self.database.fetch_rows(REPEATED_FORMS_QUERY, {"host": rows.storable(host)})
        return frozenset(form for (form,) in found)

    def delete_older_than(self, before: date) -> int:
        """Delete forms that are no boilerplate yet and were not seen since that day; returns how many."""
        rare = (block.c.stories < MIN_REPEATED_STORIES) | (block.c.first_day == block.c.last_day)
        with self.database.write() as connection:
            return connection.execute(delete(block).where(rare, block.c.last_day < before)).rowcount


def count_paragraphs(connection: Connection, host: str, forms: Sequence[str], day: date) -> None:
    """Count the paragraph forms of the first article of a story."""
    if not forms:
        return
    values = [
        {"host": rows.storable(host), "form": rows.storable(form), "stories": 1, "first_day": day, "last_day": day}
        for form in forms
    ]
    sql.execute_for_each(connection, count_paragraph_statement(), values)


@cache
def count_paragraph_statement() -> Any:
    """The upsert that counts a paragraph form; cached."""
    first = sql.upsert(block)
    later = case((block.c.last_day < first.excluded.last_day, first.excluded.last_day), else_=block.c.last_day)
    found = {"stories": block.c.stories + 1, "last_day": later}
    return first.on_conflict_do_update(index_elements=["host", "form"], set_=found)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A coming event on a day, as an article announced it."""

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
    """Reads coming events from the facts of the articles that matched."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def between(self, start: date, end: date, watch: str | None = None) -> list[Announcement]:
        """The announcements for the days from start to end (included), by day; watch: only of its articles."""
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
            watches = watches_by_article(connection, sorted({row["article"] for row in found}))
        return [announcement_from_row(row, watches.get(row["article"], ())) for row in found]


def announcement_from_row(row: Any, watches: Sequence[str]) -> Announcement:
    """An announcement from a row of Calendar.between()."""
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
