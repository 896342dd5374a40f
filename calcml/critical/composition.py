"""Convex or concave by how a function is put together, as in disciplined convex programming.

Affine parts, known curves of one variable, sums with signs, and compositions: an increasing convex function of a convex
one is convex. This proves what the Hessian's minors do not (many variables, kinks, domains that are no half spaces); a
function it does not recognise may still be convex.

Every curve below is convex or concave with the value +oo or -oo outside its domain, so that the domain of what is put
together by these rules is convex too. Source: Boyd and Vandenberghe's composition theorem, derived anew; own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from calcml.expr import Add, Call, Div, E, Expr, Mul, Neg, Pow, Sub, Symbol, ratio_of
from calcml.signs import Known, bounds
from calcml.traverse import topological

CONSTANT, AFFINE, CONVEX, CONCAVE, UNKNOWN = "constant", "affine", "convex", "concave", "unknown"
_OPPOSITE = {CONVEX: CONCAVE, CONCAVE: CONVEX}


class Curve(NamedTuple):
    """How a function of the table bends, and whether it rises: 1 everywhere, 0 where its argument is >= 0 (and it
    falls where that is <= 0), -1 nowhere."""

    bend: str
    rises: int


CURVES: dict[str, Curve] = {
    "exp": Curve(CONVEX, 1), "expm1": Curve(CONVEX, 1), "softplus": Curve(CONVEX, 1), "relu": Curve(CONVEX, 1),
    "max": Curve(CONVEX, 1), "logsumexp": Curve(CONVEX, 1),
    "abs": Curve(CONVEX, 0), "cosh": Curve(CONVEX, 0), "log_cosh": Curve(CONVEX, 0), "hypot": Curve(CONVEX, 0),
    "ln": Curve(CONCAVE, 1), "log1p": Curve(CONCAVE, 1), "log2": Curve(CONCAVE, 1), "log10": Curve(CONCAVE, 1),
    "sqrt": Curve(CONCAVE, 1), "log_sigmoid": Curve(CONCAVE, 1), "min": Curve(CONCAVE, 1),
    "log_normal_cdf": Curve(CONCAVE, 1),
}  # fmt: skip


def bend_by_composition(f: Expr, variables: Sequence[Symbol], known: Known | None = None) -> tuple[str, str]:
    """convex, concave, both (affine) or unknown, and the reason in words.

    >>> from calcml import parse, symbols
    >>> bend_by_composition(parse("abs(x) + exp(x - y)"), symbols("x y"))
    ('convex', 'a sum of convex functions')
    """
    moving = set(variables)
    bends: dict[Expr, str] = {}
    for node in topological(f):
        bends[node] = _bend(node, bends, moving, known)
    found = bends[f]
    if found in (CONSTANT, AFFINE):
        return "both", "linear"
    return found, _reason(f, found) if found != UNKNOWN else ""


def _reason(f: Expr, bend: str) -> str:
    if type(f) in (Add, Sub):
        return f"a sum of {bend} functions"
    if type(f) in (Mul, Div, Neg):
        return f"a multiple of a {_OPPOSITE[bend] if type(f) is Neg else bend} function"
    return f"{'a power' if type(f) is Pow else f.data} put together by the rules of {bend} functions"


def _bend(node: Expr, bends: dict[Expr, str], moving: set[Symbol], known: Known | None) -> str:
    if not node.args:
        return AFFINE if node in moving else CONSTANT
    inner = [bends[arg] for arg in node.args]
    if all(bend == CONSTANT for bend in inner):
        return CONSTANT
    head = type(node)
    if head is Add:
        return _sum(inner)
    if head is Sub:
        return _sum([inner[0], *[_turned(bend) for bend in inner[1:]]])
    if head is Neg:
        return _turned(inner[0])
    if head is Mul:
        factors = [(arg, bend) for arg, bend in zip(node.args, inner, strict=True) if bend != CONSTANT]
        if len(factors) > 1:
            return UNKNOWN
        return _multiple(factors[0][1], [arg for arg in node.args if bends[arg] == CONSTANT], known)
    if head is Div:
        if inner[1] == CONSTANT:
            return _multiple(inner[0], [node.args[1]], known)
        if inner[0] == CONSTANT:
            return _multiple(_power(node.args[1], inner[1], (-1, 1), known), [node.args[0]], known)
        return UNKNOWN
    if head is Pow:
        n = ratio_of(node.args[1])
        if node.args[0] is E:
            return _composed(CURVES["exp"], [node.args[1]], [inner[1]], known)
        return UNKNOWN if n is None else _power(node.args[0], inner[0], n, known)
    if head is Call and node.data in CURVES:
        return _composed(CURVES[node.data], node.args, inner, known)
    return UNKNOWN


def _sum(inner: Sequence[str]) -> str:
    """A sum of convex functions is convex."""
    kinds = {bend for bend in inner if bend not in (CONSTANT, AFFINE)}
    if not kinds:
        return AFFINE
    return kinds.pop() if len(kinds) == 1 else UNKNOWN


def _turned(bend: str) -> str:
    """-f is concave where f is convex."""
    return _OPPOSITE.get(bend, bend)


def _multiple(bend: str, constants: Sequence[Expr], known: Known | None) -> str:
    """c*f bends as f does for c >= 0, and the other way for c <= 0."""
    sign = 1
    for constant in constants:
        low, high, _, _ = bounds(constant, known)
        if low < 0 < high:
            return bend if bend in (CONSTANT, AFFINE) else UNKNOWN
        sign = sign if low >= 0 else -sign
    return bend if sign > 0 else _turned(bend)


def _composed(curve: Curve, args: Sequence[Expr], inner: Sequence[str], known: Known | None) -> str:
    """A convex function of affine ones is convex; of convex ones where it rises, of concave ones where it falls."""
    for arg, bend in zip(args, inner, strict=True):
        if bend in (CONSTANT, AFFINE):
            continue
        rises = curve.rises
        if not rises:
            low, high, _, _ = bounds(arg, known)
            rises = 1 if low >= 0 else -1 if high <= 0 else 0
        if not rises or bend == UNKNOWN or bend != (curve.bend if rises > 0 else _OPPOSITE[curve.bend]):
            return UNKNOWN
    return curve.bend


def _power(base: Expr, bend: str, exponent: tuple[int, int], known: Known | None) -> str:
    """u^n: convex for an even n; for other n >= 1, for n < 0 and (concave) for 0 < n < 1 where u is proved >= 0."""
    top, bottom = exponent
    if bottom == 1 and top > 0 and top % 2 == 0:
        return _composed(Curve(CONVEX, 0), [base], [bend], known)
    low = bounds(base, known)[0]
    if 0 < top < bottom:  # a root says itself where it is defined, u >= 0
        return _composed(Curve(CONCAVE, 1), [base], [bend], known) if bottom % 2 == 0 or low >= 0 else UNKNOWN
    if low < 0 or (top, bottom) == (0, 1):
        return UNKNOWN
    return _composed(Curve(CONVEX, 1 if top > 0 else -1), [base], [bend], known)
