"""Greatest common divisors of polynomials, and square-free factors.

The gcd is found by the heuristic method: the polynomials are evaluated at a large whole number, the gcd of the values
is a number, and its digits to that base are the coefficients of the answer. Every candidate is checked by division, so
an answer is always a common divisor; where the numbers would become too large, or six points were in vain, the answer
is what was found so far (often 1): still a common divisor, not always the greatest.
"""

from __future__ import annotations

from math import gcd, isqrt

from calcml.algebra.polynomials import (
    Allowance,
    Exponents,
    Poly,
    add_into,
    coefficients,
    common_monomial,
    constant,
    content,
    degrees,
    derivative,
    difference,
    divide,
    is_constant,
    joined,
    multiply,
    primitive,
    trimmed,
    variable,
    variables,
    without,
)

MAX_EVALUATION_BITS = 60_000  # of the numbers that stand for polynomials
TRIES = 6


def common_divisor(p: Poly, q: Poly, allowance: Allowance) -> Poly:
    """A common divisor of two polynomials, the greatest with few exceptions; it leads with a sign +."""
    if not p or not q:
        whole = p or q
        return {exponents: -value for exponents, value in whole.items()} if content(whole) < 0 else whole
    number = gcd(content(p), content(q))
    shared = _least(common_monomial(p), common_monomial(q))
    outside: Poly = {shared: number}
    p, q = primitive(without(p, 1, common_monomial(p))), primitive(without(q, 1, common_monomial(q)))
    return multiply(outside, _inner(p, q, allowance), allowance)


def _least(a: Exponents, b: Exponents) -> Exponents:
    return trimmed([min(m, n) for m, n in zip(a, b, strict=False)])


def _inner(p: Poly, q: Poly, allowance: Allowance) -> Poly:
    """The gcd of two primitive polynomials that no variable divides."""
    one: Poly = {(): 1}
    if is_constant(p) or is_constant(q):
        return one
    if p == q:
        return p
    inside_p, inside_q = set(variables(p)), set(variables(q))
    if not inside_p & inside_q:
        return one
    for i in sorted(inside_p ^ inside_q):  # a variable of one of the two only: every coefficient must be divisible
        whole, other = (p, q) if i in inside_p else (q, p)
        for part in coefficients(whole, i).values():
            other = common_divisor(other, part, allowance)
            if is_constant(other):
                return one
        return primitive(other)
    for small, large in ((p, q), (q, p)):
        if len(small) <= len(large) and divide(large, small, allowance) is not None:
            return small
    found = _heuristic(p, q, sorted(inside_p), allowance)
    return one if found is None else primitive(found)


def _heuristic(p: Poly, q: Poly, names: list[int], allowance: Allowance) -> Poly | None:
    number = gcd(content(p), content(q))
    p, q = without(p, number, ()), without(q, number, ())
    if not names:
        return constant(number * gcd(p[()], q[()]))
    x, rest = names[0], names[1:]
    size = max(degrees(part)[x] if x < len(degrees(part)) else 0 for part in (p, q))
    low = min(max(map(abs, part.values())) for part in (p, q))
    lead = min(max(map(abs, part.values())) // abs(part[max(part)]) for part in (p, q))
    bound = 2 * low + 29
    xi = max(min(bound, 99 * isqrt(bound)), 2 * lead + 4)
    for _ in range(TRIES):
        if (size + 1) * xi.bit_length() > MAX_EVALUATION_BITS:
            return None
        a, b = _evaluated(p, x, xi), _evaluated(q, x, xi)
        if a and b:
            inner = _heuristic(a, b, rest, allowance)
            if inner is None:
                return None
            candidate = primitive(_digits(inner, x, xi))
            if divide(p, candidate, allowance) is not None and divide(q, candidate, allowance) is not None:
                return {exponents: number * value for exponents, value in candidate.items()}
        xi = 73794 * xi * isqrt(isqrt(xi)) // 27011
    return None


def _evaluated(p: Poly, x: int, value: int) -> Poly:
    total: Poly = {}
    for n, part in coefficients(p, x).items():
        add_into(total, part, value**n)
    return total


def _digits(p: Poly, x: int, base: int) -> Poly:
    """The polynomial in x whose value at `base` is p, with coefficients of at most half the base."""
    found: Poly = {}
    n = 0
    while p:
        digit: Poly = {}
        for exponents, value in p.items():
            small = value % base
            if small > base // 2:
                small -= base
            if small:
                digit[exponents] = small
        for exponents, value in digit.items():
            found[joined(exponents, _at(x, n))] = value
        p = {exponents: value // base for exponents, value in difference(p, digit).items()}
        n += 1
    return found


def _at(x: int, n: int) -> Exponents:
    return next(iter(variable(x, n)))


def square_free(p: Poly, allowance: Allowance) -> list[tuple[Poly, int]]:
    """Factors without repeated factors, with exponents, whose product is the primitive polynomial p (Yun's algorithm).

    Factors that do not share every variable are kept apart: x·y + x is x and y + 1.
    """
    found: list[tuple[Poly, int]] = []
    monomial = common_monomial(p)
    found += [(variable(i), n) for i, n in enumerate(monomial) if n]
    work = [without(p, 1, monomial)]
    while work:
        f = work.pop()
        if is_constant(f):
            continue
        inside = variables(f)
        for i in inside:
            shared: Poly = {}
            for part in coefficients(f, i).values():
                shared = common_divisor(shared, part, allowance)
            if not is_constant(shared):
                rest = divide(f, primitive(shared), allowance)
                assert rest is not None
                work += [primitive(shared), rest]
                break
        else:
            found += _yun(f, inside[0], allowance)
    return _merged(found)


def _yun(f: Poly, i: int, allowance: Allowance) -> list[tuple[Poly, int]]:
    slope = derivative(f, i)
    shared = common_divisor(f, slope, allowance)
    if is_constant(shared):
        return [(f, 1)]
    found: list[tuple[Poly, int]] = []
    b, c = divide(f, shared, allowance), divide(slope, shared, allowance)
    n = 1
    while b is not None and c is not None and not is_constant(b):
        d = difference(c, derivative(b, i))
        a = primitive(common_divisor(b, d, allowance)) if d else primitive(b)
        if not is_constant(a):
            found.append((a, n))
        b, c = divide(b, a, allowance), divide(d, a, allowance) if d else {}
        n += 1
    total: Poly = {(): 1}
    for a, m in found:
        for _ in range(m):
            total = multiply(total, a, allowance)
    return found if total == primitive(f) else [(f, 1)]  # a gcd that gave up leaves f as it is


def _merged(factors: list[tuple[Poly, int]]) -> list[tuple[Poly, int]]:
    found: dict[frozenset[tuple[Exponents, int]], tuple[Poly, int]] = {}
    for f, n in factors:
        key = frozenset(f.items())
        found[key] = (f, found[key][1] + n) if key in found else (f, n)
    return list(found.values())
