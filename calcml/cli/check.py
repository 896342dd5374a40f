"""`calcml check`."""

from __future__ import annotations

from typing import Any

import click

from calcml.cli.app import Command, common_options, expression_options, read_expression, time_limit
from calcml.cli.operator import Asked, remark_on_absent
from calcml.cli.output import chosen_format, note, wants_colour, write
from calcml.cli.reading import assumptions, declarations, parsed, pointing_into, variables
from calcml.errors import InputError
from calcml.expr import Relation


@click.command(cls=Command)
@click.argument("expr", metavar="EXPR")
@click.argument("names", metavar="[VARS]...", nargs=-1)
@click.option("--at", "places", metavar="POINT", multiple=True, help='Where: "x=1, y=2"; may be given several times.')
@click.option("--claim", metavar="EXPR", help='What the derivative is said to be; for several variables "[2x, 3y]".')
@click.option("--plot", metavar="FILE", help="Draw the error over h into a .png or .svg file.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@expression_options
@common_options
def check(
    expr: str,
    names: tuple[str, ...],
    places: tuple[str, ...],
    claim: str | None,
    plot: str | None,
    force: bool,
    **options: Any,
) -> int:
    """Compare the derivative of EXPR with differences, complex step and automatic differentiation.

    With --claim, say whether a derivative made by hand is right: which component is wrong, where, and by which
    mistake. The exit code is 0 when it is right, 1 when it is wrong, 3 when there is no derivative to compare with.

    \b
    Examples:
      calcml check "x exp(-x^2)" --at x=1.5
      calcml check "sin(3x^2)" --claim "cos(3x^2)"
      calcml check "x^2 y + y^3" x y --claim "[2x y, x^2 + 3y]" --at "x=1, y=2"
      calcml check "ln(1+exp(x))" --at x=2 --plot error.svg
    """
    from calcml.binding import free_symbols
    from calcml.checking.check import check as carry_out
    from calcml.render.checks import report_text
    from calcml.syntax.declarations import parse_point
    from calcml.syntax.parser import parse_text

    form = chosen_format(options["form"])
    if form not in ("text", "unicode", "json"):
        raise InputError(f"the format {form} is not available for this command", hint="text, unicode or json")
    with time_limit(options["timeout"]):
        read = parsed(expr, options["declared"], options["juxtapose"])
        is_named = read.definition is not None and isinstance(read.expr, Relation)  # y = x^2 is about x^2
        f = read.expr.args[1] if is_named else read.expr
        chosen = variables(names, f, options["declared"])
        remark_on_absent(Asked(f, read, chosen, {}, options["declared"]))
        symbols = (*declarations(options["declared"]), *free_symbols(f))
        points = [dict(parse_point(text, symbols=symbols).items()) for text in places]
        claimed = None
        if claim is not None:
            claimed = parse_text(read_expression(claim), symbols=symbols, juxtapose=options["juxtapose"])
            for sentence in claimed.notes:
                note(sentence)
        with pointing_into(read, (1,) if is_named else ()):
            report = carry_out(
                f,
                None if claimed is None else claimed.expr,
                points or None,
                chosen or None,
                assumptions(options["assume"]),
            )
        if plot is not None:
            from calcml.plotting.errors import error_figure
            from calcml.plotting.files import save

            save(lambda: error_figure(report), plot, force)
            note(f"written: {plot}")
        if form == "json":
            write(report.to_json())
        else:
            colour = wants_colour(options["color"])
            write(report_text(report, form, colour, picture=form == "unicode"))
    return report.exit_code
