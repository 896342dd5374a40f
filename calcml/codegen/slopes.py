"""Value, gradient and Hessian of one scalar as code computes them: at kinks by convention, of stable primitives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from calcml.codegen.kinks import code_gradient
from calcml.expr import Expr


class Slopes(NamedTuple):
    """A scalar with its derivatives by n variables; `hessian` has n rows, or none where it was not asked for.

    Stable ones are in primitives and have no branches yet: those come last, over all that is computed together.
    """

    value: Expr
    gradient: list[Expr]
    hessian: list[list[Expr]]


def slopes_of(f: Expr, variables: Sequence[Expr], *, stable: bool, hess: bool = False) -> Slopes:
    """The derivatives of a scalar, each taken of a stable form where `stable`.

    What is differentiated has no branches: the slope of a branch is right inside it, but loses digits where the slope
    of the formula would have needed a branch of its own.

    >>> from calcml import parse, symbols
    >>> slopes_of(parse("log(1 + exp(x))"), [symbols("x")], stable=True, hess=True)
    Slopes(value=softplus(x), gradient=[sigmoid(x)], hessian=[[sigmoid(x)*sigmoid(-x)]])
    """
    f = _prepared([f], stable)[0]
    gradient = _prepared(code_gradient(f, variables), stable)
    hessian = [_prepared(code_gradient(slope, variables), stable) for slope in gradient] if hess else []
    return Slopes(f, gradient, hessian)


def _prepared(scalars: list[Expr], stable: bool) -> list[Expr]:
    if not stable:
        return scalars
    from calcml.stable import in_primitives

    return in_primitives(scalars)
