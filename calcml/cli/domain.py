"""`calcml domain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from calcml.cli.app import Command, common_options, expression_options, time_limit
from calcml.cli.output import chosen_format, show_expression, write
from calcml.cli.reading import assumptions, parsed, pointing_into
from calcml.errors import DomainError, InputError
from calcml.expr import Expr, Relation, Symbol

if TYPE_CHECKING:
    from calcml.assumptions import Assumptions
    from calcml.regions.extents import Extent

WIDTH = 80
MANY = 12  # places that are told one by one


@click.command(cls=Command)
@click.argument("expr", metavar="EXPR")
@click.option("--of", "names", metavar="NAMES", default="", help='Differentiable by these variables only: "x, y".')
@expression_options
@common_options
def domain(expr: str, names: str, **options: Any) -> None:
    """Where EXPR is defined, where it is continuous, and where it is differentiable.

    \b
    Examples:
      calcml domain "ln(x)/(x^2 - 2)"
      calcml domain "sqrt(sin x)"
      calcml domain "x*|x| + floor(x)"
      calcml domain "sqrt(x*y)" --of x --assume "y > 0"
    """
    from calcml.binding import free_symbols
    from calcml.differentiation import CONDITIONS
    from calcml.regions.extents import continuous, defined, differentiable

    with time_limit(options["timeout"]):
        read = parsed(expr, options["declared"], options["juxtapose"])
        is_named = read.definition is not None and isinstance(read.expr, Relation)  # y = x^2 is about x^2
        f = read.expr.args[1] if is_named else read.expr
        if type(f) in CONDITIONS:
            raise InputError("a condition has no domain", hint="ask about one of its sides")
        given = assumptions(options["assume"])
        variables = _variables(names, sorted(free_symbols(f), key=lambda symbol: symbol.data))
        with pointing_into(read, (1,) if is_named else ()):
            where = defined(f, given)
            if where.is_empty():
                raise _nowhere(f, given)
            rows = [("defined", where), ("continuous", continuous(f, given))]
            for x in variables:
                by = f" by {x}" if len(free_symbols(f)) > 1 else ""
                rows.append((f"differentiable{by}", differentiable(f, x, given)))
        form = chosen_format(options["form"])
        write(_show(f, rows, variables, form))


def _variables(names: str, found: list[Symbol]) -> list[Symbol]:
    if not names.strip():
        return found
    wanted = [Symbol(name) for name in names.replace(",", " ").split()]
    unknown = [symbol for symbol in wanted if symbol not in found]
    if unknown:
        raise InputError(
            f"{unknown[0]} does not occur in the expression",
            hint=f"its variables are {', '.join(map(str, found))}" if found else "it has no variables",
        )
    return wanted


def _nowhere(f: Expr, given: Assumptions) -> DomainError:
    """The error for an expression that is defined nowhere, with the conditions that exclude each other."""
    from itertools import combinations

    from calcml.differentiation import resolve
    from calcml.domains import require_some_domain, requirements
    from calcml.regions.extents import extent_of

    f = resolve(f)
    require_some_domain(f)  # an error of its own, with a caret, where one part alone is to blame
    needed = [*dict.fromkeys([*requirements(f)[:MANY], *given.conditions])]
    for count in (1, 2, 3):
        for parts in combinations(needed, count):
            if extent_of(parts).is_empty():
                solved = [str(extent_of([part])) for part in parts]
                return DomainError(
                    f"{f!r} is defined nowhere: it needs {' and '.join(map(str, parts))}",
                    hint=f"{' and '.join(solved)} exclude each other" if count > 1 else "that never holds",
                )
    return DomainError(f"{f!r} is defined nowhere", hint="its conditions exclude each other")


def _show(f: Expr, rows: list[tuple[str, Extent]], variables: list[Symbol], form: str) -> str:
    if form == "json":
        return _as_json(f, rows)
    if form in ("latex", "markdown"):
        return _as_latex(rows, form)
    if form not in ("text", "unicode"):
        raise InputError(f"the format {form} is not available for this command", hint="text, unicode, latex or json")
    return _as_lines(rows, variables, form)


def _as_lines(rows: list[tuple[str, Extent]], variables: list[Symbol], form: str) -> str:
    """A line for each question, conditions and intervals in columns; then what happens where something is lost."""
    from calcml.regions.region import TEXT, UNICODE
    from calcml.render.extents import break_text, counter, extent_text, intervals

    def show(expr: Expr) -> str:
        return show_expression(expr, form)

    style, minus, element = (UNICODE, "−", "∈") if form == "unicode" else (TEXT, "-", "in")
    said = [(name, extent_text(extent, show), intervals(extent, show, style, minus, element)) for name, extent in rows]
    names = max(len(name) for name, _, _ in said) + 2
    middle = max(len(text) for _, text, _ in said) + 4
    lines: list[str] = []
    for name, text, sets in said:
        if names + middle + max(len(sets) for _, _, sets in said) <= WIDTH:
            lines.append(f"{name:<{names}}{text:<{middle}}{sets}".rstrip())
        else:
            lines += _folded(f"{name:<{names}}", text, names)
            lines += _folded(" " * names, sets, names) if sets else []
    if any(extent.periodic for _, extent in rows):
        extent = next(extent for _, extent in rows if extent.periodic)
        lines.append(f"{counter(extent)}: every integer")
    for x, (_, extent) in zip(variables, rows[2:], strict=True):
        lines += _happenings([break_text(broken, x, counter(extent), show) for broken in extent.breaks])
    return "\n".join(lines)


def _folded(head: str, text: str, indent: int) -> list[str]:
    """Text on lines of WIDTH columns, broken after commas and before unions."""
    lines, line = [], head
    for word in text.replace(" U ", "\x00U ").replace(" ∪ ", "\x00∪ ").replace(", ", ",\x00").split("\x00"):
        if len(line) > indent and len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = " " * indent + word
        else:
            line += (" " if len(line) > indent else "") + word
    return [*lines, line]


def _happenings(texts: list[str]) -> list[str]:
    return texts if len(texts) <= MANY else [*texts[:MANY], f"and {len(texts) - MANY} more"]


def _as_latex(rows: list[tuple[str, Extent]], form: str) -> str:
    from calcml.regions.region import LATEX
    from calcml.render.extents import extent_conditions, intervals
    from calcml.render.latex import to_latex

    found: list[tuple[str, str, str]] = []
    for name, extent in rows:
        conditions = r",\ ".join(to_latex(condition) for condition in extent_conditions(extent))
        if extent.is_empty():
            conditions = r"\text{nowhere}"
        at_least = r"\text{at least for } " if extent.sufficient else ""
        sets = intervals(extent, to_latex, LATEX, "-", r"\in")
        found.append((name, at_least + conditions or r"\text{everywhere}", sets))
    if form == "markdown":
        table = [f"| {name} | ${conditions}$ | {f'${sets}$' if sets else ''} |" for name, conditions, sets in found]
        return "\n".join(["| | conditions | set |", "|---|---|---|", *table])
    body = " \\\\\n".join(rf"\text{{{name}}} & {conditions} & {sets}".rstrip() for name, conditions, sets in found)
    return f"\\begin{{array}}{{lll}}\n{body}\n\\end{{array}}"


def _as_json(f: Expr, rows: list[tuple[str, Extent]]) -> str:
    import json

    from calcml.render.extents import extent_data
    from calcml.serialize import SCHEMA

    answers = {name.replace(" by ", "_by_"): extent_data(extent) for name, extent in rows}
    return json.dumps({"calcml_schema": SCHEMA, "problem": str(f), **answers})
