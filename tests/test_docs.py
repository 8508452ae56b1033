"""The documents name every key, verb and option, and their examples are right."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest

from monitor import config
from monitor.cli import VERBS, group

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
    problems = [one for one in config.load(path, environ=secrets).problems if not unnamed(one.code, text)]
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
