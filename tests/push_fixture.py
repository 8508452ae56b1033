"""A monitor that is pushed, without its process: real store, web, listener and hub; the clock is turned by hand."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from monitor.config.load import load_rules
from monitor.config.settings import Settings
from monitor.core.model.polling import Listing, Page, PollReport, Source
from monitor.core.websub.subscription import Subscription
from monitor.fetch.client import WebClient
from monitor.fetch.listener import listen_for_callbacks
from monitor.pipeline import ingest
from monitor.pipeline.context import TurnContext
from monitor.pipeline.push import PushSubscriber
from monitor.store.store import Store
from tests.fakes import Clock, PlainParser
from tests.peers import Answered, FeedServer, Hub
from tests.rss_documents import Item, rss
from tests.store.samples import next_due

OLD = Item("Nvidia liefert mehr H200-Chips als geplant", "Die Nachfrage bleibt hoch.", guid="old-1")
CHIPS = Item("Peking erlaubt den Kauf von H200-Chips", "Mehrere Konzerne wollen bestellen.", guid="chips-1")
MODEL = Item("Alibaba trainiert auf H200 ein neues Modell", "Es soll im Frühjahr erscheinen.", guid="model-1")

RULES = """
[watch]
H200 = "H200"
[feeds]
first = {{ url = "{url}", every = "5m", full_text = "never"{feed} }}
[notify]
hook = "json://hook.example/alerts"
[settings]
callback = "http://127.0.0.1:{port}/push/"
listen = "127.0.0.1:{port}"
private_networks = ["{net}"]
"""


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@dataclass
class Rules:
    """The rules in force."""

    settings: Settings = field(default_factory=Settings)


@dataclass
class Telling(PlainParser):
    """The real parsers, with what documents say of themselves put in by the test."""

    said: Mapping[str, object] = field(default_factory=dict)
    before: Callable[[], Awaitable[None]] | None = None
    failure: Exception | None = None

    async def parse(self, page: Page, source: Source, seen: bytes = b"") -> Listing:
        """What the page lists."""
        if self.before:
            await self.before()
        if self.failure:
            raise self.failure
        return replace(await super().parse(page, source, seen), **self.said)  # type: ignore[arg-type]


class Desk:
    """One feed and one hub. link: the feed's Link header names the hub, and itself."""

    owner = "here:0:1:1"

    def __init__(self, store: Store, folder: Path, feeds: FeedServer, hub: Hub) -> None:
        self.store, self.folder, self.feeds, self.hub = store, folder, feeds, hub
        self.port, self.clock, self.parser = free_port(), Clock(), Telling()
        self.rules, self.sources = Rules(), dict[str, Source]()
        self.poll_event = asyncio.Event()
        self.reports: list[PollReport] = []
        self.web = WebClient(private_networks=("127.0.0.0/8",))
        self.push = PushSubscriber(self)
        self.topic = feeds.url + "/rss"
        self.link = f'<{hub.hub}>; rel="hub", <{self.topic}>; rel="self"'
        self.publish(OLD)
        self.write()

    def write(self, url: str = "", feed: str = "", net: str = "127.0.0.0/8", rules: str = RULES) -> None:
        """Put rules in force, but for what Push.obey does."""
        path = self.folder / "rules.toml"
        path.write_text(rules.format(url=url or self.topic, port=self.port, feed=feed, net=net))
        reading = load_rules(path, environ={})
        assert not reading.problems, reading.problems
        self.rules.settings = reading.settings
        self.sources = {source.name: source for source in reading.settings.sources}
        self.store.polls.register(reading.settings.sources, self.clock())

    def publish(self, *items: Item, path: str = "/rss", link: str | None = None, held: bool = False) -> None:
        """Put the feed on the air."""
        headers = {"Link": self.link if link is None else link}
        self.feeds.put(path, rss(items), headers={name: value for name, value in headers.items() if value}, held=held)

    def poll_due(self) -> None:
        """Note that a feed became due."""
        self.poll_event.set()

    def tools(self) -> TurnContext:
        """What turns work with."""
        return TurnContext(self.store, self.web, self.parser, self.clock, lambda: 0.5)

    def pushed(self, report: PollReport) -> None:
        """Note what a hub brought."""
        self.reports.append(report)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen, and have taken a first look at the feed."""
        await self.push.apply_rules()
        try:
            async with listen_for_callbacks(("127.0.0.1", self.port), self.push):
                with self.push.reachable():
                    await self.poll()
                    yield
            await self.push.finish(5)
        finally:
            await self.web.aclose()

    async def poll(self, **delta: float) -> list[PollReport]:
        """Let time pass, and every feed that is due take its turn."""
        self.clock.turn(**delta)
        claims = self.store.polls.claim(self.clock(), self.owner, timedelta(minutes=2), 10)
        settings, tools = self.rules.settings, self.tools()
        return [await ingest.poll_source(one, self.sources[one.state.source], settings, tools) for one in claims]

    async def subscribed(self, n: int = 1) -> Mapping[str, str]:
        """Ask the hub, wait until it asked back n times in all; the last form."""
        await self.push.request_subscriptions()
        await asyncio.to_thread(self.hub.wait_verified, n)
        return self.hub.asked[-1].form

    async def deliver(self, form: Mapping[str, str], *items: Item, **more: object) -> Answered:
        """Have the hub push these items."""
        return await asyncio.to_thread(self.hub.push, form, rss(items), **more)  # type: ignore[arg-type]

    @property
    def one(self) -> Subscription:
        """The only subscription."""
        [found] = self.store.subscriptions.list()
        return found

    @property
    def wait(self) -> timedelta | None:
        """How long the feed waits for its next poll."""
        at = next_due(self.store)
        return at - self.clock() if at else None

    @property
    def told(self) -> list[str]:
        """Titles of the alerts so far, in order."""
        return [alert.title for alert in reversed(self.store.views.alerts()) if alert.state != "suppressed"]
