"""The judge of all methods: one-sided slopes of the function itself, with 60 digits and more.

At each level the digits double or more, and h shrinks with them: to 10^-20 with 60 digits, to 10^-40 with 120. What a
slope does from level to level says what it is. It stays: that is the slope. It shrinks like a power of h, as what
truncation and rounding leave does: the slope is 0, on whatever scale the function lives. It grows like a power of 1/h:
the tangent is upright. Nothing here knows a rule of differentiation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import inf, log10, ulp
from typing import Any, NamedTuple

from calcml.errors import LimitError
from calcml.expr import Expr
from calcml.precise import PreciseProgram

DIGITS = 60
LEVELS = (1, 2, 6, 12)  # of the digits, and of the exponent of h
STEP = 20  # at level 1, h is about 10^-20, or 10^-20 of a coordinate smaller than 1
AGREE = 1e-8  # levels that differ by less, relatively, show a slope other than 0
LEAST_POWER = 1 / 8  # of h, from which on a slope is seen to shrink or to grow

OK, KINK, EDGE, OUTSIDE, STEEP, UNSETTLED = "ok", "kink", "edge", "outside", "steep", "unsettled"


class Slope(NamedTuple):
    """What the judge found along one variable: a status, the slopes from the left and from the right (mpf or None)."""

    status: str
    left: Any
    right: Any

    @property
    def value(self) -> Any:
        """The derivative, where there is one."""
        return (self.left + self.right) / 2 if self.status == OK else None


Point = Mapping[Expr, Any]


class _Look(NamedTuple):
    """What one level shows: OK, EDGE or OUTSIDE, the difference quotients from either side, and what rounding adds."""

    exponent: int  # h is about 10^-exponent of the coordinate
    status: str
    left: Any = None
    right: Any = None
    rounding: Any = None


def measured_slope(program: PreciseProgram, point: Point, x: Expr) -> Slope:
    """The slope of a function at a point along x, with as many digits as it takes; see the statuses above.

    point: for every variable a float, taken exactly, or an expression without symbols. 1 + tanh(x) at -70 has no digit
    left of 60, and many of 120.
    """
    seen: list[_Look] = []
    for level in LEVELS:
        seen.append(_look(level, program, point, x))
        if len(seen) > 1 and seen[-1].status == seen[-2].status:
            found = _judged([look for look in seen[-3:] if look.status == seen[-1].status])
            if found.status != UNSETTLED:
                return found
    return Slope(UNSETTLED, None, None)


def is_resolved(program: PreciseProgram, point: Mapping[Expr, float], x: Expr, slope: Any) -> bool:
    """Whether a slope is more than what the last bit of the coordinate makes of it: |f'| > |f''| ulp(x).

    (x - 0.1)^2 has the slope 1e-17 at the float next to 0.1, where everyone means 0; an error relative to that says
    nothing.
    """
    import mpmath

    with mpmath.workdps(2 * digits_for(point[x])):
        at = {symbol: mpmath.mpf(value) for symbol, value in point.items()}
        h = _step(point[x], STEP)
        values = [program.run({**at, x: at[x] + k * h}) for k in (-1, 0, 1)]
        if not all(map(_is_number, values)):
            return bool(slope)
        bend = (values[0] - 2 * values[1] + values[2]) / h**2
        return bool(abs(slope) > abs(bend) * ulp(point[x]))


def digits_for(value: float) -> int:
    """How many digits the judge starts with at a coordinate: x + h has all of them, however large or small x is."""
    return DIGITS + (int(abs(log10(abs(value)))) if value else 0)


def _look(level: int, program: PreciseProgram, point: Point, x: Expr) -> _Look:
    import mpmath

    exponent = level * STEP
    place = float(_number(point[x]))
    with mpmath.workdps(level * digits_for(place)):
        at = {symbol: _number(value) for symbol, value in point.items()}
        h = _step(place, exponent)
        try:
            parts = program.trace(at)
            low2, low, high, high2 = [program.run({**at, x: at[x] + k * h}) for k in (-2, -1, 1, 2)]
        except LimitError:
            return _Look(exponent, OUTSIDE)
        middle = parts[program.root]
        if not _is_number(middle):
            return _Look(exponent, OUTSIDE)
        left = (3 * middle - 4 * low + low2) / (2 * h) if _is_number(low) and _is_number(low2) else None
        right = (4 * high - 3 * middle - high2) / (2 * h) if _is_number(high) and _is_number(high2) else None
        rounding = max(abs(part) for part in parts.values() if _is_number(part)) * mpmath.eps / h
        return _Look(exponent, EDGE if left is None or right is None else OK, left, right, rounding)


def _number(value: Any) -> Any:
    """A value at the digits that are set."""
    import mpmath

    return PreciseProgram(value).run({}) if isinstance(value, Expr) else mpmath.mpf(value)


def _step(value: float, exponent: int) -> Any:
    """h at a coordinate: a power of two, so that x + h is exact and (x - 1)^3 at 1 + h is h^3."""
    import mpmath

    size = mpmath.mpf(10) ** -exponent * (min(abs(value), 1.0) or 1)
    return mpmath.ldexp(1, int(mpmath.floor(mpmath.log(size, 2))))


def _is_number(value: Any) -> bool:
    import mpmath

    return value is not None and not isinstance(value, bool) and bool(mpmath.isfinite(value))


def _judged(seen: Sequence[_Look]) -> Slope:
    """The verdict from two or three levels of one status."""
    last = seen[-1]
    if last.status != OK:
        return Slope(last.status, last.left, last.right)
    sides = [
        [_Quotient(look.exponent, look.left, look.rounding) for look in seen],
        [_Quotient(look.exponent, look.right, look.rounding) for look in seen],
    ]
    if any(map(_grows, sides)):
        return Slope(STEEP, last.left, last.right)
    left, right = map(_limit, sides)
    if left is None or right is None:
        return Slope(UNSETTLED, None, None)
    is_kink = abs(left - right) > AGREE * max(abs(left), abs(right))
    return Slope(KINK if is_kink else OK, left, right)


class _Quotient(NamedTuple):
    """A difference quotient from one side, with h about 10^-exponent."""

    exponent: int
    value: Any
    rounding: Any


def _limit(quotients: Sequence[_Quotient]) -> Any:
    """What the quotients of a side tend to, or None where that cannot be said yet."""
    import mpmath

    before, last = quotients[-2].value, quotients[-1].value
    if last and abs(last - before) <= AGREE * abs(last):
        return last
    if len(quotients) < 3:
        return None  # a slope of 0 is believed at the third level: at two, no digit may have been left
    first, second = _powers([(exponent, max(abs(value), rounding)) for exponent, value, rounding in quotients])
    # the shrinking must go on as it began: it stops at a slope that is small, and not 0
    return mpmath.mpf(0) if first >= LEAST_POWER and second >= max(LEAST_POWER, 0.7 * first) else None


def _grows(quotients: Sequence[_Quotient]) -> bool:
    """Whether a slope gets steeper without end as h gets smaller."""
    if len(quotients) < 3 or not all(quotient.value for quotient in quotients):
        return False
    return all(power <= -LEAST_POWER for power in _powers([(exponent, value) for exponent, value, _ in quotients]))


def _powers(sizes: Sequence[tuple[int, Any]]) -> list[float]:
    """The power of h that sizes follow from each level to the next; infinite where nothing is left."""
    import mpmath

    return [
        (float(mpmath.log10(abs(a / b))) / (n - m) if a else -inf) if b else inf for (m, a), (n, b) in pairwise(sizes)
    ]
