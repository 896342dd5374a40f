"""Exact coefficients of series: rational numbers as numbers, and everything else as sums of products.

A coefficient is an int or a Fraction, or, where it has other parts (e, sqrt(2), sin(1), a parameter), `Terms`. Which
of the two it is follows from its value, so that series of rational numbers cost what arithmetic on numbers costs.
"""

from __future__ import annotations

from typing import Any

from calcml.algebra.expand import expand
from calcml.algebra.read import as_factor, invert, terms_of
from calcml.algebra.terms import UNIT, Mono, Terms, add_into, multiply, product, quotient, scaled, whole
from calcml.algebra.write import canonical, exact
from calcml.errors import CalcmlError, LimitError, UndecidedError
from calcml.expr import Expr

Coefficient = Any  # int | Fraction | Terms

MAX_TERMS = 4000  # of one coefficient


def coefficient_of(expr: Expr) -> Coefficient:
    """The coefficient that an expression without the variable stands for.

    >>> from calcml.reading import parse
    >>> coefficient_of(parse("2/3 - 1/6")), expression_of(coefficient_of(parse("2*(a + 1)")))
    (Fraction(1, 2), 2 + 2*a)
    """
    terms = terms_of(expr)
    return _plain(expand(terms) or terms if terms else terms)


def expression_of(value: Coefficient) -> Expr:
    """The coefficient as an expression."""
    return canonical(value) if isinstance(value, dict) else exact(value)


def _plain(terms: Terms) -> Coefficient:
    if not terms:
        return 0
    return terms[UNIT] if len(terms) == 1 and UNIT in terms else terms


def _terms(value: Coefficient) -> Terms:
    if isinstance(value, dict):
        return value
    return {UNIT: value} if value else {}


def plus(a: Coefficient, b: Coefficient) -> Coefficient:
    """a + b."""
    if not isinstance(a, dict) and not isinstance(b, dict):
        return whole(a + b)
    total = dict(_terms(a))
    add_into(total, _terms(b))
    return _plain(total)


def total_of(parts: list[Coefficient]) -> Coefficient:
    """The sum of many coefficients, in time linear in their terms."""
    number: Any = 0
    total: Terms = {}
    for part in parts:
        if isinstance(part, dict):
            add_into(total, part)
        else:
            number += part
    if not total:
        return whole(number)
    add_into(total, _terms(whole(number)))
    return _plain(total)


def times(a: Coefficient, b: Coefficient) -> Coefficient:
    """a·b. LimitError when the product has too many terms."""
    if not isinstance(a, dict):
        if not isinstance(b, dict):
            return whole(a * b)
        return _plain(scaled(b, a))
    if not isinstance(b, dict):
        return _plain(scaled(a, b))
    if len(a) * len(b) > MAX_TERMS:
        raise LimitError(
            f"the exact coefficients have too many terms: the limit is {MAX_TERMS:,}",
            hint="a lower order, or a point at which the function has short values",
        )
    found = product(a, b)
    return _plain(expand(found) or found)


def over(a: Coefficient, b: Coefficient) -> Coefficient:
    """a/b for b ≠ 0; a divisor of several terms is a bracket below the line."""
    if not isinstance(a, dict) and not isinstance(b, dict):
        return quotient(a, b)
    inverse: tuple[Mono, Any] = invert(as_factor(_terms(b)))
    total: Terms = {}
    for term in _terms(a).items():
        mono, number = multiply(term, inverse)
        add_into(total, {mono: number})
    return _plain(total)


def is_zero(value: Coefficient) -> bool:
    """Whether a coefficient is 0, for all values of its parameters. UndecidedError where that is not known.

    >>> from calcml.reading import parse
    >>> is_zero(coefficient_of(parse("sin(1)^2 + cos(1)^2 - 1"))), is_zero(coefficient_of(parse("a - 1")))
    (True, False)
    """
    if not isinstance(value, dict):
        return not value
    from calcml.algebra import fractions
    from calcml.binding import free_symbols

    expr = canonical(value)
    if not free_symbols(expr) and _is_far_from_zero(expr):
        return False
    verdict = fractions.is_zero(expr)
    if verdict is None:
        raise UndecidedError(f"whether {expr!r} is 0 is not decided")
    return verdict


def _is_far_from_zero(expr: Expr) -> bool:
    import mpmath

    from calcml.precise import precise_value

    try:
        value = precise_value(expr, {}, 50)
        return bool(mpmath.isfinite(value) and abs(value) > mpmath.mpf(10) ** -30)
    except (CalcmlError, TypeError, ValueError):
        return False
