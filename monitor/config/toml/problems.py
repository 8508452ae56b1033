"""Problems in a rules file, and their text for people: source line, caret and remedy."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

# a second place that belongs to a problem: line, column, end column (all from 1), the source line, a label
SourcePlace = tuple[int, int, int, str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: its message, its place and a remedy.

    line and column count from 1, in characters; end_column is exclusive; line 0 means the file as a whole.
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
    related: tuple[SourcePlace, ...] = ()
    entry: str = ""


MAX_SOURCE_WIDTH = 120  # columns of a source line; a longer one is cropped around the caret
MAX_MEASURED_LINE = 4 * MAX_SOURCE_WIDTH  # characters; a line may contain characters without width
_COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "frame": "\x1b[1;34m", "bold": "\x1b[1m"}
_RESET_COLOUR = "\x1b[0m"


def render_problems(problems: Iterable[Problem], *, path: Path | str, colour: bool = False, kind: str = "error") -> str:
    """The problems as text, separated by empty lines; kind is "error" or "warning"."""
    return "\n\n".join(_render_problem(problem, str(path), kind, _Painter(colour)) for problem in problems)


class _Painter:
    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, colour: str, text: str) -> str:
        return f"{_COLOURS[colour]}{text}{_RESET_COLOUR}" if self.on and text else text


def _render_problem(problem: Problem, path: str, kind: str, paint: _Painter) -> str:
    title = f"{paint(kind, f'{kind}[{problem.code}]')}{paint('bold', ': ' + escape_unprintable(problem.message))}"
    if not problem.line:
        lines = [title, f" {paint('frame', '-->')} {path}"]
        return "\n".join([*lines, *_render_help(problem, " ", paint)])
    here: SourcePlace = (problem.line, problem.column, problem.end_column, problem.source_line, problem.label)
    places = sorted({here, *problem.related}, key=lambda place: place[:2])
    margin = " " * len(str(max(place[0] for place in places)))
    address = f"{margin}{paint('frame', '-->')} {path}:{problem.line}:{problem.column}"
    lines = [title, address, f"{margin} {paint('frame', '|')}"]
    for place in places:
        mark, tint = ("^", kind) if place == here else ("-", "frame")
        lines += _render_excerpt(place, mark, margin, tint, paint)
    return "\n".join([*lines, *_render_help(problem, margin, paint)])


def _render_excerpt(place: SourcePlace, mark: str, margin: str, tint: str, paint: _Painter) -> list[str]:
    line, column, end_column, source_line, label = place
    shown, start, end = _crop_line(source_line, column - 1, end_column - 1)
    indent = _text_width(escape_unprintable(shown[:start]))
    carets = mark * max(_text_width(escape_unprintable(shown[start:end])), 1)
    pointer = " " * indent + paint(tint, f"{carets} {escape_unprintable(label)}".rstrip())
    number = str(line).rjust(len(margin))
    bar = paint("frame", "|")
    return [f"{paint('frame', number)} {bar} {escape_unprintable(shown)}".rstrip(), f"{margin} {bar} {pointer}"]


def _crop_line(line: str, start: int, end: int) -> tuple[str, int, int]:
    """A long line cropped around its caret, and the new start and end of the caret."""
    end = min(max(end, start + 1), max(len(line), start + 1))
    if len(line) <= MAX_MEASURED_LINE and _text_width(line) <= MAX_SOURCE_WIDTH:
        return line, start, end
    left = max(0, min(start - MAX_SOURCE_WIDTH // 3, len(line) - MAX_SOURCE_WIDTH))
    right = min(len(line), left + MAX_SOURCE_WIDTH)
    before, after = "…" * (left > 0), "…" * (right < len(line))
    shift = len(before) - left
    return before + line[left:right] + after, start + shift, min(end, right) + shift


def _render_help(problem: Problem, margin: str, paint: _Painter) -> list[str]:
    return [f"{margin} {paint('frame', '=')} help: {escape_unprintable(problem.help)}"] if problem.help else []


def escape_unprintable(text: str) -> str:
    """The text for a terminal: control and direction characters are shown as a visible character of one column."""
    return "".join(_escape_character(character) for character in text)


def _escape_character(character: str) -> str:
    if character == "\t":
        return " "
    if character < " ":
        return chr(0x2400 + ord(character))
    if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return "\N{REPLACEMENT CHARACTER}"
    return character


def _text_width(text: str) -> int:
    """The width in terminal columns: Chinese characters take two, combining marks none."""
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def summarize_problems(problems: Sequence[Problem], name: str) -> str:
    """The number of problems in a sentence, and what a running monitor does about them."""
    number = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return f"{number} in {name}; a running monitor keeps the last good version of each entry concerned."


MAX_WORD_LENGTH = 100  # characters; longer words are not compared
MAX_COMPARED_WORDS = 1000  # words to compare with: 10 ms


def find_nearest_word(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to a misspelt one, ignoring case (difflib); None where none is near."""
    if len(word) > MAX_WORD_LENGTH:
        return None
    by_folded = {name.casefold(): name for name in islice(known, MAX_COMPARED_WORDS) if len(name) <= MAX_WORD_LENGTH}
    close = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None
