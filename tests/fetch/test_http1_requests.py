"""What is sent is what httpx would send of the same request, byte for byte."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from monitor.fetch.guard import parse_networks
from monitor.fetch.limits import Limits
from monitor.fetch.transport import Transport
from tests.fetch.raw_server import LOOPBACK, answer, raw


@pytest.mark.parametrize("path", ["/", "/f?a=b&c", "/a%20b", "/ü"])
@pytest.mark.parametrize("headers", [{}, {"User-Agent": "x/1 (+me)", "If-None-Match": 'W/"a, b"', "A-IM": "feed"}])
def test_a_get_without_a_request_says_the_same(path: str, headers: dict[str, str]) -> None:
    async def main() -> tuple[list[bytes], list[tuple[int, list[tuple[bytes, bytes]], bytes]]]:
        paths = {httpx.URL(path).raw_path.decode(): answer(b"body", ETag='"1"', Link="<a>; rel=self")}
        async with raw(paths) as server:
            transport = Transport(private_networks=parse_networks(LOOPBACK), limits=Limits(spacing=0.0))
            url, said = httpx.URL(server.url + path), []
            for plain in (True, False):
                request = httpx.Request("GET", url, headers=headers)
                response = await (transport.get(url, headers) if plain else transport.handle_async_request(request))
                said.append((response.status_code, response.headers.raw, await response.aread()))
            await transport.aclose()
            return server.asked, said

    asked, said = asyncio.run(main())
    assert asked[0] == asked[1] and asked[0].startswith(b"GET /") and len(asked) == 2
    assert said[0] == said[1] and said[0][2] == b"body"
