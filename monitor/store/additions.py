"""What a turn adds: rows that wait to be written together, and an index of them for those that come after.

It gives out numbers, which the database would give one by one. It decides nothing, and asks the archive nothing else.
"""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import JSON, Column, Connection, Date, Table, bindparam, insert, text
from sqlalchemy.sql.dml import Insert
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from monitor.core.dedupe.keys import is_aggregated, nearby_day_identities
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
from monitor.store.sql import stored_instant, stored_ticks
from monitor.store.tables import Instant, article, delivery, fact, match, story, version

Row = dict[str, Any]


def insert_rows(connection: Connection, table: Table, some: Sequence[Row], *, again: bool = False) -> None:
    """Insert rows that name the same columns; again: one that is there already stays as it is."""
    dialect = connection.dialect.name
    if dialect == "sqlite":
        query, made = sqlite_insert(table, tuple(some[0]), again)
        sql.driver_cursor(connection).executemany(query, made(some))
    else:
        connection.execute(insert_statement(table, dialect, again), list(some))


@cache
def insert_statement(table: Table, dialect: str, again: bool) -> Insert:
    """An INSERT, made once."""
    if not again:
        return insert(table)
    found: Insert = rows.insert_statement_in(table, dialect).on_conflict_do_nothing()
    return found


@cache
def sqlite_insert(
    table: Table, given: tuple[str, ...], again: bool
) -> tuple[str, Callable[[Sequence[Row]], list[tuple[Any, ...]]]]:
    """The same as SQLite has it, and what makes its parameters of rows."""
    more = {
        column.name: column.default.arg
        for column in table.c
        if isinstance(column.default, ScalarElementColumnDefault) and column.name not in given
    }
    names = (*given, *more)
    query = f'INSERT INTO "{table.name}" ({", ".join(map(quote_name, names))}) VALUES ({", ".join("?" * len(names))})'
    kinds = [column_converter(table.c[name]) for name in given]
    made = [(at, making) for at, making in enumerate(kinds) if making]
    picked, rest = itemgetter(*given, given[0]), tuple(more.values())

    def parameters(some: Sequence[Row]) -> list[tuple[Any, ...]]:
        found = []
        for row in some:
            values = list(picked(row))
            for at, making in made:
                if values[at] is not None:
                    values[at] = making(values[at])
            found.append((*values[:-1], *rest))
        return found

    return query + (" ON CONFLICT DO NOTHING" if again else ""), parameters


def quote_name(name: str) -> str:
    """A name that may be a word of SQL."""
    return f'"{name}"'


def column_converter(column: Column[Any]) -> Callable[[Any], Any] | None:
    """What makes a value of a column storable, where it is not as it is."""
    return next((making for some, making in SQLITE_CONVERTERS if isinstance(column.type, some)), None)


def sqlite_instant(moment: datetime) -> Any:
    """An instant as SQLite has it."""
    return stored_instant("sqlite", moment)


SQLITE_CONVERTERS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (Instant, sqlite_instant),
    (JSON, json.dumps),
    (Date, date.isoformat),
)


INSERT_ORDER = (story, article, version, match, fact, delivery)  # none before what it refers to
IGNORE_CONFLICT_TABLES = (match, delivery)  # an edit may match again; a story is told to somebody once
# sqlite_sequence remembers the numbers of rows that are gone; a copied database may lack it
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
    """The next numbers of a table."""

    def __init__(self, connection: Connection, table: Table) -> None:
        self.connection, self.table = connection, table
        self.free: Iterator[int] = iter(())

    def next(self, about: int) -> int:
        """A number nobody has had; about so many more will be wanted."""
        number = next(self.free, None)
        if number is None:
            self.free = iter(self.taken(max(1, about)))
            number = next(self.free)
        return number

    def taken(self, count: int) -> Iterable[int]:
        """So many numbers, or all that follow: on SQLite we are the one writer until the transaction ends."""
        if self.connection.dialect.name == "sqlite":
            [(last,)] = (
                sql.driver_cursor(self.connection).execute(LAST_ID_QUERY.format(table=self.table.name)).fetchall()
            )
            return itertools.count(last + 1)
        query = text(NEXT_IDS_QUERY.format(table=self.table.name))
        return sorted(self.connection.execute(query, {"count": count}).scalars())


