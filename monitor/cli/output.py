"""How verbs speak: data on stdout, talk on stderr, one JSON envelope for machines."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NoReturn

import click

SCHEMA = 1
OK, NEGATIVE, USAGE, TEMPORARY, CONFIG = 0, 1, 2, 75, 78


def say(text: str) -> None:
    """Talk to the person: one line on stderr."""
    click.echo(text, err=True)


def emit(data: object, *, ok: bool = True, errors: Sequence[Mapping[str, Any]] = ()) -> None:
    """Print the envelope {"schema", "ok", "data", "errors"} on stdout."""
    envelope = {"schema": SCHEMA, "ok": ok, "data": data, "errors": list(errors)}
    click.echo(json.dumps(envelope, ensure_ascii=False, default=plain))


def fail(message: str, *, code: str, status: int, as_json: bool = False, help: str = "") -> NoReturn:
    """End the verb with an error: the envelope on stdout if asked for, else a sentence on stderr."""
    if as_json:
        emit(None, ok=False, errors=[{"code": code, "message": message, "help": help}])
    else:
        say(f"error[{code}]: {message}" + (f"\n  = help: {help}" if help else ""))
    raise SystemExit(status)


def leave(why: str) -> NoReturn:
    """End at once: SQLite's connections must not be closed, for that would write their log into another file."""
    say(f"error[database]: {why}")
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(TEMPORARY)


def plain(value: object) -> object:
    """A JSON form for what json does not know: instants in ISO 8601, sets as lists."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, set | frozenset | tuple):
        return sorted(value) if isinstance(value, set | frozenset) else list(value)
    return str(value)
