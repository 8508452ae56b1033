"""The output of verbs: data on stdout, messages on stderr, one JSON envelope for programs."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from shutil import get_terminal_size
from typing import Any, NoReturn

import click

SCHEMA_VERSION = 1
OK, NEGATIVE, USAGE, TEMPORARY, CONFIG = 0, 1, 2, 75, 78


def print_message(text: str) -> None:
    """Print a message for the person on stderr."""
    click.echo(text, err=True)


def print_envelope(data: object, *, ok: bool = True, errors: Sequence[Mapping[str, Any]] = ()) -> None:
    """Print the envelope {"schema", "ok", "data", "errors"} on stdout."""
    envelope = {"schema": SCHEMA_VERSION, "ok": ok, "data": data, "errors": list(errors)}
    click.echo(json.dumps(envelope, ensure_ascii=False, default=json_default))


def fail(message: str, *, code: str, status: int, as_json: bool = False, help: str = "") -> NoReturn:
    """End the verb with an error: the envelope on stdout with --json, else a message on stderr."""
    if as_json:
        print_envelope(None, ok=False, errors=[{"code": code, "message": message, "help": help}])
    else:
        print_message(f"error[{code}]: {message}" + (f"\n  = help: {help}" if help else ""))
    raise SystemExit(status)


def exit_immediately(why: str) -> NoReturn:
    """End the process without closing SQLite connections: that would write their log into another file."""
    print_message(f"error[database]: {why}")
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(TEMPORARY)


def json_default(value: object) -> object:
    """The JSON form of a type that json does not know: dates in ISO 8601, sets as sorted lists."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, set | frozenset | tuple):
        return sorted(value) if isinstance(value, set | frozenset) else list(value)
    return str(value)


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]], *, aligned: bool = False) -> None:
    """Print a table: on a terminal in columns, cut to its width; in a pipe separated by tabs, unless aligned."""
    cells = [[format_cell(cell) for cell in row] for row in rows]
    if not (aligned or sys.stdout.isatty()):
        for row in cells:
            click.echo("\t".join(row))
        return
    widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
    columns = get_terminal_size().columns if sys.stdout.isatty() else 10_000
    room = max(20, columns - sum(widths[:-1]) - 2 * (len(widths) - 1))
    for row in [list(head), *cells]:
        fixed = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        last = row[-1] if len(row[-1]) <= room else row[-1][: room - 1] + "…"
        click.echo("  ".join([*fixed, last]).rstrip())


def format_cell(cell: object) -> str:
    """A value as one printable line: local time without seconds, a dash for nothing."""
    if isinstance(cell, datetime):
        return cell.astimezone().strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, tuple | list):
        return ", ".join(map(str, cell)) or "-"
    line = " ".join(str(cell).split()) if cell not in (None, "") else "-"
    return "".join(char if char.isprintable() else " " for char in line)


PROGRESS_STEP = 200  # articles between two updates of the bar


@contextmanager
def progress(length: int, label: str) -> Iterator[Callable[[], bool]]:
    """A progress bar on a terminal; yields the function to call once for each of `length` articles."""
    if not sys.stderr.isatty():
        yield lambda: False
        return
    done = 0
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:

        def step() -> bool:
            nonlocal done
            done += 1
            if done % PROGRESS_STEP == 0:
                bar.update(PROGRESS_STEP)
            return False

        yield step
        bar.update(done % PROGRESS_STEP)
