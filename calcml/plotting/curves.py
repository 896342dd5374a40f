"""The points of a curve: closer where it bends, never joined across a pole, a jump or a gap.

Where the function is defined, continuous and differentiable is asked of `calcml.regions`; what cannot be decided there
is found in the values: between two points whose values stay apart however close they come, the line is broken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import isfinite
from typing import NamedTuple

from calcml.errors import CalcmlError, DomainError
from calcml.evaluation import Program
from calcml.expr import Expr, Symbol, as_expr
from calcml.regions.extents import Extent, continuous, defined, differentiable
from calcml.regions.reals import real
from calcml.regions.region import REALS, Region, compared

Place = tuple[float, float]
Line = list[Place]
GRID = 480  # points before refining
MOST = 6000  # evaluations for one curve
_BISECTIONS = 48
MANY = 60  # places in a window that are looked at one by one
REPEATED = 60.0  # places that come back with a period are listed up to here
MOST_LOOKS = 400  # at steep places, whether they are jumps


class Places(NamedTuple):
    """Where something happens to a function of one variable.

    stretch: the ends of its domain (None: none). breaks: where it is not continuous or a gap begins; kinks: where its
    slope jumps.
    """

    stretch: tuple[float | None, float | None]
    breaks: list[float]
    kinks: list[float]


class Traced(NamedTuple):
    """The polylines of a curve, and its heights at even places; kinks as points on it; whether it grows without end."""

    lines: list[Line]
    even: list[float]
    kinks: list[tuple[float, float]]
    breaks: list[float]
    unbounded: bool


def extents_of(f: Expr, x: Symbol) -> list[Extent | None]:
    """Where f is defined, continuous and differentiable; None for what cannot be told. DomainError for nowhere."""
    found: list[Extent | None] = []
    for question in (defined, continuous, lambda g: differentiable(g, x)):
        try:
            found.append(question(f))
        except DomainError:
            raise
        except CalcmlError:
            found.append(None)
    if found[0] is not None and found[0].is_empty():
        raise DomainError(f"{f!r} is defined nowhere")
    return found


def places(extents: list[Extent | None], x: Symbol, low: float, high: float) -> Places:
    """Breaks and kinks between two ends, as far as they can be told."""
    borders = [[] if extent is None else _borders(extent, x, low, high) for extent in extents]
    stretch = (None, None) if extents[0] is None else _ends(extents[0], x)
    breaks = sorted({*borders[0], *borders[1]})
    return Places(stretch, breaks, [place for place in borders[2] if not _among(place, breaks)])


def _among(place: float, others: Sequence[float]) -> bool:
    return any(abs(place - other) <= 1e-9 * max(1.0, abs(place)) for other in others)


def _ends(extent: Extent, x: Symbol) -> tuple[float | None, float | None]:
    region = extent.regions.get(x, REALS)
    if not region.borders:
        return None, None
    return (
        None if region.inside[0] else float(region.borders[0]),
        None if region.inside[-1] else float(region.borders[-1]),
    )


def _borders(extent: Extent, x: Symbol, low: float, high: float) -> list[float]:
    """Where the set begins, ends or has a gap, between two numbers."""
    found = [float(border) for border in extent.regions.get(x, REALS).borders]
    if x in extent.periodic:
        near = max(low, -REPEATED), min(high, REPEATED)
        window = compared(">=", real(as_expr(near[0]))) & compared("<=", real(as_expr(near[1])))
        try:
            inside = extent.periodic[x] & window
        except CalcmlError:
            return found
        if isinstance(inside, Region):
            found += [float(border) for border in inside.borders if near[0] < float(border) < near[1]]
    return [place for place in sorted(set(found)) if low < place < high]


# ---- sampling --------------------------------------------------------------------------------------------------------


def traced(f: Expr, x: Symbol, low: float, high: float, known: Places) -> Traced:
    """The curve of f between two ends."""
    program = Program([f], [x])

    def value(at: float) -> float:
        found = program.run([at])[0]
        return float(found) if isinstance(found, (int, float)) and isfinite(found) else float("nan")

    inner = [place for place in known.breaks if low < place < high]
    cuts = inner if len(inner) <= MANY else []
    ends = [low, *cuts, high]
    lines: list[Line] = []
    unbounded = False
    for a, b in pairwise(ends):
        kinks = [kink for kink in known.kinks if a < kink < b]
        points = _sampled(value, a, b, (b - a) / (high - low), kinks, a in cuts, b in cuts)
        unbounded = unbounded or _grows(points, a in cuts, b in cuts)
        lines += _unbroken(value, points)
    lines = [_refined(value, line, (low, high)) for line in lines if line]
    seen = sorted({*cuts, *_jumps(lines, cuts, high - low)})
    even = [value(low + (high - low) * (k + 0.5) / GRID) for k in range(GRID)]
    marks = [(kink, value(kink)) for kink in known.kinks if low <= kink <= high]
    return Traced(lines, even, [mark for mark in marks if isfinite(mark[1])], seen, unbounded or _leaps(lines))


def _jumps(lines: list[Line], known: Sequence[float], width: float) -> list[float]:
    """Where two lines end beside each other: at the rounder of the two numbers."""
    found = []
    for left, right in pairwise(lines):
        a, b = left[-1][0], right[0][0]
        if abs(b - a) < 1e-9 * width and not _among(a, known):
            found.append(min(a, b, key=lambda place: len(repr(place))))
    return found


def _sampled(
    value: Callable[[float], float], a: float, b: float, share: float, kinks: Sequence[float], from_a: bool, to_b: bool
) -> Line:
    """Points between two ends: even ones, the kinks, and ever closer ones towards a break."""
    count = max(24, round(GRID * share))
    length = b - a
    grid = {a + length * k / count for k in range(count + 1)} | set(kinks)
    for k in range(1, 40):
        if from_a:
            grid.add(a + length * 10 ** (-k / 4))
        if to_b:
            grid.add(b - length * 10 ** (-k / 4))
    if from_a:
        grid.discard(a)
    if to_b:
        grid.discard(b)
    return [(at, value(at)) for at in sorted(grid) if a <= at <= b]


def _grows(points: Line, from_a: bool, to_b: bool) -> bool:
    """Whether values at a break are far beyond those elsewhere."""
    known = [abs(y) for _, y in points if isfinite(y)]
    if len(known) < 10:
        return False
    middle = sorted(known)[len(known) // 2]
    return (from_a and known[0] > 20 * middle + 1e-9) or (to_b and known[-1] > 20 * middle + 1e-9)


def _leaps(lines: list[Line]) -> bool:
    heights = sorted(abs(y) for line in lines for _, y in line)
    return bool(heights) and heights[-1] > 1e6 * (heights[len(heights) // 2] + 1e-9)


def _unbroken(value: Callable[[float], float], points: Line) -> list[Line]:
    """The points as lines, cut where there is no value, and where two values stay apart however close they come."""
    rises = sorted(abs(b[1] - a[1]) for a, b in pairwise(points) if isfinite(a[1]) and isfinite(b[1]))
    if not rises:
        return []
    usual = 4 * rises[len(rises) // 2] + 1e-9 * rises[-1]
    looked = 0
    lines: list[Line] = [[]]
    for left, right in pairwise([*points, (points[-1][0], float("nan"))]):
        if isfinite(left[1]):
            lines[-1].append(left)
        if isfinite(left[1]) != isfinite(right[1]):
            edge = _edge(value, left, right)
            if isfinite(left[1]):
                lines[-1].append(edge)
                lines.append([])
            else:
                lines.append([edge])
        elif isfinite(left[1]) and abs(right[1] - left[1]) > usual and looked < MOST_LOOKS:
            looked += 1
            gap = _gap(value, left, right)
            if gap is not None:
                lines[-1].append(gap[0])
                lines.append([gap[1]])
    lines = [[a for a, b in pairwise([*line, (float("inf"), 0.0)]) if a[0] < b[0]] for line in lines]
    return [line for line in lines if len(line) > 1]


def _edge(value: Callable[[float], float], left: Place, right: Place) -> Place:
    """The last point with a value between one that has a value and one that has none."""
    good, bad = (left, right) if isfinite(left[1]) else (right, left)
    for _ in range(_BISECTIONS):
        middle = (good[0] + bad[0]) / 2
        height = value(middle)
        if isfinite(height):
            good = (middle, height)
        else:
            bad = (middle, height)
    return good


def _gap(value: Callable[[float], float], left: Place, right: Place) -> tuple[Place, Place] | None:
    """The two ends of a jump between two points; None where the values meet."""
    first = abs(right[1] - left[1])
    for _ in range(_BISECTIONS):
        middle = (left[0] + right[0]) / 2
        height = value(middle)
        if not isfinite(height) or not left[0] < middle < right[0]:
            break
        if abs(height - left[1]) > abs(right[1] - height):
            right = (middle, height)
        else:
            left = (middle, height)
    return (left, right) if abs(right[1] - left[1]) > 0.5 * first else None


def _refined(value: Callable[[float], float], line: Line, ends: tuple[float, float]) -> Line:
    """More points where the line bends, measured on a square picture."""
    heights = sorted(y for _, y in line)
    across = ends[1] - ends[0]
    up = (heights[-1 - len(heights) // 20] - heights[len(heights) // 20]) or 1.0
    budget = MOST - len(line)
    for _ in range(4):
        fresh: Line = [line[0]]
        for i, (left, right) in enumerate(pairwise(line)):
            before = line[i - 1] if i else left
            bend = abs(_slope(left, right, across, up) - _slope(before, left, across, up)) if i else 0.0
            is_seen = (
                bend * min(1.0, (right[0] - before[0]) / across * 40) > 0.06 and right[0] - left[0] > 1e-6 * across
            )
            if budget > 0 and is_seen:
                middle = (left[0] + right[0]) / 2
                height = value(middle)
                budget -= 1
                if isfinite(height):
                    fresh.append((middle, height))
            fresh.append(right)
        if len(fresh) == len(line):
            break
        line = fresh
    return line


def _slope(a: Place, b: Place, across: float, up: float) -> float:
    """The angle of a segment in a square picture."""
    from math import atan2

    return atan2((b[1] - a[1]) / up, (b[0] - a[0]) / across)
