"""The kinds of columns that tables are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Integer, Text, TypeDecorator
from sqlalchemy.engine import Dialect


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime. SQLite has no such type, so it is kept as naive UTC, which sorts rightly."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        return value if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        return value if value is None else value.replace(tzinfo=UTC)


def instant(name: str, *, nullable: bool = True, index: bool = False) -> Column[datetime]:
    """A column of instants."""
    return Column(name, Instant, nullable=nullable, index=index)


def number(name: str) -> Column[int]:
    """A counter."""
    return Column(name, Integer, nullable=False, default=0)


def lease() -> list[Column[Any]]:
    """Who works on a row, and until when it is theirs."""
    return [Column("lease_owner", Text), instant("lease_until")]


# An instant in a table of many small rows, see arrays.ticks: eight bytes instead of 27
Ticks = DateTime().with_variant(BigInteger(), "sqlite")

# SQLite gives a row its id only where the column is exactly INTEGER
Id = BigInteger().with_variant(Integer, "sqlite")
