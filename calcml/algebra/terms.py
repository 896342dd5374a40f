"""Sums of products as data: the arithmetic under the simplifier.

A product is a `Mono`: bases with exponents, each base once. A sum is `Terms`: products with exact coefficients. A base
is whatever is not taken apart further: a symbol, a function value, a whole number under a root, or a sum in brackets.
An exponent is an exact number, or an expression (`x^n`, `e^u`). The order inside a Mono only serves as a key; what
people see is ordered when it is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import gcd
from typing import Any

from calcml.expr import Add, Expr, Number, Sub

Coefficient = Any  # int, or Fraction once a fraction has occurred (fractions costs 3 ms to import)
Exponent = Any  # Coefficient | Expr
Mono = tuple[tuple[Expr, Exponent], ...]
Terms = dict[Mono, Coefficient]

UNIT: Mono = ()
MAX_POWER_BITS = 4096  # whole powers of numbers are computed up to this size, larger ones stay as they are


def quotient(p: Coefficient, q: Coefficient) -> Coefficient:
    """p/q exactly: an int where it is one."""
    if isinstance(p, int) and isinstance(q, int):
        if p % q == 0:
            return p // q
        from fractions import Fraction

        return Fraction(p, q)
    return whole(p / q)


def whole(value: Coefficient) -> Coefficient:
    """A Fraction with denominator 1 as an int."""
    return value.numerator if not isinstance(value, int) and value.denominator == 1 else value


def constant(value: Coefficient) -> Terms:
    """The sum that is a number."""
    return {UNIT: value} if value else {}


def single(base: Expr, exponent: Exponent = 1) -> Terms:
    """The sum that is one base."""
    return {((base, exponent),): 1}


def is_number(exponent: Exponent) -> bool:
    """Whether an exponent is an exact number, and not an expression."""
    return not isinstance(exponent, Expr)


def add_into(total: Terms, terms: Terms, factor: Coefficient = 1) -> None:
    """total += factor·terms."""
    for mono, coefficient in terms.items():
        value = total.get(mono, 0) + coefficient * factor
        if value:
            total[mono] = value if isinstance(value, int) else whole(value)
        else:
            total.pop(mono, None)


def scaled(terms: Terms, factor: Coefficient) -> Terms:
    """factor·terms."""
    return {mono: whole(coefficient * factor) for mono, coefficient in terms.items()} if factor else {}


def mono_of(factors: Iterable[tuple[Expr, Exponent]]) -> Mono:
    """A key from bases with exponents (each base once)."""
    return tuple(sorted(factors, key=_serial))


def _serial(factor: tuple[Expr, Exponent]) -> int:
    return factor[0].serial


def multiply(left: tuple[Mono, Coefficient], right: tuple[Mono, Coefficient]) -> tuple[Mono, Coefficient]:
    """The product of two products: exponents of equal bases are added."""
    (a, p), (b, q) = left, right
    coefficient = p * q
    if not a or not b:
        mono = a or b
        if coefficient not in (1, -1, 0) and any(type(base) is Number for base, _ in mono):
            return normal(dict(mono), coefficient)
        return mono, whole(coefficient)
    factors = dict(a)
    for base, n in b:
        m = factors.get(base)
        if m is None:
            factors[base] = n
            continue
        total = add_exponents(m, n)
        if is_number(total) and not total:
            del factors[base]
        else:
            factors[base] = total
    return normal(factors, coefficient)


def multiply_all(parts: Iterable[tuple[Mono, Coefficient]]) -> tuple[Mono, Coefficient]:
    """The product of many products, each base looked at once."""
    factors: dict[Expr, Exponent] = {}
    coefficient: Coefficient = 1
    for mono, number in parts:
        coefficient *= number
        for base, n in mono:
            m = factors.get(base)
            factors[base] = n if m is None else add_exponents(m, n)
    if not coefficient:
        return UNIT, 0
    return normal({base: n for base, n in factors.items() if not (is_number(n) and not n)}, coefficient)


def normal(factors: dict[Expr, Exponent], coefficient: Coefficient) -> tuple[Mono, Coefficient]:
    """Whole powers of numbers go into the coefficient; |u|, sign(u) and u of one product are reduced."""
    special = False
    rooted = None
    for base, n in factors.items():
        kind = type(base)
        if kind is Number or base.data in ("abs", "sign", "cbrt"):
            special = True
        elif (kind is Add or kind is Sub) and type(n) is not int and is_number(n):
            rooted = base
    if rooted is not None:
        from calcml.algebra.reduce import join_opposites

        coefficient *= join_opposites(factors)
    if special:
        from calcml.algebra.reduce import reduce_factors, roots_cancelled

        coefficient = roots_cancelled(factors, coefficient * reduce_factors(factors))
    return mono_of(factors.items()), whole(coefficient)


def add_exponents(m: Exponent, n: Exponent) -> Exponent:
    """m + n, a number where it is one."""
    if is_number(m) and is_number(n):
        return whole(m + n)
    from calcml.algebra.read import exponent_of, terms_of

    total = dict(terms_of(m) if isinstance(m, Expr) else constant(m))
    add_into(total, terms_of(n) if isinstance(n, Expr) else constant(n))
    return exponent_of(total)


def product(left: Terms, right: Terms) -> Terms:
    """left·right, multiplied out."""
    total: Terms = {}
    for a in left.items():
        for b in right.items():
            mono, coefficient = multiply(a, b)
            value = total.get(mono, 0) + coefficient
            if value:
                total[mono] = whole(value)
            else:
                total.pop(mono, None)
    return total


def content(terms: Terms) -> Coefficient:
    """The greatest positive number that divides every coefficient."""
    top, bottom = 0, 1
    for coefficient in terms.values():
        if isinstance(coefficient, int):
            top = gcd(top, coefficient)
        else:
            top = gcd(top, coefficient.numerator)
            bottom = bottom * coefficient.denominator // gcd(bottom, coefficient.denominator)
    return quotient(top, bottom) if top else 1
