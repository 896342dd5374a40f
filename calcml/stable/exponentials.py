"""Exponentials where they meet other factors and terms: the last forms before code is made.

p*e^u without an underflow of e^u alone; c - w*e^u near u = 0, where c and w may be equal; and sums of which two terms
overflow with opposite signs.
"""

from __future__ import annotations

from collections.abc import Sequence

from calcml.build import add_all, mul, mul_all, neg
from calcml.expr import (
    ZERO,
    Add,
    Call,
    Div,
    Expr,
    Mul,
    Neg,
    Piecewise,
    Pow,
    Relation,
    Sub,
    Symbol,
    as_expr,
    make,
    ratio_of,
    rational,
)
from calcml.stable.views import LONG
from calcml.templates import template
from calcml.traverse import has_at_most, topological

SMALL = 200  # nodes: symbols of larger parts are not looked for
NEAR = rational(1, 2)
FAR = as_expr(500)


def _symbols(*roots: Expr) -> frozenset[Expr]:
    """The symbols of small expressions; of a large one a stand-in that no other part shares."""
    found: dict[Expr, None] = {}
    seen: set[Expr] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if len(seen) > SMALL:
            return frozenset(roots)
        if isinstance(node, Symbol):
            found[node] = None
        stack += node.args
    return frozenset(found)


def with_branches(root: Expr) -> Expr:
    """The expression with its exponentials joined to their factors, and branches in sums."""
    fresh: dict[Expr, Expr] = {}
    for node in topological(root):
        args = tuple([fresh[arg] for arg in node.args])
        rebuilt = node if args == node.args else node.rebuild(args)
        if not rebuilt.shape:
            if type(node) is Add or type(node) is Sub:
                rebuilt = _sum(node, rebuilt)
            elif type(rebuilt) is Mul:
                rebuilt = _product(rebuilt)
        fresh[node] = rebuilt
    return fresh[root]


def _product(node: Expr) -> Expr:
    """w*e^u as times_exp(w, u), where w moves."""
    if any(type(arg) is Mul for arg in node.args):
        factors = [factor for arg in node.args for factor in (arg.args if type(arg) is Mul else (arg,))]
        if len(factors) > LONG:
            return node
        node = mul_all(factors)
        if type(node) is not Mul:
            return node
    guarded = _overflowing(node) or _power_beside(node)
    if guarded is not None:
        return guarded
    exponential = next((arg for arg in node.args if type(arg) is Call and arg.data in ("exp", "times_exp")), None)
    if exponential is None:
        return node
    rest = [arg for arg in node.args if arg is not exponential]
    if exponential.data == "times_exp":
        rest.append(exponential.args[0])
    if not _symbols(*rest):
        return node
    u = exponential.args[-1]
    value = make(Call, "times_exp", (mul_all(rest), u))
    pole = next((factor for factor in rest if isinstance(factor, Symbol) and _divides_by(u, factor)), None)
    # times_exp(0, u) is 0 however large u is: x*e^(1/x) has no value at 0 all the same
    return value if pole is None else make(Piecewise, None, (value, make(Relation, "!=", (pole, ZERO))))


def _divides_by(u: Expr, x: Expr) -> bool:
    """Whether x, or a power of it, stands below a line of u."""
    if not has_at_most(SMALL, u):
        return False
    below = [node.args[1] for node in topological(u) if type(node) is Div]
    factors = [factor for part in below for factor in (part.args if type(part) is Mul else (part,))]
    return any(factor is x or (type(factor) is Pow and factor.args[0] is x) for factor in factors)


_OVERFLOWING = frozenset({"log_normal_cdf"})  # it grows as x^2


def _overflowing(node: Expr) -> Expr | None:
    """y*f(x) where f(x) may be beyond float64 and y 0."""
    large = [arg for arg in node.args if type(arg) is Call and arg.data in _OVERFLOWING]
    rest = [arg for arg in node.args if arg not in large]
    if not large or not _symbols(*rest):
        return None
    factor = mul_all(rest)
    return make(Piecewise, None, (ZERO, make(Relation, "=", (factor, ZERO)), node))


_LARGE_BASE = as_expr(1e60)


