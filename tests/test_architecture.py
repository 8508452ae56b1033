"""The house: floors, rooms, sizes and names. Each rule is shown to be able to fail on a planted tree."""

from __future__ import annotations

import ast
import re
import statistics
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.structure import Module, length, modules

ROOT = Path(__file__).parent.parent

# A room imports only from lower floors; rooms on one floor never import each other.
FLOORS = (
    ("core", "clock", "parent", "child_process"),
    (
        "config", "acquire", "sources", "store", "notify", "bells", "owner", "sdnotify", "fetch", "feeds", "channels",
        "engine",
    ),
    ("outages", "desk", "visit"),
    ("look", "judging"),
    ("ingest", "reading", "dispatch", "rulebook", "backtest", "explain", "log", "oversight", "probe"),
    ("push", "settling"),
    ("pipeline",),
    ("works",),
    ("daemon", "once"),
    ("service",),
    ("demo",),
    ("cli",),
    ("__main__",),
)  # fmt: skip
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
IMPURE = {"asyncio", "os", "socket", "time", "random", "threading", "subprocess", "logging", "pathlib", "sqlite3"}
ENGINE = {"re2", "ahocorasick_rs"}
ONLY_IN = {
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "apprise": {"notify", "channels"},
    "aiosmtplib": {"notify", "channels"},
    "trafilatura": {"sources", "feeds"},
    "feedparser": {"sources", "feeds"},
    "uvicorn": {"acquire", "fetch"},
    "httpx": {"acquire", "fetch", "notify", "channels"},
    "lxml": {"sources", "feeds"},
    "mf2py": {"sources", "feeds"},
    "cssselect": {"config", "sources", "feeds"},
    "listparser": {"cli"},
}
JUNK = re.compile(r"(^|_|[a-z])(utils?|helpers?|managers?|handlers?|common)(_|$)", re.IGNORECASE)
THEIRS = {"add_signal_handler", "remove_signal_handler"}

Rule = Callable[[list[Module]], Iterator[str]]


