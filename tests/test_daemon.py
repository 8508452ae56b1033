"""The daemon as a process: feeds on loopback in, alerts at a real webhook and a real mail server out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemons import Daemon
from tests.peers import FeedServer, Mailbox, Webhook
from tests.rss_documents import Item, rss
from tests.test_fulltext import STORY, TEASER, markup

OLD = Item("Nvidia liefert mehr H200-Chips als geplant", "Die Nachfrage bleibt hoch.", guid="old-1")
CHIPS = Item("Peking erlaubt den Kauf von H200-Chips", "Mehrere Konzerne wollen bestellen.", guid="chips-1")
MODEL = Item("Alibaba veröffentlicht Qwen3-Max", "Das Modell schlägt seinen Vorgänger.", guid="model-1")
LISTING = Item("T-Head vor dem Börsengang", "Die Chip-Sparte bereitet sich vor.", guid="listing-1")
DULL = Item("Wetter: Regen im Norden", "Es bleibt nass.", guid="dull-1")

PAGE = (
    "Der Anlagenbauer hat im dritten Quartal mehr verdient als erwartet, sagte die Chefin am Montag.\n"
    "Anzeige\nKüstenwind Stock: Buy or Sell? New Küstenwind Analysis from 3 March delivers the answer:\n\n"
)
BOOK = {  # a JSON Feed, because RSS of this size takes a second to read, and a loaded machine has three
    "version": "https://jsonfeed.org/version/1.1",
    "title": "First",
    "items": [
        {"id": "book-1", "title": "Ein Buch", "content_text": PAGE * (4_400_000 // len(PAGE)) + "Am Ende der Qwen."}
    ],
}

RULES = """
[watch]
H200 = "H200"
Qwen = "Qwen"

[feeds.first]
url = "{feeds}/first"
every = "1s"
full_text = "never"

[feeds.second]
url = "{feeds}/second"
every = "1s"
full_text = "never"

[notify]
hook = "{hook}"
mail = "{mail}"

[settings]
private_networks = ["127.0.0.0/8"]
"""


class Desk:
    """Two feeds, a webhook, a mailbox and the rules that join them."""

    def __init__(self, folder: Path, feeds: FeedServer, hook: Webhook, box: Mailbox) -> None:
        self.feeds, self.hook, self.box = feeds, hook, box
        self.rules = folder / "rules.toml"
        self.database = f"sqlite:///{folder / 'monitor.db'}"
        self.write(RULES)
        self.publish("first", OLD, DULL)
        self.publish("second", DULL)

    def write(self, rules: str, *, deaf: bool = False) -> None:
        """Save the rules, as an editor that writes in place; deaf: with channels where nobody listens."""
        hook = "json://127.0.0.1:9/hook" if deaf else self.hook.apprise_url
        mail = "mailto://127.0.0.1:9?mode=insecure&from=monitor@example.org&to=reader@example.org"
        self.rules.write_text(
            rules.format(feeds=self.feeds.url, hook=hook, mail=mail if deaf else self.box.apprise_url)
        )

    def publish(self, name: str, *items: Item) -> None:
        """Put a feed on the air with these items."""
        self.feeds.put(f"/{name}", rss(items, name=name), content_type="application/rss+xml")

    def daemon(self, *arguments: str) -> Daemon:
        """Start a daemon on these rules."""
        return Daemon(self.rules, self.database, *arguments)

    def settled(self) -> None:
        """Wait until both feeds were asked twice from now: the first answer has been settled by the second."""
        seen = len(self.feeds.requests)
        self.feeds.wait(seen + 4, 20)

    def asked(self, path: str) -> None:
        """Wait until a feed was asked once more."""
        requests = self.feeds.requests
        before = [request.path for request in requests].count(path)
        while [request.path for request in requests].count(path) == before:
            requests = self.feeds.wait(len(requests) + 1, 20)

    def told(self, title: str, timeout: float) -> None:
        """Wait until the webhook was told of a title."""
        posts = self.hook.posts
        while not any(title in post.json["title"] for post in posts):
            posts = self.hook.wait(len(posts) + 1, timeout)

    @property
    def titles(self) -> list[str]:
        """What the webhook was told, in order of arrival."""
        return [post.json["title"] for post in self.hook.posts]

    @property
    def subjects(self) -> list[str]:
        """What the mailbox was told."""
        return [str(mail.message["Subject"]) for mail in self.box.mails]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with FeedServer() as feeds, Webhook() as hook, Mailbox() as box:
        yield Desk(tmp_path, feeds, hook, box)


def about(item: Item, titles: list[str]) -> int:
    """How many of the titles are about the item."""
    return sum(item.title in title for title in titles)


def test_a_new_article_is_told_once_on_every_channel_and_old_ones_are_not(desk: Desk) -> None:
    with desk.daemon() as daemon:
        daemon.wait_for("READY=1")
        desk.settled()
        desk.publish("first", CHIPS, OLD, DULL)
        desk.publish("second", MODEL, DULL)
        desk.hook.wait(2)
        desk.box.wait(2)
        desk.settled()
        assert daemon.stop() == 0
    assert [about(item, desk.titles) for item in (OLD, CHIPS, MODEL, DULL)] == [0, 1, 1, 0]
    assert [about(item, desk.subjects) for item in (OLD, CHIPS, MODEL, DULL)] == [0, 1, 1, 0]


def test_a_watch_added_while_it_runs_takes_effect_and_old_articles_stay_untold(desk: Desk) -> None:
    with desk.daemon() as daemon:
        daemon.wait_for("READY=1")
        desk.settled()
        desk.write(RULES.replace('Qwen = "Qwen"', 'Qwen = "Qwen"\nListing = "Börsengang"\nRain = "Regen"'))
        daemon.wait_for("RELOADING=1", timeout=5)
        desk.publish("second", LISTING, DULL)
        desk.hook.wait(1)
        desk.settled()
    assert [about(item, desk.titles) for item in (LISTING, DULL)] == [1, 0]


def test_an_article_of_4_mb_is_told_and_holds_up_no_other_feed(desk: Desk) -> None:
    """A feed that waited for the long article's turn would wait longer than the webhook is given here."""
    with desk.daemon() as daemon:
        daemon.wait_for("READY=1")
        desk.settled()
        desk.feeds.put("/first", json.dumps(BOOK), content_type="application/feed+json")
        desk.asked("/first")
        desk.publish("second", CHIPS, DULL)
        desk.told(CHIPS.title, 20)
        desk.publish("second", MODEL, CHIPS, DULL)
        desk.told(MODEL.title, 20)
        desk.told("Ein Buch", 60)
        assert daemon.stop() == 0
    assert sorted(desk.titles) == sorted(["H200: " + CHIPS.title, "Qwen: " + MODEL.title, "Qwen: Ein Buch"])


