from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.config.load import load_rules
from monitor.config.settings import LoadResult
from monitor.core.errors import ConfigError
from monitor.core.model.alerts import Address, Priority

ROOT = Path(__file__).resolve().parents[2]
GOOD = """
[watch]
H200 = "H200"
Qwen = ["Qwen", "@models"]

[sets]
models = ["Tongyi"]

[feeds]
a = "https://a.example.org/feed"
b = { url = "https://b.example.org/feed", enabled = false }

[notify]
slack = "slack://TokenA/TokenB/TokenC"
mail = "mailto://smtp.example.org?to=x@y.de,z@w.de&from=me@example.org"

[settings]
timezone = "Europe/Berlin"
"""

Load = Callable[..., LoadResult]


@pytest.fixture
def read(tmp_path: Path) -> Load:
    """Write a text as rules.toml and load it."""

    def reading(text: str | bytes, last_good: Mapping[str, Any] | None = None, **environ: str) -> LoadResult:
        path = tmp_path / "rules.toml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return load_rules(path, environ=environ, last_good=last_good)

    return reading


def names(reading: LoadResult) -> list[str]:
    return [watch.name for watch in reading.settings.watches]


def codes(reading: LoadResult) -> list[str]:
    return [problem.code for problem in reading.problems]


def test_a_good_file_becomes_settings(read: Load) -> None:
    reading = read(GOOD)
    found = reading.settings
    assert not reading.problems
    assert names(reading) == ["H200", "Qwen"]
    assert found.ruleset.watches == found.watches
    assert [source.name for source in found.sources] == ["a"], "a feed that is switched off is not polled"
    assert [channel.name for channel in found.channels] == ["slack", "mail"]
    assert found.timezone == "Europe/Berlin"
    assert found.ops == ("slack", "mail")
    assert found.digest == sha256(GOOD.encode()).hexdigest()


def test_a_watch_tells_its_own_channels_else_those_of_the_settings_else_all(read: Load) -> None:
    everybody = (Address("slack"), Address("mail", "x@y.de"), Address("mail", "z@w.de"))
    own = '[watch.Qwen]\nany = "Qwen"\nnotify = ["slack", "slack"]\npriority = "urgent"\n'
    text = GOOD.replace('Qwen = ["Qwen", "@models"]\n', "")
    assert read(text).settings.routes["H200"].addresses == everybody
    both = read(text + 'notify = "mail"\n' + own).settings.routes
    assert both["H200"].addresses == everybody[1:]
    assert both["Qwen"].addresses == everybody[:1]
    assert both["Qwen"].priority is Priority.URGENT
    assert read(text + "notify = []\n").settings.routes["H200"].addresses == ()


def test_the_entries_in_force_survive_json(read: Load) -> None:
    first = read(GOOD)
    again = read("", json.loads(json.dumps(first.entries)))
    assert again.settings.watches == first.settings.watches
    assert again.settings.channels == first.settings.channels
    assert again.settings.sources == first.settings.sources
    assert again.settings.timezone == first.settings.timezone
    assert codes(again) == ["no-watches"]


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        ('H200 = "H200"', "H200 = 7", "wrong-type"),
        ('H200 = "H200"', "H200 = H200", "missing-quotes"),
        ('H200 = "H200"', 'H200 = ["H200", ""]', "empty-term"),
        ('H200 = "H200"', "H200 = []", "empty"),
        ('models = ["Tongyi"]', "models = [3]", "wrong-type"),
        ('"https://a.example.org/feed"', '"ftp://a.example.org/feed"', "bad-url"),
        ("slack://TokenA", "slak://TokenA", "unknown-scheme"),
        ("Europe/Berlin", "Europe/Berln", "bad-value"),
    ],
)
def test_a_broken_entry_keeps_its_last_good_version(read: Load, good: str, bad: str, code: str) -> None:
    first = read(GOOD)
    broken = GOOD.replace(good, bad) + '\n[watch."T-Head"]\nany = "T-Head"\n'
    second = read(broken, first.entries)
    assert codes(second) == [code]
    assert sorted(names(second)) == ["H200", "Qwen", "T-Head"], "the good entries take effect"
    assert second.settings.routes["H200"] == first.settings.routes["H200"]
    assert second.settings.sources == first.settings.sources
    assert second.settings.timezone == "Europe/Berlin"
    assert second.entries["watch"]["H200"] == "H200"