def _power_beside(node: Expr) -> Expr | None:
    """w*b^c with a parameter in c, for large b: b^c may underflow where w makes up for it."""
    found = next((arg for arg in node.args if type(arg) is Pow and _symbols(arg.args[1])), None)
    if found is None:
        return None
    rest = [arg for arg in node.args if arg is not found]
    base, exponent = found.args
    if not _symbols(*rest) & _symbols(base):
        return None
    value = make(Call, "times_exp", (mul_all(rest), mul(exponent, make(Call, "ln", (base,)))))
    return make(Piecewise, None, (value, make(Relation, ">", (base, _LARGE_BASE)), node))


def _terms(node: Expr) -> list[tuple[int, Expr]]:
    found = []
    for i, arg in enumerate(node.args):
        sign = -1 if type(node) is Sub and i else 1
        while type(arg) is Neg:
            sign, arg = -sign, arg.args[0]
        found.append((sign, arg))
    return found


def _split(term: Expr) -> tuple[Expr, str, Expr] | None:
    """(w, f, u) where the term is w*f(u) with f one of exp and expm1."""
    for factor in term.args if type(term) is Mul else (term,):
        if type(factor) is Call and factor.data in ("exp", "expm1"):
            rest = [other for other in term.args if other is not factor] if type(term) is Mul else []
            return mul_all(rest) if rest else as_expr(1), factor.data, factor.args[0]
    if type(term) is Div:
        above = _split(term.args[0])
        if above is not None:
            return make(Div, None, (above[0], term.args[1])), above[1], above[2]
    return None


def _sum(node: Expr, rebuilt: Expr) -> Expr:
    terms = _terms(node)
    if any(type(term) is Call and term.data == "tanh" for _, term in terms):
        return _tanh_and_target(terms, rebuilt)
    splits = [_split(term) for _, term in terms]
    for chosen, split in zip(terms, splits, strict=True):
        if split is None:
            continue
        u = split[2]
        alike = [other for other in splits if other is not None and other[2] is u]
        if len(alike) >= 2:
            return _far(terms, splits, u, rebuilt)
        w, name, _ = split
        others = [neg(term) if sign < 0 else term for sign, term in terms if term is not chosen[1]]
        if name == "exp" and _may_meet(w, others, u):
            signed = neg(w) if chosen[0] < 0 else w
            constant = add_all([*others, signed])
            value = add_all([constant, mul(signed, make(Call, "expm1", (u,)))])
            condition = make(Relation, "<", (make(Call, "abs", (u,)), NEAR))
            return make(Piecewise, None, (value, condition, rebuilt))
    return rebuilt


def _tanh_and_target(terms: Sequence[tuple[int, Expr]], rebuilt: Expr) -> Expr:
    """tanh(u) - y with a symbol y, the target, which may be 1 or -1."""
    if len(terms) != 2:
        return rebuilt
    (s, tanh), (r, y) = terms if type(terms[0][1]) is Call else terms[::-1]
    if s == r or not isinstance(y, Symbol) or type(tanh) is not Call or y in _symbols(tanh):
        return rebuilt
    value = template("(1 - y)*sigmoid(2*u) - (1 + y)*sigmoid(-2*u)", ("u", "y")).fill((tanh.args[0], y))
    condition = make(Relation, ">", (make(Call, "abs", tanh.args), NEAR))
    return make(Piecewise, None, (value if s > 0 else neg(value), condition, rebuilt))


def _may_meet(w: Expr, others: Sequence[Expr], u: Expr) -> bool:
    """Whether c + w*e^u has a zero at u = 0 for some values of parameters that do not occur in u."""
    inside = _symbols(u)
    outside = _symbols(w, *others)
    return bool(inside) and bool(outside) and not inside & outside


def _far(
    terms: Sequence[tuple[int, Expr]], splits: Sequence[tuple[Expr, str, Expr] | None], u: Expr, rebuilt: Expr
) -> Expr:
    """e^u taken out of a sum in which it occurs more than once, for large u."""
    parts: list[Expr] = []
    minus_u = neg(u)
    for (sign, term), split in zip(terms, splits, strict=True):
        if split is not None and split[2] is u:
            w, name, _ = split
            part = w if name == "exp" else neg(mul(w, make(Call, "expm1", (minus_u,))))
        else:
            part = (
                make(Call, "times_exp", (term, minus_u))
                if ratio_of(term) is None
                else mul(term, make(Call, "exp", (minus_u,)))
            )
        parts.append(neg(part) if sign < 0 else part)
    value = make(Call, "times_exp", (add_all(parts), u))
    return make(Piecewise, None, (value, make(Relation, ">", (u, FAR)), rebuilt))
