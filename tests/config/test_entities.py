"""[entity]: what is wrong with an entry is told with its place, and @name finds it wherever a term may stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from monitor.config.load import load_rules
from monitor.config.settings import LoadResult
from monitor.core.match.watch import Example, example_article
from tests.analysed import examine_watch

Load = Callable[..., LoadResult]

GOOD = """
[watch]
Chips = "@arm"
[entity]
nvidia = ["Nvidia", "英伟达"]
[entity.arm]
names = ["Arm"]
context = ["Softbank"]
[feeds]
one = "https://one.example/feed"
"""


@pytest.fixture
def read(tmp_path: Path) -> Load:
    """Write a text as rules.toml and load it."""

    def reading(text: str, last_good: Mapping[str, Any] | None = None) -> LoadResult:
        path = tmp_path / "rules.toml"
        path.write_text(text)
        return load_rules(path, environ={}, last_good=last_good)

    return reading


def test_an_entity_is_used_by_its_name(read: Load) -> None:
    reading = read(GOOD)
    assert not reading.problems
    [watch] = reading.settings.watches
    book = reading.settings.ruleset
    assert examine_watch(book, "Chips", example_article(watch, Example("Softbank sells shares of Arm"))).match
    assert not examine_watch(book, "Chips", example_article(watch, Example("Arm und Reich"))).match


@pytest.mark.parametrize(
    "old, new, code, line",
    [
        ('names = ["Arm"]', 'names = ["Arm", ""]', "empty-term", 7),
        ('names = ["Arm"]', 'isin = ["US0420682059"]', "bad-isin", 7),
        ('names = ["Arm"]', 'tickers = ["$ARM"]', "bad-ticker", 7),
        ('names = ["Arm"]', 'name = ["Arm"]', "unknown-key", 7),
        ('context = ["Softbank"]', 'ambiguous = ["Arm"]', "no-context", 8),
        ('context = ["Softbank"]', 'about = "the chip designer"\n[sets]\narm = ["x y"]', "name-clash", 6),
        ("@arm", "@amr", "unknown-set", 3),
    ],
)
def test_a_mistake_in_an_entity_is_told_with_its_line(read: Load, old: str, new: str, code: str, line: int) -> None:
    problems = read(GOOD.replace(old, new)).problems
    assert (code, line) in [(problem.code, problem.line) for problem in problems]


def test_a_broken_entity_costs_the_watch_that_needs_it_and_keeps_its_last_good_version(read: Load) -> None:
    good = read(GOOD)
    broken = GOOD.replace('names = ["Arm"]', 'names = ["A*"]')
    assert [watch.name for watch in read(broken).settings.watches] == []
    assert [watch.name for watch in read(broken, last_good=good.entries).settings.watches] == ["Chips"]


def test_a_letter_of_another_alphabet_among_latin_ones_is_warned_of(read: Load) -> None:
    reading = read(GOOD.replace('"@arm"', '["Qwеn", "Alibaba", "Газпром", "Ωmega", "通义"]'))
    told = [warning.message for warning in reading.warnings if warning.code == "look-alike"]
    assert told == [
        '"Qwеn" mixes alphabets: е is cyrillic small letter ie',
        '"Ωmega" mixes alphabets: Ω is greek capital letter omega',
    ]
