"""Servers that are slow, wrong or cut: every fetch ends, in time and within its memory."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from contextlib import closing, suppress
from dataclasses import replace
from socket import socket

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.core.errors import FetchError
from monitor.fetch.limits import Limits
from tests.fetch.raw_server import STATE, answer, fetch, raw, refusal, web
from tests.hostile.answers import FEED, TIGHT, cut, silent


def test_what_is_packed_twice_and_announced_once_stays_packed() -> None:
    """One layer is undone, because one was announced."""
    inner = gzip.compress(FEED)

    async def main() -> bytes:
        async with raw({"/": answer(gzip.compress(inner), Content_Encoding="gzip")}) as server, web(TIGHT) as client:
            return getattr(await fetch(client, server.url + "/"), "body", b"")

    assert asyncio.run(main()) == inner


LINES = st.sampled_from(
    [
        "Location: ",
        "Retry-After: ",
        "Expires: ",
        "Cache-Control: max-age=",
        "ETag: ",
        "Content-Encoding: ",
        "Date: ",
        "Age: ",
    ]
)
STATUSES = st.sampled_from(["200 OK", "302 F", "304 N", "429 T", "999 X", "099 Y", "1000 Z", "200"])


@settings(max_examples=150, deadline=None)
@example("302 F", [("Location: ", b"!\t")], b"")  # httpx looks at a Location even where it does not follow it
@given(STATUSES, st.lists(st.tuples(LINES, st.binary(max_size=30)), max_size=4), st.binary(max_size=60))
def test_any_answer_is_a_document_or_a_fetch_error(status: str, lines: list[tuple[str, bytes]], body: bytes) -> None:
    head = b"".join(name.encode() + value + b"\r\n" for name, value in lines)

    async def main() -> None:
        said = b"HTTP/1.1 " + status.encode() + b"\r\n" + head + b"\r\n" + body
        async with raw({"/": cut(said)}) as server, web(Limits(total=2.0)) as client:
            with suppress(FetchError):
                await fetch(client, server.url + "/", replace(STATE, etag='"x"'))

    asyncio.run(main())


def test_the_time_limit_covers_a_whole_chain_of_redirects() -> None:
    async def late(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.15)
        writer.write(answer(b"", "302 Found", Location="/"))

    async def main() -> str:
        async with raw({"/": late}) as server, web(TIGHT) as client:
            return (await refusal(client, server.url + "/")).kind

    assert asyncio.run(main()) == "timeout"


def test_a_resolver_that_hangs_ends_at_the_time_limit() -> None:
    async def hang(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    async def main() -> str:
        async with web(TIGHT, resolve=hang) as client:
            return (await refusal(client, "http://feeds.example/")).kind

    assert asyncio.run(main()) == "timeout"


def test_a_closed_port_and_a_missing_name_have_their_own_words() -> None:
    with closing(socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

        async def main() -> tuple[str, str]:
            async with web() as client:
                closed = await refusal(client, f"http://127.0.0.1:{port}/")
                missing = await refusal(client, "http://no-such-name.invalid/")
                assert "refused" in str(closed)
                return closed.kind, missing.kind

        assert asyncio.run(main()) == ("connect", "dns")


def test_a_plain_server_on_an_encrypted_port_gives_no_document() -> None:
    async def main() -> str:
        async with raw({"/": answer(b"x")}) as server, web(context=ssl.create_default_context()) as client:
            return (await refusal(client, server.url.replace("http:", "https:") + "/")).kind

    assert asyncio.run(main()) in ("tls", "cut", "connect")


def test_a_cancelled_fetch_leaves_no_connection_behind() -> None:
    asked = asyncio.Event()

    async def hang(writer: asyncio.StreamWriter) -> None:
        asked.set()
        await silent(writer)

    async def main() -> None:
        async with raw({"/": hang, "/good": answer(b"<rss/>")}) as server, web() as client:
            fetching = asyncio.create_task(fetch(client, server.url + "/"))
            await asked.wait()
            fetching.cancel()
            with pytest.raises(asyncio.CancelledError):
                await fetching
            await fetch(client, server.url + "/good")

    asyncio.run(main())
