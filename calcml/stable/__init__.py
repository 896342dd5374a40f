"""Stable forms: expressions that keep their digits and their range in float64.

`stabilise` rewrites a formula into primitives of the function table that lose nothing (log1p, expm1, softplus, softmax,
hypot ...), and gives it branches where a single formula cannot serve. A derivative is taken of the primitives and
made stable again: `stable_derivative`, `stable_gradient`.
"""

from __future__ import annotations

from collections.abc import Sequence

from calcml.assumptions import NOTHING, Assumptions
from calcml.differentiation import differentiate, differentiate_all, resolve
from calcml.expr import Expr
from calcml.heads import Derivative
from calcml.stable import decays, edges, exponentials, far, groups, near, scales
from calcml.stable.rewriting import Rewriting
from calcml.traverse import replace, topological


def stabilise(expr: Expr, assuming: Assumptions = NOTHING) -> Expr:
    """An expression of the same value, wherever `expr` has one, that float64 computes without losing it.

    >>> from calcml import parse
    >>> stabilise(parse("log(1 + exp(x))")), stabilise(parse("1 - tanh(x)^2"))
    (softplus(x), sech(x)^2)
    >>> stabilise(parse("d/dx log(1 + exp(x))"))
    sigmoid(x)
    """
    return stabilise_all([expr], assuming)[0]


def stabilise_all(exprs: Sequence[Expr], assuming: Assumptions = NOTHING) -> list[Expr]:
    """The stable forms of several expressions, in one walk over what they share."""
    rewriting = Rewriting()
    return [_finished(rewriting.run(_carried_out(expr, rewriting)), rewriting) for expr in exprs]


def in_primitives(exprs: Sequence[Expr]) -> list[Expr]:
    """The expressions in stable primitives, without branches: what derivatives are to be taken of.

    >>> from calcml import parse
    >>> in_primitives([parse("(exp(x) - 1)/x")])
    [expm1(x)/x]
    """
    rewriting = Rewriting()
    return [rewriting.run(_carried_out(expr, rewriting)) for expr in exprs]


def stable_derivative(expr: Expr, x: Expr, order: int = 1) -> Expr:
    """The derivative by x, taken of the stable form and made stable again.

    >>> from calcml import parse, symbols
    >>> stable_derivative(parse("log(1 + exp(x))"), symbols("x"))
    sigmoid(x)
    """
    rewriting = Rewriting()
    found = rewriting.run(resolve(expr))
    for _ in range(order):
        found = rewriting.run(differentiate(found, x))
    return _finished(found, rewriting)


def stable_gradient(expr: Expr, variables: Sequence[Expr]) -> list[Expr]:
    """The derivatives by every variable, by one reverse sweep over the stable form."""
    rewriting = Rewriting()
    found = rewriting.run(resolve(expr))
    return [_finished(rewriting.run(part), rewriting) for part in differentiate_all(found, variables)]


def _carried_out(expr: Expr, rewriting: Rewriting) -> Expr:
    """The expression without derivatives that are only written down: each is taken of the stable form of its body."""
    bodies: dict[Expr, Expr] = {
        node: node.rebuild((rewriting.run(resolve(node.args[0])), *node.args[1:]))
        for node in topological(expr)
        if type(node) is Derivative
    }
    return resolve(replace(expr, bodies)) if bodies else expr


def _finished(expr: Expr, rewriting: Rewriting) -> Expr:
    """Branches where no single formula serves: near 0, at the edge of a range, and far out."""
    ordered = groups.ordered(scales.on_one_scale(expr, rewriting.views))
    result = edges.with_branches(near.with_branches(ordered), rewriting)
    return far.with_branches(exponentials.with_branches(decays.with_branches(result, rewriting.views)))
