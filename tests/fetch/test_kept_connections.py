"""A kept connection gives each request its own answer: what an earlier one left behind is given to nobody."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import replace

import pytest

from monitor.core.errors import FetchError
from monitor.core.model.polling import NotModified, Page
from monitor.fetch.client import WebClient
from tests.fetch.raw_server import QUICK, STATE, Say, answer, fetch, raw, refusal, web

A, B = answer(b"<a/>"), answer(b"<b/>")
KNOWN = replace(STATE, etag='"1"')
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<a/>\r\n0\r\n"
UNCHANGED = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n'
LATE = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"
OLD = b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n"


async def got(client: WebClient, url: str) -> bytes:
    """The body of a document; of an unchanged one, nothing."""
    found = await fetch(client, url, KNOWN)
    assert isinstance(found, Page | NotModified)
    return found.body if isinstance(found, Page) else b""


def asked_in_turn(said: bytes | Say) -> tuple[bytes, bytes, int]:
    """What the first feed of a host gets, what the second one gets, and how many connections that took."""

    async def main() -> tuple[bytes, bytes, int]:
        async with raw({"/a": said, "/b": B}) as server, web() as client:
            return await got(client, server.url + "/a"), await got(client, server.url + "/b"), server.connections

    return asyncio.run(main())


AFTER = {
    "the same answer again": A + A,
    "another document": A + answer(b"<x/>"),
    "the beginning of another answer": A + b"HT",
    "a line break": A + b"\r\n",
    "one byte": A + b"x",
    "the end of chunks": A + b"0\r\n\r\n",
    "an interim answer": A + HINT,
    "a word about a pause": A + LATE,
    "an unchanged answer": A + UNCHANGED + b"\r\n",
    "an answer after chunks": CHUNKED + b"\r\n" + A,
    "an answer after trailers": CHUNKED + b"X-Sum: 1\r\n\r\n" + A,
    "a line break after chunks": CHUNKED + b"\r\n\r\n",
    "an answer after an HTTP/1.0 one": OLD + b"Connection: keep-alive\r\n\r\n<a/>" + A,
}


@pytest.mark.parametrize("said", AFTER.values(), ids=AFTER)
def test_what_stands_after_an_answer_closes_its_connection(said: bytes) -> None:
    assert asked_in_turn(said) == (b"<a/>", b"<b/>", 2)


UNCHANGED_AND_MORE = {
    "a document": UNCHANGED + b"\r\n" + answer(b"<x/>"),
    "a refusal": UNCHANGED + b"\r\n" + answer(b"", "500 Internal Server Error"),
    "the end of chunks": UNCHANGED + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "the body it must not have": UNCHANGED + b"Content-Length: 4\r\n\r\n<x/>",
}


@pytest.mark.parametrize("said", UNCHANGED_AND_MORE.values(), ids=UNCHANGED_AND_MORE)
def test_the_status_is_that_of_the_first_head(said: bytes) -> None:
    assert asked_in_turn(said) == (b"", b"<b/>", 2)


CLEAN = {
    "a length": A,
    "chunks": CHUNKED + b"\r\n",
    "trailers": CHUNKED + b"X-Sum: 1\r\n\r\n",
    "an interim answer before it": HINT + A,
    "a body that ends in line breaks": answer(b"<a/>\r\n\r\n"),
    "an empty body": answer(b""),
    "nothing new": UNCHANGED + b"\r\n",
    "nothing new and no length": UNCHANGED + b"Content-Length: 0\r\n\r\n",
    "HTTP/1.0 that is kept": OLD + b"Connection: keep-alive\r\n\r\n<a/>",
}


@pytest.mark.parametrize("said", CLEAN.values(), ids=CLEAN)
def test_an_answer_that_ends_where_it_says_keeps_its_connection(said: bytes) -> None:
    first, second, connections = asked_in_turn(said)
    assert first.strip() in (b"<a/>", b"") and (second, connections) == (b"<b/>", 1)


@pytest.mark.parametrize("said", [answer(b"<a/>", Connection="close"), OLD + b"\r\n<a/>"], ids=["said", "HTTP/1.0"])
def test_a_server_that_says_close_and_does_not_is_taken_at_its_word(said: bytes) -> None:
    assert asked_in_turn(said) == (b"<a/>", b"<b/>", 2)


@pytest.mark.parametrize("end", [b"Transfer-Encoding: chunked\r\n\r\n", b"Content-Length: 4\r\n\r\n"])
def test_a_304_that_promises_a_body_may_send_it_later(end: bytes) -> None:
    """The rest comes when the second request is under way, so no look at the connection could see it."""
    first: list[asyncio.StreamWriter] = []
    late = b"0\r\n\r\n" if b"chunked" in end else b"<x/>"

    async def unchanged(writer: asyncio.StreamWriter) -> bool:
        first.append(writer)
        writer.write(UNCHANGED + end)
        return True

    async def document(writer: asyncio.StreamWriter) -> bool:
        writer.write(late + B if writer in first else B)
        return True

    async def main() -> tuple[bytes, bytes, int]:
        async with raw({"/a": unchanged, "/b": document}) as server, web() as client:
            return await got(client, server.url + "/a"), await got(client, server.url + "/b"), len(server.asked)

    assert asyncio.run(main()) == (b"", b"<b/>", 2)


def once_then(first: bytes, later: bytes) -> Say:
    """The first time this is said, from then on that."""
    said = [first]

    async def say(writer: asyncio.StreamWriter) -> bool:
        writer.write(said.pop() if said else later)
        await writer.drain()
        return True

    return say


IDLE = {"a word about the pause": LATE, "an answer again": A, "one byte": b"\n", "nothing, and its end": b""}


@pytest.mark.parametrize("said", IDLE.values(), ids=IDLE)
@pytest.mark.parametrize("seen", [True, False], ids=["the loop has seen it", "it is in the kernel"])
def test_what_comes_while_a_connection_rests_closes_it(said: bytes, seen: bool) -> None:
    writers: list[asyncio.StreamWriter] = []

    async def say(writer: asyncio.StreamWriter) -> bool:
        writers.append(writer)
        writer.write(A)
        return True

    async def main() -> tuple[bytes, list[bytes], int]:
        async with raw({"/a": say, "/b": B}) as server, web() as client:
            assert await got(client, server.url + "/a") == b"<a/>"
            writers[0].write(said) if said else writers[0].write_eof()  # the system takes it at once
            for _ in range(5 if seen else 0):
                await asyncio.sleep(0)
            body = await got(client, server.url + "/b")
            return body, [head.split()[1] for head in server.asked], server.connections

    assert asyncio.run(main()) == (b"<b/>", [b"/a", b"/b"], 2)


FIRST_WORDS = {"a word about the pause": LATE, "the end of an earlier answer": b"0\r\n\r\n", "half a body": b"</rss>"}


@pytest.mark.parametrize("said", FIRST_WORDS.values(), ids=FIRST_WORDS)
def test_a_kept_connection_that_speaks_of_something_else_is_asked_again_on_a_new_one(said: bytes) -> None:
    async def main() -> tuple[bytes, list[bytes], int]:
        async with raw({"/a": A, "/b": once_then(said, B)}) as server, web() as client:
            await got(client, server.url + "/a")
            body = await got(client, server.url + "/b")
            return body, [head.split()[1] for head in server.asked], server.connections

    assert asyncio.run(main()) == (b"<b/>", [b"/a", b"/b", b"/b"], 2)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Not a byte."""


