"""What the reading verbs say, to people and to machines, and how they end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli import group
from monitor.clock import utcnow
from monitor.core.model.alerts import DeliveryState
from monitor.core.model.polling import PollEnd
from monitor.store.store import open_store
from tests.databases import sqlite
from tests.peers import FeedServer, Webhook
from tests.rss_documents import Item, rss
from tests.store.samples import LEASE, ME, claimed, finding, intent, kept, registered


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A database with one alert sent, one given up and one suppressed."""
    now, url = utcnow(), sqlite(tmp_path)
    with open_store(url) as store:
        kept(store, finding("a", intent(at=now)), finding("b", intent("Qwen", at=now)), now=now)
        kept(store, finding("c", intent(at=None)), now=now)
        first, second = store.outbox.claim(now, ME, LEASE, 10)
        store.outbox.record_delivery([first.id], DeliveryState.SENT, now)
        store.outbox.record_delivery([second.id], DeliveryState.DEAD, now, error="404: no such hook")
    yield url


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(group, [*arguments], input=stdin)


def data(result: Result) -> Any:
    envelope = json.loads(result.stdout)
    assert envelope["schema"] == 1 and set(envelope) == {"schema", "ok", "data", "errors"}
    return envelope["data"]


def test_articles_are_listed_newest_first_with_their_watches(url: str) -> None:
    assert [line.split("\t")[3:] for line in run("--database", url, "articles").stdout.splitlines()] == [
        ["H200", "Titel c"],
        ["Qwen", "Titel b"],
        ["H200", "Titel a"],
    ]
    rows = data(run("--database", url, "articles", "--limit", "1", "--json"))
    assert [(row["title"], row["feed"], row["watches"]) for row in rows] == [("Titel c", "first", ["H200"])]


def test_alerts_say_what_became_of_each_match_and_why(url: str) -> None:
    rows = data(run("--database", url, "alerts", "--json"))
    assert {(row["watch"], row["state"], row["reason"]) for row in rows} == {
        ("H200", "sent", "matched"),
        ("Qwen", "dead", "matched"),
        ("H200", "suppressed", "copy"),
    }
    [dead] = [row for row in rows if row["state"] == "dead"]
    assert (dead["error"], dead["priority"], dead["channel"]) == ("404: no such hook", "normal", "slack")
    assert set(dead["times"]) == {"published", "first_seen", "created", "due", "sent"}
    assert "dead\tmatched\tQwen\tslack\tfirst\tTitel b" in run("--database", url, "alerts").stdout


def test_nothing_older_than_asked_is_listed(url: str) -> None:
    assert data(run("--database", url, "articles", "--since", "0s", "--json")) == []


def test_status_ends_with_1_where_somebody_should_look_and_names_the_next_step(url: str) -> None:
    result = run("--database", url, "status")
    assert result.exit_code == 1
    assert "3 matched = 1 dead + 1 sent + 1 suppressed" in result.stdout
    assert "Next: `monitor alerts` shows what was given up and why" in result.stdout
    assert data(run("--database", url, "status", "--json"))["well"] is False


def test_status_is_well_where_all_is(tmp_path: Path) -> None:
    url = sqlite(tmp_path)
    with open_store(url) as store:
        registered(store, "first")
    result = run("--database", url, "status")
    assert result.exit_code == 0
    assert "none fetched yet: `monitor run`" in result.stdout


def test_status_shows_a_failing_feed_with_the_servers_words(tmp_path: Path) -> None:
    url = sqlite(tmp_path)
    with open_store(url) as store:
        now = utcnow()
        with store.polls.transaction(claimed(store, now=now), now) as turn:
            turn.end_poll(PollEnd(now + timedelta(minutes=1), error="the server answers 503"))
    result = run("--database", url, "status")
    assert result.exit_code == 1
    assert "the server answers 503" in result.stdout


