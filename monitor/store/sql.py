"""Statements that every poll runs, past SQLAlchemy where nothing but a cursor is needed.

On SQLite a small question takes SQLAlchemy ten times as long as SQLite: 46 µs of 5 in a loop, 200 in a daemon whose
caches are full of other things. Each statement is compiled once; PostgreSQL is asked as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

STATEMENTS = 128  # there are about twenty
Given = Mapping[str, Any]


def asked(connection: Connection, statement: Any, given: Given) -> Sequence[Any]:
    """The rows of a question, as the driver has them: for columns of texts and numbers."""
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, given).all()
    query, made = compiled(statement, connection.dialect)
    found: list[Any] = cursor(connection).execute(query, made(given)).fetchall()
    return found


def done(connection: Connection, statement: Any, some: Sequence[Given]) -> int:
    """Run a statement for each of some sets of values; returns how many rows it changed."""
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, list(some) if len(some) > 1 else some[0]).rowcount
    query, made = compiled(statement, connection.dialect)
    changed: int = cursor(connection).executemany(query, [made(one) for one in some]).rowcount
    return changed


def cursor(connection: Connection) -> Any:
    """A cursor of the driver, in the connection's transaction; its errors become StoreErrors where all others do."""
    return connection.connection.cursor()


@lru_cache(STATEMENTS)
def compiled(statement: Any, dialect: Dialect) -> tuple[str, Callable[[Given], list[Any]]]:
    """A statement's text, and what puts its values in order as the driver wants them."""
    made: SQLCompiler = statement.compile(dialect=dialect)
    names = made.positiontup
    assert names is not None and not made.post_compile_params  # "?" for each, and no list that is written out
    processors = [made.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
    parts = list(zip(names, processors, strict=True))
    fixed = {name: bind.value for name, bind in made.binds.items() if not bind.required}

    def parameters(given: Given) -> list[Any]:
        values = {**fixed, **given}
        return [process(values[name]) if process else values[name] for name, process in parts]

    return made.string, parameters
