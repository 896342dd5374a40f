"""Branches at an edge of a function's range: the logarithm of what is nearly 1, or nothing but an exponential; the rest
that a direction leaves to 1; a quotient of roots where both are 0.

The derivatives of these parts are primitives that lose nothing, so the branches come last.
"""

from __future__ import annotations

from fractions import Fraction

from calcml.build import add_all, mul, neg
from calcml.expr import (
    ONE,
    ZERO,
    Add,
    Call,
    Div,
    Expr,
    Mul,
    Number,
    Piecewise,
    Pow,
    Relation,
    Sub,
    Symbol,
    as_expr,
    make,
    make2,
    rational,
)
from calcml.stable.rewriting import Rewriting
from calcml.stable.views import Term, call, minus, write_sum, write_term
from calcml.traverse import topological

HALF = rational(1, 2)
UNDERFLOWING = as_expr(1e-18)
EMPTY = as_expr(-40)  # e^-40 is nothing beside 1


def with_branches(root: Expr, rewriting: Rewriting) -> Expr:
    """The expression with these branches."""
    fresh: dict[Expr, Expr] = {}
    for node in topological(root):
        args = tuple([fresh[arg] for arg in node.args])
        rebuilt = node if args == node.args else node.rebuild(args)
        if not node.shape:
            head = type(node)
            if head is Call and node.data in _LOGARITHMS:
                rebuilt = _logarithm(node, rebuilt, rewriting)
            elif head is Add or head is Sub:
                rebuilt = _rest_of_direction(node, rebuilt, rewriting)
            elif head is Div:
                rebuilt = _quotient_of_roots(node, rebuilt)
        fresh[node] = rebuilt
    return fresh[root]


def _either(value: Expr, condition: Expr, otherwise: Expr) -> Expr:
    result: Expr = make(Piecewise, None, (value, condition, otherwise))
    return result


_LOGARITHMS = {"ln": None, "log2": Number(2), "log10": Number(10)}


def _logarithm(node: Expr, rebuilt: Expr, rewriting: Rewriting) -> Expr:
    """ln(w) as log1p(w - 1) where w is nearly 1 and the difference has a form of its own."""
    (w,) = node.args
    base = _LOGARITHMS[node.data]
    if base is None and type(w) is Call and w.data == "softplus":
        return _either(w.args[0], make(Relation, "<", (w.args[0], EMPTY)), rebuilt)
    if base is None:
        rebuilt = _logarithm_of_power(rewriting.views.term(w), rebuilt)
    bare = type(w) is not Call or w.data != "abs"
    w = w if bare else w.args[0]
    if type(w) not in (Call, Div, Mul, Pow):
        return rebuilt
    for turned in (w,) if bare else (w, neg(w)):
        gap = _to_one(turned, rewriting)
        if gap is None:
            return rebuilt
        condition = make(Relation, "<", (call("abs", gap), HALF))
        value = call("log1p", neg(gap))
        rebuilt = _either(value if base is None else make2(Div, value, call("ln", base)), condition, rebuilt)
    return rebuilt


def _logarithm_of_power(term: Term, rebuilt: Expr) -> Expr:
    """ln(x^n*v) where x^n underflows although its logarithm is no large number."""
    for x, n in term.factors.items():
        if n >= 2 and isinstance(x, Symbol) and len(term.factors) > 1:
            rest = write_term(term.without(x, n))
            signed = mul(call("sign", x), rest) if n % 2 else rest
            value = add_all([mul(rational(n), call("ln", call("abs", x))), call("ln", signed)])
            return _either(value, make(Relation, "<", (call("abs", x), UNDERFLOWING)), rebuilt)
    return rebuilt


def _to_one(w: Expr, rewriting: Rewriting) -> Expr | None:
    """1 - w without a difference, where w is positive; None where there is no such form."""
    if type(w) is Call and w.data == "unit":
        return _beside_direction(*w.args)
    found = rewriting.run(make2(Sub, ONE, w))
    return None if any(term.is_number for term in rewriting.views.sum(found)) else found


def _beside_direction(u: Expr, v: Expr) -> Expr:
    """1 - unit(u, v), u > 0."""
    return mul(call("unit", v, u), make2(Div, v, make2(Add, call("hypot", u, v), u)))


def _rest_of_direction(node: Expr, rebuilt: Expr, rewriting: Rewriting) -> Expr:
    """w - w*unit(u, v) and w + w*unit(u, v), where the two cancel."""
    if not any(type(part) is Call and part.data == "unit" for arg in node.args for part in (arg, *arg.args)):
        return rebuilt
    views = rewriting.views
    terms = views.sum(node)
    known = {term.key: term for term in terms}
    for term in terms:
        for base, n in term.factors.items():
            if n != 1 or type(base) is not Call or base.data != "unit":
                continue
            w = known.get(term.without(base).key)
            if w is None or abs(w.coefficient) != abs(term.coefficient):
                continue
            u, v = base.args
            if w.coefficient == term.coefficient:
                u = write_sum(minus(views.sum(u)))
            pair = Term(Fraction(1), [(_beside_direction(u, v), 1)]).times(w)
            others = [write_term(other) for other in terms if other is not term and other is not w]
            return _either(add_all([*others, write_term(pair)]), make(Relation, ">", (u, ZERO)), rebuilt)
    return rebuilt


def _quotient_of_roots(node: Expr, rebuilt: Expr) -> Expr:
    """w/(sqrt(a) + sqrt(b)), which came from a difference of the two: 0 where both are."""
    below = node.args[1]
    for factor in below.args if type(below) is Mul else (below,):
        if type(factor) is Add and all(type(arg) is Call and arg.data == "sqrt" for arg in factor.args):
            return _either(ZERO, make(Relation, "=", (factor, ZERO)), rebuilt)
    return rebuilt
