"""The verbs that say why: test, explain, replay, search, nearmiss, and the one that adds a watch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import group
from monitor.cli.explain import limit_lines
from monitor.clock import utcnow
from monitor.config.load import load_rules
from monitor.core.model.alerts import Address, DeliveryState, Intent, Reason
from monitor.core.model.articles import Article, Recognition, Relation, StoryRelation
from monitor.core.model.polling import ArticleDecision
from monitor.store.store import Store, open_store
from tests.analysed import article_keys, match_article
from tests.databases import sqlite
from tests.peers import FeedServer
from tests.store.samples import LEASE, ME, kept

RULES = """
[watch]
H200 = "H200"
[watch.listing]
any = ["T-Head"]
near = { words = 5, any = ["@ipo"] }
hits = ["T-Head plant den Börsengang"]
misses = ["T-Head baut Chips"]
[sets]
ipo = ["IPO", "Börsengang"]
[feeds]
x = "https://x.example/feed"
[notify]
hook = "json://127.0.0.1/x"
[settings]
private_networks = ["127.0.0.0/8"]
"""
TITLES = ("Nvidia liefert H200", "T-Head baut einen Chip", "T-Head plant den IPO", "Wetter")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Path]:
    """A folder with rules and an archive of four articles; the first was told."""
    (tmp_path / "rules.toml").write_text(RULES)
    with open_store(sqlite(tmp_path)) as store:
        archived(store, load_rules(tmp_path / "rules.toml").settings.ruleset)
    yield tmp_path


def archived(store: Store, book: object) -> None:
    """Store the articles as a poll would have, an hour ago."""
    now = utcnow() - timedelta(hours=1)
    kept(store, now=now - timedelta(hours=1))  # the feed was seen before
    for title in TITLES:
        article = Article("first", title, url=f"https://x.example/{len(title)}", body=f"{title}.")
        matches = match_article(book, article)  # type: ignore[arg-type]
        intents = tuple(Intent(one.watch, Address("hook"), Reason.MATCHED, at=now) for one in matches)
        kin = StoryRelation(Relation.NEW, "nothing like it before")
        kept(store, ArticleDecision(article, article_keys(article), Recognition(), kin, matches, intents), now=now)
    [first] = store.outbox.claim(now, ME, LEASE, 1)
    store.outbox.record_delivery([first.id], DeliveryState.SENT, now)


def run(office: Path, *arguments: str, stdin: str = "") -> Result:
    places = ["--rules", str(office / "rules.toml"), "--database", f"sqlite:///{office}/monitor.db"]
    return CliRunner().invoke(group, [*places, *arguments], input=stdin)


def data(result: Result) -> list[dict[str, object]]:
    found = json.loads(result.stdout)["data"]
    assert isinstance(found, list)
    return found


def test_a_replay_counts_matches_and_alerts_of_each_watch(office: Path) -> None:
    result = run(office, "replay")
    rows = [line.split("\t")[:3] for line in result.stdout.splitlines()]
    assert rows == [["H200", "1", "1"], ["listing", "1", "1"]]
    assert "4 articles, 2 alerts" in result.stderr and "nothing was sent" in result.stderr


def test_a_replay_of_one_watch_shows_the_titles(office: Path) -> None:
    assert "first\tT-Head plant den IPO" in run(office, "replay", "--watch", "listing").stdout
    wrong = run(office, "replay", "--watch", "nix")
    assert wrong.exit_code == 2 and "there are H200, listing" in wrong.stderr


def test_a_replay_of_other_rules_shows_what_they_gain_and_lose(office: Path) -> None:
    new = office / "new.toml"
    new.write_text(RULES.replace('H200 = "H200"', 'Wetter = "Wetter"').replace("words = 5", "words = 1"))
    result = run(office, "replay", "--rules", str(new), "--diff")
    assert result.exit_code == 1
    assert [line.split("\t")[0] + line.split("\t")[3] for line in result.stdout.splitlines()] == [
        "- H200Nvidia liefert H200",
        "- listingT-Head plant den IPO",
        "+ WetterWetter",
    ]
    assert run(office, "replay", "--rules", str(office / "rules.toml"), "--diff").exit_code == 0


def test_a_search_speaks_the_rule_language_sets_included(office: Path) -> None:
    [found] = data(run(office, "search", "T-Head NEAR/5 @ipo", "--json"))
    assert found["title"] == "T-Head plant den IPO"
    assert [hit["text"] for hit in found["hits"]][:2] == ["T-Head", "IPO"]  # type: ignore[attr-defined]
    assert run(office, "search", "Sturm").exit_code == 1


def test_a_mistake_in_a_search_is_shown_where_it_is(office: Path) -> None:
    result = run(office, "search", "a AND b OR c")
    assert result.exit_code == 2
    assert "  a AND b OR c\n          ^^" in result.stderr and "(a AND b) OR c" in result.stderr


def test_near_misses_say_what_was_missing(office: Path) -> None:
    [found] = data(run(office, "nearmiss", "--json"))
    assert (found["watch"], found["title"]) == ("listing", "T-Head baut einen Chip")
    assert found["missing"] == "“T-Head” found; near: none of IPO, Börsengang within 5 words"
    assert "T-Head baut einen Chip" in run(office, "nearmiss").stdout


def test_a_stored_article_is_explained_with_what_became_of_it(office: Path) -> None:
    told = run(office, "explain", "1")
    assert told.exit_code == 0
    assert "H200     yes  “H200” in title, body" in told.stdout
    assert "listing  no   any: no “T-Head”" in told.stdout
    assert told.stdout.rstrip().endswith("Alerted: hook.")
    waiting = run(office, "explain", "https://x.example/20")
    assert "listing → hook: pending (matched)" in waiting.stdout


def test_an_article_that_nobody_published_is_explained(office: Path) -> None:
    result = run(office, "explain", "--title", "T-Head stellt Chip vor", "--text", "Mehr dazu: H200")
    assert result.exit_code == 0
    assert "H200     yes  “H200” in body" in result.stdout and "Would be alerted: hook." in result.stdout
    none = run(office, "explain", "--title", "Wetter")
    assert none.exit_code == 1 and "monitor watch add" in none.stdout


def test_a_file_and_a_line_of_json_are_explained(office: Path) -> None:
    (office / "article.txt").write_text("T-Head vor dem IPO\nText.\n")
    assert "listing  yes" in run(office, "explain", str(office / "article.txt")).stdout
    line = json.dumps({"id": 1, "title": "Neu: H200"})
    [answer] = data(run(office, "explain", "-", "--json", stdin=line))
    assert [one["watch"] for one in answer["watches"] if one["matched"]] == ["H200"]  # type: ignore[attr-defined]


def test_an_address_that_was_never_seen_is_fetched(office: Path) -> None:
    page = "<html><head><title>T-Head &amp; der IPO</title></head><body><p>Noch ein H200.</p></body></html>"
    with FeedServer() as web:
        web.put("/page", page.encode(), content_type="text/html; charset=utf-8")
        result = run(office, "explain", f"{web.url}/page")
        assert "T-Head & der IPO" in result.stdout
        assert "H200     yes  “H200” in body" in result.stdout and "listing  yes" in result.stdout
        assert run(office, "explain", f"{web.url}/none").exit_code == 1


def test_what_was_taken_out_is_shown(office: Path) -> None:
    teaser = "T-Head: Kaufen oder verkaufen? Hier weiterlesen..."
    result = run(
        office, "explain", "--title", "Wetter", "--text", f"Regen im Norden.\n{teaser}\nSonne im Süden.", "--json"
    )
    [answer] = data(result)
    assert all(not one["matched"] for one in answer["watches"])  # type: ignore[attr-defined]
    assert answer["removed"]


def test_nothing_to_explain_and_an_unknown_name_are_said(office: Path) -> None:
    assert run(office, "explain").exit_code == 2
    result = run(office, "explain", "no-such-thing")
    assert result.exit_code == 1 and "no article of the archive" in result.stderr


def test_examples_are_tried_one_by_one(office: Path) -> None:
    result = run(office, "test")
    assert result.exit_code == 0
    assert (
        "ok    listing: matches “T-Head plant den Börsengang”\n        “T-Head” in title; “Börsengang” in title"
        in result.stdout
    )
    assert "2 of 2 examples pass" in result.stderr and "without examples: H200" in result.stderr


def test_an_example_that_fails_says_what_was_missing(office: Path) -> None:
    (office / "rules.toml").write_text(RULES.replace('hits = ["', 'hits = ["T-Head allein", "'))
    result = run(office, "test", "listing")
    assert result.exit_code == 1
    assert "FAIL  listing: does not match “T-Head allein”\n        “T-Head” found; near: none of" in result.stdout
    assert run(office, "test", "nix").exit_code == 2


def test_a_watch_is_added_as_one_line_and_shown(office: Path) -> None:
    before = (office / "rules.toml").read_text()
    result = run(office, "watch", "add", "RISC-V", "RISC-V", "Xuantie")
    assert result.exit_code == 0
    assert '\n+RISC-V = ["RISC-V", "Xuantie"]\n' in result.stdout
    after = (office / "rules.toml").read_text()
    assert after.replace('RISC-V = ["RISC-V", "Xuantie"]\n', "") == before
    assert "RISC-V" in [line.split("\t")[0] for line in run(office, "watch", "list").stdout.splitlines()]


@pytest.mark.parametrize("arguments", [("H200",), ("new", "*"), ("new", "")])
def test_a_line_that_would_be_a_mistake_is_not_written(office: Path, arguments: tuple[str, ...]) -> None:
    result = run(office, "watch", "add", *arguments)
    assert result.exit_code == 78 and "nothing was written" in result.stderr
    assert (office / "rules.toml").read_text() == RULES


def test_a_dry_run_writes_nothing(office: Path) -> None:
    assert "+new" in run(office, "watch", "add", "new", "--dry-run").stdout
    assert (office / "rules.toml").read_text() == RULES


def test_an_explanation_of_very_many_watches_and_alerts_ends_in_counts(office: Path) -> None:
    no = "".join(f'"other {n}" = "Sturm"\n' for n in range(400))
    yes = "".join(f'"one more {n}" = "Nvidia"\n' for n in range(300))
    (office / "rules.toml").write_text(RULES.replace('H200 = "H200"\n', f'H200 = "H200"\n{no}{yes}', 1))
    told = run(office, "explain", "1").stdout
    assert "  and 201 more watches that match; --watch says one of them" in told
    assert "  and 301 more watches that do not match; --watch says one of them" in told
    assert len(told.splitlines()) < 220 and told.rstrip().endswith("Alerted: hook.")
    only = run(office, "explain", "1", "--watch", "other 399").stdout
    assert "other 399  no" in only and "more watches" not in only


def test_the_alerts_of_an_explanation_are_counted_beyond_a_hundred() -> None:
    assert list(limit_lines(["a"] * 100, "alerts")) == ["a"] * 100
    assert list(limit_lines(["a"] * 3_101, "alerts"))[100:] == ["  and 3,001 more alerts"]
