"""Addresses are asked for as they are written: a server may tell spellings apart that mean the same."""

from __future__ import annotations

import asyncio

import pytest

from tests.fetch.raw_server import answer, fetch, raw, web

WRITTEN = [
    "/news/feed/rss.xml?orderBy=datetime&newsType%5B0%5D=a&newsType%5b1%5d=b&",
    "/rss.xml?newsType[0]=a",
    "/rss/home/?rss=G1QFDERJXkJeEFpVAg==",
    "/rss/home/?rss=G1QFDERJXkJeEFpVAg%3D%3D",
    "/wirtschaft/index~rss2.xml",
    "/wirtschaft/index%7Erss2.xml",
    "/RssFeed/orgclass/1/feedTitle/Press%20Releases",
    "/newest?q=H200+OR+Qwen&points=50",
    "/search?q=%22T-Head%22+when:1d&hl=de&ceid=DE:de",
    "/headline?s=BABA,9988.HK&region=US",
    "/rss;jsessionid=8A2F?x",
    "/feed?",
    "/a//b",
]


@pytest.mark.parametrize("path", WRITTEN)
def test_an_address_is_sent_exactly_as_it_is_written(path: str) -> None:
    async def main() -> bytes:
        async with raw({path: answer(b"<rss/>")}) as server, web() as client:
            await fetch(client, server.url + path)
            return server.asked[0]

    assert asyncio.run(main()).split(b"\r\n")[0] == f"GET {path} HTTP/1.1".encode()
