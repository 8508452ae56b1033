"""Is an article of a feed known, by its own name or by another one?

Feeds change their guids, their addresses and their server; an article that is known by its page, by its words or by
headline and date is not new because of that. It does not know what is done about a wording that is new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, text

from monitor.core.dedupe.keys import is_aggregated, other_days
from monitor.core.model.articles import Keys, Sighting
from monitor.store import rows
from monitor.store.arrays import array, statements, stored
from monitor.store.sql import asked

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
