"""`monitor feeds`: what an address offers, which feeds a site has, one more of them, what polls covered."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli import group
from monitor.cli.feeds.add import site_name
from monitor.store.store import open_store
from tests.databases import sqlite
from tests.peers import FeedServer
from tests.route_fixture import BOTH, CHIPS, DULL, FIRST, OLD, Route
from tests.rss_documents import Item, rss

RULES = """# mine
[watch]
H200 = "H200"
[feeds]
one = "https://one.example/feed?a=1&b=2"   # keep
off = { url = "https://off.example/feed", enabled = false }
[settings]
private_networks = ["127.0.0.0/8"]
"""
EARLIER = Item("Pegel", "Ruhig.", date="Mon, 23 Nov 2026 08:30:00 +0000")
EARLIEST = Item("Fähren", "Pünktlich.", date="Mon, 23 Nov 2026 07:50:00 +0000")
PAGE = """<html><head><base href="/news/"><title>Kieler Blatt</title>
<link rel="alternate" type="application/rss+xml" title="All &amp; more" href="feed.xml">
<link rel="stylesheet" type="text/css" href="style.css"><link rel="alternate" hreflang="en" href="/en">
<link rel='alternate' type='application/atom+xml; charset=utf-8' href='{url}/atom'></head><body>no feed</body></html>"""
BARE = "<html><head><title>Kiel</title></head><body><article><h2><a href=/a>H200 in Kiel</a></h2></article>"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with rules."""
    (tmp_path / "rules.toml").write_text(RULES)
    return tmp_path


@pytest.fixture
def server() -> Iterator[FeedServer]:
    """A site."""
    with FeedServer() as running:
        yield running


def run(office: Path, *words: str) -> Result:
    """The verb on the office's database."""
    places = ["--rules", str(office / "rules.toml"), "--database", f"sqlite:///{office}/monitor.db"]
    return CliRunner().invoke(group, [*places, "feeds", *words])


def data(result: Result) -> Any:
    envelope = json.loads(result.stdout)
    assert set(envelope) == {"schema", "ok", "data", "errors"}
    return envelope["data"]


def test_a_feed_is_described_to_the_last_detail_and_its_bytes_and_head_can_be_kept(
    office: Path, server: FeedServer
) -> None:
    server.put("/feed", rss([CHIPS, DULL, EARLIER, EARLIEST]), headers={"Cache-Control": "max-age=300"})
    server.put("/old", "", status=301, headers={"Location": f"{server.url}/feed"})
    told = run(office, "probe", f"{server.url}/old", "--save", str(office / "raw.xml"))
    assert told.exit_code == 0
    for line in (
        "answer      200, application/rss+xml; charset=utf-8",
        f"redirects   to {server.url}/feed, for good",
        "caching     ETag; fresh for 5 min (max-age)",
        "push        none named",
        "entries     4: 4 with id, 4 with date",
        "usually 35 min apart",
        "texts       teasers",
        f"watches     would hit H200 (1): {CHIPS.title}",
    ):
        assert line in told.stdout
    assert f"Next: monitor feeds add {server.url}/feed" in told.stderr
    assert (office / "raw.xml").read_bytes() == rss([CHIPS, DULL, EARLIER, EARLIEST])
    head = (office / "raw.xml.headers").read_text().splitlines()
    assert head[:2] == ["HTTP/1.1 200", "content-type: application/rss+xml; charset=utf-8"]
    assert max(map(len, told.stdout.splitlines())) <= 80


def test_a_page_names_its_feeds_and_nothing_else_is_asked(office: Path, server: FeedServer) -> None:
    server.put("/", PAGE.format(url=server.url), content_type="text/html")
    told = run(office, "probe", f"{server.url}/", "--json")
    assert told.exit_code == 1 and len(server.requests) == 1
    assert data(told)["named"] == [f"{server.url}/news/feed.xml", f"{server.url}/atom"]
    assert "web page called" in data(told)["error"] and data(told)["status"] == 200


def test_a_page_is_probed_with_a_selector(office: Path, server: FeedServer) -> None:
    server.put("/", BARE, content_type="text/html")
    told = run(office, "probe", f"{server.url}/", "--select", "article")
    assert told.exit_code == 0 and "would hit H200 (1): H200 in Kiel" in told.stdout
    none = run(office, "probe", f"{server.url}/", "--select", "li")
    assert none.exit_code == 1 and 'the selector "li" finds nothing on the page "Kiel"' in none.stdout


