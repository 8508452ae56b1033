"""A storm, an outage, a first sight: a few messages, none lost, at the pace of the place."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.core.alerts.pacing import DIGESTS
from monitor.core.alerts.policy import FLOOD_LIMIT
from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Address, Answer, Target
from monitor.pipeline import deliver as dispatching
from monitor.pipeline.deliver import Deliverer, targets_by_address
from monitor.store.store import Store
from tests.daemons import Daemon
from tests.peers import FeedServer, Webhook
from tests.route_fixture import DULL, FIRST, OLD, RULES, Route, send_due
from tests.rss_documents import Item, rss

MANY, WATCHES = 300, 60
HOOK = "https://hooks.slack.com/services/T1JJ3T3L2/B1BRTD4JD/TIiajkdnlazkcOXrIdevi7"
FEEDS = RULES[RULES.index("[feeds") : RULES.index("[notify")]


def rules(*channels: str, watches: int = WATCHES, more: str = "") -> str:
    """As many watches as articles have names; channels: URLs."""
    watch = "\n".join(f'w{n} = "Firma{n}"' for n in range(watches))
    notify = "\n".join(f'c{n} = "{url}"' for n, url in enumerate(channels))
    return f"[watch]\n{watch}\n{more}\n{FEEDS}\n[notify]\n{notify}\n"


def news(count: int, *, watches: int = WATCHES) -> list[Item]:
    """Articles that have nothing in common, each about one firm."""
    return [
        Item(f"Firma{n % watches} baut Werk {n}", f"Halle {n * 7} in Ort{n * 13} kostet {n * 3 + 5} Taler.", f"n{n}")
        for n in range(count)
    ]


@pytest.fixture
def route(store: Store, tmp_path: Path) -> Iterator[Route]:
    yield Route(store, tmp_path)


def told(route: Route) -> str:
    return "\n".join(f"{message.title}\n{message.body}" for _, message in route.mouth.said)


def flush(route: Route, turns: int = 10) -> None:
    """Send until nothing waits, with the time between the turns that puts nothing off for ever."""
    for _ in range(turns):
        route.send()
        route.clock.turn(minutes=2)


def all_sent(route: Route) -> bool:
    states = route.states()
    return {key.split()[0] for key in states} <= {"sent", "suppressed"} and route.store.views.ledger().balanced


def test_a_first_sight_with_backfill_under_many_watches_is_a_few_messages_with_every_article(route: Route) -> None:
    route.obey(rules("json://hook.example/alerts"))
    route.backfill = timedelta(days=4000)
    route.web.pages[FIRST] = rss(news(MANY))
    route.go()
    flush(route)
    assert len(route.told) <= FLOOD_LIMIT + DIGESTS
    assert all(f"Werk {n}" in told(route) for n in range(MANY))
    assert all_sent(route)


@pytest.mark.parametrize("url", ["gotify://h.example/token", "slack://T1JJ3T3L2/B1BRTD4JD/TIiajkdnlazkcOXrIdevi7"])
def test_every_article_of_an_outage_is_named_where_a_message_holds_few(
    route: Route, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    SkippedSleeps(monkeypatch)
    route.obey(rules(url))
    route.go()
    route.mouth.moods = [DeliveryError("down", answer=Answer.NOT_SENT)] * 1000
    route.web.pages[FIRST] = rss([*news(MANY), OLD, DULL])
    route.go(hours=1)
    assert route.told == []
    route.mouth.moods = []
    route.clock.turn(minutes=16)
    flush(route)
    assert all(re.search(rf"Werk {n}\b", told(route)) for n in range(MANY)) and all_sent(route)
    assert len(route.told) <= FLOOD_LIMIT + DIGESTS


def test_a_known_feed_that_brings_hundreds_at_once_does_not_flood(route: Route) -> None:
    route.obey(rules("json://hook.example/alerts"))
    route.go()
    route.web.pages[FIRST] = rss([*news(MANY), OLD, DULL])
    route.go(minutes=10)
    flush(route)
    assert 0 < len(route.told) <= FLOOD_LIMIT + DIGESTS
    assert all(f"Werk {n}" in told(route) for n in range(MANY)) and all_sent(route)


def test_an_outage_of_the_channel_ends_in_a_few_messages(route: Route) -> None:
    route.obey(rules("json://hook.example/alerts"))
    route.go()
    for hour in range(1, 6):
        route.mouth.moods = [DeliveryError("down", answer=Answer.NOT_SENT)] * 1000
        route.web.pages[FIRST] = rss([*news(hour * 40), OLD, DULL])
        route.go(hours=1)
    assert route.told == []
    route.mouth.moods = []
    route.clock.turn(minutes=16)
    flush(route)
    assert len(route.told) <= FLOOD_LIMIT + DIGESTS
    assert all(f"Werk {n}" in told(route) for n in range(200)) and all_sent(route)


def test_a_start_with_a_backlog_in_the_database_is_no_flood(route: Route) -> None:
    route.obey(rules("json://hook.example/alerts"))
    route.go()
    route.web.pages[FIRST] = rss([*news(MANY), OLD, DULL])
    route.clock.turn(minutes=10)
    route.poll()
    claimed = route.store.outbox.claim(route.clock(), "here:0:1:1", timedelta(minutes=10), 5000)
    assert len(claimed) == MANY
    route.store.outbox.recover(lambda owner: owner == "here:0:1:1", route.clock())
    for _ in range(3):
        route.send(owner="here:0:2:2")
    assert len(route.told) <= FLOOD_LIMIT + DIGESTS and all_sent(route)


def test_an_article_of_more_watches_than_a_claim_takes_is_one_message(
    route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "CLAIM_LIMIT", 50)
    route.obey(rules("json://hook.example/alerts", "json://hook.example/second", watches=240))
    route.go()
    text = " ".join(f"Firma{n}" for n in range(240))
    route.web.pages[FIRST] = rss([Item("Alle auf einmal", text, "all"), OLD, DULL])
    route.go(minutes=10)
    for _ in range(3):
        route.send()
    assert len(route.told) == 2  # one for each channel
    for _, message in route.mouth.said:
        assert "and 230 more watches" in message.body and len(message.title) <= 200 and len(message.body) < 3000
        assert (len(message.watches), message.watch_count) == (10, 240)
    assert all_sent(route)


def speaking(route: Route) -> Deliverer:
    """A dispatch that lives for more than one turn."""
    return Deliverer(route.store, route.mouth, "here:0:1:1", route.clock, lambda: 0.5)


class SkippedSleeps:
    """Sleeps that are not slept: the loop's times at which they would end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.woken: list[float] = []
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.woken.append(asyncio.get_running_loop().time() + seconds)


