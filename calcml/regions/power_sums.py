"""Sums of powers of one base, solved for that base: x^3 - x, x - sqrt(x), e^(2x) - 3e^x + 2, ln(x)^2 - 1.

With t = base^(1/q), or t = a^(v/q) for an exponential, the sum is a polynomial in t over a power of t. Between the
points where it has the value of a border of the target it does not change sides, so that it is tried at one point of
each interval.
"""

from __future__ import annotations

from math import lcm, log
from typing import Any

from calcml.algebra.read import terms_of
from calcml.algebra.terms import Mono, Terms, is_number, quotient
from calcml.algebra.write import canonical
from calcml.binding import free_symbols
from calcml.build import power
from calcml.errors import UndecidedError
from calcml.expr import Call, Expr, make, rational
from calcml.regions.real_roots import MAX_DEGREE, real_roots, value_at
from calcml.regions.reals import Border, Real, compare, expr_of, minus, over, plus, real, times
from calcml.regions.region import EMPTY, Region, compared, ordered, samples

_ROOTS = 4  # logarithms that are rational with a denominator up to this are found


def solved_powers(terms: Terms, target: Region, x: Expr) -> tuple[Expr, Region] | None:
    """(base, set) such that the sum is in the target exactly where the base is in the set; None for another shape.

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> solved_powers(terms_of(parse("x - sqrt(x)")), compared(">", 0), symbols("x"))
    (x, (1, oo))
    """
    coefficients: dict[Any, Border] = {}
    root: tuple[Expr, Expr | None] | None = None  # the base, and for an exponential its exponent
    for mono, number in terms.items():
        moving = [factor for factor in mono if _moves(factor, x)]
        front = real(canonical({tuple([factor for factor in mono if not _moves(factor, x)]): number}))
        if not moving:
            coefficients[0] = front
            continue
        if len(moving) > 1:
            return None
        base, n = moving[0]
        if is_number(n):
            here: tuple[Expr, Expr | None] = (base, None)
        else:
            if x in free_symbols(base):
                return None
            direction, n, offset = _exponent(n, x)
            here = (base, direction)
            front = times(front, real(power(base, canonical(offset))))
        if root is not None and root != here:
            return None
        root = here
        coefficients[n] = plus(coefficients.get(n, 0), front)
    if root is None:
        return None
    base, exponent = root
    q = lcm(*[n.denominator for n in coefficients])
    powers = {int(n * q): c for n, c in coefficients.items()}
    if max(powers) - min(powers) > MAX_DEGREE:
        return None
    if exponent is None:
        found = _solved(powers, target, q > 1)
        if q > 1:
            found = (found & compared(">=", 0)).mapped(lambda t: _whole_power(t, q))
        return base, found
    found = _solved(powers, target, True) & compared(">", 0)
    return exponent, _logarithms(found, real(base), q)


def linear_form(inner: Expr, x: Expr) -> tuple[Border, Border]:
    """(a, b) with inner = a·x + b and a ≠ 0. UndecidedError for what is not linear.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> linear_form(2*x - 1, x)
    (2, -1)
    """
    terms = terms_of(inner)
    slope: Terms = {}
    for mono, coefficient in terms.items():
        if any(base is x or x in free_symbols(base) for base, _ in mono):
            if dict(mono).get(x) != 1 or any(x in free_symbols(base) for base, _ in mono if base is not x):
                raise UndecidedError(f"{inner!r} is not linear in {x!r}")
            slope[tuple([factor for factor in mono if factor[0] is not x])] = coefficient
    rest = {mono: c for mono, c in terms.items() if not any(x in free_symbols(base) for base, _ in mono)}
    if not slope:
        raise UndecidedError(f"{inner!r} does not depend on {x!r}")
    return real(canonical(slope)), real(canonical(rest))


def _moves(factor: tuple[Expr, Any], x: Expr) -> bool:
    base, n = factor
    return x in free_symbols(base) or (not is_number(n) and x in free_symbols(n))


def _exponent(n: Expr, x: Expr) -> tuple[Expr, Any, Terms]:
    """(v, r, c) with n = r·v + c, r a rational number, c free of x, and v the same for all multiples."""
    terms = terms_of(n)
    offset = {mono: c for mono, c in terms.items() if not any(_moves(factor, x) for factor in mono)}
    moving = {mono: c for mono, c in terms.items() if mono not in offset}
    lead: Mono = next(iter(sorted(moving, key=lambda mono: [base.serial for base, _ in mono])))
    scale = moving[lead]
    return canonical({mono: quotient(c, scale) for mono, c in moving.items()}), scale, offset


def _solved(powers: dict[int, Border], target: Region, is_root: bool) -> Region:
    """The numbers t (only those ≥ 0 are looked at where t is a root) with the sum of c·t^n in the target."""
    shift = min(0, *powers)
    degree = max(0, *powers) - shift
    values = [powers.get(n + shift, 0) for n in range(degree + 1)]
    levels: list[tuple[Border, bool]] = []  # where the sum has the value of a border, and whether that belongs
    for border, belongs in zip(target.borders, target.at, strict=True):
        moved = list(values)
        moved[-shift] = plus(moved[-shift], minus(border))
        levels += [(t, belongs) for t in real_roots(moved) if not (shift and compare(t, 0) == 0)]
    borders = ordered([t for t, _ in levels] + ([0] if shift or is_root else []))

    def in_target(t: Border) -> bool:
        return over(value_at(values, t), value_at([0] * -shift + [1], t)) in target

    at = []
    for border in borders:
        known = [belongs for t, belongs in levels if t == border]
        at.append(known[0] if known else not shift and in_target(border))
    return Region(borders, at, [in_target(t) for t in samples(borders)])


def _logarithms(found: Region, base: Border, q: int) -> Region:
    """The numbers v with base^(v/q) in a set of positive numbers."""
    if found == EMPTY:
        return EMPTY
    kept = [border for border in found.borders if border > 0]
    skipped = len(found.borders) - len(kept)
    return Region(kept, found.at[skipped:], found.inside[skipped:]).mapped(
        lambda t: times(q, logarithm(t, base)), increasing=base > 1
    )


def logarithm(t: Border, base: Border) -> Border:
    """The logarithm of a positive number to a base, rational where it is: that of 8 to the base 2 is 3.

    >>> from calcml.expr import E
    >>> logarithm(8, 2), logarithm(quotient(1, 9), 27), logarithm(quotient(1, 3), real(E))
    (3, Fraction(-2, 3), -ln(3))
    """
    if not isinstance(t, Real) and t < 1:
        return minus(logarithm(over(1, t), base))
    top = real(make(Call, "ln", (expr_of(t),)))
    if not isinstance(base, Real):
        for bottom in range(1, _ROOTS + 1):
            n = round(bottom * log(t) / log(base))
            if abs(n) < 64 and compare(_whole_power(t, bottom), _whole_power(base, n)) == 0:
                return quotient(n, bottom)
    return over(top, real(make(Call, "ln", (expr_of(base),))))


def _whole_power(t: Border, n: int) -> Border:
    return real(power(expr_of(t), rational(n)))
