"""Polynomials in several variables with whole coefficients: arithmetic, exact division, content.

A polynomial is a dict from exponents to coefficients. Exponents are a tuple without zeros at its end, so that a
further variable changes nothing that is already there, and comparing two of them is the lexicographic order. A number
that is not whole belongs to whoever holds the polynomial. Work is paid for in advance: a product whose terms exceed
the allowance raises LimitError before it is computed.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import comb, gcd

from calcml.errors import LimitError

Exponents = tuple[int, ...]
Poly = dict[Exponents, int]

MAX_TERMS = 1000  # of one polynomial
MAX_BITS = 20_000  # of one coefficient
MAX_WORK = 150_000  # products of terms for one question


class Allowance:
    """How many products of terms may still be computed."""

    __slots__ = ("left",)

    def __init__(self, products: int = MAX_WORK) -> None:
        self.left = products

    def spend(self, products: int) -> None:
        """Take that many, or raise LimitError when they are not there."""
        if products > self.left:
            raise LimitError("too many terms to multiply out", hint="leave the product as it is")
        self.left -= products


def constant(value: int) -> Poly:
    """The polynomial that is a number."""
    return {(): value} if value else {}


def variable(i: int, n: int = 1) -> Poly:
    """The n-th power of variable number i (from 0)."""
    return {(0,) * i + (n,): 1} if n else {(): 1}


def is_constant(p: Poly) -> bool:
    """Whether no variable occurs."""
    return not p or (len(p) == 1 and () in p)


def add_into(total: Poly, p: Poly, factor: int = 1) -> None:
    """total += factor·p."""
    for exponents, coefficient in p.items():
        value = total.get(exponents, 0) + factor * coefficient
        if value:
            total[exponents] = value
        else:
            total.pop(exponents, None)


def difference(p: Poly, q: Poly) -> Poly:
    """p - q."""
    total = dict(p)
    add_into(total, q, -1)
    return total


def scaled(p: Poly, factor: int) -> Poly:
    """factor·p."""
    return {exponents: factor * coefficient for exponents, coefficient in p.items()} if factor else {}


def joined(a: Exponents, b: Exponents) -> Exponents:
    """The exponents of a product."""
    if len(a) < len(b):
        a, b = b, a
    return (*[m + n for m, n in zip(a, b, strict=False)], *a[len(b) :]) if b else a


def multiply(p: Poly, q: Poly, allowance: Allowance) -> Poly:
    """p·q."""
    allowance.spend(len(p) * len(q))
    if len(p) > len(q):
        p, q = q, p
    total: Poly = {}
    for a, c in p.items():
        for b, d in q.items():
            exponents = joined(a, b)
            total[exponents] = total.get(exponents, 0) + c * d
    return {exponents: value for exponents, value in total.items() if value}


def power(p: Poly, n: int, allowance: Allowance) -> Poly:
    """p^n for n ≥ 0; LimitError when it would have more than MAX_TERMS terms."""
    if n == 1:
        return p
    if len(p) == 1:
        ((exponents, value),) = p.items()
        require_bits(n * abs(value).bit_length() if abs(value) != 1 else 0)
        return {tuple([n * m for m in exponents]): value**n}
    require_terms(power_terms(p, n))
    require_bits(n * max([abs(value) for value in p.values()], default=1).bit_length())
    result: Poly = {(): 1}
    for _ in range(n):
        result = multiply(result, p, allowance)
    return result


def power_terms(p: Poly, n: int) -> int:
    """At most how many terms p^n has: the products of n of its terms, or what its degrees leave room for."""
    room = 1
    for m in degrees(p):
        room *= n * m + 1
    return min(comb(n + len(p) - 1, n) if n < 10_000 else room, room)


def require_terms(count: int) -> None:
    """Raise LimitError for a polynomial that is too long."""
    if count > MAX_TERMS:
        shown = f"{count:,}" if count < 10**12 else "more than 10^12"
        raise LimitError(f"too many terms: up to {shown}, and the limit is {MAX_TERMS:,}")


def require_bits(count: int) -> None:
    """Raise LimitError for a coefficient that is too large."""
    if count > MAX_BITS:
        raise LimitError(f"too many bits in an exact number: {count:,}, and the limit is {MAX_BITS:,}")


def degrees(p: Poly) -> list[int]:
    """The degree in each variable."""
    found = [0] * max([len(exponents) for exponents in p], default=0)
    for exponents in p:
        for i, n in enumerate(exponents):
            if n > found[i]:
                found[i] = n
    return found


def trimmed(exponents: Iterable[int]) -> Exponents:
    """Exponents without zeros at the end."""
    found = list(exponents)
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def content(p: Poly) -> int:
    """The greatest whole number that divides every coefficient, with the sign of the leading one; 0 of 0."""
    found = 0
    for value in p.values():
        found = gcd(found, value)
        if found == 1:
            break
    return -found if p and p[max(p)] < 0 else found


def common_monomial(p: Poly) -> Exponents:
    """The product of variables that divides every term."""
    shared: list[int] | None = None
    for exponents in p:
        if not exponents:
            return ()
        if shared is None:
            shared = list(exponents)
        else:
            shared = [min(m, n) for m, n in zip(shared, exponents, strict=False)]
    return trimmed(shared or ())


def without(p: Poly, number: int, monomial: Exponents) -> Poly:
    """p divided by number·monomial, which divides every term."""
    if not monomial:
        return p if number == 1 else {exponents: value // number for exponents, value in p.items()}
    return {_lowered(exponents, monomial): value // number for exponents, value in p.items()}


def _lowered(a: Exponents, b: Exponents) -> Exponents:
    return trimmed([m - (b[i] if i < len(b) else 0) for i, m in enumerate(a)])


def primitive(p: Poly) -> Poly:
    """p without its content: the leading coefficient is positive."""
    number = content(p)
    return without(p, number, ()) if number else p


def _divides(a: Exponents, b: Exponents) -> bool:
    return len(a) <= len(b) and all(m <= n for m, n in zip(a, b, strict=False))


def divide(p: Poly, q: Poly, allowance: Allowance) -> Poly | None:
    """p/q when it is a polynomial with whole coefficients, else None."""
    if not p:
        return {}
    lead, last = max(q), min(q)
    if not _divides(lead, max(p)) or not _divides(last, min(p)) or p[min(p)] % q[last]:
        return None
    if any(m > n for m, n in zip(degrees(q), [*degrees(p), *([0] * len(lead))], strict=False)):
        return None
    value = q[lead]
    rest = dict(p)
    quotient: Poly = {}
    while rest:
        top = max(rest)
        if not _divides(lead, top) or rest[top] % value:
            return None
        allowance.spend(len(q) + len(rest) // 16)
        factor, shift = rest[top] // value, _lowered(top, lead)
        quotient[shift] = factor
        for exponents, coefficient in q.items():
            place = joined(exponents, shift)
            left = rest.get(place, 0) - factor * coefficient
            if left:
                rest[place] = left
            else:
                rest.pop(place, None)
    return quotient


def coefficients(p: Poly, i: int) -> dict[int, Poly]:
    """p as a polynomial in variable i: its coefficients, polynomials in the other variables, by degree."""
    found: dict[int, Poly] = {}
    for exponents, value in p.items():
        n = exponents[i] if i < len(exponents) else 0
        rest = trimmed([*exponents[:i], 0, *exponents[i + 1 :]]) if n else exponents
        found.setdefault(n, {})[rest] = value
    return found


def derivative(p: Poly, i: int) -> Poly:
    """The derivative by variable i."""
    found: Poly = {}
    for exponents, value in p.items():
        if i < len(exponents) and exponents[i]:
            found[trimmed([*exponents[:i], exponents[i] - 1, *exponents[i + 1 :]])] = value * exponents[i]
    return found


def variables(*polynomials: Poly) -> list[int]:
    """The numbers of the variables that occur."""
    return sorted({i for p in polynomials for exponents in p for i, n in enumerate(exponents) if n})
