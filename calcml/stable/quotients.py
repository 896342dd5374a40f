"""Differences of quotients over one denominator, where what cancels is then gone: 1/(1 + x) - x/(1 + x)^2 is
1/(1 + x)^2, and would be 0 in float64 from 1e16 on.

Only what cancels exactly is a reason: two terms are brought together if a product in the numerator vanishes, and little
is left of it. Factors that both have stay in front, so that no bracket is opened whose zero would be lost.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

from calcml.expr import Add, Expr, Sub
from calcml.stable.views import Key, Sum, Term, Views, joined, write_sum

FEW = 8  # terms of a sum in which pairs are tried
HIGHEST = 4  # power of a bracket that is opened
LONGEST = 30  # products of an opened numerator
LEFT = 3  # products that may be left of it


def over_one_denominator(views: Views, terms: Sum, known: dict[Key, Term]) -> Sum | None:
    """The terms with a pair of quotients joined; None where in no pair anything cancels."""
    if len(terms) > FEW or not any(map(_has_bracket_below, terms)):
        return None
    for i, j in combinations(range(len(terms)), 2):
        found = _joined(views, terms[i], terms[j])
        if found is not None:
            rest = [term for k, term in enumerate(terms) if k not in (i, j)]
            return tuple([*rest[:i], *found, *rest[i:]])
    return None


def _has_bracket_below(term: Term) -> bool:
    return any(n < 0 and type(base) in (Add, Sub) for base, n in term.factors.items())


def _joined(views: Views, first: Term, second: Term) -> Sum | None:
    if not (_has_bracket_below(first) or _has_bracket_below(second)):
        return None
    bases = dict.fromkeys([*first.factors, *second.factors])
    shared = {base: min(first.factors.get(base, 0), second.factors.get(base, 0)) for base in bases}
    front = Term(Fraction(1), shared.items())
    inverse = front.to_the(-1)
    products: list[Term] = []
    for term in (first, second):
        opened = _opened(views, term.times(inverse))
        if opened is None:
            return None
        products += opened
    left = joined(products)
    if len(left) == len({product.key for product in products}) or len(left) > LEFT:
        return None
    if len(left) > 1:
        left = (Term(Fraction(1), [(write_sum(left), 1)]),)
    return tuple([front.times(term) for term in left])


def _opened(views: Views, term: Term) -> list[Term] | None:
    """The term as a sum of products, its brackets opened; None where that is too long."""
    brackets: list[tuple[Expr, int]] = [(base, n) for base, n in term.factors.items() if type(base) in (Add, Sub)]
    if any(n > HIGHEST for _, n in brackets):
        return None
    total = [term]
    for base, n in brackets:
        inside = views.sum(base)
        total = [part.without(base, n) for part in total]
        for _ in range(n):
            if len(total) * len(inside) > LONGEST:
                return None
            total = [part.times(other) for part in total for other in inside]
    return total
