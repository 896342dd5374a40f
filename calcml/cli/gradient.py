"""`calcml grad`."""

from __future__ import annotations

import click

from calcml.cli.operator import Asked, operator, remark_on_absent
from calcml.derivation import Derivation


@operator("grad")
@click.option(
    "--mode", type=click.Choice(["forward", "reverse"]), default="forward", help="Rule by rule, or one sweep back."
)
def grad(asked: Asked, mode: str) -> Derivation:
    """The gradient of EXPR by its variables (all of them by name, or those given, in that order).

    \b
    Examples:
      calcml grad "x^2 + 3x*y"
      calcml grad "x^2 + 3x*y" --at "x=1, y=2"
      calcml grad "(w2*relu(w1*x + b) - y)^2" w1 w2 b --mode reverse --steps
      calcml grad "ln(1 + exp(-y*(w*x + b)))" w b --steps
    """
    from calcml.operators.gradient import gradient

    remark_on_absent(asked)
    return gradient(asked.f, asked.variables, mode=mode, **asked.settings)
