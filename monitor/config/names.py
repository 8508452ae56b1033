"""Names in the file: those that stand for something else in it, and those that can be shown."""

from __future__ import annotations

from collections.abc import Collection
from heapq import nsmallest

from monitor.config.spans import KeyPath
from monitor.config.toml.notes import Notes

FEW = 30


def known(name: str, names: Collection[str], kind: str, path: KeyPath, notes: Notes) -> bool:
    """True where the name is one of names; else a mistake with the nearest."""
    if name in names:
        return True
    if notes.full:
        notes.untold += 1
        return False
    guess = notes.nearest(name, names)
    label = f'did you mean "{guess}"?' if guess else ""
    listed = shown(names) or f"none; add one under [{'feeds' if kind == 'feed' else 'notify'}]"
    notes.mistake(f"unknown-{kind}", f"no {kind} `{name}`", path, label=label, help=f"{kind}s in this file: {listed}")
    return False


def shown(names: Collection[str]) -> str:
    """Names in a row; of many only the first, for a mistake must not grow with the file."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(nsmallest(FEW, names)) + more


def fair_name(section: str, name: str, notes: Notes) -> bool:
    """True where a name can be shown in a log and a message."""
    if name.strip() and name.isprintable() and len(name) <= 80:
        return True
    help = "a name has 1 to 80 visible characters"
    notes.mistake("bad-name", f"a name in [{section}] cannot be shown", (section, name), name=True, help=help)
    return False
