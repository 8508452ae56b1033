"""Explains TOML syntax errors: what is wrong with a statement, and what to write instead.

For `H200 = H200` Python's parser says "Invalid value"; the explanation here is that text needs quotes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass

from monitor.config.toml.scanner import MAX_DEPTH

_ERROR_POSITION = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)\s*$")
_BARE_WORD = re.compile(r"[^\s,\]}#=]+")
_TYPOGRAPHIC_QUOTES = {"“": "”", "„": "“", "”": "”", "‘": "’", "‚": "‘", "’": "’", "«": "»", "»": "«"}
_LITERALS = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}


@dataclass(frozen=True, slots=True)
class SyntaxMistake:
    """A mistake in one statement: its message and its span in the statement."""

    start: int
    end: int
    message: str
    label: str = ""
    help: str = ""
    code: str = "syntax"


def find_syntax_mistake(statement: str, deep: int | None = None, *, in_words: bool = True) -> SyntaxMistake | None:
    """The mistake in a statement; None where it is TOML.

    deep: the offset at which it is nested too deeply; in_words: whether the message will be shown.
    """
    if deep is not None:
        message = f"nested too deeply: more than {MAX_DEPTH} levels of lists, tables or dotted names"
        return SyntaxMistake(deep, deep + 1, message, "from here on", "a rule needs six levels at most", "too-deep")
    try:
        tomllib.loads(statement)
    except ValueError as error:  # TOMLDecodeError, or an integer with too many digits
        return explain_parser_error(statement, str(error)) if in_words else SyntaxMistake(0, 1, "not TOML")
    return None


def explain_parser_error(statement: str, complaint: str) -> SyntaxMistake:
    """The explanation of a parser error. complaint: the message of tomllib."""
    address = _ERROR_POSITION.search(complaint)
    words = _ERROR_POSITION.sub("", complaint)
    offset = _offset(statement, address) if address else 0
    for start, reword in _EXPLANATIONS.items():
        if words.startswith(start):
            return reword(statement, offset)
    return SyntaxMistake(offset, offset + 1, f"not TOML: {words[:1].lower()}{words[1:]}", "here")


def _offset(statement: str, address: re.Match[str]) -> int:
    if address["line"] is None:
        return len(statement)
    starts = [0, *(line.end() for line in re.finditer("\n", statement))]
    return min(starts[min(int(address["line"]), len(starts)) - 1] + int(address["column"]) - 1, len(statement))


def _value(statement: str, offset: int) -> SyntaxMistake:
    word = _BARE_WORD.match(statement, offset)
    if word is None:
        return SyntaxMistake(
            offset, offset + 1, "a value is missing", "expected here", 'text in quotes, such as "H200"'
        )
    if word[0][0] in _TYPOGRAPHIC_QUOTES:
        return _curly(statement, offset)
    if word[0].lower() in _LITERALS:
        right = _LITERALS[word[0].lower()]
        return SyntaxMistake(offset, word.end(), f"`{word[0]}` is not a TOML value", f"write {right}")
    if word[0][0].isdigit() or word[0][0] in "+-.":
        return SyntaxMistake(offset, word.end(), "neither a number nor a text", "text needs quotes")
    stop = re.compile(r"[^,\]}#\n]*").match(statement, offset)
    whole = stop[0].rstrip() if stop else word[0]
    return SyntaxMistake(offset, offset + len(whole), "text needs quotes", f'write "{whole}"', code="missing-quotes")


def _curly(statement: str, offset: int) -> SyntaxMistake:
    close = statement.find(_TYPOGRAPHIC_QUOTES[statement[offset]], offset + 1)
    end = close + 1 if 0 <= close < statement.find("\n", offset) % (len(statement) + 1) else offset + 1
    return SyntaxMistake(
        offset, end, "typographic quotes are not quotes to TOML", 'use "straight" ones', code="curly-quotes"
    )


def _backslash(statement: str, offset: int) -> SyntaxMistake:
    start = max(statement.rfind("\\", 0, offset + 1), 0)
    escape = statement[start : start + 2]
    message = f'backslash in "double quotes": `{escape}` is not an escape'
    help = "use 'single quotes' for regular expressions, such as '\\d+'"
    return SyntaxMistake(start, start + 2, message, "here", help, "double-quoted-pattern")


def _equals(statement: str, offset: int) -> SyntaxMistake:
    line = statement[: statement.find("\n") % (len(statement) + 1)]
    if line[offset : offset + 1] == ":":
        return SyntaxMistake(offset, offset + 1, "a name and its value are joined by `=`, not by `:`", "write =")
    name, equals, _ = line.partition("=")
    if equals and name.strip():
        return SyntaxMistake(
            0, len(name.rstrip()), "a name with spaces or other signs needs quotes", f'write "{name.strip()}"'
        )
    return SyntaxMistake(0, len(line.rstrip()), "neither `name = value` nor `[section]`", "no `=` here")


def _open_list(statement: str, offset: int) -> SyntaxMistake:
    before = statement[:offset].rstrip()
    if statement[offset : offset + 1] in {'"', "'", "[", "{"}:
        return SyntaxMistake(
            len(before) - 1, len(before), "a comma is missing between two entries of a list", "after this one"
        )
    bracket = statement.find("[")
    return SyntaxMistake(bracket, bracket + 1, "this list is never closed", "opened here", "close it with `]`")


def _open_string(statement: str, offset: int) -> SyntaxMistake:
    start = _opening_quote(statement, offset)
    quote = statement[start : start + 3]
    long = quote in {'"""', "'''"}
    mark = quote if long else quote[:1]
    line_end = statement.find("\n", start) % (len(statement) + 1)
    end = start + 3 if long else max(line_end, start + 1)
    return SyntaxMistake(start, end, "this text is never closed", "opened here", f"close it with {mark}", "open-quote")


