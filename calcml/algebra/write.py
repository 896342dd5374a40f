"""Writing a sum of products as an expression: fractions, roots and signs where a reader expects them."""

from __future__ import annotations

from collections.abc import Iterable

from calcml import build
from calcml.algebra.terms import Coefficient, Exponent, Mono, Terms, is_number
from calcml.expr import ZERO, Add, Call, Div, Expr, Mul, Neg, Number, Pow, Sub, make, rational


def exact(value: Coefficient) -> Expr:
    """An exact coefficient as an expression."""
    return rational(value) if isinstance(value, int) else rational(value.numerator, value.denominator)


def canonical(terms: Terms) -> Expr:
    """The one expression for these terms within a process: a key, not yet ordered for people."""
    if not terms:
        return ZERO
    ordered = sorted(terms.items(), key=lambda item: tuple([base.serial for base, _ in item[0]]))
    return join([write_product(mono, coefficient) for mono, coefficient in ordered])


def join(terms: Iterable[Expr]) -> Expr:
    """A sum with its signs tidy: `a - b`, never `a + -b`."""
    found = list(terms)
    if len(found) == 1:
        return found[0]
    if len(found) == 2:
        if type(found[1]) is Neg:
            return make(Sub, None, (found[0], found[1].args[0]))
        return make(Add, None, tuple(found))
    return make(Add, None, tuple(found)) if found else ZERO


def write_product(mono: Mono, coefficient: Coefficient) -> Expr:
    """coefficient·mono as one fraction: negative exponents go below the line."""
    above: list[Expr] = []
    below: list[Expr] = []
    for base, n in mono:
        if is_negative(n):
            below.append(write_power(base, -n if is_number(n) else n.args[0] if type(n) is Neg else n))
        else:
            above.append(write_power(base, n))
    return fraction(coefficient, above, below)


def is_negative(n: Exponent) -> bool:
    """Whether a power with this exponent is written below the line: a negative number, but e^(-x) stays above."""
    return is_number(n) and n < 0


def fraction(coefficient: Coefficient, above: list[Expr], below: list[Expr]) -> Expr:
    """±(p·above)/(q·below)."""
    top = abs(coefficient if isinstance(coefficient, int) else coefficient.numerator)
    bottom = 1 if isinstance(coefficient, int) else coefficient.denominator
    numerator = _times(top, above)
    result = numerator if bottom == 1 and not below else make(Div, None, (numerator, _times(bottom, below)))
    return build.neg(result) if coefficient < 0 else result


def _times(number: int, factors: list[Expr]) -> Expr:
    if number != 1 or not factors:
        factors = [Number(number), *factors]
    return factors[0] if len(factors) == 1 else make(Mul, None, tuple(factors))


def write_power(base: Expr, n: Exponent) -> Expr:
    """base^n; an exponent of one half is a square root."""
    if is_number(n):
        if n == 1:
            return base
        if not isinstance(n, int) and n.denominator == 2:
            root = make(Call, "sqrt", (base,))
            return root if n.numerator == 1 else make(Pow, None, (base, exact(n)))
        return make(Pow, None, (base, exact(n)))
    return make(Pow, None, (base, n))
