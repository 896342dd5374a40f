"""Collecting equal terms between the orders of a repeated derivative.

Without it the 20th derivative of e^(-x²) would have 10^11 terms; with it, it is a polynomial times e^(-x²). Products of
sums are multiplied out while that stays short; nothing is arranged for reading.
"""

from __future__ import annotations

from calcml.algebra.expand import brackets, predicted_terms
from calcml.algebra.expand import expand as multiplied_out
from calcml.algebra.read import Reader
from calcml.algebra.terms import Terms
from calcml.algebra.write import canonical
from calcml.expr import Expr
from calcml.traverse import count_nodes

MAX_TERMS = 600


def collect_terms(expr: Expr) -> Expr:
    """The expression as a sum of products with equal ones collected; itself where that is no shorter.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> collect_terms(x*(2*x) + x**2)
    3*x^2
    """
    terms = Reader().read(expr)
    opened = _opened(terms)
    found = canonical(opened)
    return found if count_nodes(found) <= count_nodes(expr) + 8 else expr


def _opened(terms: Terms) -> Terms:
    if any(isinstance(n, int) and n > 0 for mono in terms for _, n in brackets(mono)) and (
        predicted_terms(terms) <= MAX_TERMS
    ):
        opened = multiplied_out(terms, MAX_TERMS)
        if opened is not None:
            return opened
    return terms
