"""One HTTP exchange on a line of its own, and what was seen of it.

A name is resolved once and the connection goes to an address that was looked at; Host and certificate keep the name.
Nothing is followed or kept: no redirect, cookie or connection; no proxy or login of the environment. What an answer
means is not known here.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import httpx

MAX_ANSWER_BYTES = 64 * 1024  # bytes of an answer that are read
MAX_TRIED_ADDRESSES = 3  # addresses of one name
DNS_THREADS = 2  # for names: slow DNS servers must not fill the event loop's shared pool
# the metadata services of clouds outside of the link-local net (AWS, Alibaba, Azure)
METADATA_ADDRESSES = frozenset(map(ip_address, ("fd00:ec2::254", "100.100.100.200", "168.63.129.16")))

ResolveAddresses = Callable[[str, int], Awaitable[Sequence[str]]]


class ForbiddenAddress(Exception):
    """A name that leads to an address where no channel lives."""


@dataclass(slots=True)
class RequestTrace:
    """What became of a request: begun: bytes may have left; written: its head has; then the answer."""

    request_started: bool = False
    head_sent: bool = False
    status: int | None = None
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    body: bytes = b""
    failure: str = ""

    async def trace(self, event: str, info: object) -> None:
        """httpcore's report of its own steps."""
        self.request_started |= event.endswith("send_request_headers.started")
        self.head_sent |= event.endswith("send_request_headers.complete")

    @property
    def success(self) -> bool:
        """A 2xx that was heard to its end."""
        return not self.failure and self.status is not None and 200 <= self.status < 300

    def as_evidence(self) -> dict[str, Any]:
        """As verdict.judge takes it. A refusal counts though the line broke after it; a yes has to be whole."""
        if self.status is None or (self.failure and 200 <= self.status < 300):
            return {"failure": self.failure}
        asked = {"retry_after": self.headers.get("Retry-After"), "date": self.headers.get("Date")}
        return {"status": self.status, "said": self.body[:500].decode("utf-8", "replace"), **asked}


class HttpExchange:
    """Speaks HTTP; deadline: seconds for a whole exchange."""

    def __init__(
        self, deadline: float, *, resolve: ResolveAddresses | None = None, context: ssl.SSLContext | None = None
    ):
        self._deadline = deadline
        self._resolve = resolve or self._lookup
        self._context = context
        self._threads = ThreadPoolExecutor(DNS_THREADS, thread_name_prefix="dns")
        self._client: httpx.AsyncClient | None = None

    async def send_request(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> RequestTrace:
        """Ask once; whatever happens is told by what is returned."""
        seen = RequestTrace()
        try:
            async with asyncio.timeout(self._deadline):
                await self._ask(method, url, body, headers or {}, seen)
        except (TimeoutError, httpx.TimeoutException):
            seen.failure = "silent" if seen.request_started else "unreachable"
        except (httpx.InvalidURL, httpx.LocalProtocolError):
            seen.failure = "cut" if seen.head_sent else "bad-url"
        except ForbiddenAddress:
            seen.failure = "barred"
        except (httpx.HTTPError, OSError, UnicodeError) as error:
            seen.failure = "cut" if seen.request_started else classify_connection_failure(error)
        return seen

    async def aclose(self) -> None:
        """Close the client; a thread that hangs in DNS ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            await self._client.aclose()

    async def _ask(self, method: str, url: str, body: bytes, headers: Mapping[str, str], seen: RequestTrace) -> None:
        """Try the addresses of the host in turn, until bytes have left."""
        place = httpx.URL(url)
        addresses = await self._addresses(place)
        patience = httpx.Timeout(self._deadline * 0.75, connect=self._deadline * 0.75 / len(addresses))
        raw = [(name.encode(), value.strip().encode("latin-1")) for name, value in headers.items()]
        for left, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
            request = self._ready().build_request(
                method,
                place.copy_with(host=address),
                content=body,
                headers=[(b"Host", place.netloc), *raw],
                timeout=patience,
                extensions={"trace": seen.trace, "sni_hostname": place.raw_host.decode("ascii")},
            )
            try:
                await self._hear(request, seen)
                return
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if seen.request_started or not left:
                    raise

    async def _hear(self, request: httpx.Request, seen: RequestTrace) -> None:
        answer = await self._ready().send(request, stream=True)
        seen.status, seen.headers = answer.status_code, answer.headers
        try:
            async for piece in answer.aiter_raw():
                seen.body += piece
                if len(seen.body) >= MAX_ANSWER_BYTES:
                    return
        finally:
            await answer.aclose()

    async def _addresses(self, place: httpx.URL) -> list[str]:
        """The first addresses of a host, best first; Barred where one of them is no channel's."""
        port = place.port or (443 if place.scheme == "https" else 80)
        if place.scheme not in ("http", "https") or not place.host or not 0 < port < 65536:
            raise httpx.InvalidURL("no host, no port, or no http")
        found = list(dict.fromkeys(await self._resolve(place.raw_host.decode("ascii"), port)))
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        if any(is_forbidden_address(one) for one in found):
            raise ForbiddenAddress
        return found[:MAX_TRIED_ADDRESSES]

    async def _lookup(self, host: str, port: int) -> list[str]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return [str(place[0]) for *_, place in found]

    def _ready(self) -> httpx.AsyncClient:
        """One client, because a TLS context costs 40 ms; no line is kept, because a stale one fails in doubt."""
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


def is_forbidden_address(text: str) -> bool:
    """Whether an address belongs to no server that could be a channel: a cloud's metadata, all hosts, or none."""
    address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address in METADATA_ADDRESSES or address.is_link_local or address.is_multicast or address.is_unspecified


CONNECTION_FAILURES = (
    (socket.gaierror, "dns"),
    (UnicodeError, "dns"),
    (ssl.SSLError, "tls"),
    (ConnectionRefusedError, "refused"),
)


def classify_connection_failure(error: BaseException) -> str:
    """Why a connection never was, in one of the words that verdict knows."""
    for one in iter_causes(error):
        for kind, word in CONNECTION_FAILURES:
            if isinstance(one, kind):
                return word
    return "unreachable"


def iter_causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
