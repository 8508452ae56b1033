"""A feed is its URL: under another name in rules.toml it keeps its memory, and what is new at that moment is told."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.service.once import poll_sources, send_due_deliveries
from monitor.service.reload import RulesReloader
from monitor.service.service import open_service
from monitor.service.tasks import ServiceTasks
from monitor.store.store import open_store
from tests.stories.documents import Entry
from tests.stories.scenario import OLD, Story, cases

ONE = Entry("Quorion opens a plant near Bergen", "It makes 40 turbines a year.", guid="one", link="https://w.example/1")
TWO = Entry(
    "Lumetra loses its founder", "Imre Valdo leaves for reasons of health.", guid="two", link="https://w.example/2"
)


def rename(story: Story, old: str, new: str, path: str = "") -> None:
    """Call a feed otherwise in rules.toml; path: another spelling of its URL."""
    story.paths[new] = path or story.paths.get(old, old)
    story.feeds[story.feeds.index(old)] = new


NAMES = ("agency", "Ad-hoc news", "日経", "wires2", "a.b")


@cases("name", NAMES)
def test_a_renamed_feed_tells_what_is_new_at_that_moment_and_nothing_old(story: Story, name: str) -> None:
    story.poll("wires", [ONE, OLD])  # first sight
    rename(story, "wires", name)
    assert story.new_alerts(name, [TWO, ONE, OLD]) == [TWO.title]
    assert story.new_alerts(name, [TWO, ONE, OLD]) == []
    assert [one.feed for one in story.articles()] == [name] * 3
    with open_store(story.database) as store:
        [feed] = store.views.status(story.clock()).feeds
    assert (feed.name, feed.former, feed.articles) == (name, "wires", 3)


@cases("path", ("wires/", "wires?utm_source=rss", "wires?fbclid=abc", "wires/?utm_medium=feed", "wires?"))
def test_another_spelling_of_the_url_under_another_name_is_the_same_feed(story: Story, path: str) -> None:
    story.poll("wires", [ONE, OLD])
    rename(story, "wires", "agency", path)
    assert story.new_alerts("agency", [TWO, ONE, OLD]) == [TWO.title]
    assert len(story.articles()) == 3


def test_a_feed_that_is_renamed_back_goes_on(story: Story) -> None:
    story.poll("wires", [OLD])
    rename(story, "wires", "agency", "wires")
    assert story.new_alerts("agency", [ONE, OLD]) == [ONE.title]
    rename(story, "agency", "wires", "wires")
    assert story.new_alerts("wires", [TWO, ONE, OLD]) == [TWO.title]
    assert [one.feed for one in story.articles()] == ["wires"] * 3


def test_two_feeds_that_swap_their_names_each_keep_their_memory(story: Story) -> None:
    story.poll_all({"wires": [ONE, OLD], "paper": [TWO]})
    story.paths = {"wires": "paper", "paper": "wires"}
    new = Entry("Osmara halts a line", "It stands still until spring.", guid="three", link="https://w.example/3")
    story.poll_all({"wires": [TWO], "paper": [new, ONE, OLD]})
    assert story.alerts == [new.title]
    assert {(one.feed, one.title) for one in story.articles()} == {
        ("paper", ONE.title), ("paper", OLD.title), ("paper", new.title), ("wires", TWO.title),
    }  # fmt: skip


def test_a_feed_that_takes_the_name_of_one_that_left_sets_its_articles_aside(story: Story) -> None:
    story.poll_all({"wires": [ONE, OLD], "paper": [TWO]})
    story.paths["paper"] = "wires"
    story.feeds.remove("wires")
    new = Entry("Osmara halts a line", "It stands still until spring.", guid="three", link="https://w.example/3")
    assert story.new_alerts("paper", [new, ONE, OLD]) == [new.title]
    assert {(one.feed, one.title) for one in story.articles()} == {
        ("paper", ONE.title), ("paper", OLD.title), ("paper", new.title), ("paper (former)", TWO.title),
    }  # fmt: skip


def test_a_second_entry_with_a_known_url_takes_nothing_from_the_first(story: Story) -> None:
    story.poll("wires", [ONE, OLD])
    story.paths["more"] = "wires"
    story.poll_all({"wires": [ONE, OLD], "more": [ONE, OLD]})
    assert story.alerts == []
    assert sorted(one.feed for one in story.articles()) == ["more", "more", "wires", "wires"]


def test_of_two_feeds_with_one_url_the_one_that_is_renamed_takes_its_own_memory_along(story: Story) -> None:
    story.paths["more"] = "wires"
    story.poll_all({"wires": [ONE, OLD], "more": [ONE, OLD]})
    rename(story, "more", "other", "wires")
    assert story.new_alerts("other", [TWO, ONE, OLD]) == [TWO.title]
    assert sorted({one.feed for one in story.articles()}) == ["other", "wires"]


def test_a_watch_that_names_the_feed_is_told_under_the_new_name(story: Story) -> None:
    story.watches = {"plant": {"any": ["Quorion"], "feeds": ["wires"]}}
    story.poll("wires", [OLD])
    rename(story, "wires", "agency")
    story.watches = {"plant": {"any": ["Quorion"], "feeds": ["agency"]}}
    assert story.new_alerts("agency", [ONE, OLD]) == [ONE.title]


def test_a_mute_of_the_feed_holds_under_the_new_name(story: Story) -> None:
    story.poll("wires", [OLD])
    with open_store(story.database) as store:
        now = story.clock()
        store.mutes.add("feed", "wires", now.replace(hour=23), now)
    rename(story, "wires", "agency")
    assert story.new_alerts("agency", [ONE, OLD]) == []
    assert story.new_alerts("agency", [TWO, ONE, OLD], days=1) == [TWO.title]


def test_a_feed_that_is_renamed_while_the_program_runs_goes_on_at_once(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    story.poll("wires", [ONE, OLD])
    rules = Path(story.folder / "rules.toml")

    async def run() -> None:
        async with open_service(story.database, RulesReloader(rules), now=story.clock) as service:
            [claim] = service.store.polls.claim(story.clock(), "another", timedelta(minutes=2), 1, only=["wires"])
            rename(story, "wires", "agency")
            rules.write_text(story.rules_text())  # noqa: ASYNC240 - a file of a test
            await service.rules.read()
            await service.apply_rules()
            story.serve("agency", [TWO, ONE, OLD])
            assert claim.state.source == "wires"  # a poll in flight under the old name does not keep the feed
            tasks = ServiceTasks(service)
            reports = await poll_sources(tasks, ["agency"])
            await send_due_deliveries(tasks)
            assert [(one.source, one.articles) for one in reports] == [("agency", 1)]

    with caplog.at_level("INFO"):
        asyncio.run(run())
    assert story.alerts == [TWO.title]
    assert "the feed wires is called agency now" in caplog.text
