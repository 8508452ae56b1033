"""Evidence of a match: the hits as spans of the original article, and the snippet that shows most of them.

It does not know how a watch was evaluated, only the places that were found.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.core.match.article_text import EVIDENCE_FIELDS, ArticleText
from monitor.core.match.terms import Place
from monitor.core.model.articles import Hit, Match, Span
from monitor.core.text.extent import COMPARED

MAX_SNIPPET_LENGTH = 240  # characters
MAX_HITS = 1000  # per watch and article: a term that is every word of a book would take 100 MB in the database


def collect_evidence(watch: str, document: ArticleText, places: Sequence[Place]) -> Match:
    """The match of a watch: hits sorted by field and offset, a snippet, and the spans of the hits in the snippet."""
    found = sorted(
        {hit_at_place(document, place) for place in chosen(places)}, key=lambda one: (rank(one.field), one.start)
    )
    hits = tuple(one for one in found if one.end > one.start)
    if not hits:
        return Match(watch, ())
    snippet, marks = best_snippet(document, hits)
    return Match(watch, hits, snippet, marks)


FIELD_ORDER = {"title": 0, "lead": 1, "body": 2}


def rank(field: str) -> int:
    """The sort key of a field: title, lead, body, then all others."""
    return FIELD_ORDER.get(EVIDENCE_FIELDS.get(field, field), 9)


def chosen(places: Sequence[Place]) -> Sequence[Place]:
    """At most MAX_HITS places, those within the first COMPARED characters before others."""
    if len(places) <= MAX_HITS and all(place.end <= COMPARED for place in places):
        return places
    return sorted(places, key=lambda one: (one.end > COMPARED, rank(one.field), one.start))[:MAX_HITS]


def hit_at_place(document: ArticleText, place: Place) -> Hit:
    """A place as a hit; its span is one of the original text of the field."""
    tokens = document.tokens(place.field)
    start, end = (place.start, place.end) if place.original else tokens.origin(place.start, place.end)
    return Hit(EVIDENCE_FIELDS.get(place.field, place.field), place.term, start, end, tokens.original[start:end])


def best_snippet(document: ArticleText, hits: Sequence[Hit]) -> tuple[str, tuple[Span, ...]]:
    """The window of at most MAX_SNIPPET_LENGTH characters with the most different terms, then the most hits.

    Of equal windows one outside the title is taken, because a message shows the title anyway.
    """
    fields = dict.fromkeys(one.field for one in hits)
    windows = [
        best_field_window(document.tokens(name).original, [one for one in hits if one.field == name]) for name in fields
    ]
    weights = [(window[0], name != "title") for window, name in zip(windows, fields, strict=True)]
    _, snippet, marks = windows[weights.index(max(weights))]
    return snippet, marks


def best_field_window(text: str, hits: Sequence[Hit]) -> tuple[tuple[int, int], str, tuple[Span, ...]]:
    """The best window of one field: (different terms, hits), its text, the spans of the hits in it."""
    weight, first, last = max(
        (hits_in_window(hits, at) for at in range(len(hits))), key=lambda found: (found[0], -found[1])
    )
    start, end = window_span(text, hits[first].start, max(one.end for one in hits[first : last + 1]))
    snippet = text[start:end].replace("\n", " ").replace("\x1f", " ")
    inside = [(one.start - start, min(one.end, end) - start) for one in hits[first : last + 1] if one.start < end]
    return weight, snippet, tuple(dict.fromkeys(inside))


def hits_in_window(hits: Sequence[Hit], first: int) -> tuple[tuple[int, int], int, int]:
    """The window that begins with a hit: (different terms, hits), index of its first hit, of its last."""
    last = first
    while last + 1 < len(hits) and hits[last + 1].end - hits[first].start <= MAX_SNIPPET_LENGTH:
        last += 1
    inside = hits[first : last + 1]
    return (len({one.term for one in inside}), len(inside)), first, last


def window_span(text: str, start: int, end: int) -> Span:
    """The bounds of a window around a span, at word edges and without blanked text (\\x1f)."""
    end = min(end, start + MAX_SNIPPET_LENGTH)
    room = max(0, MAX_SNIPPET_LENGTH - (end - start))
    low = max(text.rfind("\x1f", 0, start) + 1, start - room // 2, 0)
    low = word_start(text, low, start)
    high = min(len(text), low + MAX_SNIPPET_LENGTH)
    blank = text.find("\x1f", end)
    high = min(high, blank) if blank >= 0 else high
    if high < len(text) and not text[high].isspace():
        cut = max(text.rfind(" ", end, high), text.rfind("\n", end, high))
        high = cut if cut > end else max(end, high if text[high - 1 : high].isspace() else end)
    return low, high


def word_start(text: str, low: int, start: int) -> int:
    """The first offset from `low` on at which a word begins; `start` if there is none before it."""
    if low == 0 or text[low - 1].isspace() or text[low - 1] == "\x1f":
        return low
    found = [at for at in (text.find(" ", low, start), text.find("\n", low, start)) if at >= 0]
    return min(found) + 1 if found else start
