"""`calcml tangent`."""

from __future__ import annotations

from calcml.cli.operator import Asked, operator, remark_on_absent
from calcml.derivation import Derivation
from calcml.expr import Relation


@operator("tangent")
def tangent(asked: Asked) -> Derivation:
    """The tangent line of EXPR at a point, the tangent plane for two variables, or the tangent of a curve F = c.

    \b
    Examples:
      calcml tangent "x^2" --at x=1
      calcml tangent "x^2 + y^2" --at "x=1, y=2" --steps
      calcml tangent "x^2 + y^2 = 25" --at "x=3, y=4"
      calcml tangent "y = ln(x)" --at "x=1, y=0"
    """
    from calcml.operators.tangent import tangent_record

    equation_or_function = asked.read.expr if isinstance(asked.read.expr, Relation) else asked.f
    remark_on_absent(asked._replace(f=equation_or_function))
    return tangent_record(
        equation_or_function, asked.variables, asked.settings["at"], assuming=asked.settings["assuming"]
    )
