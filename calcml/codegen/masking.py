"""Cases under automatic differentiation: an operand is replaced by a harmless one where its case is not taken.

`where(x > 0, ln(x), 0)` has the right value at -1, but its derivative there is 0·(1/0) = nan in JAX and PyTorch, which
multiply the slope of the case that is not taken by 0. With ln(where(x > 0, x, 1)) inside, that slope is finite.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from calcml.codegen.regions import Region, operands_first, regions_of
from calcml.conditions import opposite
from calcml.evaluation import scalar_function
from calcml.expr import ONE, TWO, And, Call, Constant, Div, Expr, Number, Piecewise, Pow, as_expr, make

_CANDIDATES = (as_expr(0.5), TWO, ONE)  # inside the domains of all rows: asin takes 1/2, acosh 2


def masked(roots: Sequence[Expr]) -> list[Expr]:
    """Lowered roots with the operands of divisions, powers and functions inside cases replaced where these fail."""
    nodes = operands_first(roots, frozenset())
    if not any(type(node) is Piecewise for node in nodes):
        return list(roots)
    _, inner = regions_of(nodes, roots, True)
    conditions: dict[int, Expr | None] = {}
    where: dict[Expr, Region] = {}
    owners = {id(region): place for place, region in inner.items()}
    for region in inner.values():
        for node in region.nodes:
            where[node] = region
    values: dict[Expr, Expr] = {}
    for node in nodes:
        args = tuple([values[arg] for arg in node.args])
        region_of_node = where.get(node)
        if region_of_node is not None and type(node) in (Div, Pow, Call):
            condition = _condition(region_of_node, owners, conditions, values)
            if condition is not None:
                args = _harmless(node, args, condition)
        values[node] = node if args == node.args else node.rebuild(args)
    return [values[root] for root in roots]


def _condition(
    region: Region,
    owners: dict[int, tuple[Expr, int]],
    known: dict[int, Expr | None],
    values: dict[Expr, Expr],
) -> Expr | None:
    """When a region's values are used: its case's condition, none of the earlier ones, and those around it."""
    key = id(region)
    if key in known or region.parent is None:
        return known.get(key)
    outer = _condition(region.parent, owners, known, values)
    owner, place = owners[key]
    parts = [] if outer is None else [outer]
    if type(owner) is Piecewise:
        parts += [opposite(values.get(earlier, earlier)) for earlier in owner.args[1:place:2]]
        if place + 1 < len(owner.args):
            own = owner.args[place + 1]
            parts.append(values.get(own, own))
    found = None if not parts else parts[0] if len(parts) == 1 else make(And, None, tuple(parts))
    known[key] = found
    return found


def _harmless(node: Expr, args: tuple[Expr, ...], condition: Expr) -> tuple[Expr, ...]:
    if type(node) is Div:
        top, bottom = args
        return (top, _replaced(bottom, condition, ONE))
    if type(node) is Pow:
        return (_replaced(args[0], condition, ONE), args[1])
    function = scalar_function(node.data, len(args))
    for candidate in _CANDIDATES:
        value = float(candidate.ratio[0] / candidate.ratio[1])  # type: ignore[attr-defined]
        if isfinite(function(*[value] * len(args))):
            return tuple([_replaced(arg, condition, candidate) for arg in args])
    return args


def _replaced(operand: Expr, condition: Expr, harmless: Expr) -> Expr:
    if type(operand) is Number or type(operand) is Constant:
        return operand
    return make(Piecewise, None, (operand, condition, harmless))
