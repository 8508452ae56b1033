"""Verbs that read files of users neither wait for a pipe or a device nor go down as deep as a file leads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import group
from monitor.cli.feeds import opml
from monitor.cli.match import MAX_DEPTH
from monitor.config.environment import load_credential, rules_path

RULES = '[feeds]\nf = "https://f.example/x"\n[watch]\nH200 = "H200"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with rules, a pipe, a folder and a link to a device."""
    (tmp_path / "rules.toml").write_text(RULES)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "sub").mkdir()
    (tmp_path / "zero").symlink_to("/dev/zero")
    return tmp_path


def run(folder: Path, *words: str, rules: str = "rules.toml", stdin: str | bytes = "") -> Result:
    places = ["--rules", str(folder / rules), "--database", f"sqlite:///{folder}/m.db"]
    return CliRunner().invoke(group, [*places, *words], input=stdin)


@pytest.mark.parametrize("name", ["pipe", "sub", "zero"])
@pytest.mark.parametrize("verb", [["check"], ["watch", "list"], ["watch", "add", "Qwen"], ["match"], ["run", "--once"]])
def test_rules_that_are_no_file_end_every_verb_with_a_sentence(folder: Path, name: str, verb: list[str]) -> None:
    told = run(folder, *verb, rules=name)
    assert told.exit_code in (1, 78) and "put an ordinary file in its place" in told.stderr
    assert ":0:" not in told.stderr


@pytest.mark.parametrize("name", ["pipe", "sub", "zero"])
def test_rules_to_try_that_are_no_file_end_replay(folder: Path, name: str) -> None:
    assert run(folder, "replay", "--rules", str(folder / name)).exit_code == 78


@pytest.mark.parametrize("name", ["pipe", "zero"])
def test_an_opml_file_that_is_none_is_told(folder: Path, name: str) -> None:
    told = run(folder, "feeds", "import", str(folder / name))
    assert told.exit_code == 2 and "put an ordinary file in its place" in told.stderr


def test_an_article_one_level_too_deep_costs_its_line_only(folder: Path) -> None:
    deep = '{"id": 1, "tags": ' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}"
    quoted = '{"id": 2, "title": "H200 ' + "[" * MAX_DEPTH * 2 + '"}'
    told = run(folder, "match", stdin=f"{deep}\n{quoted}\n")
    assert (
        told.exit_code == 1
        and "stdin:1: the line is nested deeper than" in told.stderr
        and told.stdout.startswith("2\tH200")
    )


def test_a_line_that_is_not_utf_8_costs_itself_only(folder: Path) -> None:
    told = run(folder, "match", stdin=b'{"id": 1, "title": "\xe4 H200"}\n{"id": 2, "title": "H200"}\n')
    assert told.exit_code == 1 and told.stdout == "2\tH200 (H200)\tH200\n"
    assert "stdin:1: the line is not UTF-8 text (byte 21)" in told.stderr


def test_a_line_one_byte_too_long_costs_itself_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.cli.match.MAX_RECORD_LENGTH", 40)
    right = b'{"id": 2, "title": "H200"}'.ljust(39) + b"\n"
    for size in (40, 41, 81, 200):
        long = b'{"id": 1, "title": "H200"}'.ljust(size) + b"\n"
        told = run(folder, "match", stdin=long + right)
        assert told.exit_code == 1 and told.stdout == "2\tH200 (H200)\tH200\n", size
        assert "stdin:1: the line is longer than 40 bytes" in told.stderr
    assert run(folder, "match", stdin=right + right[:-1]).exit_code == 0


def test_of_stdin_no_more_is_explained_than_of_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.config.files.MAX_FILE_BYTES", 1000)
    assert run(folder, "explain", "-", stdin="H200\n".ljust(1000, "x")).exit_code == 0
    told = run(folder, "explain", "-", stdin="H200\n".ljust(1001, "x"))
    assert told.exit_code == 1 and "stdin has more than 1,000 bytes" in told.stderr


def test_an_article_on_stdin_that_is_not_utf_8_is_explained(folder: Path) -> None:
    told = run(folder, "explain", "-", stdin=b"H200 f\xfcr alle\n")
    assert told.exit_code == 0 and "H200  yes" in told.stdout


def test_an_opml_file_one_level_too_deep_is_told_and_one_less_is_read(folder: Path) -> None:
    feed = '<outline text="a/>" xmlUrl="https://a.example/f"/>'
    for levels, status in ((opml.MAX_DEPTH - 1, 0), (opml.MAX_DEPTH, 2)):
        inside = "<outline text='x/'>" * levels + feed + "</outline>" * levels
        (folder / "in.opml").write_text(f'<opml version="2.0">{inside}</opml>')
        told = run(folder, "feeds", "import", str(folder / "in.opml"))
        assert told.exit_code == status, told.stderr
        assert ("nested deeper than 1,000 levels" in told.stderr) is (status == 2)


def test_a_secret_in_a_pipe_is_not_waited_for(folder: Path) -> None:
    assert load_credential("pipe", {"CREDENTIALS_DIRECTORY": str(folder)}) is None


def test_rules_that_are_there_and_cannot_be_read_are_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.toml").symlink_to("nowhere")
    assert rules_path(None, {"HOME": str(tmp_path)}) == Path("rules.toml")
