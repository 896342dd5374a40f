"""`calcml directional`, `calcml jvp` and `calcml hvp`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from calcml.cli.operator import Asked, operator, remark_on_absent
from calcml.cli.reading import direction
from calcml.derivation import Derivation


def _along(text: str) -> Callable[[Any], Any]:
    return click.option("--along", metavar="VECTOR", required=True, help=text)


@operator("directional")
@_along('The direction, an entry for each variable: "3,4".')
def directional(asked: Asked, along: str) -> Derivation:
    """How fast EXPR changes along a direction: its gradient times the unit vector.

    \b
    Examples:
      calcml directional "x^2 + y^2" --along "3,4" --at "x=1, y=2"
      calcml directional "x^2 y" x y --along "1,-1" --steps
    """
    from calcml.operators.directional import directional_record

    remark_on_absent(asked)
    return directional_record(asked.f, direction(along, asked.declared), asked.variables, **asked.settings)


@operator("jvp")
@_along('The vector, an entry for each variable: "1,0".')
def jvp(asked: Asked, along: str) -> Derivation:
    """The Jacobian of EXPR times a vector, as forward mode computes it.

    \b
    Examples:
      calcml jvp "[x*y, x + y]" --along "1,2"
      calcml jvp "[r cos t, r sin t]" r t --along "1,0" --at "r=2, t=0"
    """
    from calcml.operators.products import jvp_record

    remark_on_absent(asked)
    return jvp_record(asked.f, direction(along, asked.declared), asked.variables, **asked.settings)


@operator("hvp")
@_along('The vector, an entry for each variable: "1,0".')
def hvp(asked: Asked, along: str) -> Derivation:
    """The Hessian of EXPR times a vector, without the Hessian: the gradient of gradient times vector.

    \b
    Examples:
      calcml hvp "x^2 y" --along "1,0"
      calcml hvp "x^2 y + sin(x*y)" --along "1,2" --at "x=1, y=0" --steps
    """
    from calcml.operators.products import hvp_record

    remark_on_absent(asked)
    return hvp_record(asked.f, direction(along, asked.declared), asked.variables, **asked.settings)
