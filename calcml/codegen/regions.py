"""Which nodes are needed only in one case of a Piecewise, or inside one sum: where a lazy target computes them.

Every case of a Piecewise and every body of a sum is a region inside the region its node stands in. A node belongs to
the innermost region that holds all its uses; what a sum's body does not draw from its index is computed before it.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from calcml.expr import Expr, Piecewise
from calcml.heads import Sum

DEEPEST = 12  # blocks within blocks; Python allows 20 loops and 100 indentations


class Region:
    """A block of code: `nodes` in order of computation; `index` is a sum's index, None for a case of a Piecewise."""

    __slots__ = ("depth", "index", "nodes", "parent")

    def __init__(self, parent: Region | None, owner: Expr | None) -> None:
        self.parent = parent
        self.index: Expr | None = owner.args[1] if type(owner) is Sum else None
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.nodes: list[Expr] = []


def operands_first(roots: Sequence[Expr], known: Container[Expr]) -> list[Expr]:
    """The nodes below the roots, operands before users, the ends of a sum before its body; none below a known one."""
    found: dict[Expr, None] = {}
    stack = list(reversed(roots))
    while stack:
        node = stack[-1]
        if node not in found:
            pending = len(stack)
            if node not in known:
                args = node.args if type(node) is Sum else node.args[::-1]  # of a sum, the body comes last
                for arg in args:
                    if arg not in found:
                        stack.append(arg)
            if len(stack) > pending:
                continue
            found[node] = None
        stack.pop()
    return list(found)


def regions_of(
    nodes: Sequence[Expr], roots: Sequence[Expr], is_lazy: bool
) -> tuple[Region, dict[tuple[Expr, int], Region]]:
    """The outermost region, and the others by owner and place of the operand. `nodes`: operands before users."""
    outermost = Region(None, None)
    inner: dict[tuple[Expr, int], Region] = {}
    if not is_lazy or not any(type(node) is Piecewise or type(node) is Sum for node in nodes):
        outermost.nodes = list(nodes)
        return outermost, inner
    indices = index_dependence(nodes)
    region: dict[Expr, Region] = {}
    uses: dict[Expr, Region] = dict.fromkeys(roots, outermost)
    for node in reversed(nodes):
        here = uses[node]
        bound = indices.get(node, ())
        while here.parent is not None and here.index is not None and here.index not in bound:
            here = here.parent  # the same in every turn of the loop
        region[node] = here
        head = type(node)
        for place, arg in enumerate(node.args):
            there = here
            if ((head is Piecewise and place % 2 == 0) or (head is Sum and place == 0)) and here.depth < DEEPEST:
                there = inner.setdefault((node, place), Region(here, node))
            known = uses.get(arg)
            uses[arg] = there if known is None else _common(known, there)
    for node in nodes:
        region[node].nodes.append(node)
    return outermost, inner


def _common(a: Region, b: Region) -> Region:
    while a is not b:
        if a.depth < b.depth:
            a, b = b, a
        assert a.parent is not None
        a = a.parent
    return a


def index_dependence(nodes: Sequence[Expr]) -> dict[Expr, frozenset[Expr]]:
    """For the nodes that depend on the index of a sum they stand in: the indices."""
    indices = {node.args[1] for node in nodes if type(node) is Sum}
    if not indices:
        return {}
    found: dict[Expr, frozenset[Expr]] = {}
    for node in nodes:
        own = frozenset((node,)) if node in indices else frozenset[Expr]()
        for place, arg in enumerate(node.args):
            if not (type(node) is Sum and place == 1):
                own |= found.get(arg, frozenset())
        if type(node) is Sum:
            own -= {node.args[1]}
        if own:
            found[node] = own
    return found
