from __future__ import annotations

import os
from pathlib import Path

import pytest

from monitor.config import environment
from monitor.core.errors import ConfigError


def test_an_option_wins_over_the_environment() -> None:
    environ = {"MONITOR_RULES": "/srv/rules.toml", "MONITOR_DATABASE_URL": "sqlite:////srv/a.db"}
    assert environment.rules_path(Path("mine.toml"), environ) == Path("mine.toml")
    assert environment.rules_path(None, environ) == Path("/srv/rules.toml")
    assert environment.database_url("postgresql://h/db", environ) == "postgresql://h/db"
    assert environment.database_url(None, environ) == "sqlite:////srv/a.db"


def test_rules_are_found_in_the_configuration_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "rules.toml").touch()
    environ = {"CONFIGURATION_DIRECTORY": str(folder), "XDG_CONFIG_HOME": str(tmp_path)}
    assert environment.rules_path(None, environ) == folder / "rules.toml"
    (tmp_path / "rules.toml").touch()
    assert environment.rules_path(None, environ) == Path("rules.toml")


def test_without_any_rules_the_shipped_ones_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = environment.rules_path(None, {"XDG_CONFIG_HOME": str(tmp_path)})
    assert found == environment.bundled_path("rules.toml")
    assert found.is_file()


def test_the_database_lives_in_the_state_folder_of_systemd() -> None:
    environ = {"STATE_DIRECTORY": "/var/lib/monitor:/var/lib/other"}
    assert environment.database_url(None, environ) == "sqlite:////var/lib/monitor/monitor.db"


def test_elsewhere_the_database_lives_in_the_user_data_folder(tmp_path: Path) -> None:
    url = environment.database_url(None, {"XDG_DATA_HOME": str(tmp_path)})
    assert url == f"sqlite:///{tmp_path}/monitor/monitor.db"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "180000000"}, 180_000_000),
        ({"WATCHDOG_USEC": "180000000", "WATCHDOG_PID": str(os.getpid())}, 180_000_000),
        ({"WATCHDOG_USEC": "180000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
    ],
)
def test_the_watchdog_counts_only_if_it_is_ours(environ: dict[str, str], expected: int | None) -> None:
    assert environment.watchdog_usec(environ) == expected


def test_systemd_is_told_only_where_it_listens() -> None:
    assert environment.notify_socket({"NOTIFY_SOCKET": "/run/systemd/notify"}) == "/run/systemd/notify"
    assert environment.notify_socket({"NOTIFY_SOCKET": ""}) is None


def test_what_is_not_shipped_is_named() -> None:
    with pytest.raises(ConfigError, match=r"rules\.yaml is missing"):
        environment.bundled_path("rules.yaml")


def test_a_credential_file_loses_one_line_end(tmp_path: Path) -> None:
    (tmp_path / "SLACK").write_text("slack://a\n\n")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert environment.load_credential("SLACK", environ) == "slack://a\n"
    assert environment.load_credential("SLACK", {**environ, "SLACK": "slack://b"}) == "slack://b"
    assert environment.load_credential("EMAIL", environ) is None
    assert environment.load_credential("SLACK", {}) is None


def test_an_empty_variable_is_not_a_secret() -> None:
    assert environment.load_credential("SLACK", {"SLACK": ""}) is None


def test_colour_is_for_terminals_that_want_it() -> None:
    assert environment.wants_colour(True, {"TERM": "xterm"})
    assert not environment.wants_colour(False, {"TERM": "xterm"})
    assert not environment.wants_colour(True, {"NO_COLOR": "1"})
    assert not environment.wants_colour(True, {"TERM": "dumb"})