def waiting(route: Route, count: int, *channels: str) -> dict[Address, Target]:
    """A route with so many articles to tell at these channels."""
    route.obey(rules(*channels))
    route.go()
    route.web.pages[FIRST] = rss([*news(count), OLD, DULL])
    route.clock.turn(minutes=10)
    route.poll()
    return targets_by_address(route.settings.channels)


def test_two_channels_with_one_slack_address_share_its_pace(route: Route, monkeypatch: pytest.MonkeyPatch) -> None:
    known = waiting(route, 4, HOOK, HOOK.replace("https://hooks.slack.com/services/", "slack://"))
    sleeps = SkippedSleeps(monkeypatch)
    asyncio.run(send_due(speaking(route), known))
    assert len(route.told) == 8
    assert len(sleeps.woken) == 7
    assert all(later - earlier > 0.99 for earlier, later in pairwise(sorted(sleeps.woken)))


def test_a_place_that_asks_for_a_pause_gets_no_other_message_meanwhile(route: Route) -> None:
    known = waiting(route, 6, "json://hook.example/alerts")
    route.mouth.moods = [DeliveryError("busy", answer=Answer.REFUSED_FOR_NOW, retry_after=120.0)]

    async def main() -> None:
        dispatch = speaking(route)
        await send_due(dispatch, known)
        assert route.told == [] and dispatch.refused == 1
        route.clock.turn(seconds=60)
        assert await send_due(dispatch, known) == 0
        route.clock.turn(seconds=61)
        assert await send_due(dispatch, known) == 6

    asyncio.run(main())
    assert len(route.told) == 6 and all_sent(route)
    assert "possible repeat" not in told(route)


def test_what_becomes_urgent_overtakes_a_backlog(route: Route) -> None:
    known = waiting(route, 40, "json://hook.example/alerts")
    urgent = 'loud = { any = ["Eilmeldung"], priority = "urgent" }'
    route.obey(rules("json://hook.example/alerts", more=urgent))
    polled: list[int] = []
    say = route.mouth.send

    async def send(target: Target, message: object) -> None:
        """Something happens after the third message."""
        await say(target, message)  # type: ignore[arg-type]
        if len(route.told) == 3 and not polled:
            polled.append(1)
            route.web.pages[FIRST] = rss([Item("Eilmeldung aus Bern", "Es ist soweit.", "u"), *news(40), OLD, DULL])
            route.clock.turn(minutes=6)
            await asyncio.to_thread(route.poll)

    route.mouth.send = send  # type: ignore[method-assign]
    asyncio.run(send_due(speaking(route), known))
    assert "Eilmeldung" in route.told[4] or "Eilmeldung" in route.told[3]
    assert all_sent(route)


def test_the_daemon_tells_a_first_sight_of_1900_items_in_a_few_posts_and_names_them_all(tmp_path: Path) -> None:
    with FeedServer() as feeds, Webhook() as hook:
        feeds.put("/first", rss(news(1900, watches=240)), content_type="application/rss+xml")
        text = rules("HOOK", watches=240).replace("HOOK", hook.apprise_url).replace(FIRST, f"{feeds.url}/first")
        text = "\n".join(line for line in text.splitlines() if not line.startswith("second"))
        path = tmp_path / "rules.toml"
        path.write_text(f'{text}\n[settings]\nprivate_networks = ["127.0.0.0/8"]\n')
        with Daemon(path, f"sqlite:///{tmp_path / 'monitor.db'}", "--backfill", "9000d") as daemon:
            daemon.wait_for("READY=1", timeout=60)
            hook.wait(FLOOD_LIMIT + 1, 120)
            until = time.monotonic() + 120
            while len(named := named_in(hook)) < 1900 and time.monotonic() < until:
                time.sleep(0.1)
            assert daemon.stop() == 0
        assert len(named) == 1900 and len(hook.posts) <= FLOOD_LIMIT + DIGESTS


def named_in(hook: Webhook) -> set[str]:
    """The numbers of the articles that were told of."""
    told = "\n".join(f"{post.json['title']}\n{post.json['message']}" for post in hook.posts)
    return set(re.findall(r"baut Werk (\d+)", told))
