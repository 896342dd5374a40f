"""The expansion of a function of one variable at a point, as far as it exists.

Beside the point, on each side, a function is one expression without cases, and that has a series. The function has n
derivatives at the point exactly where both series agree up to t^n and begin with its value; so |x| and ReLU have an
expansion of order 0 at 0, and none of order 1. A part that has no value at the point, but a limit (sin(x)/x), is filled
in by it. Where a side has no series (|x|^(5/2), the cube root), one derivative after the other is looked at.
"""

from __future__ import annotations

from typing import NamedTuple

from calcml import functions
from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import free_symbols
from calcml.differentiation import differentiate
from calcml.errors import DomainError, MathError, NotDifferentiableError, UndecidedError
from calcml.expr import Call, Expr, Piecewise, Symbol
from calcml.regions.pieces import break_kind
from calcml.regions.reals import CASES, real
from calcml.regions.sides import HERE, LEFT, RIGHT, has_cases, sides
from calcml.series.coefficients import Coefficient, coefficient_of, expression_of, is_zero, over, plus, times
from calcml.series.near import BOTH, Near
from calcml.series.streams import coefficient, valuation
from calcml.simplification import simplify
from calcml.templates import fill_row, template, with_defaults
from calcml.traverse import rewrite_bottom_up, topological


class Local(NamedTuple):
    """What a function looks like near a point.

    coefficients  those of t^0, t^1, … as far as they exist, at most up to the order that was asked for
    reason        why there are no more; empty where all are there
    filled        the parts that have no value at the point itself, and were filled in by their limits
    conditions    what must hold of parameters
    analytic      whether it is one convergent series on both sides
    """

    coefficients: list[Coefficient]
    reason: str
    filled: tuple[Expr, ...]
    conditions: tuple[Expr, ...]
    analytic: bool

    @property
    def order(self) -> int:
        """The highest order that was reached."""
        return len(self.coefficients) - 1


def local_series(f: Expr, x: Expr, at: Expr, order: int, assuming: Assumptions = NOTHING) -> Local:
    """The coefficients of the expansion of f at x = at. DomainError where f has no limit there.

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols, as_expr
    >>> local_series(parse("elu(x) + 1"), symbols("x"), as_expr(0), 3).coefficients
    [1, 1]
    >>> local_series(parse("sin(x)/x"), symbols("x"), as_expr(0), 2).coefficients
    [1, 0, Fraction(-1, 6)]
    """
    g = with_cases(f)
    if not any(has_cases(node) for node in topological(g)):
        return _smooth(g, x, at, order, assuming)
    if free_symbols(g) - {x} or free_symbols(at):
        return _smooth(g, x, at, order, assuming)
    return _from_both_sides(g, x, at, order, assuming)


def with_cases(f: Expr) -> Expr:
    """The expression with functions that jump, have kinks or are given by cases written as what they are."""

    def visit(node: Expr) -> Expr:
        while type(node) is Call and node.data not in CASES:
            spec = functions.find(node.data)
            if spec is None:
                return node
            if not _is_by_cases(spec):
                return (
                    node
                    if len(with_defaults(spec, node.args)) == len(node.args)
                    else Call(node.data, *with_defaults(spec, node.args))
                )
            node = rewrite_bottom_up(fill_row(spec, spec.defined_as, node.args), visit)
        return node

    return rewrite_bottom_up(f, visit)


_by_cases: dict[functions.FunctionSpec, bool] = {}


def _is_by_cases(spec: functions.FunctionSpec) -> bool:
    """Whether a function of the table is several expressions, and its row says which."""
    found = _by_cases.get(spec)
    if found is None:
        found = _by_cases[spec] = bool(spec.defined_as) and _says_cases(spec)
    return found


def _says_cases(spec: functions.FunctionSpec) -> bool:
    if spec.smooth or not spec.continuous:
        return True
    if spec.is_variadic:
        return False
    meaning = template(spec.defined_as, spec.params).expr
    slopes = [template(text, spec.params).expr for text in spec.derivative if text]
    return type(meaning) is Piecewise or any(_has_branches(node) for slope in slopes for node in topological(slope))


def _has_branches(node: Expr) -> bool:
    return has_cases(node) or (type(node) is Call and node.data == "sign")


def _smooth(f: Expr, x: Expr, at: Expr, order: int, assuming: Assumptions) -> Local:
    """An expression without cases, or one whose cases are the same on both sides."""
    near = Near(f, {x: at}, side=BOTH, assuming=assuming)
    try:
        found = _coefficients(near, order)
    except (DomainError, NotDifferentiableError) as error:
        if free_symbols(f) - {x} or free_symbols(at):
            raise
        try:
            return _from_both_sides(f, x, at, order, assuming)
        except DomainError:
            raise error from None
    return Local(found, "", tuple(near.filled), tuple(near.conditions), True)


