"""Multiplying out and pulling out: the two directions of the distributive law, on sums of products."""

from __future__ import annotations

from calcml.algebra.read import as_factor, as_terms, exponent_of, invert, terms_of
from calcml.algebra.terms import (
    UNIT,
    Coefficient,
    Exponent,
    Mono,
    Terms,
    add_into,
    content,
    is_number,
    multiply,
    product,
)
from calcml.algebra.whole_numbers import possible_roots
from calcml.binding import free_symbols
from calcml.expr import Add, E, Expr, Sub
from calcml.signs import is_positive

EXPANSION_LIMIT = 400  # terms; a longer sum is never what a reader wants


def brackets(mono: Mono) -> list[tuple[Expr, Exponent]]:
    """The factors of a product that are sums in brackets."""
    return [(base, n) for base, n in mono if type(base) in (Add, Sub)]


def predicted_terms(terms: Terms) -> int:
    """At most how many terms multiplying out will give (one level of brackets)."""
    total = 0
    for mono in terms:
        count = 1
        for base, n in brackets(mono):
            if isinstance(n, int) and n > 0:
                width = len(base.args)
                for i in range(min(n, 1000)):
                    count = count * (width + i) // (i + 1)
                    if count > 10**9:
                        break
        total += count if count <= EXPANSION_LIMIT else min(count, _degree(mono) + 1)
    return total


def _degree(mono: Mono) -> int:
    """The degree of a product of brackets that are polynomials in one base; 10^9 for any other."""
    base_of_all: Expr | None = None
    total = 0
    for bracket, n in brackets(mono):
        degree = 0
        for term in terms_of(bracket):
            if not term:
                continue
            (base, m), *others = term
            if others or not isinstance(m, int) or m < 0 or (base_of_all is not None and base is not base_of_all):
                return 10**9
            base_of_all, degree = base, max(degree, m)
        total += degree * n if isinstance(n, int) and n > 0 else 0
    return total


def expand(terms: Terms, limit: int = EXPANSION_LIMIT) -> Terms | None:
    """All brackets with a positive whole exponent multiplied out; None when that would exceed the limit."""
    for _ in range(20):
        if not any(isinstance(n, int) and n > 0 for mono in terms for _, n in brackets(mono)):
            return terms
        if predicted_terms(terms) > limit:
            return None
        total: Terms = {}
        for mono, coefficient in terms.items():
            add_into(total, _expand_product(mono, coefficient))
        terms = total
    return terms


def _expand_product(mono: Mono, coefficient: Coefficient) -> Terms:
    rest: list[tuple[Expr, Exponent]] = []
    result: Terms | None = None
    for base, n in mono:
        if type(base) in (Add, Sub) and isinstance(n, int) and n > 0:
            factor = terms_of(base)
            for _ in range(n):
                result = factor if result is None else product(result, factor)
        else:
            rest.append((base, n))
    outside: Terms = {tuple(rest): coefficient}
    return outside if result is None else product(outside, result)


def common_factor(terms: Terms, denominators: bool = True) -> tuple[Mono, Coefficient]:
    """What divides every term: numbers, and each base to the smallest exponent it has anywhere.

    With `denominators`, a base below the line in some terms only counts too: pulling it out gives a single fraction.
    """
    number = content(terms)
    shared: dict[Expr, Exponent] | None = None
    for mono in terms:
        factors = dict(mono)
        if shared is None:
            shared = factors
            continue
        merged: dict[Expr, Exponent] = {}
        for base in [*shared, *[base for base in factors if base not in shared]]:
            low = _lower(base, shared.get(base, 0), factors.get(base, 0), denominators)
            if not (is_number(low) and low == 0):
                merged[base] = low
        shared = merged
    found = tuple(sorted(((base, n) for base, n in (shared or {}).items()), key=lambda factor: factor[0].serial))
    return found, number


