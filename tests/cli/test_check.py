from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli import group

ROOT = Path(__file__).resolve().parents[2]
BROKEN = '[watch]\nH200 = "H200"\nQwen = Qwen\n[watch.x]\nany = "Abc"\nnotfy = "y"\n'


def run(*arguments: str) -> Result:
    return CliRunner().invoke(group, arguments)


@pytest.fixture
def broken(tmp_path: Path) -> str:
    path = tmp_path / "rules.toml"
    path.write_text(BROKEN)
    return str(path)


def test_the_shipped_rules_pass_with_a_summary() -> None:
    result = run("--rules", str(ROOT / "rules.toml"), "check")
    assert result.exit_code == 0
    last = result.stdout.splitlines()[-1]
    assert last.startswith("rules.toml ok: 4 watches, 13 feeds, 0 channels, ")
    passed, tried = last.split()[-2].split("/")
    assert passed == tried


def test_mistakes_are_shown_and_end_with_78(broken: str) -> None:
    result = run("check", broken)
    assert result.exit_code == 78
    assert f"error[missing-quotes]: text needs quotes\n --> {broken}:3:8\n" in result.stdout
    assert f"error[unknown-key]: unknown key `notfy`\n --> {broken}:6:1\n" in result.stdout
    assert "2 problems in rules.toml" in result.stderr
    assert "\x1b" not in result.output


def test_quiet_says_nothing_where_nothing_is_wrong() -> None:
    result = run("--rules", str(ROOT / "rules.toml"), "check", "--quiet")
    assert (result.exit_code, result.output) == (0, "")


def test_quiet_still_tells_mistakes(broken: str) -> None:
    result = run("check", "--quiet", broken)
    assert result.exit_code == 78
    assert "missing-quotes" in result.stdout


def envelope(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    assert set(found) == {"schema", "ok", "data", "errors"}
    return found


def test_machines_get_one_envelope(broken: str) -> None:
    result = run("check", "--json", broken)
    assert result.exit_code == 78
    found = envelope(result)
    assert found["ok"] is False
    assert [(error["code"], error["line"], error["column"]) for error in found["errors"]] == [
        ("missing-quotes", 3, 8),
        ("unknown-key", 6, 1),
    ]
    assert found["errors"][0].keys() >= {"code", "message", "file", "line", "column", "help"}


def test_warnings_do_not_change_the_status() -> None:
    result = run("--rules", str(ROOT / "rules.toml"), "check", "--json")
    assert result.exit_code == 0
    found = envelope(result)
    assert found["ok"] is True
    assert [warning["code"] for warning in found["data"]["warnings"]] == ["no-channel"]


@pytest.mark.parametrize("arguments", [["check", "nowhere.toml"], ["check", "--json", "nowhere.toml"]])
def test_a_file_that_is_not_there_is_a_mistake_too(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 78
    assert "no-file" in result.output
    assert "there is no file nowhere.toml" in result.output


def test_check_starts_without_the_database_and_the_channels() -> None:
    code = (
        "import sys; from monitor.cli import group\n"
        "try: group(['check', '--quiet', 'rules.toml'])\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
        "print(sorted({'sqlalchemy', 'alembic', 'apprise', 'httpx', 'feedparser', 'apscheduler'} & set(sys.modules)))"
    )
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    assert found.stdout == "[]\n"
