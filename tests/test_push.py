"""What is pushed is told once and never lost, whatever comes in its way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.core.errors import ParseError, StoreError
from monitor.core.model.polling import Claim
from monitor.pipeline import push
from monitor.store.store import Store
from tests.peers import FeedServer, Hub
from tests.push_fixture import CHIPS, MODEL, OLD, Desk
from tests.rss_documents import Item

SOON, NORMAL, SLOW = timedelta(0), timedelta(minutes=5), timedelta(minutes=30)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Iterator[Desk]:
    with FeedServer() as feeds, Hub() as hub:
        yield Desk(store, tmp_path, feeds, hub)


def test_a_push_and_the_polls_after_it_tell_an_article_once_and_remember_what_they_did(desk: Desk) -> None:
    async def main() -> None:
        async with desk.running():
            form = await desk.subscribed()
            before = desk.store.coverage.since(desk.clock().date())
            assert (await desk.deliver(form, CHIPS)).status == 200
            assert desk.told == [CHIPS.title] and desk.wait == NORMAL
            assert desk.store.coverage.since(desk.clock().date()) == before
            desk.publish(CHIPS, OLD)
            [report] = await desk.poll(minutes=5)
            assert (report.outcome, report.articles, report.overrun) == ("unchanged", 0, False)
            assert desk.told == [CHIPS.title]
            assert (await desk.deliver(form, CHIPS, OLD)).status == 200
            assert desk.told == [CHIPS.title]

    asyncio.run(main())


def test_a_push_of_one_article_is_no_sign_that_the_feed_shrunk_or_ran_over(desk: Desk) -> None:
    async def main() -> None:
        old = [Item(f"Wetter {number}", "Regen.", guid=f"w-{number}") for number in range(9)]
        desk.publish(*old)
        async with desk.running():
            form = await desk.subscribed()
            await desk.deliver(form, CHIPS)
            [report] = await desk.poll(minutes=5)
            assert (report.outcome, report.error, report.overrun) == ("unchanged", None, False)

    asyncio.run(main())


def test_a_push_and_a_poll_at_the_same_time_tell_an_article_once(desk: Desk) -> None:
    async def main() -> None:
        async with desk.running():
            form = await desk.subscribed()
            items = [OLD]
            for number in range(5):
                items = [Item(f"H200-Meldung Nummer {number}", f"Text {number}.", guid=f"n-{number}"), *items]
                desk.publish(*items)
                desk.clock.turn(hours=1)
                answers = await asyncio.gather(desk.poll(), desk.deliver(form, *items), desk.deliver(form, *items))
                assert {answer.status for answer in answers[1:]} <= {200, 202}
            await desk.poll(hours=1)
            assert sorted(desk.told) == sorted(item.title for item in items[:-1])

    asyncio.run(main())


def test_a_push_while_its_feed_is_polled_has_it_polled_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The poll may have looked before the article was there: what it stores must not cover the announcement."""
    monkeypatch.setattr(push, "CLAIM_ATTEMPTS", 2)

    async def main() -> None:
        async with desk.running():
            form = await desk.subscribed()
            desk.publish(OLD, held=True)
            polling = asyncio.create_task(desk.poll(minutes=5))
            await asyncio.to_thread(desk.feeds.wait, 2)
            assert (await desk.deliver(form, CHIPS)).status == 202
            assert desk.poll_event.is_set() and desk.told == []
            desk.feeds.release()
            await polling
            assert desk.wait == SOON
            desk.publish(CHIPS, OLD)
            await desk.poll()
            assert desk.told == [CHIPS.title] and desk.wait == NORMAL

    asyncio.run(main())


