"""Code of a function for what is known of its arguments here: the row's own text has to serve every argument.

p*e^u with u proved not to be large needs no case for an overflow, with p proved bounded none for an underflow; the
components of a softmax share their exponentials; sigmoid(u)*sigmoid(-u) is e/(1 + e)^2 with e = e^(-|u|).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import isinf

from calcml.expr import Add, Call, Div, Expr, Mul, Neg, Number, Sub, Symbol, as_expr, make, make2, make_call, ratio_of
from calcml.heads import Index
from calcml.signs import EVERYTHING, Interval, bounds
from calcml.templates import Template, template
from calcml.traverse import has_at_most

SMALL = 200  # nodes of an argument that a proof is tried for
LARGEST = as_expr(1.7976931348623157e308)
_GIVEN = frozenset({Symbol, Index, Number})  # they are what they are; the rest is computed, and may overflow
OVERFLOW = 1400  # e^(u/2) is finite below it

# p*e^u: by (u may be large, p may be infinite or make up for e^u)
_TIMES_EXP = {
    (True, True): "{0: p = 0 or u < -2000; p*exp(u/2)*exp(u/2): otherwise}",
    (True, False): "{0: p = 0; p*exp(u/2)*exp(u/2): otherwise}",
    (False, True): "{0: u < -2000; p*exp(u/2)*exp(u/2): otherwise}",
    (False, False): "p*exp(u/2)*exp(u/2)",
}


def particular_call(node: Expr, has_helper: bool) -> Expr | None:
    """What a call is written as, for its arguments; None where the row's text serves.

    has_helper: the target has a function for it already, which is better than cases.
    """
    if node.data == "times_exp":
        p, u = node.args
        needed = _bounds(u)[1] > OVERFLOW, any(map(isinf, _bounds(p)[:2]))
        return None if has_helper and any(needed) else _template(_TIMES_EXP[needed]).fill((p, u))
    if node.data == "softmax":
        return _softmax(node.args)
    return None


def _bounds(expr: Expr) -> Interval:
    return bounds(expr) if has_at_most(SMALL, expr) else EVERYTHING


@cache
def _template(text: str) -> Template:
    return template(text, ("p", "u"))


def _softmax(args: Sequence[Expr]) -> Expr | None:
    """e^(z_k - m) over the sum of all e^(z_i - m), m the largest; what has overflowed counts as the largest float."""
    k = ratio_of(args[0])
    z = args[1:]
    if k is None or k[1] != 1 or not 1 <= k[0] <= len(z) or len(z) < 2:
        return None
    finite = [value if type(value) in _GIVEN else make(Call, "min", (value, LARGEST)) for value in z]
    largest = make(Call, "max", tuple(finite))
    parts = [make_call("exp", make2(Sub, value, largest)) for value in finite]
    return make2(Div, parts[k[0] - 1], make(Add, None, tuple(parts)))


def particular_product(node: Expr) -> Expr | None:
    """A product with sigmoid(u)*sigmoid(-u) as e/(1 + e)^2; None where there is none."""
    found = [arg for arg in node.args if type(arg) is Call and arg.data == "sigmoid"]
    for first in found:
        (u,) = first.args
        for second in found:
            (v,) = second.args
            if type(v) is Neg and v.args[0] is u:
                density = _density().fill((u,))
                places = node.args.index(first), node.args.index(second)
                rest = [arg for place, arg in enumerate(node.args) if place not in places]
                rest.insert(min(places), density)  # in their place: what stands behind may overflow where this is 0
                return density if len(rest) == 1 else make(Mul, None, tuple(rest))
    return None


@cache
def _density() -> Template:
    return template("exp(-abs(u))/(1 + exp(-abs(u)))^2", ("u",))