def _opening_quote(statement: str, offset: int) -> int:
    """The offset of the quote that opened the string around offset, or that is never closed."""
    start = 0
    for token in re.finditer(
        r"""'{3}.*?'{3}|"{3}.*?"{3}|'{3}|"{3}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*|["']""", statement, re.S
    ):
        if token.start() > offset:
            break
        if token.end() > offset or token[0] in {'"', "'", "'''", '"""'}:
            return token.start()
        start = token.start()
    return start


def _header(statement: str, offset: int) -> SyntaxMistake:
    inner = statement.strip().strip("[]").strip()
    section, dot, name = inner.partition(".")
    if statement.rstrip().endswith("]") and dot:
        start = statement.find(name)
        text = "a name with spaces or other signs needs quotes"
        return SyntaxMistake(start, start + len(name), text, f'write [{section}."{name}"]')
    return SyntaxMistake(0, len(statement.rstrip()), "this header is never closed", "close it with `]`")


def _inline(statement: str, offset: int) -> SyntaxMistake:
    if "{" in statement[:offset] and not re.search(r"\n|,\s*\}", statement):
        return SyntaxMistake(offset, offset + 1, "this may not stand here in a table in { braces }", "here")
    if "{" in statement[:offset]:
        start = statement.rfind("{", 0, offset)
        help = "or give it a table of its own, one key per line"
        return SyntaxMistake(
            start, start + 1, "a table in { braces } must stand on one line, without a last comma", "", help
        )
    if statement.startswith("["):
        return _header(statement, offset)
    return _equals(statement, offset)


def _control(statement: str, offset: int) -> SyntaxMistake:
    sign = f"U+{ord(statement[offset]):04X}" if offset < len(statement) else "it"
    if sign == "U+000A":
        return _open_string(statement, offset)
    return SyntaxMistake(
        offset, offset + 1, f"the control character {sign} may not stand in the file", "here", "delete it"
    )


_EXPLANATIONS: dict[str, Callable[[str, int], SyntaxMistake]] = {
    "Invalid value": _value,
    "Unescaped '\\'": _backslash,
    "Invalid hex value": _backslash,
    "Escaped character is not": _backslash,
    "Expected '=' after": _equals,
    "Invalid statement": _equals,
    "Unclosed array": _open_list,
    "Unclosed inline table": _inline,
    "Expected ']'": _header,
    "Invalid initial character": _inline,
    "Expected \"'''\"": _open_string,
    'Expected \'"""\'': _open_string,
    'Expected "\'"': _open_string,
    "Unterminated string": _open_string,
    "Illegal character": _control,
    "Found invalid character": _control,
}
