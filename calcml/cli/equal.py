"""`calcml equal`."""

from __future__ import annotations

import json
from typing import Any

import click

from calcml.cli.app import Command, common_options, expression_options, time_limit
from calcml.cli.output import chosen_format, note, write
from calcml.cli.reading import assumptions, parsed, pointing_into
from calcml.errors import UndecidedError


@click.command("equal", cls=Command)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@expression_options
@common_options
def equal(first: str, second: str, **options: Any) -> int:
    """Say whether A and B are equal as functions on the real numbers, domains included.

    The exit code is 0 when they are equal, 1 when they differ or are equal only under a condition, 3 when it cannot
    be decided.

    \b
    Examples:
      calcml equal "(x+1)^2" "x^2+2x+1"
      calcml equal "ln(x^2)" "2 ln x"
      calcml equal "sqrt(x^2)" "x" --assume "x>0"
    """
    from calcml.cli.output import show_expression
    from calcml.domains import require_some_domain
    from calcml.equivalence import EQUAL, UNDECIDED, equivalent, sentence

    with time_limit(options["timeout"]):
        sides = [parsed(text, options["declared"], options["juxtapose"]) for text in (first, second)]
        for side in sides:
            with pointing_into(side, ()):
                require_some_domain(side.expr)
        verdict = equivalent(sides[0].expr, sides[1].expr, assumptions(options["assume"]))
    form = chosen_format(options["form"])
    if form == "json":
        write(json.dumps(as_data(verdict)))
    elif verdict.status == UNDECIDED:
        raise UndecidedError("it could not be decided whether the two are equal", hint=verdict.reason)
    else:
        if form == "unicode":
            verdict.values = tuple([value.replace("-", "\u2212") for value in verdict.values])
        write(sentence(verdict, lambda expr: show_expression(expr, form)))
        if verdict.proof:
            note("proved by normal form" if verdict.proof == "normal form" else f"checked: {verdict.proof}")
    if verdict.status == UNDECIDED:
        return 3
    return 0 if verdict.status == EQUAL else 1


def as_data(verdict: Any) -> dict[str, Any]:
    """The verdict for programs."""
    return {
        "status": verdict.status,
        "proof": verdict.proof,
        "points": [str(point) for point in verdict.points],
        "conditions": [str(condition) for condition in verdict.conditions],
        "witness": {str(symbol): str(value) for symbol, value in verdict.witness.items()},
        "values": list(verdict.values),
        "reason": verdict.reason,
    }
