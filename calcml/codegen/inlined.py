"""The source of helper functions and of all they need, for a file that runs without calcml.

The text is that of calcml.numeric's modules: what a file contains is what calcml itself runs and tests. Types are left
out; helpers for one point get a name of their own where those for arrays are called the same.
"""

from __future__ import annotations

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_SCALAR = "calcml.numeric.scalar"
_AT_POINT = "_at_point"


def with_dependencies(module: str, names: set[str]) -> tuple[list[str], list[str]]:
    """The imports and the definitions of these functions of a module, in the order of the module."""
    imports, texts = _closure(module, names)
    return imports, texts


def defined_names(module: str) -> set[str]:
    """Everything a module defines: no parameter of a file that contains parts of it may be called so."""
    return {name for node in _tree(module).body for name in _defined(node)}


@cache
def _tree(module: str) -> ast.Module:
    found = find_spec(module)
    assert found is not None and found.origin is not None
    return ast.parse(Path(found.origin).read_text(encoding="utf-8"))


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Assign):
        found: list[str] = []
        for target in node.targets:
            found += [part.id for part in ast.walk(target) if isinstance(part, ast.Name)]
        return found
    return [node.target.id] if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) else []


class _Bare(ast.NodeTransformer):
    """Without types; names of the scalar helpers marked."""

    def __init__(self, marked: frozenset[str]) -> None:
        self.marked = marked

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """No annotations."""
        self.generic_visit(node)
        node.returns = None
        for argument in (*node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg):
            if argument is not None:
                argument.annotation = None
        if node.name in self.marked:
            node.name += _AT_POINT
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """x: T = value is x = value."""
        self.generic_visit(node)
        assert node.value is not None
        return ast.copy_location(ast.Assign([node.target], node.value), node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """scalar.mish is mish_at_point."""
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id == "scalar":
            return ast.copy_location(ast.Name(node.attr + _AT_POINT, node.ctx), node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """A scalar helper inside another one."""
        return ast.copy_location(ast.Name(node.id + _AT_POINT, node.ctx), node) if node.id in self.marked else node


def _closure(module: str, names: set[str], marked: bool = False) -> tuple[list[str], list[str]]:
    body = _tree(module).body
    places = {name: node for node in body for name in _defined(node)}
    wanted, waiting = set(), [name for name in sorted(names) if name in places]
    below: set[str] = set()
    used: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in wanted:
            continue
        wanted.add(name)
        for part in ast.walk(_without_types(places[name])):
            if isinstance(part, ast.Name):
                used.add(part.id)
                if part.id in places:
                    waiting.append(part.id)
            elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "scalar":
                below.add(part.attr)
    imports, texts = _closure(_SCALAR, below, True) if below else ([], [])
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)) and getattr(node, "module", "") not in _OUT:
            kept = [alias for alias in node.names if (alias.asname or alias.name) in used and alias.name != "scalar"]
            if kept and isinstance(node, ast.ImportFrom):
                imports.append(ast.unparse(ast.ImportFrom(node.module, kept, 0)))
            elif kept:
                imports.append(ast.unparse(ast.Import(kept)))
    rename = frozenset(places) if marked else frozenset[str]()
    for node in body:
        if any(name in wanted for name in _defined(node)):
            fresh = _Bare(rename).visit(ast.parse(ast.unparse(node)).body[0])
            texts.append(ast.unparse(ast.fix_missing_locations(fresh)))
    return imports, texts


_OUT = ("__future__", "typing", "collections.abc", "numpy.typing", "calcml.numeric")


def _without_types(node: ast.stmt) -> ast.AST:
    return ast.fix_missing_locations(_Types().visit(ast.parse(ast.unparse(node))))


class _Types(_Bare):
    def __init__(self) -> None:
        super().__init__(frozenset())

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return self.generic_visit(node)
