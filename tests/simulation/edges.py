"""The edges of the monitor in the simulated world: web, channels, parser processes, threads' database, rules watcher.

Everything between them is the program's own code. `patched` puts them in.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any
from unittest.mock import patch

import apscheduler.schedulers.base
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL

from monitor.core.errors import DeliveryError, FetchError
from monitor.core.model.alerts import Answer, Message, Target
from monitor.core.model.articles import Article as ParsedArticle
from monitor.core.model.polling import Listing, NotModified, Page, PollState, Source
from monitor.pipeline.health import HealthMonitor
from monitor.pipeline.outage_log import Outages
from monitor.service import process, reload
from monitor.service import service as service_room
from monitor.service.daemon import Daemon
from monitor.store import database as database_room
from monitor.store import store as store_room
from monitor.store.database import Database
from tests.fakes import PlainParser
from tests.simulation.world import CHANNELS, World

FETCH_DEADLINE, SEND_DEADLINE = 30.0, 20.0  # seconds, those of the real adapters


class SimulatedWeb:
    """Fetches from the newsrooms of a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def fetch(self, source: Source, state: PollState, *, full: bool = False) -> Page | NotModified:
        """The feed or the page at an address, as its server's mood allows."""
        with self.world.alone(f"fetch {source.url}"):
            return await self.answer(source, state, full)

    async def answer(self, source: Source, state: PollState, full: bool) -> Page | NotModified:
        """What the server answers."""
        world = self.world
        world.reach("before a fetch")
        await asyncio.sleep(world.random.uniform(0.01, 0.4))
        room = world.rooms[source.name]
        if source.url.endswith("/rss") or world.seed % 20 == 0:  # a page is asked for again only 40 minutes later
            await self.suffer(room.mood, source.name)
        if (article := world.find_page(source.url)) is not None:
            world.note("page", article.token)
            return Page(source.url, article.page.encode(), "text/html")
        body = world.document(room)
        etag = f'"{hashlib.sha256(body).hexdigest()[:8]}"'
        room.served_at = world.time
        unchanged = etag == state.etag and not full
        world.note("fetch", f"{source.name} {304 if unchanged else 200}")
        moved = f"https://{source.name}.example/moved" if room.mood == "redirect" else None
        world.reach("after a fetch")
        if unchanged:
            return NotModified(etag=etag, moved=moved)
        return Page(source.url, body, "application/rss+xml", etag=etag, moved=moved)

    async def suffer(self, mood: str, name: str) -> None:
        """Raise what a server in this mood makes the real client raise."""
        if mood in ("ok", "redirect"):
            return
        self.world.note("fetch", f"{name} {mood}")
        if mood == "hangs":
            await asyncio.sleep(FETCH_DEADLINE)
            raise FetchError("no answer", kind="timeout")
        if mood == "429":
            wait = self.world.random.uniform(20, 120)
            raise FetchError("too many requests", kind="status-429", status=429, retry_after=wait)
        raise FetchError("out of order", kind="status-500", status=500)

    async def post(self, url: str, form: Mapping[str, str]) -> str:
        """No hub is there."""
        raise FetchError("no hub", kind="connect")

    def vet(self, url: str) -> None:
        """Every address may be fetched."""

    def stepped(self, seconds: float) -> None:
        """Nothing waits by the wall clock here."""
        self.world.note("web told of a step", f"{seconds:+.0f}")

    async def aclose(self) -> None:
        """Nothing is open."""


class SimulatedNotifier:
    """Sends to the channels of a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def preload(self, targets: object = None) -> None:
        """Nothing to load."""

    async def send(self, target: Target, message: Message) -> None:
        """Deliver a message, as the channel's mood allows."""
        channel = next(name for name in CHANNELS if name in target.url)
        if message.title.startswith("monitor:"):  # an alarm for operators, which waits for no place
            self.world.note("alarm", channel)
            return
        self.world.begin_send(channel)
        with self.world.alone(f"send {channel}"):
            await self.attempt(channel, message)

    async def attempt(self, channel: str, message: Message) -> None:
        """What the channel does with a message."""
        world = self.world
        world.reach("before a send")
        await asyncio.sleep(world.random.uniform(0.01, 0.5))
        mood = world.moods[channel]
        if mood == "hangs":
            await asyncio.sleep(SEND_DEADLINE)
            self.doubt(channel, message)
        if mood == "ambiguous":
            self.doubt(channel, message)
        if mood == "refuses":
            world.note("refused", channel)
            raise DeliveryError("connection refused", answer=Answer.NOT_SENT)
        if mood == "limits":
            world.note("limited", channel)
            wait = world.random.uniform(5, 90)
            world.pauses[channel] = world.time + wait
            raise DeliveryError("slow down", answer=Answer.REFUSED_FOR_NOW, retry_after=wait)
        world.take(channel, message.title, message.body)
        world.reach("after a send")

    def doubt(self, channel: str, message: Message) -> None:
        """Raise that nobody knows; half of these messages arrive."""
        if self.world.random.random() < 0.5:
            self.world.take(channel, message.title, message.body)
        self.world.note("doubt", channel)
        raise DeliveryError("no answer", answer=Answer.AMBIGUOUS)

    async def ping(self, url: str) -> None:
        """Nobody is pinged."""

    async def aclose(self) -> None:
        """Nothing is open."""


