"""A mistake in rules.toml, with its address."""

from __future__ import annotations

from dataclasses import dataclass

# a second place that belongs to a problem: line, column, end column (all from 1), the source line, a label
Place = tuple[int, int, int, str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: what it is, where it stands, and the way out.

    line and column count from 1 and characters, end_column is exclusive; line 0 means the file as a whole.
    label is written beside the caret; entry is the dotted name of the entry it costs ("watch.H200").
    """

    code: str
    message: str
    line: int = 0
    column: int = 0
    end_column: int = 0
    source_line: str = ""
    label: str = ""
    help: str = ""
    related: tuple[Place, ...] = ()
    entry: str = ""
