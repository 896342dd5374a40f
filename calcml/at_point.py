"""The value of a derivative at a point, kinks included.

Where the formula holds it is evaluated. Where a condition fails, f itself is looked at: if it has one slope from both
sides, that is the derivative; if not, there is none, and the convention is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calcml import functions
from calcml.binding import free_symbols, substitute
from calcml.conditions import combined
from calcml.derivation import Derivation
from calcml.domains import kinks
from calcml.errors import MathError, NotDifferentiableError
from calcml.expr import Expr


def value_at(derivation: Derivation, values: Mapping[Expr, Expr], digits: int = 17) -> Any:
    """The derivative at a point. NotDifferentiableError at a kink whose sides differ, with the convention.

    Where the formula has no value but both one-sided slopes agree exactly, that slope is the derivative.
    """
    from calcml.precise import evaluate

    try:
        kink = _kink_at(derivation, values)
    except MathError:
        kink = None
    if kink is not None:
        slope = _slope_from_both_sides(derivation, values)
        if slope is None:
            raise kink
        return slope
    return evaluate(derivation.result, values, digits)


def _slope_from_both_sides(derivation: Derivation, values: Mapping[Expr, Expr]) -> float | None:
    """The derivative at a point the formula leaves out, where f is defined and its slopes from both sides agree.

    Measured on f itself, with many digits; None where they differ, or where f jumps.
    """
    import mpmath

    from calcml.precise import PreciseProgram, precise_value

    x = derivation.variable
    if derivation.order != 1 or x not in values:
        return None
    with mpmath.workdps(80):
        try:
            point = {symbol: precise_value(value, {}, 80) for symbol, value in values.items()}
            program = PreciseProgram(derivation.problem)
            at = {k: program.run({**point, x: point[x] + k * mpmath.mpf(10) ** -30}) for k in (-2, -1, 0, 1, 2)}
        except MathError:
            return None
        if any(value is None for value in at.values()):
            return None
        h = mpmath.mpf(10) ** -30
        left = (3 * at[0] - 4 * at[-1] + at[-2]) / (2 * h)
        right = (4 * at[1] - 3 * at[0] - at[2]) / (2 * h)
        if abs(left - right) > mpmath.mpf(10) ** -12 * (1 + abs(left)):
            return None
        slope = (left + right) / 2
        return 0.0 if abs(slope) < mpmath.mpf(10) ** -12 else float(slope)


def _kink_at(derivation: Derivation, values: Mapping[Expr, Expr]) -> NotDifferentiableError | None:
    from calcml.evaluation import Program

    point = {symbol: value for symbol, value in values.items()}
    for condition in derivation.conditions:
        closed = substitute(condition, point)
        if free_symbols(closed) or Program([closed], []).run([])[0] is not False:
            continue
        for kink, node in kinks(derivation.problem, derivation.variable):
            if combined([kink]) and condition in combined([kink]):
                spec = functions.find(node.data)
                where = ", ".join(f"{symbol} = {value}" for symbol, value in values.items())
                note = spec.note if spec is not None else ""
                return NotDifferentiableError(f"not differentiable at {where}", hint=f"{node.data}: {note}")
        return NotDifferentiableError(
            f"the derivative needs {condition}", hint="the point is outside the domain of the derivative"
        )
    return None