def test_a_broken_edit_keeps_the_watches_that_worked(desk: Desk) -> None:
    with desk.daemon() as daemon:
        daemon.wait_for("READY=1")
        desk.settled()
        desk.write(RULES.replace('H200 = "H200"', 'H200 = ["H200", ""]'))
        daemon.wait_for("STATUS=rules.toml", timeout=10)
        desk.publish("first", CHIPS, OLD, DULL)
        desk.hook.wait(1)
    assert about(CHIPS, desk.titles) == 1


def test_kill_9_between_store_and_send_loses_nothing_and_repeats_nothing(desk: Desk) -> None:
    """Nobody listens at first, so alerts are stored and none is sent when the process dies; the rules are edited while
    it runs, and the last article comes while it is down."""
    desk.write(RULES, deaf=True)
    with desk.daemon() as daemon:
        daemon.wait_for("READY=1")
        desk.settled()
        more = RULES.replace('Qwen = "Qwen"', 'Qwen = "Qwen"\nListing = "Börsengang"')
        desk.write(more, deaf=True)
        daemon.wait_for("RELOADING=1", timeout=5)
        desk.publish("first", CHIPS, OLD, DULL)
        desk.publish("second", MODEL, DULL)
        desk.settled()
        daemon.kill()
    assert desk.titles == desk.subjects == []
    desk.write(more)
    desk.publish("second", LISTING, MODEL, DULL)
    with desk.daemon() as daemon:
        daemon.wait_for("READY=1")
        desk.hook.wait(3, 40)
        desk.box.wait(3, 40)
        desk.settled()
    assert [about(item, desk.titles) for item in (OLD, CHIPS, MODEL, LISTING)] == [0, 1, 1, 1]
    assert [about(item, desk.subjects) for item in (OLD, CHIPS, MODEL, LISTING)] == [0, 1, 1, 1]


def test_kill_9_in_the_middle_of_a_send_repeats_at_most_that_message_and_says_so(desk: Desk) -> None:
    with desk.daemon() as daemon:
        daemon.wait_for("READY=1")
        desk.settled()
        desk.hook.answer(held=True)
        desk.publish("first", CHIPS, OLD, DULL)
        desk.hook.wait(1)
        daemon.kill()
    desk.hook.release()
    with desk.daemon() as daemon:
        daemon.wait_for("READY=1")
        desk.hook.wait(2, 40)
        desk.settled()
    first, second = (post.json["message"] for post in desk.hook.posts)
    assert "possible repeat" not in first.lower() and "possible repeat" in second.lower()


def test_articles_published_while_it_was_down_are_told_after_the_start(desk: Desk) -> None:
    with desk.daemon() as daemon:
        daemon.wait_for("READY=1")
        desk.settled()
        daemon.kill()
    desk.publish("first", CHIPS, OLD, DULL)
    with desk.daemon() as daemon:
        daemon.wait_for("READY=1")
        desk.hook.wait(1)
        desk.settled()
    assert [about(item, desk.titles) for item in (OLD, CHIPS)] == [0, 1]


def test_a_message_on_its_way_is_finished_before_the_process_ends(desk: Desk) -> None:
    with desk.daemon() as daemon:
        daemon.wait_for("READY=1")
        desk.settled()
        desk.hook.answer(held=True)
        desk.publish("first", CHIPS, OLD, DULL)
        desk.hook.wait(1)
        daemon.process.terminate()
        daemon.wait_for("STOPPING=1")
        desk.hook.release()
        assert daemon.process.wait(20) == 0
    with desk.daemon() as daemon:
        daemon.wait_for("READY=1")
        desk.settled()
    assert about(CHIPS, desk.titles) == 1


def test_systemd_is_fed_while_work_is_done(desk: Desk) -> None:
    with Daemon(desk.rules, desk.database, watchdog=1.5) as daemon:
        daemon.wait_for("READY=1")
        daemon.wait_for("WATCHDOG=1", times=3)
        assert daemon.stop() == 0
        daemon.wait_for("STOPPING=1")


def test_a_term_that_stands_only_on_the_article_s_page_is_told(desk: Desk) -> None:
    desk.write(RULES.replace('full_text = "never"', 'full_text = "auto"'))
    link = desk.feeds.put("/page", markup(*STORY), content_type="text/html; charset=utf-8")
    with desk.daemon() as daemon:
        daemon.wait_for("READY=1")
        desk.settled()
        desk.publish("first", Item("Werk im Norden", TEASER, "werk", link=link), OLD, DULL)
        desk.hook.wait(1, 30)
        assert desk.titles == ["H200: Werk im Norden"]
        assert daemon.stop() == 0
