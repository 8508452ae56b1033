"""The tree of a watch: what must be found, as small objects that say where they hold.

`places` is empty-handed in two ways: None means that the node does not hold; () that it holds and there is nothing
to point at (a NOT). `anchors` are keys one of which every matching article has; None means that none is known.
`gates` are sets of tokens; every matching article has one of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor.core.match.article_text import ArticleText
from monitor.core.match.regex import Pattern
from monitor.core.match.terms import Place, Spelling, Term

Scope = tuple[str, ...]
IndexKeys = frozenset[str] | None
KeyWeight = Callable[[Iterable[str]], float]
MAX_NAMED_TERMS = 8  # terms that are named where one of many is missing


class Node(Protocol):
    """A condition on an article."""

    def places(self, document: ArticleText, scope: Scope) -> Sequence[Place] | None: ...
    def index_keys(self, weight: KeyWeight) -> IndexKeys: ...
    def required_tokens(self) -> list[frozenset[str]]: ...
    def label(self) -> str: ...
    def missing(self, document: ArticleText, scope: Scope) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class TermNode:
    """A term."""

    term: Term

    def places(self, document: ArticleText, scope: Scope) -> Sequence[Place] | None:
        """Where the term stands."""
        found: list[Place] = []
        for name in document.fields(scope):
            tokens = document.tokens(name)
            if tokens.texts:
                found += self.term.find(tokens, name)
        return found or None

    def index_keys(self, weight: KeyWeight) -> IndexKeys:
        """For each spelling the token that fewest watches ask for."""
        keys: set[str] = set()
        for spelling in self.term.spellings:
            best = min(token_index_keys(spelling), key=weight, default=None)
            if best is None:
                return None
            keys |= best
        return frozenset(keys)

    def required_tokens(self) -> list[frozenset[str]]:
        """Those of the term."""
        return term_required_tokens(self.term)

    def label(self) -> str:
        """What a person wrote."""
        return self.term.text

    def missing(self, document: ArticleText, scope: Scope) -> list[str]:
        """The term, where it does not stand."""
        return [] if self.places(document, scope) else [f"no “{self.term.text}”"]


def token_index_keys(spelling: Spelling) -> list[frozenset[str]]:
    """For each token of a spelling the keys it may be found under."""
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
    """For each token of a term, the tokens of which one must be in a text, whatever way the term is written there."""
    spans = [token_spans(spelling) for spelling in term.spellings]
    cuts = sorted({start for pieces in spans for start, _, _ in pieces})
    covers = [[keys for pieces in spans for start, end, keys in pieces if start <= cut < end] for cut in cuts]
    return list(dict.fromkeys(frozenset().union(*keys) for keys in covers if all(keys)))


def token_spans(spelling: Spelling) -> list[tuple[int, int, frozenset[str]]]:
    """The pieces of a spelling: from which character of the term to which, and the tokens each may be."""
    found, at = [], 0
    for one in spelling.pieces:
        found.append((at, at + len(one.text), one.keys))
        at += len(one.text)
    return found


@dataclass(frozen=True, slots=True)
class RegexNode:
    """A regular expression; shown: what to call it where nobody wrote it."""

    pattern: Pattern
    shown: str = ""

    def places(self, document: ArticleText, scope: Scope) -> Sequence[Place] | None:
        """Where the expression matches."""
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
        """The literals of which every match contains one."""
        return frozenset(f"/{text}" for text in self.pattern.literals) or None

    def required_tokens(self) -> list[frozenset[str]]:
        """None that could be named."""
        return []

    def label(self) -> str:
        """What a person wrote."""
        return self.shown or f"/{self.pattern.text}/"

    def missing(self, document: ArticleText, scope: Scope) -> list[str]:
        """The expression, where it does not match."""
        return [] if self.places(document, scope) else [f"no match of {self.label()}"]


@dataclass(frozen=True, slots=True)
class AnyNode:
    """At least one of them."""

    nodes: tuple[Node, ...]
    name: str = ""

    def places(self, document: ArticleText, scope: Scope) -> Sequence[Place] | None:
        """The places of all that hold."""
        held = [found for node in self.nodes if (found := node.places(document, scope)) is not None]
        return [place for found in held for place in found] if held else None

    def index_keys(self, weight: KeyWeight) -> IndexKeys:
        """Any of theirs."""
        keys = [node.index_keys(weight) for node in self.nodes]
        return None if None in keys else frozenset().union(*(key for key in keys if key is not None))

    def required_tokens(self) -> list[frozenset[str]]:
        """Any of theirs: all first gates together, where each has one."""
        firsts = [node.required_tokens()[:1] for node in self.nodes]
        if len(self.nodes) == 1:
            return self.nodes[0].required_tokens()
        return [frozenset().union(*(first[0] for first in firsts))] if all(firsts) else []

    def label(self) -> str:
        """What a person wrote."""
        return join_labels(self.nodes)

    def missing(self, document: ArticleText, scope: Scope) -> list[str]:
        """All of them, where none holds."""
        if self.places(document, scope) is not None:
            return []
        prefix = f"{self.name}: " if self.name else ""
        if len(self.nodes) == 1:
            return [prefix + text for text in self.nodes[0].missing(document, scope)]
        return [f"{prefix}none of {first_labels(self.nodes)}"]


@dataclass(frozen=True, slots=True)
class AllNode:
    """Every one of them."""

    nodes: tuple[Node, ...]

    def places(self, document: ArticleText, scope: Scope) -> Sequence[Place] | None:
        """The places of all."""
        found: list[Place] = []
        for node in self.nodes:
            held = node.places(document, scope)
            if held is None:
                return None
            found += held
        return found

    def index_keys(self, weight: KeyWeight) -> IndexKeys:
        """The rarest of theirs."""
        keys = [key for node in self.nodes if (key := node.index_keys(weight)) is not None]
        return min(keys, key=weight, default=None)

    def required_tokens(self) -> list[frozenset[str]]:
        """All of theirs."""
        return [gate for node in self.nodes for gate in node.required_tokens()]

    def label(self) -> str:
        """What a person wrote."""
        return join_labels(self.nodes)

    def missing(self, document: ArticleText, scope: Scope) -> list[str]:
        """What each of them misses."""
        return [text for node in self.nodes for text in node.missing(document, scope)]


@dataclass(frozen=True, slots=True)
class NotNode:
    """It does not hold."""

    node: Node
    name: str = ""

    def places(self, document: ArticleText, scope: Scope) -> Sequence[Place] | None:
        """Nothing to point at."""
        return () if self.node.places(document, scope) is None else None

    def index_keys(self, weight: KeyWeight) -> IndexKeys:
        """None: an absence has no key."""
        return None

    def required_tokens(self) -> list[frozenset[str]]:
        """None: an absence needs nothing."""
        return []

    def label(self) -> str:
        """What a person wrote."""
        return self.node.label()

    def missing(self, document: ArticleText, scope: Scope) -> list[str]:
        """What stands in the way."""
        found = self.node.places(document, scope)
        prefix = f"{self.name}: " if self.name else ""
        return [f"{prefix}“{found[0].term}” stands in the {found[0].field}"] if found else []


@dataclass(frozen=True, slots=True)
class FieldsNode:
    """Within these fields."""

    fields: Scope
    node: Node

    def places(self, document: ArticleText, scope: Scope) -> Sequence[Place] | None:
        """The node's places in the fields."""
        return self.node.places(document, self.fields)

    def index_keys(self, weight: KeyWeight) -> IndexKeys:
        """The node's own."""
        return self.node.index_keys(weight)

    def required_tokens(self) -> list[frozenset[str]]:
        """The node's own."""
        return self.node.required_tokens()

    def label(self) -> str:
        """What a person wrote."""
        return self.node.label()

    def missing(self, document: ArticleText, scope: Scope) -> list[str]:
        """What it misses there."""
        return [f"{text} in {', '.join(self.fields)}" for text in self.node.missing(document, self.fields)]


def first_labels(nodes: Sequence[Node]) -> str:
    """The first few of several nodes, and how many more there are."""
    more = f" and {len(nodes) - MAX_NAMED_TERMS} more" if len(nodes) > MAX_NAMED_TERMS else ""
    return join_labels(nodes[:MAX_NAMED_TERMS]) + more


def join_labels(nodes: Iterable[Node]) -> str:
    """Several nodes as a person wrote them."""
    return ", ".join(node.label() for node in nodes)
