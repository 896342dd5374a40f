"""Brackets inside a sum of products, each rewritten by itself: the forms that one bracket may be given.

A form takes the terms of a bracket and returns its terms in another form, or the same object where there is nothing to
do; `in_brackets` puts it in place in every product. The simplifier compares what comes out.
"""

from __future__ import annotations

from collections.abc import Callable

from calcml.algebra.expand import expand, factored, roots_split
from calcml.algebra.read import as_factor, as_terms, call, power, terms_of
from calcml.algebra.terms import (
    UNIT,
    Coefficient,
    Exponent,
    Mono,
    Terms,
    add_into,
    constant,
    content,
    is_number,
    multiply,
    quotient,
    scaled,
    single,
)
from calcml.expr import Add, Expr, Number, Sub

Form = Callable[[Terms], Terms]


def in_brackets(terms: Terms, form: Form) -> Terms | None:
    """Every bracket in the form that `form` gives it; None when nothing changes."""
    changed = False
    total: Terms = {}
    for mono, coefficient in terms.items():
        factor: tuple[Mono, Coefficient] = ((), coefficient)
        for base, n in mono:
            if type(base) in (Add, Sub):
                inner = terms_of(base)
                settled = form(inner)
                if isinstance(n, int) and (len(mono) > 1 or n != 1 or abs(coefficient) != 1):
                    settled = _number_in_front(settled)
                if settled is not inner:
                    changed = True
                    factor = multiply(factor, _raised(settled, n))
                    continue
            factor = multiply(factor, (((base, n),), 1))
        add_into(total, as_terms(factor))
    return total if changed else None


def _number_in_front(terms: Terms) -> Terms:
    """A bracket inside a product without a common number: 2/(2x² + 2) has a number to cancel."""
    number = content(terms)
    if number == 1 or len(terms) < 2:
        return terms
    return {as_factor(scaled(terms, quotient(1, number)))[0]: number * as_factor(terms)[1]}


def _raised(terms: Terms, n: Exponent) -> tuple[Mono, Coefficient]:
    """terms^n; under a square root even powers come out: √((1 - x²)/x²) is √(1 - x²)/|x|."""
    if is_number(n) and not isinstance(n, int) and n.denominator == 2 and len(terms) == 1:
        (mono, coefficient), *_ = terms.items()
        even = [(base, m) for base, m in mono if isinstance(m, int) and m % 2 == 0]
        if even and len(mono) > 1:
            rest = tuple(factor for factor in mono if factor not in even)
            result = power({rest: coefficient}, n)
            for base, m in even:
                result = multiply(result, power(call("abs", [single(base)]), int(m * n)))
            return result
    return power(terms, n)


# ---- forms -----------------------------------------------------------------------------------------------------------


def opened(terms: Terms) -> Terms:
    """Multiplied out, and a common factor pulled out again."""
    found = expand(terms)
    return terms if found is None else factored(found)


def cleared(terms: Terms) -> Terms:
    """Without fractions inside: 1 + (y/x)² is (x² + y²)/x²."""
    if any(is_number(n) and n < 0 for mono in terms for _, n in mono):
        found = expand(terms)
        return factored(terms if found is None else found)
    return terms


def split(terms: Terms) -> Terms:
    """A polynomial as its linear factors: x² - 2x + 1 is (x - 1)², and may cancel."""
    found = expand(terms)
    factors = None if found is None else roots_split(found)
    return terms if factors is None else factors


def roots_of_squares(terms: Terms) -> Terms | None:
    """Roots inside roots undone: √(3 + 2√2) is 1 + √2. None where there is none."""
    for mono, coefficient in terms.items():
        for base, n in mono:
            if type(base) not in (Add, Sub) or not is_number(n) or n.denominator != 2:
                continue
            root = _root_of_square(terms_of(base))
            if root is None:
                continue
            rest: Mono = tuple(factor for factor in mono if factor[0] is not base)
            total = {key: value for key, value in terms.items() if key is not mono}
            add_into(total, as_terms(multiply((rest, coefficient), power(root, int(2 * n)))))
            return total
    return None


def _root_of_square(terms: Terms) -> Terms | None:
    """√u ± √v with a square a + b√c, where a = u + v and b²c = 4uv."""
    if len(terms) != 2 or UNIT not in terms:
        return None
    a = terms[UNIT]
    (root, b), *_ = [item for item in terms.items() if item[0] != UNIT]
    if len(root) != 1 or type(root[0][0]) is not Number or root[0][1] != quotient(1, 2):
        return None
    c = quotient(*root[0][0].ratio)
    apart = power(constant(a * a - b * b * c), quotient(1, 2)) if a > 0 and a * a > b * b * c else None
    if apart is None or apart[0]:
        return None
    total = as_terms(power(constant(quotient(a + apart[1], 2)), quotient(1, 2)))
    add_into(total, as_terms(power(constant(quotient(a - apart[1], 2)), quotient(1, 2))), 1 if b > 0 else -1)
    return total


def upper_brackets(mono: Mono) -> Mono:
    """The factors of a product that are brackets by themselves, not below the line and without a power."""
    return tuple((base, n) for base, n in mono if _is_bracket(base) and isinstance(n, int) and n == 1)


def _is_bracket(base: Expr) -> bool:
    return type(base) in (Add, Sub)
