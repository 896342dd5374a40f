"""`calcml functions` and `calcml rules`: the tables, printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from calcml.cli.app import Command, common_options
from calcml.cli.output import write
from calcml.errors import InputError, InvariantError, UnknownNameError


@click.command(cls=Command)
@click.argument("name", required=False)
@click.option("--check", is_flag=True, help="Check every field against the function's values.")
@common_options
def functions(name: str | None, check: bool, **options: Any) -> None:
    """The functions calcml knows; with NAME, everything the table says of it.

    \b
    Examples:
      calcml functions
      calcml functions relu
      calcml functions relu --check
    """
    from calcml import functions as table
    from calcml.render.reference import function_page, function_rows

    spec = table.find(name) if name is not None else None
    if name is not None and spec is None:
        raise UnknownNameError(f"there is no function {name!r}", hint=_closest(name, table.names()))
    if check:
        from calcml.checks.rows import check_row

        rows = list(table.all_functions()) if spec is None else [spec]
        _report([found for row in rows for found in check_row(row)], len(rows), "function")
        return
    write(function_rows() if spec is None else function_page(spec))


@click.command(cls=Command)
@click.argument("name", required=False)
@click.option("--check", is_flag=True, help="Check every statement by values, and against the code of its rule.")
@common_options
def rules(name: str | None, check: bool, **options: Any) -> None:
    """The rules of differentiation and of algebra; with NAME, one of them in full.

    \b
    Examples:
      calcml rules --check
      calcml rules
      calcml rules product
      calcml rules sin-cos-squares
    """
    from calcml.algebra.rules import ALGEBRA_RULES, AlgebraRule
    from calcml.render.reference import rule_page, rule_rows
    from calcml.rules.differentiation import RULES, DiffRule

    if check:
        if name is not None:
            raise InputError("--check goes through all rules", hint="leave out the name")
        from calcml.checks.rules import check_rules

        _report(list(check_rules()), len(RULES) + len(ALGEBRA_RULES), "rule")
        return
    if name is None:
        write(rule_rows())
        return
    known: tuple[DiffRule | AlgebraRule, ...] = (*RULES, *ALGEBRA_RULES)
    wanted = name.lower().replace(" ", "-").removesuffix("-rule")
    rule = next((row for row in known if row.name == wanted), None)
    if rule is None:
        raise UnknownNameError(f"there is no rule {name!r}", hint=_closest(wanted, [row.name for row in known]))
    write(rule_page(rule))


def _report(found: Sequence[object], count: int, kind: str) -> None:
    """What a check of rows found; exit 70 where that is anything."""
    for finding in found:
        write(str(finding))
    checked = f"{count} {kind}{'s' if count > 1 else ''} checked"
    if found:
        raise InvariantError(f"{checked}: {len(found)} wrong")
    write(f"{checked}: nothing is wrong")


def _closest(name: str, names: list[str]) -> str:
    from difflib import get_close_matches

    found = get_close_matches(name, names, 3, 0.6)
    return f"did you mean {' or '.join(found)}?" if found else "without a name, all of them are listed"
