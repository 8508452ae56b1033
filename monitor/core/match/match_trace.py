"""Explain why a watch matches an article or not, and find the watches that miss it by one condition.

It evaluates the same trees on the same tokens as the engine. It does not know where an article comes from, nor what
happens to a match.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.core.match.article_text import ArticleText
from monitor.core.match.conditions import AllNode, AnyNode, FieldsNode, Node, Scope
from monitor.core.match.engine import OTHER_FEEDS_TEXT, CompiledWatch, RuleSet, applies_to
from monitor.core.match.evidence import collect_evidence
from monitor.core.match.proximity import AtLeastNode, NearNode
from monitor.core.model.articles import Match
from monitor.core.text.analysis import ArticleFields

DISABLED_TEXT = "it is switched off"


@dataclass(frozen=True, slots=True)
class WatchTrace:
    """One watch and one article: the match, or the missing conditions and the terms found all the same."""

    watch: str
    match: Match | None
    missing: tuple[str, ...] = ()
    held: tuple[str, ...] = ()

    @property
    def near(self) -> bool:
        """Whether exactly one condition is missing and another one holds."""
        return self.match is None and len(self.missing) == 1 and bool(self.held)

    def sentence(self) -> str:
        """One line for users: which terms were found in which fields, or what is missing."""
        if self.match is None:
            found = f"{', '.join(f'“{term}”' for term in self.held)} found; " if self.held else ""
            return found + ("; ".join(self.missing) or "nothing found")
        places: dict[str, dict[str, None]] = {}
        for hit in self.match.hits:
            places.setdefault(hit.term, {})[hit.field] = None
        return "; ".join(f"“{term}” in {', '.join(fields)}" for term, fields in places.items()) or "nothing forbids it"


def trace_watches(rules: RuleSet, fields: ArticleFields) -> tuple[WatchTrace, ...]:
    """The trace of every watch for an article, in the order of the file."""
    document = ArticleText(fields)
    return tuple(_trace_watch(entry, document) for entry in rules.entries)


def find_near_misses(rules: RuleSet, fields: ArticleFields) -> tuple[WatchTrace, ...]:
    """The traces of the watches that miss an article by one condition while another one holds."""
    document = ArticleText(fields)
    asked = [entry for entry in rules.entries if entry.watch.enabled and _has_parts(entry.node)]
    return tuple(finding for entry in asked if (finding := _trace_watch(entry, document)).near)


def _has_parts(node: Node) -> bool:
    """Whether one part of a condition can hold without the others."""
    match node:
        case FieldsNode(_, child):
            return _has_parts(child)
        case AnyNode(children):
            return any(map(_has_parts, children))
        case AllNode() | NearNode() | AtLeastNode():
            return True
    return False


def _trace_watch(entry: CompiledWatch, document: ArticleText) -> WatchTrace:
    name = entry.watch.name
    if not entry.watch.enabled:
        return WatchTrace(name, None, (DISABLED_TEXT,))
    if not applies_to(entry.watch, document.article):
        return WatchTrace(name, None, (OTHER_FEEDS_TEXT,))
    places = entry.node.places(document, ())
    if places is not None:
        return WatchTrace(name, collect_evidence(name, document, places))
    missing = tuple(dict.fromkeys(entry.node.missing(document, ())))
    return WatchTrace(name, None, missing, tuple(dict.fromkeys(_held_terms(entry.node, document, ()))))


def _held_terms(node: Node, document: ArticleText, scope: Scope) -> Iterator[str]:
    """The terms found in the article although the condition does not hold."""
    match node:
        case FieldsNode(fields, child):
            yield from _held_terms(child, document, fields)
        case AllNode(children) | AnyNode(children):
            for child in children:
                yield from _found_terms(child, document, scope) or _held_terms(child, document, scope)
        case NearNode(left, right):
            own = _found_terms(left, document, scope)
            if own:  # IPO alone is not nearly T-Head near IPO
                yield from (*own, *_found_terms(right, document, scope))
        case AtLeastNode(_, child):
            yield from _found_terms(child, document, scope)


def _found_terms(node: Node, document: ArticleText, scope: Scope) -> list[str]:
    """The terms at the places of a condition; empty if it does not hold or is a NOT."""
    return [place.term for place in node.places(document, scope) or ()]
