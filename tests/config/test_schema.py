from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from monitor.cli.check import schema
from monitor.config import schema as shape
from monitor.config.schema import schema_text

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads(schema_text())


def test_the_committed_schema_is_the_generated_one() -> None:
    """Where this fails: `python -m monitor schema > rules.schema.json`."""
    assert (ROOT / "rules.schema.json").read_text(encoding="utf-8") == schema_text()


def test_the_verb_prints_the_schema() -> None:
    assert CliRunner().invoke(schema).output == schema_text()


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def keys() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for table, definition in {"file": SCHEMA, **SCHEMA["$defs"]}.items():
        for key, value in definition["properties"].items():
            yield table, key, value


@pytest.mark.parametrize(("table", "key", "value"), list(keys()))
def test_every_key_is_described(table: str, key: str, value: dict[str, Any]) -> None:
    assert value.get("description", "").endswith("."), f"{table}.{key}"


@pytest.mark.parametrize("example", [*keys()])
def test_every_example_is_valid(example: tuple[str, str, dict[str, Any]]) -> None:
    _, _, value = example
    checker = jsonschema.Draft202012Validator({**value, "$defs": SCHEMA["$defs"]})
    for given in value.get("examples", []):
        checker.validate(given)


def test_the_shipped_rules_are_valid_for_an_editor() -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(tomllib.loads((ROOT / "rules.toml").read_text(encoding="utf-8")))


def test_the_shipped_rules_show_every_setting() -> None:
    text = (ROOT / "rules.toml").read_text(encoding="utf-8")
    settings = text.partition("[settings]")[2]
    assert [key for key in shape.SettingsTable.model_fields if f"# {key} " not in settings] == []


def test_the_shipped_rules_begin_with_the_schema_and_a_short_comment() -> None:
    lines = (ROOT / "rules.toml").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#:schema ./rules.schema.json"
    assert next(number for number, line in enumerate(lines) if not line.startswith("#")) < 10


@pytest.mark.parametrize(
    "text",
    [
        '[watch]\na = "x"\nb = ["x", "y"]\n[watch.c]\nany = "x"\nhits = ["x", { title = "y" }]\nin = "title"',
        '[feeds]\na = "https://e.org"\n[feeds.b]\nurl = "https://e.org"\nevery = "10m"',
        '[notify]\na = "slack://x"\n[notify.b]\nurl = "slack://x"\ndigest = ["07:30", "18:00"]',
        '[sets]\na = "x"\nb = ["x"]',
        '[settings]\nnotify = "a"\nquiet_hours = "22:00-06:30"\nprivate_networks = "::1/128"',
    ],
)
def test_short_and_long_forms_are_valid_for_an_editor(text: str) -> None:
    data = tomllib.loads(text)
    jsonschema.Draft202012Validator(SCHEMA).validate(data)
    shape.RulesFile.model_validate(data)


@pytest.mark.parametrize(
    "text",
    [
        "[watch]\na = 7",
        '[watch.a]\nnotfy = "x"',
        '[watch.a]\npriority = "loud"',
        '[feeds.a]\nevery = "5m"',
        '[feeds.a]\nurl = "https://e.org"\nevery = "5 min"',
        "[wacth]",
    ],
)
def test_an_editor_marks_a_mistake(text: str) -> None:
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(tomllib.loads(text))
