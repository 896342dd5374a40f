"""Partial fractions: numerator/(p₁^n₁ · p₂^n₂ ···) as a polynomial plus a sum of fractions over powers of the pᵢ.

The part over p^n is numerator · (the other factors)⁻¹ modulo p^n, written in digits to the base p. Polynomials in
the variable are lists of coefficients, lowest first; the coefficients are elements of a field, so parameters are
welcome.
"""

from __future__ import annotations

from typing import NamedTuple

from calcml.algebra.field import NOUGHT, UNIT, Field, Product
from calcml.algebra.polynomials import Poly, coefficients

Dense = list[Product]


class Part(NamedTuple):
    """numerator/factor^power; power 0 for the polynomial part."""

    numerator: Product
    factor: Poly
    power: int


def dense(field: Field, p: Poly, i: int) -> Dense:
    """A polynomial in the kernels as coefficients by powers of kernel i."""
    by_degree = coefficients(p, i)
    return [field.of(by_degree.get(n, {})) for n in range(max(by_degree, default=-1) + 1)]


def partial_fractions(field: Field, above: Poly, factors: list[tuple[Poly, int]], i: int) -> list[Part]:
    """The parts of above/∏ factor^n by kernel i; every factor contains it, and no two have a common divisor."""
    powers = [_power(field, dense(field, p, i), n) for p, n in factors]
    whole: Dense = [UNIT]
    for q in powers:
        whole = _times(field, whole, q)
    polynomial, rest = _divided(field, dense(field, above, i), whole)
    parts = [Part(_element(field, polynomial, i), {}, 0)] if polynomial else []
    for (p, n), q in zip(factors, powers, strict=True):
        others, _ = _divided(field, whole, q)
        digit_source = _divided(field, _times(field, rest, _inverse(field, others, q)), q)[1]
        base = dense(field, p, i)
        for k in range(n, 0, -1):
            digit_source, digit = _divided(field, digit_source, base)
            if digit:
                parts.append(Part(_element(field, digit, i), p, k))
    return parts


def _element(field: Field, a: Dense, i: int) -> Product:
    return field.sum([field.product([c, field.element(i, n)]) if n else c for n, c in enumerate(a)])


def _trimmed(a: Dense) -> Dense:
    while a and not a[-1].top:
        a.pop()
    return a


def _times(field: Field, a: Dense, b: Dense) -> Dense:
    if not a or not b:
        return []
    return _trimmed(
        [
            field.sum([field.product([a[j], b[n - j]]) for j in range(max(0, n - len(b) + 1), min(n + 1, len(a)))])
            for n in range(len(a) + len(b) - 1)
        ]
    )


def _minus(field: Field, a: Dense, b: Dense) -> Dense:
    size = max(len(a), len(b))
    first, second = a + [NOUGHT] * (size - len(a)), b + [NOUGHT] * (size - len(b))
    return _trimmed([field.sum([c, field.negated(d)]) for c, d in zip(first, second, strict=True)])


def _power(field: Field, a: Dense, n: int) -> Dense:
    result: Dense = [UNIT]
    for _ in range(n):
        result = _times(field, result, a)
    return result


def _divided(field: Field, a: Dense, b: Dense) -> tuple[Dense, Dense]:
    """Quotient and remainder."""
    rest = list(a)
    lead = field.power(b[-1], -1)
    found: Dense = [NOUGHT] * max(0, len(a) - len(b) + 1)
    for shift in range(len(a) - len(b), -1, -1):
        factor = found[shift] = field.product([rest[shift + len(b) - 1], lead])
        if factor.top:
            for j, c in enumerate(b):
                rest[shift + j] = field.sum([rest[shift + j], field.negated(field.product([factor, c]))])
    return _trimmed(found), _trimmed(rest[: len(b) - 1] if len(a) >= len(b) else rest)


def _inverse(field: Field, a: Dense, modulus: Dense) -> Dense:
    """The inverse of a by the modulus, which has no common divisor with it (Euclid's algorithm)."""
    old, new = modulus, _divided(field, a, modulus)[1]
    old_factor: Dense = []
    factor: Dense = [UNIT]
    while len(new) > 1:
        q, rest = _divided(field, old, new)
        old, new = new, rest
        old_factor, factor = factor, _minus(field, old_factor, _times(field, q, factor))
    scale = field.power(new[0], -1)
    return [field.product([c, scale]) for c in factor]
