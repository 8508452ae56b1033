"""Rows for people: aligned on a terminal, separated by tabs in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from shutil import get_terminal_size

import click


def show(head: Sequence[str], rows: Sequence[Sequence[object]], *, aligned: bool = False) -> None:
    """Print a table; the last column takes what room is left. aligned: also in a pipe."""
    cells = [[text(cell) for cell in row] for row in rows]
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


def text(cell: object) -> str:
    """A value in a table: local time without seconds, a dash for nothing, one line."""
    if isinstance(cell, datetime):
        return cell.astimezone().strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, tuple | list):
        return ", ".join(map(str, cell)) or "-"
    line = " ".join(str(cell).split()) if cell not in (None, "") else "-"
    return "".join(char if char.isprintable() else " " for char in line)
