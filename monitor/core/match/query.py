"""Parse the expression language of `match` into a condition tree.

NOT binds tightest, NEAR next; AND and OR side by side need parentheses. Every error has an offset and a way out. The
parser does not know what a term or an @name means: a leaf factory turns them into nodes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from monitor.core.errors import RuleError
from monitor.core.match.conditions import AllNode, AnyNode, FieldsNode, Node, NotNode, RegexNode
from monitor.core.match.proximity import AtLeastNode, NearNode
from monitor.core.match.regex import compile_pattern
from monitor.core.model.articles import ARTICLE_FIELDS

LEXEME_PATTERN = re.compile(
    r"""(?P<space>\s+)
    |(?P<near>(?:NOT\s+)?O?NEAR/\d+)\b
    |(?P<word>AND|OR|NOT)(?![^\s()"])
    |(?P<count>atleast)\s*\(
    |(?P<field>[A-Za-z]+):(?=[^\s])
    |(?P<quoted>=?"[^"]*")
    |(?P<regex>/(?:[^/\\]|\\.)+/)(?![^\s()])
    |(?P<open>\()|(?P<close>\))|(?P<comma>,)
    |(?P<term>[^\s()",]+)""",
    re.VERBOSE,
)
INCOMPLETE_NEAR = re.compile(r"(?:NOT\s+)?O?NEAR\b(?!/\d)")
MAX_DEPTH = 50  # nested parentheses, NOT, fields and atleast; NEARs in a row
MAX_LENGTH = 50_000  # characters of an expression

LeafFactory = Callable[[str], Node]  # a term or an @name → its node


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A lexeme of an expression; start, end: offsets in characters."""

    kind: str
    text: str
    start: int
    end: int


def tokenize_expression(text: str) -> list[Lexeme]:
    """Split an expression into lexemes. Raises RuleError with the offset that cannot be read."""
    found: list[Lexeme] = []
    at = 0
    while at < len(text):
        word = LEXEME_PATTERN.match(text, at)
        if word is None:
            what = "this quotation mark is never closed" if text[at] in '"=' else "this cannot be read"
            raise RuleError(what, where="match", value=text, offset=at, end=at + 1, code="bad-expression")
        kind = word.lastgroup or ""
        if kind != "space":
            found.append(
                Lexeme(kind, word.group().rstrip("(").rstrip() if kind == "count" else word.group(), at, word.end())
            )
        at = word.end()
    return found


def parse_expression(text: str, leaf: LeafFactory) -> Node:
    """Parse an expression. Raises RuleError with the offset of the mistake."""
    if len(text) > MAX_LENGTH:
        raise RuleError(
            f"the expression has {len(text):,} characters; at most {MAX_LENGTH:,} are read",
            where="match", value=text, offset=MAX_LENGTH, end=MAX_LENGTH + 1, code="too-long",
            help="put its terms into a set under [sets], and ask for @name",
        )  # fmt: skip
    reader = QueryParser(text, tokenize_expression(text), leaf)
    if not reader.left:
        raise reader.error("the expression is empty", None, code="empty-term")
    node = reader.joined(0)
    if reader.left:
        raise reader.unexpected()
    if not is_positive(node):
        raise RuleError(
            "NOT cannot stand alone: it would match nearly everything",
            where="match",
            value=text,
            offset=0,
            end=len(text),
            code="bad-expression",
            help="say what to search for first: `this AND NOT that`",
        )
    return node


def is_positive(node: Node) -> bool:
    """Whether a tree requires anything to be present, rather than only absent."""
    match node:
        case NotNode():
            return False
        case AllNode(nodes):
            return any(is_positive(child) for child in nodes)
        case AnyNode(nodes):
            return all(is_positive(child) for child in nodes)
        case FieldsNode(_, child):
            return is_positive(child)
    return True


class QueryParser:
    """A recursive-descent parser over the lexemes of one expression."""

    def __init__(self, text: str, words: list[Lexeme], leaf: LeafFactory) -> None:
        self.text = text
        self.left = words[::-1]
        self.leaf = leaf

    def error(self, message: str, word: Lexeme | None, *, code: str = "bad-expression", help: str = "") -> RuleError:
        """A RuleError at a lexeme, or at the end of the expression."""
        start, end = (word.start, word.end) if word else (len(self.text), len(self.text) + 1)
        return RuleError(message, where="match", value=self.text, offset=start, end=end, code=code, help=help)

    def peek(self) -> Lexeme | None:
        return self.left[-1] if self.left else None

    def joined(self, deep: int) -> Node:
        """Operands joined by AND or by OR, never by both."""
        self.bound(deep)
        begin = self.peek()
        nodes = [self.near(deep)]
        joint: Lexeme | None = None
        while (word := self.peek()) and word.kind == "word" and word.text in ("AND", "OR"):
            if joint and word.text != joint.text:
                raise self.mixed(begin, joint, word)
            joint = self.left.pop()
            nodes.append(self.near(deep))
        if (word := self.peek()) and word.kind not in ("close", "comma"):
            raise self.unexpected()
        if joint is None:
            return nodes[0]
        return AllNode(tuple(nodes)) if joint.text == "AND" else AnyNode(tuple(nodes))

    def bound(self, deep: int) -> None:
        """Raise RuleError if an expression is nested too deeply."""
        if deep > MAX_DEPTH:
            message = f"the expression is nested too deeply: more than {MAX_DEPTH} levels"
            raise self.error(message, self.peek(), code="too-deep", help="say parts of it in watches of their own")

    def mixed(self, begin: Lexeme | None, first: Lexeme, second: Lexeme) -> RuleError:
        """The error for AND beside OR, with both readings in the user's own words."""
        start = begin.start if begin else 0
        a = self.text[start : first.start].strip()
        b = self.text[first.end : second.start].strip()
        rest = self.text[second.end :].strip()
        c = rest.split(f" {first.text} ")[0].split(f" {second.text} ")[0]
        one = f"({a} {first.text} {b}) {second.text} {c}"
        other = f"{a} {first.text} ({b} {second.text} {c})"
        return self.error(
            "AND and OR side by side need parentheses",
            second,
            code="mixed-operators",
            help=f"write `{one}` or `{other}`",
        )

    def near(self, deep: int) -> Node:
        """Operands with NEAR/n, ONEAR/n or NOT NEAR/n between them."""
        node, row = self.unary(deep), deep
        while (word := self.peek()) and word.kind == "near":
            row += 1
            self.bound(row)
            self.left.pop()
            name, _, count = word.text.partition("/")
            away = name.startswith("NOT")
            node = NearNode(node, self.unary(deep), int(count), ordered="ONEAR" in name, away=away)
        return node

    def unary(self, deep: int) -> Node:
        """NOT and what follows, or a single operand."""
        self.bound(deep)
        word = self.peek()
        if word and word.text == "NOT" and word.kind == "word":
            self.left.pop()
            return NotNode(self.unary(deep + 1))
        return self.operand(deep)

    def operand(self, deep: int) -> Node:
        """A term, an expression in parentheses, a field or a count."""
        if not self.left:
            raise self.error("something is missing at the end", None)
        word = self.left.pop()
        match word.kind:
            case "open":
                return self.closed(word, deep)
            case "field":
                return self.field(word, deep)
            case "count":
                return self.at_least(word, deep)
            case "regex":
                return self.placed(
                    word, word.start + 1, lambda: RegexNode(compile_pattern(word.text[1:-1].replace(r"\/", "/")))
                )
            case "quoted" | "term":
                return self.term(word)
        self.left.append(word)
        raise self.unexpected()

    def closed(self, word: Lexeme, deep: int) -> Node:
        node = self.joined(deep + 1)
        self.expect("close", "this parenthesis is never closed", word)
        return node

    def field(self, word: Lexeme, deep: int) -> Node:
        """`field:` and its operand."""
        name = word.text[:-1]
        if name not in ARTICLE_FIELDS:
            self.left.append(word)
            raise self.error(
                f"no field {name!r}", word, code="unknown-field", help=f"fields are {', '.join(ARTICLE_FIELDS)}"
            )
        self.bound(deep + 1)
        return FieldsNode((name,), self.operand(deep + 1))

    def at_least(self, word: Lexeme, deep: int) -> Node:
        count = self.left.pop() if self.left else None
        if count is None or not count.text.isdecimal() or len(count.text) > 4 or int(count.text) < 1:
            raise self.error("atleast needs a number first", count or word, help="write `atleast(2, Nvidia)`")
        self.expect("comma", "atleast needs a comma after the number", count)
        node = self.joined(deep + 1)
        self.expect("close", "this parenthesis is never closed", word)
        return AtLeastNode(int(count.text), node)

    def term(self, word: Lexeme) -> Node:
        """A term, quoted or bare."""
        self.slips(word)
        exact = word.text.startswith('="')
        bare = word.text[2:-1] if exact else word.text.strip('"') if word.kind == "quoted" else word.text
        offset = word.start + (2 if exact else word.kind == "quoted")
        return self.placed(word, offset, lambda: self.leaf("=" * exact + bare))

    def slips(self, word: Lexeme) -> None:
        """Raise RuleError for an unfinished operator or field: `NEAR`, `title:`."""
        if INCOMPLETE_NEAR.fullmatch(word.text):
            raise self.error(f"{word.text} needs a number of words", word, help=f"write `{word.text}/10`")
        if word.kind == "term" and word.text[-1] == ":" and word.text[:-1] in ARTICLE_FIELDS:
            raise self.error(f"nothing to search for after {word.text}", word, help=f"write `{word.text}H200`")

    def placed(self, word: Lexeme, offset: int, make: Callable[[], Node]) -> Node:
        """Make a leaf; the offsets of its errors become offsets in the whole expression."""
        try:
            return make()
        except RuleError as error:
            start = word.start if error.offset is None else offset + error.offset
            end = word.end if error.offset is None else offset + (error.end or error.offset + 1)
            raise RuleError(
                str(error),
                where="match",
                value=self.text,
                offset=start,
                end=min(end, word.end),
                code=error.code,
                help=error.help,
            ) from error

    def expect(self, kind: str, message: str, at: Lexeme) -> None:
        """Take a lexeme of this kind, or raise RuleError at another one."""
        word = self.peek()
        if word is None or word.kind != kind:
            raise self.error(message, at)
        self.left.pop()

    def unexpected(self) -> RuleError:
        """The error for a lexeme where an operator or a term was expected."""
        word = self.peek()
        assert word is not None, "asked only where a word is left"
        self.slips(word)
        if word.kind in ("term", "quoted", "regex", "open", "field", "count"):
            help = "put AND, OR or NEAR/n between them, or quote a term of several words"
            return self.error("two terms without an operator between them", word, help=help)
        what = "this parenthesis was never opened" if word.kind == "close" else f"{word.text} has nothing before it"
        return self.error(what, word)
