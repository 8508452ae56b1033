"""Masks secrets in the last good rules before they are stored in the database, and restores them.

A secret written in rules.toml itself is replaced by its scheme and a short hash. When a file is read next, the secret
is taken from any string of it with that hash, even if the file is broken; an entry whose secret is not found cannot be
used. ${NAME} is stored as it is: its value is in the environment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any

from monitor.config.environment import MASK_TEXT, mask_secrets

MASKED_KEY, CHECK_KEY = "masked", "check"  # the keys of the mark in place of a secret
CHECK_LENGTH = 4  # hex digits: enough to tell the URLs of a file apart, too few to find a password by trial
VARIABLE_REFERENCE = re.compile(r"\$\{[A-Za-z_]\w*(?::-(?P<default>[^{}]*))?\}")
# channels whose URL names a server; in all others the URL is the token
SERVER_SCHEMES = ("json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos")
TOML_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'")


def seal_secrets(entries: Mapping[str, Any]) -> dict[str, Any]:
    """Entries of rules.toml with a mark in place of each secret."""
    return _map_strings(entries, lambda path, text: _seal_text(text) if _has_secret(path, text) else text)


def unseal_secrets(entries: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Stored entries with the secrets found in the text of a rules.toml; others stay sealed."""
    if not any(is_sealed(entry) for section in entries.values() for entry in _values(section)):
        return dict(entries)
    known = {
        (mark[MASKED_KEY], mark[CHECK_KEY]): string
        for string in _iter_toml_strings(text)
        for mark in (_seal_text(string),)
    }
    return _map_strings(
        entries, lambda _, value: value, lambda mark: known.get((mark[MASKED_KEY], mark[CHECK_KEY]), mark)
    )


def is_sealed(value: Any) -> bool:
    """Whether an entry contains the mark of a secret."""
    if isinstance(value, Mapping):
        return value.keys() == {MASKED_KEY, CHECK_KEY} or any(map(is_sealed, value.values()))
    return isinstance(value, list) and any(map(is_sealed, value))


def _values(section: Any) -> Iterator[Any]:
    yield from section.values() if isinstance(section, Mapping) else ()


def _map_strings(
    entries: Mapping[str, Any],
    string: Callable[[tuple[str, ...], str], Any],
    mark: Callable[[Mapping[str, str]], Any] = lambda found: found,
) -> dict[str, Any]:
    """A copy with every string and every mark of a secret replaced."""

    def copy(path: tuple[str, ...], value: Any) -> Any:
        if isinstance(value, str):
            return string(path, value)
        if isinstance(value, list):
            return [copy(path, one) for one in value]
        if not isinstance(value, Mapping):
            return value
        if value.keys() == {MASKED_KEY, CHECK_KEY}:
            return mark(value)
        return {key: copy((*path, key), one) for key, one in value.items()}

    return {key: copy((key,), value) for key, value in entries.items()}


def _seal_text(text: str) -> dict[str, str]:
    """The mark in place of a secret: its scheme and CHECK_LENGTH digits of its SHA-256."""
    scheme, colon, _ = text.partition("://")
    shown = f"{scheme}://{MASK_TEXT}" if colon and re.fullmatch(r"[\w+.-]{1,20}", scheme) else MASK_TEXT
    return {MASKED_KEY: shown, CHECK_KEY: sha256(text.encode("utf-8", "replace")).hexdigest()[:CHECK_LENGTH]}


def _has_secret(path: tuple[str, ...], text: str) -> bool:
    """Whether a string of rules.toml contains a literal secret."""
    literal = VARIABLE_REFERENCE.sub(lambda found: found["default"] or "", text)
    if path[0] == "notify" and path[2:] in ((), ("url",)):
        return _has_channel_secret(literal)
    if path[:2] == ("settings", "ping"):
        return bool(literal)
    return path[0] in ("feeds", "settings") and mask_secrets(literal, ()) != literal


def _has_channel_secret(literal: str) -> bool:
    scheme, colon, rest = literal.partition("://")
    if not colon:
        return bool(literal)
    if scheme.lower() not in SERVER_SCHEMES:
        return bool(re.search(r"\w", rest))
    place, _, options = rest.partition("?")
    deep = "" if scheme.lower().startswith("mailto") else place.partition("/")[2]
    token = any(len(part) >= 8 and re.search(r"\d", part) for part in deep.split("/"))
    shown = f"{scheme}://host?{options.replace('@', '%40')}"  # the @ of a recipient does not end a login
    return "@" in place.partition("/")[0] or token or "+" in options or mask_secrets(shown, ()) != shown


def _iter_toml_strings(text: str) -> Iterator[str]:
    """Every string in the text of a TOML file, even if the file is broken."""
    for found in TOML_STRING.finditer(text):
        literal = found[0]
        yield literal[1:-1]
        if "\\" in literal and literal[0] == '"':
            with suppress(ValueError):
                yield str(json.loads(literal))
