"""The tree of a watch: what must be found, as small objects that say where they hold.

`places` is empty-handed in two ways: None means that the node does not hold; () that it holds and there is nothing
to point at (a NOT). `anchors` are keys one of which every matching article has; None means that none is known.
`gates` are sets of tokens; every matching article has one of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor.core.document import Document
from monitor.core.nearness import apart, grouped, nearest
from monitor.core.pattern import Pattern
from monitor.core.terms import Place, Spelling, Term, gates

Scope = tuple[str, ...]
Anchors = frozenset[str] | None
Weight = Callable[[Iterable[str]], float]


class Node(Protocol):
    """A condition on an article."""

    def places(self, document: Document, scope: Scope) -> Sequence[Place] | None: ...
    def anchors(self, weight: Weight) -> Anchors: ...
    def gates(self) -> list[frozenset[str]]: ...
    def missing(self, document: Document, scope: Scope) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Leaf:
    """A term."""

    term: Term

    def places(self, document: Document, scope: Scope) -> Sequence[Place] | None:
        """Where the term stands."""
        found: list[Place] = []
        for name in document.fields(scope):
            tokens = document.tokens(name)
            if tokens.texts:
                found += self.term.find(tokens, name)
        return found or None

    def anchors(self, weight: Weight) -> Anchors:
        """For each spelling the token that fewest watches ask for."""
        keys: set[str] = set()
        for spelling in self.term.spellings:
            best = min(choices(spelling), key=weight, default=None)
            if best is None:
                return None
            keys |= best
        return frozenset(keys)

    def gates(self) -> list[frozenset[str]]:
        """Those of the term."""
        return gates(self.term)

    def missing(self, document: Document, scope: Scope) -> list[str]:
        """The term, where it does not stand."""
        return [] if self.places(document, scope) else [f"no “{self.term.text}”"]


def choices(spelling: Spelling) -> list[frozenset[str]]:
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


@dataclass(frozen=True, slots=True)
class Expression:
    """A regular expression."""

    pattern: Pattern

    def places(self, document: Document, scope: Scope) -> Sequence[Place] | None:
        """Where the expression matches."""
        found = []
        for name in document.fields(scope):
            tokens = document.tokens(name)
            if not tokens.original:
                continue
            for start, end in self.pattern.find(tokens.normal().text):
                begin, finish = tokens.normal().origin(start, end)
                first, last = tokens.word_in(begin), tokens.word_in(max(begin, finish - 1))
                found.append(Place(name, self.pattern.text, first, last, begin, finish, original=True))
        return found or None

    def anchors(self, weight: Weight) -> Anchors:
        """The literal that every match contains."""
        return frozenset((f"/{self.pattern.literal}",)) if self.pattern.literal else None

    def gates(self) -> list[frozenset[str]]:
        """None that could be named."""
        return []

    def missing(self, document: Document, scope: Scope) -> list[str]:
        """The expression, where it does not match."""
        return [] if self.places(document, scope) else [f"no match of /{self.pattern.text}/"]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of them."""

    nodes: tuple[Node, ...]
    name: str = ""

    def places(self, document: Document, scope: Scope) -> Sequence[Place] | None:
        """The places of all that hold."""
        held = [found for node in self.nodes if (found := node.places(document, scope)) is not None]
        return [place for found in held for place in found] if held else None

    def anchors(self, weight: Weight) -> Anchors:
        """Any of theirs."""
        keys = [node.anchors(weight) for node in self.nodes]
        return None if None in keys else frozenset().union(*(key for key in keys if key is not None))

    def gates(self) -> list[frozenset[str]]:
        """Any of theirs: all first gates together, where each has one."""
        firsts = [node.gates()[:1] for node in self.nodes]
        if len(self.nodes) == 1:
            return self.nodes[0].gates()
        return [frozenset().union(*(first[0] for first in firsts))] if all(firsts) else []

    def missing(self, document: Document, scope: Scope) -> list[str]:
        """All of them, where none holds."""
        if self.places(document, scope) is not None:
            return []
        return [f"{self.name + ': ' if self.name else ''}none of {labels(self.nodes)}"]


@dataclass(frozen=True, slots=True)
class All:
    """Every one of them."""

    nodes: tuple[Node, ...]

    def places(self, document: Document, scope: Scope) -> Sequence[Place] | None:
        """The places of all."""
        found: list[Place] = []
        for node in self.nodes:
            held = node.places(document, scope)
            if held is None:
                return None
            found += held
        return found

    def anchors(self, weight: Weight) -> Anchors:
        """The rarest of theirs."""
        keys = [key for node in self.nodes if (key := node.anchors(weight)) is not None]
        return min(keys, key=weight, default=None)

    def gates(self) -> list[frozenset[str]]:
        """All of theirs."""
        return [gate for node in self.nodes for gate in node.gates()]

    def missing(self, document: Document, scope: Scope) -> list[str]:
        """What each of them misses."""
        return [text for node in self.nodes for text in node.missing(document, scope)]


