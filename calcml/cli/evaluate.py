"""`calcml eval`."""

from __future__ import annotations

from typing import Any

import click

from calcml.cli.app import Command, common_options, expression_options, time_limit
from calcml.cli.output import chosen_format, write
from calcml.cli.present import format_value
from calcml.cli.reading import parsed, point


@click.command("eval", cls=Command)
@click.argument("expr", metavar="EXPR")
@click.argument("values", metavar="[NAME=VALUE]...", nargs=-1)
@click.option("--at", metavar="POINT", default="", help='Values as one text: "x=1, y=2".')
@click.option("--digits", type=click.IntRange(min=1, max=10_000), default=17, help="Digits of the value.")
@expression_options
@common_options
def evaluate(expr: str, values: tuple[str, ...], at: str, digits: int, **options: Any) -> None:
    """Evaluate EXPR with the values given; exact where arithmetic is.

    \b
    Examples:
      calcml eval "1/(1+exp(-x))" x=2
      calcml eval "2/3 + 1/6"
      calcml eval "e^pi" --digits 50
    """
    from calcml.precise import evaluate as value_of

    with time_limit(options["timeout"]):
        read = parsed(expr, options["declared"], options["juxtapose"])
        given = point(", ".join(part for part in (*values, at) if part)) if values or at else {}
        write(format_value(value_of(read.expr, given, digits), digits, chosen_format(options["form"])))
