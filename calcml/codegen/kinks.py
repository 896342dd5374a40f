"""Derivatives for code: where a function has a kink, the convention its row states instead of no value."""

from __future__ import annotations

from calcml.conditions import opposite
from calcml.errors import NoRuleError
from calcml.expr import And, Expr, Piecewise, make
from calcml.functions.spec import FunctionSpec
from calcml.templates import fill_derivative, fill_row


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
