"""An installation's files are written once and never over somebody's work."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from click.testing import CliRunner

from monitor.cli import group
from monitor.cli.init import program


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(group, ["init", *arguments])
    return result.exit_code, result.stdout


def test_a_new_folder_gets_rules_unit_and_a_closed_place_for_secrets(tmp_path: Path) -> None:
    status, said = run(str(tmp_path / "new"))
    assert status == 0
    assert "systemctl enable --now monitor" in said
    assert (tmp_path / "new" / "rules.toml").read_text().startswith("#:schema ./rules.schema.json")
    assert (tmp_path / "new" / "rules.schema.json").exists()
    assert stat.S_IMODE((tmp_path / "new" / "credentials").stat().st_mode) == 0o700


def test_the_unit_names_this_installation(tmp_path: Path) -> None:
    run(str(tmp_path))
    unit = (tmp_path / "systemd" / "monitor.service").read_text()
    assert f"ExecStart={program()} run" in unit
    assert f"MONITOR_RULES={tmp_path}/rules.toml" in unit
    assert "/usr/local/bin/monitor" not in unit or program() == "/usr/local/bin/monitor"


def test_what_exists_is_kept_to_the_letter(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text("# mine\n")
    status, said = run(str(tmp_path), "--json")
    data = json.loads(said)["data"]
    assert status == 0
    assert (tmp_path / "rules.toml").read_text() == "# mine\n"
    assert data["kept"] == [str(tmp_path / "rules.toml")] and len(data["written"]) == 5


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(group, ["init", str(tmp_path / "file" / "below")])
    assert result.exit_code == 1
    assert "cannot write to" in result.stderr
