"""HTTP/1.1 connections and their pool. httptools parses the responses; this module counts bytes and checks framing.

It does not know what addresses may be connected to (`guard`), nor redirects and content encodings.
"""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import AsyncIterator
from typing import Any

import httptools
import httpx

from monitor.core.errors import FetchError
from monitor.fetch.guard import Origin
from monitor.fetch.limits import Limits, too_big_error

CHUNK_SIZE = 64 * 1024
TAIL_SIZE = 6  # bytes: three line breaks

BODYLESS_STATUSES = frozenset({204, 304})
REQUEST_TIMEOUT_STATUS = 408


class StaleConnection(Exception):
    """A kept connection gave no response to this request, which can be sent again over a new one."""


class HttpResponse:
    """One response, filled by the callbacks of httptools (`on_…`)."""

    def __init__(self) -> None:
        self.status = 0  # of the final head; the parser's own is that of the last head it read
        self.headers: list[tuple[bytes, bytes]] = []
        self.body: list[bytes] = []
        self.head_done = False
        self.done = False
        self.keep_alive = False
        self.parser = httptools.HttpResponseParser(self)
        self._last = self._ending = b""  # the last bytes of all input, and of the body

    def on_message_begin(self) -> None:
        """Drop an interim response (1xx). A second response after the final one makes the connection unusable."""
        if self.done:
            self.keep_alive = False
        else:
            self.headers, self.head_done = [], False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; after the head these are trailers, which are ignored."""
        if not self.head_done:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        if not self.done:
            self.status = int(self.parser.get_status_code())
            self.head_done = self.status >= 200

    def on_body(self, data: bytes) -> None:
        if not self.done:
            self.body.append(data)
            self._ending = data[-TAIL_SIZE:]

    def on_message_complete(self) -> None:
        if self.head_done and not self.done:
            self.done = True
            self.keep_alive = self.parser.should_keep_alive() and not self._announces_body()

    @property
    def has_framing(self) -> bool:
        """Whether the response states its length; otherwise it ends with the connection."""
        return any(name.lower() in (b"content-length", b"transfer-encoding") for name, _ in self.headers)

    def feed(self, data: bytes) -> None:
        """Parse the next bytes; raises FetchError where they are not HTTP."""
        self._last = (self._last + data[-TAIL_SIZE:])[-TAIL_SIZE:]
        try:
            self.parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self.done:  # bytes after the end make the connection unusable, not the response
                raise FetchError(f"the server does not speak HTTP properly: {error}", kind="protocol") from error
            self.keep_alive = False
        if self.done and not self._ends_here():
            self.keep_alive = False

    def _announces_body(self) -> bool:
        """Whether a 204 or 304 has the length of a body, which a faulty server may send afterwards."""
        return self.status in BODYLESS_STATUSES and any(
            name.lower() == b"transfer-encoding" or (name.lower() == b"content-length" and value.strip() != b"0")
            for name, value in self.headers
        )

    def _ends_here(self) -> bool:
        """Whether the response ended with the last byte read; the parser skips line breaks between two responses."""
        length = any(name.lower() == b"content-length" for name, _ in self.headers)
        if length and self._ending:
            return self._last.endswith(self._ending)
        return self._last.endswith(b"\r\n\r\n") and not self._last.endswith(b"\r\n\r\n\r\n")


class CountingReader(asyncio.StreamReader):
    """A stream reader that counts its unread bytes: on an idle connection any means that it cannot be used again."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(CHUNK_SIZE, loop)
        self.unread = 0

    def feed_data(self, data: Any) -> None:
        """Count bytes as they arrive."""
        self.unread += len(data)
        super().feed_data(data)

    async def read(self, n: int = -1) -> bytes:
        """The next bytes, no longer counted as unread; empty at the end."""
        data = await super().read(n)
        self.unread -= len(data)
        return data


