r"""Regular expressions on RE2, which takes linear time for every expression and text.

RE2's \b, \w and \d are ASCII only (google/re2#344), so they are rewritten to Unicode classes. A \b at either end of
the expression becomes a character that is not a word character, outside the group that counts as the match. Nothing
here knows of watches or fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import re2

from monitor.core.errors import RuleError
from monitor.core.model.articles import Span
from monitor.core.text.normalize import fold

MAX_REGEX_MEMORY = 8 << 20  # bytes
WORD_CLASS, DIGIT_CLASS = r"\pL\pN_\pM", r"\p{Nd}"
WORD_EDGE = rf"[^{WORD_CLASS}]"
CLASS_TRANSLATIONS = {"w": f"[{WORD_CLASS}]", "W": f"[^{WORD_CLASS}]", "d": DIGIT_CLASS, "D": r"\P{Nd}"}
INNER_CLASS_TRANSLATIONS = {"w": WORD_CLASS, "d": DIGIT_CLASS}
REGEX_PIECE = re.compile(r"\\(.)|(\[\^?\]?)|(\])|([^\\\[\]]+)", re.DOTALL)
MIN_LITERAL_LENGTH = 2
MAX_SPELLINGS = 16  # of a literal: Q[1-4] has four
MAX_ESCAPES = 40  # an expression with more is compiled at once: a class takes up to 20 kB of the 8 MB
MAX_LENGTH = 5000  # characters of an expression
MAX_LITERAL_LENGTH = 64  # characters; a longer literal is cut: a match contains its beginning too
MAX_CACHED_ENGINES = 50_000

UNSUPPORTED_REASONS = {
    "invalid perl operator": "the linear-time engine has no look-around and no atomic groups",
    "invalid escape sequence": "the linear-time engine has no back-references and no such escape",
    "bad repetition operator": "a repetition of a repetition",
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled expression. group: the group that is the match; literals: folded, every match contains one of them."""

    text: str
    source: str  # for RE2
    group: int
    literals: frozenset[str] = frozenset()

    def find(self, text: str) -> Iterator[Span]:
        """The spans of all non-empty matches, left to right, in characters of the text.

        The text is encoded once: given a str, RE2 would encode all of it for each search.
        """
        data, engine = text.encode("utf-8", "replace"), compile_engine(self.source)
        at, known, characters = 0, 0, 0  # characters: their number before byte `known`
        while at <= len(data) and (found := engine.search(data, at)) is not None:
            start, end = found.span(self.group)
            at = end if end > start else behind(data, start)
            if end > start:
                begin = characters + len(data[known:start].decode())
                known, characters = end, begin + len(data[start:end].decode())
                yield begin, characters


def behind(data: bytes, at: int) -> int:
    """The byte offset of the next UTF-8 character after the one at an offset."""
    at += 1
    while at < len(data) and data[at] & 0xC0 == 0x80:
        at += 1
    return at


@lru_cache(maxsize=MAX_CACHED_ENGINES)
def compile_pattern(text: str) -> Pattern:
    """Compile an expression of rules.toml; it ignores case unless it contains (?-i). Raises RuleError.

    Cached: RE2 releases the interpreter lock so briefly and so often that a reload would starve the event loop.
    """
    if not text:
        raise RuleError("the regular expression is empty and would match everything", value=text, code="bad-regex")
    if len(text) > MAX_LENGTH:
        message = f"the regular expression has {len(text):,} characters; at most {MAX_LENGTH:,} are read"
        raise RuleError(message, value=text, offset=MAX_LENGTH, end=MAX_LENGTH + 1, code="bad-regex")
    check_flag_typo(text)
    source, group = rewrite_for_re2(text)
    try:
        probe = (
            compile_engine(source)
            if may_exceed_memory(text)
            else re2.compile(rewrite_for_re2(text, ascii_only=True)[0], re2_options())
        )
    except re2.error as error:
        raise compile_error(text, error) from error
    if probe.search("") is not None:
        raise RuleError(
            "the regular expression matches the empty text, so it would match everything", value=text, code="bad-regex"
        )
    return Pattern(text, source, group, required_literals(text))


def may_exceed_memory(text: str) -> bool:
    """Whether Unicode classes could make an expression too large; it is then compiled at once, not on first use."""
    return "{" in text or text.count("\\") > MAX_ESCAPES


@lru_cache(maxsize=MAX_CACHED_ENGINES)
def compile_engine(source: str) -> Any:
    """The RE2 object of an expression, made when a text first contains a literal: a Unicode class costs 2 ms."""
    return re2.compile(source, re2_options())


def re2_options() -> Any:
    """RE2 options: ignore case, log nothing, bounded memory."""
    made = re2.Options()
    made.case_sensitive = False
    made.log_errors = False
    made.max_mem = MAX_REGEX_MEMORY
    return made


def check_flag_typo(text: str) -> None:
    """Raise RuleError for (i?) where (?i) was meant."""
    for wrong in ("(i?)", "(?i?)"):
        at = text.find(wrong)
        if at >= 0:
            raise RuleError(
                f"{wrong} is an optional letter i, not a flag",
                value=text,
                offset=at,
                end=at + len(wrong),
                code="bad-regex",
                help="expressions ignore case already; (?-i) turns that off",
            )


