"""What a picture shows, before it is drawn: the same for files and for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import free_symbols, substitute
from calcml.checking.judge import OK, measured_slope
from calcml.differentiation import CONDITIONS, differentiate, resolve
from calcml.domains import require_some_domain
from calcml.entries import written_out
from calcml.errors import DomainError, InputError, NotDifferentiableError
from calcml.evaluation import Program
from calcml.expr import Expr, Symbol
from calcml.plotting.curves import Places, Traced, extents_of, places, traced
from calcml.plotting.fields import Field, gradients, levels, on_grid
from calcml.plotting.window import Range, Tick, has_waves, natural_range, ticks, value_range
from calcml.precise import PreciseProgram, evaluate
from calcml.readable import readable_form
from calcml.traverse import count_nodes

READABLE = 500  # nodes of a derivative that is brought to readable form for its label
ROOM = 0.4  # how much of the height of f a derivative that grows without end may add on each side
GRID = (141, 111)
ARROWS = (19, 14)


class Tangent(NamedTuple):
    """The tangent of a curve at x: through `height` with `slope`."""

    at: float
    height: float
    slope: float


class CurveScene(NamedTuple):
    """A function of one variable: its curve, perhaps its derivative and a tangent, and the window they are seen in."""

    f: Expr
    x: Symbol
    curve: Traced
    derivative: Expr | None
    slopes: Traced | None
    tangent: Tangent | None
    across: Range
    up: Range
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    value_at: dict[float, float]  # at breaks where f has a value


class FieldScene(NamedTuple):
    """A function of two variables: heights on a grid, round levels, its gradient, perhaps at one point."""

    f: Expr
    x: Symbol
    y: Symbol
    field: Field
    levels: list[float]
    arrows: list[tuple[float, float, float, float]]
    point: tuple[float, float, float, float, float] | None  # x, y, height, and the gradient there
    across: Range
    up: Range
    x_ticks: list[Tick]
    y_ticks: list[Tick]


def chosen(
    f: Expr, variables: Sequence[Expr], at: Mapping[Symbol, Expr]
) -> tuple[Expr, list[Symbol], dict[Symbol, float]]:
    """The function with the other symbols' values put in, its one or two variables, and the point on it.

    What `at` gives to a variable is the point; what it gives to another symbol is a value. InputError where a symbol is
    left without either.
    """
    f = written_out(resolve(f))
    entry = next((x for x in variables if not isinstance(x, Symbol)), None)
    if entry is not None:
        raise InputError(f"{entry} is no symbol", hint="pictures are drawn over symbols")
    if f.shape or type(f) in CONDITIONS:
        raise InputError("a scalar function is drawn, not a vector or a condition", hint="draw one part at a time")
    require_some_domain(f)
    occurring = sorted(free_symbols(f), key=lambda symbol: symbol.data)
    for symbol in at:
        if symbol not in occurring and symbol not in variables:
            names = ", ".join(map(str, occurring))
            raise InputError(f"{symbol} does not occur in the expression", hint=f"its variables are {names or 'none'}")
    found = list(variables) or [symbol for symbol in occurring if symbol not in at] or occurring or [Symbol("x")]
    values = {symbol: value for symbol, value in at.items() if symbol not in found}
    left = [symbol for symbol in occurring if symbol not in found and symbol not in values]
    if left and len(found) <= 2:
        names = ", ".join(map(str, left))
        raise InputError(f"no value was given for {names}", hint=f'give one: --at "{left[0]}=1"')
    if len(found) > 2:
        names = ", ".join(map(str, found))
        hint = f'choose one or two to draw over, and give the others values: --at "{names.split(", ")[-1]}=1"'
        raise InputError(f"a picture has one or two variables, and there are {names}", hint=hint)
    point = {symbol: _number(symbol, value) for symbol, value in at.items() if symbol in found}
    return substitute(f, values) if values else f, [x for x in found if isinstance(x, Symbol)], point


def _number(symbol: Expr, value: Expr) -> float:
    found = evaluate(value)
    try:
        number = float(found)
    except (TypeError, OverflowError):
        number = float("nan")
    if not isfinite(number):
        raise InputError(f"the value of {symbol} is not a finite number")
    return number


# ---- one variable ----------------------------------------------------------------------------------------------------


def curve_scene(
    f: Expr, x: Symbol, at: float | None, across: Range | None, with_slopes: bool, assuming: Assumptions = NOTHING
) -> CurveScene:
    """The picture of a function of one variable. DomainError where it has no value in the window."""
    extents = extents_of(f, x)
    if across is None:
        wide = places(extents, x, -1e4, 1e4)
        across = natural_range(f, x, wide.stretch, [*wide.breaks, *wide.kinks, *([] if at is None else [at])][:200])
    here = places(extents, x, *across)
    curve = traced(f, x, *across, here)
    if not curve.lines:
        raise DomainError(f"{f!r} has no value between {across[0]:g} and {across[1]:g}", hint="choose another --on A B")
    tangent = None if at is None else tangent_at(f, x, at)
    derivative, slopes = None, None
    if with_slopes:
        raw = differentiate(f, x)
        derivative = readable_form(raw, assuming) if count_nodes(raw) <= READABLE else raw
        corners = Places(here.stretch, sorted({*here.breaks, *here.kinks}), [])
        slopes = traced(derivative, x, *across, corners)
    up = _heights(curve)
    if slopes is not None and slopes.lines:
        other = _heights(slopes)
        room = ROOM * (up[1] - up[0]) if slopes.unbounded else float("inf")
        up = max(up[0] - room, min(up[0], other[0])), min(up[1] + room, max(up[1], other[1]))
    if tangent is not None:
        margin = 0.06 * (up[1] - up[0])
        up = min(up[0], tangent.height - margin), max(up[1], tangent.height + margin)
    program = Program([f], [x])
    value_at = {place: value for place in curve.breaks if isfinite(value := _float(program.run([place])[0]))}
    waves = has_waves(f, x)
    return CurveScene(
        f, x, curve, derivative, slopes, tangent, across, up, ticks(*across, in_pi=waves), ticks(*up, most=6), value_at
    )


def _heights(curve: Traced) -> Range:
    everything = curve.even if curve.unbounded else [y for line in curve.lines for _, y in line]
    return value_range(everything, curve.unbounded)


def _float(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")


def tangent_at(f: Expr, x: Symbol, at: float) -> Tangent:
    """The tangent, its slope measured with 60 digits. NotDifferentiableError where there is none."""
    slope = measured_slope(PreciseProgram(f), {x: at}, x)
    if slope.status != OK:
        raise NotDifferentiableError(
            f"there is no tangent at {x} = {at:g}", hint=f"calcml check says why: --at {x}={at:g}"
        )
    return Tangent(at, float(Program([f], [x]).run([at])[0]), float(slope.value))


# ---- two variables ---------------------------------------------------------------------------------------------------


def field_scene(
    f: Expr, x: Symbol, y: Symbol, point: Mapping[Symbol, float], across: Range | None, up: Range | None
) -> FieldScene:
    """The picture of a function of two variables. DomainError where it has no value in the window."""
    across = across or _around(point.get(x))
    up = up or _around(point.get(y))
    field = on_grid(f, x, y, across, up, *GRID)
    if not any(isfinite(height) for row in field.heights for height in row):
        raise DomainError(f"{f!r} has no value in the window", hint="choose another with --on A B --on C D")
    arrows = gradients(f, x, y, across, up, *ARROWS)
    where = None
    if x in point and y in point:
        a, b = point[x], point[y]
        slopes = [measured_slope(PreciseProgram(f), {x: a, y: b}, symbol) for symbol in (x, y)]
        if any(slope.status != OK for slope in slopes):
            hint = f'calcml check says why: --at "{x}={a:g}, {y}={b:g}"'
            raise NotDifferentiableError(f"there is no gradient at {x} = {a:g}, {y} = {b:g}", hint=hint)
        height = _float(Program([f], [x, y]).run([a, b])[0])
        where = (a, b, height, float(slopes[0].value), float(slopes[1].value))
    shown = levels(field.heights)
    x_ticks, y_ticks = ticks(*across, in_pi=has_waves(f, x)), ticks(*up, 6, has_waves(f, y))
    return FieldScene(f, x, y, field, shown, arrows, where, across, up, x_ticks, y_ticks)


def _around(place: float | None) -> Range:
    if place is None or abs(place) <= 1.5:
        return -3.0, 3.0
    reach = 2.0 * abs(place)
    return -reach, reach
