"""Statements run past SQLAlchemy do and say what they do and say through it."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, DateTime, insert, select, text, update
from sqlalchemy.dialects import sqlite

from monitor.core.errors import StoreError
from monitor.store import additions, archive, feed_rows, sql
from monitor.store.ingest_transaction import release_statement
from monitor.store.store import Store
from monitor.store.tables import source, stored_text
from tests.store.samples import NOW, claimed

ZONES = (UTC, timezone(timedelta(hours=5, minutes=30)))
VALUES = {
    "etag": (None, "", 'W/"ü"'),
    "last_success_at": (None, NOW, datetime(2026, 2, 3, 4, 5, 6, 7, ZONES[1])),
    "entries": (None, 0, 35),
    "slices": (None, b"", b"\0\xff" * 9),
    "asked": (None, {"pause": 1.5, "skip_hours": [1], "skip_days": ["é"]}),
    "rhythm": (None, [0.1] * 3),
    "failures": (0, 3),
    "error": (None, "it's 减"),
}


def row(connection: Connection) -> Any:
    return connection.execute(text("SELECT * FROM source")).one()


@pytest.mark.parametrize("seed", range(12))
def test_a_source_is_freed_as_sqlalchemy_frees_it(store: Store, seed: int) -> None:
    chance, claim = random.Random(seed), claimed(store)
    columns = chance.sample(sorted(VALUES), chance.randint(1, len(VALUES)))
    chosen = {name: chance.choice(VALUES[name]) for name in columns}
    moments = [datetime(2026, 2, 3, 4, second, tzinfo=zone) for second, zone in enumerate(ZONES)]
    given = chosen | {"our_name": claim.state.source, "our_owner": claim.owner, "our_lease": claim.until}
    given |= dict(zip(("our_now", "our_next"), moments, strict=True))
    with store.database.write() as connection:
        connection.execute(update(source).values(pinged_at=chance.choice((None, NOW))))
        inside = connection.begin_nested()
        assert connection.execute(release_statement(tuple(columns)), given).rowcount == 1
        plainly = row(connection)
        inside.rollback()
        assert (
            sql.execute_for_each(
                connection, release_statement(tuple(columns)), [given | {"our_owner": "somebody else"}]
            )
            == 0
        )
        assert row(connection) != plainly
        assert sql.execute_for_each(connection, release_statement(tuple(columns)), [given]) == 1
        assert row(connection) == plainly


def test_what_is_added_to_a_day_is_added_once(store: Store) -> None:
    some, name = {name: at for at, name in enumerate(feed_rows.SUMMED_COLUMNS)}, claimed(store).state.source
    values = [{"source": name, "day": NOW.date(), "longest_gap": gap, **some} for gap in (7, 3)]
    statement = feed_rows.add_coverage_statement()

    def said(connection: Connection) -> list[Any]:
        return [tuple(one) for one in connection.execute(text("SELECT * FROM coverage"))]

    with store.database.write() as connection:
        inside = connection.begin_nested()
        for one in values:
            connection.execute(statement, one)
        plainly = said(connection)
        inside.rollback()
        assert said(connection) == []
        sql.execute_for_each(connection, statement, values)
        assert said(connection) == plainly and len(plainly) == 1


def test_a_question_is_answered_with_its_own_values(store: Store) -> None:
    with store.database.write() as connection:
        for day in (1, 2, 3):
            archive.count_paragraphs(connection, "host", ["often"], date(2026, 2, day))
        archive.count_paragraphs(connection, "host", ["rare"], date(2026, 2, 1))
        plainly = connection.execute(archive.REPEATED_FORMS_QUERY, {"host": "host"}).all()
        assert sql.fetch_rows(connection, archive.REPEATED_FORMS_QUERY, {"host": "host"}) == plainly == [("often",)]
    assert store.database.fetch_rows(archive.REPEATED_FORMS_QUERY, {"host": "host"}) == plainly
    with store.database.write():  # what asked alone holds no lock, and waits for none
        assert store.database.fetch_rows(archive.REPEATED_FORMS_QUERY, {"host": "nobody"}) == []


MANY: dict[str, list[Any]] = {
    "etag": ["", "it's", 'say "so"', "a,b", "[1]", "\\", "减", "😀"],
    "failures": [0, 7, -3, 2**31 - 1],
    "last_success_at": [NOW, NOW.replace(microsecond=7), NOW.astimezone(ZONES[1]) + timedelta(days=1)],
}


@pytest.mark.parametrize("name", MANY)
@pytest.mark.parametrize("asked", [slice(0, 0), slice(0, 1), slice(1, None), slice(None)])
def test_a_column_is_compared_with_many_values_at_once(store: Store, name: str, asked: slice) -> None:
    column, values = source.c[name], MANY[name]
    query = select(column).where(sql.among(column, "values"))
    with store.database.write() as connection:
        for at, value in enumerate(values):
            row = {"name": str(at), "url": "", "registered": True, "next_poll_at": NOW, "failures": 0, name: value}
            connection.execute(insert(source).values(row))
        found = sql.fetch_rows(connection, query, {"values": values[asked] * 2})
    assert Counter(found) == Counter((value,) for value in values[asked])


@pytest.mark.parametrize(
    "value", [datetime(2026, 1, 2, tzinfo=UTC), NOW.replace(microsecond=7), *VALUES["last_success_at"]]
)
def test_sqlite_holds_an_instant_as_sqlalchemy_writes_it(value: datetime | None) -> None:
    plain = DateTime().dialect_impl(sqlite.dialect()).bind_processor(sqlite.dialect())
    naive = value.astimezone(UTC).replace(tzinfo=None) if value else None
    assert plain is not None and stored_text(value) == plain(naive)


def test_rows_that_share_an_instant_and_rows_that_do_not_hold_their_own(store: Store) -> None:
    moments = [None, NOW, NOW, None, None, NOW + timedelta(1), NOW]
    values = [{"name": str(at), "url": "", "registered": True, "next_poll_at": NOW} for at in range(len(moments))]
    given = [one | {"last_full_at": moment} for one, moment in zip(values, moments, strict=True)]
    with store.database.write() as connection:
        additions.insert_rows(connection, source, given)
        query = select(source.c.last_full_at).order_by(source.c.name)
        assert [moment for (moment,) in sql.fetch_rows(connection, query)] == moments


def test_errors_are_those_of_the_room(store: Store) -> None:
    with pytest.raises(StoreError, match="the database says"), store.database.read() as connection:
        sql.fetch_rows(connection, text("SELECT nothing FROM nowhere"), {})
    with pytest.raises(StoreError, match="the database says"):
        store.database.fetch_rows(text("SELECT nothing FROM nowhere"), {})
