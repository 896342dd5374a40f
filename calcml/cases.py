"""Formulas by cases, where they are easily wrong: at their borders, and where no case holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from typing import Any

from calcml.evaluation import Program
from calcml.expr import Call, Expr, Piecewise, Relation
from calcml.precise import PreciseProgram
from calcml.traverse import topological

MARGIN = 1e-6  # a relation whose sides are nearer than that is not sure to fail
HELD = ((1.0, -2.0, 0.5, 3.0), (-2.0, 1.0, 3.0, 0.5), (0.0, 0.0, 0.0, 0.0))  # the other variables on a line along x
GRID = [k / 2 - 0.25 for k in range(-8, 10)]
MOST_RELATIONS, MOST_BORDERS = 8, 6


def has_cases(*formulas: Expr) -> bool:
    """Whether one of these formulas asks where it is."""
    return any(type(node) is Relation for node in topological(*formulas))


def no_case_holds(root: Expr, program: Program, slots: Sequence[Any]) -> bool:
    """Whether a formula has no value at a point for a reason that it states: no case holds, or outside a domain.

    A division by zero is no such reason: sqrt(relu(x)) has the slope 0 for x < 0, and the chain rule says 0/0.
    """
    node = root
    while True:
        values = [slots[program.index[arg]] for arg in node.args if arg in program.index]
        if len(values) < len(node.args):
            return False  # inside a sum
        if type(node) is Piecewise:
            following = _decider(node, values)
            if following is None:
                return all(_surely_false(condition, program, slots) for condition in node.args[1::2])
        else:
            following = next((arg for arg, value in zip(node.args, values, strict=True) if value != value), None)
            if following is None:
                return type(node) is Call and all(abs(value) < 1e100 for value in values)
        node = following


def _decider(node: Expr, values: list[Any]) -> Expr | None:
    """The part of a Piecewise that has no value and decides; None where no case holds."""
    for i in range(0, len(values) - 1, 2):
        if values[i + 1] is not False:
            return node.args[i] if values[i + 1] is True else node.args[i + 1]
    return node.args[-1] if len(values) % 2 else None


def _surely_false(condition: Expr, program: Program, slots: Sequence[Any]) -> bool:
    for node in topological(condition):
        if type(node) is Relation:
            a, b = (slots[program.index[side]] for side in node.args)
            if not abs(a - b) > MARGIN * (1 + abs(a) + abs(b)):
                return False
    return True


def border_points(
    claim: tuple[Expr, Expr], variables: Sequence[Expr], conditions: Sequence[Expr]
) -> Iterator[list[float]]:
    """Points at which two sides of a relation in the second of two expressions are equal exactly."""
    relations = [node for node in topological(claim[1]) if type(node) is Relation][:MOST_RELATIONS]
    program = Program([*(side for relation in relations for side in relation.args), *conditions], variables)
    seen: set[tuple[float, ...]] = set()
    for held, k in product(HELD, range(len(relations))):
        rest = [held[i % len(held)] for i in range(len(variables) - 1)]

        def gap(x: float, rest: list[float] = rest, k: int = k) -> Any:
            values = program.run([x, *rest])
            return values[2 * k] - values[2 * k + 1]

        gaps = [(x, gap(x)) for x in GRID]
        for (a, u), (b, v) in pairwise(gaps):
            if u == u and v == v and u * v < 0:
                x = _exact_border(gap, a, b, u)
                point = [] if x is None else [x, *rest]
                if x is None or tuple(point) in seen:
                    continue
                seen.add(tuple(point))
                if not any(verdict is False for verdict in program.run(point)[2 * len(relations) :]):
                    yield point
                if len(seen) >= MOST_BORDERS:
                    return


def _exact_border(gap: Any, a: float, b: float, u: float) -> float | None:
    """The place between a and b where a gap is 0: to the last digit and rounded to a twelfth, or None."""
    for _ in range(60):
        middle = (a + b) / 2
        value = gap(middle)
        if value != value:
            return None
        a, b = (middle, b) if value * u > 0 else (a, middle)
    rounded = round(12 * b) / 12
    return rounded if abs(rounded - b) < 1e-9 and gap(rounded) == 0 else None


def slopes_beside(program: PreciseProgram, variables: Sequence[Expr], point: Sequence[float]) -> tuple[Any, Any]:
    """The slopes to the left and to the right of a point; None where the function ends or jumps there."""
    import mpmath

    h = mpmath.mpf(10) ** -20
    x, *others = map(mpmath.mpf, point)
    rest = dict(zip(variables[1:], others, strict=True))
    here, left, right = (program.run({variables[0]: at, **rest}) for at in (x, x - h, x + h))
    if here is None:
        return None, None
    return (None if left is None else (here - left) / h), (None if right is None else (right - here) / h)
