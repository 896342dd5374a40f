"""`calcml functions` and `calcml rules`: the tables, printed."""

from __future__ import annotations

from typing import Any

import click

from calcml.cli.app import Command, common_options
from calcml.cli.output import write
from calcml.errors import UnknownNameError


@click.command(cls=Command)
@click.argument("name", required=False)
@common_options
def functions(name: str | None, **options: Any) -> None:
    """The functions calcml knows; with NAME, everything the table says of it.

    \b
    Examples:
      calcml functions
      calcml functions relu
    """
    from calcml import functions as table
    from calcml.render.reference import function_page, function_rows

    if name is None:
        write(function_rows())
        return
    spec = table.find(name)
    if spec is None:
        raise UnknownNameError(f"there is no function {name!r}", hint=_closest(name, table.names()))
    write(function_page(spec))


@click.command(cls=Command)
@click.argument("name", required=False)
@common_options
def rules(name: str | None, **options: Any) -> None:
    """The rules of differentiation and of algebra; with NAME, one of them in full.

    \b
    Examples:
      calcml rules
      calcml rules product
      calcml rules sin-cos-squares
    """
    from calcml.algebra.rules import ALGEBRA_RULES, AlgebraRule
    from calcml.render.reference import rule_page, rule_rows
    from calcml.rules.differentiation import RULES, DiffRule

    if name is None:
        write(rule_rows())
        return
    known: tuple[DiffRule | AlgebraRule, ...] = (*RULES, *ALGEBRA_RULES)
    wanted = name.lower().replace(" ", "-").removesuffix("-rule")
    rule = next((row for row in known if row.name == wanted), None)
    if rule is None:
        raise UnknownNameError(f"there is no rule {name!r}", hint=_closest(wanted, [row.name for row in known]))
    write(rule_page(rule))


def _closest(name: str, names: list[str]) -> str:
    from difflib import get_close_matches

    found = get_close_matches(name, names, 3, 0.6)
    return f"did you mean {' or '.join(found)}?" if found else "without a name, all of them are listed"
