"""Fetch a source and post to a hub: conditional GET, redirects, and the result as a Page, NotModified or FetchError.

Of a POST only the redirects 307 and 308 are followed, because others turn it into a GET, and never from https to http,
because the form holds a secret. This module does not know what a body or a form means, and it has no schedule.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import Literal, TypeVar
from urllib.parse import urlencode

import httpx

from monitor.core.addresses import IPNetwork, parse_networks
from monitor.core.errors import FetchError
from monitor.core.model.polling import NotModified, Page, PollState, Source
from monitor.fetch import decompress, guard, headers
from monitor.fetch.limits import Limits
from monitor.fetch.throttle import HostState, HostThrottle
from monitor.fetch.transport import Transport
from monitor.resolver import ResolveHost

ACCEPT_HEADER = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
DEFAULT_LIMITS = Limits()
Method = Literal["GET", "POST"]
# the redirects that are followed; others turn a POST into a GET
REDIRECT_STATUSES: dict[Method, frozenset[int]] = {
    "GET": frozenset({301, 302, 303, 307, 308}),
    "POST": frozenset({307, 308}),
}
SERVER_NAMES: dict[Method, str] = {"GET": "server", "POST": "hub"}  # in messages
PERMANENT_REDIRECT_STATUSES = {301, 308}
HOST_WAIT_STATUSES = frozenset({429, 503})  # their Retry-After holds for every feed of the host
MAX_HUB_ANSWER_BYTES = 64 * 1024  # hubs answer with nothing, or with a sentence
MAX_REASON_LENGTH = 200  # characters of a hub's refusal that are shown

T = TypeVar("T")
ReadResponse = Callable[[httpx.Response, httpx.URL, str | None], Awaitable[T]]  # response, its URL, where it has moved


class WebClient:
    """The HTTP client for sources and hubs. One per process; it may run many fetches concurrently."""

    def __init__(
        self,
        *,
        private_networks: Sequence[IPNetwork | str] = (),
        contact: str = "",
        limits: Limits = DEFAULT_LIMITS,
        resolve: ResolveHost | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._limits = limits
        self._throttle = HostThrottle()
        self._private_networks = parse_networks(private_networks)
        self._transport = Transport(
            private_networks=self._private_networks, limits=limits, resolve=resolve, context=context
        )
        self._headers = _request_headers(contact)
        self._hub_limits = replace(
            limits,
            wire_bytes=min(limits.wire_bytes, MAX_HUB_ANSWER_BYTES),
            decoded_bytes=min(limits.decoded_bytes, MAX_HUB_ANSWER_BYTES),
        )

    async def fetch(self, source: Source, state: PollState, *, full: bool = False) -> Page | NotModified:
        """Fetch the source's document; full: without the conditions that allow NotModified. Raises FetchError."""
        url = guard.parse_url_cached(source.url)
        conditions = {} if full else headers.conditional_headers(state.etag, state.last_modified)

        async def read(response: httpx.Response, url: httpx.URL, moved: str | None) -> Page | NotModified:
            found = await self._handle_response(response, url, conditions)
            return replace(found, moved=moved) if moved else found

        return await self._exchange("GET", url, self._headers | conditions, b"", read)

    async def post(self, address: str, form: Mapping[str, str]) -> str:
        """Post a form to a hub; returns the text of its 2xx response, of at most 64 KiB. Raises FetchError."""
        content = urlencode(form).encode()
        about = {"Content-Length": str(len(content)), "Content-Type": "application/x-www-form-urlencoded"}
        return await self._exchange(
            "POST", guard.parse_url(address), self._headers | about, content, self._read_hub_answer
        )

    def vet(self, url: str) -> None:
        """Raise FetchError for a URL that must not be fetched. Host names are not resolved here."""
        origin = guard.url_origin(guard.parse_url(url))
        if origin.is_address:
            guard.check_addresses([origin.host], origin.port, self._private_networks)

    def stepped(self, seconds: float) -> None:
        """Account for a wall clock that advanced `seconds` more than the loop's, as after a suspend.

        Servers may have dropped idle connections, and the time of a Retry-After has passed meanwhile.
        """
        self._transport.drop_idle()
        self._throttle.shorten_blocks(seconds)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    async def _exchange(
        self, method: Method, url: httpx.URL, sent: Mapping[str, str], content: bytes, read: ReadResponse[T]
    ) -> T:
        """Send a request when its host may be asked, and read the response within the time for all of it."""
        origin, server = guard.url_origin(url), SERVER_NAMES[method]
        async with self._throttle.acquire(origin.host, origin.port) as host:
            try:
                # httpx limits single operations only: a server that sends a byte every half second never exceeds them
                async with asyncio.timeout(self._limits.total):
                    return await self._follow(method, url, sent, content, read)
            except TimeoutError as error:
                raise FetchError(f"no complete answer within {self._limits.total:g} s", kind="timeout") from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise FetchError(f"the {server}'s answer makes no sense: {error}", kind="protocol") from error
            except FetchError as error:
                if method == "GET":
                    _apply_retry_after(host, error)
                raise
            finally:
                host.set_interval(self._transport.request_interval(origin.host))

    async def _follow(
        self, method: Method, url: httpx.URL, sent: Mapping[str, str], content: bytes, read: ReadResponse[T]
    ) -> T:
        """Follow redirects. Each hop is checked like the first URL.

        This calls the transport directly: httpx's client would also handle cookies, credentials and redirects, in
        0.2 ms, half the cost of a 304.
        """
        permanent, moved = True, None
        for _ in range(self._limits.redirects + 1):
            response = await self._transport.send(method, url, sent, content)
            try:
                if response.status_code not in REDIRECT_STATUSES[method]:
                    return await read(response, url, moved)
                url = _redirect_target(method, url, response)
                permanent = permanent and response.status_code in PERMANENT_REDIRECT_STATUSES
                moved = str(url) if permanent else moved
            finally:
                await response.aclose()
        server = SERVER_NAMES[method]
        raise FetchError(f"the {server} redirects more than {self._limits.redirects} times", kind="redirect")

    async def _read_hub_answer(self, response: httpx.Response, url: httpx.URL, moved: str | None) -> str:
        text = (await decompress.read_body(response, self._hub_limits)).decode("utf-8", "replace")
        if response.is_success:
            return text
        status, wait = response.status_code, headers.parse_retry_after(response.headers)
        reason = " ".join("".join(char if char.isprintable() else " " for char in text).split())[:MAX_REASON_LENGTH]
        said = f"the hub answers {status}" + (f": {reason}" if reason else "")
        raise FetchError(said, kind=f"status-{status}", status=status, retry_after=wait)

    async def _handle_response(
        self, response: httpx.Response, url: httpx.URL, conditions: dict[str, str]
    ) -> Page | NotModified:
        match response.status_code:
            case 200 | 203:
                return await self._page(response, url)
            case 226 if headers.is_delta_response(response.headers) and "A-IM" in conditions:
                return replace(await self._page(response, url), delta=True)
            case 304 if conditions:
                return _not_modified(response.headers, url, conditions)
        raise _status_error(response)

    async def _page(self, response: httpx.Response, url: httpx.URL) -> Page:
        content = await decompress.read_body(response, self._limits)
        etag, last_modified = headers.parse_validators(response.headers)
        links = headers.parse_links(response.headers, url)
        return Page(
            url=str(url),
            body=content,
            content_type=response.headers.get("content-type", ""),
            etag=etag,
            last_modified=last_modified,
            limits=headers.parse_cache_headers(response.headers),
            status=response.status_code,
            feeds=headers.alternate_feeds(links),
            **headers.websub_links(links),
        )


