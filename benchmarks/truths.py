"""True values and slopes at points where float64 struggles, with mpmath and as many digits as it takes.

The slope is a difference quotient of values alone, so it does not rest on anybody's rules of differentiation; at a
removable gap the value is the mean of its two sides. Numbers far beyond float64 are no obstacle: exponents of mpmath
are whole numbers. What was computed once is kept in the system's temporary directory.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import mpmath

from calcml.expr import Add, And, Call, Constant, Div, Expr, Mul, Neg, Not, Number, Or, Piecewise, Pow, Relation, Sub
from calcml.precise import expand_definitions, mpmath_function
from calcml.traverse import topological

DIGITS = (1000, 2000, 4000, 9000)
_AGREE = mpmath.mpf(10) ** -25
CACHE = Path(tempfile.gettempdir()) / "calcml-truths-36.json"


class Truth(NamedTuple):
    """Value, slope and second derivative; None where there is none (a kink, or outside the domain)."""

    value: Any
    slope: Any
    bend: Any


class Truths:
    """Truths by text and point, kept between runs."""

    def __init__(self) -> None:
        self.known: dict[str, list[str | None]] = json.loads(CACHE.read_text()) if CACHE.exists() else {}
        self.fresh = 0

    def at(self, typed: str, f: Expr, x: Expr, point: dict[Expr, float]) -> Truth:
        """The truth of f, typed so, at a point, by the variable x."""
        key = f"{typed} | {x} | " + ", ".join(f"{name}={value!r}" for name, value in point.items())
        found = self.known.get(key)
        if found is None:
            truth = compute(f, x, point)
            found = self.known[key] = [None if item is None else mpmath.nstr(item, 36) for item in truth]
            self.fresh += 1
        with mpmath.workdps(40):
            return Truth(*[None if item is None else mpmath.mpf(item) for item in found])

    def save(self) -> None:
        """Write what was computed."""
        if self.fresh:
            CACHE.write_text(json.dumps(self.known))
            self.fresh = 0


def compute(f: Expr, x: Expr, point: dict[Expr, float]) -> Truth:
    """Value, slope and second derivative of f by x at a point."""
    nodes = topological(expand_definitions(f))
    centre = point[x]
    found: list[Any] = [None, None, None]
    before: list[Any] | None = None
    for digits in DIGITS:
        with mpmath.workdps(digits):
            at = mpmath.mpf(centre)
            size = abs(at)
            # small against |x|, and against the length on which exp(x^3) changes where x is large
            step = mpmath.mpf(10) ** -45 * min(size, size**-3) if size else mpmath.mpf(10) ** -400
            values = [_value(nodes, {**point, x: at + k * step}) for k in (-1, 0, 1)]
            left, here, right = values
            if left is None or right is None:
                found = [here, None, None]
            else:
                middle = (left + right) / 2 if here is None else here
                found = [middle, (right - left) / (2 * step), (right - 2 * middle + left) / step**2]
                sides = [(right - middle) / step, (middle - left) / step]
                if abs(sides[0] - sides[1]) > mpmath.mpf(10) ** -12 * max(1, abs(sides[0])):
                    found[1] = found[2] = None
            if before is not None and all(map(_agree, before, found)):
                break
            before = found
    with mpmath.workdps(40):
        return Truth(*[None if item is None else +item for item in found])


def _agree(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is b
    return bool(abs(a - b) <= _AGREE * max(abs(a), abs(b)) or max(abs(a), abs(b)) < mpmath.mpf(10) ** -700)


def _value(nodes: Sequence[Expr], values: dict[Expr, Any]) -> Any:
    """The value of the last node at one point, or None outside the domain."""
    slots: dict[Expr, Any] = {name: mpmath.mpf(value) for name, value in values.items()}
    for node in nodes:
        if node in slots:
            continue
        if type(node) is Number:
            top, bottom = node.ratio
            slots[node] = mpmath.mpf(top) / bottom
        elif type(node) is Constant:
            slots[node] = {"e": +mpmath.e, "pi": +mpmath.pi, "oo": mpmath.inf, "true": True, "false": False}[node.data]
        elif type(node) is Piecewise:
            chosen = [v for v, c in node.cases if c is None or slots[c] is True][:1]
            slots[node] = slots[chosen[0]] if chosen else None
        else:
            slots[node] = _operation(node, [slots[arg] for arg in node.args])
    return slots[nodes[-1]]


_ARITHMETIC: dict[type[Expr], Callable[..., Any]] = {
    Add: lambda *terms: mpmath.fsum(terms),
    Mul: lambda *factors: mpmath.fprod(factors),
    Sub: lambda a, b: a - b,
    Neg: lambda a: -a,
    Div: lambda a, b: a / b if b else None,
}
_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip


def _operation(node: Expr, args: list[Any]) -> Any:
    if any(arg is None for arg in args):
        return None
    head = type(node)
    if head in _ARITHMETIC:
        return _ARITHMETIC[head](*args)
    if head is Relation:
        return bool(_TESTS[node.data](*args))
    if head in (And, Or):
        return (all if head is And else any)(args)
    if head is Not:
        return not args[0]
    if head is Pow:
        return _power(*args)
    assert head is Call, f"{head.__name__} has no truth yet"
    return _call(node.data, args)


def _power(a: Any, n: Any) -> Any:
    if n == mpmath.floor(n) and abs(n) < 10**6:
        return None if not a and n < 0 else a ** int(n)
    if a < 0 or (not a and n < 0):
        return None
    return _exp(n * mpmath.log(a)) if a else a


_FAR = mpmath.mpf(2) ** 3100  # beyond the cube of the largest float only towers of exponentials arrive


def _exp(u: Any) -> Any:
    return mpmath.exp(max(min(u, _FAR), -_FAR))


def _call(name: str, args: list[Any]) -> Any:
    u = args[0]
    if name == "exp":
        return _exp(u)
    if name in ("expm1", "cosh", "sinh") and abs(u) > 10**9:
        e = _exp(u if name == "expm1" else abs(u))
        return e - 1 if name == "expm1" else e / 2 * (mpmath.sign(u) if name == "sinh" else 1)
    if name == "tanh" and abs(u) > 10**9:
        return mpmath.sign(u) * (1 - 2 * _exp(-2 * abs(u)))
    if name in ("erf", "erfc") and abs(u) > 40:  # 2^-60 of 1e-1000 and less: Laplace's continued fraction
        tail = _tail(abs(u))
        upper = tail if u > 0 else 2 - tail
        return upper if name == "erfc" else 1 - upper
    try:
        value = mpmath_function(name, len(args))(*args)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    if getattr(value, "imag", 0) != 0 or value != value or (mpmath.isinf(value) and not any(map(mpmath.isinf, args))):
        return None
    return value.real if hasattr(value, "real") else value


def _tail(u: Any) -> Any:
    """erfc(u), u > 40: the continued fraction, with enough terms for the digits set, or the leading term far out."""
    depth = min(int(mpmath.mp.dps**2 / u**2) + 20, 20000)
    total = u
    for k in range(depth, 0, -1):
        total = u + mpmath.mpf(k) / 2 / total
    return _exp(-u * u) / total / mpmath.sqrt(mpmath.pi)
