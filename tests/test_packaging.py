"""The wheel carries everything the program needs outside a checkout."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_wheel_carries_rules_migrations_and_units(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in ("rules.toml", "rules.schema.json", "alembic/env.py", "alembic/versions/0001_first.py"):
        assert f"monitor/bundled/{name}" in names
    for name in ("monitor.service", "monitor.sysusers", "credentials.conf"):
        assert f"monitor/bundled/systemd/{name}" in names
    assert "monitor/demo/articles.toml" in names
    assert not any(name.startswith(("tests/", "alembic/")) for name in names)


def test_an_installed_wheel_finds_what_it_carries(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import sys; sys.path.insert(0, 'site')\n"
        "from monitor.config.environment import bundled_path\n"
        "assert 'site' in str(bundled_path('alembic')) and bundled_path('systemd').is_dir()\n"
        "assert bundled_path('rules.toml').is_file()\n"
    )
    subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, check=True)


def test_no_expression_has_a_possessive_group() -> None:
    """Python 3.11.2, Debian's, finds no "item" by (?:x:)?+item: fixed in 3.11.5 (gh-106052)."""
    written = [(path, text) for path in (ROOT / "monitor").rglob("*.py") for text in strings(path)]
    assert [(path.name, text) for path, text in written if re.search(r"\)(?:[*+?]|\{[\d,]+\})\+|\(\?>", text)] == []
    assert len(written) > 1000


def strings(path: Path) -> list[str]:
    """What a module has between quotes."""
    found = [node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)]
    return [
        text.decode("latin-1") if isinstance(text, bytes) else text for text in found if isinstance(text, str | bytes)
    ]
