"""Fixtures of the whole suite: a database of each kind, and how hard Hypothesis tries."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import coverage
import hypothesis
import pytest

from monitor.store.store import Store, open_store
from tests.databases import postgres, sqlite

# A person's run looks for new examples; CI repeats the same ones, so that it judges the change and not the dice.
hypothesis.settings.register_profile("suite", deadline=None, max_examples=60, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("suite")


def pytest_sessionfinish() -> None:
    """Save the coverage that tests/__init__.py began to measure: a worker of a parallel run ends without atexit."""
    if "COVERAGE_PROCESS_START" in os.environ and (measured := coverage.Coverage.current()):
        measured.stop()
        measured.save()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: two workers more than cores, because every fourth second of a test is one of waiting for a process."""
    return len(os.sched_getaffinity(0)) + 2


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was skipped, and why: a run that left something out must say so."""
    reasons = sorted({str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", [])})
    if reasons:
        terminalreporter.write_line(f"skipped: {'; '.join(reason.removeprefix('Skipped: ') for reason in reasons)}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of each kind."""
    if request.param == "sqlite":
        yield sqlite(tmp_path)
    else:
        with postgres() as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind without any tables."""
    if request.param == "sqlite":
        yield sqlite(tmp_path, migrated=False)
    else:
        with postgres(migrated=False) as url:
            yield url


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """What a verb run inside the test's process does to the log ends with the test."""
    root, raising = logging.getLogger(), logging.raiseExceptions
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers[:] = handlers
    logging.raiseExceptions = raising
    logging.captureWarnings(False)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open store on each kind of database."""
    with open_store(database_url) as opened:
        yield opened