def test_a_broken_entry_that_was_never_good_is_left_out(read: Load) -> None:
    reading = read(GOOD.replace('H200 = "H200"', "H200 = 7").replace("https://a.", "ftp://a."))
    assert names(reading) == ["Qwen"]
    assert reading.settings.sources == ()


def test_a_removed_entry_is_removed(read: Load) -> None:
    first = read(GOOD)
    assert names(read(GOOD.replace('H200 = "H200"\n', ""), first.entries)) == ["Qwen"]


def test_nothing_is_taken_for_removed_while_a_line_cannot_be_read(read: Load) -> None:
    first = read(GOOD)
    torn = GOOD.replace('H200 = "H200"\n', "H2 00 = \n")
    second = read(torn, first.entries)
    assert sorted(names(second)) == ["H200", "Qwen"]
    assert names(read(GOOD.replace("[watch]", "[wacht]"), first.entries)) == ["H200", "Qwen"]


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# all gone\n", "<html>502 Bad Gateway</html>\n", "[watch]\n", "\x00" * 40]
)
def test_a_file_without_any_watch_changes_nothing(read: Load, text: str) -> None:
    first = read(GOOD)
    second = read(text, first.entries)
    assert second.problems
    assert second.settings.watches == first.settings.watches
    assert second.settings.sources == first.settings.sources
    assert second.entries == first.entries


def test_a_file_that_is_gone_changes_nothing(read: Load, tmp_path: Path) -> None:
    first = read(GOOD)
    gone = load_rules(tmp_path / "other.toml", environ={}, last_good=first.entries)
    assert codes(gone) == ["no-file"]
    assert gone.settings.watches == first.settings.watches
    with pytest.raises(ConfigError, match=r"there is no file .*other\.toml"):
        load_rules(tmp_path / "other.toml", environ={})


def test_a_file_in_latin_1_says_so(read: Load) -> None:
    reading = read('[watch]\nA = "x"\nB = "Börsengang"\n'.encode("latin-1"))
    (problem,) = reading.problems
    assert (problem.code, problem.line, problem.column) == ("not-utf-8", 3, 7)
    assert problem.source_line == 'B = "Börsengang"'
    assert problem.label == 'probably "ö" in Latin-1'
    assert "UTF-8" in problem.help


