"""What the articles of a host have in common: paragraphs that return under one story after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, select

from monitor.store import rows, sql
from monitor.store.database import Database
from monitor.store.tables import block

STORIES = 3  # and on two days: less is a story that is told twice, more is a habit
LEARNT = select(block.c.form).where(
    block.c.host == bindparam("host"), block.c.stories >= STORIES, block.c.first_day < block.c.last_day
)


class Blocks:
    """The paragraphs that hosts repeat."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def learnt(self, host: str) -> frozenset[str]:
        """The forms that are boilerplate on a host: under three stories or more, on two days or more."""
        return frozenset(form for (form,) in self.database.ask(LEARNT, {"host": rows.storable(host)}))

    def forget(self, before: date) -> int:
        """Let go of what was seen too rarely to be a habit, and not since that day; returns how many."""
        rare = (block.c.stories < STORIES) | (block.c.first_day == block.c.last_day)
        with self.database.write() as connection:
            return connection.execute(delete(block).where(rare, block.c.last_day < before)).rowcount


def learn(connection: Connection, host: str, forms: Sequence[str], day: date) -> None:
    """Count the paragraphs of the first article of a story."""
    if not forms:
        return
    values = [
        {"host": rows.storable(host), "form": rows.storable(form), "stories": 1, "first_day": day, "last_day": day}
        for form in forms
    ]
    sql.done(connection, counted(connection.dialect.name), values)


@cache
def counted(dialect: str) -> Any:
    """The statement that counts a paragraph, made once."""
    first = rows.insert_into(block, dialect)
    later = case((block.c.last_day < first.excluded.last_day, first.excluded.last_day), else_=block.c.last_day)
    found = {"stories": block.c.stories + 1, "last_day": later}
    return first.on_conflict_do_update(index_elements=["host", "form"], set_=found)
