"""A watch put into a rules file: one more line, every other byte as it was, and never a mistake."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.toml.edit import insert_watch, quote_string, replace_file
from monitor.core.errors import ConfigError

SECTION = (
    b'# mine\n[watch]\nH200 = "H200"   # chips\nlist = [\n  "a",  # one\n]\n\n[feeds]\nx = "https://x.example/f"\n'
)


def test_the_line_stands_at_the_end_of_the_watch_section() -> None:
    after, line = insert_watch(SECTION, "Qwen", ["Qwen", "通义千问"])
    assert line == 7
    assert after.decode().splitlines()[6] == 'Qwen = ["Qwen", "通义千问"]'
    assert tomllib.loads(after.decode())["watch"]["Qwen"] == ["Qwen", "通义千问"]


def test_a_file_without_the_section_gets_one_at_its_end() -> None:
    before = b'[watch.H200]\nany = ["H200"]\n[settings]\ntimezone = "UTC"'
    after, line = insert_watch(before, "T-Head IPO", ["T-Head"])
    assert after.startswith(before)
    assert after.decode().splitlines()[line - 1] == '"T-Head IPO" = "T-Head"'
    assert tomllib.loads(after.decode())["watch"] == {"H200": {"any": ["H200"]}, "T-Head IPO": "T-Head"}


def test_a_section_at_the_very_end_without_a_line_end_is_continued() -> None:
    after, line = insert_watch(b"[watch]\na = 'x'", "b", ["y"])
    assert (after, line) == (b"[watch]\na = 'x'\nb = \"y\"", 3)


def test_line_ends_and_byte_order_mark_stay(tmp_path: Path) -> None:
    after, _ = insert_watch(b"\xef\xbb\xbf[watch]\r\na = 'x'\r\n", "b", ["y"])
    assert after == b"\xef\xbb\xbf[watch]\r\na = 'x'\r\nb = \"y\"\r\n"


def test_what_is_not_utf_8_is_refused_with_its_line() -> None:
    with pytest.raises(ConfigError, match="line 2: the file is not UTF-8"):
        insert_watch(b"[watch]\na = 'B\xf6rse'\n", "b", ["y"])


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(names, st.lists(names, min_size=1, max_size=4))
def test_whatever_the_words_are_they_come_back_and_nothing_else_changes(name: str, terms: list[str]) -> None:
    after, line = insert_watch(SECTION, name, terms)
    lines = after.decode().split("\n")
    assert "\n".join(lines[: line - 1] + lines[line:]) == SECTION.decode()
    if name not in ("H200", "list"):
        told = tomllib.loads(after.decode())["watch"][name]
        assert told == (terms[0] if len(terms) == 1 else terms)


@given(names)
def test_a_quoted_text_is_a_toml_string(text: str) -> None:
    assert tomllib.loads(f"a = {quote_string(text)}") == {"a": text}


def test_a_file_is_replaced_at_once_with_its_mode_and_a_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "real.toml", tmp_path / "rules.toml"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    replace_file(link, b"new")
    assert link.is_symlink() and target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["real.toml", "rules.toml"]


def test_a_folder_that_cannot_be_written_is_a_sentence_and_the_file_stays(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot write"):
        replace_file(tmp_path / "none" / "rules.toml", b"new")
