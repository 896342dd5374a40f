"""Branches far out for products in which one factor decays as an exponential and another grows: x^3/(e^x - 1).

Each such function is e^E*g there, with g moderate; the exponentials are joined first, so that neither the power
overflows where the product is 0, nor the exponential underflows where the power makes up for it.
"""

from __future__ import annotations

from typing import NamedTuple

from calcml.binding import free_symbols
from calcml.expr import Call, Div, Expr, Mul, Piecewise, Relation, Symbol, as_expr, make, rational
from calcml.stable.views import Term, Views, call, joined, scaled, write_sum, write_term
from calcml.templates import template
from calcml.traverse import has_at_most, topological


class Decay(NamedTuple):
    """f(u)^power is e^exponent*rest to all digits, and decays, where `size` is beyond a limit."""

    power: int
    size: str
    beyond: int
    exponent: str
    rest: str


DECAYS = {
    "sigmoid": Decay(1, "-u", 500, "u", "1"),
    "sech": Decay(1, "abs(u)", 500, "-abs(u)", "2"),
    "cosh": Decay(-1, "abs(u)", 500, "-abs(u)", "2"),
    "sinh": Decay(-1, "abs(u)", 500, "-abs(u)", "2*sign(u)"),
    "expm1": Decay(-1, "u", 500, "-u", "1"),
    "erfc": Decay(1, "u", 20, "-u^2", "erfcx(u)"),
    "normal_cdf": Decay(1, "-u", 30, "-u^2/2", "erfcx(-u/sqrt(2))/2"),
    "normal_pdf": Decay(1, "abs(u)", 30, "-u^2/2", "1/sqrt(2*pi)"),
}
HIGHEST = 8  # power of such a function: e^(-500/8) is nothing beside 1
SMALL = 200  # nodes of a function whose symbols are looked for
BOTH_SMALL = as_expr(-40)  # e^-40 is nothing beside 1


def with_branches(root: Expr, views: Views) -> Expr:
    """The expression with a branch at each product in which one factor decays and another grows."""
    nodes = topological(root)
    if not any(type(node) is Call and (node.data in DECAYS or node.data == "softplus") for node in nodes):
        return root
    whole = {root, *[arg for node in nodes if type(node) not in (Mul, Div) for arg in node.args]}
    fresh: dict[Expr, Expr] = {}
    for node in nodes:
        args = tuple([fresh[arg] for arg in node.args])
        fresh[node] = node if args == node.args else node.rebuild(args)
        if type(node) in (Mul, Div) and node in whole and not node.shape:
            found = _branch(views.term(node), views)
            if found is not None:
                fresh[node] = make(Piecewise, None, (*found, fresh[node]))
    return fresh[root]


def _branch(term: Term, views: Views) -> tuple[Expr, Expr] | None:
    """What the product is far out, and where that is; None where nothing grows beside what decays."""
    for base, n in term.factors.items():
        if type(base) is not Call:
            continue
        if base.data == "softplus" and n < 0:
            found = _small_over_small(term, base)
            if found is not None:
                return found
        row = DECAYS.get(base.data)
        if row is not None and 0 < n * row.power <= HIGHEST and _grows_beside(term, base, row):
            size = _filled(row.size, base)
            condition: Expr = make(Relation, ">", (size, rational(row.beyond, abs(n))))
            return _with_joined_exponentials(term, size, views), condition
    return None


def _with_joined_exponentials(term: Term, size: Expr, views: Views) -> Expr:
    """The product where `size` is large: all that is an exponential there, in one."""
    rest, exponent = term.without_exponent(), list(term.exponent)
    for base, n in term.factors.items():
        row = DECAYS.get(base.data) if type(base) is Call else None
        if row is not None and _filled(row.size, base) is size:
            exponent += scaled(views.sum(_filled(row.exponent, base)), n * row.power)
            rest = rest.without(base, n).times(views.term(_filled(row.rest, base)).to_the(n * row.power))
    return call("times_exp", write_term(rest), write_sum(joined(exponent)))


def _filled(text: str, base: Expr) -> Expr:
    return template(text, ("u",)).fill(base.args)


def _grows_beside(term: Term, base: Expr, row: Decay) -> bool:
    """Whether a power in the product overflows where the function, of nothing else, has vanished.

    The symbol itself does not overflow; but it makes up for what is lost where 1/f is 0 because f has overflown.
    """
    least = 1 if row.power < 0 else 2
    symbols = [other for other, n in term.factors.items() if n >= least and isinstance(other, Symbol)]
    return bool(symbols) and has_at_most(SMALL, base) and free_symbols(base) <= set(symbols)


def _small_over_small(term: Term, base: Expr) -> tuple[Expr, Expr] | None:
    """sigmoid(u)/softplus(u), which is 1 where both are e^u."""
    twin = call("sigmoid", *base.args)
    shared = min(term.factors.get(twin, 0), -term.factors[base])
    if shared <= 0:
        return None
    rest = term.without(twin, shared).without(base, -shared)
    return write_term(rest), make(Relation, "<", (base.args[0], BOTH_SMALL))
