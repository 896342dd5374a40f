"""Taylor coefficients in one and several variables, and the polynomial written with its powers of (x - a) in one piece.

Several variables are one: on the line a + t·h the coefficient of t^k is a homogeneous polynomial in the entries of h,
and the coefficient of h^α in it is ∂^α f(a)/α!.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from math import factorial, prod
from typing import NamedTuple

from calcml.algebra.terms import Mono, Terms, is_number, quotient
from calcml.algebra.write import exact, fraction, join
from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import free_symbols
from calcml.build import add, power, sub
from calcml.errors import UndecidedError
from calcml.evaluation import Program
from calcml.expr import ONE, ZERO, Div, Expr, Mul, Neg, Symbol, ratio_of, rational
from calcml.precise import PreciseProgram, precise_value
from calcml.sampling import points
from calcml.series.coefficients import Coefficient, coefficient_of, expression_of, times
from calcml.series.local import local_series, with_cases
from calcml.series.near import Near
from calcml.series.streams import coefficient, valuation
from calcml.simplification import simplify

Multi = tuple[int, ...]  # how often each variable is differentiated by
SHORT = 400  # terms of all coefficients together that are brought to readable form


class Expansion(NamedTuple):
    """The Taylor expansion of a function at a point.

    place         the variables and where each is
    order         the order that was reached
    coefficients  {α: ∂^α f(a)/α!}, those that are 0 left out, in the order of their degrees
    reason        why a higher order that was asked for does not exist; empty where it was reached
    filled        parts without a value at the point itself, filled in by their limits there
    conditions    what must hold of parameters
    """

    place: dict[Expr, Expr]
    order: int
    coefficients: dict[Multi, Expr]
    reason: str
    filled: tuple[Expr, ...]
    conditions: tuple[Expr, ...]

    def derivative(self, alpha: Multi) -> Expr:
        """∂^α f at the point."""
        value = coefficient_of(self.coefficients.get(alpha, ZERO))
        return readable(times(prod(map(factorial, alpha)), value))


def expansion(f: Expr, place: Mapping[Expr, Expr], order: int, assuming: Assumptions = NOTHING) -> Expansion:
    """The expansion of f at a point, as far as it exists, at most up to the order.

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> polynomial(expansion(parse("e^x*cos(y)"), {x: ZERO, y: ZERO}, 2))
    1 + x + x^2/2 - y^2/2
    """
    place = dict(place)
    if len(place) == 1:
        ((x, at),) = place.items()
        found = local_series(f, x, at, order, assuming)
        shown = _all_readable([{(k,): value} for k, value in enumerate(found.coefficients)])
        return Expansion(place, found.order, shown, found.reason, found.filled, found.conditions)
    taken = {symbol.data for symbol in free_symbols(f, *place.values())}
    names = (name for name in (f"h{i}" for i in range(1, 10**6)) if name not in taken)
    directions = [Symbol(next(names)) for _ in place]
    f = with_cases(f)
    near = Near(f, place, {x: coefficient_of(h) for x, h in zip(place, directions, strict=True)}, assuming=assuming)
    stream = near.stream(f)
    if stream.low < 0 and valuation(stream, -1) is not None:
        raise UndecidedError("the function grows beyond all bounds at the point")
    parts = [_by_powers(coefficient(stream, k), directions, k) for k in range(order + 1)]
    return Expansion(place, order, _all_readable(parts), "", tuple(near.filled), tuple(near.conditions))


def _by_powers(value: Coefficient, directions: Sequence[Symbol], k: int) -> dict[Multi, Coefficient]:
    """A homogeneous polynomial of degree k in the directions, by their powers."""
    terms: Terms = value if isinstance(value, dict) else {(): value} if value else {}
    found: dict[Multi, Terms] = {}
    for mono, number in terms.items():
        powers = dict(mono)
        alpha = tuple([powers.pop(h, 0) for h in directions])
        rest: Mono = tuple([factor for factor in mono if factor[0] in powers])
        exponents = [n for n in alpha if is_number(n) and isinstance(n, int) and n >= 0]
        if len(exponents) < len(alpha) or sum(alpha) != k or free_symbols(*powers) & set(directions):
            raise UndecidedError("the function approaches the point differently from different directions")
        found.setdefault(alpha, {})[rest] = number
    return {alpha: _plain(rest) for alpha, rest in found.items()}


def _plain(terms: Terms) -> Coefficient:
    return terms[()] if set(terms) == {()} else terms


def _all_readable(parts: Sequence[Mapping[Multi, Coefficient]]) -> dict[Multi, Expr]:
    work = sum([len(value) for part in parts for value in part.values() if isinstance(value, dict)])
    found: dict[Multi, Expr] = {}
    for part in parts:
        for alpha in sorted(part, reverse=True):
            value = part[alpha]
            shown = readable(value) if work <= SHORT else expression_of(value)
            if shown is not ZERO:
                found[alpha] = shown
    return found


def readable(value: Coefficient) -> Expr:
    """A coefficient in the form people write."""
    return simplify(expression_of(value)) if isinstance(value, dict) else exact(value)


# ---- the polynomial ------------------------------------------------------------------------------------------------


def polynomial(found: Expansion, order: int | None = None) -> Expr:
    """The Taylor polynomial, lowest powers first, powers of (x - a) in one piece."""
    highest = found.order if order is None else order
    pieces = [(x, distance(x, at)) for x, at in found.place.items()]
    terms = [term(c, alpha, pieces) for alpha, c in found.coefficients.items() if sum(alpha) <= highest]
    return join(terms) if terms else ZERO


def distance(x: Expr, at: Expr) -> Expr:
    """x - a as it is written: x for a = 0, x + 1 for a = -1."""
    if type(at) is Neg:
        return add(x, at.args[0])
    return sub(x, at)


def term(factor: Expr, alpha: Multi, pieces: Sequence[tuple[Expr, Expr]]) -> Expr:
    """factor·(x - a)^α as one fraction, its sign in front."""
    factors = [power(piece, rational(n)) for (_, piece), n in zip(pieces, alpha, strict=True) if n]
    if not factors:
        return factor
    ratio = ratio_of(factor)
    if ratio is not None:
        return fraction(quotient(*ratio), factors, [])
    negative = type(factor) is Neg
    whole = factor.args[0] if negative else factor
    above, below = whole.args if type(whole) is Div else (whole, ONE)
    above_factors = [*(above.args if type(above) is Mul else (above,) if above is not ONE else ()), *factors]
    below_factors = [*(below.args if type(below) is Mul else (below,) if below is not ONE else ())]
    return fraction(-1 if negative else 1, above_factors, below_factors)


# ---- checked by values ---------------------------------------------------------------------------------------------

_NEAR, _NEARER = 10, 13  # powers of ten: two distances from the point


def remainder_shrinks(f: Expr, found: Expansion, order: int, assuming: Assumptions = NOTHING) -> bool | None:
    """Whether f - T shrinks faster than the power `order` of the distance, by values; None where that is not measured.

    A coefficient of t^k that is wrong leaves an error like t^k, which is told apart however small it is.
    """
    import mpmath

    digits = _NEARER * (order + 2) + 40
    approximation = PreciseProgram(polynomial(found, order))
    function = PreciseProgram(f)
    free = sorted(free_symbols(f, *found.place.values()) - set(found.place), key=lambda symbol: symbol.data)
    chosen = _values_of(free, [*found.conditions, *assuming.conditions])
    if chosen is None:
        return None
    with mpmath.workdps(digits):
        values: dict[Expr, object] = {symbol: mpmath.mpf(value) for symbol, value in zip(free, chosen, strict=True)}
        try:
            centre = {x: precise_value(at, values, digits) for x, at in found.place.items()}
            for direction in _directions(len(centre)):
                errors = []
                for size in (_NEAR, _NEARER):
                    h = mpmath.mpf(10) ** -size
                    moved = {x: c + d * h for (x, c), d in zip(centre.items(), direction, strict=True)}
                    point: dict[Expr, object] = {**values, **moved}
                    pair = [program.run(point) for program in (function, approximation)]
                    if any(value is None or isinstance(value, bool) for value in pair):
                        return None
                    errors.append(abs(pair[0] - pair[1]))
                floor = mpmath.mpf(10) ** (20 - digits)
                allowed = errors[0] * mpmath.mpf(10) ** (-(_NEARER - _NEAR) * (order + mpmath.mpf(1) / 10))
                if errors[1] > max(allowed, floor):
                    return False
        except (ArithmeticError, ValueError, TypeError):
            return None
    return True


def _values_of(free: Sequence[Expr], conditions: Sequence[Expr]) -> list[float] | None:
    """Values of the parameters for which the conditions hold."""
    if not free:
        return []
    program = Program(list(conditions), list(free))
    for value in islice(points(free, conditions), 100):
        if all(verdict is True for verdict in program.run(value)):
            return value
    return None


def _directions(count: int) -> Iterator[list[int]]:
    """A few directions in which every variable moves, of both signs."""
    yield [1] * count
    yield [-1] * count
    if count > 1:
        yield [(-1) ** i * (i + 2) for i in range(count)]
        yield [i + 1 for i in range(count)]


__all__ = ["Expansion", "Multi", "distance", "expansion", "polynomial", "readable", "remainder_shrinks", "term"]
