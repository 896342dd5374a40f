"""An expression as a tree of indented lines: one node a line, its head named."""

from __future__ import annotations

from calcml.budget import DEFAULT, Budget
from calcml.decimals import digits_of
from calcml.expr import Call, Constant, Expr, Number, Relation, Symbol
from calcml.heads import Limit
from calcml.traverse import height, tree_size


def to_tree(expr: Expr, budget: Budget = DEFAULT) -> str:
    """The tree, two spaces a level. LimitError when it would be too long to print.

    >>> from calcml.expr import symbols
    >>> print(to_tree(symbols("x") + 1))
    Add
      Symbol x
      Number 1
    """
    budget.require("output", tree_size(expr) * (12 + height(expr)))
    rows: list[str] = []
    stack: list[tuple[Expr, int]] = [(expr, 0)]
    while stack:
        node, depth = stack.pop()
        rows.append("  " * depth + _label(node))
        stack.extend((arg, depth + 1) for arg in reversed(node.args))
    return "\n".join(rows)


def _label(node: Expr) -> str:
    name = type(node).__name__
    if isinstance(node, Number):
        return f"{name} {digits_of(node.data) if isinstance(node.data, int) else node.data}"
    if isinstance(node, Symbol) and node.shape:
        return f"{name} {node.data}[{', '.join(map(str, node.shape))}]"
    if isinstance(node, (Symbol, Constant, Call, Relation, Limit)):
        return f"{name} {node.data}"
    return name
