"""Limits on the size of a rules file, so that any file is read within seconds.

Counts parsed values. Of the meaning of entries it knows only which texts are terms and expressions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from monitor.config.toml.notes import Notes
from monitor.config.toml.problems import Problem
from monitor.config.toml.scanner import SECTIONS, KeyPath
from monitor.config.toml.toml_document import TomlDocument
from monitor.core.match.query import MAX_LENGTH
from monitor.core.match.regex import may_exceed_memory

MAX_ENTRIES = 20_000  # watches, feeds, channels, sets and entities: 0.35 ms each
MAX_VALUES = 50_000  # values: 10,000 watches with some terms each
MAX_FEEDS = 5000  # as many as `feeds import` reads; an unknown time zone costs 0.8 ms
MAX_CHANNELS = 1000  # each may have a secret, which is masked in every log line
MAX_TERMS = 50_000  # of all watches; those of a set or an entity count at each use: 0.1 ms each
MAX_EXPRESSIONS = 400_000  # characters of all `match` together: 15 µs each where they are all parentheses
MAX_HEAVY_REGEXES = 1000  # regular expressions with {counts} or many classes: 2 ms each

NAMED = re.compile(r"""@[^\s()",]+""")
EXPRESSION = re.compile(r"/(?:[^/\\]|\\.)+/")  # as core/match/query.py parses it
SHOWN_SECTIONS = ("watch", "sets", "entity")  # without secrets: their lines are shown

Cost = Callable[[str, Any], int]


def find_exceeded_limit(document: TomlDocument) -> Problem | None:
    """The limit that a file exceeds, at the entry that exceeds it; None where the file is within all limits."""
    data = document.data
    sizes = {f"@{name}": values_in(one) for part in ("sets", "entity") for name, one in table(data, part)}
    split = "give a part of the feeds and watches to a second monitor, with a rules.toml of its own"
    shorter = "use the set in fewer watches, or let one watch search for it"
    listed = 'write any = ["…"] where an expression only lists terms, or give a part of them to a second monitor'
    plain = "write plain terms where they do, or give a part of the watches to a second monitor"
    bounds: tuple[tuple[int, str, str, tuple[str, ...], Cost], ...] = (
        (MAX_VALUES, "values", split, SECTIONS, lambda _, one: values_in(one)),
        (MAX_ENTRIES, "entries", split, SECTIONS, lambda _, one: 1),
        (MAX_FEEDS, "feeds", "give a part of them to a second monitor", ("feeds",), lambda _, one: 1),
        (MAX_CHANNELS, "channels", "give a part of them to a second monitor", ("notify",), lambda _, one: 1),
        (
            MAX_TERMS,
            "terms (those of a set count at each use)",
            shorter,
            ("watch",),
            lambda _, one: terms_in(one, sizes),
        ),
        (MAX_EXPRESSIONS, "characters in `match`", listed, ("watch",), lambda _, one: len(match_of(one))),
        (
            MAX_HEAVY_REGEXES,
            "regular expressions with counts or many classes",
            plain,
            ("watch",),
            lambda _, one: heavy_in(one),
        ),
    )
    for most, what, help, sections, cost in bounds:
        number, first = 0, None
        for section in sections:
            for name, one in table(data, section):
                number += cost(name, one)
                first = (section, name) if first is None and number > most else first
        if first is not None:
            return problem(document, f"the file has {number:,} {what}; at most {most:,} are read", first, help)
    return None


def problem(document: TomlDocument, message: str, path: KeyPath, help: str) -> Problem:
    """A problem at an entry that exceeds a limit. A line that may contain a secret is not shown."""
    notes = Notes(document)
    notes.problems.clear()
    notes.add_mistake("too-many", f"{message}; this one is not read at all", path, name=True, label="", help=help)
    found = replace(notes.problems[0], entry="")
    return found if path[0] in SHOWN_SECTIONS else replace(found, source_line="")


def table(data: Mapping[str, Any], section: str) -> list[tuple[str, Any]]:
    """The entries of a section; empty where it is no table."""
    found = data.get(section)
    return list(found.items()) if isinstance(found, dict) else []


def values_in(data: object) -> int:
    """The number of values in parsed data; each list and table counts as one too."""
    count, left = 0, [data]
    while left:
        count += 1
        one = left.pop()
        left += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return count


def texts_in(data: object) -> Iterator[str]:
    """Every text in a parsed value."""
    left = [data]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        left += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()


def match_of(watch: Any) -> str:
    """The expression of a watch; empty without one, or where it is too long to be parsed."""
    found = watch.get("match") if isinstance(watch, dict) else None
    return found if isinstance(found, str) and len(found) <= MAX_LENGTH else ""


def terms_in(watch: Any, sizes: Mapping[str, int]) -> int:
    """The number of terms of a watch: its texts, and the terms of each @name."""
    named = [found[0] for found in NAMED.finditer(match_of(watch))]
    return sum(sizes.get(text.strip(), 1) for text in (*texts_in(watch), *named))


def heavy_in(watch: Any) -> int:
    """The number of costly regular expressions in `regex` and between slashes in `match`."""
    regex = watch.get("regex") if isinstance(watch, dict) else None
    between = [found[0] for found in EXPRESSION.finditer(match_of(watch))]
    return sum(map(may_exceed_memory, [*texts_in(regex), *between]))
