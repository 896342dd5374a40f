"""A total order of expressions that depends on their structure alone.

Not on hashes, not on when a node was built: the same expressions sort the same way in every process. Height first,
then head, then data, then the operands from left to right; so the order of a set of nodes is found level by level,
and each comparison looks at ranks already known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from calcml.expr import Expr
from calcml.heads import HEADS
from calcml.traverse import topological

_HEAD_RANK = {head: rank for rank, head in enumerate(HEADS.values())}


def _data_key(node: Expr) -> tuple[Any, ...]:
    data = node.data
    if data is None:
        return ()
    return (0, data) if isinstance(data, int) else (1, data, tuple(map(str, node.shape)))


def ranks(*roots: Expr) -> dict[Expr, int]:
    """A number for every node below the roots; smaller means earlier in the order."""
    level: dict[Expr, int] = {}
    levels: list[list[Expr]] = []
    for node in topological(*roots):
        height = 1 + max((level[arg] for arg in node.args), default=-1)
        level[node] = height
        if height == len(levels):
            levels.append([])
        levels[height].append(node)
    rank: dict[Expr, int] = {}
    for nodes in levels:
        keyed = [
            ((_HEAD_RANK[type(node)], _data_key(node), tuple([rank[arg] for arg in node.args])), node) for node in nodes
        ]
        keyed.sort(key=lambda pair: pair[0])
        for _, node in keyed:
            rank[node] = len(rank)
    return rank


def structural_sort(nodes: Iterable[Expr]) -> list[Expr]:
    """The expressions in their total order.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> structural_sort([y + x, x, y])
    [x, y, y + x]
    """
    found = list(nodes)
    rank = ranks(*found)
    return sorted(found, key=rank.__getitem__)


def compare(a: Expr, b: Expr) -> int:
    """-1, 0 or 1 as a comes before b, is b, or comes after b."""
    if a is b:
        return 0
    rank = ranks(a, b)
    return -1 if rank[a] < rank[b] else 1
