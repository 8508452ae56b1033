"""Is an article of a feed known, by its own name or by another one?

Feeds change their guids, their addresses and their server; an article that is known by its page, by its words or by
headline and date is not new because of that. It does not know what is done about a wording that is new.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from monitor.core.identity import is_aggregated, other_days
from monitor.core.model import Keys, Sighting
from monitor.store import rows
from monitor.store.tables import article, version

SOME = 300  # values in one statement: four of each article, and twelve more of an aggregator's
LONG = 200  # characters: two texts of that length are not equal by chance
Known = tuple[int, int]  # article, story


def recognise(connection: Connection, feed: str, keys: Sequence[Keys], *, strictly: bool = False) -> list[Sighting]:
    """What the archive knows of these articles of one feed, in their order."""
    names = [rows.storable(key.identity) for key in keys]
    known: dict[str, Known] = {}
    for some in chunks(sorted(set(names)), SOME):
        found = select(article.c.identity, article.c.id, article.c.story).where(
            article.c.source == feed, article.c.identity.in_(some)
        )
        known.update({row.identity: (row.id, row.story) for row in connection.execute(found)})
    places = [known.get(name) for name in names]
    if not strictly and None in places:
        unknown = [key for key, place in zip(keys, places, strict=True) if place is None]
        others = renamed(connection, feed, unknown)
        places = [place or others.get(key) for key, place in zip(keys, places, strict=True)]
    wordings: set[tuple[int, str]] = set()
    for some in chunks([place[0] for place in places if place], SOME):
        seen = select(version.c.article, version.c.content).where(version.c.article.in_(some))
        wordings.update((row.article, row.content) for row in connection.execute(seen))
    return [sighting(place, key, wordings) for place, key in zip(places, keys, strict=True)]


def renamed(connection: Connection, feed: str, keys: Sequence[Keys]) -> dict[Keys, Known]:
    """The articles that the feed has given another name: the same page, the same long text, or headline and date.

    An aggregator's headline of the same publisher that comes back within days is the same article too.

    Two entries of one page that differ by a fragment are two articles.
    """
    found: dict[Keys, Known] = {}  # entries of one guid may be several articles
    for some in chunks([key for key in keys if "#" not in key.identity], SOME // 3):
        # concat keeps SQLite from reading all that the feed ever brought: that index looks best to it
        query = select(*COLUMNS).where(article.c.source.concat("") == feed, or_(*wanted(some))).order_by(article.c.id)
        rows_ = list(connection.execute(query))
        for key in some:
            match = next((row for row in reversed(rows_) if same(key, row)), None)
            if match is not None:
                found[key] = (match.id, match.story)
    return found


LENGTH = func.length(article.c.body) + func.length(article.c.lead)
COLUMNS = (
    article.c.id, article.c.story, article.c.canonical_url, article.c.content, article.c.title_key,
    article.c.published_at, article.c.identity, LENGTH.label("length"),
)  # fmt: skip


def wanted(keys: Sequence[Keys]) -> Iterator[Any]:
    """What any of the articles may be known by."""
    yield article.c.canonical_url.in_([rows.storable(key.url) for key in keys if key.url])
    yield and_(article.c.content.in_([key.content for key in keys]), LENGTH >= LONG)
    yield article.c.identity.in_([name for key in keys for name in other_days(key.identity)])
    dated = [key for key in keys if key.published and key.title]
    titles, dates = [rows.storable(key.title) for key in dated], [key.published for key in dated]
    yield and_(article.c.title_key.in_(titles), article.c.published_at.in_(dates))


def same(key: Keys, row: Any) -> bool:
    """Whether a stored article is the one with these keys."""
    page = bool(key.url) and rows.storable(key.url) == row.canonical_url
    words = row.length >= LONG and key.content == row.content
    name = (rows.storable(key.title), key.published)
    dated = bool(key.title and key.published) and name == (row.title_key, row.published_at)
    dated = dated and not (is_aggregated(key.identity) and is_aggregated(row.identity))
    return page or words or dated or row.identity in other_days(key.identity)


def sighting(place: Known | None, keys: Keys, wordings: set[tuple[int, str]]) -> Sighting:
    """One article's place in the archive."""
    if place is None:
        return Sighting()
    number, belongs = place
    return Sighting(number, belongs, changed=(number, keys.content) not in wordings)


def chunks(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Slices that fit into one statement's parameters."""
    return [items[start : start + size] for start in range(0, len(items), size)]
