"""Statements about any number of values, which are one parameter: JSON for SQLite, an array for PostgreSQL.

Their text is the same for one value and for a thousand, so it is made once and not by each turn: putting a statement
with `in_()` together costs ten times what running it does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import TextClause, text

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AMONG = re.compile(r"\{among:(\w+):(\w+)\}")
LISTED = {
    "sqlite": r"IN (SELECT value FROM json_each(:\1))",
    "postgresql": r"= ANY(CAST(:\1 AS \2[]))",
}


def statements(query: str) -> Mapping[str, TextClause]:
    """A query for each kind of database; "column {among:NAME:TYPE}" in it holds for the values of a list."""
    return {dialect: text(AMONG.sub(listed, query)) for dialect, listed in LISTED.items()}


def locking(query: str) -> Mapping[str, TextClause]:
    """The same, with a lock on each row where not the whole database is ours."""
    return {"sqlite": statements(query)["sqlite"], "postgresql": statements(f"{query} FOR UPDATE")["postgresql"]}


def array(dialect: str, values: Iterable[Any]) -> Any:
    """Different values as a parameter."""
    found = sorted(set(values))
    return json.dumps(found) if dialect == "sqlite" else found


def stored(dialect: str, moment: datetime) -> Any:
    """An instant as it stands in the database, for statements that know no types; see columns.Instant."""
    naive = moment.astimezone(UTC).replace(tzinfo=None)
    return naive.isoformat(" ", "microseconds") if dialect == "sqlite" else naive


def ticks(dialect: str, moment: datetime) -> Any:
    """An instant as it stands in a column of Ticks: microseconds since 1970 on SQLite."""
    return (moment - EPOCH) // timedelta(microseconds=1) if dialect == "sqlite" else stored(dialect, moment)
