"""What a row is checked with: points where borders and kinks lie, and exact values and slopes of the function there.

The reference is the row's `mpmath` text, else its `defined_as`, to 50 digits. A value exists where the reference and
the float64 function both have one, so that neither alone says what the domain is.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from calcml.evaluation import RELATION_TESTS, compile_row
from calcml.expr import And, Expr, Not, Or, Relation, Symbol
from calcml.functions import FunctionSpec
from calcml.precise import PreciseProgram
from calcml.sampling import Stream
from calcml.templates import fill_row, template

DIGITS = 50
TINY = 1e-35  # what two exact values may differ by, relative to their size or to 1
HUGE = 1e30  # at a pole that is no binary number, such as pi/2, the reference is as large as its digits allow
STEP = 1e-14  # for one-sided slopes
STEEP = 1e8  # beyond it, relative to the value, a slope is a vertical tangent, seen through STEP
JUMP = 1e-3  # within STEP, relative to the value; below a vertical tangent it changes by 2e-5
DRAWN = 16  # random points

Point = tuple[Any, ...]


class Finding(NamedTuple):
    """What is wrong with a row or a rule: its name, the field, and what was seen."""

    row: str
    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.row}.{self.field}: {self.text}"


def near(a: Any, b: Any, tolerance: float = TINY) -> bool:
    """Whether two values agree, relative to their size or to 1."""
    return bool(abs(a - b) <= tolerance * max(1, abs(a), abs(b)))


def shown(point: Sequence[Any]) -> str:
    """A point as people read it."""
    return ", ".join(f"{float(x):.6g}" for x in point)


class Values:
    """The function of a row: values, one-sided slopes and points, each computed once."""

    def __init__(self, spec: FunctionSpec) -> None:
        self.spec = spec
        self.fixed = len(spec.params) - spec.is_variadic
        # n of polygamma, k of softmax: parameters that one cannot differentiate by are whole numbers
        self.whole = [i for i in range(self.fixed) if not spec.derivative[i]]
        self._known: dict[Point, Any] = {}
        self._functions: dict[int, tuple[Callable[..., Any], Callable[..., Any]]] = {}

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """Numbers of arguments to try."""
        return tuple(self.fixed + k for k in (1, 2, 3)) if self.spec.is_variadic else (self.fixed,)

    def letters(self, count: int) -> tuple[Expr, ...]:
        """A symbol for each argument."""
        return tuple(Symbol(f"q{i}") for i in range(1, count + 1))

    def exact(self, point: Point) -> Any:
        """The value to 50 digits where the function has one, else None."""
        try:
            return self._known[point]
        except KeyError:
            found = self._known[point] = self._exact(point)
            return found

    def _exact(self, point: Point) -> Any:
        reference, in_floats = self.functions(len(point))
        value = number_or_none(reference, point)
        if value is None or number_or_none(in_floats, [float(x) for x in point]) is None:
            return None
        return value

    def functions(self, count: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """The reference and the float64 function of that many arguments."""
        found = self._functions.get(count)
        if found is None:
            spec = self.spec
            if spec.mpmath:
                import mpmath

                reference = compile_row(spec, spec.mpmath, count, {"mp": mpmath})
            else:
                reference = text_function(spec, spec.defined_as, self.letters(count))
            found = self._functions[count] = (reference, compile_row(spec, spec.python, count))
        return found

    def moved(self, point: Point, i: int, by: Any) -> Point:
        """The point with one coordinate moved."""
        return (*point[:i], point[i] + by, *point[i + 1 :])

    def sides(self, point: Point, i: int) -> tuple[Any, Any]:
        """The slopes of the branches to the left and to the right of a point; None where the domain ends."""
        found = []
        for h in (-STEP, STEP):
            first, second = (self.exact(self.moved(point, i, k * h)) for k in (1, 2))
            found.append(None if first is None or second is None else (second - first) / h)
        return found[0], found[1]

    def jumps(self, point: Point, i: int) -> bool:
        """Whether the function jumps at a point of its domain, in one direction."""
        here = self.exact(point)
        beside = [self.exact(self.moved(point, i, h)) for h in (-STEP, STEP)]
        return any(value is not None and abs(value - here) > JUMP * max(1, abs(here)) for value in beside)

    def slope(self, point: Point, i: int) -> Any:
        """The two-sided slope; None at a jump, a kink, a vertical tangent and an end of the domain."""
        left, right = self.sides(point, i)
        if left is None or right is None or self.jumps(point, i):
            return None
        if not near(left, right, 1e-8) or abs(left) > STEEP * max(1, abs(self.exact(point))):
            return None
        return (left + right) / 2

    @cached_property
    def points(self) -> list[Point]:
        """Random points, then special ones, in the domain or not."""
        return [point for count in self.counts for point in self._points(count)]

    def _points(self, count: int) -> Iterator[Point]:
        import mpmath

        free = [i for i in range(count) if i not in self.whole]
        numbers = itertools.cycle(range(1, count - self.fixed + 1) if self.spec.is_variadic else range(4))
        stream = Stream(count)
        drawn = [[mpmath.mpf(8 * stream.next() - 4) for _ in free] for _ in range(DRAWN)]
        for values in itertools.chain(drawn, special_points(len(free))):
            point = dict(zip(free, values, strict=True))
            point.update({i: mpmath.mpf(next(numbers)) for i in self.whole})
            yield tuple(point[i] for i in range(count))
        for number in (mpmath.mpf(0), mpmath.mpf(-1), mpmath.mpf(3) / 2) if self.whole else ():
            yield tuple(number if i in self.whole else drawn[0][free.index(i)] for i in range(count))

    @cached_property
    def inside(self) -> list[Point]:
        """The points of the domain."""
        return [point for point in self.points if self.exact(point) is not None]


def special_points(count: int) -> Iterator[Sequence[Any]]:
    """Where borders and kinks lie: halves and multiples of pi/6; combinations of a few numbers."""
    import mpmath

    if count == 1:
        halves = sorted((mpmath.mpf(k) / 2 for k in range(-14, 15)), key=abs)
        yield from ((number,) for number in [*halves, *(mpmath.pi * k / 6 for k in range(-12, 13) if k)])
    else:
        few = (0, 1, -1, 2, -2, mpmath.mpf(1) / 2, 3) if count == 2 else (0, 1, -1, 2)
        yield from itertools.product(map(mpmath.mpf, few), repeat=count)


def number_or_none(function: Callable[..., Any], args: Sequence[Any]) -> Any:
    """A finite real value, or None."""
    import mpmath

    try:
        value = function(*args)
    except (ArithmeticError, ValueError, TypeError, IndexError, NotImplementedError):
        return None
    if value is None or isinstance(value, (bool, complex)) or getattr(value, "imag", 0) != 0:
        return None
    value = getattr(value, "real", value)
    return value if mpmath.isfinite(value) and abs(value) < HUGE else None


def text_function(spec: FunctionSpec, text: str, letters: tuple[Expr, ...]) -> Callable[..., Any]:
    """A text of a row as a function of its arguments, to whatever precision is set."""
    program = PreciseProgram(fill_row(spec, text, letters))
    return lambda *args: program.run(dict(zip(letters, args, strict=True)))


def closed_value(text: str) -> Any:
    """The value of a text without parameters, to whatever precision is set; None where it has none."""
    return PreciseProgram(template(text, ()).expr).run({})


class Condition:
    """A condition whose relations know that values to 50 digits are never quite equal: pi/2 is where cos(x) = 0."""

    def __init__(self, condition: Expr, letters: Sequence[Expr]) -> None:
        self.condition = condition
        self.letters = letters
        self.programs: dict[Expr, PreciseProgram] = {}

    def holds(self, point: Sequence[Any]) -> bool | None:
        """Whether it holds at a point; None where a side that decides has no value."""
        return self._holds(self.condition, dict(zip(self.letters, point, strict=True)))

    def _holds(self, node: Expr, values: dict[Expr, Any]) -> bool | None:
        if isinstance(node, (And, Or)):
            parts = [self._holds(part, values) for part in node.args]
            absorbing = isinstance(node, Or)
            return absorbing if absorbing in parts else None if None in parts else not absorbing
        if isinstance(node, Not):
            inner = self._holds(node.args[0], values)
            return None if inner is None else not inner
        if isinstance(node, Relation):
            left, right = (self._value(side, values) for side in node.args)
            if left is None or right is None:
                return None
            return RELATION_TESTS[node.data](0 if near(left, right) else left - right, 0)
        found = self._value(node, values)
        return found if isinstance(found, bool) else None

    def _value(self, node: Expr, values: dict[Expr, Any]) -> Any:
        program = self.programs.get(node)
        if program is None:
            program = self.programs[node] = PreciseProgram(node)
        return program.run(values)


_values: dict[tuple[str, ...], Values] = {}


def values_of(spec: FunctionSpec) -> Values:
    """The values of a row, kept as long as the texts that say what the function is stay the same."""
    key = (spec.name, *spec.params, spec.mpmath, spec.defined_as, spec.python, *spec.derivative)
    found = _values.get(key)
    if found is None:
        if len(_values) > 200:
            _values.clear()
        found = _values[key] = Values(spec)
    return found
