"""An httpx transport that checks every address before it connects, and limits what it reads.

httpx's own scans its pool on every request (13 ms CPU per 304 with fifty connections; this one: under 1 ms) and
resolves a name again when it connects, after any check. Here a name is resolved once, every address is checked, and
the connection goes to the checked address; Host header and certificate keep the name. It does not know redirects.
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
    """getaddrinfo in threads. Nothing is cached: a checked address is good for one connection only."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(DNS_THREADS, thread_name_prefix="dns")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a host in the order of preference; raises FetchError where it has none."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, _lookup_addresses, host, port)
        except (OSError, UnicodeError) as error:
            raise FetchError(f"the name {host} cannot be resolved: {_dns_error_text(error)}", kind="dns") from error

    def close(self) -> None:
        """Stop the threads without waiting; one that hangs in DNS ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _lookup_addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(sockaddr[0]) for *_, sockaddr in found]


def _dns_error_text(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


class Transport(httpx.AsyncBaseTransport):
    """HTTP/1.1 with keep-alive over asyncio streams. Raises FetchError."""

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
        """Seconds between two requests to a host; none for hosts in the private networks of the configuration."""
        return 0.0 if self._private.get(host, False) else self._limits.spacing

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read the head of the response; the caller reads the body."""
        headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"host"]
        origin = guard.url_origin(request.url)
        message = _request_head(request.method, request.url, origin, headers) + request.content
        response = await self._send(origin, message, kept=request.method == "GET")
        response.request = request
        return response

    async def get(self, url: httpx.URL, headers: Mapping[str, str]) -> httpx.Response:
        """Send a GET without an httpx.Request, whose construction is a sixth of the cost of a 304."""
        pairs = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
        origin = guard.url_origin(url)
        return await self._send(origin, _request_head("GET", url, origin, pairs), kept=True)

    def drop_idle(self) -> None:
        """Close the idle connections; those in use stay open."""
        self._pool.close_idle()

    async def aclose(self) -> None:
        """Close all idle connections and the resolver."""
        self._pool.close()
        if self._resolver is not None:
            self._resolver.close()
        await asyncio.sleep(0)  # aborted transports close in the next iteration of the loop

    async def _send(self, origin: Origin, message: bytes, *, kept: bool) -> httpx.Response:
        connection, reading = await self._exchange(origin, message, kept=kept)
        return httpx.Response(
            reading.status, headers=reading.headers, stream=ResponseBody(connection, reading, self._pool)
        )

    async def _exchange(self, origin: Origin, message: bytes, *, kept: bool) -> tuple[HttpConnection, HttpResponse]:
        """Read the head of the response. kept: an idle connection may be used.

        A GET that an idle connection did not answer is sent once more, over a new one. A POST must not be sent twice.
        """
        old = self._pool.take(origin) if kept else None
        if old is not None:
            try:
                return old, await _send_or_abort(old, message)
            except StaleConnection:
                pass  # closed meanwhile, or it sent something about an earlier request
        fresh = await self._connect(origin)
        return fresh, await _send_or_abort(fresh, message)

    async def _connect(self, origin: Origin) -> HttpConnection:
        """Connect to the first of the checked addresses that accepts."""
        answers = [origin.host] if origin.is_address else await self._resolve(origin.host, origin.port)
        addresses = guard.check_addresses(answers, origin.port, self._private_networks)
        self._private[origin.host] = all(private for _, private in addresses)
        failure: FetchError | None = None
        for address, _ in addresses:
            try:
                return await self._open(origin, address)
            except FetchError as error:
                failure = failure or error
        assert failure is not None  # check_addresses never returns an empty list
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
        """The shared context, created at first use because that takes 38 ms."""
        if self._context is None:
            self._context = ssl.create_default_context()
        return self._context


async def _send_or_abort(connection: HttpConnection, message: bytes) -> HttpResponse:
    """The head of the response; any failure or cancellation closes the connection."""
    try:
        return await connection.send_request(message)
    except BaseException:
        connection.abort()
        raise


def _request_head(method: str, url: httpx.URL, origin: Origin, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Request line and headers. Every part was built or checked before and has no line break."""
    authority = origin.authority.encode("ascii")
    lines = [b"%b %b HTTP/1.1" % (method.encode("ascii"), url.raw_path), b"Host: %b" % authority]
    lines += [b"%b: %b" % header for header in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _error_text(error: OSError) -> str:
    """The system's message for the error number: asyncio's is always "Connect call failed"."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
