"""POST a form to a WebSub hub or rssCloud server, with the limits and the guarded transport of every fetch.

Only 307 and 308 are followed, because other redirects turn a POST into a GET; never from https to http, because the
form holds a secret. It does not know what the form means.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

import httpx

from monitor.core.errors import FetchError
from monitor.fetch import decompress, guard, headers
from monitor.fetch.limits import Limits
from monitor.fetch.throttle import HostThrottle

MAX_ANSWER_BYTES = 64 * 1024  # hubs answer with nothing, or with a sentence
METHOD_KEEPING_STATUSES = frozenset({307, 308})
MAX_REASON_LENGTH = 200  # characters of a refusal that are shown


class HubPoster:
    """Posts forms; shares connections and rate limits with the fetches."""

    def __init__(
        self, client: httpx.AsyncClient, throttle: HostThrottle, limits: Limits, spacing: Callable[[str], float]
    ) -> None:
        self._client, self._throttle, self._spacing = client, throttle, spacing
        self._limits = replace(
            limits,
            wire_bytes=min(limits.wire_bytes, MAX_ANSWER_BYTES),
            decoded_bytes=min(limits.decoded_bytes, MAX_ANSWER_BYTES),
        )

    async def post(self, address: str, form: Mapping[str, str]) -> str:
        """Post a form and return the text of the 2xx response, up to 64 KiB. Raises FetchError."""
        url = guard.parse_url(address)
        origin = guard.url_origin(url)
        async with self._throttle.acquire(origin.host, origin.port) as host:
            try:
                async with asyncio.timeout(self._limits.total):
                    return await self._follow(url, form)
            except TimeoutError as error:
                raise FetchError(f"no complete answer within {self._limits.total:g} s", kind="timeout") from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise FetchError(f"the hub's answer makes no sense: {error}", kind="protocol") from error
            finally:
                host.set_interval(self._spacing(origin.host))

    async def _follow(self, url: httpx.URL, form: Mapping[str, str]) -> str:
        for _ in range(self._limits.redirects + 1):
            async with self._client.stream("POST", url, data=form, follow_redirects=False) as response:
                if response.status_code not in METHOD_KEEPING_STATUSES:
                    return await self._read_answer(response)
                url = _redirect_target(url, response)
        raise FetchError(f"the hub redirects more than {self._limits.redirects} times", kind="redirect")

    async def _read_answer(self, response: httpx.Response) -> str:
        text = (await decompress.read_body(response, self._limits)).decode("utf-8", "replace")
        if response.is_success:
            return text
        status, wait = response.status_code, headers.parse_retry_after(response.headers)
        reason = " ".join("".join(char if char.isprintable() else " " for char in text).split())[:MAX_REASON_LENGTH]
        said = f"the hub answers {status}" + (f": {reason}" if reason else "")
        raise FetchError(said, kind=f"status-{status}", status=status, retry_after=wait)


def _redirect_target(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    location = response.headers.get("location", "")
    if not location:
        raise FetchError(f"the hub answers {response.status_code} without saying where to go", kind="redirect")
    target = guard.parse_url(str(url.join(location)))
    if url.scheme == "https" and target.scheme != "https":
        raise FetchError("the hub redirects from https to http, and what we send it is secret", kind="redirect")
    return target
