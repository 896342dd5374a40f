"""Absolute values, signs and logarithms over the kernels: each is a product or a sum over the factors of its argument.

ln u is a sum of ln|f|, which is right wherever u is positive; sign(u) is |f|/f where f is never 0.
"""

from __future__ import annotations

from math import isqrt

from calcml.algebra.field import NOUGHT, Product, Undefined, number
from calcml.algebra.kernels import Kernels
from calcml.algebra.polynomials import Poly, variable
from calcml.expr import Number, make_call

MAX_PRIME = 10_000  # prime factors up to this are found


def absolute(k: Kernels, u: Product) -> Product:
    """|u| as a product of |f| over its factors."""
    if not u.top:
        return NOUGHT
    field = k.field
    apart = k.factored(u)
    found = [number(abs(apart.top), apart.bottom)]
    for p, n in apart.parts:
        known = k.sign(p)
        if n % 2 == 0 or known.nonnegative:
            found.append(field.power(field.of(p), n))
        elif known.nonpositive:
            found.append(field.negated(field.power(field.of(p), n)))
        else:
            found += [field.power(field.of(p), n - 1), field.element(_absolute_kernel(k, p))]
    return field.product(found)


def _absolute_kernel(k: Kernels, p: Poly) -> int:
    square = k.field.reduced(k.field.opened({k.field.atom(p): 2}))
    return k.field.kernel(("abs", frozenset(p.items())), "abs", make_call("abs", k.polynomial(p)), p, (2, square))


def sign_of(k: Kernels, u: Product) -> Product:
    """sign(u) as a product over the factors of u: |f|/f where f is never 0."""
    if not u.top:
        return NOUGHT
    field = k.field
    apart = k.factored(u)
    found = [number(1 if apart.top > 0 else -1)]
    for p, n in apart.parts:
        known = k.sign(p)
        if known.nonzero or n < 0:
            if n % 2:
                found.append(field.quotient(absolute(k, field.of(p)), field.of(p)))
            continue
        node = make_call("sign", k.polynomial(p))
        itself = variable(len(field.kernels))
        place = field.kernel(("sign", frozenset(p.items())), "sign", node, p, (3, itself))
        found.append(field.element(place, 2 - n % 2))
    return field.product(found)


def logarithm(k: Kernels, u: Product) -> Product:
    """ln|u| as a sum over its factors: ln u where u is positive."""
    if not u.top:
        raise Undefined("ln(0)")
    field = k.field
    apart = k.factored(u)
    terms = [logarithm_of_number(k, apart.top), field.negated(logarithm_of_number(k, apart.bottom))]
    terms += [field.product([number(n), logarithm_of_factor(k, p)]) for p, n in apart.parts]
    return field.sum(terms)


def logarithm_of_number(k: Kernels, value: int) -> Product:
    """ln|value| as a sum over the prime factors."""
    field = k.field
    return field.sum(
        [
            field.product(
                [number(n), field.element(field.kernel(("ln", p), "ln", make_call("ln", Number(p)), number(p)))]
            )
            for p, n in prime_powers(abs(value))
        ]
    )


def logarithm_of_factor(k: Kernels, p: Poly) -> Product:
    """ln|p| for a factor."""
    kernel = k.kernel(p)
    if kernel is not None:
        if kernel.name == "exp":
            return kernel.of
        if kernel.name == "root":
            base, q = kernel.of
            return k.field.product([number(1, q), logarithm(k, k.field.of(base))])
        if kernel.name == "abs":
            return logarithm(k, k.field.of(kernel.of))
    inside = k.polynomial(p)
    if not k.sign(p).nonnegative:
        inside = make_call("abs", inside)
    key = ("ln", frozenset(p.items()))
    return k.field.element(k.field.kernel(key, "ln", make_call("ln", inside), k.field.of(p)))


def prime_powers(value: int) -> list[tuple[int, int]]:
    """Prime factors with exponents; a factor beyond reach stays whole, its root taken where it is exact."""
    found: list[tuple[int, int]] = []
    p = 2
    while p <= MAX_PRIME and p * p <= value:
        n = 0
        while value % p == 0:
            value //= p
            n += 1
        if n:
            found.append((p, n))
        p += 1 if p == 2 else 2
    if value > 1:
        root = isqrt(value)
        found.append((root, 2) if root * root == value else (value, 1))
    return found
