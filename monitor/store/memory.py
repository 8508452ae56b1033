"""Small things to remember under a name: the last good rules, the installation's id."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select, text

from monitor.store import rows
from monitor.store.database import Database
from monitor.store.tables import memory

INSTALLATION = "installation"


class Memory:
    """Names and JSON values."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def get(self, key: str) -> Any:
        """The value, or None."""
        with self.database.read() as connection:
            return connection.execute(select(memory.c.value).where(memory.c.key == key)).scalar_one_or_none()

    def put(self, key: str, value: Any) -> None:
        """Remember a value; writes only what changed. What stood there before leaves no trace in an SQLite file."""
        if self.get(key) == value:
            return
        with self.database.write() as connection:
            if not self.database.postgres:
                connection.execute(text("PRAGMA secure_delete=ON"))
            put = rows.insert(connection, memory).values(key=key, value=rows.storable(value))
            connection.execute(put.on_conflict_do_update(index_elements=["key"], set_={"value": put.excluded.value}))

    def installation(self) -> str:
        """The id of this installation, made once: part of every delivery's key."""
        with self.database.write() as connection:
            made = rows.insert(connection, memory).values(key=INSTALLATION, value=uuid.uuid4().hex)
            connection.execute(made.on_conflict_do_nothing())
        known = self.get(INSTALLATION)
        assert isinstance(known, str)
        return known
