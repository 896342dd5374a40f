"""`calcml total` and `calcml implicit`: variables that depend on others."""

from __future__ import annotations

import click

from calcml.cli.operator import Asked, operator
from calcml.cli.reading import point
from calcml.derivation import Derivation
from calcml.errors import InputError


@operator("total", variables_named="VAR")
@click.option("--with", "where", metavar="DEFINITIONS", required=True, help='What depends on VAR: "x=t^2, y=2t".')
def total(asked: Asked, where: str) -> Derivation:
    """The total derivative of EXPR by VAR, on which other variables depend: the chain rule in several variables.

    \b
    Examples:
      calcml total "x^2 + y^2" --with "x=t^2, y=2t" t
      calcml total "x*y" --with "x = r cos a, y = r sin a" r --steps
    """
    from calcml.operators.total import total_record

    if asked.variables is None or len(asked.variables) != 1:
        raise InputError("the variable to differentiate by is expected", hint='calcml total "x*y" --with "x=t^2" t')
    return total_record(asked.f, point(where, asked.declared), asked.variables[0], **asked.settings)


@operator("implicit", variables_named="Y X")
@click.option("-n", "--order", type=click.IntRange(min=1, max=20), default=1, help="Order of the derivative.")
def implicit(asked: Asked, order: int) -> Derivation:
    """dy/dx where the equation EXPR ties Y to X; other variables are held constant.

    \b
    Examples:
      calcml implicit "x^2 + y^2 = 1" y x
      calcml implicit "x^2 + y^2 = 25" y x --at "x=3, y=4" --steps
      calcml implicit "x^2 + y^2 = 1" y x -n 2
    """
    from calcml.operators.implicit import implicit_record

    if asked.variables is None or len(asked.variables) != 2:
        raise InputError("two variables are expected: the one that depends, and the one it depends on",
                         hint='calcml implicit "x^2 + y^2 = 1" y x')  # fmt: skip
    y, x = asked.variables
    return implicit_record(asked.read.expr, y, x, order, **asked.settings)
