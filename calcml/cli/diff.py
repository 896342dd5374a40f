"""`calcml diff`."""

from __future__ import annotations

import click

from calcml.cli.operator import Asked, operator, remark_on_absent
from calcml.cli.reading import the_only_variable
from calcml.derivation import Derivation
from calcml.errors import InputError


@operator("diff", variables_named="[VAR]...")
@click.option("-n", "--order", type=click.IntRange(min=1, max=1000), default=1, help="Order of the derivative.")
def diff(asked: Asked, order: int) -> Derivation:
    """Differentiate EXPR by VAR (the only variable, if there is one); by several, one after the other.

    \b
    Examples:
      calcml diff "1/(1+exp(-x))"
      calcml diff "x^2 sin x" --steps
      calcml diff "a^x" x
      calcml diff "x^3" -n 2 --at x=2
      calcml diff "x^2 y^3" x y y
      calcml diff "-x^2"
    """
    from calcml.operators.derivative import derive

    remark_on_absent(asked)
    by = asked.variables or (the_only_variable(asked.f),)
    if len(by) > 1 and order > 1:
        raise InputError("--order goes with one variable", hint="of several, repeat those that come again: x y y")
    return derive(asked.f, by if len(by) > 1 else by[0], order, **asked.settings)