def test_a_byte_order_mark_and_windows_line_ends_are_welcome(read: Load) -> None:
    plain = read(GOOD)
    dressed = read(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert not dressed.problems
    assert dressed.settings.watches == plain.settings.watches
    broken = read(b"\xef\xbb\xbf[watch]\r\nA = B\r\n")
    assert [(p.line, p.column, p.source_line) for p in broken.problems] == [(2, 5, "A = B")]


def test_a_missing_secret_costs_only_its_channel(read: Load) -> None:
    text = GOOD.replace("slack://TokenA/TokenB/TokenC", "${SLACK}")
    without = read(text)
    assert codes(without) == ["missing-secret"]
    assert [channel.name for channel in without.settings.channels] == ["mail"]
    assert {address.channel for address in without.settings.routes["H200"].addresses} == {"mail"}
    given = read(text, SLACK="slack://TokenA/TokenB/TokenC")
    assert not given.problems
    assert "slack://TokenA/TokenB/TokenC" in given.settings.secrets


def test_no_secret_is_shown_anywhere(read: Load) -> None:
    text = GOOD.replace("slack://TokenA/TokenB/TokenC", "slak://${TOKEN}/x")
    text = text.replace("mailto://", "mailto://me:hunter22@").replace("to=x@y.de", "attach=/tmp/${TOKEN}&to=x@y.de")
    reading = read(text, TOKEN="canary-4711")
    assert codes(reading) == ["unknown-scheme", "refused-option"]
    shown = repr((reading.problems, reading.warnings, reading.settings))
    assert "canary" not in shown
    assert "hunter22" not in shown
    assert "canary" not in json.dumps(reading.entries)


def test_a_watch_that_fails_its_own_examples_runs_as_written(read: Load) -> None:
    text = '[watch.Qwen]\nany = "Qwen"\nhits = ["Gwen"]\nmisses = ["Qwen3"]\n'
    reading = read(text, {"watch": {"Qwen": "Tongyi"}})
    assert codes(reading) == ["test-failed", "test-failed"]
    assert reading.settings.watches[0].any == ("Qwen",)
    assert reading.examples == (0, 2)
    assert "line 2" in reading.problems[1].label


def test_examples_of_a_watch_that_is_switched_off_are_still_tried(read: Load) -> None:
    reading = read('[watch.Qwen]\nany = "Qwen"\nenabled = false\nhits = ["Gwen"]\n')
    assert codes(reading) == ["test-failed"]
    assert not reading.settings.watches[0].enabled


def test_an_example_may_name_its_feed_and_fields(read: Load) -> None:
    text = (
        '[watch.Qwen]\nany = "Qwen"\nfeeds = ["a"]\nin = "lead"\n'
        'hits = [{ lead = "Qwen3", feed = "a" }, { lead = "Qwen" }]\n'
        'misses = ["Qwen3", { lead = "Qwen", feed = "b" }]\n[feeds]\na = "https://a.org"\nb = "https://b.org"\n'
    )
    reading = read(text)
    assert not reading.problems
    assert reading.examples == (4, 4)


def test_a_set_with_a_mistake_breaks_the_watch_that_needs_it_and_says_so(read: Load) -> None:
    reading = read(GOOD.replace('["Tongyi"]', '["Tongyi", ""]'))
    assert names(reading) == ["H200"]
    assert codes(reading) == ["unknown-set", "empty-term"]
    assert reading.problems[0].message == "@models has mistakes of its own"


def test_a_name_given_twice_keeps_the_version_in_force(read: Load) -> None:
    first = read(GOOD)
    second = read(GOOD + '[watch.H200]\nany = "H20"\n', first.entries)
    assert codes(second) == ["duplicate-name"]
    assert second.settings.routes.keys() == first.settings.routes.keys()
    assert second.settings.watches[0].any == ("H200",)


@pytest.mark.parametrize(
    ("text", "code"), [('""', "bad-name"), (r'"a\u001Bb"', "bad-name"), (f'"{"x" * 81}"', "bad-name")]
)
def test_a_name_that_cannot_be_shown_is_refused(read: Load, text: str, code: str) -> None:
    assert codes(read(f'[watch]\nok = "fine"\n{text} = "x y z"\n')) == [code]


def test_watches_in_double_brackets_get_the_right_form(read: Load) -> None:
    reading = read('[[watch]]\nname = "H200"\nany = "H200"\n')
    assert "wrong-type" in codes(reading)
    assert "[watch.NAME]" in reading.problems[0].help


def test_private_networks_open_the_way_for_fast_local_feeds(read: Load) -> None:
    feed = '[watch]\nA = "Abc"\n[feeds.a]\nurl = "http://127.0.0.1:9/feed"\nevery = "2s"\n'
    assert codes(read(feed)) == ["too-often"]
    reading = read(feed + '[settings]\nprivate_networks = ["127.0.0.0/8"]\n')
    assert not reading.problems
    assert [str(network) for network in reading.settings.private_networks] == ["127.0.0.0/8"]


def test_last_good_of_an_older_version_is_read_with_care(read: Load) -> None:
    strange = {"watch": {"Old": {"gone_key": 1}, "Fine": "Fine words"}, "feeds": ["?"], "settings": None, "x": {}}
    reading = read("", strange)
    assert names(reading) == ["Fine"]


def test_the_shipped_rules_are_fine_untouched() -> None:
    reading = load_rules(ROOT / "rules.toml", environ={})
    assert not reading.problems
    assert [warning.code for warning in reading.warnings] == ["no-channel"]
    assert sorted(names(reading)) == ["H200", "Qwen", "T-Head IPO", "earnings"]
    assert len(reading.settings.sources) >= 13
    assert reading.examples[0] == reading.examples[1] >= 20
    assert all(watch.hits and watch.misses for watch in reading.settings.watches)


SHIPPED = (ROOT / "rules.toml").read_bytes()


@given(cut=st.integers(0, len(SHIPPED)), junk=st.binary(max_size=8), rest=st.integers(0, 40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_damage_to_the_file_crashes_the_reader_or_loses_a_watch(
    tmp_path: Path, cut: int, junk: bytes, rest: int
) -> None:
    """Bytes overwritten anywhere: where a mistake is told, every watch is still there."""
    path = tmp_path / "rules.toml"
    last = {"watch": {"H200": "H200", "Qwen": "Qwen"}, "feeds": {"boerse-global": "https://www.boerse-global.de/feed"}}
    path.write_bytes(SHIPPED[:cut] + junk + SHIPPED[cut + rest :])
    reading = load_rules(path, environ={}, last_good=last)
    syntax = {"syntax", "not-utf-8", "open-quote", "missing-quotes", "no-watches"}
    if syntax & set(codes(reading)):
        assert {"H200", "Qwen"} <= set(names(reading))
    json.dumps(reading.entries)
