"""`calcml parse` and `calcml simplify`."""

from __future__ import annotations

from typing import Any

import click

from calcml.cli.app import Command, common_options, expression_options, time_limit
from calcml.cli.output import chosen_format, note, show_expression, write
from calcml.cli.reading import assumptions, parsed, pointing_into, variable
from calcml.errors import DomainError
from calcml.expr import FALSE, Expr


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


SIMPLIFY_FORMS = ["auto", "expanded", "factored", "collected", "together", "cancelled", "apart", "stable", "all"]


@click.command(cls=Command)
@click.argument("expr", metavar="EXPR")
@click.option("--form", "shape", type=click.Choice(SIMPLIFY_FORMS), default="auto", help="Which form.")
@click.option("--by", metavar="VAR", help="The variable for collected and apart.")
@click.option("--steps", is_flag=True, help="Show how it comes about, line by line.")
@expression_options
@common_options
def simplify(expr: str, shape: str, by: str | None, steps: bool, **options: Any) -> None:
    """Bring EXPR to readable form; what it needs to be defined is printed with it.

    \b
    Examples:
      calcml simplify "x/x"
      calcml simplify "2x(x+1) - x^2" --steps
      calcml simplify "1/(x^2-1)" --form apart
      calcml simplify "x^2 - 2x + 1" --form all
    """
    from calcml.cli.present import beside
    from calcml.domains import domain, require_some_domain
    from calcml.forms import all_forms
    from calcml.render.words import conditions_in_words
    from calcml.simplified import simplification_steps, simplified

    with time_limit(options["timeout"]):
        read = parsed(expr, options["declared"], options["juxtapose"])
        with pointing_into(read, ()):
            require_some_domain(read.expr)
        assuming = assumptions(options["assume"])
        form = chosen_format(options["form"])
        x = variable(by, read.expr) if by else None
        if shape == "stable":
            from calcml.cli.present import stable_form

            write(show_expression(stable_form(read.expr, read.expr), form))
            return
        found = simplified(read.expr, "auto" if shape == "all" else shape, assuming, x=x)
        if not found.check.holds and FALSE in domain(found.line):
            raise DomainError(f"{read.expr!r} has no value: it is {found.line!r}")
        if steps and shape != "all":
            write(show_simplification(read.expr, simplification_steps(read.expr, found, assuming), form))
        else:
            named = {"auto": found.line}
            if shape == "all":
                named |= all_forms(read.expr, x, [found.line])
            rows = [show_expression(result, form) for result in named.values()]
            write("\n".join(beside(rows, list(named)) if shape == "all" and form == "unicode" else rows))
        if found.lost and form in ("text", "unicode"):
            note("for " + ", ".join(conditions_in_words(found.lost, lambda part: show_expression(part, form))))
        if found.reservation:
            note(f"note: {found.reservation}")


def show_simplification(typed: Expr, steps: tuple[Any, ...], form: str) -> str:
    """The rewritings as numbered lines, each with what was done."""
    from calcml.render.lines import Line
    from calcml.render.steps import numbered
    from calcml.render.words import checked_in_words

    def show(line: Expr) -> str:
        return show_expression(line, form if form in ("text", "unicode") else "unicode")

    rows = [f"    {show(typed)}", ""]
    for i, step in enumerate(steps, start=1):
        rows += numbered(Line(i, step.focus_after, step.focus_after, step), show, "standard")
    said = checked_in_words([step.check for step in steps]) if steps else "This is its readable form already."
    return "\n".join([*rows, *([""] if steps else []), said])
