"""A server that says exactly the bytes it is told to, and a client for one test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from monitor.core.errors import FetchError
from monitor.core.model.polling import NotModified, Page, PollState, Source
from monitor.fetch.client import WebClient
from monitor.fetch.limits import Limits

STATE = PollState("s", datetime(2026, 1, 1, tzinfo=UTC))
QUICK = Limits(total=5.0, connect=1.0, spacing=0.0)
LOOPBACK = ("127.0.0.0/8",)

Say = Callable[[asyncio.StreamWriter], Awaitable[object]]


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer; header names with _ for -; Content-Length is right unless it is given."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    given = {"Content-Length": str(len(body)), **given}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in given.items() if value)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Raw:
    """Path → bytes to say (then the connection stays open) or a coroutine that writes as it likes.

    The connection is cut after a coroutine, but for one that returns True.
    """

    def __init__(self, port: int, paths: dict[str, bytes | Say]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.paths = paths
        self.asked: list[bytes] = []  # request heads
        self.connections = 0
        self.open = 0  # connections in the middle of an answer
        self.most_open = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._one(reader, writer):
                pass
        writer.transport.abort()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        say = self.paths[head.split()[1].decode()]
        try:
            if isinstance(say, bytes):
                writer.write(say)
                await writer.drain()
                return True
            return await say(writer) is True
        finally:
            self.open -= 1


@asynccontextmanager
async def raw(paths: Mapping[str, bytes | Say]) -> AsyncIterator[Raw]:
    """A raw server on loopback; every connection is gone when it ends."""
    held: list[Raw] = []
    tasks: set[asyncio.Task[None]] = set()
    writers: set[asyncio.StreamWriter] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        tasks.add(asyncio.create_task(held[0].serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    held.append(Raw(server.sockets[0].getsockname()[1], dict(paths)))
    try:
        yield held[0]
    finally:
        server.close()
        await asyncio.sleep(0)  # a connection that was just accepted is made known in the next round of the loop
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:  # also those whose task was cancelled before its first step
            writer.transport.abort()
        await asyncio.sleep(0)
        await asyncio.sleep(0)


@asynccontextmanager
async def web(limits: Limits = QUICK, **more: object) -> AsyncIterator[WebClient]:
    """A client that may talk to loopback."""
    client = WebClient(limits=limits, **{"private_networks": LOOPBACK, **more})  # type: ignore[arg-type]
    try:
        yield client
    finally:
        await client.aclose()


async def fetch(client: WebClient, url: str, state: PollState = STATE, *, full: bool = False) -> Page | NotModified:
    return await client.fetch(Source("s", url), state, full=full)


async def refusal(client: WebClient, url: str, state: PollState = STATE) -> FetchError:
    """The error a fetch ends with."""
    try:
        got = await fetch(client, url, state)
    except FetchError as error:
        return error
    raise AssertionError(f"{url} was fetched: {got!r:.200}")
