"""Expressions as flat tables of nodes, operands before users: what pickle and JSON store, whatever the depth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from calcml.expr import Expr, Symbol, make
from calcml.heads import HEADS
from calcml.traverse import topological


def to_table(*roots: Expr) -> list[Any]:
    """The nodes as rows (head, data, operand numbers), operands first; a shaped symbol's row ends in its shape.

    The last row lists the numbers of the roots.
    """
    number: dict[Expr, int] = {}
    rows: list[Any] = []
    for node in topological(*roots):
        number[node] = len(rows)
        row = [type(node).__name__, node.data, [number[arg] for arg in node.args]]
        if type(node) is Symbol and node.shape:
            row.append(list(node.shape))
        rows.append(row)
    rows.append([number[root] for root in roots])
    return rows


def table_nodes(rows: Iterable[Any]) -> Iterator[Expr]:
    """The nodes of such rows, in order. The rows are trusted: `calcml.serialize` checks foreign ones."""
    nodes: list[Expr] = []
    for head, data, operands, *shape in rows:
        node = make(HEADS[head], data, tuple([nodes[i] for i in operands]), tuple(shape[0]) if shape else None)
        nodes.append(node)
        yield node


def from_table(rows: list[Any]) -> Expr:
    """The (only) root of `to_table`'s rows."""
    nodes = list(table_nodes(rows[:-1]))
    return nodes[rows[-1][0]]
