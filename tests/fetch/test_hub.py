"""A form for a hub goes out like a fetch: guarded, bounded, once; and comes to the hub as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from monitor.core.errors import FetchError
from tests.fetch.raw_server import QUICK, answer, raw, web
from tests.peers import Hub
from tests.peers.server import Response

FORM = {"hub.mode": "subscribe", "hub.topic": "https://a.example/?x=1&y=ü", "hub.secret": "s p+c"}


def outcome(url: str, **more: object) -> str:
    """What came of a form: the words of a yes, or kind and sentence of a no."""

    async def main() -> str:
        async with web(**more) as client:  # type: ignore[arg-type]
            try:
                return await client.post(url, FORM)
            except FetchError as error:
                return f"{error.kind}: {error}"

    return asyncio.run(main())


def test_a_form_arrives_as_it_was_sent() -> None:
    with Hub() as hub:
        hub.silent = True
        assert outcome(hub.hub) == ""
        [asked] = hub.asked
        assert (asked.method, asked.form) == ("POST", FORM)


@pytest.mark.parametrize("status", [307, 308])
def test_a_hub_that_moved_gets_the_form_where_it_is(status: int) -> None:
    with Hub() as hub:
        hub.silent = True
        assert outcome(hub.moved(status)) == ""
        assert [(asked.path, asked.method, asked.form) for asked in hub.asked] == [
            (f"/moved/{status}", "POST", FORM),
            ("/hub", "POST", FORM),
        ]


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_that_would_turn_the_form_into_a_question_is_refused(status: int) -> None:
    with Hub() as hub:
        assert outcome(hub.moved(status)) == f"status-{status}: the hub answers {status}"
        assert len(hub.asked) == 1


def test_a_refusal_is_told_in_the_hub_s_own_words_on_one_line() -> None:
    with Hub() as hub:
        hub.refuses = Response(400, b"hub.topic\n\x1b[31m is <b>unknown</b>" + b"!" * 500)
        said = outcome(hub.hub)
        assert said.startswith("status-400: the hub answers 400: hub.topic [31m is <b>unknown</b>!!!")
        assert len(said) < 260


def test_retry_after_of_a_busy_hub_is_kept() -> None:
    async def main() -> float | None:
        async with web() as client:
            with pytest.raises(FetchError) as caught:
                await client.post(hub.hub, FORM)
            return caught.value.retry_after

    with Hub() as hub:
        hub.refuses = Response(503, b"", (("Retry-After", "77"),))
        assert asyncio.run(main()) == 77


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.Event().wait()


async def flood(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 202 Accepted\r\n\r\n")
    while True:
        writer.write(b"." * 65536)
        await writer.drain()


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


@pytest.mark.parametrize(
    ("say", "kind"),
    [
        (drip, "timeout"),
        (flood, "too-big"),
        (hang_up, "cut"),
        (answer(status="307 Temporary Redirect"), "redirect"),
        (answer(status="307 Temporary Redirect", Location="/hub"), "redirect"),
        (answer(status="307 Temporary Redirect", Location="ftp://feeds.example/"), "scheme"),
        (answer(status="307 Temporary Redirect", Location="http://169.254.0.1/"), "address"),
        (answer(status="308 Permanent Redirect", Location="http://10.0.0.1/"), "address"),
        (b"SSH-2.0-OpenSSH\r\n", "protocol"),
    ],
)
def test_a_bad_hub_costs_little_and_ends_in_a_sentence(
    say: bytes | Callable[[asyncio.StreamWriter], Awaitable[None]], kind: str
) -> None:
    async def main() -> str:
        async with raw({"/hub": say}) as server, web(replace(QUICK, total=0.5)) as client:
            with pytest.raises(FetchError) as caught:
                await client.post(server.url + "/hub", FORM)
            assert str(caught.value)
            return caught.value.kind

    assert asyncio.run(main()) == kind


def test_a_form_is_never_sent_twice_over_a_connection_that_was_kept() -> None:
    async def main() -> int:
        said = answer(b"", status="202 Accepted")
        async with raw({"/hub": said}) as server, web() as client:
            await client.post(server.url + "/hub", FORM)
            await client.post(server.url + "/hub", FORM)
            return server.connections

    assert asyncio.run(main()) == 2


PRIVATE = ["http://127.0.0.1/hub", "http://10.0.0.1/", "http://169.254.0.1/", "http://[::1]/", "http://[fd00::1]/"]


@pytest.mark.parametrize(
    "url", [*PRIVATE, "ftp://hub.example/", "http://u:p@hub.example/", "http://93.184.215/", "hub"]
)
def test_a_stranger_s_hub_cannot_be_inside(url: str) -> None:
    assert outcome(url, private_networks=()).split(":")[0] in ("address", "scheme")


@pytest.mark.parametrize("url", [*PRIVATE, "ftp://feeds.example/", "http://93.184.215/", "topic"])
def test_nor_can_its_topic(url: str) -> None:
    async def main() -> None:
        async with web(private_networks=()) as client:
            with pytest.raises(FetchError):
                client.vet(url)
            client.vet("https://first.example/rss")
        async with web(private_networks=("127.0.0.0/8",)) as client:
            client.vet("http://127.0.0.1/rss")

    asyncio.run(main())
