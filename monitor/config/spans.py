"""Where every name and value of a TOML text stands, from tree-sitter's tree; paths as tomllib would nest them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field

import tree_sitter
import tree_sitter_toml

Span = tuple[int, int]
KeyPath = tuple[str | int, ...]

_LANGUAGE = tree_sitter.Language(tree_sitter_toml.language())


@dataclass(frozen=True, slots=True)
class Second:
    """A name given twice: its path, where it stands first and again, and the whole second statement."""

    path: KeyPath
    first: Span
    again: Span
    statement: Span


@dataclass(slots=True)
class Spans:
    """Spans in UTF-8 bytes by path: names, values, and names that stand twice."""

    names: dict[KeyPath, Span] = field(default_factory=dict)
    values: dict[KeyPath, Span] = field(default_factory=dict)
    seconds: list[Second] = field(default_factory=list)
    pairs: set[KeyPath] = field(default_factory=set)
    headers: set[KeyPath] = field(default_factory=set)
    arrays: dict[KeyPath, int] = field(default_factory=dict)


def locate(text: str) -> Spans:
    """Find all names and values. Where the text is broken, only what could be recognised is there."""
    spans = Spans()
    root = tree_sitter.Parser(_LANGUAGE).parse(text.encode()).root_node
    for node in root.children:
        if node.type == "pair":
            _pair(node, (), spans)
        elif node.type in {"table", "table_array_element"}:
            _table(node, spans)
    return spans


def _table(node: tree_sitter.Node, spans: Spans) -> None:
    keys = _keys(node)
    if not keys:
        return
    path: KeyPath = tuple(name for name, _ in keys)
    if node.type == "table_array_element":
        number = spans.arrays.get(path, 0)
        spans.arrays[path] = number + 1
        spans.names.setdefault(path, keys[-1][1])
        path = (*path, number)
    elif _stands_twice(path, keys, node, spans):
        return
    spans.names[path] = keys[-1][1]
    spans.headers.add(path)
    for child in node.children:
        if child.type == "pair":
            _pair(child, path, spans)


def _pair(node: tree_sitter.Node, base: KeyPath, spans: Spans) -> None:
    keys = _keys(node)
    if not keys or len(node.children) < 3:
        return
    path = (*base, *(name for name, _ in keys))
    if _stands_twice(path, keys, node, spans):
        return
    for depth in range(1, len(keys)):
        spans.names.setdefault((*base, *(name for name, _ in keys[:depth])), keys[depth - 1][1])
    spans.names[path] = keys[-1][1]
    _value(node.children[2], path, spans)
    spans.pairs.add(path)  # after its value: what an inline table holds does not collide with the table itself


def _value(node: tree_sitter.Node, path: KeyPath, spans: Spans) -> None:
    spans.values[path] = (node.start_byte, node.end_byte)
    if node.type == "array":
        entries = [child for child in node.named_children if child.type not in {"comment", "ERROR"}]
        for number, child in enumerate(entries):
            _value(child, (*path, number), spans)
    elif node.type == "inline_table":
        for child in node.named_children:
            if child.type == "pair":
                _pair(child, path, spans)


def _stands_twice(path: KeyPath, keys: list[tuple[str, Span]], node: tree_sitter.Node, spans: Spans) -> bool:
    """True, and noted, where the name or a value above it was given before."""
    above = (path[:depth] for depth in range(1, len(path) + 1))
    taken = next((given for given in above if given in spans.pairs), None)
    if taken is None and path in spans.headers:
        taken = path
    if taken is None:
        return False
    spans.seconds.append(Second(taken, spans.names[taken], keys[-1][1], (node.start_byte, node.end_byte)))
    return True


def _keys(node: tree_sitter.Node) -> list[tuple[str, Span]]:
    """The dotted name of a pair or header: each part with its span."""
    for child in node.children:
        if child.type in {"bare_key", "quoted_key", "dotted_key"}:
            return _parts(child)
    return []


def _parts(node: tree_sitter.Node) -> list[tuple[str, Span]]:
    if node.type == "dotted_key":
        return [part for child in node.named_children for part in _parts(child)]
    text = (node.text or b"").decode()
    if node.type == "quoted_key":
        text = next(iter(tomllib.loads(f"{text} = 0")))
    return [(text, (node.start_byte, node.end_byte))]
