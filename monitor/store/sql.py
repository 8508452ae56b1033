"""Statements that every poll runs, past SQLAlchemy where nothing but a cursor is needed.

On SQLite a small question takes SQLAlchemy ten times as long as SQLite: 46 µs of 5 in a loop, 200 in a daemon whose
caches are full of other things. Each statement is compiled once; PostgreSQL is asked as ever.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, TextClause, text
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

MAX_CACHED_STATEMENTS = 128  # there are about twenty
StatementParameters = Mapping[str, Any]


def fetch_rows(connection: Connection, statement: Any, given: StatementParameters) -> Sequence[Any]:
    """The rows of a question, as the driver has them: for columns of texts and numbers."""
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, given).all()
    query, made = compile_statement(statement, connection.dialect)
    found: list[Any] = driver_cursor(connection).execute(query, made(given)).fetchall()
    return found


def execute_for_each(connection: Connection, statement: Any, some: Sequence[StatementParameters]) -> int:
    """Run a statement for each of some sets of values; returns how many rows it changed."""
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, list(some) if len(some) > 1 else some[0]).rowcount
    query, made = compile_statement(statement, connection.dialect)
    changed: int = driver_cursor(connection).executemany(query, [made(one) for one in some]).rowcount
    return changed


def driver_cursor(connection: Connection) -> Any:
    """A cursor of the driver, in the connection's transaction; its errors become StoreErrors where all others do."""
    return connection.connection.cursor()


@lru_cache(MAX_CACHED_STATEMENTS)
def compile_statement(statement: Any, dialect: Dialect) -> tuple[str, Callable[[StatementParameters], list[Any]]]:
    """A statement's text, and what puts its values in order as the driver wants them."""
    made: SQLCompiler = statement.compile(dialect=dialect)
    names = made.positiontup
    assert names is not None and not made.post_compile_params  # "?" for each, and no list that is written out
    processors = [made.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
    parts = list(zip(names, processors, strict=True))
    fixed = {name: bind.value for name, bind in made.binds.items() if not bind.required}

    def parameters(given: StatementParameters) -> list[Any]:
        values = {**fixed, **given}
        return [process(values[name]) if process else values[name] for name, process in parts]

    return made.string, parameters


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AMONG_PLACEHOLDER = re.compile(r"\{among:(\w+):(\w+)\}")
AMONG_CLAUSES = {
    "sqlite": r"IN (SELECT value FROM json_each(:\1))",
    "postgresql": r"= ANY(CAST(:\1 AS \2[]))",
}


def dialect_statements(query: str) -> Mapping[str, TextClause]:
    """A query for each kind of database; "column {among:NAME:TYPE}" in it holds for the values of a list."""
    return {dialect: text(AMONG_PLACEHOLDER.sub(listed, query)) for dialect, listed in AMONG_CLAUSES.items()}


def locking_statements(query: str) -> Mapping[str, TextClause]:
    """The same, with a lock on each row where not the whole database is ours."""
    return {
        "sqlite": dialect_statements(query)["sqlite"],
        "postgresql": dialect_statements(f"{query} FOR UPDATE")["postgresql"],
    }


def array_parameter(dialect: str, values: Iterable[Any]) -> Any:
    """Different values as a parameter."""
    found = sorted(set(values))
    return json.dumps(found) if dialect == "sqlite" else found


def stored_instant(dialect: str, moment: datetime) -> Any:
    """An instant as it stands in the database, for statements that know no types; see columns.Instant."""
    naive = moment.astimezone(UTC).replace(tzinfo=None)
    return naive.isoformat(" ", "microseconds") if dialect == "sqlite" else naive


def stored_ticks(dialect: str, moment: datetime) -> Any:
    """An instant as it stands in a column of Ticks: microseconds since 1970 on SQLite."""
    return (moment - EPOCH) // timedelta(microseconds=1) if dialect == "sqlite" else stored_instant(dialect, moment)