def test_a_push_waits_for_the_poll_of_its_feed_to_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    seize, refused = desk.store.subscriptions.claim_feed, threading.Event()

    def seizing(name: str, owner: str, now: datetime, lease: timedelta) -> Claim | None:
        claim = seize(name, owner, now, lease)
        if claim is None:
            refused.set()
        return claim

    monkeypatch.setattr(desk.store.subscriptions, "claim_feed", seizing)

    async def main() -> None:
        async with desk.running():
            form = await desk.subscribed()
            desk.publish(OLD, held=True)
            polling = asyncio.create_task(desk.poll(minutes=5))
            await asyncio.to_thread(desk.feeds.wait, 2)
            delivering = asyncio.create_task(desk.deliver(form, CHIPS))
            assert await asyncio.to_thread(refused.wait, 10)
            desk.feeds.release()
            await polling
            assert (await delivering).status == 200 and desk.told == [CHIPS.title]

    asyncio.run(main())


NO_FEEDS = [b"", b"<html><p>something is new</p></html>", b"\x00\xff", b"<rss version='2.0'><channel/></rss>"]


@pytest.mark.parametrize("body", NO_FEEDS)
def test_a_thin_ping_has_the_feed_polled_at_once_and_proves_nothing(desk: Desk, body: bytes) -> None:
    async def main() -> None:
        async with desk.running():
            form = await desk.subscribed()
            desk.publish(CHIPS, OLD)
            answered = await asyncio.to_thread(desk.hub.push, form, body)
            assert answered.status == 202 and desk.wait == SOON and desk.poll_event.is_set()
            await desk.poll()
            assert desk.told == [CHIPS.title] and desk.wait == NORMAL
            assert (desk.one.pushes, desk.one.proven_at) == (1, None)

    asyncio.run(main())


@pytest.mark.parametrize("failure", [ParseError("no"), StoreError("locked"), RuntimeError("a bug")])
def test_a_push_that_cannot_be_stored_has_the_feed_polled_at_once(desk: Desk, failure: Exception) -> None:
    async def main() -> None:
        async with desk.running():
            form = await desk.subscribed()
            await desk.deliver(form, OLD)
            desk.parser.failure = failure
            assert (await desk.deliver(form, CHIPS)).status == 202
            assert desk.wait == SOON and desk.one.proven_at is None
            desk.parser.failure = None
            desk.publish(CHIPS, OLD)
            await desk.poll()
            assert desk.told == [CHIPS.title]

    asyncio.run(main())


def test_a_push_that_takes_long_is_answered_before_polled_for_and_stored_all_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "STORE_TIMEOUT", 0.05)

    async def main() -> None:
        go = asyncio.Event()

        async def hold() -> None:
            await go.wait()

        async with desk.running():
            form = await desk.subscribed()
            desk.parser.before = hold
            assert (await desk.deliver(form, CHIPS)).status == 202
            assert desk.wait == SOON and desk.told == []
            go.set()
            await desk.push.finish(10)
            assert desk.told == [CHIPS.title] and desk.wait == SOON

    asyncio.run(main())


def test_polls_slow_down_while_pushes_come_and_return_when_one_was_missed(desk: Desk) -> None:
    async def main() -> None:
        async with desk.running():
            form = await desk.subscribed()
            await desk.poll(minutes=5)
            assert desk.wait == NORMAL, "nothing has proven itself yet"
            await desk.deliver(form, CHIPS, OLD)
            await desk.poll(minutes=5)
            assert desk.wait == SLOW
            desk.publish(MODEL, CHIPS, OLD)
            await desk.poll(minutes=30)
            assert MODEL.title in desk.told and desk.wait == NORMAL, "no push had brought it"
            await desk.poll(minutes=5)
            assert desk.wait == NORMAL
            await desk.deliver(form, OLD)
            await desk.poll(minutes=5)
            assert desk.wait == SLOW

    asyncio.run(main())


def test_an_article_that_is_younger_than_its_push_may_be_costs_no_trust(desk: Desk) -> None:
    async def main() -> None:
        async with desk.running():
            await desk.deliver(await desk.subscribed(), OLD)
            await desk.poll(minutes=5)
            desk.clock.turn(minutes=29)
            date = f"{desk.clock():%a, %d %b %Y %H:%M:%S} +0000"
            desk.publish(Item("Neues vom H200", "Ein Text.", guid="n", date=date), OLD)
            await desk.poll(minutes=1)
            assert len(desk.told) == 1 and desk.wait == SLOW

    asyncio.run(main())