class SimulatedParser(PlainParser):
    """The real parsers without their processes."""

    async def aclose(self) -> None:
        """Nothing is open."""


class SimulatedReader:
    """The article of a page, which is plain text here."""

    async def parse(self, page: Page, source: Source, seen: bytes = b"") -> Listing:
        """The page's article."""
        return Listing((ParsedArticle(source.name, "", url=page.url, body=page.body.decode()),))

    async def aclose(self) -> None:
        """Nothing is open."""


SHARED: dict[str, Any] = {}  # the dialect and the compiled statements of the first engine


def open_shared_engine(url: URL) -> Engine:
    """An engine that does not compile again what one before it has compiled, which is a tenth of a run."""
    engine = OPEN_ENGINE(url)
    dialect = SHARED.setdefault("dialect", engine.dialect)
    engine.dialect = engine.pool._dialect = dialect
    engine._compiled_cache = SHARED.setdefault("compiled", engine._compiled_cache)
    return engine


OPEN_ENGINE = database_room.open_engine


async def watch_nothing(*_: object, **__: object) -> AsyncIterator[set[object]]:
    """A folder that never changes; the world asks for a reload itself."""
    await asyncio.Event().wait()
    yield set()


def troubled(real: Callable[..., Any], world: World, *, writes: bool) -> Callable[..., Any]:
    """Database.read or .write with the errors and the kill points of the world."""

    @contextlib.contextmanager
    def transaction(self: Database, **given: Any) -> Iterator[Connection]:
        if writes:
            world.reach("before a write")
        with real(self, **given) as connection:
            world.check_database("begin")
            yield connection
            if writes:
                world.check_database("commit")
                world.reach("before a commit")
        if writes:
            world.reach("after a commit")
        world.job_ended_at = world.time

    return transaction


@contextlib.contextmanager
def patched(world: World) -> Iterator[None]:
    """The program with its edges in this world."""

    class VirtualDatetime(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return world.now().astimezone(tz)

    def make_parser(*_: object, module: str | None = None, **__: object) -> object:
        return SimulatedReader() if module else SimulatedParser()

    owners = iter(range(1, 1000))
    current: list[str] = []

    def next_owner() -> str:
        current[:] = [f"here:0:{next(owners)}:1"]
        return current[0]

    pragmas = tuple("synchronous=OFF" if one == "synchronous=FULL" else one for one in database_room.PRAGMAS)
    with contextlib.ExitStack() as stack:
        for target, name, value in (
            (service_room, "WebClient", lambda **_: SimulatedWeb(world)),
            (service_room, "Notifier", lambda: SimulatedNotifier(world)),
            (service_room, "Parser", make_parser),
            (service_room, "Outages", lambda: Outages(world.loop.time)),
            (random, "random", world.random.random),
            (process, "process_owner", next_owner),
            (process, "is_owner_dead", lambda owner: owner not in current),
            (reload, "awatch", watch_nothing),
            (reload, "without_gc", contextlib.nullcontext),
            (database_room, "PRAGMAS", pragmas),
            (store_room, "open_engine", open_shared_engine),
            (Database, "write", troubled(Database.write, world, writes=True)),
            (Database, "read", troubled(Database.read, world, writes=False)),
            (Daemon, "signals", lambda self: contextlib.nullcontext()),
            (HealthMonitor, "disk", lambda self: None),
            (apscheduler.schedulers.base, "datetime", VirtualDatetime),
        ):
            stack.enter_context(patch.object(target, name, value))
        yield