async def half_a_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-")


@pytest.mark.parametrize(
    ("said", "times", "kind"),
    [(hang_up, 2, "cut"), (LATE, 2, "status-408"), (b"nonsense", 2, "protocol"), (half_a_head, 1, "cut")],
    ids=["nothing", "a pause", "nonsense", "half a head"],
)
def test_a_request_is_repeated_once_at_most_and_never_after_a_byte_of_its_answer(
    said: bytes | Say, times: int, kind: str
) -> None:
    async def main() -> tuple[str, int]:
        async with raw({"/a": A, "/b": said}) as server, web() as client:
            await got(client, server.url + "/a")
            error = await refusal(client, server.url + "/b")
            return error.kind, sum(b"/b" in head for head in server.asked)

    assert asyncio.run(main()) == (kind, times)


@pytest.mark.parametrize("said", [hang_up, LATE, b"nonsense"], ids=["nothing", "a pause", "nonsense"])
def test_a_first_request_is_not_repeated(said: bytes | Say) -> None:
    async def main() -> int:
        async with raw({"/b": said}) as server, web() as client:
            await refusal(client, server.url + "/b")
            return len(server.asked)

    assert asyncio.run(main()) == 1


@pytest.mark.parametrize("said", [hang_up, LATE], ids=["nothing", "a pause"])
def test_a_form_goes_over_a_new_connection_and_only_once(said: bytes | Say) -> None:
    async def main() -> tuple[int, int]:
        async with raw({"/a": A, "/hub": said}) as server, web() as client:
            await got(client, server.url + "/a")
            with pytest.raises(FetchError):
                await client.post(server.url + "/hub", {"x": "1"})
            return server.connections, sum(head.startswith(b"POST") for head in server.asked)

    assert asyncio.run(main()) == (2, 1)


