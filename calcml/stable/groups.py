"""Parts of an expression that depend on one moving quantity, and what float64 makes of them at a few places.

The quantity of a part is the largest subexpression through which all symbols enter it: in (e^(w*x + b) - 1)/(w*x + b)
it is w*x + b. A branch "near 0" or "far out" is a branch on that quantity. Sums and products are first put in order so
that the factors and terms of one quantity stand together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from calcml.evaluation import Program
from calcml.expr import Add, And, Constant, Expr, Mul, Not, Number, Or, Piecewise, Relation, make
from calcml.heads import Sum
from calcml.traverse import topological

_OPAQUE = (Relation, And, Or, Not, Piecewise, Sum)


def quantities(nodes: Sequence[Expr]) -> dict[Expr, Expr | None]:
    """The quantity of every node (operands before users); None for what has no symbols."""
    found: dict[Expr, Expr | None] = {}
    for node in nodes:
        found[node] = _quantity(node, found)
    return found


def _quantity(node: Expr, known: dict[Expr, Expr | None]) -> Expr | None:
    if not node.args:
        return None if type(node) in (Number, Constant) else node
    if node.shape or type(node) in _OPAQUE or any(arg.shape for arg in node.args):
        return node
    seen = {known[arg]: None for arg in node.args if known[arg] is not None}
    return None if not seen else next(iter(seen)) if len(seen) == 1 else node


def ordered(root: Expr) -> Expr:
    """The expression with factors and terms of one quantity bracketed, where there are others beside them."""
    fresh: dict[Expr, Expr] = {}
    found: dict[Expr, Expr | None] = {}
    for node in topological(root):
        args = tuple([fresh[arg] for arg in node.args])
        rebuilt = node if args == node.args else node.rebuild(args)
        if type(rebuilt) in (Mul, Add) and not rebuilt.shape and len(rebuilt.args) > 2:
            rebuilt = _bracketed(rebuilt, found)
        fresh[node] = rebuilt
        for part in (*rebuilt.args, rebuilt):
            if part not in found:
                found[part] = _quantity(part, found)
    return fresh[root]


def _bracketed(node: Expr, known: dict[Expr, Expr | None]) -> Expr:
    together: dict[Expr | None, list[Expr]] = {}
    for arg in node.args:
        together.setdefault(known[arg], []).append(arg)
    if len(together) < 2 or all(len(part) == 1 for part in together.values()):
        return node
    parts = [part[0] if len(part) == 1 else make(type(node), None, tuple(part)) for part in together.values()]
    result: Expr = make(type(node), None, tuple(parts))
    return result


class Sample:
    """Values of the nodes of one quantity, at values of the quantity."""

    def __init__(self, quantity: Expr, roots: Sequence[Expr]) -> None:
        self.program = Program(list(roots), [quantity])

    def at(self, value: float) -> dict[Expr, Any]:
        """The value of every node."""
        slots = self.program.trace([value])
        return {node: slots[place] for node, place in self.program.index.items()}
