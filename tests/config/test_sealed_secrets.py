"""What is secret in rules.toml does not reach the database, and a restart with broken rules still finds it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from monitor.cli import group
from monitor.config.load import load_rules
from monitor.config.sealed_secrets import is_sealed, seal_secrets, unseal_secrets
from monitor.service.reload import LAST_GOOD_KEY, RulesReloader
from monitor.store.store import open_store
from tests.databases import sqlite

FEEDS = '[feeds]\nx = "https://x.example/feed"\n[watch]\nH200 = "H200"\n'
CANARY = "c4n4ryc4n4ryc4n4ryc4n4ry"
SLACK = f"https://hooks.slack.com/services/T1JJ3T3L2/B1BRTD4JD/{CANARY}"
OPEN = "json://127.0.0.1:8080/hook"


def rules(*lines: str) -> str:
    return FEEDS + "[notify]\n" + "\n".join(lines) + "\n"


def load(folder: Path, text: str) -> RulesReloader:
    """The rules of a process that starts on this file and the folder's database."""
    path = folder / "rules.toml"
    path.write_text(text)
    book = RulesReloader(path)
    with open_store(sqlite(folder)) as store:
        asyncio.run(book.load(store.memory))
    return book


def urls(book: RulesReloader) -> dict[str, str]:
    return {channel.name: channel.targets[0].url for channel in book.settings.channels}


def database_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("monitor.db*"))


SECRETS = {
    "slack's address": f'a = "{SLACK}"',
    "apprise's way to write it": f'a = "slack://T1JJ3T3L2/B1BRTD4JD/{CANARY}"',
    "a table": f'a = {{ url = "{SLACK}", digest = "07:00" }}',
    "a password of mail": f'a = "mailto://me:{CANARY}@m.example?mode=starttls&to=a@x.example"',
    "a webhook's secret": f'a = "json://127.0.0.1/x?secret={CANARY}"',
    "a webhook's header": f'a = "json://127.0.0.1/x?+Authorization={CANARY}"',
    "a token in a path": f'a = "jsons://h.example/{CANARY}"',
    "a login": f'a = "json://me:{CANARY}@127.0.0.1/x"',
    "a topic": f'a = "ntfys://ntfy.example/{CANARY}"',
    "a default": f'a = "${{NOT_SET_HERE:-{SLACK}}}"',
    "a ping": f'b = "{OPEN}"\n[settings]\nping = "https://hc.example/{CANARY}"',
    "a feed's key": f'b = "{OPEN}"\n[feeds.y]\nurl = "https://y.example/feed?token={CANARY}"',
}


@pytest.mark.parametrize("line", SECRETS.values(), ids=SECRETS.keys())
def test_a_secret_that_stands_in_the_rules_reaches_neither_database_nor_backup(tmp_path: Path, line: str) -> None:
    book = load(tmp_path, rules(line))
    assert not book.reading.problems and CANARY.encode() not in database_bytes(tmp_path)
    before = book.reading.settings
    url = f"sqlite:///{tmp_path}/monitor.db"
    made = CliRunner().invoke(group, ["--database", url, "db", "backup", str(tmp_path / "copy")])
    assert made.exit_code == 0 and CANARY.encode() not in (tmp_path / "copy").read_bytes()
    broken = load(tmp_path, rules(line).replace('"H200"\n', '["H200", ""]\n'))  # a restart with a mistake elsewhere
    assert broken.reading.settings.channels == before.channels and broken.settings.ping == before.ping
    told = repr(replace(broken.settings, sources=())) + repr((broken.reading.problems, broken.reading.warnings))
    assert CANARY not in told + repr(broken.settings.channels)


@pytest.mark.parametrize(
    "broken",
    [
        f'a = {{ url = "{SLACK}", digest = "25:00" }}',  # a mistake in the entry itself
        f'a = {{ url = "{SLACK}", digest = "07:00" ',  # no TOML at all
        f"a = {{ url = '{SLACK}', nonsense = 1 }}",
        f'a = {{ url = "{SLACK.replace("/services", chr(92) + "u002Fservices")}", nonsense = 1 }}',
        f'b = "{SLACK}"\na = {{ nonsense = 1 }}',  # it stands elsewhere
    ],
)
def test_a_restart_with_a_broken_channel_takes_its_secret_from_the_file(tmp_path: Path, broken: str) -> None:
    load(tmp_path, rules(f'a = "{SLACK}"'))
    book = load(tmp_path, rules(broken))
    assert book.reading.problems and urls(book)["a"] == SLACK


