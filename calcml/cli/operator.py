"""What the commands of all operators share: their arguments and options, reading them, and showing what comes out.

A command is a function from what was asked to a derivation:

    @operator("grad")
    def grad(asked: Asked) -> Derivation:
        '''Help, with examples.'''
        return gradient(asked.f, asked.variables, **asked.settings)

Options of its own are declared with `click.option` under `@operator` and passed by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import click

from calcml.cli.app import Command, common_options, expression_options, time_limit
from calcml.cli.output import note
from calcml.cli.present import present
from calcml.cli.reading import assumptions, parsed, point, pointing_into, variables
from calcml.derivation import Derivation
from calcml.expr import Expr, Relation
from calcml.syntax.parsed import Parsed


class Asked(NamedTuple):
    """What the arguments and shared options of an operator say.

    f: the expression; of a definition `y = x^2`, its right side. read: as it was read. variables: those named, or
    None. settings: `at`, `assuming` and `digits`, to be handed on to the operator. declared: the text of --vars.
    """

    f: Expr
    read: Parsed
    variables: tuple[Expr, ...] | None
    settings: dict[str, Any]
    declared: str


def operator(name: str, *, variables_named: str = "[VAR]...") -> Callable[[Callable[..., Derivation]], click.Command]:
    """Make a command of a function from `Asked` (and its own options) to a Derivation."""

    def decorate(carry_out: Callable[..., Derivation]) -> click.Command:
        own = [param.name for param in getattr(carry_out, "__click_params__", []) if param.name is not None]

        def command(expr: str, names: tuple[str, ...], at: str | None, digits: int, **options: Any) -> None:
            with time_limit(options["timeout"]):
                read = parsed(expr, options["declared"], options["juxtapose"])
                is_named = read.definition is not None and isinstance(read.expr, Relation)  # y = x^2 is about x^2
                f = read.expr.args[1] if is_named else read.expr
                settings = {
                    "at": None if at is None else point(at, options["declared"]),
                    "assuming": assumptions(options["assume"]),
                    "digits": digits,
                }
                chosen = variables(names, f, options["declared"]) if names else None
                asked = Asked(f, read, chosen, settings, options["declared"])
                with pointing_into(read, (1,) if is_named else ()):
                    derivation = carry_out(asked, **{key: options.pop(key) for key in own})
                present(derivation, options)

        command.__doc__ = carry_out.__doc__
        for option in getattr(carry_out, "__click_params__", []):
            command.__dict__.setdefault("__click_params__", []).append(option)
        for add in (operator_options, expression_options, common_options):
            command = add(command)
        command = click.argument("names", metavar=variables_named, nargs=-1)(command)
        command = click.argument("expr", metavar="EXPR")(command)
        return click.command(name, cls=Command)(command)

    return decorate


def operator_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options every operator has beside those of every command."""
    options = [
        click.option("--at", metavar="POINT", help='Evaluate there: "x=1, y=2".'),
        click.option("--digits", type=click.IntRange(min=1, max=10_000), default=17, help="Digits of the value."),
        click.option("--steps", is_flag=True, help="Show the derivation."),
        click.option(
            "--level", type=click.Choice(["outline", "standard", "full"]), help="How much of it (implies --steps)."
        ),
    ]
    options.append(
        click.option("--form", "shape", type=click.Choice(FORM_NAMES), default="auto", help="Which form of the result.")
    )
    for option in options:
        command = option(command)
    return command


FORM_NAMES = ["auto", "expanded", "factored", "collected", "together", "cancelled", "apart", "self", "stable", "all"]


def remark_on_absent(asked: Asked) -> None:
    """A note for every variable that was named and does not occur."""
    from calcml.binding import free_symbols

    occurring = free_symbols(asked.f)
    for x in asked.variables or ():
        if not free_symbols(x) & occurring:
            note(f"note: {x} does not occur in the expression")
