"""The tangent line, the tangent plane: where the linear model of a function is drawn.

Of y = f(x) at x = a it is y = f(a) + f'(a)·(x - a); of z = f(x, y) the same with the gradient; of a curve F = 0 through
a point, the line on which the linear model of F is 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import free_symbols, substitute
from calcml.build import sub
from calcml.conditions import combined
from calcml.derivation import Check, Derivation, Fact, Form, Section, Step
from calcml.errors import CalcmlError, DomainError, InputError, NotDifferentiableError, UndecidedError
from calcml.expr import ZERO, Expr, Relation, Symbol, as_expr, make
from calcml.forms import expand
from calcml.heads import Vector
from calcml.operators.taylor import gradient_at, place_of, taylor_record
from calcml.series.coefficients import coefficient_of, is_zero
from calcml.series.expansion import expansion, polynomial
from calcml.simplification import simplify

_HEIGHTS = ("y", "z", "w", "u", "v", "t")


def tangent(
    f: Expr,
    variables: Expr | Iterable[Expr] | None = None,
    at: Any = None,
    assuming: Assumptions = NOTHING,
) -> Expr:
    """The equation of the tangent line or plane: the result of `tangent_record`.

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> tangent(parse("x^2"), symbols("x"), 1)
    y = 1 + 2*(x - 1)
    """
    return tangent_record(f, variables, at, assuming=assuming).warned().result


def tangent_record(
    f: Expr,
    variables: Expr | Iterable[Expr] | None = None,
    at: Any = None,
    *,
    assuming: Assumptions = NOTHING,
) -> Derivation:
    """The equation of the tangent line or plane of a graph, or of a curve or surface given by an equation.

    f: a scalar expression, or an equation such as x^2 + y^2 = 25. at: the point, {x: 1}. The result is an equation. Of
    y = x^2 the point may give y too, which then has to be right.

    Errors: NotDifferentiableError where there is no tangent, InputError where the point is not on the curve.

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> circle = parse("x^2 + y^2 = 25")
    >>> tangent_record(parse("x^2"), x, 1).result, tangent_record(circle, at={"x": 3, "y": 4}).result
    (y = 1 + 2*(x - 1), 6*(x - 3) + 8*(y - 4) = 0)
    """
    if isinstance(at, dict):
        at = {Symbol(name) if isinstance(name, str) else name: value for name, value in at.items()}
    if at is None:
        raise InputError("a tangent touches at a point", hint="say where: --at x=1")
    if isinstance(f, Relation):
        if not _is_graph(f, variables):
            return _of_equation(f, variables, at, assuming)
        height, body = f.args
        if not isinstance(at, Mapping) or height not in at:
            return _of_graph(body, variables, at, assuming, height)
        below = {symbol: value for symbol, value in at.items() if symbol is not height}
        if not below and variables is None:
            names = ", ".join(sorted(map(str, free_symbols(body))))
            raise InputError(f"{height} alone is no point of {f}", hint=f"give a value for {names}")
        found = _of_graph(body, variables, below, assuming, height)
        value = simplify(substitute(sub(as_expr(at[height]), body), dict(found.point)))
        _require_on(f, {**dict(found.point), height: as_expr(at[height])}, value)
        return found
    return _of_graph(f, variables, at, assuming, None)


def _is_graph(equation: Relation, variables: Expr | Iterable[Expr] | None) -> bool:
    """Whether an equation gives a height, as y = x^2 does, and no tangent in x and y was asked for by their names."""
    height, body = equation.args
    if equation.data != "=" or not isinstance(height, Symbol) or height.shape or height in free_symbols(body):
        return False
    named = [] if variables is None else [variables] if isinstance(variables, Expr) else list(variables)
    return height not in named


def _of_graph(f: Expr, variables: Any, at: Any, assuming: Assumptions, height: Expr | None) -> Derivation:
    """The tangent of height = f; with a name for the height where it has none."""
    try:
        model = taylor_record(f, variables, at, 1, assuming=assuming)
    except NotDifferentiableError as error:
        raise _no_tangent(error) from None
    chosen = model.variables
    height = height or next(Symbol(name) for name in _HEIGHTS if Symbol(name) not in free_symbols(f, *chosen))
    result = make(Relation, "=", (height, model.result))
    place = dict(model.point)
    value = simplify(substitute(model.result, place))
    found = expansion(f, place, 1, assuming)
    slopes = gradient_at(found)
    touching = Vector(*place.values(), value)
    named = "slope" if len(chosen) == 1 else "gradient"
    (section,) = model.sections
    (formula,) = section.steps
    start = make(Relation, "=", (height, formula.focus_before))
    step = Step(
        "substitute", rule="tangent", title="The linear model of f", statement="y = f(a) + f'(a)*(x - a)",
        why="It has the value and the slope of f at the point.", focus_before=start, focus_after=result,
        result=result, check=formula.check,
    )  # fmt: skip
    return Derivation(
        "tangent",
        problem=model.problem,
        variables=chosen,
        asked=f,
        label="tangent" if len(chosen) == 1 else "tangent plane",
        sections=(Section(section.title, start, (step,)),),
        result=result,
        conditions=model.conditions,
        notes=model.notes[: len(found.filled)],
        forms=_expanded(result),
        point=model.point,
        facts=(
            Fact(f"{named} at the point", slopes.args[0] if len(chosen) == 1 else slopes),
            Fact("touches at", touching),
        ),
        tables=model.tables,
    )


def _no_tangent(error: NotDifferentiableError) -> NotDifferentiableError:
    hint = error.hint or ""
    if "grows beyond all bounds" in hint:
        hint = "the slope grows beyond all bounds: the tangent is vertical"
    message = error.message
    if "has no Taylor polynomial of order 1" in message:
        message = message.split(":")[0].replace("has no Taylor polynomial of order 1", "has no tangent")
    return NotDifferentiableError(message, hint=hint)


def _expanded(result: Expr) -> tuple[Form, ...]:
    """The same with its right side multiplied out: y = 2*x - 1."""
    left, right = result.args
    try:
        flat = expand(right)
    except CalcmlError:
        return ()
    if flat is right:
        return ()
    other = make(Relation, "=", (left, flat))
    step = Step(
        "simplify", rule="expand", title="Multiply out", statement="", why="", focus_before=result, focus_after=other,
        result=other, check=Check("proved", reason="normal form"),
    )  # fmt: skip
    return (Form("expanded", other, (step,)),)


def _of_equation(equation: Relation, variables: Any, at: Any, assuming: Assumptions) -> Derivation:
    """The tangent of F = 0 at a point on it: gradient of F times the way from the point is 0."""
    if equation.data != "=":
        raise InputError("a tangent is of a function or of an equation", hint="as in x^2 + y^2 = 25")
    f = simplify(sub(*equation.args))
    place = place_of(f, variables, at)
    found = expansion(f, place, 1, assuming)
    value = found.coefficients.get((0,) * len(place), ZERO)
    _require_on(equation, place, value)
    where = _where(place)
    if found.order < 1:
        raise NotDifferentiableError(f"{equation} has no tangent at {where}", hint=found.reason)
    linear = polynomial(found, 1)
    if linear is ZERO:
        raise NotDifferentiableError(
            f"{equation} has no tangent at {where} that its gradient would tell",
            hint="the gradient is 0 there: the curve may cross itself, or end in a tip",
        )
    result = make(Relation, "=", (linear, ZERO))
    step = Step(
        "substitute", rule="tangent", title="The linear model is 0 on the tangent",
        statement="F_x*(x - a) + F_y*(y - b) = 0", why="The gradient stands at right angles on the curve.",
        focus_before=equation, focus_after=result, result=result,
        check=Check("proved", reason="by definition of the linear model"),
    )  # fmt: skip
    return Derivation(
        "tangent",
        problem=equation,
        variables=tuple(place),
        asked=equation,
        label="tangent",
        sections=(Section(f"Linear model at {where}", equation, (step,)),),
        result=result,
        conditions=combined(found.conditions, assuming.known),
        forms=_expanded_equation(result),
        point=tuple(place.items()),
        facts=(Fact("gradient at the point", gradient_at(found)), Fact("touches at", Vector(*place.values()))),
    )


def _where(place: Mapping[Expr, Expr]) -> str:
    return ", ".join([f"{x} = {a}" for x, a in place.items()])


def _require_on(equation: Relation, place: Mapping[Expr, Expr], difference: Expr) -> None:
    """DomainError unless the sides of an equation are equal at a point."""
    try:
        on_it = is_zero(coefficient_of(difference))
    except UndecidedError:
        on_it = False
    if not on_it:
        said = f"the point {_where(place)} does not lie on {equation}"
        raise DomainError(said, hint=f"there the sides differ by {difference}")


def _expanded_equation(result: Expr) -> tuple[Form, ...]:
    """The constant brought to the right: 6*x + 8*y = 50."""
    try:
        flat = expand(result.args[0])
    except CalcmlError:
        return ()
    rest = simplify(substitute(flat, {x: ZERO for x in free_symbols(flat)}))
    other = make(Relation, "=", (simplify(sub(flat, rest)), simplify(sub(ZERO, rest))))
    if other is result or free_symbols(rest):
        return ()
    step = Step(
        "simplify", rule="expand", title="Multiply out", statement="", why="", focus_before=result, focus_after=other,
        result=other, check=Check("proved", reason="normal form"),
    )  # fmt: skip
    return (Form("expanded", other, (step,)),)
