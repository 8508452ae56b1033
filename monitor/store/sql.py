"""Running the statements of every poll on the driver's cursor, and writing queries for both databases.

SQLAlchemy adds 46 µs to an SQLite query of 5 µs in a loop, and 200 µs in a daemon with cold caches. Each statement is
compiled once here; PostgreSQL statements run through SQLAlchemy. This module knows no tables.
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
    """The rows of a query as the driver returns them: for columns of text and numbers only."""
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, given).all()
    query, made = compile_statement(statement, connection.dialect)
    found: list[Any] = driver_cursor(connection).execute(query, made(given)).fetchall()
    return found


def execute_for_each(connection: Connection, statement: Any, some: Sequence[StatementParameters]) -> int:
    """Run a statement once for each set of parameters (at least one); returns how many rows it changed."""
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, list(some) if len(some) > 1 else some[0]).rowcount
    query, made = compile_statement(statement, connection.dialect)
    changed: int = driver_cursor(connection).executemany(query, [made(one) for one in some]).rowcount
    return changed


def driver_cursor(connection: Connection) -> Any:
    """A driver cursor in the connection's transaction. Its errors are converted by database.store_errors()."""
    return connection.connection.cursor()


@lru_cache(MAX_CACHED_STATEMENTS)
def compile_statement(statement: Any, dialect: Dialect) -> tuple[str, Callable[[StatementParameters], list[Any]]]:
    """A statement's SQL, and a function that puts its parameters in the order of the placeholders."""
    made: SQLCompiler = statement.compile(dialect=dialect)
    names = made.positiontup
    assert names is not None and not made.post_compile_params  # one "?" for each, and no expanding list
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
    """A query for each dialect; "column {among:NAME:TYPE}" is true for the values of the array parameter NAME."""
    return {dialect: text(AMONG_PLACEHOLDER.sub(listed, query)) for dialect, listed in AMONG_CLAUSES.items()}


def locking_statements(query: str) -> Mapping[str, TextClause]:
    """The same with FOR UPDATE on PostgreSQL; on SQLite a write transaction locks the whole database."""
    return {
        "sqlite": dialect_statements(query)["sqlite"],
        "postgresql": dialect_statements(f"{query} FOR UPDATE")["postgresql"],
    }


def array_parameter(dialect: str, values: Iterable[Any]) -> Any:
    """A parameter for {among:…}: the distinct values, sorted; JSON on SQLite."""
    found = sorted(set(values))
    return json.dumps(found) if dialect == "sqlite" else found


def stored_instant(dialect: str, moment: datetime) -> Any:
    """An instant as tables.Instant stores it, for statements without types."""
    naive = moment.astimezone(UTC).replace(tzinfo=None)
    return naive.isoformat(" ", "microseconds") if dialect == "sqlite" else naive


def stored_ticks(dialect: str, moment: datetime) -> Any:
    """An instant as a column of type Ticks stores it: microseconds since 1970 on SQLite."""
    return (moment - EPOCH) // timedelta(microseconds=1) if dialect == "sqlite" else stored_instant(dialect, moment)
