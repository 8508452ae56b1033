"""Link headers as they really come: several, lower or upper case, quoted or not, relative, of other documents."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch import headers as links
from tests.fetch.raw_server import STATE, answer, fetch, raw, web

BASE = "https://first.example/feeds/rss"
HUB, SELF = "https://hub.example/", "https://first.example/rss"


def said(*headers: str) -> tuple[tuple[str, ...], str]:
    found = links.websub_links(
        links.parse_links(httpx.Headers([("Link", value) for value in headers]), httpx.URL(BASE))
    )
    return found["hubs"], found["topic"]


@pytest.mark.parametrize(
    ("headers", "hubs", "topic"),
    [
        ([], (), ""),
        ([f'<{HUB}>; rel="hub", <{SELF}>; rel="self"'], (HUB,), SELF),
        ([f"<{HUB}>;rel=hub", f"<{SELF}>;REL=Self"], (HUB,), SELF),
        ([f'<{HUB}> ; rel="hub nofollow" ; title="a, b; c"', f"<{SELF}>; rel='x'; rel=self"], (HUB,), ""),
        ([f'<{HUB}>; rel="hub self"'], (HUB,), HUB),
        ([f'<{HUB}>; rel="hub", <https://b.example/>; rel="hub"'], (HUB, "https://b.example/"), ""),
        (["</hub>; rel=hub, <other>; rel=self"], ("https://first.example/hub",), "https://first.example/feeds/other"),
        ([f'<{HUB}>; rel="hub"; anchor="https://else.example/"'], (), ""),
        (['<https://first.example/next>; rel="next"'], (), ""),
        ([f'<{HUB}; rel="hub"', "rel=hub", "<>", "<a\x7f>; rel=hub"], (), ""),
        ([f'<{HUB}>; rel="hub\\"; rel=self"'], (), ""),
    ],
)
def test_hubs_and_self_are_read(headers: list[str], hubs: tuple[str, ...], topic: str) -> None:
    assert said(*headers) == (hubs, topic)


def test_feeds_are_named_as_another_form_of_a_page() -> None:
    named = (
        '</rss>; rel="alternate"; type="application/rss+xml; charset=utf-8", <a.json>; type=application/feed+json; '
        'rel="alternate nofollow", </en>; rel=alternate; hreflang=en, </x>; rel=next; type="application/atom+xml"'
    )
    assert links.alternate_feeds(links.parse_links(httpx.Headers({"Link": named}), httpx.URL(BASE))) == (
        "https://first.example/rss",
        "https://first.example/feeds/a.json",
    )


@given(st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126)), max_size=5))
def test_no_header_breaks_a_fetch(headers: list[str]) -> None:
    said(*headers)


def test_a_header_that_is_not_closed_names_nothing() -> None:
    assert said("<") == said("<a") == ((), "")
    assert said('<a>;rel="\\') == ((), "")
    assert said("<a>; x ; x") == ((), "")


def test_a_page_and_a_304_hand_them_over() -> None:
    async def main() -> None:
        link = f'<{HUB}>; rel="hub", <{SELF}>; rel="self"'
        paths = {"/page": answer(b"<rss/>", Link=link), "/same": answer(status="304 Not Modified", Link=link)}
        async with raw(dict(paths)) as server, web() as client:
            for path in paths:
                known = STATE.__class__("s", STATE.next_poll_at, etag='"v"')
                found = await fetch(client, server.url + path, known)
                assert (found.hubs, found.topic) == ((HUB,), SELF)

    asyncio.run(main())
