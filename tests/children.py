"""The children of a process, and whether all of them are gone."""

from __future__ import annotations

import time
from pathlib import Path

from monitor.service.process import process_start_time

Known = dict[int, str]  # pid → start time, because pids are used again


def children(pid: int) -> Known:
    """The processes that a process has started and that still run."""
    pids: list[str] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        pids += task.read_text().split()
    return {int(child): process_start_time(int(child)) for child in pids if process_start_time(int(child))}


def alive(known: Known) -> Known:
    """Those of some processes that still run."""
    return {pid: at for pid, at in known.items() if process_start_time(pid) == at}


def wait_until_gone(known: Known, timeout: float = 30.0) -> None:
    """Return once none of them runs; an AssertionError where one still does."""
    until = time.monotonic() + timeout
    while left := alive(known):
        assert time.monotonic() < until, f"still there after {timeout:g} s: {left}"
        time.sleep(0.02)


def wait_for_children(pid: int, count: int, timeout: float = 30.0) -> Known:
    """The children once there are so many."""
    until = time.monotonic() + timeout
    while len(found := children(pid)) < count:
        assert time.monotonic() < until, f"{found} after {timeout:g} s"
        time.sleep(0.02)
    return found
