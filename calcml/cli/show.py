"""`calcml parse` and `calcml simplify`."""

from __future__ import annotations

from typing import Any

import click

from calcml.cli.app import Command, common_options, expression_options, time_limit
from calcml.cli.output import chosen_format, note, show_expression, write
from calcml.cli.reading import assumptions, parsed


@click.command(cls=Command)
@click.argument("expr", metavar="EXPR")
@expression_options
@common_options
def parse(expr: str, **options: Any) -> None:
    """Show how EXPR is read: as one line, and as a tree.

    \b
    Examples:
      calcml parse "1/2x"
      calcml parse "sin x cos x"
    """
    from calcml.render.tree import to_tree

    with time_limit(options["timeout"]):
        read = parsed(expr, options["declared"], options["juxtapose"])
        form = options["form"]
        if form is None:
            if read.definition is not None:
                name, parameters = read.definition
                write(f"definition of {name}" + (f"({', '.join(parameters)})" if parameters else ""))
            write(show_expression(read.expr, "text"))
            write(to_tree(read.expr))
        else:
            write(show_expression(read.expr, chosen_format(form)))


@click.command(cls=Command)
@click.argument("expr", metavar="EXPR")
@expression_options
@common_options
def simplify(expr: str, **options: Any) -> None:
    """Bring EXPR to readable form; what it needs to be defined is printed with it.

    \b
    Examples:
      calcml simplify "x/x"
      calcml simplify "2x(x+1) - x^2"
    """
    from calcml.calculus import lost_conditions, readable_form
    from calcml.render.words import conditions_in_words

    with time_limit(options["timeout"]):
        read = parsed(expr, options["declared"], options["juxtapose"])
        assuming = assumptions(options["assume"])
        result = readable_form(read.expr, assuming)
        form = chosen_format(options["form"])
        write(show_expression(result, form))
        lost = lost_conditions(read.expr, result, assuming)
        if lost and form in ("text", "unicode"):
            note("for " + ", ".join(conditions_in_words(lost, lambda part: show_expression(part, form))))