def test_an_answer_given_up_in_its_middle_is_nobody_s() -> None:
    """Too late, too big, packed in nonsense: in each case the rest of it is still to come."""
    big, packed = b"<a>" + b"x" * 200_000, answer(b"no gzip" * 99, Content_Encoding="gzip")
    writers: list[asyncio.StreamWriter] = []

    async def slow(writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        writer.write(answer(b"<a/>" * 2, Content_Length="4000"))
        await asyncio.Event().wait()

    async def main() -> tuple[list[str], list[bytes], int]:
        paths: dict[str, bytes | Say] = {
            "/slow": slow,
            "/big": answer(big, Content_Length=""),
            "/packed": packed,
            "/b": B,
        }
        limits = replace(QUICK, total=1.0, wire_bytes=100_000, decoded_bytes=100_000)
        kinds, bodies = [], []
        async with raw(paths) as server, web(limits) as client:
            for path in ("/slow", "/big", "/packed"):
                kinds.append((await refusal(client, server.url + path)).kind)
                bodies.append(await got(client, server.url + "/b"))
            return kinds, bodies, server.connections

    kinds, bodies, connections = asyncio.run(main())
    assert kinds == ["timeout", "too-big", "encoding"] and bodies == [b"<b/>"] * 3
    assert connections == 3  # the last one was read to its end


def test_a_redirect_whose_body_nobody_reads_hands_it_to_nobody() -> None:
    moved = answer(b"<moved/>" * 20_000, "302 Found", Location="/b")

    async def main() -> list[bytes]:
        async with raw({"/a": moved, "/b": B, "/c": answer(b"<c/>")}) as server, web() as client:
            return [await got(client, server.url + path) for path in ("/a", "/c", "/a", "/b")]

    assert asyncio.run(main()) == [b"<b/>", b"<c/>", b"<b/>", b"<b/>"]


def test_bytes_behind_a_packed_document_stay_in_its_answer() -> None:
    first, second, _ = asked_in_turn(answer(gzip.compress(b"<a/>") + b"\0" * 8, Content_Encoding="gzip"))
    assert (first, second) == (b"<a/>", b"<b/>")


def test_feeds_of_one_host_that_are_asked_at_once_get_their_own() -> None:
    async def main() -> list[bytes]:
        paths = {f"/{n}": answer(b"<%d/>" % n) * (1 + n % 2) for n in range(12)}
        async with raw(paths) as server, web() as client:
            return list(await asyncio.gather(*(got(client, f"{server.url}/{n}") for n in range(12))))

    assert asyncio.run(main()) == [b"<%d/>" % n for n in range(12)]


def test_connections_that_rest_can_be_let_go_of() -> None:
    """After a sleep of the machine the other side has forgotten them, and a request would wait for nothing."""

    async def main() -> int:
        async with raw({"/a": A, "/b": B}) as server, web() as client:
            await got(client, server.url + "/a")
            client.stepped(0.0)
            await got(client, server.url + "/b")
            return server.connections

    assert asyncio.run(main()) == 2
