"""The documents name every key, verb and option, and their examples are right."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest

from monitor.cli import VERBS, group
from monitor.config.load import load_rules
from tests.test_architecture import CORE_FLOORS

ROOT = Path(__file__).parent.parent
PAGES = {path.name: path.read_text(encoding="utf-8") for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))}
EXAMPLES: list[tuple[str, str]] = [
    (name, text) for name, page in PAGES.items() for text in re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
]


def schema_keys() -> set[str]:
    tables = json.loads((ROOT / "rules.schema.json").read_text())["$defs"].values()
    return {key for table in tables for key in table.get("properties", {})}


@pytest.mark.parametrize("key", sorted(schema_keys()))
def test_every_key_of_rules_toml_is_explained(key: str) -> None:
    assert f"`{key}`" in PAGES["configuration.md"]


@pytest.mark.parametrize(
    ("name", "text"), EXAMPLES, ids=[f"{name}-{number}" for number, (name, _) in enumerate(EXAMPLES)]
)
def test_every_example_passes_check(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text if "[watch" in text else '[watch]\nH200 = "H200"\n' + text)
    secrets = {"SLACK_WEBHOOK": "json://127.0.0.1/x", "EMAIL_URL": "mailto://127.0.0.1?from=a@x.example&to=b@x.example"}
    problems = [one for one in load_rules(path, environ=secrets).problems if not unnamed(one.code, text)]
    assert problems == []


def unnamed(code: str, text: str) -> bool:
    """An example of one section may name channels that stand in another."""
    return code == "unknown-channel" and "[notify]" not in text


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_on_the_first_page(verb: str) -> None:
    assert f"`monitor {verb}" in PAGES["README.md"]


def test_every_option_is_explained_by_the_program_itself() -> None:
    context = click.Context(group)
    for verb in VERBS:
        command = group.get_command(context, verb)
        assert command is not None and command.help
        for parameter in command.params:
            assert not isinstance(parameter, click.Option) or parameter.help, f"{verb} {parameter.name}"


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file(page: str) -> None:
    folder = ROOT if (ROOT / page).exists() else ROOT / "docs"
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", PAGES[page]):
        assert (folder / link).exists(), link


def missing_paths(text: str) -> list[str]:
    """Paths in backquotes or commands that name no file or folder, here or below monitor/."""
    quoted = re.findall(r"`([\w.-]*(?:/[\w.-]+)+/?|[\w-]+\.(?:md|py|toml))`", text)
    run = re.findall(r"\bpython\s+((?:bench|tests)/[\w/]+\.py)", text)
    paths = [one for one in quoted + run if "NAME" not in one]
    return [one for one in paths if not ((ROOT / one).exists() or (ROOT / "monitor" / one).exists())]


def missing_tables(text: str) -> list[str]:
    """Tables of code ("`NAME` of `path`") whose file defines no such name."""
    return [
        f"{name} of {path}"
        for name, path in re.findall(r"`([A-Z_]+)` (?:of|in)\s+`([\w./]+\.py)`", text)
        if not re.search(rf"^{name}\b", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    ]


@pytest.mark.parametrize("page", ["DESIGN.md", "CONTRIBUTING.md"])
def test_every_path_exists(page: str) -> None:
    assert len(re.findall(r"`[\w.-]+/", PAGES[page])) > 20
    assert missing_paths(PAGES[page]) == []


def test_every_table_to_add_a_row_to_exists() -> None:
    assert missing_tables(PAGES["CONTRIBUTING.md"]) == []


def test_a_path_and_a_table_that_do_not_exist_are_found() -> None:
    text = (
        "`core/attic/a.py` and `docs/attic.md`, `attic.md`, `core/`, `monitor/feeds/NAME.py`, `python bench/attic.py`"
    )
    assert missing_paths(text) == ["core/attic/a.py", "docs/attic.md", "attic.md", "bench/attic.py"]
    assert missing_tables("a row in `ATTIC` of `monitor/feeds/kinds.py`") == ["ATTIC of monitor/feeds/kinds.py"]


def test_the_design_shows_the_floors_inside_core() -> None:
    shown = re.search(r"From the bottom: (.+?)\.\n", PAGES["DESIGN.md"], re.DOTALL)
    assert shown
    floors = [tuple(re.findall(r"`(\w+)`", floor)) for floor in shown[1].split("→")]
    assert tuple(floors) == CORE_FLOORS
