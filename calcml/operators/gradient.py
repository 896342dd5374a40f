"""The gradient: the partial derivatives in a column, each derived with the other variables held constant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from calcml.assumptions import NOTHING, Assumptions
from calcml.budget import DEFAULT, Budget
from calcml.conditions import combined
from calcml.derivation import Check, Derivation, Fact, Section, Step
from calcml.expr import Expr
from calcml.heads import Derivative, Vector
from calcml.operators.derivative import derive, require_scalar
from calcml.operators.points import (
    FLOAT_DIGITS,
    Point,
    checked_point,
    norm,
    scalar_fact,
    slope_of,
    value_of,
    vector_fact,
)
from calcml.operators.variables import chosen_variables, listed


def grad(
    f: Expr,
    variables: Expr | Iterable[Expr] | None = None,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
) -> Expr:
    """The gradient as a column of shape (n,), each entry in readable form and checked: the result of `gradient`.

    variables: the symbols, in order; default, all of them by name. A symbol with a shape stands for its entries.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> grad(x**2 + 3*x*y + y**2)
    [2*x + 3*y, 3*x + 2*y]
    """
    return gradient(f, variables, assuming=assuming, budget=budget).result


def gradient(
    f: Expr,
    variables: Expr | Iterable[Expr] | None = None,
    *,
    at: Mapping[Any, Any] | None = None,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
    digits: int = FLOAT_DIGITS,
) -> Derivation:
    """The gradient with its steps, a section for each variable; with `at`, its value, norm and directions there.

    Errors: NoRuleError where no rule applies, NotDifferentiableError where f has no derivative at the point.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> record = gradient(x**2 * y, at={x: 3, y: 1})
    >>> record.result, record.fact("value"), record.fact("norm")
    ([2*x*y, x^2], <value: [6, 9]>, <norm: 3*sqrt(13)>)
    """
    chosen = chosen_variables(f, variables)
    f = require_scalar(f)
    point = checked_point(at, f, chosen)
    partials = [derive(f, x, 1, assuming, budget) for x in chosen]
    asked = Vector(*[Derivative(f, x) for x in chosen])
    result = Vector(*[partial.result for partial in partials])
    sections = [section for partial in partials for section in partial.sections]
    sections.append(Section("Gradient", asked, (collected(asked, result),)))
    return Derivation(
        "gradient",
        problem=f,
        variables=chosen,
        asked=asked,
        label="∇f",
        sections=tuple(sections),
        result=result,
        layout=f"shape ({len(chosen)},): a column, in the order {listed(chosen)}",
        conditions=combined([condition for partial in partials for condition in partial.conditions], assuming.known),
        notes=tuple(dict.fromkeys([note for partial in partials for note in partial.notes])),
        point=tuple(point.items()),
        facts=gradient_facts(partials, point, digits) if point else (),
    )


def collected(asked: Expr, result: Expr) -> Step:
    """The last step of an operator with several entries: what the sections before found, put in place."""
    return Step(
        "rewrite",
        rule="collect-entries",
        title="Put the parts in place",
        statement="",
        why="Every entry was derived above.",
        focus_before=asked,
        focus_after=result,
        result=result,
        check=Check("proved", reason="every entry is the result of a section above"),
    )


def gradient_facts(partials: list[Derivation], point: Point, digits: int) -> tuple[Fact, ...]:
    """The value at a point, its norm, and the directions in which f rises and falls fastest."""
    values = [slope_of(partial, point, digits) for partial in partials]
    facts = [vector_fact("value", values)]
    length = norm(values, digits)
    facts.append(scalar_fact("norm", length))
    if length.is_zero:
        facts.append(Fact("critical point", text="the gradient is 0: no direction is steepest"))
        return tuple(facts)
    up = [value_of(value.expr / length.expr, {}, digits) for value in values]
    down = [value_of(-value.expr, {}, digits) for value in up]
    return (*facts, vector_fact("direction of steepest ascent", up), vector_fact("direction of steepest descent", down))
