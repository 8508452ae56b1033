"""Push is set up by two keys together; half of it is none, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config.load import load_rules
from monitor.config.settings import LoadResult

GOOD = '[watch]\nH200 = "H200"\n[feeds]\na = "https://a.example.org/feed"\n[settings]\n'
CALLBACK = 'callback = "https://alerts.example.org/push"'
LISTEN = 'listen = "127.0.0.1:8650"'


def read(folder: Path, *lines: str) -> LoadResult:
    path = folder / "rules.toml"
    path.write_text(GOOD + "\n".join(lines))
    return load_rules(path, environ={})


def test_hubs_are_asked_where_callback_and_listen_are_both_set(tmp_path: Path) -> None:
    found = read(tmp_path, CALLBACK, LISTEN)
    push = (found.settings.callback, found.settings.listen)
    assert push == ("https://alerts.example.org/push/", ("127.0.0.1", 8650))
    assert "half-push" not in [one.code for one in found.warnings] and not found.problems


@pytest.mark.parametrize("line", [CALLBACK, LISTEN])
def test_half_of_push_is_none_and_says_so(tmp_path: Path, line: str) -> None:
    found = read(tmp_path, line)
    assert (found.settings.callback, found.settings.listen) == ("", None)
    [warning] = [one for one in found.warnings if one.code == "half-push"]
    assert warning.source_line == line


@pytest.mark.parametrize("line", ['callback = "alerts.example.org"', 'listen = "8650"', "listen = 8650"])
def test_a_mistake_in_push_is_told_with_its_place(tmp_path: Path, line: str) -> None:
    [problem] = read(tmp_path, line).problems
    assert problem.source_line == line
