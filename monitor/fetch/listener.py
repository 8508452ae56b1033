"""The HTTP server for the callbacks of WebSub hubs: uvicorn with one ASGI app, inside the daemon's event loop.

Requests are limited in time, size and number; responses have one line, and a path whose last part is no known token
gets 404. The module does not know what a callback means.
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

MAX_BODY_BYTES = 3 * 1024 * 1024  # of a delivery; the limit of FreshRSS
MAX_HEAD_BYTES = 16 * 1024  # of request line and headers
HEAD_TIMEOUT = 5.0  # seconds from the connection to a complete head
REQUEST_TIMEOUT = 15.0  # seconds for a whole request
MAX_CONNECTIONS = 64  # concurrent; a reverse proxy has its own limit
BACKLOG = 128
SHUTDOWN_TIMEOUT = 8  # seconds for requests in flight; storing a delivery takes five at most
MAX_PARAMETERS = 32

TOKEN_PATTERN = re.compile(r"[A-Za-z0-9_-]{43}")
STATUS_TEXTS = {200: "ok", 202: "taken", 404: "not found", 405: "only GET and POST", 408: "too slow", 410: "gone",
         413: "too big", 431: "headers too big", 503: "later"}  # fmt: skip

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class CallbackReceiver(Protocol):
    """Handles callbacks: knows() tells whether a token is in use, answer() responds to a request with such a token."""

    async def knows(self, token: str) -> bool: ...
    async def answer(self, call: HubRequest) -> HubResponse: ...


@contextlib.asynccontextmanager
async def listen_for_callbacks(place: tuple[str, int], receiver: CallbackReceiver) -> AsyncIterator[int]:
    """Listen at (host, port) inside the context; yields the port. Raises ListenError if it cannot be bound."""
    logging.getLogger("uvicorn").setLevel(logging.ERROR)  # it logs each malformed request, and scanners send many
    with contextlib.closing(bind_socket(place)) as listening:
        server = CallbackServer(server_config(receiver))
        serving = asyncio.create_task(server.serve(sockets=[listening]), name="listener")
        try:
            yield listening.getsockname()[1]
        finally:
            server.stopped.set()
            await serving


def bind_socket(place: tuple[str, int]) -> socket.socket:
    """A listening socket; raises ListenError, where uvicorn would exit the process."""
    host, port = place
    try:
        [(family, *_, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        raise ListenError(f"nobody can listen at {host}:{port}: {error.strerror or error}") from error


def server_config(receiver: CallbackReceiver) -> uvicorn.Config:
    """uvicorn without WebSocket, lifespan, logging and proxy headers."""
    return uvicorn.Config(
        CallbackApp(receiver),
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
    """uvicorn's server without signal handlers, and without polling ten times a second for its end."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stopped = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the daemon."""
        yield

    async def main_loop(self) -> None:
        """Wait for `stopped`."""
        await self.stopped.wait()


class LimitedConnection(HttpToolsProtocol):
    """uvicorn's connection with limits of time and size for the head of a request; httptools has none."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._seen = 0  # bytes of the head that is being read
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start the timer for the head."""
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Close the connection when the head exceeds MAX_HEAD_BYTES."""
        self._seen += len(data)
        super().data_received(data)
        if self._head_timer is not None and self._seen > MAX_HEAD_BYTES:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        """Stop the timer: REQUEST_TIMEOUT applies from here on. A connection serves one request."""
        self._cancel_timer()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer: the client has closed."""
        self._cancel_timer()
        super().connection_lost(exc)

    def _cancel_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class CallbackApp:
    """The ASGI app: limits and status codes around a CallbackReceiver."""

    def __init__(self, receiver: CallbackReceiver) -> None:
        self.receiver = receiver

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request and close the connection."""
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT):
                reply = await self.respond(scope, receive)
        except TimeoutError:
            reply = HubResponse(408)
        except MonitorError:  # the database is unavailable: the hub tries again
            reply = HubResponse(503)
        await send({"type": "http.response.start", "status": reply.status, "headers": response_headers(reply)})
        await send({"type": "http.response.body", "body": response_body(reply)})

    async def respond(self, scope: Scope, receive: Receive) -> HubResponse:
        """The response to a request, whose body is read only where its token is known."""
        if scope["method"] not in ("GET", "POST"):
            return HubResponse(405)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEAD_BYTES:
            return HubResponse(431)
        token = scope["path"].rpartition("/")[2]
        if TOKEN_PATTERN.fullmatch(token) is None or not await self.receiver.knows(token):
            return HubResponse(404)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        body = await receive_body(receive, headers.get("content-length", ""))
        if body is None:
            return HubResponse(413)
        return await self.receiver.answer(
            HubRequest(scope["method"], token, parse_query(scope["query_string"]), headers, body)
        )


async def receive_body(receive: Receive, length: str) -> bytes | None:
    """The body; None where it exceeds MAX_BODY_BYTES or is cut short."""
    if length.isdecimal() and (len(length) > 9 or int(length) > MAX_BODY_BYTES):
        return None
    pieces, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":  # the client has closed: an incomplete delivery is discarded
            return None
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > MAX_BODY_BYTES:
            return None
        more = message.get("more_body", False)
    return b"".join(pieces)


def parse_query(query: bytes) -> dict[str, str]:
    """The parameters of a query; of several with one name the first counts. Empty where there are too many."""
    try:
        found = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError:
        return {}
    return dict(reversed(found))


def response_body(reply: HubResponse) -> bytes:
    """The challenge unchanged, else a short text for the status."""
    return (reply.text or STATUS_TEXTS.get(reply.status, "")).encode()


def response_headers(reply: HubResponse) -> list[tuple[bytes, bytes]]:
    """Headers that declare plain text: a challenge is untrusted and must not be rendered as a page."""
    always = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-length", str(len(response_body(reply))).encode()),
        (b"connection", b"close"),
    ]
    return [*always, (b"allow", b"GET, POST")] if reply.status == 405 else always
