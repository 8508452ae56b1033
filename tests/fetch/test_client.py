"""An ordinary fetch: conditions, server limits, redirects, one request at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from monitor.core.errors import FetchError
from monitor.core.model.polling import NotModified, Page, ServerLimits
from monitor.fetch.limits import Limits
from tests.fetch.raw_server import QUICK, STATE, answer, fetch, raw, refusal, web
from tests.peers import FeedServer

DATE = "Tue, 14 Oct 2025 09:00:00 GMT"
LATER = "Tue, 14 Oct 2025 09:02:00 GMT"


def test_a_page_carries_what_the_server_said_of_it() -> None:
    async def main() -> None:
        said = answer(
            b"<rss/>",
            Content_Type="application/rss+xml; charset=utf-8",
            ETag='W/"a1"',
            Last_Modified=DATE,
            Cache_Control="public, max-age=600",
            Age="60",
        )
        async with raw({"/feed?a=1&b=%20": said}) as server, web() as client:
            page = await fetch(client, server.url + "/feed?a=1&b=%20")
            assert page == Page(
                url=server.url + "/feed?a=1&b=%20",
                body=b"<rss/>",
                content_type="application/rss+xml; charset=utf-8",
                etag='W/"a1"',
                last_modified=DATE,
                limits=ServerLimits(max_age=540.0),
            )

    asyncio.run(main())


def test_an_unchanged_feed_is_not_sent_again_unless_it_is_asked_for_in_full() -> None:
    async def main() -> None:
        with FeedServer() as server:
            url = server.put("/f", b"<rss/>")
            async with web() as client:
                page = await fetch(client, url)
                assert isinstance(page, Page) and page.etag
                known = replace(STATE, etag=page.etag)
                assert await fetch(client, url, known) == NotModified(etag=page.etag)
                assert isinstance(await fetch(client, url, known, full=True), Page)

    asyncio.run(main())


def test_conditions_are_sent_only_where_there_is_something_to_say() -> None:
    async def main() -> list[bytes]:
        async with raw({"/": answer(b"<rss/>")}) as server, web(contact="ops@news.example (desk)") as client:
            for etag, modified in (('"x"', DATE), ("", ""), ('""', None), ('"a"\nb', "\x01")):
                await fetch(client, server.url + "/", replace(STATE, etag=etag, last_modified=modified))
            assert server.connections == 1
            return server.asked

    first, *others = asyncio.run(main())
    assert b'If-None-Match: "x"\r\nIf-Modified-Since: ' + DATE.encode() in first
    assert b"User-Agent: news-alert-monitor/" in first and b" (+ops@news.example desk)\r\n" in first
    assert b"Accept-Encoding: gzip, br, zstd\r\n" in first
    assert [b"If-" in head or b"\nb" in head for head in others] == [False] * 3


def test_a_226_holds_only_what_is_new_and_is_taken_where_it_was_asked_for() -> None:
    async def main() -> list[str]:
        said = {"/": answer(b"<rss/>", "226 IM Used", IM="feed"), "/other": answer(b"x", "226 IM Used", IM="vcdiff")}
        async with raw(said) as server, web() as client:
            page = await fetch(client, server.url + "/", replace(STATE, etag='"old"'))
            assert isinstance(page, Page) and page.delta and b"A-IM: feed\r\n" in server.asked[0]
            known = replace(STATE, last_modified=DATE)
            errors = [
                await refusal(client, server.url + "/", known),
                await refusal(client, server.url + "/other", known),
            ]
            return [error.kind for error in errors]

    assert asyncio.run(main()) == ["status-226", "status-226"]


def test_a_304_may_name_new_validators_and_keeps_the_old_ones_otherwise() -> None:
    async def main() -> None:
        moved = answer(b"", "304 Not Modified", ETag='"new"', Content_Length="")
        async with raw({"/": moved}) as server, web() as client:
            got = await fetch(client, server.url + "/", replace(STATE, etag='"old"', last_modified=DATE))
            assert got == NotModified(etag='"new"', last_modified=DATE)
            assert (await refusal(client, server.url + "/")).kind == "protocol"

    asyncio.run(main())


@pytest.mark.parametrize(
    ("status", "value", "seconds"),
    [
        ("429 Too Many Requests", "120", 120.0),
        ("503 Service Unavailable", LATER, 120.0),
        ("503 Service Unavailable", "-5", 0.0),
        ("429 Too Many Requests", "315360000", 86400.0),
        ("429 Too Many Requests", "Tue, 14 Oct 2125 09:00:00 GMT", 86400.0),
        ("429 Too Many Requests", DATE, 0.0),
        ("429 Too Many Requests", "soon", None),
        ("500 Internal Server Error", "", None),
        ("403 Forbidden", "9" * 400, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(status: str, value: str, seconds: float | None) -> None:
    async def main() -> FetchError:
        async with raw({"/": answer(b"no", status, Retry_After=value, Date=DATE)}) as server, web() as client:
            return await refusal(client, server.url + "/")

    error = asyncio.run(main())
    assert (error.kind, error.status, error.retry_after) == (f"status-{status[:3]}", int(status[:3]), seconds)
    assert status[:3] in str(error)


def test_a_host_that_asks_for_silence_gets_it_from_all_its_feeds() -> None:
    async def main() -> None:
        paths = {"/a": answer(b"", "429 Too Many Requests", Retry_After="300"), "/b": answer(b"<rss/>")}
        async with raw(paths) as server, web() as client:
            assert "asks us to come back in 300 s" in str(await refusal(client, server.url + "/a"))
            error = await refusal(client, server.url + "/b")
            assert (error.kind, len(server.asked)) == ("status-429", 1)
            assert error.retry_after is not None and 290 < error.retry_after <= 300

    asyncio.run(main())


def test_a_feed_that_is_gone_says_so() -> None:
    async def main() -> FetchError:
        async with raw({"/": answer(b"", "410 Gone")}) as server, web() as client:
            return await refusal(client, server.url + "/")

    error = asyncio.run(main())
    assert (error.kind, error.status) == ("gone", 410)


def test_redirects_are_followed_and_the_final_url_is_told() -> None:
    async def main() -> None:
        paths = {
            "/1": answer(b"", "301 Moved Permanently", Location="/2"),
            "/2": answer(b"moved", "302 Found", Location="3?x=ä"),
            "/3?x=%C3%A4": answer(b"<rss/>"),
        }
        async with raw(paths) as server, web() as client:
            page = await fetch(client, server.url + "/1")
            assert isinstance(page, Page) and page.url == server.url + "/3?x=%C3%A4"
            assert page.moved == server.url + "/2"  # up to there every hop was for good

    asyncio.run(main())


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("/", "redirect"),
        ("", "redirect"),
        ("ftp://x.example/", "scheme"),
        ("http://a b/", "address"),
        ("http://[", "address"),
    ],
)
def test_a_redirect_that_leads_nowhere_is_an_error(location: str, kind: str) -> None:
    async def main() -> tuple[str, int]:
        async with raw({"/": answer(b"", "302 Found", Location=location)}) as server, web() as client:
            return (await refusal(client, server.url + "/")).kind, len(server.asked)

    got, requests = asyncio.run(main())
    assert got == kind and requests <= QUICK.redirects + 1


def test_nothing_a_first_server_gave_is_shown_to_a_second() -> None:
    async def main() -> bytes:
        async with raw({"/": answer(b"<rss/>")}) as second, raw({}) as first:
            first.paths["/"] = answer(b"", "302 F", Location=second.url + "/", Set_Cookie="session=secret; Path=/")
            async with web() as client:
                await fetch(client, first.url + "/")
                await fetch(client, first.url + "/")
                assert b"secret" not in b"".join(first.asked)
            return b"".join(second.asked)

    heads = asyncio.run(main()).lower()
    assert [word in heads for word in (b"cookie", b"authorization", b"referer", b"secret")] == [False] * 4


def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would connect wherever it likes, past every check of ours."""

    async def main() -> int:
        async with raw({"/": answer(b"<rss/>")}) as proxy, raw({"/": answer(b"<rss/>")}) as server:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.url)
            async with web() as client:
                await fetch(client, server.url + "/")
            return proxy.connections

    assert asyncio.run(main()) == 0


