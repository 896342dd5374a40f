"""Higher orders: equal terms are collected between one derivative and the next.

Without it the 20th derivative of e^(-x²) would have 10^11 terms; with it, it is a polynomial times e^(-x²). The
function is held as a sum of products of powers. The rules differentiate each power once (`forward`), whatever the
number of terms it occurs in; a product of powers is then differentiated one power at a time.
"""

from __future__ import annotations

from calcml.algebra.expand import brackets, predicted_terms
from calcml.algebra.expand import expand as multiplied_out
from calcml.algebra.read import Reader
from calcml.algebra.terms import Exponent, Terms, add_into, product
from calcml.algebra.write import canonical, write_power
from calcml.binding import free_symbols
from calcml.differentiation import forward
from calcml.expr import Expr

MAX_TERMS = 600


def repeated_derivative(f: Expr, x: Expr, order: int) -> Expr | None:
    """The derivative of that order, terms collected; None when there are too many of them.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> repeated_derivative(x**5, x, 3)
    60*x^2
    """
    return _Powers(x).derivative(f, order)


class _Powers:
    """The derivatives of the powers met so far, for one variable."""

    __slots__ = ("moves", "reader", "taken", "x")

    def __init__(self, x: Expr) -> None:
        self.x = x
        self.reader = Reader()
        self.moves: dict[Expr, bool] = {}
        self.taken: dict[tuple[Expr, Exponent], Terms] = {}

    def derivative(self, f: Expr, order: int) -> Expr | None:
        """d^order f, or None."""
        terms = self.reader.read(f)
        for _ in range(order):
            opened = _opened(terms)
            if opened is None:
                return None
            terms = self._once(opened)
            if len(terms) > MAX_TERMS:
                return None
        return canonical(terms)

    def _once(self, terms: Terms) -> Terms:
        total: Terms = {}
        for mono, coefficient in terms.items():
            for i, (base, n) in enumerate(mono):
                if self._depends(base) or (isinstance(n, Expr) and self._depends(n)):
                    rest = {mono[:i] + mono[i + 1 :]: coefficient}
                    add_into(total, product(rest, self._power(base, n)))
        return total

    def _depends(self, node: Expr) -> bool:
        found = self.moves.get(node)
        if found is None:
            found = self.moves[node] = self.x in free_symbols(node)
        return found

    def _power(self, base: Expr, n: Exponent) -> Terms:
        found = self.taken.get((base, n))
        if found is None:
            terms = self.reader.read(forward(write_power(base, n), self.x))
            found = self.taken[base, n] = _opened(terms) or terms
        return found


def _opened(terms: Terms) -> Terms | None:
    """Brackets above the line multiplied out; None when that would be too long."""
    if not any(isinstance(n, int) and n > 0 for mono in terms for _, n in brackets(mono)):
        return terms
    return multiplied_out(terms, MAX_TERMS) if predicted_terms(terms) <= MAX_TERMS else None
