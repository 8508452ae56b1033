"""Run the frequent statements, and write a statement once for both databases.

A frequent statement is built once, as a module constant or by a cached function, with a bindparam for each value. On
SQLite it is compiled once and runs on the driver's cursor; PostgreSQL statements run through SQLAlchemy. Through
SQLAlchemy a poll that ends with 304 takes twice the CPU on SQLite (1.0 instead of 0.5 ms in the store), one with 35
new articles a fifth more. This module knows no tables.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Connection, Table, Text, TypeDecorator, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

MAX_CACHED_STATEMENTS = 128  # there are about thirty
StatementParameters = Mapping[str, Any]
Converter = Callable[[Any], Any]
Converters = Sequence[tuple[int, Converter]]  # by index of a parameter or column; most need none


@dataclass(frozen=True, slots=True)
class DriverStatement:
    """A statement for the SQLite driver. pick: the parameters in the order of the placeholders."""

    query: str
    pick: Callable[[StatementParameters], Sequence[Any]]
    fixed: StatementParameters  # the values that the statement itself contains
    parameter_converters: Converters
    column_converters: Converters

    def fetch_rows(self, cursor: Any, given: StatementParameters) -> Sequence[Any]:
        found: list[Any] = cursor.execute(self.query, *self.parameters([given])).fetchall()
        return [tuple(row) for row in convert_rows(found, self.column_converters)] if self.column_converters else found

    def execute_for_each(self, cursor: Any, some: Sequence[StatementParameters]) -> int:
        changed: int = cursor.executemany(self.query, self.parameters(some)).rowcount
        return changed

    def parameters(self, some: Sequence[StatementParameters]) -> Sequence[Sequence[Any]]:
        values = [{**self.fixed, **given} for given in some] if self.fixed else some
        return convert_rows([self.pick(given) for given in values], self.parameter_converters)


def convert_rows(rows: Sequence[Sequence[Any]], converters: Converters) -> Sequence[Sequence[Any]]:
    """The rows, with the values converted at the indices that have a converter."""
    if not converters:
        return rows
    found = [list(row) for row in rows]
    for at, convert in converters:
        before, after = object(), None
        for row in found:
            if row[at] is not before:  # the rows of a transaction share most of their instants
                before, after = row[at], convert(row[at])
            row[at] = after
    return found


def fetch_rows(connection: Connection, statement: Any, given: StatementParameters | None = None) -> Sequence[Any]:
    """The rows of a query, as tuples."""
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, given).all()
    return compile_statement(statement, connection.dialect).fetch_rows(driver_cursor(connection), given or {})


def execute_for_each(connection: Connection, statement: Any, some: Sequence[StatementParameters]) -> int:
    """Run a statement once for each set of parameters (at least one); returns how many rows it changed."""
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, list(some) if len(some) > 1 else some[0]).rowcount
    return compile_statement(statement, connection.dialect).execute_for_each(driver_cursor(connection), some)


def driver_cursor(connection: Connection) -> Any:
    """A driver cursor in the connection's transaction. Its errors are converted by database.store_errors()."""
    return connection.connection.cursor()


@lru_cache(MAX_CACHED_STATEMENTS)
def compile_statement(statement: Any, dialect: Dialect) -> DriverStatement:
    """A statement for the SQLite driver; cached, because compiling takes a hundred times as long as running."""
    made: SQLCompiler = statement.compile(dialect=dialect)
    names = made.positiontup
    assert names is not None and not made.post_compile_params  # one "?" for each, and no expanding list
    shown = getattr(statement, "selected_columns", ())
    return DriverStatement(
        made.string,
        itemgetter(*names) if len(names) > 1 else lambda given: [given[name] for name in names],
        {name: bind.value for name, bind in made.binds.items() if not bind.required},
        index_converters(made.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names),
        index_converters(column.type.dialect_impl(dialect).result_processor(dialect, None) for column in shown),
    )


def index_converters(converters: Iterable[Converter | None]) -> Converters:
    """The converters that there are, each with its index."""
    return [(at, convert) for at, convert in enumerate(converters) if convert is not None]


def upsert(table: Table) -> postgresql.Insert:
    """An INSERT that can have ON CONFLICT, for both databases: SQLite took the clause over from PostgreSQL."""
    return postgresql.insert(table)


class ValueList(TypeDecorator[Any]):
    """The distinct values of a collection as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return Text() if dialect.name == "sqlite" else dialect.type_descriptor(postgresql.ARRAY(self.item))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        found = sorted(set(value))
        if dialect.name != "sqlite":
            return found
        convert = self.item.dialect_impl(dialect).bind_processor(dialect)
        return json.dumps([convert(one) for one in found] if convert else found)


class among(FunctionElement[Any]):
    """The condition that a column has one of the values of a parameter; see ValueList."""

    inherit_cache = True  # and no type: of a boolean, SQLite would get "… = 1", for which it uses no index

    def __init__(self, column: Column[Any], parameter: str) -> None:
        super().__init__(column, bindparam(parameter, type_=ValueList(column.type)))


@compiles(among, "sqlite")
def compile_among_sqlite(element: among, compiler: SQLCompiler, **given: Any) -> str:
    """The condition in the SQL of this database."""
    column, values = (compiler.process(clause, **given) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"


@compiles(among, "postgresql")
def compile_among_postgresql(element: among, compiler: SQLCompiler, **given: Any) -> str:
    """The condition in the SQL of this database."""
    column, values = (compiler.process(clause, **given) for clause in element.clauses)
    return f"{column} = ANY({values})"
