"""A function of two variables on a grid, its gradient on a coarser one, and lines of equal height."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isfinite, log10
from typing import NamedTuple

from calcml.differentiation import differentiate_all
from calcml.evaluation import Program
from calcml.expr import Expr

Grid = list[list[float]]  # rows of constant y, from below
NAN = float("nan")


class Field(NamedTuple):
    """Values on the grid xs by ys: heights[j][i] at (xs[i], ys[j])."""

    xs: list[float]
    ys: list[float]
    heights: Grid


def on_grid(f: Expr, x: Expr, y: Expr, span: tuple[float, float], rise: tuple[float, float], n: int, m: int) -> Field:
    """f at n by m points of a rectangle, nan where it has no value."""
    xs = [span[0] + (span[1] - span[0]) * i / (n - 1) for i in range(n)]
    ys = [rise[0] + (rise[1] - rise[0]) * j / (m - 1) for j in range(m)]
    program = Program([f], [x, y])
    return Field(xs, ys, [[_number(program.run([a, b])[0]) for a in xs] for b in ys])


def gradients(
    f: Expr, x: Expr, y: Expr, span: tuple[float, float], rise: tuple[float, float], n: int, m: int
) -> list[tuple[float, float, float, float]]:
    """(x, y, ∂f/∂x, ∂f/∂y) at the middles of n by m cells, where the gradient has a value."""
    program = Program([f, *differentiate_all(f, [x, y])], [x, y])
    found = []
    for j in range(m):
        for i in range(n):
            a = span[0] + (span[1] - span[0]) * (i + 0.5) / n
            b = rise[0] + (rise[1] - rise[0]) * (j + 0.5) / m
            height, u, v = map(_number, program.run([a, b]))
            if isfinite(height) and isfinite(u) and isfinite(v):
                found.append((a, b, u, v))
    return found


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) and isfinite(value) else NAN


def levels(heights: Grid, most: int = 12) -> list[float]:
    """Round heights for lines: evenly spaced, or 1, 2, 5, 10 … where most of a positive function is low."""
    known = sorted(height for row in heights for height in row if isfinite(height))
    if not known:
        return []
    count = len(known)
    low, high = known[count // 50], known[-1 - count // 50]
    span = high - low
    if span <= 1e-12 * max(abs(low), abs(high), 1e-300):
        return []
    low = known[0] if low - known[0] < 0.5 * span else low  # not down to a pole
    high = known[-1] if known[-1] - high < 0.5 * span else high
    if known[0] >= 0 and known[count // 2] < 0.18 * high:
        return _by_decades(max(known[count // 20], high / 2000), high)
    scale = 10.0 ** floor(log10((high - low) / most))
    step = next(k * scale for k in (1, 2, 2.5, 5, 10) if k * scale * most >= (high - low) * (1 - 1e-9))
    return [k * step for k in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def _by_decades(low: float, high: float) -> list[float]:
    found = [m * 10.0**e for e in range(floor(log10(low)), ceil(log10(high)) + 1) for m in (1, 2, 5)]
    return [level for level in found if low <= level <= high]


def contour(field: Field, level: float) -> list[list[tuple[float, float]]]:
    """The pieces of the line of one height: a segment or two in every cell of the grid that it crosses."""
    found = []
    for j in range(len(field.ys) - 1):
        for i in range(len(field.xs) - 1):
            corners = [
                (field.xs[i + a], field.ys[j + b], field.heights[j + b][i + a] - level)
                for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))
            ]
            if all(isfinite(corner[2]) for corner in corners):
                found += _segments(corners)
    return found


def _segments(corners: Sequence[tuple[float, float, float]]) -> list[list[tuple[float, float]]]:
    crossed = []
    for (x0, y0, h0), (x1, y1, h1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (h0 < 0) != (h1 < 0):
            t = h0 / (h0 - h1)
            crossed.append((x0 + t * (x1 - x0), y0 + t * (y1 - y0)))
    return [crossed[k : k + 2] for k in range(0, len(crossed) - 1, 2)]