@dataclass(frozen=True, slots=True)
class Not:
    """It does not hold."""

    node: Node
    name: str = ""

    def places(self, document: Document, scope: Scope) -> Sequence[Place] | None:
        """Nothing to point at."""
        return () if self.node.places(document, scope) is None else None

    def anchors(self, weight: Weight) -> Anchors:
        """None: an absence has no key."""
        return None

    def gates(self) -> list[frozenset[str]]:
        """None: an absence needs nothing."""
        return []

    def missing(self, document: Document, scope: Scope) -> list[str]:
        """What stands in the way."""
        found = self.node.places(document, scope)
        prefix = f"{self.name}: " if self.name else ""
        return [f"{prefix}“{found[0].term}” stands in the {found[0].field}"] if found else []


@dataclass(frozen=True, slots=True)
class Near:
    """Both, with at most so many words between them; away: the left one where the right one is not that near."""

    left: Node
    right: Node
    words: int
    ordered: bool = False
    away: bool = False
    name: str = ""

    def places(self, document: Document, scope: Scope) -> Sequence[Place] | None:
        """The pairs; away: the places of the left one that stand alone."""
        left = self.left.places(document, scope)
        if not left:
            return None
        right = self.right.places(document, scope) or []
        partners = [nearest(place, group, self.ordered) for place, group in grouped(left, right)]
        near = [distance is not None and distance[0] <= self.words for distance in partners]
        if self.away:
            return [place for place, close in zip(left, near, strict=True) if not close] or None
        pairs = [(a, b[1]) for a, b, close in zip(left, partners, near, strict=True) if close and b]
        return [place for pair in pairs for place in pair] or None

    def anchors(self, weight: Weight) -> Anchors:
        """The rarer of theirs."""
        if self.away:
            return self.left.anchors(weight)
        return All((self.left, self.right)).anchors(weight)

    def gates(self) -> list[frozenset[str]]:
        """Those of both."""
        return self.left.gates() + ([] if self.away else self.right.gates())

    def missing(self, document: Document, scope: Scope) -> list[str]:
        """Which side is missing, or how far apart they are."""
        if self.places(document, scope) is not None:
            return []
        left = self.left.places(document, scope)
        if not left:
            return self.left.missing(document, scope) or [f"none of {labels((self.left,))}"]
        prefix = f"{self.name}: " if self.name else ""
        if self.away:
            return [f"{prefix}every “{left[0].term}” has one of {labels((self.right,))} within {self.words} words"]
        right = self.right.places(document, scope) or []
        gaps = [found[0] for place, group in grouped(left, right) if (found := nearest(place, group, self.ordered))]
        if gaps:
            return [f"{prefix}distance {min(gaps)}, limit {self.words}"]
        return [f"{prefix}none of {labels((self.right,))} within {self.words} words"]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many places that do not overlap, over all fields in scope."""

    count: int
    node: Node

    def places(self, document: Document, scope: Scope) -> Sequence[Place] | None:
        """The places, if they are enough."""
        found = apart(self.node.places(document, scope) or ())
        return found if len(found) >= self.count else None

    def anchors(self, weight: Weight) -> Anchors:
        """The node's own."""
        return self.node.anchors(weight)

    def gates(self) -> list[frozenset[str]]:
        """The node's own."""
        return self.node.gates()

    def missing(self, document: Document, scope: Scope) -> list[str]:
        """How many there are."""
        count = len(apart(self.node.places(document, scope) or ()))
        return [] if count >= self.count else [f"{labels((self.node,))} {count} times of {self.count}"]


@dataclass(frozen=True, slots=True)
class In:
    """Within these fields."""

    fields: Scope
    node: Node

    def places(self, document: Document, scope: Scope) -> Sequence[Place] | None:
        """The node's places in the fields."""
        return self.node.places(document, self.fields)

    def anchors(self, weight: Weight) -> Anchors:
        """The node's own."""
        return self.node.anchors(weight)

    def gates(self) -> list[frozenset[str]]:
        """The node's own."""
        return self.node.gates()

    def missing(self, document: Document, scope: Scope) -> list[str]:
        """What it misses there."""
        return [f"{text} in {', '.join(self.fields)}" for text in self.node.missing(document, self.fields)]


def labels(nodes: Iterable[Node]) -> str:
    """The terms of a node as a person wrote them."""
    found: list[str] = []
    for node in nodes:
        match node:
            case Leaf(term):
                found.append(term.text)
            case Expression(pattern):
                found.append(f"/{pattern.text}/")
            case Any(children) | All(children):
                found.append(labels(children))
            case In(_, child) | AtLeast(_, child) | Not(child):
                found.append(labels((child,)))
            case Near(left, right):
                found.append(f"{labels((left,))} near {labels((right,))}")
    return ", ".join(found)
