"""`calcml taylor`."""

from __future__ import annotations

import click

from calcml.cli.operator import Asked, operator, remark_on_absent
from calcml.cli.reading import interval
from calcml.derivation import Derivation


@operator("taylor")
@click.option("-n", "--order", type=click.IntRange(min=0, max=200), default=5, help="The highest power (default 5).")
@click.option("--on", nargs=2, metavar="A B", default=None, help="Bound the remainder on this interval.")
def taylor(asked: Asked, order: int, on: tuple[str, str] | None) -> Derivation:
    """The Taylor polynomial of EXPR at a point, with its remainder.

    The variables are those named, else those that --at gives a value, else all. Without --at the point is 0.

    \b
    Examples:
      calcml taylor "e^x" -n 4
      calcml taylor "ln(x)" --at x=1 -n 3 --steps
      calcml taylor "sin(x)" -n 3 --on -1 1
      calcml taylor "e^x cos(y)" --at "x=0, y=0" -n 2
    """
    from calcml.operators.taylor import taylor_record

    remark_on_absent(asked)
    return taylor_record(
        asked.f,
        asked.variables,
        asked.settings["at"],
        order,
        on=None if on is None else interval(on),
        assuming=asked.settings["assuming"],
    )
