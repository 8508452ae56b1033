"""Hubs are asked, answered, renewed and left as the rules and the feeds have it; and no stranger gets in with them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.core.websub.subscription import RSSCLOUD, SubscriptionState
from monitor.store.store import Store
from tests.peers import FeedServer, Hub
from tests.peers.hub import call
from tests.peers.server import Response
from tests.push_fixture import CHIPS, OLD, RULES, Desk

SOON, NORMAL, SLOW = timedelta(0), timedelta(minutes=5), timedelta(minutes=30)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Iterator[Desk]:
    with FeedServer() as feeds, Hub() as hub:
        yield Desk(store, tmp_path, feeds, hub)


def test_a_feed_that_left_the_rules_is_answered_410_and_its_hub_told_goodbye(desk: Desk) -> None:
    async def main() -> None:
        async with desk.running():
            form = await desk.subscribed()
            desk.write(url=desk.topic + "?other", rules=RULES.replace("first =", "second ="))
            await desk.push.apply_rules()
            assert (await desk.deliver(form, CHIPS)).status == 410
            goodbye = await desk.subscribed(2)
            assert goodbye == {key: form[key] for key in ("hub.callback", "hub.topic")} | {"hub.mode": "unsubscribe"}
            assert desk.hub.wait_verified(2)[1].status == 200
            assert await desk.push.request_subscriptions() == 0
            assert (await desk.deliver(form, CHIPS)).status == 410
            assert desk.told == [] and desk.one.state is SubscriptionState.UNWANTED

    asyncio.run(main())


def test_a_feed_that_refuses_push_is_not_subscribed_and_one_that_does_later_is_left(desk: Desk) -> None:
    async def main() -> None:
        async with desk.running():
            await desk.subscribed()
            desk.write(feed=", push = false")
            await desk.push.apply_rules()
            assert (await desk.subscribed(2))["hub.mode"] == "unsubscribe"
            desk.write()
            await desk.push.apply_rules()
            assert (await desk.subscribed(3))["hub.mode"] == "subscribe"
            assert desk.one.state is SubscriptionState.ACTIVE

    asyncio.run(main())


def test_a_hub_that_says_no_is_noted_and_the_feed_polled_as_before(desk: Desk) -> None:
    async def main() -> None:
        desk.hub.reason = "topic not hosted here"
        async with desk.running():
            await desk.subscribed()
            assert (desk.one.state, desk.one.error) == (
                SubscriptionState.DENIED,
                "the hub says no: topic not hosted here",
            )
            assert desk.hub.wait_verified(1)[0].status == 200
            assert await desk.push.request_subscriptions() == 0 and desk.wait == NORMAL
            desk.clock.turn(days=1)
            assert await desk.push.request_subscriptions() == 1
            await asyncio.to_thread(desk.hub.wait_verified, 2)  # it asks back from a thread of its own

    asyncio.run(main())


def test_a_shorter_lease_is_kept_and_renewed_in_time(desk: Desk) -> None:
    async def main() -> None:
        desk.hub.lease = "3600"
        async with desk.running():
            form = await desk.subscribed()
            assert desk.one.expires_at == desk.clock() + timedelta(hours=1)
            desk.clock.turn(minutes=39)
            assert await desk.push.request_subscriptions() == 0
            desk.clock.turn(minutes=1)
            assert await desk.subscribed(2) == form
            assert desk.one.expires_at == desk.clock() + timedelta(hours=1)

    asyncio.run(main())


@pytest.mark.parametrize("first", [True, False])
def test_a_hub_may_ask_back_before_it_answers(desk: Desk, first: bool) -> None:
    async def main() -> None:
        desk.hub.first = first
        async with desk.running():
            await desk.subscribed()
            assert desk.one.state is SubscriptionState.ACTIVE and desk.one.failures == 0

    asyncio.run(main())


def test_a_refusal_that_comes_late_spoils_nothing_that_came_after_it(desk: Desk) -> None:
    async def main() -> None:
        async with desk.running():
            [late] = desk.store.subscriptions.claim(desk.rules.settings.callback, desk.clock(), 1)
            desk.clock.turn(minutes=10)
            await desk.subscribed()
            known = desk.one
            desk.hub.refuses = Response(500, b"too late")
            await desk.push.request_subscription(late)
            assert desk.one == known and known.state is SubscriptionState.ACTIVE

    asyncio.run(main())


def test_where_the_first_hub_fails_the_second_is_asked(desk: Desk) -> None:
    async def main() -> None:
        with Hub() as broken:
            broken.refuses = Response(500, b"out of order")
            desk.publish(OLD, link=f'<{broken.hub}>; rel="hub", {desk.link}')
            async with desk.running():
                assert await desk.push.request_subscriptions() == 1
                await desk.subscribed()
                bad, good = desk.store.subscriptions.list()
                assert (bad.state, bad.error) == (SubscriptionState.WANTED, "the hub answers 500: out of order")
                assert (good.state, good.rank) == (SubscriptionState.ACTIVE, 1)
                desk.clock.turn(days=1)
                assert await desk.push.request_subscriptions() == 0

    asyncio.run(main())


def test_nothing_is_asked_while_nobody_listens_and_nothing_is_relied_on_afterwards(desk: Desk) -> None:
    async def main() -> None:
        async with desk.running():
            form = await desk.subscribed()
            await desk.deliver(form, OLD)
            await desk.poll(minutes=5)
            assert desk.wait == SLOW
        await desk.push.distrust()
        assert desk.wait == SOON
        desk.clock.turn(days=20)
        assert await desk.push.request_subscriptions() == 0
        assert desk.one.proven_at is None and desk.one.state is SubscriptionState.ACTIVE

    asyncio.run(main())


@pytest.mark.parametrize("inside", ["hub", "topic"])
def test_a_hub_or_topic_in_a_private_net_is_refused_unless_it_is_allowed(desk: Desk, inside: str) -> None:
    async def main() -> None:
        hub, topic = ("http://10.0.0.1/hub", desk.topic) if inside == "hub" else (desk.hub.hub, "http://10.0.0.1/rss")
        desk.publish(OLD, link=f'<{hub}>; rel="hub", <{topic}>; rel="self"')
        async with desk.running():
            await desk.push.request_subscriptions()
            assert desk.one.error and desk.one.error.startswith("10.0.0.1 is not a public address")
            assert desk.hub.asked == []

    asyncio.run(main())


def test_a_cloud_is_registered_challenged_pinged_and_asked_again_after_a_day(desk: Desk) -> None:
    async def main() -> None:
        desk.publish(OLD, link="")
        desk.parser.said = {"cloud": desk.hub.cloud, "topic": desk.topic}
        async with desk.running():
            form = await desk.subscribed()
            assert desk.hub.wait_verified(1)[0].status == 200
            assert (desk.one.kind, desk.one.state) == (RSSCLOUD, SubscriptionState.ACTIVE)
            assert (await asyncio.to_thread(desk.hub.ping, form, "https://other.example/")).status == 404
            desk.publish(CHIPS, OLD, link="")
            assert (await asyncio.to_thread(desk.hub.ping, form, desk.topic)).status == 202
            await desk.poll()
            assert desk.told == [CHIPS.title] and desk.wait == NORMAL
            desk.clock.turn(hours=23)
            assert await desk.push.request_subscriptions() == 0
            desk.clock.turn(hours=1)
            await desk.subscribed(2)
            assert desk.one.expires_at == desk.clock() + timedelta(hours=25)

    asyncio.run(main())


def test_an_unknown_token_is_answered_like_any_unknown_path(desk: Desk) -> None:
    async def main() -> None:
        async with desk.running():
            for path in ("/push/" + "x" * 43, "/", "/favicon.ico"):
                for method in ("GET", "POST"):
                    answered = await asyncio.to_thread(call, method, f"http://127.0.0.1:{desk.port}{path}")
                    assert (answered.status, answered.text) == (404, "not found")

    asyncio.run(main())
