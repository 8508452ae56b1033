"""`monitor feeds`: what an address offers, what polls covered, OPML there and back."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from monitor.cli import group
from monitor.sources.discovery import feeds_of
from monitor.store import open_store
from tests.databases import sqlite
from tests.newsroom import Item, rss
from tests.peers import FeedServer
from tests.routes import CHIPS, DULL, FIRST, OLD, Route

RULES = """
[watch]
H200 = "H200"
[feeds]
one = "https://one.example/feed?a=1&b=2"
"two words" = "https://two.example/feed"
[settings]
private_networks = ["127.0.0.0/8"]
"""
PAGE = """<html><head><base href="/news/"><title>x</title>
<link rel="alternate" type="application/rss+xml" title="All &amp; more" href="feed.xml">
<link rel="stylesheet" type="text/css" href="style.css"><link rel="alternate" hreflang="en" href="/en">
<link rel='alternate' type='application/atom+xml; charset=utf-8' href='{url}/atom'></head><body>no feed</body></html>"""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with rules."""
    (tmp_path / "rules.toml").write_text(RULES)
    return tmp_path


def run(office: Path, *words: str) -> Result:
    """The verb on the office's database."""
    places = ["--rules", str(office / "rules.toml"), "--database", f"sqlite:///{office}/monitor.db"]
    return CliRunner().invoke(group, [*places, "feeds", *words])


def test_a_feed_is_described_with_what_would_hit_and_its_bytes_can_be_kept(office: Path) -> None:
    with FeedServer() as server:
        server.put("/feed", rss([CHIPS, DULL]), headers={"Cache-Control": "max-age=300"})
        told = run(office, "probe", f"{server.url}/feed", "--save", str(office / "raw.xml"))
    assert told.exit_code == 0
    assert "2 entries, 2 with id, 2 with date" in told.stdout and "answers conditionally" in told.stdout
    assert f"would hit H200: {CHIPS.title}" in told.stdout
    assert (office / "raw.xml").read_bytes() == rss([CHIPS, DULL])


def test_a_page_is_asked_for_the_feeds_it_names(office: Path) -> None:
    with FeedServer() as server:
        server.put("/", PAGE.format(url=server.url), content_type="text/html")
        server.put("/news/feed.xml", rss([OLD]))
        told = run(office, "probe", f"{server.url}/", "--json")
    first, second, third = json.loads(told.stdout)["data"]
    assert told.exit_code == 0
    assert [url.removeprefix(server.url) for url, _ in first["named"]] == ["/news/feed.xml", "/atom"]
    assert first["error"] and second["entries"] == 1 and "404" in third["error"]


def test_an_address_without_a_feed_is_a_negative_answer(office: Path) -> None:
    with FeedServer() as server:
        told = run(office, "probe", f"{server.url}/nothing")
    assert told.exit_code == 1 and "no feed" in told.stdout


def test_no_page_makes_the_reader_of_links_fail() -> None:
    assert feeds_of("<link rel=alternate type=application/rss+xml>" * 9 + "<" * 500, "https://x.example") == []
    many = "".join(f'<link rel="alternate" type="application/rss+xml" href="{n}">' for n in range(99))
    assert len(feeds_of(many, "https://x.example/")) == 20


def test_opml_goes_out_and_comes_back_as_lines(office: Path) -> None:
    out = run(office, "export").stdout
    urls = [outline.get("xmlUrl") for outline in ElementTree.fromstring(out.split("?>")[1]).iter("outline")]
    assert urls == ["https://one.example/feed?a=1&b=2", "https://two.example/feed"]
    more = out.replace("</body>", '<outline title="one" xmlUrl="https://three.example/f"/><outline text="x"/></body>')
    (office / "in.opml").write_text(more)
    assert run(office, "import", str(office / "in.opml")).stdout == '"one 2" = "https://three.example/f"\n'


@pytest.mark.parametrize("text", ["<opml", '<!DOCTYPE x [<!ENTITY a "b">]><opml/>'])
def test_what_is_no_opml_is_refused(office: Path, text: str) -> None:
    (office / "in.opml").write_text(text)
    assert run(office, "import", str(office / "in.opml")).exit_code == 2


def test_a_window_that_rolled_over_completely_is_counted_told_and_answered_with_a_faster_poll(office: Path) -> None:
    with open_store(sqlite(office)) as store:
        route = Route(store, office)
        route.web.pages[FIRST] = rss([Item(f"Alt {n}", f"Nummer {n} von gestern.", f"old-{n}") for n in range(6)])
        route.go()
        route.web.pages[FIRST] = rss([Item(f"Neu {n}", f"Nummer {n} von heute.", f"new-{n}") for n in range(6)])
        [report] = [one for one in route.go(minutes=10) if one.source == "first"]
        assert report.overrun
        due = store.views.status(route.clock()).feeds[0].next_poll - route.clock()
        assert due.total_seconds() == 150
        route.web.pages[FIRST] = rss([Item("Neu 7", "x", "new-7"), Item("Neu 5", "Nummer 5 von heute.", "new-5")])
        assert not [one for one in route.go(minutes=10) if one.overrun]
        [first, _] = store.coverage.since(route.clock().date())
        assert (first.feed, first.polls, first.overruns, first.fresh) == ("first", 3, 1, 7)
        assert [one.overruns for one in store.alarms.feeds(route.clock())] == [1, 0]
    (office / "rules.toml").write_text(RULES)
    told = run(office, "coverage", "--since", "5000d")
    assert told.exit_code == 1 and "overruns" in told.stderr
    assert run(office, "list").exit_code == 0


def test_a_feed_that_is_suddenly_empty_is_in_trouble_and_keeps_its_validators(office: Path) -> None:
    with open_store(sqlite(office)) as store:
        route = Route(store, office)
        route.web.pages[FIRST] = rss([Item(f"Alt {n}", f"Nummer {n}.", f"old-{n}") for n in range(6)])
        route.go()
        route.web.pages[FIRST] = rss([])
        [report] = [one for one in route.go(minutes=10) if one.source == "first"]
        assert report.error == "the feed is empty; it had 6 entries before"
