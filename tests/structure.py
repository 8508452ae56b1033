"""What the source tree looks like, read from its syntax: the material of the architecture test."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Module:
    """One file of the package."""

    root: Path
    path: Path

    @cached_property
    def text(self) -> str:
        """Its source."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax."""
        return ast.parse(self.text)

    @cached_property
    def name(self) -> str:
        """Its dotted name."""
        parts = self.path.relative_to(self.root).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def room(self) -> str:
        """The folder or file directly under the package."""
        return self.name.split(".")[1] if "." in self.name else ""

    @cached_property
    def imports(self) -> list[tuple[str, bool]]:
        """Each imported name, and whether it is imported inside a function."""
        return list(self._imports())

    def _imports(self) -> Iterator[tuple[str, bool]]:
        inside = {id(node) for function in self.functions() for node in ast.walk(function)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, id(node) in inside) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    yield f"{node.module}.{alias.name}", id(node) in inside

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """All functions and methods."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def public(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
        """The top-level functions and classes without a leading underscore."""
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[0] != "_":
                yield node


def modules(root: Path, package: str = "monitor") -> list[Module]:
    """Every file of a package."""
    return [Module(root, path) for path in sorted((root / package).rglob("*.py"))]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """A function's lines."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def project_imports(module: Module, tree: list[Module]) -> list[str]:
    """The modules of the tree that a module imports, a package for a name of its `__init__`; in order, each once."""
    names = {one.name for one in tree}
    found = (name if name in names else name.rpartition(".")[0] for name, _ in module.imports)
    return [name for name in dict.fromkeys(found) if name in names]


def cycles(edges: dict[str, set[str]]) -> Iterator[list[str]]:
    """One closed path for each group of modules that import each other; what stands above a cycle is left out."""
    left = {name: out & edges.keys() for name, out in edges.items()}
    while ends := {name for name, out in left.items() if not out}:
        left = {name: out - ends for name, out in left.items() if name not in ends}
    while tops := left.keys() - set().union(*left.values()):
        left = {name: out for name, out in left.items() if name not in tops}
    while left:
        path = [min(left)]
        while path[-1] not in path[:-1]:
            path.append(min(left[path[-1]]))
        cycle = path[path.index(path[-1]) :]
        yield cycle
        left = {name: out - set(cycle) for name, out in left.items() if name not in cycle}
        left = {name: out for name, out in left.items() if out}


def identifiers(module: Module) -> set[str]:
    """Every name that the file defines: classes, functions, parameters, variables and fields."""
    found = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
    return found