def _lower(base: Expr, a: Exponent, b: Exponent, denominators: bool) -> Exponent:
    """The power of a base that divides both base^a and base^b; 0 for none."""
    if is_number(a) and is_number(b):
        low = min(a, b)
        return low if low > 0 or (low < 0 and denominators) else 0
    if a is b:
        return a
    if is_number(a) or is_number(b):
        return 0
    one, other = terms_of(a), terms_of(b)
    shared: Terms = {}
    for mono in {**one, **other}:
        p, q = one.get(mono, 0), other.get(mono, 0)
        if p == q:
            shared[mono] = p
        elif base is E:  # of e^x and e^(2x) what both have
            if p and q and (p < 0) == (q < 0):
                shared[mono] = min(p, q, key=abs)
        elif mono == UNIT:  # of x^n and x^(n - 1) the lower one; x^x may also stand before 1/x
            chosen = min(p, q) if denominators or not _asks_for_positive(base, a) else max(p, q)
            if chosen:
                shared[mono] = chosen
        else:
            return 0
    return exponent_of(shared)


def _asks_for_positive(base: Expr, n: Expr) -> bool:
    """Whether base^n needs a positive base: then it may stand below the line as well."""
    return is_positive(base) or bool(free_symbols(base) & free_symbols(n))


def factor_out(terms: Terms, denominators: bool = True) -> tuple[Mono, Coefficient, Terms] | None:
    """(mono, number, rest) with terms = number·mono·rest; None when nothing is common."""
    if len(terms) < 2:
        return None
    mono, number = common_factor(terms, denominators)
    if not mono and number == 1:
        return None
    inverse = invert((mono, number))
    rest: Terms = {}
    for term in terms.items():
        add_into(rest, as_terms(multiply(term, inverse)))  # a bracket left by itself is opened
    return mono, number, rest


def factored(terms: Terms, denominators: bool = True) -> Terms:
    """The sum as one product where its terms have something in common, else as it is."""
    found = factor_out(terms, denominators)
    if found is None:
        return terms
    mono, number, rest = found
    return as_terms(multiply((mono, number), as_factor(rest)))


MAX_DEGREE = 12
_SMALL = 12  # rational roots with numerator and denominator up to this are looked for


def roots_split(terms: Terms) -> Terms | None:
    """A polynomial in one base with its rational roots pulled out: s - 7s^2 + 12s^3 - 6s^4 is s(1 - s)(1 - 6s + 6s^2).

    None when it is no such polynomial or has no rational root but 0.
    """
    found = factor_out(terms)
    mono, number, rest = found if found is not None else (UNIT, 1, terms)
    coefficients = _univariate(rest)
    if coefficients is None:
        return None
    base, values = coefficients
    result: tuple[Mono, Coefficient] = (mono, number)
    split = False
    for p, q in possible_roots(values[0], values[-1], _SMALL):
        while len(values) > 2 and (deflated := _deflated(values, p, q)) is not None:
            values, split = deflated, True
            result = multiply(result, as_factor({((base, 1),): q, **({UNIT: -p} if p else {})}))
    if not split:
        return None
    remaining = {(((base, i),) if i else UNIT): value for i, value in enumerate(values) if value}
    return as_terms(multiply(result, as_factor(remaining)))


def _univariate(terms: Terms) -> tuple[Expr, list[int]] | None:
    base: Expr | None = None
    found: dict[int, int] = {}
    for mono, coefficient in terms.items():
        if not isinstance(coefficient, int) or len(mono) > 1:
            return None
        if not mono:
            found[0] = coefficient
            continue
        (b, n), *_ = mono
        if (base is not None and b is not base) or not isinstance(n, int) or not 0 < n <= MAX_DEGREE:
            return None
        base, found[n] = b, coefficient
    if base is None or max(found) < 2:
        return None
    return base, [found.get(i, 0) for i in range(max(found) + 1)]


def _deflated(values: list[int], p: int, q: int) -> list[int] | None:
    """values/(q·s - p) by Horner's scheme, lowest coefficient first; None when p/q is no root."""
    quotients: list[int] = []
    carry = 0
    for value in reversed(values[1:]):
        carry = value + carry
        if carry % q:
            return None
        quotients.append(carry // q)
        carry = carry // q * p
    return list(reversed(quotients)) if values[0] + carry == 0 else None
