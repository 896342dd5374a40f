"""`calcml code`."""

from __future__ import annotations

from typing import Any

import click

from calcml.cli.app import Command, common_options, expression_options, time_limit
from calcml.cli.output import write
from calcml.cli.reading import parsed, pointing_into, variable
from calcml.expr import Relation

TARGETS = ["numpy", "math", "jax", "torch", "c"]


@click.command(cls=Command)
@click.argument("expr", metavar="EXPR")
@click.argument("variables", metavar="[VAR]...", nargs=-1)
@click.option("--target", type=click.Choice(TARGETS), default="numpy", help="What the code is written for.")
@click.option("--grad", is_flag=True, help="Return the gradient too.")
@click.option("--hess", is_flag=True, help="Return the Hessian too.")
@click.option("--literal", is_flag=True, help="Compute the formula as it stands, not a stable form of it.")
@expression_options
@common_options
def code(expr: str, variables: tuple[str, ...], target: str, grad: bool, hess: bool, **options: Any) -> None:
    """Write a function that computes EXPR, and runs without calcml.

    VARs are its parameters, in order; without them, all symbols by name.

    \b
    Examples:
      calcml code "1/(1+exp(-x))" --grad
      calcml code "(w x + b - y)^2" w b x y --target c --grad --hess
      calcml code "relu(x)^2" --target jax
    """
    from calcml.codegen.standalone import standalone_code

    with time_limit(options["timeout"]):
        read = parsed(expr, options["declared"], options["juxtapose"])
        is_named = read.definition is not None and isinstance(read.expr, Relation)  # y = x^2 is about x^2
        f = read.expr.args[1] if is_named else read.expr
        if variables:
            chosen = [variable(name, f) for name in variables]
        else:
            chosen = sorted(f.free_symbols, key=lambda symbol: symbol.data)
        with pointing_into(read, (1,) if is_named else ()):
            text = standalone_code(f, chosen, target, grad, hess, stable=not options["literal"])
        write(text.rstrip("\n"))
