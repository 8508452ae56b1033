"""The command line starts at once and says what it is."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from monitor.cli import group

ROOT = Path(__file__).parents[2]
HEAVY = ("sqlalchemy", "apprise", "apscheduler", "feedparser", "httpx", "pydantic", "re2", "tree_sitter", "alembic")


def monitor(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "monitor", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def modules(code: str) -> set[str]:
    """What a piece of code has imported at its end."""
    ask = f"{code}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    told = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(told.stdout.split())


def test_help_fits_a_screen_and_shows_every_verb() -> None:
    told = monitor("-h")
    assert told.returncode == 0
    assert len(told.stdout.splitlines()) <= 48
    for verb in ("run", "demo", "check", "init", "match", "articles", "alerts", "status", "db", "schema"):
        assert f"  {verb} " in told.stdout


def verbs(within: click.Group) -> Iterator[click.Command]:
    """Every verb of a group, loaded, and those of the groups in it."""
    context = click.Context(within)
    for name in within.list_commands(context):
        command = within.get_command(context, name)
        assert command is not None, name
        yield command
        if isinstance(command, click.Group):
            yield from verbs(command)


def test_every_verb_of_the_help_screens_can_be_loaded() -> None:
    assert len(list(verbs(group))) >= 40 and all(one.callback and one.help for one in verbs(group))


def test_help_loads_nothing_heavy() -> None:
    assert not modules("from monitor.cli import group\ngroup.main(['-h'], standalone_mode=False)") & set(HEAVY)


def test_check_loads_neither_database_nor_notifications() -> None:
    assert not modules("import monitor.cli.check") & {"sqlalchemy", "apprise", "alembic", "feedparser", "httpx"}


def test_neither_the_daemon_nor_the_feeds_verbs_load_what_only_pages_or_lists_need() -> None:
    dear = {"lxml", "mf2py", "bs4", "trafilatura", "listparser"}
    assert (
        not modules(
            "import monitor.service.daemon, monitor.cli.feeds.list, monitor.cli.feeds.add, monitor.cli.feeds.poll"
        )
        & dear
    )
    assert not modules("import monitor.feeds.parse_worker") & dear


def test_a_database_of_this_version_is_used_without_what_would_change_it() -> None:
    used = "import monitor.cli.run, monitor.cli.feeds.poll, monitor.cli.status, monitor.cli.database"
    assert "alembic" not in modules(used)


def test_help_costs_little_more_than_the_library_that_prints_it() -> None:
    """Side by side: the same start takes 0.09 or 0.17 s of processor time as machines go. 1.4 times is usual."""

    def cost(*arguments: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    rounds = [(cost("-m", "monitor", "-h"), cost("-c", "import click")) for _ in range(7)]
    helped, bare = (min(costs) for costs in zip(*rounds, strict=True))
    assert helped < 2.5 * bare


def test_a_mistyped_verb_is_answered_with_the_nearest_and_status_2() -> None:
    told = monitor("chek")
    assert told.returncode == 2
    assert "Did you mean" in told.stderr and "check" in told.stderr


@pytest.mark.parametrize("arguments", [["run", "--never"], ["articles", "--since", "yesterday"], ["db"], ["init"]])
def test_wrong_usage_ends_with_status_2(arguments: list[str]) -> None:
    assert monitor(*arguments).returncode == 2


def test_a_reader_that_goes_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        command = [sys.executable, "-m", "monitor", "schema"]
        told = subprocess.run(command, cwd=ROOT, stdout=pipe, stderr=subprocess.PIPE, text=True, check=False)
    assert "Traceback" not in told.stderr
