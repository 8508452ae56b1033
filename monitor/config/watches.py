"""[watch]: watches as the engine takes them, its complaints, and the watches' own tests."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from monitor.config.names import known
from monitor.config.schema import ExampleTable, NearTable, WatchTable
from monitor.config.spans import KeyPath
from monitor.config.toml.notes import Notes
from monitor.config.vocabulary import index_of, note_errors
from monitor.core.match import engine
from monitor.core.match.watch import Example, Names, Near, Watch, sample, terms_of
from monitor.core.model.articles import Priority

MAX_WORK = 30_000_000  # characters of examples times terms: some seconds
PER_EXAMPLE = 200  # characters that an example costs beside its own


def build_watch(name: str, table: WatchTable) -> Watch:
    """A table of the file as the engine's noun."""
    return Watch(
        name=name,
        any=tuple(table.any),
        all=tuple(tuple(entry) for entry in table.all),
        none=tuple(table.none),
        near=_near(table.near),
        not_near=_near(table.not_near),
        regex=tuple(table.regex),
        match=table.match,
        fields=tuple(table.in_),
        feeds=tuple(table.feeds),
        lang=tuple(table.lang),
        priority=Priority[table.priority.upper()],
        notify=None if table.notify is None else tuple(table.notify),
        throttle=table.throttle,
        digest=tuple(table.digest or ()),
        hold=table.hold,
        enabled=table.enabled,
        about=table.about,
        hits=tuple(map(_example, table.hits)),
        misses=tuple(map(_example, table.misses)),
    )


def check_terms(watch: Watch, names: Names, broken: Collection[str], notes: Notes) -> bool:
    """True where the engine can run the watch; else every complaint is noted. broken: names that have mistakes."""
    return note_errors(engine.check(watch, names), ("watch", watch.name), broken, notes)


def check_names(watch: Watch, feeds: Collection[str], channels: Collection[str], notes: Notes) -> bool:
    """True where every feed and channel that the watch names is in the file."""
    base: KeyPath = ("watch", watch.name)
    fine = [known(name, feeds, "feed", (*base, "feeds", at), notes) for at, name in enumerate(watch.feeds)]
    fine += [
        known(name, channels, "channel", (*base, "notify", at), notes) for at, name in enumerate(watch.notify or ())
    ]
    return all(fine)


def run_examples(watches: Iterable[Watch], names: Names, notes: Notes) -> tuple[int, int]:
    """Try every hit and miss; note the failures. Returns (passed, tried)."""
    tested = [replace(watch, enabled=True) for watch in watches if watch.hits or watch.misses]
    book = engine.compile_book(tested, names)
    results: list[bool] = []
    left = MAX_WORK
    for entry in book.entries:
        watch, terms = entry.watch, 1 + sum(1 for _ in terms_of(entry.watch)) + len(entry.watch.regex)
        for key, at, example in listed(watch):
            left -= terms * (PER_EXAMPLE + size(example))
            if left < 0:
                help = "give fewer or shorter examples, or spread the terms over several watches"
                notes.warn(
                    "untried", "the examples from here on were not tried: too many", ("watch", watch.name), help=help
                )
                return sum(results), len(results)
            results.append(_try(entry, example, ("watch", watch.name, key, at), notes))
    return sum(results), len(results)


def listed(watch: Watch) -> Iterator[tuple[str, int, Example]]:
    """The examples of a watch with their key and number."""
    for key, examples in (("hits", watch.hits), ("misses", watch.misses)):
        yield from ((key, at, example) for at, example in enumerate(examples))


def size(example: Example) -> int:
    """The characters of an example."""
    return len(example.title) + len(example.lead) + len(example.body)


def _try(entry: engine.Entry, example: Example, path: KeyPath, notes: Notes) -> bool:
    watch = entry.watch
    verdict = engine.verdict(entry, sample(watch, example))
    key = path[2]
    if (verdict.match is not None) is (key == "hits"):
        return True
    if notes.full:
        notes.untold += 1
    elif verdict.match is None:
        message = f'watch "{watch.name}" does not match a text listed under `hits`'
        notes.mistake("test-failed", message, path, label="; ".join(verdict.missing) or "no term found")
    else:
        message = f'watch "{watch.name}" matches a text listed under `misses`'
        notes.mistake("test-failed", message, path, label=_guilty(watch, verdict.match.hits[0].term, notes))
    return False


def _guilty(watch: Watch, term: str, notes: Notes) -> str:
    raw = notes.document.data.get("watch", {}).get(watch.name)
    path = ("watch", watch.name, *index_of(term, raw))
    line = notes.place(path)[0]
    return f'matched by the term "{term}"' + (f" (line {line})" if line and len(path) > 2 else "")


def _near(table: NearTable | None) -> Near | None:
    return None if table is None else Near(table.words, tuple(table.any))


def _example(table: ExampleTable) -> Example:
    return Example(table.title, table.lead, table.body, table.url, table.feed)
