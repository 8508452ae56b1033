"""The condition tree of a watch: terms, regular expressions, AND, OR, NOT and field restrictions.

Each node reports where it holds in an article. It does not know how the tree was written or how it is indexed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from monitor.core.match.article_text import ArticleText
from monitor.core.match.regex import Pattern
from monitor.core.match.terms import Place, Spelling, Term

Scope = tuple[str, ...]
IndexKeys = frozenset[str] | None
KeyWeight = Callable[[Iterable[str]], float]
MAX_NAMED_TERMS = 8  # terms listed when one of many is missing


class Node(ABC):
    """A condition on an article. scope: the fields to search; empty means title and body."""

    __slots__ = ()

    @abstractmethod
    def places(self, document: ArticleText, scope: Scope) -> Sequence[Place] | None:
        """Where the condition holds; None: it does not hold; (): it holds, but at no place (a NOT)."""

    def index_keys(self, weight: KeyWeight) -> IndexKeys:
        """Keys of which every matching article has at least one; None: no such keys are known."""
        return None

    def required_tokens(self) -> list[frozenset[str]]:
        """Sets of tokens; every matching article has at least one token of each set."""
        return []

    @abstractmethod
    def label(self) -> str:
        """The condition as the user wrote it."""

    def missing(self, document: ArticleText, scope: Scope) -> list[str]:
        """Which parts do not hold, as text; empty where the condition holds."""
        return [] if self.places(document, scope) is not None else self.missing_parts(document, scope)

    def missing_parts(self, document: ArticleText, scope: Scope) -> list[str]:
        """The same for an article on which the condition does not hold."""
        return [f"no {self.label()}"]


class Wrapper(Node):
    """A condition on one other node; without an override its label, keys and tokens are that node's."""

    __slots__ = ()
    node: Node

    def index_keys(self, weight: KeyWeight) -> IndexKeys:
        return self.node.index_keys(weight)

    def required_tokens(self) -> list[frozenset[str]]:
        return self.node.required_tokens()

    def label(self) -> str:
        return self.node.label()


class Group(Node):
    """A condition on several nodes."""

    __slots__ = ()
    nodes: tuple[Node, ...]

    def label(self) -> str:
        return join_labels(self.nodes)


@dataclass(frozen=True, slots=True)
class TermNode(Node):
    """Holds where a compiled term is found."""

    term: Term

    def places(self, document: ArticleText, scope: Scope) -> Sequence[Place] | None:
        found: list[Place] = []
        for name in document.fields(scope):
            tokens = document.tokens(name)
            if tokens.texts:
                found += self.term.find(tokens, name)
        return found or None

    def index_keys(self, weight: KeyWeight) -> IndexKeys:
        keys: set[str] = set()
        for spelling in self.term.spellings:
            best = min(token_index_keys(spelling), key=weight, default=None)
            if best is None:
                return None
            keys |= best
        return frozenset(keys)

    def required_tokens(self) -> list[frozenset[str]]:
        return term_required_tokens(self.term)

    def label(self) -> str:
        return self.term.text

    def missing_parts(self, document: ArticleText, scope: Scope) -> list[str]:
        return [f"no “{self.term.text}”"]


def token_index_keys(spelling: Spelling) -> list[frozenset[str]]:
    """For each token of a spelling, the index keys under which it may be found."""
    last = len(spelling.pieces) - 1
    found = []
    for at, piece in enumerate(spelling.pieces):
        if piece.pattern is not None:
            continue
        if piece.open_end:
            found.append(frozenset((piece.text + "*",)))
        elif at == last and piece.kind == "a":
            found.append(frozenset((piece.text, piece.text + "s")))
        else:
            found.append(frozenset((piece.text,)))
    return found


def term_required_tokens(term: Term) -> list[frozenset[str]]:
    """Sets of tokens; a text that has the term in any spelling has at least one token of each set."""
    spans = [token_spans(spelling) for spelling in term.spellings]
    cuts = sorted({start for pieces in spans for start, _, _ in pieces})
    covers = [[keys for pieces in spans for start, end, keys in pieces if start <= cut < end] for cut in cuts]
    return list(dict.fromkeys(frozenset().union(*keys) for keys in covers if all(keys)))


def token_spans(spelling: Spelling) -> list[tuple[int, int, frozenset[str]]]:
    """The pieces of a spelling as (start, end, tokens); offsets are characters of the term without its gaps."""
    found, at = [], 0
    for one in spelling.pieces:
        found.append((at, at + len(one.text), one.keys))
        at += len(one.text)
    return found


