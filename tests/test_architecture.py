"""The structure of the source tree: floors, sizes and names. Each rule can fail, as planted trees show."""

from __future__ import annotations

import ast
import re
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.structure import Module, cycles, identifiers, length, modules, project_imports

ROOT = Path(__file__).parent.parent

# A room imports only from lower floors; rooms on one floor never import each other. DESIGN.md shows the same table.
FLOORS = (
    ("core", "clock", "processes", "resolver"),
    ("config", "fetch", "feeds", "store", "channels", "engine"),
    ("pipeline",),
    ("service",),
    ("demo",),
    ("cli",),
    ("__main__",),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
CORE_FLOORS = (
    ("model",),
    ("errors", "text", "websub", "schedule", "database_identity", "addresses"),
    ("match", "alerts"),
    ("facts",),
    ("dedupe",),
    ("decide",),
)
CORE_FLOOR = {room: number for number, rooms in enumerate(CORE_FLOORS) for room in rooms}
IMPURE = {"asyncio", "os", "socket", "time", "random", "threading", "subprocess", "logging", "pathlib", "sqlite3"}
OPENS_A_FILE = re.compile(r"(?<![\w.])open\(|\.read_text\(|\.read_bytes\(|\.write_text\(|\.write_bytes\(")
ONLY_IN = {
    "sqlalchemy": {"store"}, "alembic": {"store"}, "apprise": {"channels"}, "aiosmtplib": {"channels"},
    "trafilatura": {"feeds"}, "feedparser": {"feeds"}, "uvicorn": {"fetch"}, "httpx": {"fetch", "channels"},
    "lxml": {"feeds"}, "mf2py": {"feeds"}, "cssselect": {"config", "feeds"}, "listparser": {"cli"},
    "apscheduler": {"engine"},
}  # fmt: skip
MAX_LINES = 400
MAX_MODULES = {"store": 22, "feeds": 24}  # in one folder; 18 elsewhere, cli has a file for each verb
MAX_PROJECT_IMPORTS = 15
SMALL_MODULE = 40  # lines; below, a file needs two importers
# Around one poll, one run of a task, one reading of rules.toml and one reload: none may stop the others
CATCH_ALL = {"monitor.service.tasks", "monitor.engine.embedded", "monitor.service.reload", "monitor.config.load"}
JUNK = re.compile(r"(^|_|[a-z])(utils?|helpers?|managers?|handlers?|common)(_|$)", re.IGNORECASE)
LIBRARY_NAMES = {"add_signal_handler", "remove_signal_handler", "group"}
BANNED_WORDS = {
    "look", "visit", "desk", "sheet", "kin", "cousin", "cousins", "mouth", "works", "outlook", "told", "heed", "crew",
    "tame", "crowd", "walls", "bells", "oversight", "obey",
}  # fmt: skip
VAGUE_CONSTANTS = {
    "MOST", "LEAST", "MANY", "FEW", "LONG", "SHORT", "LONGEST", "SHORTEST", "BIGGEST", "LARGEST", "FAR", "RARE", "NEAR",
    "REACH", "BEAT", "TRIES", "TIME", "ONE", "TWO", "SOME", "OTHER",
}  # fmt: skip

ARTICLES = {"the", "a", "an", "of", "its", "s", "is", "this"}

Rule = Callable[[list[Module]], Iterator[str]]


def imports_go_down(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        for name, _ in module.imports:
            room = name.split(".")[1] if name.startswith("monitor.") else ""
            if room in FLOOR and module.room and room != module.room and FLOOR[room] >= FLOOR[module.room]:
                yield f"{module.name} imports {name}"


def core_imports_go_down(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        here = core_room(module.name)
        for name in project_imports(module, tree) if here else ():
            there = core_room(name)
            if there and there != here and CORE_FLOOR.get(there, 99) >= CORE_FLOOR.get(here, 0):
                yield f"{module.name} imports {name}"


def core_room(name: str) -> str:
    """The folder or file directly under monitor.core; empty elsewhere."""
    parts = name.split(".")
    return parts[2] if parts[:2] == ["monitor", "core"] and len(parts) > 2 else ""


def rooms_have_a_floor(tree: list[Module]) -> Iterator[str]:
    yield from (f"{module.room} has no floor" for module in tree if module.room and module.room not in FLOOR)
    rooms = {core_room(module.name) for module in tree} - {""}
    yield from (f"core.{room} has no floor" for room in sorted(rooms) if room not in CORE_FLOOR)


def core_is_pure(tree: list[Module]) -> Iterator[str]:
    allowed = core_libraries()
    for module in tree:
        for name, _ in module.imports if module.room == "core" else ():
            top = name.partition(".")[0]
            pure = top in sys.stdlib_module_names and top not in IMPURE
            if not (top in allowed or pure or "monitor.core" in name):
                yield f"{module.name} imports {name}"
        if module.room == "core" and OPENS_A_FILE.search(module.text):
            yield f"{module.name} opens a file"


def core_libraries() -> set[str]:
    """The libraries that DESIGN.md allows core to import."""
    said = re.search(r"^Libraries in `core`: (.+)$", (ROOT / "DESIGN.md").read_text(encoding="utf-8"), re.MULTILINE)
    return set(re.findall(r"`(\w+)`", said[1])) if said else set()


def no_cycles(tree: list[Module]) -> Iterator[str]:
    edges = {module.name: set(project_imports(module, tree)) - {module.name} for module in tree}
    yield from (f"cycle: {' → '.join(cycle)}" for cycle in cycles(edges))


def nobody_imports_the_own_package(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        package = module.name.rpartition(".")[0]
        if module.path.name != "__init__.py" and package != "monitor" and package in project_imports(module, tree):
            yield f"{module.name} imports its own package {package}"


def imports_stand_at_the_top(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        yield from (f"{module.name} imports {name} inside a function" for name, inside in module.imports if inside)
        if module.room != "cli" and "import_module" in module.text:
            yield f"{module.name} imports by name"


def modules_import_few_others(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        if (count := len(set(project_imports(module, tree)))) > MAX_PROJECT_IMPORTS:
            yield f"{module.name} imports {count} modules of the project"


def files_are_short(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        if (lines := module.text.count("\n")) > MAX_LINES:
            yield f"{module.path.name} has {lines} lines"


def folders_are_small(tree: list[Module]) -> Iterator[str]:
    counts = Counter(module.path.parent for module in tree if module.path.name != "__init__.py")
    for folder, count in counts.items():
        if folder.name != "cli" and count > MAX_MODULES.get(folder.name, 18):
            yield f"{folder.name} has {count} modules"


def small_modules_are_shared(tree: list[Module]) -> Iterator[str]:
    importers = defaultdict(set)
    for module in tree:
        for name in project_imports(module, tree):
            importers[name].add(module.name)
    for module in tree:
        own = module.path.name not in {"__init__.py", "__main__.py"} and module.room != "cli"
        if own and module.text.count("\n") < SMALL_MODULE and len(importers[module.name]) < 2:
            yield f"{module.name} has {module.text.count(chr(10))} lines and {len(importers[module.name])} importers"


def modules_are_used(tree: list[Module]) -> Iterator[str]:
    """A module is imported by another one, or run as a process by its name; the cli loads its verbs by a table."""
    used = {name for module in tree for name in project_imports(module, tree) if name != module.name}
    for module in tree:
        own = module.path.name not in {"__init__.py", "__main__.py"} and module.room != "cli"
        if own and module.name not in used and not any(f'"{module.name}"' in other.text for other in tree):
            yield f"{module.name} is used by no other module"


def functions_are_short(tree: list[Module]) -> Iterator[str]:
    sizes = [(length(node), f"{module.name}.{node.name}") for module in tree for node in module.functions()]
    yield from (f"{name} has {size} lines" for size, name in sizes if size > 60)
    if sizes and statistics.median(size for size, _ in sizes) > 8:
        yield f"the median function has {statistics.median(size for size, _ in sizes)} lines"


def names_say_something(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        defined = [node.name for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
        defined += [node.name for node in module.functions()] + [module.path.stem]
        yield from (f"{module.name}: {name}" for name in defined if JUNK.search(name) and name not in LIBRARY_NAMES)


def no_banned_word_is_a_name(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        for name in {*identifiers(module), module.path.stem}:
            words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
            yield from (f"{module.name}: {name}" for _ in words & BANNED_WORDS)


def constants_carry_a_noun(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        names = {name.lstrip("_") for name in identifiers(module)}
        yield from (f"{module.name}: {name}" for name in sorted(names & VAGUE_CONSTANTS))


def one_class_has_a_name(tree: list[Module]) -> Iterator[str]:
    places = defaultdict(list)
    for module in tree:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(module.name)
    yield from (f"{name} stands in {', '.join(found)}" for name, found in places.items() if len(found) > 1)


def one_file_has_a_stem(tree: list[Module]) -> Iterator[str]:
    places = defaultdict(list)
    for module in tree:
        if module.path.name != "__init__.py" and module.room != "cli":
            places[module.path.stem].append(module.name)
    yield from (f"{stem}.py stands in {', '.join(found)}" for stem, found in places.items() if len(found) > 1)


def errors_are_not_swallowed(tree: list[Module]) -> Iterator[str]:
    broad = [
        (module.name, node)
        for module in tree
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) == "Exception")
    ]
    yield from (f"{name} swallows an error" for name, node in broad if "log.exception" not in ast.unparse(node))
    places = sorted(name for name, _ in broad)
    if len(set(places) - CATCH_ALL) or len(places) > len(CATCH_ALL):
        yield f"{len(places)} places catch Exception: {', '.join(places)}"


def only_config_reads_the_environment(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        if module.room != "config" and re.search(r"\bos\.(environ|getenv)\b|from os import .*environ", module.text):
            yield f"{module.name} reads the environment"


def libraries_stay_in_their_rooms(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        for name, _ in module.imports:
            rooms = ONLY_IN.get(name.partition(".")[0])
            if rooms and module.room not in rooms:
                yield f"{module.name} imports {name}"


def modules_classes_and_functions_are_explained(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        if not ast.get_docstring(module.tree) and module.path.stem != "__main__":
            yield f"{module.name} does not say what it does"
        for node in module.public():
            if not ast.get_docstring(node) and node.name not in LIBRARY_NAMES:
                yield f"{module.name}.{node.name} is not explained"


def docstrings_say_more_than_the_name(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        for node in (one for one in ast.walk(module.tree) if isinstance(one, ast.FunctionDef | ast.ClassDef)):
            said = set(re.findall(r"[a-z]+", (ast.get_docstring(node) or "").lower())) - ARTICLES
            name = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", node.name)}
            if said and said <= name:
                yield f"{module.name}.{node.name} only repeats its name"


def rooms_say_what_they_refuse(tree: list[Module]) -> Iterator[str]:
    for module in tree:
        said = (ast.get_docstring(module.tree) or "").splitlines()
        if module.path.name == "__init__.py" and module.room and module.name.count(".") == 1 and len(said) < 3:
            yield f"{module.name} does not say what it does and what it refuses to know"


RULES: list[tuple[Rule, dict[str, str]]] = [
    (imports_go_down, {"core/a.py": "from monitor.store import b", "store/b.py": "", "store/__init__.py": ""}),
    (imports_go_down, {"fetch/a.py": "from monitor.store import b", "store/b.py": ""}),
    (core_imports_go_down, {"core/text/a.py": "from monitor.core.match import b", "core/match/b.py": ""}),
    (core_imports_go_down, {"core/match/a.py": "from monitor.core.alerts.b import c", "core/alerts/b.py": ""}),
    (rooms_have_a_floor, {"attic.py": ""}),
    (rooms_have_a_floor, {"core/attic/a.py": ""}),
    (core_is_pure, {"core/a.py": "import os"}),
    (core_is_pure, {"core/a.py": "import pydantic"}),
    (core_is_pure, {"core/a.py": "text = open('words.txt').read()"}),
    (no_cycles, {"core/a.py": "import monitor.core.b", "core/b.py": "from monitor.core.a import x"}),
    (no_cycles, {"store/__init__.py": "from monitor.store.a import x", "store/a.py": "from monitor.store import y"}),
    (nobody_imports_the_own_package, {"store/__init__.py": "y = 1", "store/a.py": "from monitor.store import y"}),
    (imports_stand_at_the_top, {"store/a.py": "def f():\n    import json"}),
    (modules_import_few_others, {"store/a.py": "\n".join(f"import monitor.core.m{n}" for n in range(16))}
        | {f"core/m{n}.py": "" for n in range(16)}),
    (files_are_short, {"store/a.py": "x = 1\n" * 401}),
    (folders_are_small, {f"fetch/m{n}.py": "" for n in range(19)}),
    (folders_are_small, {f"store/m{n}.py": "" for n in range(23)}),
    (small_modules_are_shared, {"store/a.py": "x = 1", "store/b.py": "import monitor.store.a"}),
    (modules_are_used, {"store/a.py": "x = 1", "store/b.py": "import monitor.store.b"}),
    (functions_are_short, {"store/a.py": "def f():\n" + "    x = 1\n" * 61}),
    (functions_are_short, {"store/a.py": "def f():\n" + "    x = 1\n" * 9}),
    (names_say_something, {"store/poll_utils.py": ""}),
    (names_say_something, {"store/a.py": "class PollManager: ..."}),
    (no_banned_word_is_a_name, {"store/a.py": "def take_a_look(): ..."}),
    (no_banned_word_is_a_name, {"store/a.py": "def f(visit): ..."}),
    (no_banned_word_is_a_name, {"store/a.py": "class TextSheet: ..."}),
    (no_banned_word_is_a_name, {"store/outlook.py": ""}),
    (constants_carry_a_noun, {"store/a.py": "MOST = 5"}),
    (one_class_has_a_name, {"store/a.py": "class Line: ...", "core/b.py": "class Line: ..."}),
    (one_file_has_a_stem, {"store/a.py": "", "core/a.py": ""}),
    (errors_are_not_swallowed, {"store/a.py": "try:\n    f()\nexcept Exception:\n    pass"}),
    (errors_are_not_swallowed, {"store/a.py": "try:\n    f()\nexcept Exception:\n    log.exception(1)"}),
    (only_config_reads_the_environment, {"store/a.py": "import os\nx = os.environ['HOME']"}),
    (libraries_stay_in_their_rooms, {"pipeline/a.py": "import httpx"}),
    (modules_classes_and_functions_are_explained, {"store/a.py": '"""A."""\ndef f(): ...'}),
    (docstrings_say_more_than_the_name, {"store/a.py": 'def poll_state():\n    """The poll\'s state."""'}),
    (rooms_say_what_they_refuse, {"store/__init__.py": '"""A store."""'}),
]  # fmt: skip


@cache
def program() -> list[Module]:
    """The package, parsed once for all rules."""
    return modules(ROOT)


@pytest.mark.parametrize("rule", dict.fromkeys(rule for rule, _ in RULES), ids=lambda rule: rule.__name__)
def test_the_house_keeps_the_rule(rule: Rule) -> None:
    assert list(rule(program())) == []


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


def test_a_cycle_is_printed_without_what_stands_above_it(tmp_path: Path) -> None:
    files = {"a": "import monitor.core.b", "b": "import monitor.core.c", "c": "import monitor.core.b"}
    for name, text in files.items():
        path = tmp_path / "monitor" / "core" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    assert list(no_cycles(modules(tmp_path))) == ["cycle: monitor.core.b → monitor.core.c → monitor.core.b"]


def test_the_design_shows_the_same_floors() -> None:
    rows = re.findall(r"^\| (\d) \| ([^|]+) \|", (ROOT / "DESIGN.md").read_text(encoding="utf-8"), re.MULTILINE)
    shown = {int(number): tuple(re.findall(r"`(\w+)`", rooms)) for number, rooms in rows}
    assert tuple(shown[number] for number in sorted(shown)) == FLOORS


def test_the_first_heading_of_the_changelog_is_the_version() -> None:
    heading = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heading and re.fullmatch(r"\d+\.\d+\.\d+", heading[1])
