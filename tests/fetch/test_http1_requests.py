"""What is sent is what httpx would send of the same request, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from monitor.core.addresses import parse_networks
from monitor.fetch.limits import Limits
from monitor.fetch.transport import Transport
from tests.fetch.raw_server import LOOPBACK, answer, raw, web

FORM = {"hub.mode": "subscribe", "hub.topic": "https://a.example/?x=1&y=ü", "hub.secret": "s p+c"}


def asked(path: str, ask: Callable[[httpx.URL], Awaitable[object]]) -> tuple[bytes, httpx.URL]:
    """The head of the request that arrives, and the URL that was asked for."""

    async def main() -> tuple[bytes, httpx.URL]:
        async with raw({httpx.URL(path).raw_path.decode(): answer(b"body", ETag='"1"')}) as server:
            url = httpx.URL(server.url + path)
            await ask(url)
            [head] = server.asked
            return head, url

    return asyncio.run(main())


def head_of(request: httpx.Request) -> bytes:
    lines = [b"%b %b HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    return b"\r\n".join([*lines, *(b"%b: %b" % pair for pair in request.headers.raw)]) + b"\r\n\r\n"


@pytest.mark.parametrize("path", ["/", "/f?a=b&c", "/a%20b", "/ü"])
@pytest.mark.parametrize("headers", [{}, {"User-Agent": "x/1 (+me)", "If-None-Match": 'W/"a, b"', "A-IM": "feed"}])
def test_a_get_without_a_request_says_the_same(path: str, headers: dict[str, str]) -> None:
    async def ask(url: httpx.URL) -> None:
        transport = Transport(private_networks=parse_networks(LOOPBACK), limits=Limits(spacing=0.0))
        response = await transport.send("GET", url, headers)
        assert (response.status_code, response.headers["etag"], await response.aread()) == (200, '"1"', b"body")
        await transport.aclose()

    head, url = asked(path, ask)
    assert head == head_of(httpx.Request("GET", url, headers=headers))


def test_a_form_is_announced_as_httpx_announces_it() -> None:
    headers: dict[str, str] = {}

    async def ask(url: httpx.URL) -> None:
        async with web() as client:
            headers.update(client._headers)
            assert await client.post(str(url), FORM) == "body"

    head, url = asked("/hub", ask)
    assert head == head_of(httpx.Request("POST", url, headers=headers, data=FORM))
