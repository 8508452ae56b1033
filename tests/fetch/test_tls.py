"""Encrypted sources: a certificate that does not hold is its own kind of failure."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from monitor.core.errors import FetchError
from monitor.core.model.polling import Page
from monitor.fetch.limits import Limits
from tests.fetch.raw_server import QUICK, answer, fetch, refusal, web

DATA = Path(__file__).parent / "data"
FEED = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<rss/>"


async def here(host: str, port: int) -> Sequence[str]:
    """Every name is this machine."""
    return ["127.0.0.1"]


def trusting(certificate: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(DATA / certificate))


@asynccontextmanager
async def encrypted(certificate: str, said: bytes = FEED) -> AsyncIterator[int]:
    """The port of a server with this certificate; it answers every request with a feed, or as it is told."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(DATA / certificate, DATA / "key.pem")
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        while await reader.readline():
            if b"\r\n\r\n" in await reader.read(4096):
                writer.write(said)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()


def test_a_valid_certificate_is_accepted_and_the_connection_kept() -> None:
    async def main() -> None:
        async with encrypted("good.pem") as port, web(context=trusting("good.pem"), resolve=here) as client:
            for _ in range(2):
                page = await fetch(client, f"https://news.test:{port}/")
                assert isinstance(page, Page) and page.body == b"<rss/>"

    asyncio.run(main())


@pytest.mark.parametrize(
    ("served", "trusted", "host", "said"),
    [
        ("good.pem", None, "news.test", "self-signed"),
        ("good.pem", "good.pem", "other.test", "mismatch"),
        ("expired.pem", "expired.pem", "news.test", "expired"),
    ],
)
def test_a_certificate_that_does_not_hold_is_refused(served: str, trusted: str | None, host: str, said: str) -> None:
    async def main() -> tuple[str, str]:
        context = trusting(trusted) if trusted else None
        async with encrypted(served) as port, web(context=context, resolve=here) as client:
            error = await refusal(client, f"https://{host}:{port}/")
            return error.kind, str(error)

    kind, words = asyncio.run(main())
    assert kind == "tls" and said in words and host in words


def test_a_handshake_that_never_ends_is_cut_off() -> None:
    async def main() -> str:
        held: list[asyncio.StreamWriter] = []
        server = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            async with web(Limits(total=QUICK.total, connect=0.2), resolve=here) as client:
                return (await refusal(client, f"https://news.test:{port}/")).kind
        finally:
            server.close()
            for writer in held:
                writer.transport.abort()
            await asyncio.sleep(0)

    assert asyncio.run(main()) == "connect"


def test_a_form_with_a_secret_does_not_go_from_https_to_http() -> None:
    async def main() -> None:
        said = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://hub.test/\r\nContent-Length: 0\r\n\r\n"
        async with encrypted("good.pem", said) as port, web(context=trusting("good.pem"), resolve=here) as client:
            with pytest.raises(FetchError, match="from https to http"):
                await client.post(f"https://news.test:{port}/", {"hub.secret": "s"})

    asyncio.run(main())


@pytest.mark.parametrize("extra", [answer(b"<x/>"), b"\r\n", b"x"], ids=["another", "a line break", "a byte"])
def test_what_stands_after_an_encrypted_answer_closes_its_connection(extra: bytes) -> None:
    resolved: list[str] = []  # once for each connection

    async def resolve(host: str, port: int) -> Sequence[str]:
        resolved.append(host)
        return await here(host, port)

    async def main() -> None:
        said = answer(b"<rss/>") + extra
        async with encrypted("good.pem", said) as port, web(context=trusting("good.pem"), resolve=resolve) as client:
            for _ in range(2):
                page = await fetch(client, f"https://news.test:{port}/")
                assert isinstance(page, Page) and page.body == b"<rss/>"

    asyncio.run(main())
    assert len(resolved) == 2
