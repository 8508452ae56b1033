"""[watch], [sets] and [entity]: builds the rules of the engine, notes its errors, and runs the watches' examples."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from monitor.config.lint import error_advice
from monitor.config.schema import EntityTable, ExampleTable, NearTable, WatchTable
from monitor.config.sections import Sections
from monitor.config.toml.notes import Notes
from monitor.config.toml.scanner import KeyPath
from monitor.config.validate import ENTRY_ADAPTERS, check_known_name, check_printable_name, validate_entry
from monitor.core.errors import RuleError
from monitor.core.match import engine
from monitor.core.match.watch import (
    Entity,
    Example,
    NamedTerms,
    NearClause,
    Watch,
    entity_mistakes,
    example_article,
    watch_terms,
)
from monitor.core.model.alerts import Priority
from monitor.core.text.analysis import analyse_fields


def build_named_terms(sections: Sections) -> NamedTerms:
    """What each @name stands for: the lists of [sets] and the entries of [entity]."""
    return {**_build_sets(sections), **_build_entities(sections)}


def _build_sets(sections: Sections) -> dict[str, tuple[str, ...]]:
    def build(name: str, raw: Any, notes: Notes) -> tuple[str, ...] | None:
        terms = validate_entry(ENTRY_ADAPTERS["sets"], raw, ("sets", name), notes)
        if terms is None or not check_set(name, tuple(terms), notes):
            return None
        return tuple(terms)

    return sections.build_section("sets", build)


def _build_entities(sections: Sections) -> dict[str, Entity]:
    def build(name: str, raw: Any, notes: Notes) -> Entity | None:
        table = validate_entry(ENTRY_ADAPTERS["entity"], raw, ("entity", name), notes)
        return None if table is None else build_entity(name, table, notes)

    return sections.build_section("entity", build)


def check_set(name: str, terms: tuple[str, ...], notes: Notes) -> bool:
    """True where every term of a set is valid in a watch; else the errors are noted."""
    errors = engine.check_watch(Watch(name=name, any=terms), {})
    for error in errors:
        error.where = ""
    return note_errors(errors, ("sets", name), (), notes)


def build_entity(name: str, table: EntityTable, notes: Notes) -> Entity | None:
    """The entity of a table; None where it has mistakes, which are noted."""
    entity = Entity(
        name,
        tuple(table.names),
        tuple(table.isin),
        tuple(table.tickers),
        tuple(table.ambiguous),
        tuple(table.context),
    )
    errors = list(entity_mistakes(entity))
    for key, term in entity.terms:
        for error in engine.check_watch(Watch(name=name, any=(term,)), {}):
            error.where = key
            errors.append(error)
    if name in notes.document.data.get("sets", {}):
        message = f'"{name}" is a set and an entity: @{name} could be either'
        notes.add_mistake("name-clash", message, ("entity", name), name=True, help="rename one of them")
        return None
    return entity if note_errors(errors, ("entity", name), (), notes) else None


def note_errors(errors: list[RuleError], base: KeyPath, broken: Collection[str], notes: Notes) -> bool:
    """Note every rule error at its place; True where there is none. broken: @names with mistakes of their own."""
    for error in errors:
        if notes.is_full:
            notes.omitted_count += 1
            continue
        path = find_mistake_path(notes.document.data, base, error)
        within = None if error.offset is None else (error.offset, error.end or error.offset + 1)
        message = str(error)
        if error.code == "unknown-set" and error.value.lstrip("@") in broken:
            message = f"{error.value} has mistakes of its own"
        label, help = error_advice(error)
        notes.add_mistake(error.code, message, path, name=path == base, within=within, label=label, help=help)
    return not errors


def find_mistake_path(data: Mapping[str, Any], base: KeyPath, error: RuleError) -> KeyPath:
    """The path of the string with the error: the first equal one below the key that the engine names."""
    path: KeyPath = (*base, *error.where.split(".")) if error.where else base
    value: Any = data
    for part in path:
        value = value.get(part) if isinstance(value, dict) else value
    return (*path, *find_string_path(error.value, value))


def find_string_path(wanted: str, value: Any) -> KeyPath:
    """The path of the string below value; () where it is absent."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, child in children:
        if child == wanted:
            return (part,)
        if below := find_string_path(wanted, child):
            return (part, *below)
    return ()


MAX_EXAMPLE_WORK = 30_000_000  # characters of examples × terms: some seconds
WORK_PER_EXAMPLE = 200  # characters added for the fixed cost of an example


