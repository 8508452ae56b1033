"""The listener gives strangers nothing: bounded heads, bodies, times and numbers, and one answer for all they guess."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from monitor.core.errors import ListenError, StoreError
from monitor.core.websub.protocol import HubRequest, HubResponse
from monitor.fetch import listener
from monitor.fetch.listener import listen_for_callbacks

TOKEN = "t" * 43
HOST = b"Host: alerts.example.org\r\n"


@dataclass
class Callee:
    """Knows one token, and keeps what it was called with."""

    reply: HubResponse | Exception = field(default_factory=lambda: HubResponse(200, "a challenge"))
    calls: list[HubRequest] = field(default_factory=list)
    hold: asyncio.Event | None = None
    called: asyncio.Event = field(default_factory=asyncio.Event)

    async def knows(self, token: str) -> bool:
        return token == TOKEN

    async def answer(self, call: HubRequest) -> HubResponse:
        self.calls.append(call)
        self.called.set()
        if self.hold:
            await self.hold.wait()
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)


async def said(port: int, *pieces: bytes) -> bytes:
    """What is answered to these bytes, up to the end of the connection."""
    async with connected(port) as (reader, writer):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        try:
            return await asyncio.wait_for(reader.read(), 10)
        except ConnectionError:
            return b""


def exchange(*pieces: bytes, callee: Callee | None = None) -> bytes:
    async def main() -> bytes:
        async with listen_for_callbacks(("127.0.0.1", 0), callee or Callee()) as port:
            return await said(port, *pieces)

    return asyncio.run(main())


def request(method: str = "GET", path: str = f"/push/{TOKEN}?a=1&a=2&b=%20%C3%BC", *headers: str) -> bytes:
    return f"{method} {path} HTTP/1.1\r\n".encode() + HOST + "".join(f"{h}\r\n" for h in headers).encode() + b"\r\n"


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def test_a_call_arrives_as_it_was_made_and_its_answer_is_plain_text() -> None:
    callee = Callee()
    head = request("POST", f"/{TOKEN}?a=1&a=2&b=%20%C3%BC&c", "X-Hub-Signature: s", "Content-Length: 4")
    answer = exchange(head, b"body", callee=callee)
    assert answer == (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\nx-content-type-options: nosniff\r\n"
        b"content-length: 11\r\nconnection: close\r\n\r\na challenge"
    )
    [call] = callee.calls
    assert (call.method, call.token, call.body) == ("POST", TOKEN, b"body")
    assert call.query == {"a": "1", "b": " ü", "c": ""} and call.headers["x-hub-signature"] == "s"


@pytest.mark.parametrize(
    "path", ["/", "/push/", f"/push/{TOKEN}/", f"/push/{TOKEN}x", "/push/" + "u" * 43, "/push/%00", "/../%C3%BC"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_other_path_is_the_same_404_and_its_body_is_not_read(method: str, path: str) -> None:
    callee = Callee()
    answer = exchange(request(method, path, "Content-Length: 1000000"), callee=callee)
    assert status(answer) == 404 and answer.endswith(b"not found") and callee.calls == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT"])
def test_other_methods_are_refused_whatever_the_path(method: str) -> None:
    known, unknown = (exchange(request(method, f"/{token}")) for token in (TOKEN, "u" * 43))
    assert known == unknown
    assert status(known) in (405, 400)


def test_a_body_that_is_too_long_is_refused_before_it_is_read_or_while() -> None:
    callee, chunk = Callee(), b"10000\r\n" + b"x" * 65536 + b"\r\n"
    assert (
        status(exchange(request("POST", f"/{TOKEN}", f"Content-Length: {listener.MAX_BODY_BYTES + 1}"), callee=callee))
        == 413
    )
    assert status(exchange(request("POST", f"/{TOKEN}", "Content-Length: " + "9" * 17), callee=callee)) == 413
    chunked = request("POST", f"/{TOKEN}", "Transfer-Encoding: chunked")
    assert status(exchange(chunked, *[chunk] * 49, callee=callee)) in (413, 0)
    assert callee.calls == []


def test_a_body_of_three_mebibytes_is_taken() -> None:
    callee = Callee()
    head = request("POST", f"/{TOKEN}", f"Content-Length: {listener.MAX_BODY_BYTES}")
    assert status(exchange(head, b"x" * listener.MAX_BODY_BYTES, callee=callee)) == 200
    assert len(callee.calls[0].body) == listener.MAX_BODY_BYTES


def test_half_a_body_is_none() -> None:
    callee = Callee()

    async def main() -> None:
        async with listen_for_callbacks(("127.0.0.1", 0), callee) as port, connected(port) as (_, writer):
            writer.write(request("POST", f"/{TOKEN}", "Content-Length: 100") + b"half")
            await writer.drain()
            writer.close()

    asyncio.run(main())
    assert callee.calls == []


@pytest.mark.parametrize("pieces", [[b"GET /" + b"x" * 20_000], [b"GET / HTTP/1.1\r\n", b"X: y\r\n" * 5_000]])
def test_an_endless_head_is_cut(pieces: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "HEAD_TIMEOUT", 60.0)
    assert exchange(*pieces) == b""


def test_a_long_head_in_one_piece_is_refused() -> None:
    callee = Callee()
    assert status(exchange(request("GET", f"/{TOKEN}", "X: " + "y" * 20_000), callee=callee)) == 431
    assert callee.calls == []


def test_a_slow_head_and_a_slow_body_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "HEAD_TIMEOUT", 0.1)
    monkeypatch.setattr(listener, "REQUEST_TIMEOUT", 0.1)
    callee = Callee()
    assert exchange(b"GET / HT", callee=callee) == b""
    assert exchange(callee=callee) == b""
    assert status(exchange(request("POST", f"/{TOKEN}", "Content-Length: 9"), b"slow", callee=callee)) == 408
    assert callee.calls == []


@pytest.mark.parametrize(
    "junk", [b"\x16\x03\x01\x02\x00", b"SSH-2.0-x\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 9 + b"x"]
)
def test_what_is_no_http_ends_in_400_or_silence(junk: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "HEAD_TIMEOUT", 0.2)
    assert status(exchange(junk)) in (0, 400)


def test_more_calls_than_there_is_room_for_are_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "MAX_CONNECTIONS", 3)
    callee = Callee(hold=asyncio.Event())

    async def main() -> list[int]:
        async with listen_for_callbacks(("127.0.0.1", 0), callee) as port:
            calls = [asyncio.create_task(said(port, request())) for _ in range(6)]
            await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
            assert callee.hold
            callee.hold.set()
            return sorted(status(answer) for answer in await asyncio.gather(*calls))

    statuses = asyncio.run(main())
    assert statuses.count(503) >= 3 and set(statuses) <= {200, 503}
    assert len(callee.calls) <= 3


def test_a_database_that_cannot_be_used_asks_the_hub_to_come_again() -> None:
    answer = exchange(request(), callee=Callee(StoreError("locked: /var/lib/monitor")))
    assert status(answer) == 503 and answer.endswith(b"\r\n\r\nlater")


def test_too_many_parameters_are_none() -> None:
    callee = Callee()
    exchange(request("GET", f"/{TOKEN}?" + "&".join(f"p{n}=1" for n in range(100))), callee=callee)
    assert callee.calls[0].query == {}


def test_a_request_in_flight_is_answered_before_it_ends() -> None:
    callee = Callee(hold=asyncio.Event())

    async def main() -> bytes:
        async with listen_for_callbacks(("127.0.0.1", 0), callee) as port:
            call = asyncio.create_task(said(port, request()))
            await asyncio.wait_for(callee.called.wait(), 10)
            assert callee.hold
            asyncio.get_running_loop().call_later(0.05, callee.hold.set)
        return await call

    assert status(asyncio.run(main())) == 200


def test_a_place_that_is_taken_is_an_error_with_its_name_and_ends_nothing() -> None:
    async def main() -> None:
        async with listen_for_callbacks(("127.0.0.1", 0), Callee()) as port:
            with pytest.raises(ListenError, match=f"nobody can listen at 127.0.0.1:{port}"):
                async with listen_for_callbacks(("127.0.0.1", port), Callee()):
                    pass
            with pytest.raises(ListenError, match=r"nobody can listen at 192\.0\.2\.1:80"):
                async with listen_for_callbacks(("192.0.2.1", 80), Callee()):
                    pass
        async with listen_for_callbacks(("127.0.0.1", port), Callee()):
            pass
        async with listen_for_callbacks(("::1", 0), Callee()):
            pass

    asyncio.run(main())