@pytest.mark.parametrize("verb", ["articles", "alerts", "status"])
def test_a_verb_that_reads_never_makes_a_database(verb: str, tmp_path: Path) -> None:
    result = run("--database", f"sqlite:///{tmp_path}/none.db", verb, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["errors"][0]["code"] == "no-database"
    assert list(tmp_path.iterdir()) == []


def test_the_database_is_upgraded_copied_and_checked(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/monitor.db"
    assert "is of this version" in run("--database", url, "db", "upgrade").stderr
    assert data(run("--database", url, "db", "check", "--json")) == {"found": []}
    assert run("--database", url, "db", "backup", str(tmp_path / "copy.db")).exit_code == 0
    again = run("--database", url, "db", "backup", str(tmp_path / "copy.db"))
    assert again.exit_code == 1 and "never overwrites" in again.stderr


RULES = (
    '[watch]\nH200 = "H200"\nQwen = "Qwen"\n[feeds]\nx = "https://x.example/f"\n[notify]\nhook = "json://127.0.0.1/x"\n'
)


def matched(tmp_path: Path, *lines: str) -> Result:
    (tmp_path / "rules.toml").write_text(RULES)
    return run("--rules", str(tmp_path / "rules.toml"), "match", "--json", stdin="\n".join(lines) + "\n")


def test_match_answers_one_line_for_each_line_with_the_place_of_every_hit(tmp_path: Path) -> None:
    article = {"id": 7, "title": "H-200 und Qwen3", "lead": "Der H200.", "body": "Kein Treffer.", "feed": "x"}
    result = matched(tmp_path, json.dumps(article), json.dumps({"id": "none", "title": "Wetter"}))
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert first["id"] == 7
    assert [
        (hit["watch"], hit["field"], hit["term"], hit["start"], hit["end"], hit["text"]) for hit in first["watches"]
    ] == [
        ("H200", "title", "H200", 0, 5, "H-200"),
        ("H200", "lead", "H200", 4, 8, "H200"),
        ("Qwen", "title", "Qwen", 10, 14, "Qwen"),
    ]
    assert second == {"id": "none", "watches": []}


def test_match_counts_offsets_in_the_markup_it_was_given(tmp_path: Path) -> None:
    body = "<p>Neu: <b>H</b><sub>200</sub> &amp; mehr</p><script>Qwen</script>"
    result = matched(tmp_path, json.dumps({"id": 1, "title": "x", "body": body, "html": True}))
    [hit] = json.loads(result.stdout)["watches"]
    assert body[hit["start"] : hit["end"]] == "H</b><sub>200"
    assert hit["text"] == "H200"


def test_match_names_a_bad_line_and_goes_on(tmp_path: Path) -> None:
    result = matched(tmp_path, "{", '{"title": "no id"}', '{"id": 1, "title": 5}', '{"id": 2, "title": "H200"}')
    assert result.exit_code == 1
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [2]
    for place in ("stdin:1: not JSON", "stdin:2: an article", "stdin:3: title must be text"):
        assert place in result.stderr


def test_one_turn_baselines_then_shows_then_sends(tmp_path: Path) -> None:
    with FeedServer() as feeds, Webhook() as hook:
        rules = tmp_path / "rules.toml"
        rules.write_text(
            f'[watch]\nH200 = "H200"\n[feeds.x]\nurl = "{feeds.url}/x"\nevery = "1s"\nfull_text = "never"\n'
            f'[notify]\nhook = "{hook.apprise_url}"\n[settings]\nprivate_networks = ["127.0.0.0/8"]\n'
        )
        feeds.put("/x", rss([Item("Alt: H200")]), content_type="application/rss+xml")
        common = ["--rules", str(rules), "--database", f"sqlite:///{tmp_path}/m.db", "run", "--once", "--json"]
        [first] = data(run(*common))["polls"]
        assert (first["outcome"], first["matches"]) == ("first sight", {"H200": 1})
        feeds.put("/x", rss([Item("Neu: H200"), Item("Alt: H200")]), content_type="application/rss+xml")
        with open_store(f"sqlite:///{tmp_path}/m.db") as store:
            store.polls.pull_in(utcnow())
        dry = data(run(*common, "--dry-run"))
        assert [message["title"] for message in dry["messages"]] == ["H200: Neu: H200"]
        assert hook.posts == []
        assert data(run(*common))["sent"] == 1
        assert [post.json["title"] for post in hook.posts] == ["H200: Neu: H200"]


def test_broken_rules_end_a_run_with_78(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text("[watch\n")
    result = run("--rules", str(tmp_path / "rules.toml"), "--database", f"sqlite:///{tmp_path}/m.db", "run", "--once")
    assert result.exit_code == 78
