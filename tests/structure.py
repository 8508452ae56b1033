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

    @property
    def name(self) -> str:
        """Its dotted name."""
        parts = self.path.relative_to(self.root).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def room(self) -> str:
        """The folder or file directly under the package."""
        return self.name.split(".")[1] if "." in self.name else ""

    def imports(self) -> Iterator[tuple[str, bool]]:
        """Each imported name, and whether it is imported inside a function."""
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
        """What others may use: top-level names and their methods without a leading underscore."""
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[0] != "_":
                yield node
                if isinstance(node, ast.ClassDef) and "Protocol" not in [ast.unparse(base) for base in node.bases]:
                    yield from (
                        one
                        for one in node.body
                        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name[0] != "_"
                    )


def modules(root: Path, package: str = "monitor") -> list[Module]:
    """Every file of a package."""
    return [Module(root, path) for path in sorted((root / package).rglob("*.py"))]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """A function's lines."""
    return (node.end_lineno or node.lineno) - node.lineno + 1