def test_where_the_file_has_the_secret_no_more_the_channel_is_left_out_and_that_is_told(tmp_path: Path) -> None:
    load(tmp_path, rules(f'a = "{SLACK}"', f'b = "{OPEN}"'))
    book = load(tmp_path, rules('a = "slakc://x"', 'b = "jsno://x"'))
    assert urls(book) == {"b": OPEN}
    [told] = [problem for problem in book.reading.problems if problem.code == "secret-not-kept"]
    assert (told.entry, told.line) == ("notify.a", 6) and "${NAME}" in told.help


def test_a_running_monitor_keeps_a_channel_whatever_happens_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(rules(f'a = "{SLACK}"'))

    async def main() -> RulesReloader:
        book = RulesReloader(path)
        await book.load(store.memory)
        for text in (rules("a = 7"), "[[["):
            path.write_text(text)
            await book.read()
        path.unlink()
        await book.read()
        return book

    with open_store(sqlite(tmp_path)) as store:
        assert urls(asyncio.run(main())) == {"a": SLACK}
    assert CANARY.encode() not in database_bytes(tmp_path)


def test_a_start_takes_the_secrets_out_of_what_an_earlier_version_kept(tmp_path: Path) -> None:
    old: dict[str, Any] = load_rules(write(tmp_path, rules(f'a = "{SLACK}"'))).entries  # type: ignore[assignment]
    with open_store(sqlite(tmp_path)) as store:
        store.memory.put(LAST_GOOD_KEY, old)
    assert CANARY.encode() in database_bytes(tmp_path)
    book = load(tmp_path, rules('a = "slakc://x"'))
    assert urls(book) == {"a": SLACK}  # the old copy is used this once
    assert CANARY.encode() not in database_bytes(tmp_path)


def test_a_backup_of_what_an_earlier_version_kept_has_no_secret(tmp_path: Path) -> None:
    with open_store(sqlite(tmp_path)) as store:
        store.memory.put(LAST_GOOD_KEY, {"notify": {"a": SLACK}})
    url = f"sqlite:///{tmp_path}/monitor.db"
    assert CliRunner().invoke(group, ["--database", url, "db", "backup", str(tmp_path / "copy")]).exit_code == 0
    assert CANARY.encode() not in (tmp_path / "copy").read_bytes()


def test_what_is_no_secret_is_kept_as_it_is() -> None:
    entries: dict[str, Any] = {
        "notify": {"a": "${SLACK}", "b": OPEN, "c": {"url": "mailtos://m.example?to=a@x.example"}, "d": "${A}${B}"},
        "watch": {"w": ["a", {"near": ["b", "c"]}], "x": 7},
        "settings": {"ping": "${PING}", "notify": ["a"], "contact": "me@x.example"},
        "feeds": {"x": "https://x.example/feed?tag=a", "y": {"url": "https://y.example/?key=${KEY}"}},
    }
    kept = seal_secrets(entries)
    assert kept["notify"] == entries["notify"] and kept["watch"] == entries["watch"]
    assert kept["settings"] == entries["settings"] and kept["feeds"]["x"] == entries["feeds"]["x"]
    assert json.loads(json.dumps(kept)) == kept and unseal_secrets(kept, "") == kept


def test_two_addresses_of_one_site_do_not_change_hands() -> None:
    other = SLACK.replace("B1BRTD4JD", "B2BRTD4JD")
    kept = seal_secrets({"notify": {"a": SLACK, "b": other}})
    assert is_sealed(kept["notify"])
    assert unseal_secrets(kept, f'x = "{other}"\ny = "{SLACK}"')["notify"] == {"a": SLACK, "b": other}
    assert unseal_secrets(kept, f'x = "{other}"')["notify"] == {"a": kept["notify"]["a"], "b": other}


def write(folder: Path, text: str) -> Path:
    (folder / "rules.toml").write_text(text)
    return folder / "rules.toml"
