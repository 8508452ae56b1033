"""Rows written past SQLAlchemy stand in the database as SQLAlchemy writes them."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import JSON, Boolean, Column, Connection, Date, Float, Integer, Table, insert, text

from monitor.core.model.alerts import DeliveryState
from monitor.store import additions, rows
from monitor.store.additions import IGNORE_CONFLICT_TABLES, INSERT_ORDER
from monitor.store.store import Store
from monitor.store.tables import Instant, article

ZONES = (UTC, timezone(timedelta(hours=5, minutes=30)))


def value(chance: random.Random, column: Column[Any]) -> Any:
    """Something that a column takes."""
    if column.nullable and chance.random() < 0.3:
        return None
    kinds: list[tuple[type, Callable[[], Any]]] = [
        (Instant, lambda: datetime(2026, 2, 3, 4, 5, 6, chance.choice((0, 7)), chance.choice(ZONES))),
        (JSON, lambda: chance.choice(([], ["é", 1.5], {"ü": {"deep": [None, True]}}))),
        (Date, lambda: date(2026, chance.randint(1, 12), 9)),
        (Boolean, lambda: chance.random() < 0.5),
        (Float, lambda: chance.choice((1.0, -2.5))),
        (Integer, lambda: chance.randrange(9)),
    ]
    made = next((making for kind, making in kinds if isinstance(column.type, kind)), None)
    return made() if made else chance.choice(("", "it's", "Kürzung 减", DeliveryState.PENDING))


def drawn(chance: random.Random, table: Table, count: int) -> list[dict[str, Any]]:
    """Rows of a table that belong to the story and the article which stand there already."""
    given = [column for column in table.c if not column.default]
    found = []
    for number in range(2, 2 + count):
        row = {column.name: value(chance, column) for column in given}
        row |= {name: 1 for name in ("story", "article") if name in table.c}
        alone = {"id": number, "number": number} | {name: f"{name}{number}" for name in ("identity", "watch", "key")}
        found.append(row | {name: one for name, one in alone.items() if name in row} | worded(table, number))
    return found


def worded(table: Table, number: int) -> dict[str, Any]:
    """A wording's hash; an article's need not be its own."""
    return {"content": f"c{number}"} if table.name == "version" else {}


def standing(connection: Connection, table: Table) -> list[tuple[Any, ...]]:
    """All of a table as it is in the database, with what SQLite calls it."""
    names = [f'"{column.name}"' for column in table.c]
    kinds = [f"typeof({name})" for name in names] if connection.dialect.name == "sqlite" else []
    asked = f'SELECT {", ".join((*names, *kinds))} FROM "{table.name}"'
    return sorted((tuple(map(repr, row)) for row in connection.execute(text(asked))), key=repr)


def written(connection: Connection, some: dict[Table, list[dict[str, Any]]], *, plainly: bool) -> list[Any]:
    """What stands there after writing; nothing stays."""
    with connection.begin_nested() as inner:
        for table, found in some.items():
            if plainly:
                connection.execute(insert(table), found)
            else:
                additions.insert_rows(connection, table, found, again=table in IGNORE_CONFLICT_TABLES)
                if table in IGNORE_CONFLICT_TABLES:  # and nothing happens
                    additions.insert_rows(connection, table, found, again=True)
        stands = [standing(connection, table) for table in some]
        inner.rollback()
    return stands


@pytest.mark.parametrize("seed", range(5))
def test_both_ways_write_the_same(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    first = {table: [row | {"id": 1} for row in drawn(chance, table, 1)] for table in INSERT_ORDER[:2]}
    first[article][0]["identity"] = "first"
    some = {table: drawn(chance, table, 3) for table in INSERT_ORDER}
    with store.database.write() as connection:
        for table, found in first.items():
            connection.execute(insert(table), found)
        fast, plain = (written(connection, some, plainly=plainly) for plainly in (False, True))
    assert fast == plain
    assert all(map(len, fast))


@given(st.text(st.sampled_from("aé减\0\ud800\udfff😀"), max_size=6))
def test_text_loses_what_no_database_takes_and_nothing_else(said: str) -> None:
    assert rows.storable(said) == rows.UNSTORABLE_CHARACTERS.sub("", said)
