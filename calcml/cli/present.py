"""How a derivation is shown: its result for a pipe or a person, its steps, and what belongs beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from calcml.cli.output import chosen_format, note, show_expression, wants_colour, write
from calcml.derivation import Derivation, Fact
from calcml.expr import FALSE, Expr


def present(derivation: Derivation, options: dict[str, Any]) -> None:
    """Write a derivation as its command was asked to: --steps, --level, --format, --color."""
    form = chosen_format(options["form"])
    colour = wants_colour(options["color"])
    if options["steps"] or options["level"]:
        write(show_steps(derivation, form, options["level"] or "standard", colour))
        return
    shape = options["shape"]
    results = chosen_forms(derivation, shape)
    write(show_result(derivation, form, results, named=shape == "all", colour=colour))
    if form not in ("unicode", "json"):
        comment(derivation)
    check = derivation.verify()
    if not check.holds:
        note(f"note: the result could not be checked: {check.reason}")


def comment(derivation: Derivation) -> None:
    """What belongs to a result and not into a pipe: layout, conditions, conventions, facts at a point."""
    from calcml.render.steps import aside, columns

    for table in derivation.tables:
        if table.is_result:
            for row in columns(table, str):
                note(row)
    for sentence in aside(derivation, str, without_value=True):
        note(sentence)


def show_steps(derivation: Derivation, form: str, level: str, colour: bool) -> str:
    """The derivation in a format; on a coloured terminal, drawn with rich."""
    from calcml.render.steps import render

    if form == "unicode" and colour:
        from calcml.cli.terminal import draw_steps

        return draw_steps(derivation, level)
    return render(derivation, "html" if form == "mathml" else form, level)


def show_result(
    derivation: Derivation, form: str, results: dict[str, Expr], *, named: bool = False, colour: bool = False
) -> str:
    """One line for a program: the value at the point, or the result. For a person, an equation and what is beside it.

    results: the forms of the result to show, by name, the primary one first; named: whether their names are shown.
    """
    if form == "json":
        return derivation.to_json()
    value = derivation.fact("value")
    if form != "unicode":
        if value is not None:
            return show_fact(value, form)
        if derivation.result is FALSE and form in ("text", "latex"):  # no critical point
            return "none" if form == "text" else r"\text{none}"
        return "\n".join(show_expression(result, form) for result in results.values())
    from calcml.render.steps import aside, columns, is_condition
    from calcml.render.text import to_unicode

    shown = list(results.values())
    if list(results) == ["auto"]:
        shown += [other.expr for other in derivation.forms]
    left = derivation.label or to_unicode(derivation.asked)
    link = ":" if is_condition(shown[0]) or shown[0] is FALSE else " ="
    rows = [f"{left}{link} {'none' if shown[0] is FALSE else to_unicode(shown[0])}"]
    rows += [" " * len(left) + f"{link.replace(':', ' ')} {to_unicode(result)}" for result in shown[1:]]
    if named:
        rows = beside(rows, list(results))
    equations = len(rows)
    for table in derivation.tables:
        if table.is_result:
            rows += ["", *columns(table, to_unicode), ""]
    rows += aside(derivation, to_unicode)
    if colour:
        from calcml.cli.terminal import draw_result

        return draw_result(rows, equations)
    return "\n".join(rows)


def chosen_forms(derivation: Derivation, shape: str) -> dict[str, Expr]:
    """The results a --form asks for, by name; the first is the primary one. Of a vector or matrix, entry by entry."""
    result = derivation.result
    own = {form.name: form.expr for form in derivation.forms}
    if shape == "auto":
        return {"auto": result}
    if shape == "self":
        return own or {"auto": result}
    if shape == "stable":
        return {shape: stable_form(derivation.asked, result)}
    from calcml.forms import all_forms, in_form

    x = derivation.variables[0] if len(set(derivation.variables)) == 1 else None
    if result.shape:
        if shape == "all":
            return {"auto": result, **own}
        return {shape: rewrite_entries(result, lambda entry: in_form(entry, shape, x))}
    if shape == "all":
        return {"auto": result, **own, **all_forms(result, x, [result, *own.values()])}
    return {shape: in_form(result, shape, x)}


def stable_form(asked: Expr, result: Expr) -> Expr:
    """What generated code computes: slopes of the stable form of what was typed; else the stable form of the result."""
    from calcml.agreement import require_agreement
    from calcml.binding import free_symbols
    from calcml.codegen.routine import scalars_of
    from calcml.heads import Derivative
    from calcml.stable import stabilise_all
    from calcml.traverse import topological

    slopes = [node for node in topological(asked) if type(node) is Derivative]
    is_taken = asked.shape == result.shape and all(free_symbols(d.args[1]) <= free_symbols(d.args[0]) for d in slopes)
    given = scalars_of(asked) if slopes and is_taken else scalars_of(result)
    found = stabilise_all(given)
    for typed, stable in zip(scalars_of(result), found, strict=True):
        require_agreement(typed, stable, "stable")
    entries = iter(found)
    return rewrite_entries(result, lambda _: next(entries)) if result.shape else found[0]


def rewrite_entries(result: Expr, rewrite: Callable[[Expr], Expr]) -> Expr:
    """A vector or matrix with its entries rewritten."""
    return result.rebuild(tuple([rewrite_entries(a, rewrite) if a.shape else rewrite(a) for a in result.args]))


def show_fact(fact: Fact, form: str) -> str:
    """A fact as one line for a program: in decimals, or exactly where there is no need for them."""
    if fact.value is not None and (not fact.decimal or form not in ("text", "unicode")):
        return show_expression(fact.value, form)
    return fact.text or fact.decimal


def format_value(value: Any, digits: int, form: str) -> str:
    """A value as text: exact where it is, else with the digits asked for."""
    if isinstance(value, tuple):
        return "[" + ", ".join(format_value(entry, digits, form) for entry in value) + "]"
    if isinstance(value, Expr):
        return show_expression(value, form)
    if isinstance(value, bool):
        return "true" if value else "false"
    from calcml.operators.points import decimal_text

    return decimal_text(value, digits)


def beside(rows: list[str], names: list[str]) -> list[str]:
    """The rows with the names of their forms at the right."""
    width = max(map(len, rows)) + 3
    return [
        f"{row.ljust(width)}{'' if name == 'auto' else name}".rstrip() for row, name in zip(rows, names, strict=True)
    ]