def build_watches(sections: Sections, names: NamedTerms) -> dict[str, Watch]:
    """The watches that the engine can run, by name. names: what each @name stands for."""
    feeds, channels = sections.names("feeds"), sections.names("notify")
    broken = (sections.names("sets") | sections.names("entity")) - names.keys()

    def build(name: str, raw: Any, notes: Notes) -> Watch | None:
        table = validate_entry(ENTRY_ADAPTERS["watch"], raw, ("watch", name), notes)
        if table is None or not check_printable_name("watch", name, notes):
            return None
        watch = build_watch(name, table)
        fine = check_names(watch, feeds, channels, notes)
        return watch if check_terms(watch, names, broken, notes) and fine else None

    return sections.build_section("watch", build)


def build_watch(name: str, table: WatchTable) -> Watch:
    """The watch of a table."""
    return Watch(
        name=name,
        any=tuple(table.any),
        all=tuple(tuple(entry) for entry in table.all),
        none=tuple(table.none),
        near=_build_near(table.near),
        not_near=_build_near(table.not_near),
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
        hits=tuple(map(_build_example, table.hits)),
        misses=tuple(map(_build_example, table.misses)),
    )


def check_terms(watch: Watch, names: NamedTerms, broken: Collection[str], notes: Notes) -> bool:
    """True where the engine can run the watch; else its errors are noted. broken: names with mistakes of their own."""
    return note_errors(engine.check_watch(watch, names), ("watch", watch.name), broken, notes)


def check_names(watch: Watch, feeds: Collection[str], channels: Collection[str], notes: Notes) -> bool:
    """True where every feed and channel of the watch is in the file; others are noted."""
    base: KeyPath = ("watch", watch.name)
    fine = [check_known_name(name, feeds, "feed", (*base, "feeds", at), notes) for at, name in enumerate(watch.feeds)]
    fine += [
        check_known_name(name, channels, "channel", (*base, "notify", at), notes)
        for at, name in enumerate(watch.notify or ())
    ]
    return all(fine)


def run_examples(watches: Iterable[Watch], names: NamedTerms, notes: Notes) -> tuple[int, int]:
    """Test every hit and miss and note the failures. Returns (passed, tried)."""
    tested = [replace(watch, enabled=True) for watch in watches if watch.hits or watch.misses]
    rules = engine.compile_rules(tested, names)
    results: list[bool] = []
    left = MAX_EXAMPLE_WORK
    for entry in rules.entries:
        watch, terms = entry.watch, 1 + sum(1 for _ in watch_terms(entry.watch)) + len(entry.watch.regex)
        for key, at, example in iter_examples(watch):
            left -= terms * (WORK_PER_EXAMPLE + example_length(example))
            if left < 0:
                help = "give fewer or shorter examples, or spread the terms over several watches"
                notes.add_warning(
                    "untried", "the examples from here on were not tried: too many", ("watch", watch.name), help=help
                )
                return sum(results), len(results)
            results.append(_try_example(entry, example, ("watch", watch.name, key, at), notes))
    return sum(results), len(results)


def iter_examples(watch: Watch) -> Iterator[tuple[str, int, Example]]:
    """The examples of a watch, each with its key and index."""
    for key, examples in (("hits", watch.hits), ("misses", watch.misses)):
        yield from ((key, at, example) for at, example in enumerate(examples))


def example_length(example: Example) -> int:
    """The length of an example in characters."""
    return len(example.title) + len(example.lead) + len(example.body)


def _try_example(entry: engine.CompiledWatch, example: Example, path: KeyPath, notes: Notes) -> bool:
    watch = entry.watch
    verdict = engine.verdict(entry, analyse_fields(example_article(watch, example), ()))
    key = path[2]
    if (verdict.match is not None) is (key == "hits"):
        return True
    if notes.is_full:
        notes.omitted_count += 1
    elif verdict.match is None:
        message = f'watch "{watch.name}" does not match a text listed under `hits`'
        notes.add_mistake("test-failed", message, path, label="; ".join(verdict.missing) or "no term found")
    else:
        message = f'watch "{watch.name}" matches a text listed under `misses`'
        notes.add_mistake("test-failed", message, path, label=_blamed_term(watch, verdict.match.hits[0].term, notes))
    return False


def _blamed_term(watch: Watch, term: str, notes: Notes) -> str:
    raw = notes.document.data.get("watch", {}).get(watch.name)
    path = ("watch", watch.name, *find_string_path(term, raw))
    line = notes.place(path)[0]
    return f'matched by the term "{term}"' + (f" (line {line})" if line and len(path) > 2 else "")


def _build_near(table: NearTable | None) -> NearClause | None:
    return None if table is None else NearClause(table.words, tuple(table.any))


def _build_example(table: ExampleTable) -> Example:
    return Example(table.title, table.lead, table.body, table.url, table.feed)
