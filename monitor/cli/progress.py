"""A bar on a terminal while the archive is read; nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

STEP = 200  # articles between two drawings


@contextmanager
def progress(length: int, label: str) -> Iterator[Callable[[], bool]]:
    """A function to call once for each of `length` articles."""
    if not sys.stderr.isatty():
        yield lambda: False
        return
    done = 0
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:

        def step() -> bool:
            nonlocal done
            done += 1
            if done % STEP == 0:
                bar.update(STEP)
            return False

        yield step
        bar.update(done % STEP)
