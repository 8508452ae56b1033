"""An installation's files are written once and never over somebody's work."""

from __future__ import annotations

import json
import shlex
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import group
from monitor.cli.init import program_words


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
    assert f"ExecStart={program_words()} run" in unit
    assert f"MONITOR_RULES={tmp_path}/rules.toml" in unit
    assert "/usr/local/bin/monitor" not in unit or program_words() == "/usr/local/bin/monitor"


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


@pytest.mark.parametrize("name", ["rules.toml", "credentials/README", "systemd/monitor.service", "systemd", "."])
def test_nothing_is_written_through_a_link_that_leads_nowhere(tmp_path: Path, name: str) -> None:
    folder, elsewhere = tmp_path / "new", tmp_path / "elsewhere"
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    link = folder if name == "." else folder / name
    if name == ".":
        link = tmp_path / "link"
    link.symlink_to(elsewhere)
    result = CliRunner().invoke(group, ["init", str(link if name == "." else folder)])
    assert result.exit_code == 1 and "link that leads nowhere" in result.stderr
    assert not elsewhere.exists() and not (folder / "rules.schema.json").exists()


@pytest.mark.parametrize("end", ["\n", "\r", "\v", "\f", "\t", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\udc80"])
def test_a_folder_whose_name_could_write_a_line_of_the_unit_is_refused(tmp_path: Path, end: str) -> None:
    result = CliRunner().invoke(group, ["init", f"{tmp_path}/a{end}Nice=5"])
    assert result.exit_code == 2 and "cannot be seen" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a b", "100%", "50%n", 'q"uote', "it's", "back\\slash", "$HOME", "#x", "ü"])
def test_the_unit_names_a_folder_as_systemd_reads_it(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    assert run(str(folder))[0] == 0
    lines = (folder / "systemd" / "monitor.service").read_text().splitlines()
    [said] = [line.removeprefix("Environment=") for line in lines if line.startswith("Environment=")]
    [word] = shlex.split(said) if said.startswith('"') else [said]
    assert word.replace("%%", "%") == f"MONITOR_RULES={folder}/rules.toml"
    drop_in = (folder / "systemd" / "credentials.conf").read_text()
    assert f":{str(folder).replace('%', '%%')}/credentials/SLACK_WEBHOOK" in drop_in


def test_a_command_that_is_shown_can_be_pasted(tmp_path: Path) -> None:
    _, said = run(str(tmp_path / "a b;c"))
    [line] = [line for line in said.splitlines() if line.endswith(" check")]
    assert shlex.split(line)[2] == str(tmp_path / "a b;c" / "rules.toml")
