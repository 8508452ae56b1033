"""Lookup of many articles in the archive: which are stored, and which stored ones they may be copies of.

A feed of any length takes six statements; one lookup for each article spent nine tenths of the CPU of a transaction on
building statements. Only candidates are found here; core.dedupe compares them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    exists,
    func,
    literal_column,
    null,
    select,
    union_all,
)

from monitor.core.dedupe.keys import folded_headline, is_aggregated, is_another_filing, nearby_day_identities
from monitor.core.dedupe.listed_entries import NOTHING_LISTED, ListedEntries
from monitor.core.model.articles import ArticleKeys, Candidate, Recognition
from monitor.store import rows
from monitor.store.sql import among, fetch_rows
from monitor.store.tables import article, sketch, version

MIN_UNIQUE_LENGTH = 200  # characters; texts of that length are not equal by chance
ArticleIds = tuple[int, int]  # of article and story
NULL_DAY = null()

FEED_CONDITION = article.c.source == bindparam("feed")
IDENTITY_QUERY = select(article.c.identity, article.c.id, article.c.story).where(
    FEED_CONDITION, among(article.c.identity, "names")
)
ANY_ARTICLE_QUERY = select(exists().where(FEED_CONDITION))
HEADLINES_QUERY = select(article.c.id, article.c.title).where(among(article.c.id, "articles"))
WORDINGS_QUERY = select(version.c.article, version.c.content).where(among(version.c.article, "articles"))


def renamed_query(kind: str, value: Column[Any], *conditions: ColumnElement[bool], day: Any = NULL_DAY) -> Select[Any]:
    """The articles of a feed that have one of the values of the parameter `kind`."""
    found = [literal_column(f"'{kind}'").label("kind"), value.label("value"), day.label("day")]
    return select(*found, article.c.id, article.c.story, article.c.identity).where(*conditions, among(value, kind))


# Articles by other keys than their identity. Each SELECT has an index; one SELECT with OR has none, and SQLite read the
# whole table: 1.7 ms for 3,500 articles, 0.15 ms now for any number. `source || ''` keeps SQLite from choosing the
# index on source, which leads to every article of the feed.
UNINDEXED_FEED_CONDITION = article.c.source.concat(literal_column("''")) == bindparam("feed")
LONG_TEXT_CONDITION = func.length(article.c.body) + func.length(article.c.lead) >= MIN_UNIQUE_LENGTH
RENAMED_QUERY = union_all(
    renamed_query(
        "dated",
        article.c.title_key,
        UNINDEXED_FEED_CONDITION,
        among(article.c.published_at, "days"),
        day=article.c.published_at,
    ),
    renamed_query("page", article.c.canonical_url, UNINDEXED_FEED_CONDITION),
    renamed_query("words", article.c.content, UNINDEXED_FEED_CONDITION, LONG_TEXT_CONDITION),
    renamed_query("name", article.c.identity, FEED_CONDITION),
)
AlternateName = tuple[str, str, Any]  # kind, value, day


def recognise_articles(
    connection: Connection,
    feed: str,
    keys: Sequence[ArticleKeys],
    *,
    strictly: bool = False,
    listed: ListedEntries = NOTHING_LISTED,
) -> list[Recognition]:
    """What is stored of these articles of one feed, in their order. strictly: by their identity only.

    listed: what the feed lists now; a stored article that it lists is not renamed.
    """
    names = [rows.storable(key.identity) for key in keys]
    found = fetch_rows(connection, IDENTITY_QUERY, {"feed": feed, "names": names})
    known: dict[str, ArticleIds] = {identity: (number, story_id) for identity, number, story_id in found}
    if not known and not fetch_rows(connection, ANY_ARTICLE_QUERY, {"feed": feed})[0][0]:
        return [Recognition() for _ in keys]  # the first poll of a feed
    places = [known.get(name) for name in names]
    if not strictly and None in places:
        unknown = [key for key, place in zip(keys, places, strict=True) if place is None]
        others = find_renamed(connection, feed, unknown, listed)
        places = [place or others.get(key) for key, place in zip(keys, places, strict=True)]
    numbers = [place[0] for place in places if place]
    if not numbers:
        return [Recognition() for _ in keys]
    wordings = set(fetch_rows(connection, WORDINGS_QUERY, {"articles": numbers}))
    titles = fetch_rows(connection, HEADLINES_QUERY, {"articles": numbers})
    headlines = {number: folded_headline(title) for number, title in titles}
    return [make_recognition(place, key, wordings, headlines) for place, key in zip(places, keys, strict=True)]


def find_renamed(
    connection: Connection, feed: str, keys: Sequence[ArticleKeys], listed: ListedEntries
) -> dict[ArticleKeys, ArticleIds]:
    """Stored articles that have another identity now: the same URL, the same long text, or headline and date.

    An aggregator's headline of the same publisher that returns within days is the same article too. Entries whose
    identities differ by a URL fragment are different articles.
    """
    names = {key: list(alternate_names(key)) for key in keys if "#" not in key.identity}
    values: dict[str, set[Any]] = defaultdict(set)
    for kind, value, day in (name for some in names.values() for name in some):
        values[kind].add(value)
        if kind == "dated":
            values["days"].add(day)
    if not values:
        return {}
    given = {kind: values[kind] for kind in ("page", "words", "name", "dated", "days")}
    holders: dict[AlternateName, list[tuple[ArticleIds, str]]] = defaultdict(list)
    for kind, value, day, number, story_id, identity in fetch_rows(connection, RENAMED_QUERY, {"feed": feed, **given}):
        holders[kind, value, day].append(((number, story_id), identity))
    found: dict[ArticleKeys, ArticleIds] = {}  # by keys, as entries with one guid may be several articles
    for key, some in names.items():
        places = [
            place
            for name in some
            for place, other in holders.get(name, ())
            if not (is_inconclusive(name, key, other) or (name[0] != "name" and listed.lists(other)))
        ]
        if places:
            found[key] = max(places)
    return found


def alternate_names(key: ArticleKeys) -> Iterator[AlternateName]:
    """The keys by which an article is found under another identity."""
    if key.url:
        yield "page", rows.storable(key.url), None
    for content in (key.content, *key.former[:1]):
        yield "words", content, None
    for name in key.former[1:]:
        yield "name", rows.storable(name), None
    for name in nearby_day_identities(key.identity):
        yield "name", name, None
    if key.title and key.published:
        yield "dated", rows.storable(key.title), key.published


def is_inconclusive(name: AlternateName, key: ArticleKeys, other: str) -> bool:
    """Whether a shared key proves nothing.

    Identities of aggregated articles contain the publisher, and two numbers of filings are two filings.
    """
    if is_another_filing(key.identity, other):
        return True
    return name[0] == "dated" and is_aggregated(key.identity) and is_aggregated(other)


def make_recognition(
    place: ArticleIds | None, keys: ArticleKeys, wordings: set[tuple[int, str]], headlines: Mapping[int, str]
) -> Recognition:
    """The recognition of an article at a place in the archive.

    wordings: the (article, content) pairs stored; headlines: the last headline of each article, folded, as the content
    of a long text says nothing of its headline.
    """
    if place is None:
        return Recognition()
    number, story_id = place
    same = (number, keys.content) in wordings and headlines.get(number) == keys.headline
    return Recognition(number, story_id, changed=not same)


MAX_CANDIDATES = 20
MAX_CHANCE_CANDIDATES = 5  # of those that share a single sample: a standing phrase, or a teaser
KEY_COLUMNS = ("content", "revision", "canonical_url", "title_key")  # the most certain first
SampleCounts = list[tuple[int, int]]  # article, number of shared samples; the highest first

SHARED_SAMPLES_QUERY = select(sketch.c.hash, sketch.c.article).where(
    among(sketch.c.hash, "hashes"), sketch.c.first_seen_at >= bindparam("since")
)
SAME_KEY_QUERY = union_all(
    *(
        select(literal_column(f"'{name}'"), article.c[name], article.c.id, article.c.first_seen_at).where(
            among(article.c[name], name), article.c.first_seen_at >= bindparam("since")
        )
        for name in KEY_COLUMNS
    )
).order_by("first_seen_at", "id")
CANDIDATES_QUERY = select(*(article.c[name] for name in rows.CANDIDATE_COLUMNS)).where(among(article.c.id, "numbers"))


@dataclass(frozen=True, slots=True)
class ArchiveLookup:
    """What was stored at one moment: recognitions of articles, and candidates for the new ones."""

    sightings: Mapping[ArticleKeys, Recognition]
    names: dict[ArticleKeys, dict[str, str]]  # keys of the new articles, by column
    same: dict[ArticleKeys, dict[str, list[int]]]  # by column
    similar: dict[ArticleKeys, SampleCounts]
    loaded: dict[int, Candidate]


def query_archive(
    connection: Connection,
    feed: str,
    keys: Sequence[ArticleKeys],
    since: datetime,
    listed: ListedEntries = NOTHING_LISTED,
) -> ArchiveLookup:
    """Look up articles of one feed, and the candidates seen since then of those that are new."""
    sightings = dict(zip(keys, recognise_articles(connection, feed, keys, listed=listed), strict=True))
    new = [key for key in keys if sightings[key].article is None]
    return query_candidates(connection, new, since, sightings)


def query_candidates(
    connection: Connection,
    keys: Sequence[ArticleKeys],
    since: datetime,
    sightings: Mapping[ArticleKeys, Recognition] = MappingProxyType({}),
) -> ArchiveLookup:
    """Look up the candidates seen since then of articles that the caller found new."""
    names = {key: key_values(key) for key in keys}
    same, shares = articles_sharing_keys(connection, names, since), articles_sharing_samples(connection, keys, since)
    wanted = {number for columns in same.values() for found in columns.values() for number in found}
    wanted |= {number for found in shares.values() for number, _ in limit_chance_candidates(found)}
    return ArchiveLookup(sightings, names, same, shares, load_candidates(connection, wanted))


def key_values(keys: ArticleKeys) -> dict[str, str]:
    """The keys of an article that are not empty, by column."""
    found = {"content": keys.content, "revision": keys.revision, "canonical_url": keys.url, "title_key": keys.title}
    return {column: rows.storable(value) for column, value in found.items() if value}


def articles_sharing_keys(
    connection: Connection, names: Mapping[ArticleKeys, Mapping[str, str]], since: datetime
) -> dict[ArticleKeys, dict[str, list[int]]]:
    """For each article the ids of those that share a key, by column, the earliest MAX_CANDIDATES of each."""
    found = defaultdict[tuple[str, str], list[int]](list)
    given: dict[str, Any] = {
        column: [name[column] for name in names.values() if column in name] for column in KEY_COLUMNS
    }
    for column, value, number, _ in fetch_rows(connection, SAME_KEY_QUERY, given | {"since": since}) if names else ():
        found[column, value].append(number)
    return {
        key: {pair[0]: found[pair][:MAX_CANDIDATES] for pair in name.items() if pair in found}
        for key, name in names.items()
    }


def articles_sharing_samples(
    connection: Connection, keys: Sequence[ArticleKeys], since: datetime
) -> dict[ArticleKeys, SampleCounts]:
    """For each article those that share most of its sampled shingles (Broder 1997), and a few that share only one.

    They are counted here, not in SQL: a standing phrase is in 1,000 articles, which a database would group for each
    article again.
    """
    holders = defaultdict[int, list[int]](list)
    given = {"hashes": list(chain.from_iterable(key.sketch for key in keys)), "since": since}
    for sample, number in fetch_rows(connection, SHARED_SAMPLES_QUERY, given) if keys else ():
        holders[sample].append(number)
    for numbers in holders.values():
        numbers.sort()
    return {
        key: count_shared_samples([holders[sample] for sample in set(key.sketch) if sample in holders]) for key in keys
    }


def count_shared_samples(holders: Sequence[list[int]]) -> SampleCounts:
    """The articles that are in most of the lists, at most MAX_CANDIDATES; of those in one list only
    MAX_CHANCE_CANDIDATES."""
    counts = Counter(chain.from_iterable(holders))
    often = {number: count for number, count in counts.items() if count > 1}
    once = (islice((number for number in some if number not in often), MAX_CHANCE_CANDIDATES) for some in holders)
    chance = sorted(chain.from_iterable(once))[:MAX_CHANCE_CANDIDATES]
    return sorted(often.items(), key=lambda one: (-one[1], one[0]))[:MAX_CANDIDATES] + [
        (number, 1) for number in chance
    ]


def limit_chance_candidates(found: SampleCounts) -> SampleCounts:
    """Keep only MAX_CHANCE_CANDIDATES of the articles that share a single sample."""
    chance = [number for number, count in found if count == 1][MAX_CHANCE_CANDIDATES:]
    return [(number, count) for number, count in found if number not in chance]


def merge_sample_counts(stored: SampleCounts, more: Iterable[int]) -> SampleCounts:
    """The MAX_CANDIDATES articles with most samples. more: added articles, once for each sample they share."""
    every = [*stored, *Counter(more).items()]
    return sorted(every, key=lambda one: (-one[1], one[0]))[:MAX_CANDIDATES]


def load_candidates(connection: Connection, numbers: Iterable[int]) -> dict[int, Candidate]:
    """Stored articles by their ids."""
    wanted = list(numbers)
    found = fetch_rows(connection, CANDIDATES_QUERY, {"numbers": wanted}) if wanted else ()
    return {row[0]: rows.candidate_from_row(*row) for row in found}
