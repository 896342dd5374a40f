"""Derivatives measured on the function itself in float64, as people do it: differences and the complex step.

Nothing here knows a rule of differentiation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from calcml.evaluation import RELATION_TESTS
from calcml.expr import Add, And, Call, Constant, Div, Expr, Mul, Neg, Not, Number, Or, Piecewise, Pow, Relation, Sub
from calcml.precise import expand_definitions, mpmath_function
from calcml.traverse import topological

DIGITS = 60  # of the functions in a complex step, before they are rounded to doubles

# ---- differences in float64 ----------------------------------------------------------------------------------------

EXPONENTS = range(1, 16)


def scale_of(value: float) -> float:
    """What h is counted in at a coordinate: 1 for values of everyday size, else their own power of ten."""
    from math import floor, isfinite, log10

    size = abs(value)
    if not isfinite(size) or size == 0 or 1e-3 <= size < 10:
        return 1.0
    return float(10.0 ** max(-300, floor(log10(size))))


def differences(
    function: Callable[[Sequence[float]], float], point: Sequence[float], exponent: int
) -> tuple[list[float], list[float]]:
    """Forward and central differences by every variable with h = 10^-exponent, in float64 as anyone would code them."""
    forward: list[float] = []
    central: list[float] = []
    middle = function(point)
    for i, value in enumerate(point):
        h = scale_of(value) * 10.0**-exponent
        high = function([*point[:i], value + h, *point[i + 1 :]])
        low = function([*point[:i], value - h, *point[i + 1 :]])
        forward.append((high - middle) / h)
        central.append((high - low) / (2 * h))
    return forward, central


# ---- the complex step ------------------------------------------------------------------------------------------------


class NotAnalytic(Exception):
    """A part for which the complex step means nothing; the message names it."""


def complex_step(f: Expr, point: Mapping[Expr, float], x: Expr) -> float:
    """Im f(x + ih)/h with h = 10^-20 in double precision. NotAnalytic where a part is not analytic at the point.

    Whether it is, is tested at the point: a step to the side must give the slope that a step along the axis gives.
    Cases are chosen by real parts, which may be those of parts that are not analytic. Every function is evaluated
    with many digits and both parts of its value are then rounded to doubles.
    """
    import mpmath

    h = mpmath.mpf(10) ** -20 * (abs(point[x]) or 1)
    with mpmath.workdps(DIGITS):
        start: dict[Expr, Any] = {symbol: mpmath.mpf(value) for symbol, value in point.items()}
        start[x] = mpmath.mpc(start[x], h)
        value = _complex_value(expand_definitions(f), start, mpmath)
        return float(value.imag / h) if hasattr(value, "imag") else 0.0


def _complex_value(f: Expr, values: dict[Expr, Any], mp: Any) -> Any:
    slots = dict(values)
    for node in topological(f):
        if node in slots:
            continue
        if type(node) is Number:
            top, bottom = node.ratio
            slots[node] = mp.mpf(top) / bottom
        elif type(node) is Constant:
            slots[node] = {"e": +mp.e, "pi": +mp.pi, "oo": mp.inf, "true": True, "false": False}[node.data]
        elif type(node) is Piecewise:
            slots[node] = _chosen(node, slots)
        else:
            args = [slots.get(arg) for arg in node.args]
            slots[node] = None if any(arg is None for arg in args) else _on_axis(node, args, mp)
    found = slots.get(f)
    if found is None:
        raise NotAnalytic("no value")
    if isinstance(found, _Real):
        raise NotAnalytic(found.because)
    return found


class _Real(NamedTuple):
    """A value known along the real axis only, because a function in it is not analytic."""

    value: Any
    because: str


def _chosen(node: Piecewise, slots: dict[Expr, Any]) -> Any:
    for value, condition in node.cases:
        if condition is None or slots[condition] is True:
            return slots.get(value)
    return None


def _on_axis(node: Expr, args: list[Any], mp: Any) -> Any:
    """The value of a node; where an operand is known on the axis only, or the node is not analytic, so is the value."""
    real = [arg.value if isinstance(arg, _Real) else arg for arg in args]
    because = next((arg.because for arg in args if isinstance(arg, _Real)), "")
    if not because:
        try:
            return _as_doubles(_applied(node, args, mp), mp)
        except NotAnalytic as part:
            because = str(part)
    value = _applied(node, [arg if isinstance(arg, bool) else arg.real for arg in real], mp)
    return value if value is None or isinstance(value, bool) else _Real(value, because)


def _as_doubles(value: Any, mp: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    with mp.workprec(53):
        return +value


def _applied(node: Expr, args: list[Any], mp: Any) -> Any:
    head = type(node)
    try:
        if head is Add:
            return mp.fsum(args)
        if head is Mul:
            return mp.fprod(args)
        if head is Neg:
            return -args[0]
        if head is Sub:
            return args[0] - args[1]
        if head is Div:
            return args[0] / args[1]
        if head is Pow:
            n = args[1]
            return args[0] ** int(n.real) if n.imag == 0 and n.real == mp.floor(n.real) else mp.power(*args)
        if head is Relation:
            return bool(RELATION_TESTS[node.data](*[arg.real for arg in args]))
        if head in (And, Or, Not):
            return all(args) if head is And else any(args) if head is Or else not args[0]
        if head is Call:
            return _called(node, args, mp)
    except (ZeroDivisionError, ValueError, OverflowError):
        return None
    raise NotAnalytic(head.__name__)


def _called(node: Expr, args: list[Any], mp: Any) -> Any:
    function = mpmath_function(node.data, len(args))
    if all(arg.imag == 0 for arg in args):
        return function(*[arg.real for arg in args])
    try:
        for i, arg in enumerate(args):
            if arg.imag:
                _require_analytic(partial(_at, function, args, i), arg.real, node.data, mp)
        return function(*args)
    except (TypeError, AttributeError):  # what it does has no meaning for complex numbers
        raise NotAnalytic(node.data) from None


def _at(function: Callable[..., Any], args: list[Any], i: int, u: Any) -> Any:
    return function(*args[:i], u, *args[i + 1 :])


def _require_analytic(function: Callable[[Any], Any], u: Any, name: str, mp: Any) -> None:
    """Steps to either side must give the slope of steps along the axis, both ways (Cauchy and Riemann)."""
    with mp.workdps(40):
        u, h = mp.mpf(u), mp.mpf(10) ** -15 * (abs(u) or 1)
        here = function(u)
        right, left = (function(u + h) - here) / h, (here - function(u - h)) / h
        slopes = [right, left, *[(function(mp.mpc(u, side)) - here) / mp.mpc(0, side) for side in (h, -h)]]
        bound = 1e-9 * sum(map(abs, slopes)) + mp.mpf(10) ** -12
        if any(abs(slope - right) > bound for slope in slopes):
            raise NotAnalytic(name)
