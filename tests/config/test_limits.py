"""A rules file costs nothing but itself: depth, sizes and kinds of file are bounded, and each bound is told."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from monitor.config import file_bounds, files
from monitor.config.file_bounds import MAX_VALUES
from monitor.config.load import load_rules
from monitor.config.settings import LoadResult
from monitor.config.toml.notes import MAX_PROBLEMS
from monitor.config.toml.problems import Problem, render_problems
from monitor.config.toml.scanner import MAX_DEPTH
from monitor.core.errors import ConfigError
from monitor.core.match import query
from monitor.core.match.watch import MAX_TERM
from monitor.service.reload import EditDebouncer, WaitUntil

HEAD = '[feeds]\nf = "https://f.example/x"\n[watch]\nH200 = "H200"\n'


def read(folder: Path, text: str, last: Mapping[str, Any] | None = None) -> LoadResult:
    path = folder / "rules.toml"
    path.write_text(text)
    return load_rules(path, environ={}, last_good=last)


def names(reading: LoadResult) -> list[str]:
    return [watch.name for watch in reading.settings.watches]


def nested(text: str, before: str, after: str, times: int) -> str:
    return before * times + text + after * times


DEEP: dict[str, Callable[[int], str]] = {
    "lists": lambda n: f"[watch.deep]\nany = {nested('', '[', ']', n)}\n",
    "tables": lambda n: f"[watch]\ndeep = {nested('1', '{a=', '}', n)}\n",
    "dotted key": lambda n: f"[watch]\ndeep{'.a' * n} = 1\n",
    "quoted dotted key": lambda n: "[watch]\ndeep" + '."a"' * n + " = 1\n",
    "dotted header": lambda n: f"[watch{'.a' * n}]\nb = 1\n",
    "dotted key in a table": lambda n: f"[watch]\ndeep = {{ x = 1, a{'.a' * n} = 1 }}\n",
    "array of tables": lambda n: f"[[watch{'.a' * n}]]\nb = 1\n",
}


@pytest.mark.parametrize("shape", DEEP)
def test_what_is_nested_one_level_too_deep_is_told_with_its_place(tmp_path: Path, shape: str) -> None:
    text = '[feeds]\nf = "https://f.example/x"\n' + DEEP[shape](MAX_DEPTH + 1) + '[watch.good]\nany = "H200"\n'
    reading = read(tmp_path, text)
    [problem] = [one for one in reading.problems if one.code == "too-deep"]
    assert problem.line in (3, 4) and problem.column > 1 and str(MAX_DEPTH) in problem.message
    assert "^ from here on" in render_problems([problem], path="rules.toml")
    assert "good" in names(reading)


def test_deep_signs_inside_texts_and_comments_are_no_depth(tmp_path: Path) -> None:
    many = "[" * (MAX_DEPTH + 1) + "." * (MAX_DEPTH + 1)
    text = HEAD + f"[watch.x]\nany = 'x'\nabout = '{many}' # {many}\n[watch.y]\nany='y'\nabout = '''\n{many}'''\n"
    assert read(tmp_path, text).problems == ()


EXPRESSIONS: dict[str, Callable[[int], str]] = {
    "parentheses": lambda n: nested("H200", "(", ")", n),
    "NOT": lambda n: "H200 AND " + "NOT " * n + "Qwen",
    "NEAR": lambda n: "H200" + " NEAR/3 Qwen" * n,
    "fields": lambda n: "title:" * n + "H200",
    "atleast": lambda n: nested("H200", "atleast(2, ", ")", n),
    "NOT in parentheses": lambda n: "H200 AND " + nested("Qwen", "NOT (", ")", n),
}


@pytest.mark.parametrize("shape", EXPRESSIONS)
def test_an_expression_one_level_too_deep_is_told_and_costs_only_its_watch(tmp_path: Path, shape: str) -> None:
    reading = read(tmp_path, HEAD + f"[watch.deep]\nmatch = '{EXPRESSIONS[shape](query.MAX_DEPTH + 1)}'\n")
    [problem] = reading.problems
    assert problem.code == "too-deep" and problem.line == 6 and problem.entry == "watch.deep" and problem.column > 9
    assert names(reading) == ["H200"]
    assert read(tmp_path, HEAD + f"[watch.deep]\nmatch = '{EXPRESSIONS[shape](10)}'\n").problems == ()


def test_long_rows_of_and_and_or_are_no_depth(tmp_path: Path) -> None:
    for joint in (" AND ", " OR "):
        row = joint.join(f"t{number}" for number in range(query.MAX_DEPTH * 4))
        assert read(tmp_path, HEAD + f"[watch.row]\nmatch = '{row}'\n").problems == ()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"any = '{'x' * (MAX_TERM + 1)}'", "too-long"),
        (f"match = '{'a OR ' * (query.MAX_LENGTH // 5)}abcdef'", "too-long"),
        (f"regex = '{'x' * 5001}'", "bad-regex"),
    ],
)
def test_a_text_one_character_too_long_is_told(tmp_path: Path, line: str, code: str) -> None:
    reading = read(tmp_path, HEAD + f"[watch.long]\n{line}\n")
    assert [problem.code for problem in reading.problems] == [code] and names(reading) == ["H200"]


def test_more_values_than_are_read_keep_the_last_good_version(tmp_path: Path) -> None:
    last = read(tmp_path, HEAD).entries
    reading = read(tmp_path, HEAD + f"many = [{'1,' * (MAX_VALUES + 1)}]\n", last)
    assert [problem.code for problem in reading.problems] == ["too-many"] and names(reading) == ["H200"]


BOUNDS: dict[str, tuple[str, int, Callable[[int], str], str]] = {
    "values": ("MAX_VALUES", 40, lambda n: "[watch.w]\nany = [" + "'a'," * (n - 4) + "]\n", "f"),
    "entries": ("MAX_ENTRIES", 10, lambda n: "".join(f"w{i} = 't{i}'\n" for i in range(n - 2)), "f"),
    "channels": ("MAX_CHANNELS", 3, lambda n: "[notify]\n" + "".join(f"c{i}='json://h/{i}'\n" for i in range(n)), "c3"),
    "terms of a set": ("MAX_TERMS", 10, lambda n: "w = '@s'\n[sets]\ns = [" + "'a'," * (n - 2) + "]\n", "w"),
    "terms of an entity": (
        "MAX_TERMS", 10, lambda n: "w = '@s'\n[entity.s]\nnames = [" + "'a'," * (n - 3) + "]\n", "w"
    ),
    "a set in match": (
        "MAX_TERMS", 10,
        lambda n: "[watch.w]\nmatch = 'x OR (@s)'\n[sets]\ns = [" + "'a'," * (n - 3) + "]\n",
        "w",
    ),
    "feeds": (
        "MAX_FEEDS", 3, lambda n: "".join(f"[feeds.f{i}]\nurl='https://h{i}.example/'\n" for i in range(1, n)), "f3"
    ),
    "match": ("MAX_EXPRESSIONS", 50, lambda n: f"[watch.w]\nmatch = '{'x' * n}'\n", "w"),
    "regex list": ("MAX_HEAVY_REGEXES", 3, lambda n: "[watch.w]\nregex = [" + "'ab{2}c'," * n + "]\n", "w"),
    "one regex each": (
        "MAX_HEAVY_REGEXES", 3, lambda n: "".join(f"[watch.w{i}]\nregex = 'ab{{2}}c'\n" for i in range(n)), "w3"
    ),
    "regex in match": (
        "MAX_HEAVY_REGEXES", 3, lambda n: "[watch.w]\nmatch = '" + " OR ".join(["/ab{2}c/"] * n) + "'\n", "w"
    ),
}  # fmt: skip


@pytest.mark.parametrize("shape", BOUNDS)
def test_one_more_than_is_read_is_told_at_its_entry_with_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    constant, most, make, entry = BOUNDS[shape]
    last = read(tmp_path, HEAD).entries
    monkeypatch.setattr(file_bounds, constant, most)
    assert [one for one in read(tmp_path, HEAD + make(most)).problems if one.code == "too-many"] == []
    text = HEAD + make(most + 1)
    [problem] = read(tmp_path, text, last).problems
    line = text.splitlines()[problem.line - 1]
    assert problem.code == "too-many" and f"at most {most:,} are read" in problem.message and problem.help
    assert entry in line[: problem.end_column] and problem.column > 0
    assert names(read(tmp_path, text, last)) == ["H200"]


def test_no_line_with_a_secret_is_shown_where_there_are_too_many_channels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_bounds, "MAX_CHANNELS", 1)
    path = tmp_path / "rules.toml"
    problems = read(tmp_path, HEAD + '[notify]\na = "json://h/x"\nb = "json://h/geheimnis"\n').problems
    told = render_problems(problems, path=path)
    assert "too-many" in told and ":7:" in told and "geheimnis" not in told


def test_a_channel_that_is_refused_stays_refused_behind_more_mistakes_than_are_listed(tmp_path: Path) -> None:
    wrong = "".join(f'w{number} = {{ any = "a", notfy = "b" }}\n' for number in range(MAX_PROBLEMS + 1))
    feeds = '[feeds.late]\nurl = "https://user@l.example/x"\n[feeds.soon]\nurl="https://s.example/x"\nevery="2s"\n'
    channels = '[notify]\nlocal = "syslog://"\nhook = "json://h/x?redirect=yes"\n'
    read_ = read(
        tmp_path,
        "[feeds]\n" + "".join(f"f{i} = 1\n" for i in range(MAX_PROBLEMS)) + feeds + channels + "[watch]\n" + wrong,
    )
    assert read_.settings.channels == () and read_.settings.sources == ()


def test_watches_of_one_term_are_told_apart_in_no_more_warnings_than_are_listed(tmp_path: Path) -> None:
    text = HEAD + "".join(f'w{number} = ["a", "b{number % 7}"]\n' for number in range(3 * MAX_PROBLEMS))
    assert len(read(tmp_path, text).warnings) == MAX_PROBLEMS


def test_of_many_mistakes_the_first_are_listed_and_the_others_counted(tmp_path: Path) -> None:
    entries = "".join(f'w{number} = {{ any = "a", notfy = "b" }}\n' for number in range(MAX_PROBLEMS + 7))
    problems = read(tmp_path, HEAD + entries).problems
    assert len(problems) == MAX_PROBLEMS + 1 and problems[-1].message == "7 more mistakes are not listed"


def kinds(folder: Path) -> dict[str, Path]:
    """Everything that may stand in the place of a rules file, and is none."""
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    (folder / "dangling").symlink_to("nowhere")
    (folder / "loop").symlink_to("loop")
    (folder / "null").symlink_to("/dev/null")
    (folder / "zero").symlink_to("/dev/zero")
    (folder / "to pipe").symlink_to("pipe")
    with (folder / "sparse").open("wb") as file:
        file.truncate(10**9)
    (folder / "utf-16").write_bytes(HEAD.encode("utf-16"))
    found = {path.name: path for path in folder.iterdir()}
    return found | {"missing parent": folder / "none" / "rules.toml", "below a file": folder / "utf-16" / "rules.toml"}


def test_what_is_no_regular_file_is_told_with_a_way_out_and_never_waited_for(tmp_path: Path) -> None:
    last = read(tmp_path / "..", HEAD).entries
    for name, path in kinds(tmp_path).items():
        reading = load_rules(path, environ={}, last_good=last)
        [problem] = reading.problems
        assert problem.help and problem.code in {"no-file", "too-large", "not-utf-8"}, name
        assert names(reading) == ["H200"], name
        if problem.code != "not-utf-8":
            with pytest.raises(ConfigError):
                load_rules(path, environ={})


def test_a_socket_is_no_rules_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        found = files.read_file(Path("s"))
    assert isinstance(found, Problem) and "is a socket" in found.message


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rules.toml").write_text(HEAD)

    def refused(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("monitor.config.files.os.open", refused)
    with pytest.raises(ConfigError, match="permission denied; give this user the right"):
        load_rules(tmp_path / "rules.toml")


def test_a_file_that_changes_while_it_is_read_is_read_again_and_then_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, looks = tmp_path / "rules.toml", []
    path.write_text(HEAD)
    real = os.fstat

    def changing(descriptor: int) -> os.stat_result:
        looks.append(descriptor)
        with path.open("a") as file:
            file.write("#\n")
        return real(descriptor)

    monkeypatch.setattr("monitor.config.files.os.fstat", changing)
    found = files.read_file(path)
    assert isinstance(found, Problem) and found.code == "changing" and len(looks) == 2 * files.MAX_READ_ATTEMPTS


def test_an_error_nobody_foresaw_keeps_the_last_good_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    last = read(tmp_path, HEAD).entries

    def broken(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(sys.modules["monitor.config.load"], "check_sections", broken)
    reading = load_rules(tmp_path / "rules.toml", environ={}, last_good=last)
    assert [problem.code for problem in reading.problems] == ["unreadable"] and names(reading) == ["H200"]
    with pytest.raises(ConfigError, match="take back the last edit"):
        load_rules(tmp_path / "rules.toml", environ={})


def test_a_file_that_is_too_deep_is_waited_for_like_a_torn_one() -> None:
    deep = (HEAD + DEEP["lists"](MAX_DEPTH + 1)).encode()
    assert isinstance(EditDebouncer(HEAD.encode()).observe(deep, 0.0), WaitUntil)
