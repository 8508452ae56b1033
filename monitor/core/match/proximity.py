"""Conditions that count words or mentions: NEAR, entities with an ambiguous name, atleast(n, …).

Distances are words between two places of one field. The module does not know how conditions are written.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from monitor.core.match.article_text import DEFAULT_FIELDS, ArticleText
from monitor.core.match.conditions import AllNode, AnyNode, IndexKeys, KeyWeight, Node, Scope, Wrapper, first_labels
from monitor.core.match.terms import Place

# places sorted by first word; their first words; for each, the place up to it that ends last
PlaceGroup = tuple[list[Place], list[int], list[Place]]


def group_places(left: Sequence[Place], right: Sequence[Place]) -> Iterable[tuple[Place, PlaceGroup]]:
    """Each left place with the right places of its field, prepared for bisection."""
    fields: dict[str, list[Place]] = {}
    for place in sorted(right, key=lambda place: place.first):
        fields.setdefault(place.field, []).append(place)
    groups = {
        name: (found, [place.first for place in found], list(accumulate(found, furthest_place)))
        for name, found in fields.items()
    }
    empty: PlaceGroup = ([], [], [])
    return [(place, groups.get(place.field, empty)) for place in left]


def nearest_place(place: Place, group: PlaceGroup, ordered: bool) -> tuple[int, Place] | None:
    """The nearest right place and the number of words between; ordered: only places after the left one."""
    found, firsts, furthest = group
    at = bisect_left(firsts, place.first if not ordered else place.last + 1)
    options = []
    if at < len(found):
        options.append((max(0, firsts[at] - place.last - 1), found[at]))
    if at and not ordered:
        before = furthest[at - 1]
        options.append((max(0, place.first - before.last - 1), before))
    return min(options, key=lambda option: option[0], default=None)


def without_overlaps(places: Iterable[Place]) -> list[Place]:
    """The largest set of places that do not overlap (interval scheduling: the one that ends first is taken)."""
    kept: list[Place] = []
    for place in sorted(places, key=lambda place: (place.field, place.end, -place.start)):
        if not kept or kept[-1].field != place.field or kept[-1].end <= place.start:
            kept.append(place)
    return kept


def furthest_place(one: Place, other: Place) -> Place:
    """Which of two places ends at the later word."""
    return one if one.last >= other.last else other


@dataclass(frozen=True, slots=True)
class NearNode(Node):
    """Both nodes with at most `words` words between; away: the left node where the right one is not that near."""

    left: Node
    right: Node
    words: int
    ordered: bool = False
    away: bool = False
    name: str = ""

    def places(self, document: ArticleText, scope: Scope) -> Sequence[Place] | None:
        left = self.left.places(document, scope)
        if not left:
            return None
        right = self.right.places(document, scope) or []
        partners = [nearest_place(place, group, self.ordered) for place, group in group_places(left, right)]
        near = [distance is not None and distance[0] <= self.words for distance in partners]
        if self.away:
            return [place for place, close in zip(left, near, strict=True) if not close] or None
        pairs = [(a, b[1]) for a, b, close in zip(left, partners, near, strict=True) if close and b]
        return [place for pair in pairs for place in pair] or None

    def index_keys(self, weight: KeyWeight) -> IndexKeys:
        if self.away:
            return self.left.index_keys(weight)
        return AllNode((self.left, self.right)).index_keys(weight)

    def required_tokens(self) -> list[frozenset[str]]:
        return self.left.required_tokens() + ([] if self.away else self.right.required_tokens())

    def label(self) -> str:
        return f"{self.left.label()} near {self.right.label()}"

    def missing_parts(self, document: ArticleText, scope: Scope) -> list[str]:
        left = self.left.places(document, scope)
        if not left:
            return self.left.missing(document, scope) or [f"none of {self.left.label()}"]
        prefix = f"{self.name}: " if self.name else ""
        if self.away:
            return [f"{prefix}every “{left[0].term}” has one of {self.right.label()} within {self.words} words"]
        right = self.right.places(document, scope) or []
        gaps = [
            found[0]
            for place, group in group_places(left, right)
            if (found := nearest_place(place, group, self.ordered))
        ]
        if gaps:
            return [f"{prefix}distance {min(gaps)}, limit {self.words}"]
        return [f"{prefix}none of {short_label(self.right)} within {self.words} words"]


@dataclass(frozen=True, slots=True)
class EntityNode(Node):
    """An entity with sure names, and doubtful names that are ordinary words too.

    Doubtful names count if a sure name stands anywhere in the article, or one of them stands near a context term. One
    place decides for all: a word keeps its sense throughout a text in 98 % of cases (Gale, Church and Yarowsky, "One
    Sense Per Discourse", 1992). For a name in the title, context in the first words of a text counts as near.
    """

    name: str
    sure: AnyNode
    doubtful: AnyNode
    context: AnyNode
    words: int

    def places(self, document: ArticleText, scope: Scope) -> Sequence[Place] | None:
        left = self.doubtful.places(document, scope)
        meant = left and self.meant(document, (*scope, *DEFAULT_FIELDS))
        return [*(self.sure.places(document, scope) or ()), *((left if meant else None) or ())] or None

    def meant(self, document: ArticleText, scope: Scope) -> bool:
        """Whether the doubtful names mean the entity in this article."""
        if self.sure.places(document, scope) is not None:
            return True
        left, right = self.doubtful.places(document, scope) or (), self.context.places(document, scope) or ()
        close = any(found and found[0] <= self.words for found in self.partners(left, right))
        opening = any(place.field != "title" and place.first < self.words for place in right)
        return close or (opening and any(place.field == "title" for place in left))

    def partners(self, left: Sequence[Place], right: Sequence[Place]) -> Iterator[tuple[int, Place] | None]:
        return (nearest_place(place, group, ordered=False) for place, group in group_places(left, right))

    def index_keys(self, weight: KeyWeight) -> IndexKeys:
        return self.names().index_keys(weight)

    def required_tokens(self) -> list[frozenset[str]]:
        return self.names().required_tokens()

    def names(self) -> AnyNode:
        return AnyNode((*self.sure.nodes, *self.doubtful.nodes))

    def label(self) -> str:
        return f"@{self.name}"

    def missing_parts(self, document: ArticleText, scope: Scope) -> list[str]:
        left = self.doubtful.places(document, scope)
        if not left:
            return [f"none of {self.label()}"]
        reason = f"stands without any of {short_label(self.context)} within {self.words} words"
        return [f"{self.label()}: “{left[0].term}” {reason}"]


@dataclass(frozen=True, slots=True)
class AtLeastNode(Wrapper):
    """Holds if its node has at least `count` places that do not overlap, over all fields in scope."""

    count: int
    node: Node

    def places(self, document: ArticleText, scope: Scope) -> Sequence[Place] | None:
        found = without_overlaps(self.node.places(document, scope) or ())
        return found if len(found) >= self.count else None

    def missing(self, document: ArticleText, scope: Scope) -> list[str]:
        count = len(without_overlaps(self.node.places(document, scope) or ()))
        return [] if count >= self.count else [f"{self.node.label()} {count} times of {self.count}"]


def short_label(node: Node) -> str:
    """A node's label, shortened for a long list of alternatives."""
    return first_labels(node.nodes) if isinstance(node, AnyNode) else node.label()
