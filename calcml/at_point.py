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
from calcml.expr import ZERO, Expr
from calcml.precise import PreciseProgram, evaluate


def value_at(derivation: Derivation, values: Mapping[Expr, Expr], digits: int = 17) -> Any:
    """The derivative at a point. NotDifferentiableError at a kink whose sides differ, with the convention.

    Where the formula has no value but both one-sided slopes agree exactly, that slope is the derivative.
    """
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


def is_left_out(derivation: Derivation, values: Mapping[Expr, Expr]) -> bool:
    """Whether the formula of a derivative does not hold at a point, so that its value there was found on f itself."""
    try:
        return _kink_at(derivation, values) is not None
    except MathError:
        return False


def _slope_from_both_sides(derivation: Derivation, values: Mapping[Expr, Expr]) -> Expr | float | None:
    """The derivative at a point the formula leaves out, where f is defined and its slopes from both sides agree.

    Measured on f itself, with many digits; None where they differ, or where f jumps.
    """
    x = derivation.variable
    if derivation.order != 1 or x not in values:
        return None
    from calcml.checking.judge import OK, measured_slope  # where a formula does not hold

    slope = measured_slope(PreciseProgram(derivation.problem), values, x)
    if slope.status != OK:
        return None
    return float(slope.value) if slope.value else ZERO


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
