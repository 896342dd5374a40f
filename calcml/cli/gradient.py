"""`calcml grad`."""

from __future__ import annotations

from calcml.cli.operator import Asked, operator, remark_on_absent
from calcml.derivation import Derivation


@operator("grad")
def grad(asked: Asked) -> Derivation:
    """The gradient of EXPR by its variables (all of them by name, or those given, in that order).

    \b
    Examples:
      calcml grad "x^2 + 3x*y"
      calcml grad "x^2 + 3x*y" --at "x=1, y=2"
      calcml grad "ln(1 + exp(-y*(w*x + b)))" w b --steps
    """
    from calcml.operators.gradient import gradient

    remark_on_absent(asked)
    return gradient(asked.f, asked.variables, **asked.settings)
