"""Parses a rules file: its data, the places of names and values, and its syntax errors.

A syntax error costs only its statement: the rest is parsed as if the statement were not there.
"""

from __future__ import annotations

import re
import tomllib
from functools import cached_property
from itertools import accumulate
from typing import Any

from monitor.config.toml.problems import Problem, SourcePlace
from monitor.config.toml.scanner import (
    DuplicateName,
    KeyPath,
    LineIndex,
    SourceSpans,
    Span,
    Statement,
    locate_names,
    split_statements,
)
from monitor.config.toml.syntax_errors import SyntaxMistake, explain_parser_error, find_syntax_mistake

MAX_SYNTAX_ERRORS = 50  # a file with more of them is not a rules file
MAX_STATEMENTS = 70_000  # 10,000 watches with a header and six lines each
MAX_REPAIR_ROUNDS = 5  # removals of duplicate names; removing one may reveal another
MAX_PARSED_CHARACTERS = 3_000_000  # characters parsed again while contradictions are dropped
MAX_NAME_LENGTH = 1000  # characters of a statement that are searched for its name
BLOCK_BYTES = 1024
CONTINUATION_BYTES = bytes(range(0x80, 0xC0))  # bytes of UTF-8 that do not begin a character
_STATEMENT_NAME = re.compile(r"""\[*\s*(?P<name>(?:[\w.-]|"[^"\n]*"|'[^'\n]*')+)""")


SECTION_NOUNS = {"watch": "watches", "feeds": "feeds", "notify": "channels", "sets": "sets", "entity": "entities"}


