"""`calcml jacobian` and `calcml hessian`."""

from __future__ import annotations

from calcml.cli.operator import Asked, operator, remark_on_absent
from calcml.derivation import Derivation


@operator("jacobian")
def jacobian(asked: Asked) -> Derivation:
    """The Jacobian of the functions in EXPR, a vector: a row for each, a column for each variable.

    \b
    Examples:
      calcml jacobian "[r cos t, r sin t]" r t
      calcml jacobian "[x^2 y, 5x + sin y]" --at "x=1, y=0"
      calcml jacobian "[x*y, x/y]" --steps
    """
    from calcml.operators.jacobian import jacobian_record

    remark_on_absent(asked)
    return jacobian_record(asked.f, asked.variables, **asked.settings)


@operator("hessian")
def hessian(asked: Asked) -> Derivation:
    """The Hessian of EXPR; at a point its eigenvalues, and whether it is definite.

    \b
    Examples:
      calcml hessian "x^2 + 3x*y + y^3"
      calcml hessian "x^2 + 3x*y + y^3" --at "x=1, y=2"
      calcml hessian "-y ln(σ(w x + b)) - (1-y) ln(1-σ(w x + b))" w b --steps
    """
    from calcml.operators.hessian import hessian_record

    remark_on_absent(asked)
    return hessian_record(asked.f, asked.variables, **asked.settings)
