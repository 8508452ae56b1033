"""Splits TOML text into statements, also where it is broken, and locates all names and values.

Tree-sitter's error recovery joins the following lines to an error. The scanner here knows strings, comments and
brackets, and ends a statement with an open bracket where the next line clearly starts another one.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from itertools import accumulate

import tree_sitter
import tree_sitter_toml

MAX_DEPTH = 32  # levels of dotted names, lists and tables in one statement; rules need six

SECTIONS = ("watch", "sets", "entity", "feeds", "notify", "settings")

_BLANK_LINES = re.compile(r"(?:[ \t]*(?:#[^\n]*)?(?:\n|\Z))*[ \t]*")
_HEADER_START = re.compile(rf"[ \t]*\[{{1,2}}[ \t]*(?:{'|'.join(SECTIONS)})\b")
_PAIR_START = re.compile(r"""[ \t]*(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*=""")
_VALUE_TOKEN = re.compile(
    r"""(?P<long>'{3}|"{3}) | "(?:\\.|[^"\\\n])*"? | '[^'\n]*' | \#[^\n]*
    | (?P<open>[\[{]) | (?P<close>[\]}]) | (?P<line>\n) | (?P<plain>[^"'\#\[\]{}\n]+) | .""",
    re.VERBOSE,
)
_PUNCTUATION = re.compile(r"[.=,\n]")


@dataclass(frozen=True, slots=True)
class Statement:
    """A header, or a name with its value, as a half-open span of characters without its line end.

    depth_exceeded_at: the offset at which it is nested deeper than MAX_DEPTH; None where it is not.
    """

    start: int
    end: int
    header: bool
    depth_exceeded_at: int | None = None


def split_statements(text: str) -> list[Statement]:
    """The statements of a text in order; anything but a header counts as a name with a value."""
    found: list[Statement] = []
    unclosed: set[str] = set()  # triple quotes that are never closed
    position = _skip_blank(text, 0)
    while position < len(text):
        header = text[position] == "["
        end, deep = _header_end(text, position) if header else _value_end(text, position, unclosed)
        found.append(Statement(position, end, header, deep))
        position = _skip_blank(text, end)
    return found


class _Nesting:
    """The nesting depth of brackets and dotted names; deep: the offset at which MAX_DEPTH is exceeded.

    Both are bounded before parsing: a parser recurses for each bracket, and its time grows with the square of the
    length of a dotted name.
    """

    def __init__(self) -> None:
        self.brackets: list[str] = []
        self.dots = 0
        self.deep: int | None = None

    def add(self, token: re.Match[str]) -> None:
        match token.lastgroup:
            case "open":
                self.brackets.append(token[0])
                self._bound(len(self.brackets) > MAX_DEPTH, token.start())
            case "close" if self.brackets:
                self.brackets.pop()
            case "plain" | "line":
                for mark in _PUNCTUATION.finditer(token[0]):
                    self.dots = self.dots + 1 if mark[0] == "." else 0
                    self._bound(self.dots >= MAX_DEPTH, token.start() + mark.start())

    def _bound(self, over: bool, at: int) -> None:
        if over and self.deep is None:
            self.deep = at


def _skip_blank(text: str, position: int) -> int:
    blank = _BLANK_LINES.match(text, position)
    return blank.end() if blank else position


def _header_end(text: str, position: int) -> tuple[int, int | None]:
    end = text.find("\n", position)
    end, nesting = len(text) if end < 0 else end, _Nesting()
    for token in _VALUE_TOKEN.finditer(text, position, end):
        nesting.add(token)
    return end, nesting.deep


def _value_end(text: str, position: int, unclosed: set[str]) -> tuple[int, int | None]:
    """The end of a statement (the first line end outside brackets and long strings), and where it is too deep."""
    nesting = _Nesting()
    while (token := _VALUE_TOKEN.match(text, position)) is not None:
        kind = token.lastgroup
        if kind == "line" and _ends_here(text, token.end(), nesting.brackets):
            return position, nesting.deep
        nesting.add(token)
        position = token.end()
        if kind == "long":
            closed = _long_string_end(text, position, token[0], unclosed)
            if closed is None:
                return _next_header(text, position), nesting.deep
            position = closed
    return len(text), nesting.deep


def _long_string_end(text: str, position: int, quotes: str, unclosed: set[str]) -> int | None:
    """The end of a triple-quoted string; None where it is never closed, which is searched once per kind of quote."""
    closing = -1 if quotes in unclosed else text.find(quotes, position)
    if closing < 0:
        unclosed.add(quotes)
        return None
    position = closing + 3
    while text[position : position + 1] == quotes[0]:  # up to two quotes may precede the closing ones
        position += 1
    return position


def _ends_here(text: str, next_line: int, open_brackets: list[str]) -> bool:
    if not open_brackets or _HEADER_START.match(text, next_line):
        return True
    return open_brackets[-1] == "[" and _PAIR_START.match(text, next_line) is not None


def _next_header(text: str, position: int) -> int:
    line = text.find("\n", position)
    while line >= 0:
        if _HEADER_START.match(text, line + 1):
            return line
        line = text.find("\n", line + 1)
    return len(text)


class LineIndex:
    """Converts character offsets to lines and columns, both counted from 1."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._starts = [0, *accumulate(len(line) + 1 for line in self._lines)]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        low, high = 0, len(self._lines) - 1
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._starts[middle] <= offset else (low, middle - 1)
        return low + 1, offset - self._starts[low] + 1

    def line_text(self, line: int) -> str:
        """The source line of that number, without its line end."""
        return self._lines[line - 1] if 0 < line <= len(self._lines) else ""


Span = tuple[int, int]
KeyPath = tuple[str | int, ...]

_TOML_LANGUAGE = tree_sitter.Language(tree_sitter_toml.language())


@dataclass(frozen=True, slots=True)
class DuplicateName:
    """A duplicate name: its path, the spans of both uses, and the span of the whole second statement."""

    path: KeyPath
    first: Span
    second: Span
    statement: Span


@dataclass(slots=True)
class SourceSpans:
    """Spans in UTF-8 bytes by path of names and values, and the duplicate names."""

    names: dict[KeyPath, Span] = field(default_factory=dict)
    values: dict[KeyPath, Span] = field(default_factory=dict)
    duplicates: list[DuplicateName] = field(default_factory=list)
    pairs: set[KeyPath] = field(default_factory=set)
    headers: set[KeyPath] = field(default_factory=set)
    arrays: dict[KeyPath, int] = field(default_factory=dict)


def locate_names(text: str) -> SourceSpans:
    """The spans of all names and values; of a broken text only those that tree-sitter recognises."""
    spans = SourceSpans()
    root = tree_sitter.Parser(_TOML_LANGUAGE).parse(text.encode()).root_node
    for node in root.children:
        if node.type == "pair":
            _pair(node, (), spans)
        elif node.type in {"table", "table_array_element"}:
            _table(node, spans)
    return spans


def _table(node: tree_sitter.Node, spans: SourceSpans) -> None:
    keys = _keys(node)
    if not keys:
        return
    path: KeyPath = tuple(name for name, _ in keys)
    if node.type == "table_array_element":
        number = spans.arrays.get(path, 0)
        spans.arrays[path] = number + 1
        spans.names.setdefault(path, keys[-1][1])
        path = (*path, number)
    elif _note_duplicate(path, keys, node, spans):
        return
    spans.names[path] = keys[-1][1]
    spans.headers.add(path)
    for child in node.children:
        if child.type == "pair":
            _pair(child, path, spans)


def _pair(node: tree_sitter.Node, base: KeyPath, spans: SourceSpans) -> None:
    keys = _keys(node)
    if not keys or len(node.children) < 3:
        return
    path = (*base, *(name for name, _ in keys))
    if _note_duplicate(path, keys, node, spans):
        return
    for depth in range(1, len(keys)):
        spans.names.setdefault((*base, *(name for name, _ in keys[:depth])), keys[depth - 1][1])
    spans.names[path] = keys[-1][1]
    _value(node.children[2], path, spans)
    spans.pairs.add(path)  # after its value: what an inline table holds does not collide with the table itself


def _value(node: tree_sitter.Node, path: KeyPath, spans: SourceSpans) -> None:
    spans.values[path] = (node.start_byte, node.end_byte)
    if node.type == "array":
        entries = [child for child in node.named_children if child.type not in {"comment", "ERROR"}]
        for number, child in enumerate(entries):
            _value(child, (*path, number), spans)
    elif node.type == "inline_table":
        for child in node.named_children:
            if child.type == "pair":
                _pair(child, path, spans)


def _note_duplicate(path: KeyPath, keys: list[tuple[str, Span]], node: tree_sitter.Node, spans: SourceSpans) -> bool:
    """Whether the name, or a value above it, was given before; if so it is noted."""
    above = (path[:depth] for depth in range(1, len(path) + 1))
    taken = next((given for given in above if given in spans.pairs), None)
    if taken is None and path in spans.headers:
        taken = path
    if taken is None:
        return False
    spans.duplicates.append(DuplicateName(taken, spans.names[taken], keys[-1][1], (node.start_byte, node.end_byte)))
    return True


def _keys(node: tree_sitter.Node) -> list[tuple[str, Span]]:
    """The dotted name of a pair or header: each part with its span."""
    for child in node.children:
        if child.type in {"bare_key", "quoted_key", "dotted_key"}:
            return _key_parts(child)
    return []


def _key_parts(node: tree_sitter.Node) -> list[tuple[str, Span]]:
    if node.type == "dotted_key":
        return [part for child in node.named_children for part in _key_parts(child)]
    text = (node.text or b"").decode()
    if node.type == "quoted_key":
        text = next(iter(tomllib.loads(f"{text} = 0")))
    return [(text, (node.start_byte, node.end_byte))]
