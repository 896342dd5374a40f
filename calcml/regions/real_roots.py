"""Real roots of polynomials in one variable, all of them and in closed form, or none.

A polynomial is its list of coefficients, lowest first. Rational roots are divided out, what remains is solved by the
quadratic formula where it is quadratic in some power; a remainder of higher degree is only accepted where Sturm's
theorem says that it has no real root.
"""

from __future__ import annotations

from itertools import pairwise
from math import gcd, lcm

from calcml.algebra.terms import quotient
from calcml.algebra.whole_numbers import exact_root, possible_roots
from calcml.build import power
from calcml.errors import UndecidedError
from calcml.expr import Call, rational
from calcml.regions.reals import Border, Real, compare, expr_of, minus, over, plus, real, times

Polynomial = list[Border]

MAX_DEGREE = 40
_SEARCHED = 10**6  # numerators and denominators of rational roots are looked for in numbers up to this size


def real_roots(coefficients: Polynomial) -> list[Border]:
    """All real roots, each once, in no order. UndecidedError where they have no closed form that is known.

    >>> sorted(real_roots([0, -1, 0, 1])), real_roots([1, 0, 1]), sorted(real_roots([-2, 0, 1]))
    ([-1, 0, 1], [], [-sqrt(2), sqrt(2)])
    """
    p = _trimmed(coefficients)
    if len(p) > MAX_DEGREE + 1:
        raise UndecidedError("a polynomial of too high a degree")
    found: list[Border] = []
    if p and _is_zero(p[0]):
        found.append(0)
        while _is_zero(p[0]):
            p = p[1:]
    if not any(isinstance(c, Real) for c in p) and len(p) > 3:
        p = _primitive(p)
        p = _primitive(_divided(p, _common_divisor(p, _derivative(p)))[0])  # each root once
        for root in _rational_roots(p):
            p = _primitive(_divided(p, [-root, 1])[0])
            found.append(root)
    return found + _closed_roots(p)


def value_at(p: Polynomial, x: Border) -> Border:
    """The value of the polynomial, by Horner's scheme.

    >>> value_at([1, 0, 2], 3)
    19
    """
    total: Border = 0
    for coefficient in reversed(p):
        total = plus(times(total, x), coefficient)
    return total


def _is_zero(value: Border) -> bool:
    return compare(value, 0) == 0


def _trimmed(p: Polynomial) -> Polynomial:
    while p and _is_zero(p[-1]):
        p = p[:-1]
    return p


def _closed_roots(p: Polynomial) -> list[Border]:
    if len(p) <= 1:
        return []
    if len(p) == 2:
        return [over(minus(p[0]), p[1])]
    step = gcd(*[i for i, coefficient in enumerate(p) if not _is_zero(coefficient)])
    if step > 1:
        return [root for s in _closed_roots(p[::step]) for root in _roots_of_number(s, step)]
    if len(p) == 3:
        return _quadratic_roots(*p)
    if any(isinstance(c, Real) for c in p) or count_real_roots(p):
        raise UndecidedError("a polynomial whose roots have no short closed form")
    return []


def _quadratic_roots(c: Border, b: Border, a: Border) -> list[Border]:
    discriminant = plus(times(b, b), times(-4, times(a, c)))
    sign = compare(discriminant, 0)
    if sign < 0:
        return []
    middle = over(minus(b), times(2, a))
    if sign == 0:
        return [middle]
    # (b/2a)^2 - c/a under the root keeps the closed form short: 1 - sqrt(2), not (2 - sqrt(8))/2
    offset = _roots_of_number(over(discriminant, times(4, times(a, a))), 2)[1]
    return [plus(middle, minus(offset)), plus(middle, offset)]


def _roots_of_number(s: Border, n: int) -> list[Border]:
    """The real solutions of t^n = s."""
    sign = compare(s, 0)
    if sign == 0:
        return [0]
    if n % 2 == 0 and sign < 0:
        return []
    length = s if sign > 0 else minus(s)
    size = expr_of(length)
    exact = None if isinstance(length, Real) else _rational_root(length, n)
    root = (
        exact
        if exact is not None
        else real(Call("sqrt", size) if n == 2 else Call("cbrt", size) if n == 3 else power(size, rational(1, n)))
    )
    return [minus(root), root] if n % 2 == 0 else [root if sign > 0 else minus(root)]


def _rational_root(value: Border, n: int) -> Border | None:
    """The root of a positive rational number where it is rational."""
    top, bottom = [exact_root(number, n) for number in (value.numerator, value.denominator)]
    return None if top is None or bottom is None else quotient(top, bottom)


# ---- rational coefficients -----------------------------------------------------------------------------------------


def _primitive(p: Polynomial) -> list[int]:
    """The multiple of the polynomial with whole coefficients without a common divisor."""
    bottom = lcm(*[c.denominator for c in p])
    whole = [int(c * bottom) for c in p]
    shared = gcd(*whole) or 1
    return [c // shared for c in whole]


def _derivative(p: Polynomial) -> Polynomial:
    return [i * c for i, c in enumerate(p)][1:]


def _divided(p: Polynomial, q: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Quotient and remainder."""
    rest, found = list(p), [0] * max(len(p) - len(q) + 1, 1)
    while len(rest) >= len(q) and any(rest):
        factor = quotient(rest[-1], q[-1])
        place = len(rest) - len(q)
        found[place] = factor
        rest = [c - factor * q[i - place] if i >= place else c for i, c in enumerate(rest)][:-1]
        rest = _trimmed(rest)
    return found, rest


def _common_divisor(p: Polynomial, q: Polynomial) -> Polynomial:
    while q:
        p, q = q, _divided(p, q)[1]
        q = list(_primitive(q)) if q else q
    return p


def _rational_roots(p: list[int]) -> list[Border]:
    """All rational roots of a polynomial with whole coefficients whose last ones are small."""
    first, last = abs(p[0]), abs(p[-1])
    if max(first, last) > _SEARCHED:
        raise UndecidedError("a polynomial with large coefficients")
    return [x for x in sorted(quotient(*root) for root in possible_roots(first, last)) if value_at(p, x) == 0]


def count_real_roots(p: Polynomial) -> int:
    """How many different real roots a polynomial with rational coefficients has, by Sturm's theorem.

    >>> count_real_roots([-1, -1, 0, 0, 0, 1]), count_real_roots([1, 0, 0, 1, 1])
    (1, 0)
    """
    chain = [p, _derivative(p)]
    while chain[-1]:
        chain.append([-c for c in _divided(chain[-2], chain[-1])[1]])
    heads = [q[-1] for q in chain[:-1]]
    right = [h > 0 for h in heads]
    left = [(h > 0) == (len(q) % 2 == 1) for h, q in zip(heads, chain, strict=False)]
    return _changes(left) - _changes(right)


def _changes(signs: list[bool]) -> int:
    return sum(a != b for a, b in pairwise(signs))
