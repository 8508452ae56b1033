"""What the archive has to say about many articles, asked in a few statements: six for a feed of any length.

A turn that asked for each article by itself spent nine tenths of its CPU on making statements.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, text

from monitor.core.dedupe.keys import is_aggregated, other_days
from monitor.core.model.articles import Candidate, Keys, Sighting
from monitor.store import rows
from monitor.store.sql import array, asked, statements, stored, ticks
from monitor.store.tables import Instant

LONG = 200  # characters: two texts of that length are not equal by chance
Known = tuple[int, int]  # article, story

OWN = statements("SELECT identity, id, story FROM article WHERE source = :feed AND identity {among:names:text}")
ANY = text("SELECT EXISTS (SELECT 1 FROM article WHERE source = :feed)")
WORDINGS = statements("SELECT article, content FROM version WHERE article {among:articles:bigint}")
# What any of the articles may be known by. Each part has an index; one condition with "or" has none, and SQLite read
# every article that it ever stored: 1.7 ms among 3,500, 0.15 now among any number. The empty text keeps it from
# reading all that the feed ever brought: the index on source looks best to it.
OTHER = statements(
    "SELECT 'dated' AS kind, title_key AS value, published_at AS day, id, story, identity FROM article"
    " WHERE source || '' = :feed AND title_key {among:dated:text} AND published_at {among:days:timestamp}"
    " UNION ALL SELECT 'page', canonical_url, NULL, id, story, identity FROM article"
    " WHERE source || '' = :feed AND canonical_url {among:page:text}"
    " UNION ALL SELECT 'words', content, NULL, id, story, identity FROM article"
    " WHERE source || '' = :feed AND content {among:words:text} AND length(body) + length(lead) >= :long"
    " UNION ALL SELECT 'name', identity, NULL, id, story, identity FROM article"
    " WHERE source = :feed AND identity {among:name:text}"
)
Name = tuple[str, str, Any]  # kind, value, day


def recognise(connection: Connection, feed: str, keys: Sequence[Keys], *, strictly: bool = False) -> list[Sighting]:
    """What the archive knows of these articles of one feed, in their order."""
    dialect = connection.dialect.name
    names = [rows.storable(key.identity) for key in keys]
    found = asked(connection, OWN[dialect], {"feed": feed, "names": array(dialect, names)})
    known: dict[str, Known] = {identity: (number, belongs) for identity, number, belongs in found}
    if not known and not asked(connection, ANY, {"feed": feed})[0][0]:
        return [Sighting() for _ in keys]  # at first sight of a feed
    places = [known.get(name) for name in names]
    if not strictly and None in places:
        unknown = [key for key, place in zip(keys, places, strict=True) if place is None]
        others = renamed(connection, feed, unknown)
        places = [place or others.get(key) for key, place in zip(keys, places, strict=True)]
    numbers = [place[0] for place in places if place]
    seen = asked(connection, WORDINGS[dialect], {"articles": array(dialect, numbers)}) if numbers else ()
    wordings = {(number, content) for number, content in seen}
    return [sighting(place, key, wordings) for place, key in zip(places, keys, strict=True)]


def renamed(connection: Connection, feed: str, keys: Sequence[Keys]) -> dict[Keys, Known]:
    """The articles that the feed has given another name: the same page, the same long text, or headline and date.

    An aggregator's headline of the same publisher that comes back within days is the same article too.

    Two entries of one page that differ by a fragment are two articles.
    """
    dialect = connection.dialect.name
    names = {key: list(others(dialect, key)) for key in keys if "#" not in key.identity}
    values: dict[str, set[Any]] = defaultdict(set)
    for kind, value, day in (name for some in names.values() for name in some):
        values[kind].add(value)
        if kind == "dated":
            values["days"].add(day)
    if not values:
        return {}
    given = {kind: array(dialect, values[kind]) for kind in ("page", "words", "name", "dated", "days")}
    holders: dict[Name, list[tuple[Known, str]]] = defaultdict(list)
    holding = asked(connection, OTHER[dialect], {"feed": feed, "long": LONG, **given})
    for kind, value, day, number, belongs, identity in holding:
        holders[kind, value, day].append(((number, belongs), identity))
    found: dict[Keys, Known] = {}  # entries of one guid may be several articles
    for key, some in names.items():
        places = [
            place for name in some for place, other in holders.get(name, ()) if not says_nothing(name, key, other)
        ]
        if places:
            found[key] = max(places)
    return found


def others(dialect: str, key: Keys) -> Iterator[Name]:
    """What an article may be known by, but for its name."""
    if key.url:
        yield "page", rows.storable(key.url), None
    for content in (key.content, *key.former[:1]):
        yield "words", content, None
    for name in key.former[1:]:
        yield "name", rows.storable(name), None
    for name in other_days(key.identity):
        yield "name", name, None
    if key.title and key.published:
        yield "dated", rows.storable(key.title), stored(dialect, key.published)


def says_nothing(name: Name, key: Keys, other: str) -> bool:
    """Whether headline and date tell nothing of two articles: aggregated ones have the publisher in their names."""
    return name[0] == "dated" and is_aggregated(key.identity) and is_aggregated(other)


def sighting(place: Known | None, keys: Keys, wordings: set[tuple[int, str]]) -> Sighting:
    """One article's place in the archive."""
    if place is None:
        return Sighting()
    number, belongs = place
    return Sighting(number, belongs, changed=(number, keys.content) not in wordings)


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