def test_a_body_without_length_ends_with_the_connection() -> None:
    async def close(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n<rss/>")
        writer.write_eof()

    async def main() -> None:
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<rs\r\n3\r\ns/>\r\n0\r\nX: y\r\n\r\n"
        early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer(b"<rss/>")
        async with raw({"/close": close, "/chunked": chunked, "/early": early}) as server, web() as client:
            for path in server.paths:
                page = await fetch(client, server.url + path)
                assert isinstance(page, Page) and page.body == b"<rss/>"

    asyncio.run(main())


def test_a_kept_connection_that_the_server_closed_is_replaced() -> None:
    async def once(writer: asyncio.StreamWriter) -> None:
        writer.write(answer(b"<rss/>"))  # says keep-alive, and hangs up

    async def main() -> int:
        async with raw({"/": once}) as server, web() as client:
            for _ in range(3):
                await fetch(client, server.url + "/")
            return server.connections

    assert asyncio.run(main()) == 3


def test_one_host_gets_one_request_at_a_time() -> None:
    async def slow(writer: asyncio.StreamWriter) -> None:
        for byte in answer(b"<rss/>"):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)

    async def main() -> int:
        async with raw({"/": slow}) as server, web() as client:
            await asyncio.gather(*(fetch(client, server.url + "/") for _ in range(5)))
            return server.most_open

    assert asyncio.run(main()) == 1


def test_public_hosts_are_given_a_breath_between_two_requests() -> None:
    """Unknown hosts count as public; the name is resolved only once the breath is taken."""

    async def nowhere(host: str, port: int) -> list[str]:
        asked.append(asyncio.get_running_loop().time())
        raise FetchError("no such name", kind="dns")

    asked: list[float] = []

    async def main() -> None:
        async with web(Limits(spacing=0.2), resolve=nowhere) as client:
            for _ in range(2):
                assert (await refusal(client, "http://feeds.example/")).kind == "dns"

    asyncio.run(main())
    assert asked[1] - asked[0] >= 0.19
