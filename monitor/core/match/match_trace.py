"""Why a watch matches an article or not, and which watches only just miss it.

The same trees on the same tokens as the engine's own answer; it asks them in words. It does not know where an article
comes from, nor what happens to a match.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from monitor.core.match.article_text import Document
from monitor.core.match.conditions import All, Any, In, Node, Scope
from monitor.core.match.engine import Book, Entry, concerns
from monitor.core.match.evidence import evidence
from monitor.core.match.proximity import AtLeast, Near
from monitor.core.model.articles import Article, Match

ELSEWHERE = "it looks at other feeds or languages"
OFF = "it is switched off"


@dataclass(frozen=True, slots=True)
class Finding:
    """A watch and an article: the match, or what is missing, and which terms stand there all the same."""

    watch: str
    match: Match | None
    missing: tuple[str, ...] = ()
    held: tuple[str, ...] = ()

    @property
    def near(self) -> bool:
        """Whether one condition alone is missing, and another one holds."""
        return self.match is None and len(self.missing) == 1 and bool(self.held)

    def sentence(self) -> str:
        """Which terms were found where, or what is missing."""
        if self.match is None:
            found = f"{', '.join(f'“{term}”' for term in self.held)} found; " if self.held else ""
            return found + ("; ".join(self.missing) or "nothing found")
        places: dict[str, dict[str, None]] = {}
        for hit in self.match.hits:
            places.setdefault(hit.term, {})[hit.field] = None
        return "; ".join(f"“{term}” in {', '.join(fields)}" for term, fields in places.items()) or "nothing forbids it"


def inquire(book: Book, article: Article, learnt: Collection[str] = ()) -> tuple[Finding, ...]:
    """What every watch says of an article, in the order of the file."""
    document = Document(article, learnt)
    return tuple(_finding(entry, document) for entry in book.entries)


def nearly(book: Book, article: Article, learnt: Collection[str] = ()) -> tuple[Finding, ...]:
    """The watches that miss an article by one condition while another one of theirs holds."""
    document = Document(article, learnt)
    asked = [entry for entry in book.entries if entry.watch.enabled and _compound(entry.node)]
    return tuple(finding for entry in asked if (finding := _finding(entry, document)).near)


def _compound(node: Node) -> bool:
    """Whether a condition has several parts, of which one can hold without the others."""
    match node:
        case In(_, child):
            return _compound(child)
        case Any(children):
            return any(map(_compound, children))
        case All() | Near() | AtLeast():
            return True
    return False


def _finding(entry: Entry, document: Document) -> Finding:
    name = entry.watch.name
    if not entry.watch.enabled:
        return Finding(name, None, (OFF,))
    if not concerns(entry.watch, document.article):
        return Finding(name, None, (ELSEWHERE,))
    places = entry.node.places(document, ())
    if places is not None:
        return Finding(name, evidence(name, document, places))
    missing = tuple(dict.fromkeys(entry.node.missing(document, ())))
    return Finding(name, None, missing, tuple(dict.fromkeys(_held(entry.node, document, ()))))


def _held(node: Node, document: Document, scope: Scope) -> Iterator[str]:
    """The terms that stand in the article although the condition does not hold."""
    match node:
        case In(fields, child):
            yield from _held(child, document, fields)
        case All(children) | Any(children):
            for child in children:
                yield from _found(child, document, scope) or _held(child, document, scope)
        case Near(left, right):
            own = _found(left, document, scope)
            yield from [*own, *_found(right, document, scope)] if own else ()  # IPO alone is not nearly T-Head near IPO
        case AtLeast(_, child):
            yield from _found(child, document, scope)


def _found(node: Node, document: Document, scope: Scope) -> list[str]:
    """The terms of a condition that holds; none for a NOT."""
    return [place.term for place in node.places(document, scope) or ()]
