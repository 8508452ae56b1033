"""How near two places are: the number of words between their nearest ends, in one field.

Every question is answered by bisection, so an article that repeats a term ten thousand times costs no more per place.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

from monitor.core.match.terms import Place

# sorted by first word; their first words; of each and those before it the one that reaches furthest
Grouped = tuple[list[Place], list[int], list[Place]]


def grouped(left: Sequence[Place], right: Sequence[Place]) -> Iterable[tuple[Place, Grouped]]:
    """Each left place with the right ones of its field, sorted, and what bisecting them needs."""
    fields: dict[str, list[Place]] = {}
    for place in sorted(right, key=lambda place: place.first):
        fields.setdefault(place.field, []).append(place)
    groups = {
        name: (found, [place.first for place in found], list(accumulate(found, further)))
        for name, found in fields.items()
    }
    empty: Grouped = ([], [], [])
    return [(place, groups.get(place.field, empty)) for place in left]


def nearest(place: Place, group: Grouped, ordered: bool) -> tuple[int, Place] | None:
    """The right place nearest to a left one, with the number of words between; ordered: only behind it."""
    found, firsts, furthest = group
    at = bisect_left(firsts, place.first if not ordered else place.last + 1)
    options = []
    if at < len(found):
        options.append((max(0, firsts[at] - place.last - 1), found[at]))
    if at and not ordered:
        before = furthest[at - 1]
        options.append((max(0, place.first - before.last - 1), before))
    return min(options, key=lambda option: option[0], default=None)


def apart(places: Iterable[Place]) -> list[Place]:
    """As many places as possible that do not overlap: always the one that ends first."""
    kept: list[Place] = []
    for place in sorted(places, key=lambda place: (place.field, place.end, -place.start)):
        if not kept or kept[-1].field != place.field or kept[-1].end <= place.start:
            kept.append(place)
    return kept


def further(one: Place, other: Place) -> Place:
    """The place that reaches further."""
    return one if one.last >= other.last else other