def test_what_is_offered_to_copy_is_one_word_for_a_shell(office: Path, server: FeedServer) -> None:
    url = server.put("/feed?a=1&b=$(date)", rss([DULL]))
    assert f"Next: monitor feeds add '{url}'" in run(office, "probe", url).stderr


def test_an_address_without_a_feed_is_a_negative_answer(office: Path, server: FeedServer) -> None:
    told = run(office, "probe", f"{server.url}/nothing")
    assert told.exit_code == 1 and "answer      404" in told.stdout and "no feed" in told.stdout
    assert run(office, "probe", "https://[::1/").exit_code == 1


def test_the_feeds_a_page_names_are_looked_at_and_those_that_are_none_are_told(
    office: Path, server: FeedServer
) -> None:
    server.put("/", PAGE.format(url=server.url), content_type="text/html")
    server.put("/news/feed.xml", rss([OLD, BOTH]))
    told = run(office, "discover", f"{server.url}/")
    assert told.exit_code == 0
    assert told.stdout.startswith(f"{server.url}/news/feed.xml\n") and "2 entries" in told.stdout
    assert f"would hit H200 (2): {OLD.title}" in told.stdout
    assert f"no feed: {server.url}/atom: the server answers 404" in told.stderr
    assert [one.path for one in server.requests] == ["/", "/news/feed.xml", "/atom"]


def test_a_feed_that_only_the_headers_of_a_page_name_is_found(office: Path, server: FeedServer) -> None:
    link = '<chips>; rel="alternate"; type="application/rss+xml"'
    server.put("/start", BARE, content_type="text/html", headers={"Link": link})
    server.put("/chips", rss([OLD]))
    found = data(run(office, "discover", f"{server.url}/start", "--json"))
    assert [one["url"] for one in found["feeds"]] == [f"{server.url}/chips"]
    assert found["requests"] == 2


def test_where_a_page_names_none_what_is_usual_is_asked_until_the_first_that_is_one(
    office: Path, server: FeedServer
) -> None:
    server.put("/start", BARE, content_type="text/html")
    server.put("/feed.xml", rss([OLD]))
    found = data(run(office, "discover", f"{server.url}/start", "--json"))
    assert [one["url"] for one in found["feeds"]] == [f"{server.url}/feed.xml"]
    assert found["requests"] == len(server.requests) == 5


def test_eight_requests_are_the_most_and_the_way_out_is_named(office: Path, server: FeedServer) -> None:
    many = "".join(f"<link rel=alternate type=application/rss+xml href=/{n}>" for n in range(20))
    server.put("/many", f"<html><head>{many}", content_type="text/html")
    server.put("/bare/", BARE, content_type="text/html")
    for page in ("/many", "/bare/"):
        before = len(server.requests)
        told = run(office, "discover", f"{server.url}{page}")
        assert told.exit_code == 1 and told.stdout == ""
        assert len(server.requests) - before == 8
    assert f"`monitor feeds probe {server.url}/bare/ --select article`" in told.stderr


def test_a_sitemap_of_news_and_a_page_that_marks_its_articles_are_found_too(office: Path, server: FeedServer) -> None:
    server.put("/", BARE, content_type="text/html")
    site_map = "<urlset><url><loc>https://x.example/h200-da</loc></url></urlset>"
    server.put("/sitemap-news.xml", site_map, content_type="application/xml")
    assert [one["kind"] for one in data(run(office, "discover", f"{server.url}/", "--json"))["feeds"]] == ["sitemap"]
    server.remove("/sitemap-news.xml")
    server.put("/", BARE.replace("<article>", "<article class=h-entry>"), content_type="text/html")
    [page] = data(run(office, "discover", f"{server.url}/", "--json"))["feeds"]
    assert (page["kind"], page["form"], page["hits"][0]["titles"]) == ("page", "h-feed", ["H200 in Kiel"])


def test_an_index_of_sitemaps_leads_to_the_newest_of_them(office: Path, server: FeedServer) -> None:
    index = "<sitemapindex><sitemap><loc>https://x.example/news.xml</loc></sitemap></sitemapindex>"
    url = server.put("/sitemap.xml", index, content_type="application/xml")
    told = run(office, "probe", url).stdout
    assert "form        sitemap index" in told and "leads to    https://x.example/news.xml" in told


def test_a_server_that_is_not_there_is_asked_once(office: Path) -> None:
    told = run(office, "discover", "http://127.0.0.1:9/")
    assert told.exit_code == 1 and "addresses were asked" not in told.stderr


