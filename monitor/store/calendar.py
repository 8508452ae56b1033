"""The calendar: days of coming events that articles announced, each with the articles that did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from monitor.core.facts.extract import sentence
from monitor.store.database import Database
from monitor.store.tables import article, fact, match


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
        return [announcement(row, watches.get(row["article"], ())) for row in found]


def announcement(row: Any, watches: Sequence[str]) -> Announcement:
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
        said=text[slice(*sentence(text, row["start"], row["end"]))].strip(),
        watches=tuple(watches),
    )
