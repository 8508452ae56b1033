"""The nodes that count: so many words between two, so many mentions of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.core.document import Document
from monitor.core.nearness import apart, grouped, nearest
from monitor.core.nodes import All, Anchors, Any, Node, Scope, Weight, some
from monitor.core.terms import Place


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

    def label(self) -> str:
        """What a person wrote."""
        return f"{self.left.label()} near {self.right.label()}"

    def missing(self, document: Document, scope: Scope) -> list[str]:
        """Which side is missing, or how far apart they are."""
        if self.places(document, scope) is not None:
            return []
        left = self.left.places(document, scope)
        if not left:
            return self.left.missing(document, scope) or [f"none of {self.left.label()}"]
        prefix = f"{self.name}: " if self.name else ""
        if self.away:
            return [f"{prefix}every “{left[0].term}” has one of {self.right.label()} within {self.words} words"]
        right = self.right.places(document, scope) or []
        gaps = [found[0] for place, group in grouped(left, right) if (found := nearest(place, group, self.ordered))]
        if gaps:
            return [f"{prefix}distance {min(gaps)}, limit {self.words}"]
        return [f"{prefix}none of {few(self.right)} within {self.words} words"]


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

    def label(self) -> str:
        """What a person wrote."""
        return self.node.label()

    def missing(self, document: Document, scope: Scope) -> list[str]:
        """How many there are."""
        count = len(apart(self.node.places(document, scope) or ()))
        return [] if count >= self.count else [f"{self.node.label()} {count} times of {self.count}"]


def few(node: Node) -> str:
    """What a person wrote, but of a long list only the beginning."""
    return some(node.nodes) if isinstance(node, Any) else node.label()
