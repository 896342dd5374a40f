"""Points at which two expressions may part: round numbers, their own numbers, and both sides of switches.

A near-miss hides where nobody looks: beyond 1000, between the borders of two cases, at a number that stands in the
text. Points are exact fractions, the simplest first, so that a witness reads as one would write it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise, product
from math import isfinite

from calcml import functions
from calcml.binding import free_symbols
from calcml.build import sub
from calcml.evaluation import Program
from calcml.expr import And, Call, Expr, Not, Number, Or, Piecewise, Pow, Relation, Symbol, ratio_of
from calcml.precise import exact_value
from calcml.sampling import Stream
from calcml.signs import is_positive
from calcml.templates import fill_row
from calcml.traverse import topological

Point = tuple[Fraction, ...]

_ROUND = [Fraction(n) for n in ("2", "-1", "1/2", "3", "-2", "-1/2", "1", "0", "5", "-3", "1/3", "-5", "1/10", "-1/10")]
_FAR = [Fraction(n) for n in ("10", "-10", "25", "-25", "100", "-100", "1000", "-1000", "1/100", "-1/100", "10000")]
_FARTHEST = [Fraction(n) for n in ("-10000", "1000000", "-1000000", "1/1000000", "-1/1000000")]
MAX_NUMBERS = 12
MAX_SWITCHES = 12
RANDOM_POINTS = 16
_BISECTIONS = 60


def points(roots: Sequence[Expr], variables: Sequence[Expr], seed: int = 5) -> Iterator[Point]:
    """Points of interest for these expressions: single numbers for one variable, mixtures for several."""
    if not variables:
        yield ()
        return
    numbers = _numbers(roots)
    near = [n + d for n in numbers for d in (0, Fraction(1, 8), -Fraction(1, 8), Fraction(1, 1000), -Fraction(1, 1000))]
    far = [m for n in numbers if n for m in (2 * n, -n, -2 * n, 1 / n, -1 / n)]
    lines = [*_ROUND, *near, *_FAR, *far, *_FARTHEST]
    singles = list(dict.fromkeys(lines))
    stream = Stream(seed)
    found: list[Point] = []
    for i, number in enumerate(singles):
        if len(variables) == 1:
            point: Point = (number,)
        else:
            others = [singles[int(stream.next() * min(len(singles), 24))] for _ in variables]
            others[i % len(variables)] = number
            point = tuple(others)
        found.append(point)
        yield point
    for _ in range(RANDOM_POINTS * len(variables)):
        point = tuple(Fraction(round((8 * stream.next() - 4) * 64), 64) + Fraction(1, 97) for _ in variables)
        found.append(point)
        yield point
    if len(variables) > 1:
        for number in singles[:8]:  # the diagonal, where differences of variables vanish
            yield (number,) * len(variables)
    yield from _beside_switches(roots, variables, found)
    yield from _at_powers(roots, variables, stream)


_BASES = [Fraction(n) for n in ("-2", "0", "-1/2")]
_EXPONENTS = [Fraction(n) for n in ("2", "1/2", "-1", "1", "-2", "3", "-1/2", "0", "1/3")]
MAX_AT_POWERS = 120


def _at_powers(roots: Sequence[Expr], variables: Sequence[Expr], stream: Stream) -> Iterator[Point]:
    """Bases that are no positive numbers, with whole and half exponents: (x^a)^b is no x^(a*b) at x = -1, a = 2.

    At other numbers such powers have no value at all.
    """
    above, below = _in_powers(roots)
    places = [i for i, variable in enumerate(variables) if variable in above]
    if not places:
        return
    if len(_EXPONENTS) ** len(places) <= MAX_AT_POWERS:
        chosen = list(product(_EXPONENTS, repeat=len(places)))
    else:
        chosen = [tuple(_drawn(_EXPONENTS, stream) for _ in places) for _ in range(MAX_AT_POWERS)]
    for base in _BASES:
        for exponents in chosen:
            point = [base if variable in below else _drawn(_ROUND, stream) for variable in variables]
            for place, exponent in zip(places, exponents, strict=True):
                point[place] = exponent
            yield tuple(point)


def _drawn(numbers: list[Fraction], stream: Stream) -> Fraction:
    return numbers[int(stream.next() * len(numbers))]


def _in_powers(roots: Sequence[Expr]) -> tuple[set[Expr], set[Expr]]:
    """The symbols in exponents, and those in the bases below them, where a base may be negative."""
    above: set[Expr] = set()
    below: set[Expr] = set()
    for node in topological(*roots):
        if type(node) is Pow and (exponents := free_symbols(node.args[1])) and not is_positive(node.args[0]):
            above |= exponents
            below |= free_symbols(node.args[0])
    return above, below - above


def _numbers(roots: Sequence[Expr]) -> list[Fraction]:
    """The numbers the expressions are written with (10^8 and 1/997 too), and floats beside irrational ones."""
    found: dict[Fraction, None] = {}
    closed: set[Expr] = set()
    for node in topological(*roots):
        if isinstance(node, Symbol) or type(node) in (And, Or, Not, Relation, Piecewise) or node.shape:
            continue
        if all(arg in closed for arg in node.args):
            closed.add(node)
            value = _value(node)
            if value is not None:
                found[value] = None
    # What stands by itself says more than the 10 and the 8 of 10^8; both are kept while there is room.
    return sorted(found, key=lambda number: number in (0, 1, -1, 2))[-MAX_NUMBERS:][::-1]


def _value(node: Expr) -> Fraction | None:
    exact = exact_value(node) if type(node) is not Number else node
    ratio = ratio_of(exact) if exact is not None else None
    if ratio is None and type(node) is Number:
        ratio = node.ratio
    if ratio is None:
        (value,) = Program([node], []).run([])
        if not isinstance(value, float) or not isfinite(value):
            return None
        ratio = value.as_integer_ratio()
    top, bottom = ratio
    return Fraction(top, bottom) if max(abs(top).bit_length(), bottom.bit_length()) < 1000 else None


def switches(roots: Sequence[Expr]) -> list[Expr]:
    """What changes its sign where an expression goes over to another formula."""
    found: dict[Expr, None] = {}
    for node in topological(*roots):
        if type(node) is Relation:
            found[sub(*node.args)] = None
        elif type(node) is Call:
            spec = functions.find(node.data)
            if spec is not None and spec.smooth:
                smooth = topological(fill_row(spec, spec.smooth, node.args))
                found |= {sub(*part.args): None for part in smooth if type(part) is Relation}
    return list(found)[:MAX_SWITCHES]


def _beside_switches(roots: Sequence[Expr], variables: Sequence[Expr], seen: list[Point]) -> Iterator[Point]:
    """Along the first variables in turn: the borders of the switches, just beside them, and between every two."""
    found = switches(roots)
    if not found:
        return
    program = Program(found, variables)
    for place in range(min(len(variables), 3)):
        for base in seen[: 1 if len(variables) == 1 else 3]:
            along = sorted({point[place] for point in seen})
            borders = sorted(set(_sign_changes(program, base, place, along)))
            for border in borders:
                width = max(abs(border), Fraction(1)) / 10**9
                for number in (border - width, border + width, border - 1000 * width, border + 1000 * width):
                    yield _moved(base, place, number)
            for a, b in pairwise(borders):
                yield _moved(base, place, (a + b) / 2)


def _moved(base: Point, place: int, number: Fraction) -> Point:
    return (*base[:place], number, *base[place + 1 :])


def _sign_changes(program: Program, base: Point, place: int, along: list[Fraction]) -> Iterator[Fraction]:
    def values(number: float) -> list[object]:
        at = [float(part) for part in base]
        at[place] = number
        return program.run(at)

    rows = [values(float(number)) for number in along]
    for (a, left), (b, right) in pairwise(zip(along, rows, strict=True)):
        for i, (u, v) in enumerate(zip(left, right, strict=True)):
            if isinstance(u, float) and isinstance(v, float) and u * v < 0:
                low, high = float(a), float(b)
                for _ in range(_BISECTIONS):
                    middle = (low + high) / 2
                    value = values(middle)[i]
                    if not isinstance(value, float) or value != value:
                        break
                    low, high = (middle, high) if (value < 0) == (u < 0) else (low, middle)
                yield Fraction(high).limit_denominator(10**12)
