"""The cases of websub.rocks for subscribers, by their numbers, against a hub on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor.core.websub.subscription import SubscriptionState
from monitor.store.store import Store, open_store
from tests.databases import sqlite
from tests.peers import FeedServer, Hub
from tests.peers.hub import CHALLENGE
from tests.push_fixture import CHIPS, OLD, Desk

Case = Callable[[Desk], Awaitable[None]]


@contextmanager
def desk(store: Store, folder: Path) -> Iterator[Desk]:
    with FeedServer() as feeds, Hub() as hub:
        yield Desk(store, folder, feeds, hub)


async def confirmed(desk: Desk, topic: str) -> None:
    """The hub was asked for the topic, asked back, and got its challenge."""
    async with desk.running():
        form = await desk.subscribed()
        assert form["hub.topic"] == topic and form["hub.mode"] == "subscribe"
        [answered] = desk.hub.wait_verified(1)
        assert (answered.status, answered.text) == (200, CHALLENGE)
        assert answered.content_type.startswith("text/plain")
        assert desk.one.state is SubscriptionState.ACTIVE


async def from_header(desk: Desk) -> None:
    await confirmed(desk, desk.topic)


async def from_body(desk: Desk) -> None:
    """Where a document names its hubs is for the parsers to find; here the listing says so."""
    desk.publish(OLD, link="")
    desk.parser.said = {"hubs": (desk.hub.hub,), "topic": desk.topic}
    await confirmed(desk, desk.topic)


async def header_beats_body(desk: Desk) -> None:
    desk.parser.said = {"hubs": ("http://127.0.0.1:9/no-hub",), "topic": "http://127.0.0.1:9/no-topic"}
    await confirmed(desk, desk.topic)


async def another_self(desk: Desk) -> None:
    desk.publish(OLD, link=f'<{desk.hub.hub}>; rel="hub", <https://first.example/canonical>; rel="self"')
    await confirmed(desk, "https://first.example/canonical")


def moved_topic(status: int) -> Case:
    async def case(desk: Desk) -> None:
        desk.feeds.put("/old", b"", status=status, headers={"Location": "/rss"})
        desk.write(url=desk.feeds.url + "/old")
        await confirmed(desk, desk.topic)

    return case


def moved_hub(status: int) -> Case:
    async def case(desk: Desk) -> None:
        desk.publish(OLD, link=f'<{desk.hub.moved(status)}>; rel="hub", <{desk.topic}>; rel="self"')
        await confirmed(desk, desk.topic)
        assert [asked.path for asked in desk.hub.asked] == [f"/moved/{status}", "/hub"]

    return case


async def unknown_topic_or_mode(desk: Desk) -> None:
    async with desk.running():
        form = await desk.subscribed()
        before = desk.one
        asked = {"hub.topic": desk.topic, "hub.challenge": "x", "hub.mode": "subscribe", "hub.lease_seconds": "9999"}
        for change in ({"hub.topic": "https://other.example/"}, {"hub.mode": "publish"}, {"hub.mode": "unsubscribe"}):
            answered = await asyncio.to_thread(desk.hub.verify, form["hub.callback"], asked | change)
            assert (answered.status, answered.text) == (404, "not found")
        assert desk.one == before


async def delivery(desk: Desk) -> None:
    async with desk.running():
        form = await desk.subscribed()
        for algorithm in ("sha1", "sha256", "sha384", "sha512"):
            assert (await desk.deliver(form, CHIPS, OLD, algorithm=algorithm)).status == 200
        assert desk.told == [CHIPS.title]
        assert (desk.one.pushes, desk.one.discarded) == (4, 0)


def unsigned(**how: object) -> Case:
    async def case(desk: Desk) -> None:
        async with desk.running():
            form = await desk.subscribed()
            assert (await desk.deliver(form, CHIPS, OLD, **how)).status == 202
            assert (await desk.deliver(form, CHIPS, OLD, **how)).status == 202
            assert desk.told == [] and desk.reports == []
            assert (desk.one.pushes, desk.one.discarded, desk.one.proven_at) == (0, 2, None)

    return case


CASES: list[tuple[int, str, Case]] = [
    (100, "a hub in the HTTP header is found", from_header),
    (101, "a hub in a document's body is found: <link> of HTML", from_body),
    (102, "a hub in a document's body is found: <link> of Atom", from_body),
    (103, "a hub in a document's body is found: <atom:link> of RSS", from_body),
    (104, "the header beats the body", header_beats_body),
    (200, "the topic is what the feed calls itself, also where it is read elsewhere", another_self),
    (201, "a feed that is elsewhere for now is subscribed to by its name there (302)", moved_topic(302)),
    (202, "a feed that moved for good is subscribed to by its name there (301)", moved_topic(301)),
    (203, "a hub that is elsewhere for now is asked there (307)", moved_hub(307)),
    (204, "a hub that moved for good is asked there (308)", moved_hub(308)),
    (205, "a verification of what was not asked for is answered 404 and changes nothing", unknown_topic_or_mode),
    (300, "a signed delivery is stored, told once and answered 200, in every algorithm", delivery),
    (301, "a delivery with a signature that is not ours is answered 2xx and discarded", unsigned(secret="other")),
    (302, "a delivery without a signature is answered 2xx and discarded", unsigned(signed=False)),
]


@pytest.mark.parametrize(("case"), [case for _, _, case in CASES], ids=[f"{no} {said}" for no, said, _ in CASES])
def test_websub_rocks(case: Case, tmp_path: Path) -> None:
    with open_store(sqlite(tmp_path)) as store, desk(store, tmp_path) as ours:
        asyncio.run(case(ours))  # type: ignore[arg-type]