class TomlDocument:
    """A parsed file: data (nested dicts), problems (syntax, duplicate names), broken_entries (those that they cost).

    incomplete: a part could not be read, so a missing entry must not be taken for deleted.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.data: dict[str, Any] = {}
        self.problems: list[Problem] = []
        self.broken_entries: set[tuple[str, str]] = set()
        self.incomplete = False
        self._lines = LineIndex(text)
        self._readable = text
        statements = split_statements(text)
        if len(statements) > MAX_STATEMENTS:
            self._refuse(f"the file has {len(statements):,} statements; at most {MAX_STATEMENTS:,} are read")
            return
        try:
            if any(statement.depth_exceeded_at is not None for statement in statements):
                raise ValueError("nested too deeply for the parser")
            self.data = tomllib.loads(text)
        except ValueError:
            self._parse_readable(statements)

    def _refuse(self, message: str) -> None:
        """Note that the file is not parsed at all."""
        self.incomplete, self._readable = True, ""
        self.problems.append(Problem("too-many", message, help="put many terms into one list"))

    def problem(
        self, mistake: SyntaxMistake, offset: int = 0, related: tuple[SourcePlace, ...] = (), entry: str = ""
    ) -> Problem:
        """A syntax mistake as a problem; offset: where its statement begins in the document."""
        place = self._place((offset + mistake.start, offset + mistake.end), mistake.label)
        line, column, end_column, source_line, label = place
        return Problem(
            mistake.code, mistake.message, line, column, end_column, source_line, label, mistake.help, related, entry
        )

    def place(self, path: KeyPath, *, name: bool = False, within: Span | None = None, label: str = "") -> SourcePlace:
        """The place of the value (or name) at a path; within: a span inside that text. Line 0 where there is none."""
        span = self._find(path, name)
        if span is None:
            return (0, 0, 0, "", label)
        if within is not None and not name:
            span = _span_inside(self.text, span, within)
        return self._place(span, label)

    def contains_path(self, path: KeyPath) -> bool:
        """Whether the path itself is written in the file."""
        return path in self._spans.values or path in self._spans.names

    @cached_property
    def _spans(self) -> SourceSpans:
        return locate_names(self._readable)

    @cached_property
    def _bytes(self) -> bytes:
        return self._readable.encode()

    def _characters(self, span: Span) -> Span:
        if len(self._bytes) == len(self._readable):
            return span
        return self._character(span[0]), self._character(span[1])

    def _character(self, byte: int) -> int:
        """The character offset of a byte offset: counts per block, so that few bytes are counted again."""
        block = byte // BLOCK_BYTES
        return self._starts[block] + _count_characters(self._bytes[block * BLOCK_BYTES : byte])

    @cached_property
    def _starts(self) -> list[int]:
        """The number of characters before each block of bytes."""
        blocks = (self._bytes[at : at + BLOCK_BYTES] for at in range(0, len(self._bytes), BLOCK_BYTES))
        return [0, *accumulate(map(_count_characters, blocks))]

    def _find(self, path: KeyPath, name: bool) -> Span | None:
        for depth in range(len(path), 0, -1):
            first, second = (self._spans.names, self._spans.values) if name else (self._spans.values, self._spans.names)
            span = first.get(path[:depth]) or second.get(path[:depth])
            if span is not None:
                return self._characters(span)
        return None

    def _place(self, span: Span, label: str) -> SourcePlace:
        line, column = self._lines.position(min(span[0], len(self.text)))
        source_line = self._lines.line_text(line)
        end = min(column + max(span[1] - span[0], 1), max(len(source_line), column) + 1)
        return line, column, end, source_line, label

    def _parse_readable(self, statements: list[Statement]) -> None:
        self.incomplete = True
        self._drop_unreadable(statements)
        for _ in range(MAX_REPAIR_ROUNDS):
            if seconds := self._spans.duplicates:
                for second in seconds:
                    self._note_duplicate(second)
                self._blank([self._characters(second.statement) for second in seconds])
        for _ in range(max(3, min(MAX_SYNTAX_ERRORS, MAX_PARSED_CHARACTERS // (len(self.text) + 1)))):
            try:
                self.data = tomllib.loads(self._readable)
                return
            except ValueError as error:
                self._drop_contradiction(statements, str(error))

    def _drop_unreadable(self, statements: list[Statement]) -> None:
        header: list[str] = []
        lost, unreadable = False, []
        for statement in statements:
            text = self.text[statement.start : statement.end]
            deep = None if statement.depth_exceeded_at is None else statement.depth_exceeded_at - statement.start
            mistake = find_syntax_mistake(text, deep, in_words=len(self.problems) < MAX_SYNTAX_ERRORS)
            if statement.header:
                header, lost = _name_parts(text[:MAX_NAME_LENGTH]), mistake is not None
            if mistake is not None:
                self._note(mistake, statement, header)
            if mistake is not None or lost:
                unreadable.append((statement.start, statement.end))
        self._blank(unreadable)

    def _note(self, mistake: SyntaxMistake, statement: Statement, header: list[str]) -> None:
        text = self.text[statement.start : min(statement.end, statement.start + MAX_NAME_LENGTH)]
        entry = tuple(header if statement.header else header + _name_parts(text))[:2]
        if len(self.problems) < MAX_SYNTAX_ERRORS:
            self.problems.append(self.problem(mistake, statement.start, entry=".".join(entry)))
        if len(entry) == 2:
            self.broken_entries.add((entry[0], entry[1]))

    def _note_duplicate(self, second: DuplicateName) -> None:
        path = second.path
        if len(path) >= 2:
            self.broken_entries.add((str(path[0]), str(path[1])))
        if len(self.problems) >= MAX_SYNTAX_ERRORS:
            return
        first = self._place(self._characters(second.first), "first use")
        start, end = self._characters(second.second)
        message = _duplicate_message(path)
        mistake = SyntaxMistake(
            start, end, message, "second use", "keep one of them, or give it another name", "duplicate-name"
        )
        self.problems.append(self.problem(mistake, related=(first,), entry=".".join(map(str, path[:2]))))

    def _drop_contradiction(self, statements: list[Statement], complaint: str) -> None:
        """Drop the statement at which the parser fails, although each statement is TOML by itself."""
        mistake = explain_parser_error(self._readable, complaint)
        guilty = [s for s in statements if s.start <= mistake.start and self._readable[s.start : s.end].strip()]
        if not guilty:
            self._readable = ""
        self.problems.append(self.problem(mistake))
        self._blank([(statement.start, statement.end) for statement in guilty[-1:]])

    def _blank(self, spans: list[Span]) -> None:
        """Replace spans by spaces in one pass, because each copy of the text takes time."""
        kept, at = [], 0
        for start, end in sorted(spans):
            kept += [self._readable[at:start], re.sub(r"[^\n]", " ", self._readable[max(start, at) : end])]
            at = max(at, end)
        self._readable = "".join([*kept, self._readable[at:]])
        for name in ("_spans", "_bytes", "_starts"):
            self.__dict__.pop(name, None)


def _count_characters(data: bytes) -> int:
    return len(data.translate(None, CONTINUATION_BYTES))


def _name_parts(text: str) -> list[str]:
    name = _STATEMENT_NAME.match(text)
    if name is None:
        return []
    return [part.strip("\"'") for part in re.findall(r""""[^"]*"|'[^']*'|[\w-]+""", name["name"])]


def _duplicate_message(path: KeyPath) -> str:
    if len(path) == 2 and path[0] in SECTION_NOUNS:
        return f'two {SECTION_NOUNS[str(path[0])]} are named "{path[1]}"'
    if len(path) == 1:
        return f"the section [{path[0]}] stands twice; put its lines together"
    return f"the key `{path[-1]}` is given twice"


def _span_inside(text: str, span: Span, within: Span) -> Span:
    """The span of a part of a string literal; of the whole literal where it contains escapes."""
    literal = text[span[0] : span[1]]
    mark = literal[:3] if literal[:3] in {"'''", '"""'} else literal[:1]
    if mark[:1] not in {"'", '"'} or (mark[0] == '"' and "\\" in literal):
        return span
    start = span[0] + len(mark)
    if len(mark) == 3 and text[start : start + 1] == "\n":  # TOML drops a line end right after the opening quotes
        start += 1
    return start + within[0], start + max(within[1], within[0] + 1)