def _request_headers(contact: str) -> dict[str, str]:
    """The headers of every request; contact: where the operator of a server can reach ours, shown in User-Agent."""
    try:
        ours = version("news-alert-monitor")
    except PackageNotFoundError:
        ours = "0"
    reachable = " ".join("".join(c for c in contact if " " <= c <= "~" and c not in "()").split())
    agent = f"news-alert-monitor/{ours}" + (f" (+{reachable})" if reachable else "")
    return {
        "User-Agent": agent,
        "Accept": ACCEPT_HEADER,
        "Accept-Encoding": decompress.ACCEPTED_ENCODINGS,
        "Connection": "keep-alive",
    }


def _redirect_target(method: Method, url: httpx.URL, response: httpx.Response) -> httpx.URL:
    location, server = response.headers.get("location", ""), SERVER_NAMES[method]
    if not location:
        raise FetchError(f"the {server} answers {response.status_code} without saying where to go", kind="redirect")
    try:
        target = guard.parse_url(str(url.join(location)))
    except httpx.InvalidURL as error:
        raise FetchError(
            f"the {server} redirects to {location[:200]!r}, which is not a URL", kind="redirect"
        ) from error
    if method == "POST" and url.scheme == "https" and target.scheme != "https":
        raise FetchError("the hub redirects from https to http, and what we send it is secret", kind="redirect")
    return target


def _not_modified(received: httpx.Headers, url: httpx.URL, conditions: dict[str, str]) -> NotModified:
    """A 304 may carry new validators; those that it omits stay valid (RFC 9110, 15.4.5)."""
    etag, last_modified = headers.parse_validators(received)
    return NotModified(
        etag=etag or conditions.get("If-None-Match"),
        last_modified=last_modified or conditions.get("If-Modified-Since"),
        limits=headers.parse_cache_headers(received),
        **headers.websub_links(headers.parse_links(received, url)),
    )


def _status_error(response: httpx.Response) -> FetchError:
    status, wait = response.status_code, headers.parse_retry_after(response.headers)
    if status == 410:
        return FetchError("the server says that this feed is gone for good (410)", kind="gone", status=status)
    if status == 304:
        return FetchError("the server answers 304 to a question without conditions", kind="protocol", status=status)
    said = f"the server answers {status}" + (f" {response.reason_phrase}" if response.reason_phrase else "")
    asks = f" and asks us to come back in {wait:.0f} s" if wait is not None else ""
    return FetchError(said + asks, kind=f"status-{status}", status=status, retry_after=wait)


def _apply_retry_after(host: HostState, error: FetchError) -> None:
    if error.status in HOST_WAIT_STATUSES and error.retry_after:
        host.block(error.retry_after, error.status or 0)
