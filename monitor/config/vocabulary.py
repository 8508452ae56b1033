"""[sets] and [entity]: what an @name stands for; and the engine's complaints about terms, with their places."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from monitor.config.advice import advice
from monitor.config.schema import EntityTable
from monitor.config.spans import KeyPath
from monitor.config.toml.notes import Notes
from monitor.core.entity import Entity, entity_mistakes
from monitor.core.errors import RuleError
from monitor.core.match import engine
from monitor.core.match.watch import Watch


def check_set(name: str, terms: tuple[str, ...], notes: Notes) -> bool:
    """True where every term of a set could stand in a watch."""
    errors = engine.check(Watch(name=name, any=terms), {})
    for error in errors:
        error.where = ""
    return note_errors(errors, ("sets", name), (), notes)


def build_entity(name: str, table: EntityTable, notes: Notes) -> Entity | None:
    """A table of the file as the engine's noun; None after noting what is wrong with it."""
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
        for error in engine.check(Watch(name=name, any=(term,)), {}):
            error.where = key
            errors.append(error)
    if name in notes.document.data.get("sets", {}):
        message = f'"{name}" is a set and an entity: @{name} could be either'
        notes.mistake("name-clash", message, ("entity", name), name=True, help="rename one of them")
        return None
    return entity if note_errors(errors, ("entity", name), (), notes) else None


def note_errors(errors: list[RuleError], base: KeyPath, broken: Collection[str], notes: Notes) -> bool:
    """Every complaint with its place; True where there is none. broken: @names that have mistakes of their own."""
    for error in errors:
        if notes.full:
            notes.untold += 1
            continue
        path = find(notes.document.data, base, error)
        within = None if error.offset is None else (error.offset, error.end or error.offset + 1)
        message = str(error)
        if error.code == "unknown-set" and error.value.lstrip("@") in broken:
            message = f"{error.value} has mistakes of its own"
        label, help = advice(error)
        notes.mistake(error.code, message, path, name=path == base, within=within, label=label, help=help)
    return not errors


def find(data: Mapping[str, Any], base: KeyPath, error: RuleError) -> KeyPath:
    """The path of the string the engine complains about: the first equal one below the key it names."""
    path: KeyPath = (*base, *error.where.split(".")) if error.where else base
    value: Any = data
    for part in path:
        value = value.get(part) if isinstance(value, dict) else value
    return (*path, *index_of(error.value, value))


def index_of(wanted: str, value: Any) -> KeyPath:
    """The path below value at which the string stands, or () where it does not."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, child in children:
        if child == wanted:
            return (part,)
        if below := index_of(wanted, child):
            return (part, *below)
    return ()
