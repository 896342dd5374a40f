"""Factors of polynomials over the rationals, as far as a few closed formulas reach.

Square-free factors first; then rational roots, and polynomials of degree two in one of their variables by their
discriminant, which covers differences of squares. What is linear in a variable, or has a degree of at most three and
no rational root, is irreducible. Anything else is returned as it is, and marked as not settled.
"""

from __future__ import annotations

from math import isqrt

from calcml.algebra.gcds import square_free
from calcml.algebra.polynomials import (
    Allowance,
    Exponents,
    Poly,
    coefficients,
    content,
    degrees,
    difference,
    divide,
    is_constant,
    multiply,
    power,
    primitive,
    scaled,
    variable,
    variables,
)
from calcml.algebra.whole_numbers import exact_root, possible_roots

MAX_CANDIDATE = 1_000_000  # a coefficient whose divisors are looked for
MAX_ROOTS_DEGREE = 200
Factor = tuple[Poly, int, bool]  # a factor, its exponent, and whether it is known to be irreducible


def factors(p: Poly, allowance: Allowance) -> list[Factor]:
    """The factors found of a primitive polynomial: their product with these exponents is p."""
    found: list[Factor] = []
    for f, n in square_free(p, allowance):
        found += [(part, n, settled) for part, settled in _split(f, allowance)]
    return found


def _split(f: Poly, allowance: Allowance) -> list[tuple[Poly, bool]]:
    """The factors of a square-free polynomial none of whose variables is missing from a factor."""
    done: list[tuple[Poly, bool]] = []
    work = [f]
    while work:
        p = work.pop()
        inside = variables(p)
        degree = degrees(p)
        if any(degree[i] == 1 for i in inside):
            done.append((p, True))
            continue
        parts = _by_roots(p, inside[0], allowance) if len(inside) == 1 else None
        if parts is None:
            parts = next(
                (found for i in inside if degree[i] == 2 and (found := _by_discriminant(p, i, allowance))), None
            )
            parts = parts or _binomial(p, allowance) or _even(p, inside, allowance)
        if parts is None:
            settled = (degree[inside[0]] <= 3 and _roots_decide(p, inside)) or 2 in (degree[i] for i in inside)
            done.append((p, settled))
        else:
            work += [primitive(part) for part in parts if not is_constant(part)]
    return sorted(done, key=lambda part: sorted(part[0].items()))


def _roots_decide(p: Poly, inside: list[int]) -> bool:
    """Whether all rational roots were tried."""
    return len(inside) == 1 and max(abs(p[min(p)]), abs(p[max(p)])) <= MAX_CANDIDATE


def _by_roots(p: Poly, i: int, allowance: Allowance) -> list[Poly] | None:
    """(q·x - r, the rest) for a rational root r/q of a polynomial in one variable."""
    size = max(p)[i]
    if size > MAX_ROOTS_DEGREE:
        return None
    values = [p.get(_at(i, n), 0) for n in range(size + 1)]
    first, last = abs(values[0]), abs(values[-1])
    if not first or max(first, last) > MAX_CANDIDATE:
        return None
    for r, q in possible_roots(first, last):
        allowance.spend(size)
        value = 0
        for n, c in enumerate(reversed(values)):
            value = value * r + c * q**n
        if not value:
            linear: Poly = {_at(i, 1): q, (): -r}
            rest = divide(p, linear, allowance)
            assert rest is not None
            return [linear, rest]
    return None


def _at(i: int, n: int) -> Exponents:
    return next(iter(variable(i, n)))


def _by_discriminant(p: Poly, i: int, allowance: Allowance) -> list[Poly] | None:
    """The two factors of a·x² + b·x + c whose discriminant is a square: 4a·p = (2a·x + b - d)·(2a·x + b + d)."""
    by_degree = coefficients(p, i)
    a, b, c = (by_degree.get(n, {}) for n in (2, 1, 0))
    d = root_of(difference(multiply(b, b, allowance), scaled(multiply(a, c, allowance), 4)), allowance)
    if d is None:
        return None
    ax = multiply(scaled(a, 2), variable(i), allowance)
    middle = difference(ax, scaled(b, -1))
    lower = difference(middle, d)
    for divisor, _ in square_free(primitive(lower), allowance):
        if i in variables(divisor):
            rest = divide(p, divisor, allowance)
            if rest is not None and not is_constant(rest):
                return [divisor, rest]
    return None


def _binomial(p: Poly, allowance: Allowance) -> list[Poly] | None:
    """a^k - b^k by a - b, and a^k + b^k by a + b for odd k, for terms that are k-th powers."""
    if len(p) != 2:
        return None
    (first, c), (second, d) = sorted(p.items(), reverse=True)
    for k in (2, 3, 5):
        a, b = exact_root(abs(c), k), exact_root(abs(d), k)
        if a and b and not any(n % k for n in (*first, *second)) and (k > 2 or d < 0):
            sign = -1 if d < 0 else 1
            part: Poly = {tuple([n // k for n in first]): a, tuple([n // k for n in second]): sign * b}
            rest = divide(p, part, allowance)
            return None if rest is None else [part, rest]
    return None


def _even(p: Poly, inside: list[int], allowance: Allowance) -> list[Poly] | None:
    """x⁴ + b·x² + c in one variable as (x² + m·x + n)·(x² - m·x + n): n² = c and m² = 2n - b, by whole numbers."""
    if len(inside) != 1 or max(p)[inside[0]] != 4 or any(sum(e) % 2 for e in p):
        return None
    i = inside[0]
    a, b, c = (p.get(_at(i, n), 0) for n in (4, 2, 0))
    if c <= 0 or a <= 0 or isqrt(c) ** 2 != c or isqrt(a) ** 2 != a:
        return None
    k = isqrt(a)
    for n in (isqrt(c), -isqrt(c)):
        square = 2 * n * k - b
        if square > 0 and isqrt(square) ** 2 == square:
            m = isqrt(square)
            part: Poly = {_at(i, 2): k, _at(i, 1): m, (): n}
            rest = divide(p, part, allowance)
            return None if rest is None else [part, rest]
    return None


def root_of(p: Poly, allowance: Allowance) -> Poly | None:
    """The polynomial whose square is p, or None."""
    if not p:
        return {}
    number = content(p)
    if number < 0 or isqrt(number) ** 2 != number or any(n % 2 for n in max(p)) or any(n % 2 for n in min(p)):
        return None
    result: Poly = {(): isqrt(number)}
    for f, n in square_free(primitive(p), allowance):
        if n % 2:
            return None
        result = multiply(result, power(f, n // 2, allowance), allowance)
    return result
