"""The articles that an ingest transaction adds: rows to be inserted together, and an index of them for deduplication.

It assigns ids itself, because a database would return them one by one. It decides nothing, and reads nothing else.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, text
from sqlalchemy.sql.dml import Insert
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from monitor.core.dedupe.keys import is_aggregated, is_another_filing, nearby_day_identities
from monitor.core.dedupe.listed_entries import ListedEntries
from monitor.core.model.articles import ArticleKeys, Candidate, Recognition
from monitor.core.model.polling import ArticleDecision
from monitor.store import rows, sql
from monitor.store.lookup import (
    KEY_COLUMNS,
    MAX_CANDIDATES,
    MIN_UNIQUE_LENGTH,
    ArchiveLookup,
    ArticleIds,
    limit_chance_candidates,
    make_recognition,
    merge_sample_counts,
)
from monitor.store.tables import Instant, article, delivery, fact, match, sketch, story, version

Row = dict[str, Any]


def insert_rows(connection: Connection, table: Table, some: Sequence[Row], *, again: bool = False) -> None:
    """Insert rows (at least one) that have the same columns. again: skip rows that conflict with stored ones."""
    sql.execute_for_each(connection, insert_statement(table, tuple(some[0]), again), some)


@cache
def insert_statement(table: Table, given: tuple[str, ...], again: bool) -> Insert:
    """An INSERT of the columns given, with the defaults of the others; cached."""
    defaults = {
        column.name: column.default.arg
        for column in table.c
        if isinstance(column.default, ScalarElementColumnDefault) and column.name not in given
    }
    made = sql.upsert(table).values({name: bindparam(name) for name in given} | defaults)
    return made.on_conflict_do_nothing() if again else made


INSERT_ORDER = (story, article, version, match, fact, delivery)  # after the tables that each refers to
IGNORE_CONFLICT_TABLES = (match, delivery)  # an edit may match again; a story is sent to an address once
# sqlite_sequence has the ids of deleted rows too; a copied database may lack it
LAST_ID_QUERY = (
    "SELECT max(coalesce((SELECT max(id) FROM {table}), 0),"
    " coalesce((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0))"
)
NEXT_IDS_QUERY = "SELECT nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, :count)"


INSERT_SKETCH_QUERY = text(
    "INSERT INTO sketch (hash, article, first_seen_at) SELECT hash, article, :now"
    " FROM unnest(CAST(:hashes AS bigint[]), CAST(:articles AS bigint[])) AS s(hash, article)"
).bindparams(bindparam("now", type_=Instant))


class IdSequence:
    """Unused ids of a table."""

    def __init__(self, connection: Connection, table: Table) -> None:
        self.connection, self.table = connection, table
        self.free: Iterator[int] = iter(())

    def next(self, about: int) -> int:
        """An id that was never used. about: how many ids to reserve at once on PostgreSQL."""
        number = next(self.free, None)
        if number is None:
            self.free = iter(self.reserve(max(1, about)))
            number = next(self.free)
        return number

    def reserve(self, count: int) -> Iterable[int]:
        """So many unused ids; on SQLite all that follow, as nobody else writes until the transaction ends."""
        if self.connection.dialect.name == "sqlite":
            query = LAST_ID_QUERY.format(table=self.table.name)
            [(last,)] = sql.driver_cursor(self.connection).execute(query).fetchall()
            return itertools.count(last + 1)
        ids = text(NEXT_IDS_QUERY.format(table=self.table.name))
        return sorted(self.connection.execute(ids, {"count": count}).scalars())


class AddedArticles:
    """The articles that a transaction has added so far, written or still queued, by id and by each key."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection, self.now = connection, now
        self.sketches: dict[int, list[int]] = {}
        self.queued_rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)
        self.stories, self.articles = IdSequence(connection, story), IdSequence(connection, article)
        self.candidates: dict[int, Candidate] = {}
        self.named: dict[str, int] = {}
        self.shared: dict[tuple[str, Any], list[int]] = defaultdict(list)
        self.sampled: dict[int, list[int]] = defaultdict(list)

    def queue_rows(self, table: Table, *values: dict[str, Any]) -> None:
        self.queued_rows[table].extend(values)

    def flush(self) -> None:
        """Insert the queued rows, with one statement for each table."""
        for table in INSERT_ORDER:
            if found := self.queued_rows.pop(table, None):
                insert_rows(self.connection, table, found, again=table in IGNORE_CONFLICT_TABLES)
        if self.sketches:
            self.write_sketches()

    def write_sketches(self) -> None:
        """Insert the sketches, after the articles they refer to.

        A feed has about 500 samples. Sorted, they pass through the B-tree once. This is the only statement that each
        database has its own of: one INSERT for each sample takes 9.3 instead of 1.9 ms of CPU on PostgreSQL, a single
        one 2.9 instead of 1.8 ms on SQLite, which copies each page for its rollback.
        """
        found = sorted((sample, number) for number, samples in self.sketches.items() for sample in samples)
        if self.connection.dialect.name == "sqlite":
            values = [{"hash": sample, "article": number, "first_seen_at": self.now} for sample, number in found]
            insert_rows(self.connection, sketch, values)
        else:
            hashes, articles = map(list, zip(*found, strict=True))
            self.connection.execute(INSERT_SKETCH_QUERY, {"hashes": hashes, "articles": articles, "now": self.now})
        self.sketches = {}

    def index(self, number: int, story_id: int, finding: ArticleDecision, values: dict[str, Any]) -> None:
        """Add an article to the index, and its sketch to the rows to insert."""
        columns = ("identity", "canonical_url", "title_key", "content", "revision")
        identity, url, title, content, revision = (values[column] for column in columns)
        published, headline = values["published_at"], finding.keys.headline
        keys = ArticleKeys(identity, url, title, content, revision, published=published, headline=headline)
        self.candidates[number] = Candidate(
            number, story_id, values["source"], keys, values["title"], values["body"], self.now
        )
        self.named[keys.identity] = number
        for column in KEY_COLUMNS:
            if values[column]:
                self.shared[column, values[column]].append(number)
        self.shared["dated", (keys.title, values["published_at"])].append(number)
        if len(values["body"]) + len(values["lead"]) >= MIN_UNIQUE_LENGTH:
            self.shared["long", keys.content].append(number)
        if samples := list(set(finding.keys.sketch)):
            self.sketches[number] = samples
        for sample in samples:
            self.sampled[sample].append(number)

    def known(self, keys: ArticleKeys) -> ArticleIds | None:
        number = self.named.get(rows.storable(keys.identity))
        return (number, self.candidates[number].story) if number is not None else None

    def renamed(self, keys: ArticleKeys, listed: ListedEntries) -> ArticleIds | None:
        """The added article that is this one under another identity; the rules are those of lookup.find_renamed."""
        if "#" in keys.identity:
            return None
        found = [
            *self.shared.get(("canonical_url", rows.storable(keys.url)), ()),
            *self.shared.get(("long", keys.content), ()),
        ]
        if keys.title and keys.published:
            dated = self.shared.get(("dated", (rows.storable(keys.title), keys.published)), ())
            found += [one for one in dated if not self.both_aggregated(one, keys)]
        found = [one for one in found if self.may_be_renamed(one, keys, listed)]
        found += [self.named[name] for name in nearby_day_identities(keys.identity) if name in self.named]
        return (max(found), self.candidates[max(found)].story) if found else None

    def may_be_renamed(self, number: int, keys: ArticleKeys, listed: ListedEntries) -> bool:
        """Whether an added article may have another identity now: the document lists it no longer."""
        other = self.candidates[number].keys.identity
        return not (listed.lists(other) or is_another_filing(keys.identity, other))

    def both_aggregated(self, number: int, keys: ArticleKeys) -> bool:
        """Whether headline and date prove nothing: the identities of aggregated articles contain the publisher."""
        return is_aggregated(keys.identity) and is_aggregated(self.candidates[number].keys.identity)

    def sighting(self, place: ArticleIds, keys: ArticleKeys) -> Recognition:
        """What the archive would know of an added article."""
        known = self.candidates[place[0]].keys
        return make_recognition(place, keys, {(place[0], known.content)}, {place[0]: known.headline})

    def same(self, names: Mapping[str, str]) -> dict[str, list[int]]:
        """Added articles that share a key, by column."""
        return {pair[0]: self.shared[pair] for pair in names.items() if pair in self.shared}

    def sharing(self, samples: Sequence[int]) -> Iterator[int]:
        """Added articles that share samples, once for each shared sample."""
        for sample in samples:
            yield from self.sampled.get(sample, ())


def find_candidates(lookup: ArchiveLookup, keys: ArticleKeys, added: AddedArticles | None = None) -> list[Candidate]:
    """The articles that a new one may be a copy of, the likeliest first, at most MAX_CANDIDATES: from the archive and
    from what the transaction added."""
    same, more = lookup.same[keys], added.same(lookup.names[keys]) if added else {}
    found = [
        number for column in KEY_COLUMNS for number in (same.get(column, []) + more.get(column, []))[:MAX_CANDIDATES]
    ]
    shares = merge_sample_counts(lookup.similar.get(keys, []), added.sharing(keys.sketch) if added else ())
    chosen = dict.fromkeys(found + [number for number, _ in limit_chance_candidates(shares)])
    here = added.candidates if added else {}
    return [lookup.loaded.get(number) or here[number] for number in list(chosen)[:MAX_CANDIDATES]]
