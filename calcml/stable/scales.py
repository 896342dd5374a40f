"""One scale for a part: (1 - e^(-r*t))/r is t*(1 - e^(-q))/q with q = r*t, which has a limit at q = 0.

Where a symbol stands below the line, and elsewhere only inside one product q, its powers are written as powers of q.
What is left depends on q alone, and can have a branch near 0.
"""

from __future__ import annotations

from calcml.build import mul
from calcml.expr import Add, Div, Expr, Mul, Neg, Sub, Symbol
from calcml.stable.groups import quantities
from calcml.stable.views import Key, Term, Views, write_sum, write_term
from calcml.traverse import topological

MOST = 3  # quantities in a part


def on_one_scale(root: Expr, views: Views) -> Expr:
    """The expression with such parts as a product of their scale and a function of q."""
    nodes = topological(root)
    quantity = quantities(nodes)
    uses: dict[Expr, tuple[Expr, ...] | None] = {}
    fresh: dict[Expr, Expr] = {}
    for node in nodes:
        args = tuple([fresh[arg] for arg in node.args])
        fresh[node] = node if args == node.args else node.rebuild(args)
        uses[node] = _uses(node, quantity, uses)
        used = uses[node]
        if used is None or len(used) < 2 or type(node) not in (Add, Sub, Div, Mul):
            continue
        for q in used:
            if type(q) is Mul:
                found = _rescaled(node, q, used, quantity, views)
                if found is not None:
                    fresh[node] = found
                    break
    return fresh[root]


def _uses(
    node: Expr, quantity: dict[Expr, Expr | None], uses: dict[Expr, tuple[Expr, ...] | None]
) -> tuple[Expr, ...] | None:
    """The quantities of which a node is made; None where there are too many, or a head that hides them."""
    of = quantity[node]
    if of is None:
        return ()
    if of is not node or not node.args:
        return (of,)
    if type(node) not in (Add, Sub, Div, Mul, Neg):
        return (node,)
    parts = [uses[arg] for arg in node.args]
    found: dict[Expr, None] = {}
    for part in parts:
        if part is None:
            return None
        found |= dict.fromkeys(part)
    if type(node) is Mul and all(isinstance(arg, Symbol) or not quantity[arg] for arg in node.args):
        return (node,)  # r*t itself
    return tuple(found) if len(found) <= MOST else None


def _rescaled(
    node: Expr, q: Expr, used: tuple[Expr, ...], quantity: dict[Expr, Expr | None], views: Views
) -> Expr | None:
    whole = views.term(q)
    symbols = [base for base, n in whole.factors.items() if n == 1 and isinstance(base, Symbol)]
    if len(symbols) != len(whole.factors) or whole.exponent or len(symbols) < 2:
        return None
    if any(other is not q and other not in symbols for other in used):
        return None
    terms = views.sum(node)
    for b in symbols:
        powers = [term.factors.get(b, 0) for term in terms]
        if min(powers) >= 0 or not any(_is_function_of(base, q, quantity) for term in terms for base in term.factors):
            continue
        scale = whole.without(b)
        outside: dict[Key, Term] = {}
        inner: list[Term] = []
        for term, k in zip(terms, powers, strict=True):
            moved = term.without(b, k).times(scale.to_the(-k))
            functions = [(base, n) for base, n in moved.factors.items() if _is_function_of(base, q, quantity)]
            plain = [(base, n) for base, n in moved.factors.items() if not _is_function_of(base, q, quantity)]
            out = Term(moved.coefficient / moved.coefficient, plain)
            outside[out.key] = out
            inner.append(Term(moved.coefficient, [*functions, (q, k)], moved.exponent))
        if len(outside) == 1:
            return mul(write_term(next(iter(outside.values()))), write_sum(tuple(inner)))
    return None


def _is_function_of(base: Expr, q: Expr, quantity: dict[Expr, Expr | None]) -> bool:
    if isinstance(base, Symbol):
        return False
    known = quantity[base] if base in quantity else quantities(topological(base))[base]
    return known is q
