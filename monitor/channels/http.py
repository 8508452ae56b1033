"""One HTTP exchange on a new connection, and a trace of how far it went.

A host is resolved once, and the connection goes to an address that was checked; Host header and certificate keep the
name. Redirects, cookies, keep-alive and proxies or logins from the environment are not used. What an answer means is
not known here.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from monitor.core.addresses import Reach, classify_address, parse_address
from monitor.resolver import HostResolver, ResolveHost

MAX_ANSWER_BYTES = 64 * 1024  # of an answer; the rest is not read
MAX_TRIED_ADDRESSES = 3  # addresses of one host
DNS_THREADS = 2


class ForbiddenAddress(Exception):
    """A host that resolves to an address where no channel can be."""


@dataclass(slots=True)
class RequestTrace:
    """How far a request went. request_started: bytes may have been sent; head_sent: the head was; then the answer."""

    request_started: bool = False
    head_sent: bool = False
    status: int | None = None
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    body: bytes = b""
    failure: str = ""

    async def trace(self, event: str, info: object) -> None:
        """Record an event of httpcore's trace extension."""
        self.request_started |= event.endswith("send_request_headers.started")
        self.head_sent |= event.endswith("send_request_headers.complete")

    @property
    def success(self) -> bool:
        """Whether a 2xx answer was read to its end."""
        return not self.failure and self.status is not None and 200 <= self.status < 300

    def as_evidence(self) -> dict[str, Any]:
        """The evidence for answers.error_from_evidence. A refusal counts also where the connection broke after it."""
        if self.status is None or (self.failure and 200 <= self.status < 300):
            return {"failure": self.failure}
        asked = {"retry_after": self.headers.get("Retry-After"), "date": self.headers.get("Date")}
        return {"status": self.status, "said": self.body[:500].decode("utf-8", "replace"), **asked}


class HttpExchange:
    """Sends HTTP requests; deadline: seconds for a whole exchange."""

    def __init__(self, deadline: float, *, resolve: ResolveHost | None = None, context: ssl.SSLContext | None = None):
        self._deadline = deadline
        self._resolver = HostResolver(DNS_THREADS)
        self._resolve = resolve or self._resolver
        self._context = context
        self._client: httpx.AsyncClient | None = None

    async def send_request(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> RequestTrace:
        """Send a request once. Network errors are not raised: the trace returned contains them."""
        seen = RequestTrace()
        try:
            async with asyncio.timeout(self._deadline):
                await self._try_addresses(method, url, body, headers or {}, seen)
        except (TimeoutError, httpx.TimeoutException):
            seen.failure = "silent" if seen.request_started else "unreachable"
        except (httpx.InvalidURL, httpx.LocalProtocolError):
            seen.failure = "cut" if seen.head_sent else "bad-url"
        except ForbiddenAddress:
            seen.failure = "barred"
        except (httpx.HTTPError, OSError, ValueError) as error:
            seen.failure = "cut" if seen.request_started else classify_connection_failure(error)
        return seen

    async def aclose(self) -> None:
        """Close the client and the resolver."""
        self._resolver.close()
        if self._client is not None:
            await self._client.aclose()

    async def _try_addresses(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], seen: RequestTrace
    ) -> None:
        """Try the addresses of the host in turn, until bytes have been sent."""
        target = httpx.URL(url)
        addresses = await self._addresses(target)
        timeout = httpx.Timeout(self._deadline * 0.75, connect=self._deadline * 0.75 / len(addresses))
        raw = [(name.encode(), value.strip().encode("latin-1")) for name, value in headers.items()]
        for left, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
            request = self._shared_client().build_request(
                method,
                target.copy_with(host=address),
                content=body,
                headers=[(b"Host", target.netloc), *raw],
                timeout=timeout,
                extensions={"trace": seen.trace, "sni_hostname": target.raw_host.decode("ascii")},
            )
            try:
                await self._receive(request, seen)
                return
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if seen.request_started or not left:
                    raise

    async def _receive(self, request: httpx.Request, seen: RequestTrace) -> None:
        answer = await self._shared_client().send(request, stream=True)
        seen.status, seen.headers = answer.status_code, answer.headers
        try:
            async for piece in answer.aiter_raw():
                seen.body += piece
                if len(seen.body) >= MAX_ANSWER_BYTES:
                    return
        finally:
            await answer.aclose()

    async def _addresses(self, target: httpx.URL) -> list[str]:
        """The first addresses of a host, in the resolver's order. Raises ForbiddenAddress where any is forbidden."""
        port = target.port or (443 if target.scheme == "https" else 80)
        if target.scheme not in ("http", "https") or not target.host or not 0 < port < 65536:
            raise httpx.InvalidURL("no host, no port, or no http")
        found = list(dict.fromkeys(await self._resolve(target.raw_host.decode("ascii"), port)))
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        if any(classify_address(parse_address(one)) is Reach.FORBIDDEN for one in found):
            raise ForbiddenAddress
        return found[:MAX_TRIED_ADDRESSES]

    def _shared_client(self) -> httpx.AsyncClient:
        """One client, because a TLS context takes 40 ms; no keep-alive: stale connections fail ambiguously."""
        if self._client is None:
            self._client = httpx.AsyncClient(
                verify=self._context or ssl.create_default_context(),
                trust_env=False,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                limits=httpx.Limits(max_keepalive_connections=0),
                headers={"User-Agent": "Monitor", "Accept-Encoding": "identity"},
                follow_redirects=False,
            )
        return self._client


CONNECTION_FAILURES = (
    (socket.gaierror, "dns"),
    (UnicodeError, "dns"),
    (ssl.SSLError, "tls"),
    (ConnectionRefusedError, "refused"),
)


def classify_connection_failure(error: BaseException) -> str:
    """Why a connection failed, as a key of answers.FAILURE_ANSWERS."""
    for one in iter_causes(error):
        for kind, word in CONNECTION_FAILURES:
            if isinstance(one, kind):
                return word
    return "unreachable"


def iter_causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and the chain of its causes."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
