"""`calcml extrema`."""

from __future__ import annotations

import click

from calcml.cli.operator import Asked, operator, remark_on_absent
from calcml.cli.reading import interval
from calcml.derivation import Derivation
from calcml.errors import InputError


@operator("extrema")
@click.option("--on", nargs=2, metavar="A B", default=None, help="Look at this interval only, its ends included.")
def extrema(asked: Asked, on: tuple[str, str] | None) -> Derivation:
    """Where EXPR is largest and smallest, rises and falls, and how it bends.

    \b
    Examples:
      calcml extrema "x^3 - 3x"
      calcml extrema "x^2 e^(-x)" --steps
      calcml extrema "x^3 - 3x" --on -2 3
      calcml extrema "x^3 + y^3 - 3x*y"
    """
    from calcml.operators.extrema import extrema_record

    if asked.settings["at"] is not None:
        raise InputError("extrema are looked for everywhere, not at a point", hint="an interval: --on 0 2")
    remark_on_absent(asked)
    ends = None if on is None else interval(on)
    return extrema_record(asked.f, asked.variables, ends, assuming=asked.settings["assuming"])
