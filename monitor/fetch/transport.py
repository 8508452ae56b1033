"""A transport that checks every address before it connects, and limits what it reads.

That of httpx scans its pool on every request (13 ms CPU per 304 with fifty connections; this one: under 1 ms) and
resolves a name again when it connects, after any check. Here a name is resolved once, every address is checked, and
the connection goes to the checked address; Host header and certificate keep the name. It does not know redirects.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence

import httpx

from monitor.core.addresses import IPNetwork
from monitor.core.errors import FetchError
from monitor.fetch import guard
from monitor.fetch.guard import Origin
from monitor.fetch.http1 import (
    ConnectionPool,
    HttpConnection,
    HttpResponse,
    ResponseBody,
    StaleConnection,
    open_connection,
)
from monitor.fetch.limits import Limits
from monitor.resolver import HostResolver, ResolveHost

DNS_THREADS = 4


class Transport:
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
        self._resolver = HostResolver(DNS_THREADS)
        self._resolve = resolve or self._resolver
        self._context = context
        self._pool = ConnectionPool(kept=limits.kept_connections, idle=limits.idle)
        self._private: dict[str, bool] = {}

    def request_interval(self, host: str) -> float:
        """Seconds between two requests to a host; none for hosts in the private networks of the configuration."""
        return 0.0 if self._private.get(host, False) else self._limits.spacing

    async def send(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], content: bytes = b""
    ) -> httpx.Response:
        """Send a request and read the head of the response; the caller reads the body and closes it.

        httpx.Request is not used: its construction is a sixth of the cost of a 304.
        """
        pairs = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
        origin = guard.url_origin(url)
        message = _request_head(method, url, origin, pairs) + content
        connection, reading = await self._exchange(origin, message, kept=method == "GET")
        return httpx.Response(
            reading.status, headers=reading.headers, stream=ResponseBody(connection, reading, self._pool)
        )

    def drop_idle(self) -> None:
        """Close the idle connections; those in use stay open."""
        self._pool.close_idle()

    async def aclose(self) -> None:
        """Close all idle connections and the resolver."""
        self._pool.close()
        self._resolver.close()
        await asyncio.sleep(0)  # aborted transports close in the next iteration of the loop

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
        answers = [origin.host] if origin.is_address else await self._addresses(origin)
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

    async def _addresses(self, origin: Origin) -> Sequence[str]:
        try:
            return await self._resolve(origin.host, origin.port)
        except (OSError, UnicodeError) as error:
            raise FetchError(f"the name {origin.host} cannot be resolved: {_error_text(error)}", kind="dns") from error

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


def _error_text(error: OSError | UnicodeError) -> str:
    """The system's message for the error number, as asyncio's is always "Connect call failed"; DNS has its own."""
    if not isinstance(error, OSError) or isinstance(error, socket.gaierror):
        return getattr(error, "strerror", None) or str(error) or type(error).__name__
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