def down(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        for name, _ in module.imports():
            room = name.split(".")[1] if name.startswith("monitor.") else ""
            if room in FLOOR and module.room and room != module.room and FLOOR[room] >= FLOOR[module.room]:
                yield f"{module.name} imports {name}"


def rooms_are_known(tree: list[Module]) -> Iterator[str]:
    yield from (f"{module.room} has no floor" for module in tree if module.room and module.room not in FLOOR)


def core_is_pure(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        for name, _ in module.imports() if module.room == "core" else ():
            top = name.partition(".")[0]
            allowed = top in ENGINE or (top in sys.stdlib_module_names and top not in IMPURE) or "monitor.core" in name
            if not allowed:
                yield f"{module.name} imports {name}"


def no_cycles(tree: list[Module]) -> Iterator[str]:
    names = {module.name for module in tree}
    edges = {module.name: set(targets(module, names)) - {module.name} for module in tree}
    while leaves := {name for name, out in edges.items() if not out}:
        edges = {name: out - leaves for name, out in edges.items() if name not in leaves}
    yield from (f"{name} is part of a cycle with {', '.join(sorted(out))}" for name, out in sorted(edges.items()))


def targets(module: Module, names: set[str]) -> Iterator[str]:
    for name, _ in module.imports():
        found = name if name in names else name.rpartition(".")[0]
        if found in names and not (module.name.startswith(found + ".") and name not in names):
            yield found


def imports_stand_at_the_top(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        yield from (f"{module.name} imports {name} inside a function" for name, inside in module.imports() if inside)
        if module.room != "cli" and "import_module" in module.text:
            yield f"{module.name} imports by name"


def files_are_short(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        if (lines := module.text.count("\n")) > 400:
            yield f"{module.path.name} has {lines} lines"


def functions_are_short(tree: list[Module]) -> Iterator[str]:
    sizes = [(length(node), f"{module.name}.{node.name}") for module in tree for node in module.functions()]
    yield from (f"{name} has {size} lines" for size, name in sizes if size > 60)
    if sizes and statistics.median(size for size, _ in sizes) > 8:
        yield f"the median function has {statistics.median(size for size, _ in sizes)} lines"


def names_say_something(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        defined = [node.name for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
        defined += [node.name for node in module.functions()] + [module.path.stem]
        yield from (f"{module.name}: {name}" for name in defined if JUNK.search(name) and name not in THEIRS)


def errors_are_not_swallowed(tree: list[Module]) -> Iterator[str]:
    broad = [
        (module.name, node)
        for module in tree
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) == "Exception")
    ]
    yield from (f"{name} swallows an error" for name, node in broad if "log.exception" not in ast.unparse(node))
    if len(broad) > 2:
        yield f"{len(broad)} places catch Exception: {', '.join(name for name, _ in broad)}"


def only_config_reads_the_environment(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        if module.room != "config" and re.search(r"\bos\.(environ|getenv)\b|from os import .*environ", module.text):
            yield f"{module.name} reads the environment"


def libraries_stay_in_their_rooms(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        for name, _ in module.imports():
            rooms = ONLY_IN.get(name.partition(".")[0])
            if rooms and module.room not in rooms:
                yield f"{module.name} imports {name}"


def everything_public_is_explained(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        if not ast.get_docstring(module.tree) and module.path.stem != "__main__":
            yield f"{module.name} does not say what it does"
        for node in module.public():
            if not ast.get_docstring(node) and not overridden(node):
                yield f"{module.name}.{node.name} is not explained"


def overridden(node: ast.AST) -> bool:
    """Names that a library gives a meaning to."""
    return getattr(node, "name", "") in {"group", "format_commands", "get_command", "list_commands"}


def rooms_say_what_they_refuse(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        said = (ast.get_docstring(module.tree) or "").splitlines()
        if module.path.name == "__init__.py" and module.room and len(said) < 3:
            yield f"{module.name} does not say what it does and what it refuses to know"


RULES: list[tuple[Rule, dict[str, str]]] = [
    (down, {"core/a.py": "from monitor.store import b", "store/b.py": "", "store/__init__.py": ""}),
    (down, {"acquire/a.py": "from monitor.store import b", "store/b.py": ""}),
    (rooms_are_known, {"attic.py": ""}),
    (core_is_pure, {"core/a.py": "import os"}),
    (core_is_pure, {"core/a.py": "import pydantic"}),
    (no_cycles, {"core/a.py": "import monitor.core.b", "core/b.py": "from monitor.core.a import x"}),
    (imports_stand_at_the_top, {"store/a.py": "def f():\n    import json"}),
    (files_are_short, {"store/a.py": "x = 1\n" * 401}),
    (functions_are_short, {"store/a.py": "def f():\n" + "    x = 1\n" * 61}),
    (functions_are_short, {"store/a.py": "def f():\n" + "    x = 1\n" * 9}),
    (names_say_something, {"store/poll_utils.py": ""}),
    (names_say_something, {"store/a.py": "class PollManager: ..."}),
    (errors_are_not_swallowed, {"store/a.py": "try:\n    f()\nexcept Exception:\n    pass"}),
    (only_config_reads_the_environment, {"store/a.py": "import os\nx = os.environ['HOME']"}),
    (libraries_stay_in_their_rooms, {"ingest.py": "import httpx"}),
    (everything_public_is_explained, {"store/a.py": '"""A."""\ndef f(): ...'}),
    (rooms_say_what_they_refuse, {"store/__init__.py": '"""A store."""'}),
]


@pytest.mark.parametrize("rule", dict.fromkeys(rule for rule, _ in RULES), ids=lambda rule: rule.__name__)
def test_the_house_keeps_the_rule(rule: Rule) -> None:
    assert list(rule(modules(ROOT))) == []


@pytest.mark.parametrize(("rule", "files"), RULES, ids=lambda value: getattr(value, "__name__", ""))
def test_the_rule_can_fail(rule: Rule, files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        path = tmp_path / "monitor" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    assert list(rule(modules(tmp_path)))


@pytest.mark.parametrize("package", ["tests", "bench", "alembic"])
def test_other_files_are_short_too(package: str) -> None:
    assert list(files_are_short(modules(ROOT, package))) == []


def test_the_first_heading_of_the_changelog_is_the_version() -> None:
    heading = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heading and re.fullmatch(r"\d+\.\d+\.\d+", heading[1])
