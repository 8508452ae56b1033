"""The route with its three edges in a test's hands: two feeds, one channel, a clock turned by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from monitor.config.load import load_rules
from monitor.core.model.alerts import Address, Target
from monitor.core.model.polling import PollReport
from monitor.pipeline import ingest
from monitor.pipeline.context import TurnContext
from monitor.pipeline.deliver import Deliverer, targets_by_address
from monitor.store.store import Store
from tests.fakes import Clock, FakeMouth, FakeWeb, PlainParser
from tests.rss_documents import Item, rss

DULL = Item("Wetter: Regen im Norden", "Es bleibt nass.", guid="dull-1")
OLD = Item("Nvidia liefert mehr H200-Chips als geplant", "Die Nachfrage bleibt hoch.", guid="old-1")
CHIPS = Item("Peking erlaubt den Kauf von H200-Chips", "Mehrere Konzerne wollen bestellen.", guid="chips-1")
BOTH = Item("Qwen rechnet bald auf H200", "Alibaba mietet dafür Rechenzeit.", guid="both-1")

RULES = """
[watch]
H200 = "H200"
Qwen = "Qwen"
[feeds]
first = { url = "https://first.example/rss", every = "5m" }
second = { url = "https://second.example/rss", every = "5m" }
[notify]
hook = "json://hook.example/alerts"
"""

FIRST, SECOND = "https://first.example/rss", "https://second.example/rss"


class Route:
    """The route with its three edges in the test's hands."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.clock = Clock()
        self.web = FakeWeb({FIRST: rss([OLD, DULL]), SECOND: rss([DULL])})
        self.mouth = FakeMouth()
        self.parser = PlainParser()
        self.rules = folder / "rules.toml"
        self.backfill = timedelta(0)
        self.holding: frozenset[str] = frozenset()
        self.obey(RULES)

    def obey(self, rules: str) -> None:
        """Put other rules in force."""
        self.rules.write_text(rules)
        reading = load_rules(self.rules, environ={})
        assert not reading.problems
        self.settings = reading.settings
        self.store.polls.register(self.settings.sources, self.clock())

    def poll(self, *, keep: bool = True, owner: str = "here:0:1:1") -> list[PollReport]:
        """Let every source that is due take its turn."""
        tools = TurnContext(self.store, self.web, self.parser, self.clock, lambda: 0.5)
        sources = {source.name: source for source in self.settings.sources}
        claims = self.store.polls.claim(self.clock(), owner, timedelta(minutes=2), 10)

        async def main() -> list[PollReport]:
            return [
                await ingest.poll_source(
                    claim, sources[claim.state.source], self.settings, tools, backfill=self.backfill, keep=keep
                )
                for claim in claims
            ]

        return asyncio.run(main())

    def send(self, owner: str = "here:0:1:1") -> int:
        """Send what is due; returns the rows claimed."""
        dispatch = Deliverer(self.store, self.mouth, owner, self.clock, lambda: 0.5, self.holding)

        async def main() -> int:
            return await send_due(dispatch, targets_by_address(self.settings.channels))

        return asyncio.run(main())

    def go(self, **delta: float) -> list[PollReport]:
        """Let time pass, poll, send."""
        self.clock.turn(**delta)
        reports = self.poll()
        self.send()
        return reports

    @property
    def told(self) -> list[str]:
        """The titles of all messages so far."""
        return [message.title for _, message in self.mouth.said]

    def states(self) -> dict[str, int]:
        """How many deliveries are in which state and for which reason."""
        counts: dict[str, int] = {}
        for alert in self.store.views.alerts(since=None, limit=1000):
            key = f"{alert.state} {alert.reason}"
            counts[key] = counts.get(key, 0) + 1
        return counts


async def send_due(dispatch: Deliverer, known: Mapping[Address, Target]) -> int:
    """Send what is due, to the end, to all addresses at once; returns the rows claimed."""
    due = await dispatch.due_addresses(known)
    return sum(await asyncio.gather(*(dispatch.deliver(address, known.get(address)) for address in due)))


def about(item: Item, route: Route) -> int:
    """How many messages are about the item."""
    return sum(item.title in title for title in route.told)
