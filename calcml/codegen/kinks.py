"""Derivatives for code: where a function has a kink, the convention its row states instead of no value."""

from __future__ import annotations

from collections.abc import Container, Sequence

from calcml import functions
from calcml.build import mul
from calcml.codegen.masking import masked
from calcml.conditions import opposite
from calcml.differentiation import reverse
from calcml.errors import NoRuleError
from calcml.expr import ONE, ZERO, Add, And, Call, Div, Expr, Piecewise, Relation, make, make2
from calcml.functions.spec import FunctionSpec
from calcml.rules.differentiation import pull
from calcml.templates import fill_derivative, fill_row


def code_gradient(f: Expr, variables: Sequence[Expr]) -> list[Expr]:
    """The derivatives by every variable as code has them: at a kink, the convention; in a case, that case's.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> code_gradient(Call("relu", 2*x), [x])
    [2*{0: 2*x < 0; 1: 2*x > 0; 0: 2*x = 0}]
    """
    return reverse(masked([f])[0], variables, pulled=_pulled)


def _pulled(node: Expr, adjoint: Expr, active: Container[Expr]) -> list[tuple[Expr, Expr]]:
    if type(node) is Call:
        if node.data in ("max", "min"):
            return [(arg, mul(adjoint, _lead(node, i, active))) for i, arg in enumerate(node.args) if arg in active]
        spec = functions.find(node.data)
        if spec is not None and spec.smooth:
            return [
                (arg, mul(adjoint, partial(spec, node.args, i))) for i, arg in enumerate(node.args) if arg in active
            ]
    if type(node) is Piecewise:
        return [(arg, _in_case(node, i, adjoint)) for i, arg in enumerate(node.args) if not i % 2 and arg in active]
    return pull(node, adjoint, active)


def _in_case(node: Expr, place: int, adjoint: Expr) -> Expr:
    """The adjoint where that case is taken, 0 where another is."""
    args: list[Expr] = []
    for i in range(0, len(node.args) - 1, 2):
        args += (adjoint if i == place else ZERO, node.args[i + 1])
    if len(node.args) % 2:
        args.append(adjoint if place == len(node.args) - 1 else ZERO)
    return make(Piecewise, None, tuple(args))


def _lead(node: Expr, place: int, active: Container[Expr]) -> Expr:
    """The slope of max or min by one argument: 1 where it leads, shared where it ties, 0 where a constant does."""
    ahead = ">" if node.data == "max" else "<"
    own = node.args[place]
    conditions: list[Expr] = []
    ties: list[Expr] = [ONE]
    for i, other in enumerate(node.args):
        if i != place:
            moves = other in active
            conditions.append(make(Relation, ahead + "=" if moves else ahead, (own, other)))
            if moves:
                ties.append(make(Piecewise, None, (ONE, make(Relation, "=", (own, other)), ZERO)))
    if not conditions:
        return ONE
    share = ONE if len(ties) == 1 else make2(Div, ONE, make(Add, None, tuple(ties)))
    holds = conditions[0] if len(conditions) == 1 else make(And, None, tuple(conditions))
    return make(Piecewise, None, (share, holds, ZERO))


def partial(spec: FunctionSpec, args: tuple[Expr, ...], position: int) -> Expr:
    """The derivative of a row by one argument, at its kinks as code has it. NoRuleError where there is none.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> partial(functions.find("relu"), (x,), 0)
    {0: x < 0; 1: x > 0; 0: x = 0}
    """
    outer = fill_derivative(spec, args, position)
    if outer is None:
        raise NoRuleError(f"{spec.name} has no derivative by its argument {spec.params[position]}")
    text = spec.at_kink[position] if spec.smooth and not spec.is_variadic else ""
    if not text:
        return outer
    at_kink = fill_row(spec, text, args)
    smooth = fill_row(spec, spec.smooth, args)
    if at_kink is outer:
        return outer
    kink = opposite(smooth)
    if spec.domain:
        kink = make(And, None, (kink, fill_row(spec, spec.domain, args)))
    if type(outer) is Piecewise and len(outer.args) % 2 == 0:
        return make(Piecewise, None, (*outer.args, at_kink, kink))
    return make(Piecewise, None, (at_kink, kink, outer))
