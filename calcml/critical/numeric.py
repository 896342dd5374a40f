"""Critical points of several variables found numerically, each proved to be one, in a box that is searched throughout.

A part of the box on which the enclosure of an entry of the gradient leaves out 0 has no critical point. On any other,
Krawczyk's operator K = m - Y·g(m) + (I - Y·H)·(X - m), with Y close to the inverse of the Hessian, either lies inside
the part (then there is exactly one), or misses it (then there is none), or the part is cut. Points are then brought to
many digits by Newton's method.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from calcml.critical.enclosures import Enclosure, Interval
from calcml.critical.systems import Solution
from calcml.critical.zeros import decimal
from calcml.errors import UndecidedError
from calcml.expr import Expr, Symbol
from calcml.precise import PreciseProgram

BOX = 10.0
MAX_PARTS = 6000  # of the box that are looked at
MAX_VARIABLES = 3
_FINEST = 1e-5
DIGITS = 30


class Found(NamedTuple):
    """points: with the largest error of a coordinate. box: what was searched. missing: what is not known."""

    points: list[tuple[Solution, float]]
    box: float
    missing: str


def search(gradient: Sequence[Expr], hessian: Sequence[Sequence[Expr]], variables: Sequence[Symbol]) -> Found:
    """All critical points in a box around the origin. UndecidedError where none is found, and some may be there."""
    count = len(variables)
    if count > MAX_VARIABLES:
        raise UndecidedError(
            f"the equations are not solved by elimination, and {count} variables are too many for a search",
            hint=f"at most {MAX_VARIABLES} variables are searched numerically",
        )
    slopes = Enclosure(list(gradient), list(variables))
    bends = Enclosure([entry for row in hessian for entry in row], list(variables))
    edge = BOX * 1.0000137  # so that points at round numbers are not on a border
    stack: list[list[Interval]] = [[(-edge, edge)] * count]
    points: list[tuple[Solution, float]] = []
    unsure: list[list[Interval]] = []
    parts = 0
    while stack:
        box = stack.pop()
        parts += 1
        if parts > MAX_PARTS:
            unsure += [box, *stack]
            break
        if any(low > 0 or high < 0 for low, high in slopes.run(box)):
            continue
        verdict = _krawczyk(slopes, bends, box)
        if verdict is None:
            continue
        if verdict is True:
            found = _refined(gradient, hessian, variables, [(a + b) / 2 for a, b in box])
            if found is None:
                unsure.append(box)
            elif not _is_known(found[0], points):
                points.append(found)
            continue
        widest = max(range(count), key=lambda i: box[i][1] - box[i][0])
        low, high = box[widest]
        if high - low < _FINEST:
            unsure.append(box)
            continue
        middle = low + (high - low) * 0.48321
        stack.append([*box[:widest], (middle, high), *box[widest + 1 :]])
        stack.append([*box[:widest], (low, middle), *box[widest + 1 :]])
    if not points and unsure:
        raise UndecidedError("the critical points are not found: the equations are not solved by elimination")
    points.sort(key=lambda entry: [float(_as_float(value)) for value in entry[0].values()])
    missing = f"outside of [-{BOX:g}, {BOX:g}] in each variable"
    if unsure:
        near = ", ".join([f"{x} = {(a + b) / 2:.4g}" for x, (a, b) in zip(variables, unsure[0], strict=True)])
        missing += f", and in parts of it such as near {near}"
    return Found(points, BOX, missing)


def _as_float(value: Expr) -> float:
    from calcml.regions.reals import real

    return float(real(value))


def _is_known(values: Solution, points: list[tuple[Solution, float]]) -> bool:
    return any(all(abs(_as_float(values[x]) - _as_float(other[x])) < 1e-9 for x in values) for other, _ in points)


def _krawczyk(slopes: Enclosure, bends: Enclosure, box: list[Interval]) -> bool | None:
    """True: exactly one zero; None: none; False: not known."""
    count = len(box)
    middle = [(a + b) / 2 for a, b in box]
    flat = bends.run(box)
    matrix = [[flat[i * count + j] for j in range(count)] for i in range(count)]
    if any(abs(end) > 1e12 for row in matrix for entry in row for end in entry):
        return False
    inverse = _inverse([[(a + b) / 2 for a, b in row] for row in matrix])
    if inverse is None:
        return False
    at = slopes.run([(m, m) for m in middle])
    image: list[Interval] = []
    for i in range(count):
        low = high = middle[i]
        for j in range(count):
            a, b = _scaled(at[j], -inverse[i][j])
            low, high = low + a, high + b
        for j in range(count):
            entry: Interval = (1.0, 1.0) if i == j else (0.0, 0.0)
            for k in range(count):
                a, b = _scaled(matrix[k][j], -inverse[i][k])
                entry = entry[0] + a, entry[1] + b
            a, b = _product(entry, (box[j][0] - middle[j], box[j][1] - middle[j]))
            low, high = low + a, high + b
        image.append((low - 1e-13 * (1 + abs(low)), high + 1e-13 * (1 + abs(high))))
    if any(low > b or high < a for (low, high), (a, b) in zip(image, box, strict=True)):
        return None
    return all(a < low and high < b for (low, high), (a, b) in zip(image, box, strict=True))


def _scaled(a: Interval, factor: float) -> Interval:
    return (a[0] * factor, a[1] * factor) if factor >= 0 else (a[1] * factor, a[0] * factor)


def _product(a: Interval, b: Interval) -> Interval:
    ends = [x * y for x in a for y in b]
    return min(ends), max(ends)


def _inverse(matrix: list[list[float]]) -> list[list[float]] | None:
    """By Gauss and Jordan; None where it is close to singular."""
    size = len(matrix)
    rows = [[*row, *[float(i == j) for j in range(size)]] for i, row in enumerate(matrix)]
    for k in range(size):
        pivot = max(range(k, size), key=lambda i: abs(rows[i][k]))
        if abs(rows[pivot][k]) < 1e-12:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for i in range(size):
            if i != k:
                rows[i] = [a - rows[i][k] * b for a, b in zip(rows[i], rows[k], strict=True)]
    return [row[size:] for row in rows]


def _refined(
    gradient: Sequence[Expr], hessian: Sequence[Sequence[Expr]], variables: Sequence[Symbol], start: list[float]
) -> tuple[Solution, float] | None:
    """The point to many digits by Newton's method, and the size of the last step."""
    from fractions import Fraction

    import mpmath

    slopes = [PreciseProgram(entry) for entry in gradient]
    bends = [[PreciseProgram(entry) for entry in row] for row in hessian]
    with mpmath.workdps(2 * DIGITS):
        point = mpmath.matrix([mpmath.mpf(value) for value in start])
        size = mpmath.mpf(1)
        for _ in range(40):
            values: dict[Any, Any] = dict(zip(variables, point, strict=True))
            try:
                g = mpmath.matrix([program.run(values) for program in slopes])
                h = mpmath.matrix([[program.run(values) for program in row] for row in bends])
                step = mpmath.lu_solve(h, g)
            except (ZeroDivisionError, TypeError, ValueError):
                return None
            point = point - step
            size = max([abs(entry) for entry in step])
            if size < mpmath.mpf(10) ** -DIGITS:
                break
        if size > mpmath.mpf(10) ** (-DIGITS // 2):
            return None
        scale = 10 ** (DIGITS + 5)
        fractions = [Fraction(int(mpmath.nint(entry * scale)), scale) for entry in point]
    shown: Solution = {x: decimal(value, 15) for x, value in zip(variables, fractions, strict=True)}
    return shown, 1e-14 * max(1.0, *[abs(float(value)) for value in fractions])
