"""Fetch a source: conditional GET, redirects, and the result as a Page, NotModified or FetchError.

It does not know what a body means, and it has no schedule: the caller decides when to fetch.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import replace
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version

import httpx

from monitor.core.errors import FetchError
from monitor.core.model.polling import NotModified, Page, PollState, Source
from monitor.fetch import decompress, guard, headers
from monitor.fetch.guard import IPNetwork
from monitor.fetch.hub import HubPoster
from monitor.fetch.limits import Limits
from monitor.fetch.throttle import HostState, HostThrottle
from monitor.fetch.transport import ResolveHost, Transport

ACCEPT_HEADER = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
DEFAULT_LIMITS = Limits()
REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
PERMANENT_REDIRECT_STATUSES = {301, 308}
HOST_WAIT_STATUSES = frozenset({429, 503})  # their Retry-After holds for every feed of the host


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
        self._private_networks = guard.parse_networks(private_networks)
        self._transport = Transport(
            private_networks=self._private_networks, limits=limits, resolve=resolve, context=context
        )
        self._headers = _request_headers(contact)
        self._client = httpx.AsyncClient(
            transport=self._transport, trust_env=False, timeout=None, headers=self._headers
        )
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self._hub = HubPoster(self._client, self._throttle, limits, self._transport.request_interval)

    async def fetch(self, source: Source, state: PollState, *, full: bool = False) -> Page | NotModified:
        """Fetch the source's document; full: without the conditions that allow NotModified. Raises FetchError."""
        url = guard.parse_url_cached(source.url)
        origin = guard.url_origin(url)
        conditions = {} if full else headers.conditional_headers(state.etag, state.last_modified)
        async with self._throttle.acquire(origin.host, origin.port) as host:
            try:
                return await self._fetch_in_time(url, conditions)
            except FetchError as error:
                _apply_retry_after(host, error)
                raise
            finally:
                host.set_interval(self._transport.request_interval(origin.host))

    async def post(self, url: str, form: Mapping[str, str]) -> str:
        """Post a form to a hub and return the text of its 2xx response. Raises FetchError."""
        return await self._hub.post(url, form)

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
        await self._client.aclose()

    async def _fetch_in_time(self, url: httpx.URL, conditions: dict[str, str]) -> Page | NotModified:
        # httpx limits single operations only: a server that sends a byte every half second never exceeds them
        try:
            async with asyncio.timeout(self._limits.total):
                return await self._follow(url, conditions)
        except TimeoutError as error:
            raise FetchError(f"no complete answer within {self._limits.total:g} s", kind="timeout") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FetchError(f"the server's answer makes no sense: {error}", kind="protocol") from error

    async def _follow(self, url: httpx.URL, conditions: dict[str, str]) -> Page | NotModified:
        """Follow redirects. Each hop is checked like the first URL.

        This calls the transport directly: httpx's client would also handle cookies, credentials and redirects, in
        0.2 ms, half the cost of a 304.
        """
        permanent, moved, sent = True, None, self._headers | conditions
        for _ in range(self._limits.redirects + 1):
            response = await self._transport.get(url, sent)
            try:
                if response.status_code not in REDIRECT_STATUSES:
                    found = await self._handle_response(response, url, conditions)
                    return replace(found, moved=moved) if moved else found
                url = _redirect_target(url, response)
                permanent = permanent and response.status_code in PERMANENT_REDIRECT_STATUSES
                moved = str(url) if permanent else moved
            finally:
                await response.aclose()
        raise FetchError(f"the server redirects more than {self._limits.redirects} times", kind="redirect")

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
            manners=headers.parse_cache_headers(response.headers),
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


def _redirect_target(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    location = response.headers.get("location", "")
    if not location:
        raise FetchError(f"the server answers {response.status_code} without saying where to go", kind="redirect")
    try:
        return guard.parse_url(str(url.join(location)))
    except httpx.InvalidURL as error:
        raise FetchError(f"the server redirects to {location[:200]!r}, which is not a URL", kind="redirect") from error


def _not_modified(received: httpx.Headers, url: httpx.URL, conditions: dict[str, str]) -> NotModified:
    """A 304 may carry new validators; those that it omits stay valid (RFC 9110, 15.4.5)."""
    etag, last_modified = headers.parse_validators(received)
    return NotModified(
        etag=etag or conditions.get("If-None-Match"),
        last_modified=last_modified or conditions.get("If-Modified-Since"),
        manners=headers.parse_cache_headers(received),
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
