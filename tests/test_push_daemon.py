"""The daemon as a process, pushed by a hub on loopback: an alert in less than a second, and kill -9 loses nothing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.daemons import Daemon
from tests.peers import FeedServer, Hub, Webhook
from tests.push_fixture import CHIPS, MODEL, OLD, free_port
from tests.rss_documents import Item, rss

RULES = """
[watch]
H200 = "H200"
[feeds]
first = {{ url = "{feed}", every = "1h", full_text = "never" }}
[notify]
hook = "{hook}"
[settings]
private_networks = ["127.0.0.0/8"]
callback = "http://127.0.0.1:{port}/push/"
listen = "127.0.0.1:{port}"
"""


class Desk:
    """A feed that is polled once an hour, its hub, a webhook, and the rules that join them."""

    def __init__(self, folder: Path, feeds: FeedServer, hub: Hub, hook: Webhook) -> None:
        self.feeds, self.hub, self.hook = feeds, hub, hook
        self.port = free_port()
        self.rules = folder / "rules.toml"
        self.database = f"sqlite:///{folder / 'monitor.db'}"
        self.feed = feeds.url + "/rss"
        self.publish(OLD)
        self.write()

    def write(self, rules: str = RULES, *, deaf: bool = False) -> None:
        """Save the rules; deaf: with a channel where nobody listens."""
        hook = "json://127.0.0.1:9/hook" if deaf else self.hook.apprise_url
        self.rules.write_text(rules.format(feed=self.feed, hook=hook, port=self.port))

    def publish(self, *items: Item) -> None:
        """Put the feed on the air with these items."""
        link = f'<{self.hub.hub}>; rel="hub", <{self.feed}>; rel="self"'
        self.feeds.put("/rss", rss(items), headers={"Link": link})

    def daemon(self) -> Daemon:
        """Start a daemon on these rules."""
        return Daemon(self.rules, self.database)

    @property
    def titles(self) -> list[str]:
        """What the webhook was told, in order of arrival."""
        return [post.json["title"] for post in self.hook.posts]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with FeedServer() as feeds, Hub() as hub, Webhook() as hook:
        yield Desk(tmp_path, feeds, hub, hook)


def test_from_push_to_alert_takes_less_than_a_second(desk: Desk) -> None:
    taken = []
    with desk.daemon() as daemon:
        desk.hub.wait_verified(1, 30)
        form = desk.hub.asked[0].form
        for number in range(5):
            news = Item(f"H200-Meldung Nummer {number}", f"Ein Text über {number} Chips.", guid=f"n-{number}")
            start = time.monotonic()
            assert desk.hub.push(form, rss([news, OLD])).status == 200
            desk.hook.wait(number + 1)
            taken.append(time.monotonic() - start)
        assert daemon.stop() == 0
    print("push to alert:", *(f"{1000 * one:.0f} ms" for one in taken))
    assert statistics.median(taken) < 1.0
    assert len(desk.feeds.requests) == 1, "no poll had to help"


def test_kill_9_right_after_the_answer_to_a_push_loses_nothing(desk: Desk) -> None:
    desk.write(deaf=True)
    with desk.daemon() as daemon:
        desk.hub.wait_verified(1, 30)
        assert desk.hub.push(desk.hub.asked[0].form, rss([CHIPS])).status == 200
        daemon.kill()
    assert desk.titles == []
    desk.write()
    with desk.daemon():
        desk.hook.wait(1, 40)
        desk.feeds.wait(2)
        assert desk.hub.push(desk.hub.asked[0].form, rss([MODEL, CHIPS])).status == 200
        desk.hook.wait(2, 40)
    assert [CHIPS.title in desk.titles[0], MODEL.title in desk.titles[1]] == [True, True]


def test_what_was_pushed_while_it_was_down_is_polled_at_the_start(desk: Desk) -> None:
    """The next poll is an hour away, and its hub gave up: a start relies on no push before it."""
    with desk.daemon() as daemon:
        desk.hub.wait_verified(1, 30)
        assert desk.hub.push(desk.hub.asked[0].form, rss([OLD])).status == 200
        daemon.kill()
    desk.publish(CHIPS, OLD)
    with desk.daemon():
        desk.hook.wait(1, 30)
    assert CHIPS.title in desk.titles[0]


def answered(desk: Desk, form: Mapping[str, str], wanted: int | None, seconds: float = 20.0) -> bool:
    """Push until it is answered as wanted (None: by nobody); False where that does not come."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            status: int | None = desk.hub.push(form, rss([CHIPS])).status
        except ConnectionError:
            status = None
        if status == wanted:
            return True
    return False


def test_a_reload_takes_push_away_and_brings_it_back(desk: Desk) -> None:
    with desk.daemon() as daemon:
        desk.hub.wait_verified(1, 30)
        form = desk.hub.asked[0].form
        desk.write("\n".join(line for line in RULES.splitlines() if "{port}" not in line))
        daemon.wait_for("READY=1", times=2)
        assert answered(desk, form, None)
        desk.write()
        daemon.wait_for("READY=1", times=3)
        assert answered(desk, form, 200)
        desk.hook.wait(1)
        assert daemon.stop() == 0


def test_a_port_that_is_taken_costs_push_and_nothing_else(desk: Desk) -> None:
    desk.write(RULES.replace("127.0.0.1:{port}", f"127.0.0.1:{desk.hub.port}").replace('"1h"', '"1s"'))
    with desk.daemon() as daemon:
        daemon.wait_for("READY=1")
        desk.feeds.wait(2, 20)
        desk.publish(CHIPS, OLD)
        desk.hook.wait(1)
        assert daemon.stop() == 0
        assert daemon.log.read_text().count("no feed is pushed to us: nobody can listen at") == 1
    assert desk.hub.asked == []
