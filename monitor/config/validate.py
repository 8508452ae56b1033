"""Validates an entry of rules.toml against its schema, and its names; every error is noted in plain words."""

from __future__ import annotations

from collections.abc import Callable, Collection
from heapq import nsmallest
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from monitor.config.schema import (
    EntityEntry,
    EntityTable,
    ExampleTable,
    FeedEntry,
    FeedTable,
    NearTable,
    NotifyEntry,
    NotifyTable,
    SettingsTable,
    WatchEntry,
    WatchTable,
)
from monitor.config.selection import SelectTable
from monitor.config.toml.notes import Notes
from monitor.config.toml.scanner import KeyPath
from monitor.config.types import Table, Terms

ENTRY_ADAPTERS: dict[str, TypeAdapter[Any]] = {
    "watch": TypeAdapter(WatchEntry),
    "sets": TypeAdapter(Terms),
    "entity": TypeAdapter(EntityEntry),
    "feeds": TypeAdapter(FeedEntry),
    "notify": TypeAdapter(NotifyEntry),
}
SETTINGS_ADAPTER: TypeAdapter[SettingsTable] = TypeAdapter(SettingsTable)

_TABLE_CLASSES: dict[str, type[Table]] = {
    "watch": WatchTable,
    "entity": EntityTable,
    "feeds": FeedTable,
    "select": SelectTable,
    "notify": NotifyTable,
    "settings": SettingsTable,
    "near": NearTable,
    "not_near": NearTable,
    "hits": ExampleTable,
    "misses": ExampleTable,
}
_EXPECTED_TYPES = {
    "string_type": "text in quotes",
    "list_type": "a text or a list of texts",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "model_type": "a table",
    "dict_type": "a table",
}
_TYPE_NAMES = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a table"}

MAX_LISTED_NAMES = 30

T = TypeVar("T")


def validate_entry(adapter: TypeAdapter[T], raw: Any, path: KeyPath, notes: Notes) -> T | None:
    """The entry as its table. Parts with errors are noted and left out; the entry is then in notes.partial.

    What remains serves to find further mistakes, and is not to be used. None where nothing remains.
    """
    try:
        return adapter.validate_python(raw)
    except ValidationError as failure:
        errors = failure.errors(include_url=False)
    for error in errors:
        _note_mistake(error, path, notes)
        notes.partial.add((*path, *error["loc"])[:2])
    try:
        return adapter.validate_python(_without_mistakes(raw, [tuple(error["loc"]) for error in errors]))
    except ValidationError:
        return None


def _without_mistakes(raw: Any, errors: list[KeyPath]) -> Any:
    """The tables of an entry without the keys that have errors; a list with an error is left out as a whole."""
    if not isinstance(raw, dict) or () in errors:
        return raw
    kept = {}
    for key, value in raw.items():
        below = [error[1:] for error in errors if error[0] == key]
        if not below:
            kept[key] = value
        elif isinstance(value, dict) and () not in below:
            kept[key] = _without_mistakes(value, below)
    return kept


def known_keys(path: KeyPath) -> list[str]:
    """The keys of the table at a path."""
    named = [part for part in path[2:] if isinstance(part, str)] or [str(path[0])]
    table = _TABLE_CLASSES.get(named[-1]) or _TABLE_CLASSES.get(str(path[0]))
    return [field.alias or name for name, field in table.model_fields.items()] if table else []


def check_known_name(name: str, names: Collection[str], kind: str, path: KeyPath, notes: Notes) -> bool:
    """True where the name is in names; else note a mistake with the nearest one. kind: "feed" or "channel"."""
    if name in names:
        return True
    if notes.is_full:
        notes.omitted_count += 1
        return False
    guess = notes.find_nearest(name, names)
    label = f'did you mean "{guess}"?' if guess else ""
    listed = format_names(names) or f"none; add one under [{'feeds' if kind == 'feed' else 'notify'}]"
    notes.add_mistake(
        f"unknown-{kind}", f"no {kind} `{name}`", path, label=label, help=f"{kind}s in this file: {listed}"
    )
    return False


def format_names(names: Collection[str]) -> str:
    """Names as a list in words, at most MAX_LISTED_NAMES: a message must not grow with the file."""
    more = f" and {len(names) - MAX_LISTED_NAMES} more" if len(names) > MAX_LISTED_NAMES else ""
    return ", ".join(nsmallest(MAX_LISTED_NAMES, names)) + more