async def open_connection(
    address: str, port: int, context: ssl.SSLContext | None, name: str | None
) -> tuple[CountingReader, asyncio.StreamWriter]:
    """asyncio.open_connection with a CountingReader. Raises OSError and ssl.SSLError."""
    loop = asyncio.get_running_loop()
    reader = CountingReader(loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.create_connection(lambda: protocol, address, port, ssl=context, server_hostname=name)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


class HttpConnection:
    """A connection to one origin, used by one request at a time."""

    def __init__(self, origin: Origin, reader: CountingReader, writer: asyncio.StreamWriter, limits: Limits) -> None:
        self.origin = origin
        self.last_used = 0.0  # loop time of its last use
        self._reader, self._writer = reader, writer
        self._limits = limits
        self._used = False

    @property
    def alive(self) -> bool:
        """False where the server has closed its end, or sent anything since its last response."""
        gone = self._reader.at_eof() or self._writer.transport.is_closing()
        return not (gone or self._reader.unread or self._readable())

    async def send_request(self, head: bytes) -> HttpResponse:
        """Send a request and read the head of the response. Raises FetchError, StaleConnection on a kept connection."""
        reading, first = HttpResponse(), b""
        try:
            self._writer.write(head)
            await self._writer.drain()
            first = await self._receive()
            await self._head(reading, first)
        except OSError as error:
            if self._used and not first:
                raise StaleConnection from error
            raise _connection_lost_error(error) from error
        except FetchError as error:
            if self._used and not first.lstrip().startswith(b"HTTP/"):  # the rest of an earlier response
                raise StaleConnection from error
            raise
        if self._used and reading.status == REQUEST_TIMEOUT_STATUS:  # about the pause before it (RFC 9110, 15.5.9)
            raise StaleConnection
        self._used = True
        return reading

    async def _head(self, reading: HttpResponse, data: bytes) -> None:
        seen = 0
        while True:
            seen += len(data)
            reading.feed(data)
            if reading.head_done:
                return
            if seen > self._limits.head_bytes:
                raise too_big_error(self._limits.head_bytes, "in its headers")
            data = await self._receive()

    async def _receive(self) -> bytes:
        data = await self._reader.read(CHUNK_SIZE)
        if not data:
            raise ConnectionResetError("the connection was closed before an answer")
        return data

    def _readable(self) -> bool:
        """Whether the kernel holds bytes, or the end, that the event loop has not read yet."""
        number = self._writer.get_extra_info("socket").fileno()
        if number < 0:
            return True
        poll = select.poll()
        poll.register(number, select.POLLIN)
        return bool(poll.poll(0))

    async def iter_body(self, reading: HttpResponse) -> AsyncIterator[bytes]:
        """The body in pieces, as sent; raises FetchError where it is cut short or exceeds the limit."""
        seen = 0
        while True:
            if reading.body:  # one read can hold thousands of tiny chunks: yield them as one
                piece, reading.body = b"".join(reading.body), []
                yield piece
            if reading.done:
                return
            data = await self._read()
            seen += len(data)
            if seen > self._limits.wire_bytes:  # the framing counts too: one byte in six of "1\r\nx\r\n" is body
                raise too_big_error(self._limits.wire_bytes)
            if not data:
                if reading.has_framing:
                    raise FetchError("the connection was closed in the middle of the answer", kind="cut")
                return
            reading.feed(data)

    async def _read(self) -> bytes:
        try:
            return await self._reader.read(CHUNK_SIZE)
        except OSError as error:
            raise _connection_lost_error(error) from error

    def abort(self) -> None:
        """Close at once, without a TLS shutdown."""
        self._writer.transport.abort()


def _connection_lost_error(error: OSError) -> FetchError:
    return FetchError(f"the connection broke off: {error.strerror or error}", kind="cut")


class ResponseBody(httpx.AsyncByteStream):
    """The body of a response for httpx; returns the connection to the pool once it was read to the end."""

    def __init__(self, connection: HttpConnection, reading: HttpResponse, pool: ConnectionPool) -> None:
        self._connection, self._reading, self._pool = connection, reading, pool

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._connection.iter_body(self._reading)

    async def aclose(self) -> None:
        """Return the connection to the pool if nothing is left on it, else close it."""
        if self._reading.done and self._reading.keep_alive and not self._reading.body:
            self._pool.put(self._connection)
        else:
            self._connection.abort()


class ConnectionPool:
    """Idle connections, one per origin; the longest idle is closed first."""

    def __init__(self, *, kept: int, idle: float) -> None:
        self._kept, self._idle = kept, idle
        self._free: dict[Origin, HttpConnection] = {}

    def take(self, origin: Origin) -> HttpConnection | None:
        """Remove and return a usable connection to the origin, if there is one."""
        connection = self._free.pop(origin, None)
        if connection is None or (connection.alive and not self._expired(connection)):
            return connection
        connection.abort()
        return None

    def put(self, connection: HttpConnection) -> None:
        """Keep a connection for the next request to its origin."""
        connection.last_used = asyncio.get_running_loop().time()
        previous = self._free.pop(connection.origin, None)
        if previous is not None:
            previous.abort()
        self._free[connection.origin] = connection
        while self._free and (len(self._free) > self._kept or self._expired(next(iter(self._free.values())))):
            self._free.pop(next(iter(self._free))).abort()

    def close_idle(self) -> None:
        """Close all idle connections."""
        while self._free:
            self._free.popitem()[1].abort()

    def close(self) -> None:
        """Close all idle connections, and from now on each one that is put back."""
        self._kept = 0
        self.close_idle()

    def _expired(self, connection: HttpConnection) -> bool:
        return asyncio.get_running_loop().time() - connection.last_used > self._idle
