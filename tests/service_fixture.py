"""A service with real store, rules and adapters, in a folder of its own; its clock is turned by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.core.model.alerts import Address, Intent, Reason
from monitor.service import process
from monitor.service.reload import RulesReloader
from monitor.service.service import Service, open_service
from monitor.store.store import Store, open_store
from tests.fakes import Clock
from tests.store.samples import finding, kept

DEAD = process.process_owner().rpartition(":")[0] + ":0"  # this process with another start: gone
RULES = """
[watch]
H200 = "H200"
[feeds]
first = "http://127.0.0.1:9/first"
[notify]
hook = "json://127.0.0.1:9/hook"
"""
HOOK = Address("hook")


@dataclass
class Ground:
    """A folder with rules and a database."""

    folder: Path
    database: str
    clock: Clock

    def write(self, rules: str) -> RulesReloader:
        """Save rules; returns what reads them."""
        (self.folder / "rules.toml").write_text(rules)
        return RulesReloader(self.folder / "rules.toml")

    def run(self, body: Callable[[Service], Awaitable[None]], rules: str = RULES) -> None:
        """Open the service on these rules for a while."""

        async def main() -> None:
            async with open_service(self.database, self.write(rules), now=self.clock) as opened:
                await body(opened)

        asyncio.run(main())

    def prepare(self, work: Callable[[Store], object]) -> None:
        """Do something in the database before the service opens it."""
        with open_store(self.database, self.clock()) as store:
            work(store)


async def nothing(_: Service) -> None:
    """Open and close."""


def alert(store: Store, at: datetime | None = None) -> None:
    """Store an article with one alert that is due."""
    kept(store, finding("a", Intent("H200", HOOK, Reason.MATCHED, at=at or Clock.time)))


def states(store: Store) -> list[str]:
    """The states of all deliveries."""
    return [one.state for one in store.views.alerts(since=None, limit=10)]
