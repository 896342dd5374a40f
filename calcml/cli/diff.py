"""`calcml diff`."""

from __future__ import annotations

from typing import Any

import click

from calcml.cli.app import Command, common_options, expression_options, time_limit
from calcml.cli.output import chosen_format, note, show_expression, wants_colour, write
from calcml.cli.reading import assumptions, parsed, point, pointing_into, variable
from calcml.expr import Expr, Number, Relation
from calcml.heads import Derivative

FORM_NAMES = ["auto", "expanded", "factored", "collected", "together", "cancelled", "apart", "self", "all"]


@click.command(cls=Command)
@click.argument("expr", metavar="EXPR")
@click.argument("var", metavar="[VAR]", required=False)
@click.option("-n", "--order", type=click.IntRange(min=1, max=1000), default=1, help="Order of the derivative.")
@click.option("--at", metavar="POINT", help='Evaluate there: "x=1, y=2".')
@click.option("--digits", type=click.IntRange(min=1, max=10_000), default=17, help="Digits of the value.")
@click.option("--steps", is_flag=True, help="Show the derivation.")
@click.option("--level", type=click.Choice(["outline", "standard", "full"]), help="How much of it (implies --steps).")
@click.option("--form", "shape", type=click.Choice(FORM_NAMES), default="auto", help="Which form of the result.")
@expression_options
@common_options
def diff(expr: str, var: str | None, order: int, at: str | None, digits: int, **options: Any) -> int:
    """Differentiate EXPR by VAR (the only variable, if there is one).

    \b
    Examples:
      calcml diff "1/(1+exp(-x))"
      calcml diff "x^2 sin x" --steps
      calcml diff "a^x" x
      calcml diff "x^3" -n 2 --at x=2
      calcml diff "-x^2"
    """
    from calcml.operators.derivative import derive
    from calcml.render.steps import conditions

    with time_limit(options["timeout"]):
        read = parsed(expr, options["declared"], options["juxtapose"])
        is_named = read.definition is not None and isinstance(read.expr, Relation)  # y = x^2 is about x^2
        f = read.expr.args[1] if is_named else read.expr
        x = variable(var, f)
        if var is not None and x not in f.free_symbols:
            note(f"note: {x} does not occur in the expression")
        with pointing_into(read, (1,) if is_named else ()):
            derivation = derive(f, x, order, assumptions(options["assume"]))
        form = chosen_format(options["form"])
        if at is not None:
            write(show_value(derivation, at, digits, form))
            return 0
        if options["steps"] or options["level"]:
            write(show_steps(derivation, form, options["level"] or "standard", wants_colour(options["color"])))
            return 0
        write(show_result(derivation, form, options["shape"], wants_colour(options["color"])))
        if form not in ("unicode", "json"):
            for sentence in conditions(derivation, str):
                note(f"for {sentence}")
        check = derivation.verify()
        if not check.holds:
            note(f"note: the result could not be checked: {check.reason}")
    return 0


def show_steps(derivation: Any, form: str, level: str, colour: bool) -> str:
    """The derivation in a format; on a coloured terminal, drawn with rich."""
    from calcml.render.steps import render

    if form == "unicode" and colour:
        from calcml.cli.terminal import draw_steps

        return draw_steps(derivation, level)
    return render(derivation, "html" if form == "mathml" else form, level)


def show_result(derivation: Any, form: str, shape: str, colour: bool) -> str:
    """The result: one line for a program, the equation with its other forms for a person."""
    from calcml.render.steps import conditions

    if form == "json":
        return derivation.to_json()
    named = chosen_forms(derivation, shape)
    results = list(named.values())
    if form != "unicode":
        return "\n".join(show_expression(result, form) for result in results)
    left = show_expression(problem(derivation), "unicode")
    if shape == "auto":
        results += [other.expr for other in derivation.forms]
    rows = [f"{left} = {show_expression(results[0], 'unicode')}"]
    rows += [" " * len(left) + f" = {show_expression(result, 'unicode')}" for result in results[1:]]
    if shape == "all":
        rows = beside(rows, list(named))
    from calcml.render.text import to_unicode

    rows += [f"for {text}" for text in conditions(derivation, to_unicode)]
    rows += derivation.notes
    if colour:
        from calcml.cli.terminal import draw_result

        return draw_result(rows, 1 + len(results) - 1)
    return "\n".join(rows)


def beside(rows: list[str], names: list[str]) -> list[str]:
    """The rows with the names of their forms at the right."""
    width = max(map(len, rows)) + 3
    return [
        f"{row.ljust(width)}{'' if name == 'auto' else name}".rstrip() for row, name in zip(rows, names, strict=True)
    ]


def problem(derivation: Any) -> Expr:
    """The derivative that was asked for, unevaluated."""
    if derivation.order == 1:
        return Derivative(derivation.problem, derivation.variable)
    return Derivative(derivation.problem, derivation.variable, Number(derivation.order))


def chosen_forms(derivation: Any, shape: str) -> dict[str, Expr]:
    """The results a --form asks for, by name; the first is the primary one."""
    from calcml.forms import all_forms, in_form

    result = derivation.result
    own = {form.name: form.expr for form in derivation.forms}
    if shape == "auto":
        return {"auto": result}
    if shape == "self":
        return own or {"auto": result}
    if shape == "all":
        return {"auto": result, **own, **all_forms(result, derivation.variable, [result, *own.values()])}
    return {shape: in_form(result, shape, derivation.variable)}


def show_value(derivation: Any, at: str, digits: int, form: str) -> str:
    """The value of the derivative at a point."""
    from calcml.at_point import value_at

    values = point(at)
    value = value_at(derivation, values, digits)
    return format_value(value, digits, form)


def format_value(value: Any, digits: int, form: str) -> str:
    """A value as text: exact where it is, else with the digits asked for."""
    if isinstance(value, tuple):
        return "[" + ", ".join(format_value(entry, digits, form) for entry in value) + "]"
    if isinstance(value, Expr):
        return show_expression(value, form)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value) if digits >= 17 else f"{value:.{digits}g}"
    import mpmath

    return str(mpmath.nstr(value, digits))