def test_the_one_feed_of_a_page_is_added_as_one_line(office: Path, server: FeedServer) -> None:
    server.put("/", PAGE.format(url=server.url), content_type="text/html")
    server.put("/news/feed.xml", rss([OLD, DULL]))
    told = run(office, "add", f"{server.url}/", "--name", "kiel", "--every", "10m")
    line = f'kiel = {{ url = "{server.url}/news/feed.xml", every = "10m" }}'
    assert told.exit_code == 0 and f"+{line}\n" in told.stdout
    lines = (office / "rules.toml").read_text().splitlines(keepends=True)
    assert lines.pop(6) == f"{line}\n" and "".join(lines) == RULES
    assert "2 entries" in told.stderr and "would hit H200 (1)" in told.stderr and "baseline" in told.stderr


def test_a_dry_run_prints_the_line_and_writes_nothing(office: Path, server: FeedServer) -> None:
    server.put("/feed", rss([DULL]))
    told = run(office, "add", f"{server.url}/feed", "--dry-run")
    assert told.stdout == f'"127.0.0.1" = "{server.url}/feed"\n'
    assert "no watch would hit" in told.stderr and (office / "rules.toml").read_text() == RULES


def test_of_several_feeds_one_is_to_be_chosen(office: Path, server: FeedServer) -> None:
    server.put("/", PAGE.format(url=server.url), content_type="text/html")
    server.put("/news/feed.xml", rss([OLD]))
    server.put("/atom", rss([DULL]))
    told = run(office, "add", f"{server.url}/")
    assert told.exit_code == 1 and "2 feeds are found" in told.stderr
    assert f"{server.url}/news/feed.xml\n" in told.stdout and f"{server.url}/atom\n" in told.stdout
    assert (office / "rules.toml").read_text() == RULES


@pytest.mark.parametrize(
    "url",
    ["http://one.example/feed/?a=1&b=2", "https://one.example/feed?a=1&b=2&utm_source=x", "https://off.example/feed"],
)
def test_what_is_watched_already_is_not_even_asked(office: Path, url: str) -> None:
    told = run(office, "add", url)
    assert told.exit_code == 1 and ('"one" watches' in told.stderr or '"off" watches' in told.stderr)


def test_what_moved_to_a_watched_address_is_known_too(office: Path, server: FeedServer) -> None:
    server.put("/feed", rss([OLD]))
    server.put("/old", "", status=308, headers={"Location": f"{server.url}/feed"})
    assert run(office, "add", f"{server.url}/old", "--name", "neu").exit_code == 0
    assert tomllib.loads((office / "rules.toml").read_text())["feeds"]["neu"] == f"{server.url}/feed"
    assert '"neu" watches' in run(office, "add", f"{server.url}/old").stderr


def test_a_page_is_added_with_its_selector(office: Path, server: FeedServer) -> None:
    url = server.put("/", BARE, content_type="text/html")
    assert run(office, "add", url, "--select", "article", "--name", "kiel").exit_code == 0
    added = tomllib.loads((office / "rules.toml").read_text())["feeds"]["kiel"]
    assert added == {"url": url, "kind": "page", "select": "article"}


def test_what_would_be_a_mistake_is_not_written(office: Path, server: FeedServer) -> None:
    url = server.put("/feed", rss([OLD]))
    assert run(office, "add", url, "--every", "10ms").exit_code == 78
    assert run(office, "add", url, "--name", "one").exit_code == 78
    assert run(office, "add", url, "--every", "often").exit_code == 2
    assert run(office, "add", f"{url}?${{TOKEN}}").exit_code == 2
    assert run(office, "add", f"{server.url}/none").exit_code == 1  # though /feed is a good guess
    assert (office / "rules.toml").read_text() == RULES


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.boerse-global.de/feed", "boerse-global"),
        ("https://news.bbc.co.uk/rss", "bbc"),
        ("https://nvidianews.nvidia.com/releases.xml", "nvidia"),
        ("http://127.0.0.1:8080/feed", "127.0.0.1"),
        ("http://localhost/feed", "localhost"),
        ("https://co.uk/", "co"),
    ],
)
def test_a_feed_is_called_by_its_site(url: str, name: str) -> None:
    assert site_name(url) == name


def test_every_verb_of_the_group_is_there_and_a_mistyped_one_is_answered(office: Path) -> None:
    told = run(office, "--help")
    for verb in ("list", "coverage", "discover", "add", "probe", "poll", "import", "export"):
        assert f"\n  {verb} " in told.stdout
        assert run(office, verb, "--help").exit_code == 0
    assert "Did you mean 'discover'?" in run(office, "discovr").stderr


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
        assert [one.overruns for one in store.alarms.feed_health(route.clock())] == [1, 0]
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
