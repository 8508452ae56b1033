"""httpx's transport, our way: the address guard sits in the connect step, the limits in the reading.

Stock httpx scans its pool on every request (13 ms CPU per 304 with fifty connections; this: under 1 ms) and resolves a
name again when it connects, after any check of ours. Here a name is resolved once, every answer is checked, and the
connection goes to the checked address; Host header and certificate keep the name.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx

from monitor.core.errors import FetchError
from monitor.fetch import guard
from monitor.fetch.guard import IPNetwork, Origin
from monitor.fetch.http1 import (
    ConnectionPool,
    HttpConnection,
    HttpResponse,
    ResponseBody,
    StaleConnection,
    open_connection,
)
from monitor.fetch.limits import Limits

ResolveHost = Callable[[str, int], Awaitable[Sequence[str]]]

DNS_THREADS = 4


class HostResolver:
    """getaddrinfo without blocking; nothing is remembered, a verdict holds for one connection only."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(DNS_THREADS, thread_name_prefix="dns")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a host, best first; raises FetchError where it has none."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, _lookup_addresses, host, port)
        except (OSError, UnicodeError) as error:
            raise FetchError(f"the name {host} cannot be resolved: {_dns_error_text(error)}", kind="dns") from error

    def close(self) -> None:
        """Let go of the threads; one that hangs in DNS ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _lookup_addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(sockaddr[0]) for *_, sockaddr in found]


def _dns_error_text(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


class Transport(httpx.AsyncBaseTransport):
    """HTTP/1.1 with keep-alive over asyncio streams. Its errors are FetchErrors."""

    def __init__(
        self,
        *,
        private_networks: Sequence[IPNetwork],
        limits: Limits,
        resolve: ResolveHost | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._private_networks, self._limits = private_networks, limits
        self._resolver = HostResolver() if resolve is None else None
        self._resolve: ResolveHost = resolve or self._resolver or HostResolver()
        self._context = context
        self._pool = ConnectionPool(kept=limits.kept_connections, idle=limits.idle)
        self._private: dict[str, bool] = {}

    def request_interval(self, host: str) -> float:
        """Seconds between two requests to a host: none inside private networks, which are ours."""
        return 0.0 if self._private.get(host, False) else self._limits.spacing

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the body of the answer is read by whoever gets it."""
        headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"host"]
        origin = guard.url_origin(request.url)
        asked = _request_head(request.method, request.url, origin, headers) + request.content
        response = await self._answer(origin, asked, kept=request.method == "GET")
        response.request = request
        return response

    async def get(self, url: httpx.URL, headers: Mapping[str, str]) -> httpx.Response:
        """The answer to a GET, without a Request, which takes a sixth of what a 304 costs to make."""
        pairs = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
        origin = guard.url_origin(url)
        return await self._answer(origin, _request_head("GET", url, origin, pairs), kept=True)

    def drop_idle(self) -> None:
        """Close the connections that nobody uses; those in use stay."""
        self._pool.close_idle()

    async def aclose(self) -> None:
        """Close every kept connection and let go of the resolver."""
        self._pool.close()
        if self._resolver is not None:
            self._resolver.close()
        await asyncio.sleep(0)  # aborted transports close in the loop's next round

    async def _answer(self, origin: Origin, asked: bytes, *, kept: bool) -> httpx.Response:
        connection, reading = await self._exchange(origin, asked, kept=kept)
        return httpx.Response(
            reading.status, headers=reading.headers, stream=ResponseBody(connection, reading, self._pool)
        )

    async def _exchange(self, origin: Origin, asked: bytes, *, kept: bool) -> tuple[HttpConnection, HttpResponse]:
        """The answer's head. A POST goes over a new connection: it may not be sent twice.

        A GET that a kept connection did not answer is sent once more, over a new one, where every failure counts.
        """
        old = self._pool.take(origin) if kept else None
        if old is not None:
            try:
                return old, await _send_or_abort(old, asked)
            except StaleConnection:
                pass  # it was closed, or said something about an earlier request
        fresh = await self._connect(origin)
        return fresh, await _send_or_abort(fresh, asked)

    async def _connect(self, origin: Origin) -> HttpConnection:
        """A connection to the first checked address that takes one."""
        answers = [origin.host] if origin.is_address else await self._resolve(origin.host, origin.port)
        addresses = guard.check_addresses(answers, origin.port, self._private_networks)
        self._private[origin.host] = all(private for _, private in addresses)
        failure: FetchError | None = None
        for address, _ in addresses:
            try:
                return await self._open(origin, address)
            except FetchError as error:
                failure = failure or error
        assert failure is not None  # permitted() never gives an empty list
        raise failure

    async def _open(self, origin: Origin, address: str) -> HttpConnection:
        tls = self._tls() if origin.scheme == "https" else None
        name = origin.host if tls else None
        try:
            async with asyncio.timeout(self._limits.connect):
                streams = await open_connection(address, origin.port, tls, name)
        except ssl.SSLCertVerificationError as error:
            raise FetchError(
                f"the certificate of {origin.host} is not valid: {error.verify_message}", kind="tls"
            ) from error
        except ssl.SSLError as error:
            raise FetchError(
                f"no encrypted connection to {origin.host}: {error.reason or error}", kind="tls"
            ) from error
        except TimeoutError as error:
            raise FetchError(f"{origin.host} did not take the connection in time", kind="connect") from error
        except OSError as error:
            raise FetchError(f"no connection to {origin.host}: {_error_text(error)}", kind="connect") from error
        return HttpConnection(origin, *streams, self._limits)

    def _tls(self) -> ssl.SSLContext:
        """One context for all: making one costs 38 ms, so it is made when first needed."""
        if self._context is None:
            self._context = ssl.create_default_context()
        return self._context


async def _send_or_abort(connection: HttpConnection, asked: bytes) -> HttpResponse:
    """The answer's head; the connection is closed where there is none, whatever the reason."""
    try:
        return await connection.send_request(asked)
    except BaseException:
        connection.abort()
        raise


def _request_head(method: str, url: httpx.URL, origin: Origin, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The request line and headers. Everything in it was made or checked by us: nothing can break a line."""
    authority = origin.authority.encode("ascii")
    lines = [b"%b %b HTTP/1.1" % (method.encode("ascii"), url.raw_path), b"Host: %b" % authority]
    lines += [b"%b: %b" % header for header in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _error_text(error: OSError) -> str:
    """asyncio says "Connect call failed" for everything; the system's own word for the number says more."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
