"""`calcml div`, `calcml curl` and `calcml laplacian`."""

from __future__ import annotations

from calcml.cli.operator import Asked, operator, remark_on_absent
from calcml.derivation import Derivation


@operator("div")
def div(asked: Asked) -> Derivation:
    """The divergence of the vector field EXPR: component i by variable i, added.

    \b
    Examples:
      calcml div "[x^2, x*y, z]"
      calcml div "[x/(x^2+y^2), y/(x^2+y^2)]" x y --steps
    """
    from calcml.operators.fields import divergence_record

    remark_on_absent(asked)
    return divergence_record(asked.f, asked.variables, **asked.settings)


@operator("curl")
def curl(asked: Asked) -> Derivation:
    """The curl of the vector field EXPR: a vector in three dimensions, a number in two.

    \b
    Examples:
      calcml curl "[-y, x]"
      calcml curl "[y*z, x*z, 3x*y]" --at "x=1, y=2, z=0"
    """
    from calcml.operators.fields import curl_record

    remark_on_absent(asked)
    return curl_record(asked.f, asked.variables, **asked.settings)


@operator("laplacian")
def laplacian(asked: Asked) -> Derivation:
    """The Laplacian of EXPR: its second derivatives by each variable, added.

    \b
    Examples:
      calcml laplacian "x^2 + y^2"
      calcml laplacian "ln(x^2 + y^2)" --steps
    """
    from calcml.operators.fields import laplacian_record

    remark_on_absent(asked)
    return laplacian_record(asked.f, asked.variables, **asked.settings)