class AddedArticles:
    """The articles that a turn has added so far."""

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
        """Rows to be written with the others."""
        self.queued_rows[table].extend(values)

    def flush(self) -> None:
        """Write what waits, in few statements."""
        for table in INSERT_ORDER:
            if found := self.queued_rows.pop(table, None):
                insert_rows(self.connection, table, found, again=table in IGNORE_CONFLICT_TABLES)
        if self.sketches:
            self.write_sketches()

    def write_sketches(self) -> None:
        """Write the sketches, after the articles that they are of.

        A feed brings five hundred samples. In their order they go through the tree once; SQLite takes them one by one,
        because one statement for all keeps a copy of each page (2.9 ms among half a million samples, 1.8 so).
        """
        found = sorted((sample, number) for number, samples in self.sketches.items() for sample in samples)
        if self.connection.dialect.name == "sqlite":
            now = stored_ticks("sqlite", self.now)
            query = "INSERT INTO sketch (hash, article, first_seen_at) VALUES (?, ?, ?)"
            self.connection.exec_driver_sql(query, [(*one, now) for one in found])
        else:
            hashes, articles = map(list, zip(*found, strict=True))
            self.connection.execute(INSERT_SKETCH_QUERY, {"hashes": hashes, "articles": articles, "now": self.now})
        self.sketches = {}

    def index(self, number: int, belongs: int, finding: ArticleDecision, values: dict[str, Any]) -> None:
        """Let those that come after find this article, in this turn and later."""
        columns = ("identity", "canonical_url", "title_key", "content", "revision")
        keys = ArticleKeys(*(values[column] for column in columns))
        self.candidates[number] = Candidate(
            number, belongs, values["source"], keys, values["title"], values["body"], self.now
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
        """The article just added under this name; see recognition.renamed for the other names."""
        number = self.named.get(rows.storable(keys.identity))
        return (number, self.candidates[number].story) if number is not None else None

    def renamed(self, keys: ArticleKeys) -> ArticleIds | None:
        """The article just added that has another name and is this one."""
        if "#" in keys.identity:
            return None
        found = [
            *self.shared.get(("canonical_url", rows.storable(keys.url)), ()),
            *self.shared.get(("long", keys.content), ()),
        ]
        if keys.title and keys.published:
            dated = self.shared.get(("dated", (rows.storable(keys.title), keys.published)), ())
            found += [one for one in dated if not self.both_aggregated(one, keys)]
        found += [self.named[name] for name in nearby_day_identities(keys.identity) if name in self.named]
        return (max(found), self.candidates[max(found)].story) if found else None

    def both_aggregated(self, number: int, keys: ArticleKeys) -> bool:
        """Whether headline and date say nothing: aggregated articles have the publisher in their names."""
        return is_aggregated(keys.identity) and is_aggregated(self.candidates[number].keys.identity)

    def sighting(self, place: ArticleIds, keys: ArticleKeys) -> Recognition:
        """One of the articles just added, as the archive would show it."""
        return make_recognition(place, keys, {(place[0], self.candidates[place[0]].keys.content)})

    def same(self, names: Mapping[str, str]) -> dict[str, list[int]]:
        """Those that share a key, by column."""
        return {pair[0]: self.shared[pair] for pair in names.items() if pair in self.shared}

    def sharing(self, samples: Sequence[int]) -> Iterator[int]:
        """Those that share samples, one mention for each."""
        for sample in samples:
            yield from self.sampled.get(sample, ())


def find_candidates(lookup: ArchiveLookup, keys: ArticleKeys, added: AddedArticles | None = None) -> list[Candidate]:
    """What a new article may be a copy of, the likeliest first: of the archive, and of what was just added."""
    same, more = lookup.same[keys], added.same(lookup.names[keys]) if added else {}
    found = [
        number for column in KEY_COLUMNS for number in (same.get(column, []) + more.get(column, []))[:MAX_CANDIDATES]
    ]
    shares = merge_sample_counts(lookup.similar.get(keys, []), added.sharing(keys.sketch) if added else ())
    chosen = dict.fromkeys(found + [number for number, _ in limit_chance_candidates(shares)])
    here = added.candidates if added else {}
    return [lookup.loaded.get(number) or here[number] for number in list(chosen)[:MAX_CANDIDATES]]
