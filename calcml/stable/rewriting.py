"""The walk that applies the stable rewritings: operands first, each node until nothing applies."""

from __future__ import annotations

from calcml.expr import Add, Call, Div, E, Expr, Mul, Neg, Pow, Sub, ratio_of
from calcml.stable import calls, products, sums
from calcml.stable.views import Term, Views, write_sum, write_term
from calcml.traverse import beyond

ROUNDS = 24  # rewritings of one node; each leads towards the primitives, so this is a guard and no budget


class Rewriting:
    """One walk: what is stable already, and the views of it."""

    def __init__(self) -> None:
        self.views = Views()
        self.stable: dict[Expr, Expr] = {}

    def run(self, root: Expr) -> Expr:
        """The expression in stable primitives, before branches."""
        for node in beyond(root, self.stable):
            args = tuple([self.stable[arg] for arg in node.args])
            self.stable[node] = self._settled(node if args == node.args else node.rebuild(args))
        return self.stable[root]

    def _settled(self, node: Expr) -> Expr:
        """A node with stable operands, rewritten until nothing applies."""
        for _ in range(ROUNDS):
            known = self.stable.get(node)
            if known is not None:
                return known
            found = None if node.shape else self._step(node)
            if found is None or found is node:
                break
            args = tuple([self.run(arg) for arg in found.args])
            node = found if args == found.args else found.rebuild(args)
        self.stable[node] = node
        return node

    def _step(self, node: Expr) -> Expr | None:
        head = type(node)
        if head is Call:
            return calls.rewritten(self.views, node)
        if head is Add or head is Sub:
            return self._sum(node)
        if head is Mul or head is Div or head is Pow or head is Neg:
            return self._product(node)
        return None

    def _sum(self, node: Expr) -> Expr | None:
        views = self.views
        terms = views.sum(node)
        parts = [views.sum(arg) for arg in node.args]
        found = sums.rewritten(views, terms)
        if found is not None:
            return write_sum(found)
        if len(terms) < sum(map(len, parts)):
            return write_sum(terms)
        return None

    def _product(self, node: Expr) -> Expr | None:
        views = self.views
        term = views.term(node)
        if term.is_number:
            return write_term(term) if term.coefficient and ratio_of(node) is None else None
        found = products.rewritten(views, term)
        if found is not None:
            return found
        if type(node) is Neg:
            return None
        if type(node) is Pow:
            base, _ = node.args
            return write_term(term) if base is not E and (term.exponent or _is_root(term)) else None
        parts = [views.term(arg) for arg in node.args]
        before = sum(map(_weight, parts))
        numbers = sum(abs(part.coefficient) != 1 for part in parts)
        divides_by_exponential = type(node) is Div and views.term(node.args[1]).exponent
        if (
            _weight(term) < before
            or (numbers > 1 and type(node) is Mul)
            or divides_by_exponential
            or _has_squares_over_squares(term)
        ):
            return write_term(term)
        return None


def _is_root(term: Term) -> bool:
    return any(type(base) is Call and base.data == "sqrt" for base in term.factors)


def _weight(term: Term) -> int:
    return sum(map(abs, term.factors.values())) + bool(term.exponent)


def _has_squares_over_squares(term: Term) -> bool:
    powers = term.factors.values()
    return max(powers, default=0) >= 2 and min(powers, default=0) <= -2
