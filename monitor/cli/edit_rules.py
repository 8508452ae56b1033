"""Adds lines to rules.toml for a verb. Existing text stays as it is; a line that would be a mistake is not written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from monitor.cli.context import Options
from monitor.cli.output import CONFIG, NEGATIVE, USAGE, fail
from monitor.config import environment, files
from monitor.config.load import load_rules
from monitor.config.toml.edit import replace_file
from monitor.config.toml.problems import Problem, render_problems
from monitor.core.errors import ConfigError

EditBytes = Callable[[bytes], tuple[bytes, int]]  # the file's bytes → the new ones, and the number of the new line


@dataclass(frozen=True, slots=True)
class RulesEdit:
    """An edit of rules.toml that was checked; written: whether it is in the file."""

    path: Path
    line: int
    diff: str  # as `diff -u` shows it
    written: bool

    def as_data(self) -> dict[str, Any]:
        """The edit as JSON data, without the diff."""
        return {"file": str(self.path), "line": self.line, "written": self.written}


def writable_rules_file(options: Options, *, as_json: bool) -> Path:
    """The rules file to edit; ends the verb where that is the file shipped with the program."""
    path = environment.rules_path(options.rules)
    if path == environment.bundled_path("rules.toml") and options.rules is None:
        help = "`monitor init DIR` writes one of your own; --rules names it"
        fail(f"{path} came with the program", code="bundled", status=USAGE, as_json=as_json, help=help)
    return path


def apply_edit(path: Path, edit: EditBytes, *, dry_run: bool, as_json: bool) -> RulesEdit:
    """Check an edit and write it, unless it is a dry run; a mistake that it would bring ends the verb."""
    try:
        before = files.read_file(path)
        if isinstance(before, Problem):
            raise ConfigError(f"{before.message}; {before.help}")
        after, line = edit(before)
        if problems := new_problems(path, before, after):
            shown = render_problems(problems, path=path, colour=False)
            fail(f"nothing was written\n\n{shown}", code="rejected", status=CONFIG, as_json=as_json)
        if not dry_run:
            replace_file(path, after)
    except ConfigError as error:
        fail(str(error), code="not-written", status=NEGATIVE, as_json=as_json)
    return RulesEdit(path, line, "".join(diff_lines(path, before, after)), not dry_run)


def new_problems(path: Path, before: bytes, after: bytes) -> Sequence[Problem]:
    """The mistakes in the new bytes that the old bytes do not have."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        old, new = (load_problems(copy, data) for data in (before, after))
    known = {(problem.code, problem.message, problem.entry) for problem in old}
    return [problem for problem in new if (problem.code, problem.message, problem.entry) not in known]


def load_problems(copy: Path, data: bytes) -> Sequence[Problem]:
    """The mistakes in data, loaded as a rules file at the path of copy."""
    copy.write_bytes(data)
    try:
        return load_rules(copy).problems
    except ConfigError:
        return ()


def diff_lines(path: Path, before: bytes, after: bytes) -> list[str]:
    """The change as the lines of `diff -u`."""
    old, new = (data.decode("utf-8-sig").replace("\r\n", "\n").splitlines(keepends=True) for data in (before, after))
    return [line if line.endswith("\n") else line + "\n" for line in unified_diff(old, new, str(path), str(path), n=2)]
