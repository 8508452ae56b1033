"""Many rows of one table, written at once.

On SQLite past SQLAlchemy, which takes as long to look at each value as SQLite to write it: 35 articles 1.7 ms, 1.0 so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import JSON, Column, Connection, Date, Table, insert
from sqlalchemy.sql.dml import Insert
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from monitor.store import rows, sql
from monitor.store.arrays import stored
from monitor.store.columns import Instant

Row = dict[str, Any]


def write(connection: Connection, table: Table, some: Sequence[Row], *, again: bool = False) -> None:
    """Insert rows that name the same columns; again: one that is there already stays as it is."""
    dialect = connection.dialect.name
    if dialect == "sqlite":
        query, made = plain(table, tuple(some[0]), again)
        sql.cursor(connection).executemany(query, made(some))
    else:
        connection.execute(statement(table, dialect, again), list(some))


@cache
def statement(table: Table, dialect: str, again: bool) -> Insert:
    """An INSERT, made once."""
    if not again:
        return insert(table)
    found: Insert = rows.insert_into(table, dialect).on_conflict_do_nothing()
    return found


@cache
def plain(
    table: Table, given: tuple[str, ...], again: bool
) -> tuple[str, Callable[[Sequence[Row]], list[tuple[Any, ...]]]]:
    """The same as SQLite has it, and what makes its parameters of rows."""
    more = {
        column.name: column.default.arg
        for column in table.c
        if isinstance(column.default, ScalarElementColumnDefault) and column.name not in given
    }
    names = (*given, *more)
    query = f'INSERT INTO "{table.name}" ({", ".join(map(quoted, names))}) VALUES ({", ".join("?" * len(names))})'
    kinds = [kind(table.c[name]) for name in given]
    made = [(at, making) for at, making in enumerate(kinds) if making]
    picked, rest = itemgetter(*given, given[0]), tuple(more.values())

    def parameters(some: Sequence[Row]) -> list[tuple[Any, ...]]:
        found = []
        for row in some:
            values = list(picked(row))
            for at, making in made:
                if values[at] is not None:
                    values[at] = making(values[at])
            found.append((*values[:-1], *rest))
        return found

    return query + (" ON CONFLICT DO NOTHING" if again else ""), parameters


def quoted(name: str) -> str:
    """A name that may be a word of SQL."""
    return f'"{name}"'


def kind(column: Column[Any]) -> Callable[[Any], Any] | None:
    """What makes a value of a column storable, where it is not as it is."""
    return next((making for some, making in MAKING if isinstance(column.type, some)), None)


def instant(moment: datetime) -> Any:
    """An instant as SQLite has it."""
    return stored("sqlite", moment)


MAKING: tuple[tuple[type, Callable[[Any], Any]], ...] = ((Instant, instant), (JSON, json.dumps), (Date, date.isoformat))
