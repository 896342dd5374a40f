"""Derivative, smooth, at_kink and continuous, against slopes measured from values on either side of each point."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from calcml.checks.values import Condition, Finding, Point, Values, closed_value, near, shown, values_of
from calcml.expr import Piecewise, rational
from calcml.functions import FunctionSpec
from calcml.precise import PreciseProgram
from calcml.templates import fill_derivative, fill_row

SLOPE_DIGITS = 1e-12  # to which a measured slope is good


class Slopes:
    """What a row says of its slopes, beside the slopes."""

    def __init__(self, spec: FunctionSpec, count: int) -> None:
        self.spec = spec
        self.values: Values = values_of(spec)
        self.letters = self.values.letters(count)
        self.positions = [i for i in range(count) if i not in self.values.whole]
        self.derivatives: dict[tuple[int, Point], Any] = {}
        self._smooth = Condition(fill_row(spec, spec.smooth, self.letters), self.letters) if spec.smooth else None

    def stated(self, point: Point, i: int) -> tuple[Any, bool]:
        """The value of the derivative text, None where it has none; and whether the text says so by cases."""
        # Whole numbers stand in the text as such: a term with n - 1 is absent for n = 0.
        key = (i, tuple(point[k] for k in self.values.whole))
        found = self.derivatives.get(key)
        if found is None:
            args = tuple(
                rational(int(point[k])) if k in self.values.whole else letter for k, letter in enumerate(self.letters)
            )
            expr = fill_derivative(self.spec, args, i)
            found = self.derivatives[key] = (expr, None if expr is None else PreciseProgram(expr))
        expr, program = found
        if program is None:
            return None, False
        return program.run(dict(zip(self.letters, point, strict=True))), type(expr) is Piecewise

    def is_smooth(self, point: Point) -> bool:
        """Whether the row says that the function is differentiable there."""
        return self._smooth is None or self._smooth.holds(point) is not False

    def has_kink(self, point: Point, i: int) -> bool:
        """Whether there is a jump or a kink, both sides belonging to the domain."""
        return None not in self.values.sides(point, i) and self.values.slope(point, i) is None


def check_slopes(spec: FunctionSpec) -> Iterator[Finding]:
    """Derivative and smooth: at every point the slope, and no value where there is none."""
    values = values_of(spec)
    needs_others = any("rest_j" in text for text in spec.derivative)  # max(x) is x: there is no rule for it
    for count in values.counts[needs_others:]:
        slopes = Slopes(spec, count)
        for point in values.inside:
            if len(point) == count:
                for i in slopes.positions:
                    yield from _slope_at(slopes, point, i)


def _slope_at(slopes: Slopes, point: Point, i: int) -> Iterator[Finding]:
    spec, values = slopes.spec, slopes.values
    name = spec.params[min(i, len(spec.params) - 1)].lstrip("*")
    where = f"at {shown(point)}"
    slope = values.slope(point, i)
    stated, by_cases = slopes.stated(point, i)
    if slope is not None:
        if stated is not None and not near(stated, slope, SLOPE_DIGITS):
            yield Finding(spec.name, "derivative", f"by {name} {where} it is {shown([slope])}, not {shown([stated])}")
        if slopes.is_smooth(point):
            if stated is None:
                yield Finding(spec.name, "derivative", f"by {name} {where} it is {shown([slope])}; none is stated")
        elif all(values.slope(point, k) is not None for k in slopes.positions):
            yield Finding(spec.name, "smooth", f"{where} there is no kink")
    elif None not in values.sides(point, i):
        if slopes.is_smooth(point) and (spec.smooth or stated is not None):
            yield Finding(spec.name, "smooth" if spec.smooth else "derivative", f"{where} there is a kink by {name}")
        elif stated is not None and by_cases:
            yield Finding(spec.name, "derivative", f"{where} there is a kink by {name}, and a case holds")


def check_kinks(spec: FunctionSpec) -> Iterator[Finding]:
    """What code uses at a kink: between the slopes on both sides, and as the note says."""
    if not spec.smooth:
        return
    values = values_of(spec)
    slopes = Slopes(spec, values.counts[0])
    texts = [fill_row(spec, text, slopes.letters) if text else None for text in spec.at_kink]
    programs = [None if expr is None else PreciseProgram(expr) for expr in texts]
    for point in values.inside:
        if slopes.is_smooth(point):
            continue
        at = dict(zip(slopes.letters, point, strict=True))
        for i in slopes.positions:
            left, right = values.sides(point, i)
            if left is None or right is None:
                continue
            where = f"at {shown(point)} by {spec.params[i]}"
            program = programs[i]
            if program is None:
                if values.slope(point, i) is None:
                    yield Finding(spec.name, "at_kink", f"{where} there is a kink, and nothing is stated")
                continue
            used = program.run(at)
            low, high = min(left, right), max(left, right)
            if used is None or not low - SLOPE_DIGITS <= used <= high + SLOPE_DIGITS * max(1, abs(high)):
                yield Finding(spec.name, "at_kink", f"{where} slopes go from {shown([low])} to {shown([high])}")
            elif slopes.has_kink(point, i):
                said = convention(spec, i, point)
                if not said:
                    yield Finding(spec.name, "note", f"{where} it does not say what code uses")
                elif not any(near(value, used, SLOPE_DIGITS) for value in said):
                    yield Finding(spec.name, "at_kink", f"{where} it is {shown([used])}; the note says {shown(said)}")


_VALUE = re.compile(r"(-?[\d/]+)(?: by (\w+))?(?: at (\w+ = )?(-?\w+))?")


# Which of the slopes on both sides these are.
PHRASES = {"the left slope": slice(1), "the slope from above": slice(1, 2), "the slope on either side": slice(2)}


def convention(spec: FunctionSpec, i: int, point: Point) -> tuple[Any, ...]:
    """What the note says code uses at a kink by that parameter: a number, or either of two; () where it says nothing.

    After `code uses` one of PHRASES stands, or values, each with the parameter (by a) and the place (at 3, at x = a)
    that it is for, where there are several.
    """
    _, found, said = spec.note.partition("code uses ")
    if not found:
        return ()
    said = said.split(";")[0]
    for phrase, which in PHRASES.items():
        if said.startswith(phrase):
            return values_of(spec).sides(point, i)[which]
    at = dict(zip(spec.params, point, strict=True))
    for value, parameter, name, place in _VALUE.findall(said):
        if parameter not in ("", spec.params[i]):
            continue
        border = at[place] if place in at else closed_value(place) if place else None
        if border is None or near(at[name.removesuffix(" = ")] if name else point[i], border):
            return (closed_value(value),)
    return ()


def check_continuity(spec: FunctionSpec) -> Iterator[Finding]:
    """A function that is continuous jumps nowhere in its domain; one that is not jumps somewhere."""
    values = values_of(spec)
    jumps = (p for p in values.inside for i in range(len(p)) if i not in values.whole and values.jumps(p, i))
    first = next(jumps, None)
    if spec.continuous and first is not None:
        yield Finding(spec.name, "continuous", f"it jumps at {shown(first)}")
    if not spec.continuous and first is None:
        yield Finding(spec.name, "continuous", "it jumps nowhere")
