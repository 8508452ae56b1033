"""What the archive has to say about many articles, asked in a few statements: twelve for a feed of any length.

A turn that asked for each article by itself spent nine tenths of its CPU on making statements.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from sqlalchemy import Connection, bindparam, select, text

from monitor.core.model import Candidate, Keys, Sighting
from monitor.store import rows
from monitor.store.columns import Instant
from monitor.store.recognition import SOME, chunks, recognise
from monitor.store.tables import article

CANDIDATES = 20
CHANCE = 5  # of those that share a single sample: a standing phrase, or a teaser
KEYS = ("content", "revision", "canonical_url", "title_key")  # in the order of certainty
Shares = list[tuple[int, int]]  # article, how many samples: most first

# CROSS JOIN keeps SQLite from starting with all of the sketch; the plus sign keeps it from the index on time
SHARED = {
    name: text(query).bindparams(bindparam("since", type_=Instant))
    for name, query in (
        ("sqlite", "SELECT s.hash, s.article FROM json_each(:hashes) h CROSS JOIN sketch s ON s.hash = h.value"
         " WHERE +s.first_seen_at >= :since"),
        ("postgresql", "SELECT hash, article FROM sketch WHERE hash = ANY(CAST(:hashes AS bigint[]))"
         " AND first_seen_at >= :since"),
    )
}  # fmt: skip
SAME = {
    name: select(article.c.id, article.c[name], article.c.first_seen_at)
    .where(article.c[name].in_(bindparam("values", expanding=True)), article.c.first_seen_at >= bindparam("since"))
    .order_by(article.c.first_seen_at, article.c.id)
    for name in KEYS
}
LOAD = select(article).where(article.c.id.in_(bindparam("numbers", expanding=True)))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What was stored of some articles at one moment, by their keys."""

    sightings: dict[Keys, Sighting]
    same: dict[Keys, dict[str, list[int]]]  # by column
    similar: dict[Keys, Shares]
    loaded: dict[int, Candidate]


def look(connection: Connection, feed: str, keys: Sequence[Keys], since: datetime) -> Outlook:
    """All that a turn asks of the archive about articles of one feed, but for who was told."""
    sightings = dict(zip(keys, recognise(connection, feed, keys), strict=True))
    new = [key for key in keys if sightings[key].article is None]
    same, shares = same_keys(connection, new, since), similar(connection, new, since)
    wanted = {number for columns in same.values() for found in columns.values() for number in found}
    wanted |= {number for found in shares.values() for number, _ in unforced(found)}
    return Outlook(sightings, same, shares, load(connection, wanted))


def named(keys: Keys) -> dict[str, str]:
    """An article's keys by their columns."""
    found = {"content": keys.content, "revision": keys.revision, "canonical_url": keys.url, "title_key": keys.title}
    return {column: rows.storable(value) for column, value in found.items() if value}


def same_keys(connection: Connection, keys: Sequence[Keys], since: datetime) -> dict[Keys, dict[str, list[int]]]:
    """For each article those that share a key with it, the earliest twenty of each kind."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    names = {key: named(key) for key in keys}
    for column in KEYS:
        values = sorted({name[column] for name in names.values() if column in name})
        for some in chunks(values, SOME):
            for number, value, _ in connection.execute(SAME[column], {"values": some, "since": since}):
                found[column, value].append(number)
    return {
        key: {pair[0]: found[pair][:CANDIDATES] for pair in name.items() if pair in found}
        for key, name in names.items()
    }


def similar(connection: Connection, keys: Sequence[Keys], since: datetime) -> dict[Keys, Shares]:
    """For each article those that share most of its sampled shingles, and a few that share one by chance.

    Counted here: a standing phrase is in a thousand articles, and a database would group them for each one anew.
    """
    name, asked = connection.dialect.name, sorted({sample for key in keys for sample in key.sketch})
    holders: dict[int, list[int]] = defaultdict(list)
    hashes = json.dumps(asked) if name == "sqlite" else asked
    for sample, number in connection.execute(SHARED[name], {"hashes": hashes, "since": since}) if asked else ():
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
    loaded: dict[int, Candidate] = {}
    for some in chunks(sorted(numbers), SOME):
        found = connection.execute(LOAD, {"numbers": some}).mappings()
        loaded.update((row["id"], rows.candidate(row)) for row in found)
    return loaded