def check_printable_name(section: str, name: str, notes: Notes) -> bool:
    """True where a name has 1 to 80 printable characters; else note a mistake."""
    if name.strip() and name.isprintable() and len(name) <= 80:
        return True
    help = "a name has 1 to 80 visible characters"
    notes.add_mistake("bad-name", f"a name in [{section}] cannot be shown", (section, name), name=True, help=help)
    return False


def _note_mistake(error: ErrorDetails, base: KeyPath, notes: Notes) -> None:
    path = base + tuple(error["loc"])
    _NOTE_FUNCTIONS.get(error["type"], _note_wrong_type)(error, path, notes)


def _note_extra_key(error: ErrorDetails, path: KeyPath, notes: Notes) -> None:
    note_unknown_key(path, known_keys(path[:-1]), notes)


def note_unknown_key(path: KeyPath, known: list[str], notes: Notes) -> None:
    """Note an unknown key, with the one that was probably meant."""
    guess = notes.find_nearest(str(path[-1]), known)
    label = f"did you mean `{guess}`?" if guess else ""
    help = "" if guess else f"known here: {', '.join(known)}"
    notes.add_mistake("unknown-key", f"unknown key `{path[-1]}`", path, name=True, label=label, help=help)


def _note_missing_key(error: ErrorDetails, path: KeyPath, notes: Notes) -> None:
    message = f"the key `{path[-1]}` is missing"
    notes.add_mistake("missing-key", message, path[:-1], name=True, label=f"needs `{path[-1]} = …`")


def _note_wrong_type(error: ErrorDetails, path: KeyPath, notes: Notes) -> None:
    wanted = _EXPECTED_TYPES.get(error["type"])
    if wanted is None:
        notes.add_mistake("bad-value", f"{_subject(path)}: {error['msg'][:1].lower()}{error['msg'][1:]}", path)
        return
    if error["type"] in {"model_type", "list_type"} and len(path) == 2:
        wanted = _ENTRY_FORMS.get(str(path[0]), wanted)
    kind = _TYPE_NAMES.get(type(error["input"]), "a date or time")
    notes.add_mistake("wrong-type", f"{_subject(path)} must be {wanted}", path, label=f"this is {kind}")


_ENTRY_FORMS = {
    "watch": "a term, a list of terms or a table",
    "sets": "a term or a list of terms",
    "entity": "a name, a list of names or a table",
    "feeds": "an address or a table",
    "notify": "an Apprise URL or a table",
}


def _note_bad_choice(error: ErrorDetails, path: KeyPath, notes: Notes) -> None:
    known = [word.strip("'") for word in error["ctx"]["expected"].replace(" or ", ", ").split(", ")]
    guess = notes.find_nearest(str(error["input"]), known)
    label = f'did you mean "{guess}"?' if guess else ""
    message = f"{_subject(path)} cannot be {_format_value(error['input'])}"
    notes.add_mistake("bad-value", message, path, label=label, help=f"one of: {', '.join(known)}")


def _note_value_error(error: ErrorDetails, path: KeyPath, notes: Notes) -> None:
    message, _, way_out = error["ctx"]["said"].partition("; ")
    notes.add_mistake("bad-value", message, path, label=way_out)


def _note_empty_value(error: ErrorDetails, path: KeyPath, notes: Notes) -> None:
    help = "leave the key out where nothing is meant: an empty list never means everything"
    notes.add_mistake("empty", f"{_subject(path)} is empty", path, label="nothing in here", help=help)


def _note_bad_number(error: ErrorDetails, path: KeyPath, notes: Notes) -> None:
    words = {
        "greater_than_equal": f"at least {error['ctx'].get('ge')}",
        "less_than_equal": f"at most {error['ctx'].get('le')}",
    }
    notes.add_mistake("bad-value", f"{_subject(path)} must be {words[error['type']]}", path)


def _subject(path: KeyPath) -> str:
    named = [part for part in path[2:] if isinstance(part, str)]
    if not named:
        return f"`{path[1]}`" if len(path) > 1 else f"[{path[0]}]"
    inside = isinstance(path[-1], int)
    return f"an entry of `{named[-1]}`" if inside else f"`{named[-1]}`"


def _format_value(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


_NOTE_FUNCTIONS: dict[str, Callable[[ErrorDetails, KeyPath, Notes], None]] = {
    "extra_forbidden": _note_extra_key,
    "missing": _note_missing_key,
    "literal_error": _note_bad_choice,
    "bad-value": _note_value_error,
    "too_short": _note_empty_value,
    "string_too_short": _note_empty_value,
    "greater_than_equal": _note_bad_number,
    "less_than_equal": _note_bad_number,
}