def compile_error(text: str, error: Exception) -> RuleError:
    """The RuleError for an expression that RE2 refuses, with an offset where Python's parser finds one."""
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
    reason = next((why for start, why in UNSUPPORTED_REASONS.items() if start in said), said)
    return RuleError(f"the regular expression cannot be run: {reason}", value=text, code="bad-regex")


def rewrite_for_re2(text: str, *, ascii_only: bool = False) -> tuple[str, int]:
    r"""The expression for RE2, and the number of the group that is the match."""
    flags = re.match(r"\(\?[imsU-]+\)", text)
    head = flags.group() if flags else ""
    body = text[len(head) :]
    front = body.startswith(r"\b") and not has_top_level_alternative(body)
    back = body.endswith(r"\b") and not body.endswith(r"\\b") and not has_top_level_alternative(body)
    body = body[2:] if front else body
    body = body[:-2] if back else body
    inner, edge = (body, r"\W") if ascii_only else (expand_unicode_classes(body), WORD_EDGE)
    if not (front or back):
        return head + inner, 0
    return f"{head}{f'(?:^|{edge})' if front else ''}({inner}){f'(?:$|{edge})' if back else ''}", 1


def has_top_level_alternative(text: str) -> bool:
    """Whether a | stands outside all groups."""
    depth, inside = 0, False
    for found in re.finditer(r"\\.|[\[\]()|]", text, re.DOTALL):
        char = found.group()
        inside = char == "[" or (inside and char != "]")
        if not inside:
            depth += (char == "(") - (char == ")")
            if char == "|" and depth == 0:
                return True
    return False


def expand_unicode_classes(text: str) -> str:
    r"""Replace \w, \W, \d and \D by Unicode classes."""
    out, inside = [], False
    for found in REGEX_PIECE.finditer(text):
        escape, opens, closes, _ = found.groups()
        if escape is not None:
            out.append((INNER_CLASS_TRANSLATIONS if inside else CLASS_TRANSLATIONS).get(escape, found.group()))
            continue
        inside = True if opens and not inside else False if closes else inside
        out.append(found.group())
    return "".join(out)


def required_literals(text: str) -> frozenset[str]:
    """Folded texts of which every match contains one; empty if none are known."""
    try:
        tree = parser.parse(text)
    except (re.error, RecursionError, OverflowError):
        return frozenset()
    best = max(literal_sets(tree), key=literal_quality, default=frozenset())
    return frozenset(one[:MAX_LITERAL_LENGTH] for one in best)


def literal_quality(texts: frozenset[str]) -> tuple[bool, int, int]:
    """How selective a set of texts is: by its shortest text, then by how few it has."""
    shortest = min(map(len, texts), default=0)
    return shortest >= MIN_LITERAL_LENGTH, shortest, -len(texts)


def literal_sets(tree: Any) -> list[frozenset[str]]:
    """Sets of folded texts for a parsed expression; every match contains one of each set."""
    found: list[frozenset[str]] = []
    run = [""]  # all spellings of the current run of adjacent characters
    for op, argument in tree:
        ways = possible_characters(op, argument)
        if ways and len(ways) * len(run) <= MAX_SPELLINGS:
            run = [one + other for one in run for other in ways]
            continue
        found.append(frozenset(map(fold, run)))
        run = ways or [""]
        found += group_literals(op, argument)
    found.append(frozenset(map(fold, run)))
    return [texts for texts in found if len(min(texts, key=len, default="")) >= MIN_LITERAL_LENGTH]


def possible_characters(op: Any, argument: Any) -> list[str]:
    """The characters that one element matches, if they are few and listed; else empty."""
    if op is ops.LITERAL:
        return [chr(argument)] if is_fold_stable(chr(argument)) else []
    if op is not ops.IN or any(kind not in (ops.LITERAL, ops.RANGE) for kind, _ in argument):
        return []
    ends = (value if kind is ops.RANGE else (value, value) for kind, value in argument)
    codes = [code for first, last in ends for code in range(first, last + 1)]
    chars = list(map(chr, codes[: MAX_SPELLINGS + 1]))
    return chars if len(chars) <= MAX_SPELLINGS and all(map(is_fold_stable, chars)) else []


def group_literals(op: Any, argument: Any) -> list[frozenset[str]]:
    """The literal sets that a group, a repetition or an alternation requires."""
    if op is ops.SUBPATTERN:
        return literal_sets(argument[3])
    if op in (ops.MAX_REPEAT, ops.MIN_REPEAT) and argument[0] > 0:
        return literal_sets(argument[2])
    if op is ops.BRANCH:
        best = [max(literal_sets(branch), key=literal_quality, default=frozenset()) for branch in argument[1]]
        return [frozenset().union(*best)] if all(best) and sum(map(len, best)) <= MAX_SPELLINGS * 4 else []
    return []


def is_fold_stable(char: str) -> bool:
    """Whether a character folds alike whatever its neighbours, so that folded text can be searched for it."""
    return len(fold(char)) >= 1 and char.isprintable()
