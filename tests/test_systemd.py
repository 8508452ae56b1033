"""The unit is valid, as closed as its work allows, and every line of it is explained."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.cli.init import render_unit

UNITS = Path(__file__).parent.parent / "systemd"
TEXT = (UNITS / "monitor.service").read_text()

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)


@needs_systemd
def test_systemd_takes_the_unit_without_a_word(tmp_path: Path) -> None:
    path = tmp_path / "monitor.service"
    path.write_text(render_unit(TEXT, tmp_path).replace(str(Path(sys.executable).with_name("monitor")), "/bin/true"))
    told = analyze("verify", "--man=no", str(path))
    assert (told.returncode, told.stderr) == (0, "")


@needs_systemd
def test_the_exposure_is_at_most_one_and_a_half() -> None:
    assert analyze("security", "--offline=true", "--threshold=15", str(UNITS / "monitor.service")).returncode == 0
    told = analyze("security", "--offline=true", str(UNITS / "monitor.service")).stdout
    exposure = re.search(r"Overall exposure level .*?: ([\d.]+)", told)
    assert exposure and float(exposure[1]) <= 1.5


def test_the_unit_says_what_the_daemon_needs() -> None:
    for line in (
        "Type=notify",
        "WatchdogSec=60",
        "User=monitor",
        "RestartPreventExitStatus=78",
        "StateDirectory=monitor",
    ):
        assert line in TEXT.splitlines()
    checks = TEXT.index("ExecReload=/usr/local/bin/monitor check")
    assert checks < TEXT.index("ExecReload=/bin/kill -HUP"), "rules are checked before the daemon hears of them"


def test_every_group_of_lines_is_explained() -> None:
    groups = [group for group in TEXT.split("\n\n") if "=" in group]
    bare = [group for group in groups if not group.startswith(("#", "[")) and "#" not in group]
    assert bare == []


@pytest.mark.parametrize("library", ["re2", "tree_sitter_toml", "watchfiles", "httptools", "pydantic", "sqlalchemy"])
def test_the_libraries_live_without_memory_that_is_writable_and_executable(library: str) -> None:
    """PR_SET_MDWE (65, since Linux 6.3) is what MemoryDenyWriteExecute= asks of a process."""
    code = f"import ctypes; ctypes.CDLL(None).prctl(65, 1, 0, 0, 0); import {library}"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
