"""What the archive has to say about many articles, asked in a few statements: six for a feed of any length.

A turn that asked for each article by itself spent nine tenths of its CPU on making statements.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from sqlalchemy import Connection, text

from monitor.core.model.articles import Candidate, Keys, Sighting
from monitor.store import rows
from monitor.store.arrays import array, statements, stored, ticks
from monitor.store.columns import Instant
from monitor.store.recognition import recognise
from monitor.store.sql import asked

CANDIDATES = 20
CHANCE = 5  # of those that share a single sample: a standing phrase, or a teaser
KEYS = ("content", "revision", "canonical_url", "title_key")  # in the order of certainty
Shares = list[tuple[int, int]]  # article, how many samples: most first

# CROSS JOIN keeps SQLite from starting with all of the sketch
SHARED = {
    "sqlite": text("SELECT s.hash, s.article FROM json_each(:hashes) h CROSS JOIN sketch s ON s.hash = h.value"
    " WHERE s.first_seen_at >= :since"),
    "postgresql": text("SELECT hash, article FROM sketch WHERE hash = ANY(CAST(:hashes AS bigint[]))"
    " AND first_seen_at >= :since"),
}  # fmt: skip
SAME = statements(
    " UNION ALL ".join(
        f"SELECT '{name}' AS kind, {name} AS value, id, first_seen_at FROM article"
        f" WHERE {name} {{among:{name}:text}} AND first_seen_at >= :since"
        for name in KEYS
    )
    + " ORDER BY first_seen_at, id"
)
LOAD = {
    dialect: query.columns(first_seen_at=Instant)
    for dialect, query in statements(f"SELECT {rows.CANDIDATE} FROM article WHERE id {{among:numbers:bigint}}").items()
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What was stored of some articles at one moment, by their keys."""

    sightings: dict[Keys, Sighting]
    names: dict[Keys, dict[str, str]]  # of those that are new, by column
    same: dict[Keys, dict[str, list[int]]]  # by column
    similar: dict[Keys, Shares]
    loaded: dict[int, Candidate]


def look(connection: Connection, feed: str, keys: Sequence[Keys], since: datetime) -> Outlook:
    """All that a turn asks of the archive about articles of one feed, but for who was told."""
    sightings = dict(zip(keys, recognise(connection, feed, keys), strict=True))
    new = [key for key in keys if sightings[key].article is None]
    names = {key: named(key) for key in new}
    same, shares = same_keys(connection, names, since), similar(connection, new, since)
    wanted = {number for columns in same.values() for found in columns.values() for number in found}
    wanted |= {number for found in shares.values() for number, _ in unforced(found)}
    return Outlook(sightings, names, same, shares, load(connection, wanted))


def named(keys: Keys) -> dict[str, str]:
    """An article's keys by their columns."""
    found = {"content": keys.content, "revision": keys.revision, "canonical_url": keys.url, "title_key": keys.title}
    return {column: rows.storable(value) for column, value in found.items() if value}


def same_keys(
    connection: Connection, names: Mapping[Keys, Mapping[str, str]], since: datetime
) -> dict[Keys, dict[str, list[int]]]:
    """For each article those that share a key with it, the earliest twenty of each kind."""
    dialect, found = connection.dialect.name, defaultdict[tuple[str, str], list[int]](list)
    given = {column: array(dialect, [name[column] for name in names.values() if column in name]) for column in KEYS}
    holders = asked(connection, SAME[dialect], given | {"since": stored(dialect, since)}) if names else ()
    for column, value, number, _ in holders:
        found[column, value].append(number)
    return {
        key: {pair[0]: found[pair][:CANDIDATES] for pair in name.items() if pair in found}
        for key, name in names.items()
    }


def similar(connection: Connection, keys: Sequence[Keys], since: datetime) -> dict[Keys, Shares]:
    """For each article those that share most of its sampled shingles, and a few that share one by chance.

    Counted here: a standing phrase is in a thousand articles, and a database would group them for each one anew.
    """
    dialect, holders = connection.dialect.name, defaultdict[int, list[int]](list)
    given = {"hashes": array(dialect, chain.from_iterable(key.sketch for key in keys)), "since": ticks(dialect, since)}
    for sample, number in connection.execute(SHARED[dialect], given).all() if keys else ():
        holders[sample].append(number)
    for numbers in holders.values():
        numbers.sort()
    return {key: shares([holders[sample] for sample in set(key.sketch) if sample in holders]) for key in keys}


def shares(holders: Sequence[list[int]]) -> Shares:
    """The articles that stand in most lists, twenty at most; of those in one list only the first few."""
    counts = Counter(chain.from_iterable(holders))
    often = {number: count for number, count in counts.items() if count > 1}
    once = (islice((number for number in some if number not in often), CHANCE) for some in holders)
    chance = sorted(chain.from_iterable(once))[:CHANCE]
    return sorted(often.items(), key=lambda one: (-one[1], one[0]))[:CANDIDATES] + [(number, 1) for number in chance]


def unforced(found: Shares) -> Shares:
    """Of those that share a single sample only some: they share it by chance, or are a teaser."""
    chance = [number for number, count in found if count == 1][CHANCE:]
    return [(number, count) for number, count in found if number not in chance]


def merged(stored: Shares, more: Iterable[int]) -> Shares:
    """The twenty with most samples, with one mention in more for each sample that an article just added shares."""
    every = [*stored, *Counter(more).items()]
    return sorted(every, key=lambda one: (-one[1], one[0]))[:CANDIDATES]


def load(connection: Connection, numbers: Iterable[int]) -> dict[int, Candidate]:
    """Stored articles by their numbers."""
    dialect, wanted = connection.dialect.name, list(numbers)
    found = connection.execute(LOAD[dialect], {"numbers": array(dialect, wanted)}) if wanted else ()
    return {row[0]: rows.candidate(*row) for row in found}