@dataclass(frozen=True, slots=True)
class RegexNode(Node):
    """Holds where a regular expression matches; shown: its label if the user did not write it."""

    pattern: Pattern
    shown: str = ""

    def places(self, document: ArticleText, scope: Scope) -> Sequence[Place] | None:
        found = []
        for name in document.fields(scope):
            tokens = document.tokens(name)
            if not tokens.original:
                continue
            for start, end in self.pattern.find(tokens.normal().text):
                begin, finish = tokens.normal().origin(start, end)
                first, last = tokens.word_in(begin), tokens.word_in(max(begin, finish - 1))
                found.append(Place(name, self.shown or self.pattern.text, first, last, begin, finish, original=True))
        return found or None

    def index_keys(self, weight: KeyWeight) -> IndexKeys:
        return frozenset(f"/{text}" for text in self.pattern.literals) or None

    def label(self) -> str:
        return self.shown or f"/{self.pattern.text}/"

    def missing_parts(self, document: ArticleText, scope: Scope) -> list[str]:
        return [f"no match of {self.label()}"]


@dataclass(frozen=True, slots=True)
class AnyNode(Group):
    """Holds if at least one node holds (OR)."""

    nodes: tuple[Node, ...]
    name: str = ""

    def places(self, document: ArticleText, scope: Scope) -> Sequence[Place] | None:
        held = [found for node in self.nodes if (found := node.places(document, scope)) is not None]
        return [place for found in held for place in found] if held else None

    def index_keys(self, weight: KeyWeight) -> IndexKeys:
        keys = [node.index_keys(weight) for node in self.nodes]
        return None if None in keys else frozenset().union(*(key for key in keys if key is not None))

    def required_tokens(self) -> list[frozenset[str]]:
        if len(self.nodes) == 1:
            return self.nodes[0].required_tokens()
        firsts = [node.required_tokens()[:1] for node in self.nodes]
        return [frozenset().union(*(first[0] for first in firsts))] if all(firsts) else []

    def missing_parts(self, document: ArticleText, scope: Scope) -> list[str]:
        prefix = f"{self.name}: " if self.name else ""
        if len(self.nodes) == 1:
            return [prefix + text for text in self.nodes[0].missing(document, scope)]
        return [f"{prefix}none of {first_labels(self.nodes)}"]


@dataclass(frozen=True, slots=True)
class AllNode(Group):
    """Holds if every node holds (AND)."""

    nodes: tuple[Node, ...]

    def places(self, document: ArticleText, scope: Scope) -> Sequence[Place] | None:
        found: list[Place] = []
        for node in self.nodes:
            held = node.places(document, scope)
            if held is None:
                return None
            found += held
        return found

    def index_keys(self, weight: KeyWeight) -> IndexKeys:
        keys = [key for node in self.nodes if (key := node.index_keys(weight)) is not None]
        return min(keys, key=weight, default=None)

    def required_tokens(self) -> list[frozenset[str]]:
        return [tokens for node in self.nodes for tokens in node.required_tokens()]

    def missing(self, document: ArticleText, scope: Scope) -> list[str]:
        return [text for node in self.nodes for text in node.missing(document, scope)]


@dataclass(frozen=True, slots=True)
class NotNode(Wrapper):
    """Holds, at no place, if its node does not."""

    node: Node
    name: str = ""

    def places(self, document: ArticleText, scope: Scope) -> Sequence[Place] | None:
        return () if self.node.places(document, scope) is None else None

    def index_keys(self, weight: KeyWeight) -> IndexKeys:
        return None

    def required_tokens(self) -> list[frozenset[str]]:
        return []

    def missing(self, document: ArticleText, scope: Scope) -> list[str]:
        found = self.node.places(document, scope)
        prefix = f"{self.name}: " if self.name else ""
        return [f"{prefix}“{found[0].term}” stands in the {found[0].field}"] if found else []


@dataclass(frozen=True, slots=True)
class FieldsNode(Wrapper):
    """Restricts its node to these fields."""

    fields: Scope
    node: Node

    def places(self, document: ArticleText, scope: Scope) -> Sequence[Place] | None:
        return self.node.places(document, self.fields)

    def missing(self, document: ArticleText, scope: Scope) -> list[str]:
        return [f"{text} in {', '.join(self.fields)}" for text in self.node.missing(document, self.fields)]


def first_labels(nodes: Sequence[Node]) -> str:
    """The labels of the first MAX_NAMED_TERMS nodes, and the number of the others."""
    more = f" and {len(nodes) - MAX_NAMED_TERMS} more" if len(nodes) > MAX_NAMED_TERMS else ""
    return join_labels(nodes[:MAX_NAMED_TERMS]) + more


def join_labels(nodes: Iterable[Node]) -> str:
    """The labels of several nodes, separated by commas."""
    return ", ".join(node.label() for node in nodes)