def _coefficients(near: Near, order: int) -> list[Coefficient]:
    stream = near.stream(near.root)
    lowest = valuation(stream, -1) if stream.low < 0 else None
    if lowest is not None:
        where = ", ".join([f"{symbol} = {value}" for symbol, value in near.place.items()])
        raise DomainError(
            f"the function has a pole of order {-lowest} at {where}: it grows beyond all bounds there",
            hint="expand at another point",
        )
    return [coefficient(stream, k) for k in range(order + 1)]


def _from_both_sides(f: Expr, x: Expr, at: Expr, order: int, assuming: Assumptions) -> Local:
    here = Near(f, {x: at}, side=HERE, assuming=assuming)
    try:
        value: Coefficient | None = here.coefficient(0)
    except DomainError:
        value = None
    nears = [Near(f, {x: at}, side=side, assuming=assuming) for side in (LEFT, RIGHT)]
    try:
        left, right = [_coefficients(near, order) for near in nears]
    except NotDifferentiableError:
        return _by_derivatives(f, x, at, order)
    filled = tuple(dict.fromkeys([*nears[0].filled, *nears[1].filled])) if value is None else ()
    if not _equal(left[0], right[0]):
        raise NotDifferentiableError(
            f"the function jumps at {x} = {at}",
            hint=f"its limits from the left and from the right are {_text(left[0])} and {_text(right[0])}",
        )
    if value is not None and not _equal(left[0], value):
        raise NotDifferentiableError(
            f"the function jumps at {x} = {at}", hint=f"its limit there is {_text(left[0])}, its value {_text(value)}"
        )
    for k in range(1, order + 1):
        if not _equal(left[k], right[k]):
            slopes = [_text(_times_factorial(side[k], k)) for side in (left, right)]
            reason = f"the {derivative_name(k)} from the left is {slopes[0]}, from the right {slopes[1]}"
            return Local(left[:k], reason, filled, (), False)
    return Local(left, "", filled, (), _is_one_function(f, x, at, assuming, order))


def _is_one_function(f: Expr, x: Expr, at: Expr, assuming: Assumptions, order: int) -> bool:
    """Whether some coefficients further on still agree: then it is taken for one function."""
    try:
        left, right = [
            _coefficients(Near(f, {x: at}, side=side, assuming=assuming), order + 8) for side in (LEFT, RIGHT)
        ]
    except MathError:
        return False
    return all(_equal(a, b) for a, b in zip(left, right, strict=True))


def _equal(a: Coefficient, b: Coefficient) -> bool:
    return is_zero(plus(a, times(-1, b)))


def _text(value: Coefficient) -> str:
    return str(simplify(expression_of(value)))


def _times_factorial(value: Coefficient, k: int) -> Coefficient:
    from math import factorial

    return times(factorial(k), value)


def derivative_name(k: int) -> str:
    """`slope`, `second derivative`, … ."""
    return {0: "value", 1: "slope", 2: "second derivative", 3: "third derivative"}.get(k, f"{k}th derivative")


def _by_derivatives(f: Expr, x: Expr, at: Expr, order: int) -> Local:
    """Value, slope, slope of the slope … at the point, until there is none."""
    assert isinstance(x, Symbol)
    place = real(at)
    found: list[Coefficient] = []
    factorial = 1
    g = f
    for k in range(order + 1):
        around = (LEFT, RIGHT)
        try:
            seen = sides(g, x, place, around)
        except UndecidedError as error:
            return _stopped(found, k, f"the {derivative_name(k)} there is not found: {error.message}")
        kind = break_kind(seen, around, with_slopes=True) if seen.value is not None else "no value"
        if k == 0:
            if kind in ("jump", "no limit", "no value"):
                raise NotDifferentiableError(f"the function is not continuous at {x} = {at}")
            assert seen.value is not None
            found.append(coefficient_of(seen.value))
        if k == order or kind:
            break
        slope = seen.slopes[0]
        assert slope is not None
        factorial *= k + 1
        found.append(over(coefficient_of(slope), factorial))
        g = with_cases(simplify(differentiate(g, x)))
    if len(found) > order:
        return Local(found, "", (), (), False)
    said = {
        "vertical tangent": ": it grows beyond all bounds",
        "kink": f": from the left it is {seen.slopes[0]}, from the right {seen.slopes[1]}",
    }.get(kind, "")
    return _stopped(found, len(found), f"the {derivative_name(len(found))} does not exist there{said}")


def _stopped(found: list[Coefficient], k: int, reason: str) -> Local:
    if not found:
        raise UndecidedError(reason)
    return Local(found, reason, (), (), False)
