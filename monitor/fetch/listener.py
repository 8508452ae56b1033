"""Where hubs reach us: uvicorn with one callable of ours, inside the daemon's loop and without its signals.

A stranger gets nothing to work with: bounded time, size and number of requests, answers of one line, and the same 404
for every path whose last part is no token of ours. What a call means is not known here.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Protocol
from urllib.parse import parse_qsl

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from monitor.core.errors import ListenError, MonitorError
from monitor.core.websub.protocol import HubRequest, HubResponse

MAX_BODY_BYTES = 3 * 1024 * 1024  # bytes of a delivery, as FreshRSS takes
MAX_HEAD_BYTES = 16 * 1024  # bytes of request line and headers
HEAD_TIMEOUT = 5.0  # seconds for them
REQUEST_TIMEOUT = 15.0  # seconds for a request in all
MAX_CONNECTIONS = 64  # connections at once; the reverse proxy before us has its own limit
BACKLOG = 128
SHUTDOWN_TIMEOUT = 8  # seconds for requests in flight at the end; storing a delivery takes five at most
MAX_PARAMETERS = 32

TOKEN_PATTERN = re.compile(r"[A-Za-z0-9_-]{43}")
STATUS_TEXTS = {200: "ok", 202: "taken", 404: "not found", 405: "only GET and POST", 408: "too slow", 410: "gone",
         413: "too big", 431: "headers too big", 503: "later"}  # fmt: skip

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class CallbackReceiver(Protocol):
    """Who answers hubs."""

    async def knows(self, token: str) -> bool: ...
    async def answer(self, call: HubRequest) -> HubResponse: ...


@contextlib.asynccontextmanager
async def listen_for_callbacks(place: tuple[str, int], callee: CallbackReceiver) -> AsyncIterator[int]:
    """Listen until left; yields the port. Raises ListenError where the place cannot be had."""
    logging.getLogger("uvicorn").setLevel(logging.ERROR)  # it warns of each malformed request, and scanners send many
    with contextlib.closing(bind_socket(place)) as bell:
        server = CallbackServer(server_config(callee))
        serving = asyncio.create_task(server.serve(sockets=[bell]), name="listener")
        try:
            yield bell.getsockname()[1]
        finally:
            server.over.set()
            await serving


def bind_socket(place: tuple[str, int]) -> socket.socket:
    """A socket at a place; uvicorn would end the whole process where it is taken."""
    host, port = place
    try:
        [(family, *_, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        raise ListenError(f"nobody can listen at {host}:{port}: {error.strerror or error}") from error


def server_config(callee: CallbackReceiver) -> uvicorn.Config:
    """uvicorn with nothing of what we do not use."""
    return uvicorn.Config(
        CallbackApp(callee),
        http=LimitedConnection,
        ws="none",
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
    )


class CallbackServer(uvicorn.Server):
    """uvicorn's server without its signals, and without its ten looks a second whether it is to end."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.over = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The signals are the daemon's."""
        yield

    async def main_loop(self) -> None:
        """Until it is over."""
        await self.over.wait()


class LimitedConnection(HttpToolsProtocol):
    """uvicorn's connection with a limit to what a request's head may cost; httptools sets none."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._seen = 0  # bytes of the head that is being read
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A stranger has so long to say what it wants."""
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Count what comes before a head is complete."""
        self._seen += len(data)
        super().data_received(data)
        if self._head_timer is not None and self._seen > MAX_HEAD_BYTES:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        """The head is there: from here on the request's own time runs. One request for each connection."""
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """It went by itself."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class CallbackApp:
    """The ASGI callable."""

    def __init__(self, callee: CallbackReceiver) -> None:
        self.receiver = callee

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, one answer, and the connection is closed."""
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT):
                reply = await self.respond(scope, receive)
        except TimeoutError:
            reply = HubResponse(408)
        except MonitorError:  # the database cannot be used now: the hub comes again
            reply = HubResponse(503)
        await send({"type": "http.response.start", "status": reply.status, "headers": response_headers(reply)})
        await send({"type": "http.response.body", "body": response_body(reply)})

    async def respond(self, scope: Scope, receive: Receive) -> HubResponse:
        """What the request is answered; its body is read only where its token is ours."""
        if scope["method"] not in ("GET", "POST"):
            return HubResponse(405)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEAD_BYTES:
            return HubResponse(431)
        token = scope["path"].rpartition("/")[2]
        if TOKEN_PATTERN.fullmatch(token) is None or not await self.receiver.knows(token):
            return HubResponse(404)
        said = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        body = await receive_body(receive, said.get("content-length", ""))
        if body is None:
            return HubResponse(413)
        return await self.receiver.answer(
            HubRequest(scope["method"], token, parse_query(scope["query_string"]), said, body)
        )


async def receive_body(receive: Receive, length: str) -> bytes | None:
    """The body; None where it is longer than any delivery."""
    if length.isdecimal() and (len(length) > 9 or int(length) > MAX_BODY_BYTES):
        return None
    pieces, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":  # it hung up; half a delivery is none
            return None
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > MAX_BODY_BYTES:
            return None
        more = message.get("more_body", False)
    return b"".join(pieces)


def parse_query(query: bytes) -> dict[str, str]:
    """The parameters of a query; the first of a name counts."""
    try:
        found = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError:
        return {}
    return dict(reversed(found))


def response_body(reply: HubResponse) -> bytes:
    """A challenge as it came, else a word that says nothing more than the status."""
    return (reply.text or STATUS_TEXTS.get(reply.status, "")).encode()


def response_headers(reply: HubResponse) -> list[tuple[bytes, bytes]]:
    """Text and nothing else: a challenge is a stranger's words, which no browser may take for a page."""
    always = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-length", str(len(response_body(reply))).encode()),
        (b"connection", b"close"),
    ]
    return [*always, (b"allow", b"GET, POST")] if reply.status == 405 else always
