"""A TOML text cut into its statements, also where it is broken: a mistake must not swallow the lines after it.

Tree-sitter's own recovery glues the next lines to an error, so statements are cut by a scanner that knows strings,
comments and brackets, and that gives up on an open bracket where the next line plainly starts something new.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate

SECTIONS = ("watch", "sets", "entity", "feeds", "notify", "settings")

_BLANK = re.compile(r"(?:[ \t]*(?:#[^\n]*)?(?:\n|\Z))*[ \t]*")
_HEADER = re.compile(rf"[ \t]*\[{{1,2}}[ \t]*(?:{'|'.join(SECTIONS)})\b")
_PAIR = re.compile(r"""[ \t]*(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*=""")
_TOKEN = re.compile(
    r"""(?P<long>'{3}|"{3}) | "(?:\\.|[^"\\\n])*" | '[^'\n]*' | \#[^\n]*
    | (?P<open>[\[{]) | (?P<close>[\]}]) | (?P<line>\n) | [^"'\#\[\]{}\n]+ | .""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A header, or a name with its value: a half-open span of characters without its line end."""

    start: int
    end: int
    header: bool


def split(text: str) -> list[Statement]:
    """The statements of a text in order; what is neither header nor pair counts as a pair."""
    found: list[Statement] = []
    position = _skip(text, 0)
    while position < len(text):
        header = text[position] == "["
        end = _line_end(text, position) if header else _value_end(text, position)
        found.append(Statement(position, end, header))
        position = _skip(text, end)
    return found


def _skip(text: str, position: int) -> int:
    blank = _BLANK.match(text, position)
    return blank.end() if blank else position


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _value_end(text: str, position: int) -> int:
    """Where the statement ends: at the first line end outside brackets and long strings."""
    open_brackets: list[str] = []
    while (token := _TOKEN.match(text, position)) is not None:
        kind = token.lastgroup
        if kind == "line" and _ends_here(text, token.end(), open_brackets):
            return position
        position = token.end()
        if kind == "open":
            open_brackets.append(token[0])
        elif kind == "close" and open_brackets:
            open_brackets.pop()
        elif kind == "long":
            closing = text.find(token[0], position)
            if closing < 0:
                return _next_header(text, position)
            position = closing + 3
            while text[position : position + 1] == token[0][0]:  # up to two quotes may stand before the closing ones
                position += 1
    return len(text)


def _ends_here(text: str, next_line: int, open_brackets: list[str]) -> bool:
    if not open_brackets or _HEADER.match(text, next_line):
        return True
    return open_brackets[-1] == "[" and _PAIR.match(text, next_line) is not None


def _next_header(text: str, position: int) -> int:
    line = text.find("\n", position)
    while line >= 0:
        if _HEADER.match(text, line + 1):
            return line
        line = text.find("\n", line + 1)
    return len(text)


class Lines:
    """Character offsets as lines and columns, both counted from 1."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._starts = [0, *accumulate(len(line) + 1 for line in self._lines)]

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        low, high = 0, len(self._lines) - 1
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._starts[middle] <= offset else (low, middle - 1)
        return low + 1, offset - self._starts[low] + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column; clamped into the text."""
        line = min(max(line, 1), len(self._lines))
        return self._starts[line - 1] + min(max(column - 1, 0), len(self._lines[line - 1]))

    def text(self, line: int) -> str:
        """The source line of that number, without its line end."""
        return self._lines[line - 1] if 0 < line <= len(self._lines) else ""
