"""What a process loads: a worker only what its work needs, the face of a package nothing at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OF_THE_DAEMON = {"httpx", "aiosmtplib", "sqlalchemy", "alembic", "pydantic", "apscheduler", "uvicorn", "click",
                 "tree_sitter", "re2", "ahocorasick_rs"}  # fmt: skip
OF_PAGES = {"lxml", "trafilatura", "mf2py", "cssselect", "bs4"}
# worker → what it does not load, and the rooms of this program that it may load
WORKERS = {
    "monitor.channels.send_worker": (OF_THE_DAEMON | OF_PAGES | {"feedparser"}, {"channels", "core", "processes"}),
    "monitor.feeds.parse_worker": (
        OF_THE_DAEMON | OF_PAGES | {"apprise", "requests", "asyncio"},
        {"feeds", "core", "processes"},
    ),
    "monitor.feeds.webpage.article": (
        OF_THE_DAEMON | {"apprise", "requests", "asyncio", "mf2py"},
        {"feeds", "core", "processes"},
    ),
    "monitor.feeds.webpage.headlines": (
        OF_THE_DAEMON | {"apprise", "asyncio", "trafilatura"},
        {"feeds", "core", "processes"},
    ),
}
FACES = ["config", "fetch", "feeds", "store", "channels", "processes", "engine", "core", "pipeline", "service"]


def loaded(code: str) -> set[str]:
    """The modules that a program has loaded at its end."""
    said = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(said.stdout.split())


@pytest.mark.parametrize("worker", WORKERS)
def test_a_worker_loads_only_what_its_work_needs(worker: str) -> None:
    needless, rooms = WORKERS[worker]
    modules = loaded(f"import {worker}")
    assert {name.partition(".")[0] for name in modules} & needless == set()
    assert {name.split(".")[1] for name in modules if name.startswith("monitor.")} <= rooms
    assert "monitor.processes.pool" not in modules


def test_the_sender_loads_no_more_of_this_program_than_it_uses() -> None:
    ours = {name for name in loaded("import monitor.channels.send_worker") if name.startswith("monitor.")}
    assert {name for name in ours if name.startswith("monitor.channels")} == {
        "monitor.channels",
        "monitor.channels.mail_headers",
        "monitor.channels.send_worker",
    }


@pytest.mark.parametrize("room", FACES)
def test_the_face_of_a_package_loads_nothing(room: str) -> None:
    found = loaded(f"import monitor.{room}") - loaded("")
    assert {name for name in found if name.partition(".")[0] not in sys.stdlib_module_names} == {
        "monitor", f"monitor.{room}",
    }  # fmt: skip
