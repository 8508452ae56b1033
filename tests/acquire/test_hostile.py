"""Servers that drip, flood, bomb, lie and hang up: every fetch ends, in time and within its memory."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import zlib
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from socket import socket

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.acquire import Limits
from monitor.core.errors import FetchError
from tests.acquire.raw import STATE, Say, answer, fetch, raw, refusal, web

TIGHT = Limits(total=0.4, wire=2_000_000, decoded=8_000_000)
OK = b"HTTP/1.1 200 OK\r\n"
BOMB = gzip.compress(bytes(40_000_000))  # 40 kB on the wire


def endless(start: bytes, piece: bytes, pause: float = 0.0) -> Say:
    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return say


def cut(said: bytes) -> Say:
    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()

    return say


async def silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


def peak() -> int:
    """The most memory this process had at once since it was last asked to forget, in KiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def peak_from_now() -> int:
    """Forget earlier peaks; what is in use now, in KiB."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


HOSTILE: dict[str, tuple[bytes | Say, str]] = {
    "silence": (silent, "timeout"),
    "drip in the headers": (endless(OK, b"X", 0.02), "timeout"),
    "drip in the body": (endless(OK + b"Content-Length: 1000\r\n\r\n", b"x", 0.02), "timeout"),
    "endless headers": (endless(OK, b"X-Padding: " + b"x" * 8000 + b"\r\n"), "too-big"),
    "endless header line": (endless(OK + b"X-Padding: ", b"x" * 8000), "too-big"),
    "endless interim answers": (endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 400), "too-big"),
    "endless body": (endless(OK + b"\r\n", b"x" * 60000), "too-big"),
    "endless chunks": (endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 6000), "too-big"),
    "ten gigabytes announced": (answer(b"x", Content_Length="10000000000"), "too-big"),
    "gzip bomb": (answer(BOMB, Content_Encoding="gzip"), "too-big"),
    "many gzip members": (answer(gzip.compress(b"") * 5000, Content_Encoding="gzip"), "encoding"),
    "brotli": (answer(b"\x0b\x02\x80abc\x03", Content_Encoding="br"), "encoding"),
    "zstd": (answer(b"(\xb5/\xfd", Content_Encoding="zstd"), "encoding"),
    "deflate": (answer(zlib.compress(b"x"), Content_Encoding="deflate"), "encoding"),
    "double gzip": (answer(gzip.compress(BOMB), Content_Encoding="gzip, gzip"), "encoding"),
    "not gzip at all": (answer(b"<rss/>", Content_Encoding="gzip"), "encoding"),
    "gzip cut short": (answer(gzip.compress(b"<rss/>" * 99)[:-9], Content_Encoding="gzip"), "cut"),
    "gzip without its checksum": (answer(gzip.compress(b"<rss/>")[:-8], Content_Encoding="gzip"), "cut"),
    "body cut short": (cut(answer(b"<rss>", Content_Length="500")), "cut"),
    "chunks cut short": (cut(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n"), "cut"),
    "no answer": (cut(b""), "cut"),
    "half a head": (cut(OK + b"Content-Le"), "cut"),
    "another protocol": (cut(b"SSH-2.0-OpenSSH_9.2\r\n"), "protocol"),
    "two lengths": (answer(b"x", Transfer_Encoding="chunked"), "protocol"),
    "negative length": (answer(b"x", Content_Length="-1"), "protocol"),
    "a switch of protocols": (cut(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nx"), "protocol"),
    "no content": (answer(b"", "204 No Content", Content_Length=""), "status-204"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_is_a_fetch_error_and_the_next_fetch_works(name: str) -> None:
    said, kind = HOSTILE[name]

    async def main() -> str:
        async with raw({"/": said, "/good": answer(b"<rss/>")}) as server, web(TIGHT) as client:
            error = await refusal(client, server.url + "/")
            await fetch(client, server.url + "/good")
            return error.kind

    before = peak_from_now()
    assert asyncio.run(main()) == kind
    assert peak() - before < 32 * 1024


def test_a_bomb_inside_plain_gzip_stays_packed() -> None:
    """One layer is undone, because one was announced."""

    async def main() -> bytes:
        async with raw({"/": answer(gzip.compress(BOMB), Content_Encoding="gzip")}) as server, web(TIGHT) as client:
            return getattr(await fetch(client, server.url + "/"), "body", b"")

    assert asyncio.run(main()) == BOMB


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
