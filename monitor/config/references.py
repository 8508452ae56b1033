"""`${NAME}` in a value: taken from the environment, else from a systemd credential of that name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from monitor.config.environment import credential
from monitor.config.spans import KeyPath
from monitor.config.toml.notes import Notes

_REFERENCE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<or>:-(?P<default>[^{}]*))?\}")


def expand(text: str, path: KeyPath, environ: Mapping[str, str], notes: Notes) -> str | None:
    """The text with its references replaced; None after noting every one that is not set."""
    values: dict[str, str] = {}
    whole = True
    for found in _REFERENCE.finditer(text):
        value = credential(found["name"], environ)
        if value is not None:
            notes.secrets.add(value)
        elif found["or"] is None:
            _missing(found, path, environ, notes)
            whole = False
        values[found[0]] = value if value is not None else found["default"] or ""
    rest = _REFERENCE.sub("", text)
    if "${" in rest:
        at = text.index("${", text.rfind(rest[rest.index("${") :]))
        help = "a reference is ${NAME} or ${NAME:-default}, with letters, digits and _ in the name"
        notes.mistake(
            "bad-reference", "this reference is not closed or not named", path, within=(at, at + 2), help=help
        )
        return None
    return _REFERENCE.sub(lambda found: values[found[0]], text) if whole else None


def _missing(found: re.Match[str], path: KeyPath, environ: Mapping[str, str], notes: Notes) -> None:
    name = found["name"]
    guess = notes.nearest(name, (known for known in environ if known.isupper()))
    label = f"not set; did you mean ${{{guess}}}?" if guess else "not set"
    help = f"set it: export {name}=…; in the service: systemd-creds encrypt - /etc/credstore.encrypted/{name}"
    message = f"the secret {name} is not set"
    notes.mistake("missing-secret", message, path, within=found.span(), label=label, help=help)
