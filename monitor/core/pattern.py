r"""Regular expressions, on RE2: linear time whatever the expression and the text.

RE2's \b, \w and \d know ASCII only (google/re2#344), so they are rewritten to Unicode classes. A \b at either end of
the expression becomes a neighbour that is no word character, outside the part that counts as the match.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import re2

from monitor.core.errors import RuleError
from monitor.core.fold import fold
from monitor.core.model import Span

MEMORY = 8 << 20
WORD, DIGIT = r"\pL\pN_\pM", r"\p{Nd}"
EDGE = rf"[^{WORD}]"
CLASSES = {"w": f"[{WORD}]", "W": f"[^{WORD}]", "d": DIGIT, "D": r"\P{Nd}"}
INSIDE = {"w": WORD, "d": DIGIT}
PIECE = re.compile(r"\\(.)|(\[\^?\]?)|(\])|([^\\\[\]]+)", re.DOTALL)
SHORTEST_LITERAL = 2

WHY_NOT = {
    "invalid perl operator": "the linear-time engine has no look-around and no atomic groups",
    "invalid escape sequence": "the linear-time engine has no back-references and no such escape",
    "bad repetition operator": "a repetition of a repetition",
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled expression; literal is what every match contains, folded, or empty."""

    text: str
    compiled: Any
    group: int
    literal: str = ""

    def find(self, text: str) -> Iterator[Span]:
        """All matches that are not empty, left to right, in the normal form of a text."""
        at = 0
        while at <= len(text):
            found = self.compiled.search(text, at)
            if found is None:
                return
            start, end = found.span(self.group)
            if at and start == at and self.group and cut_word(text, at):
                at += 1  # "^" held at `at` although a word goes on there
                continue
            if end > start:
                yield start, end
            at = max(end, start + 1)


def cut_word(text: str, at: int) -> bool:
    """Whether a place lies within a word."""
    return at < len(text) and wordlike(text[at - 1]) and wordlike(text[at])


def wordlike(char: str) -> bool:
    """Whether a character is one of a word."""
    return char.isalnum() or char == "_"


def compile_pattern(text: str) -> Pattern:
    """An expression as written in rules.toml: case-insensitive unless it says (?-i). Raises RuleError."""
    if not text:
        raise RuleError("the regular expression is empty and would match everything", value=text, code="bad-regex")
    slip(text)
    source, group = rewritten(text)
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = MEMORY
    try:
        compiled = re2.compile(source, options)
    except re2.error as error:
        raise refused(text, error) from error
    if compiled.search("") is not None:
        raise RuleError(
            "the regular expression matches the empty text, so it would match everything", value=text, code="bad-regex"
        )
    return Pattern(text, compiled, group, literal(text))


def slip(text: str) -> None:
    """Say so where (?i) was meant."""
    for wrong in ("(i?)", "(?i?)"):
        at = text.find(wrong)
        if at >= 0:
            raise RuleError(
                f"{wrong} is an optional letter i, not a flag",
                value=text,
                offset=at,
                end=at + len(wrong),
                code="bad-regex",
                help="expressions ignore case already; (?-i) makes one heed it",
            )


def refused(text: str, error: Exception) -> RuleError:
    """Why the engine does not take an expression, with the place where it can be known."""
    said = str(error.args[0] if error.args else error)
    said = said.decode() if isinstance(said, bytes) else said.removeprefix("b'").removesuffix("'")
    try:
        re.compile(text)
    except re.error as own:
        at = own.pos
        return RuleError(
            f"the regular expression does not compile: {own.msg}",
            value=text,
            offset=at,
            end=None if at is None else at + 1,
            code="bad-regex",
        )
    except RecursionError:
        return RuleError("the regular expression is nested too deeply", value=text, code="bad-regex")
    reason = next((why for start, why in WHY_NOT.items() if start in said), said)
    return RuleError(f"the regular expression cannot be run: {reason}", value=text, code="bad-regex")


def rewritten(text: str) -> tuple[str, int]:
    r"""The expression for RE2, and the group that is the match: \b at the ends, Unicode classes inside."""
    flags = re.match(r"\(\?[imsU-]+\)", text)
    head = flags.group() if flags else ""
    body = text[len(head) :]
    front = body.startswith(r"\b") and not alternates(body)
    back = body.endswith(r"\b") and not body.endswith(r"\\b") and not alternates(body)
    body = body[2:] if front else body
    body = body[:-2] if back else body
    inner = unicode_classes(body)
    if not (front or back):
        return head + inner, 0
    return f"{head}{f'(?:^|{EDGE})' if front else ''}({inner}){f'(?:$|{EDGE})' if back else ''}", 1


def alternates(text: str) -> bool:
    """Whether an alternative stands outside all groups."""
    depth, inside = 0, False
    for found in re.finditer(r"\\.|[\[\]()|]", text, re.DOTALL):
        char = found.group()
        inside = char == "[" or (inside and char != "]")
        if not inside:
            depth += (char == "(") - (char == ")")
            if char == "|" and depth == 0:
                return True
    return False


def unicode_classes(text: str) -> str:
    r"""\w, \W, \d and \D as Unicode knows them."""
    out, inside = [], False
    for found in PIECE.finditer(text):
        escape, opens, closes, _ = found.groups()
        if escape is not None:
            out.append((INSIDE if inside else CLASSES).get(escape, found.group()))
            continue
        inside = True if opens and not inside else False if closes else inside
        out.append(found.group())
    return "".join(out)


def literal(text: str) -> str:
    """The longest text that every match must contain, folded; empty where there is none to rely on."""
    try:
        tree = parser.parse(text)
    except (re.error, RecursionError, OverflowError):
        return ""
    runs: list[str] = []
    collect(tree, runs, [])
    best = max((fold(run) for run in runs), key=len, default="")
    return best if len(best) >= SHORTEST_LITERAL else ""


def collect(tree: Any, runs: list[str], run: list[str]) -> None:
    """Gather the runs of characters that stand in the expression whatever way a match takes."""
    for op, argument in tree:
        if op is ops.LITERAL and steady(chr(argument)):
            run.append(chr(argument))
            continue
        runs.append("".join(run))
        run.clear()
        if op is ops.SUBPATTERN:
            collect(argument[3], runs, run)
            runs.append("".join(run))
            run.clear()
        elif op in (ops.MAX_REPEAT, ops.MIN_REPEAT) and argument[0] > 0:
            collect(argument[2], runs, run)
            runs.append("".join(run))
            run.clear()
    runs.append("".join(run))
    run.clear()


def steady(char: str) -> bool:
    """Whether a character folds to the same whatever stands beside it, so that it may be searched for."""
    return len(fold(char)) >= 1 and char.isprintable()
