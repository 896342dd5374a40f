"""The total derivative: the chain rule for a function of variables that depend on others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calcml import build
from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import free_symbols, substitute
from calcml.budget import DEFAULT, Budget
from calcml.conditions import combined
from calcml.derivation import Derivation, Fact, Section, Step
from calcml.domains import require_some_domain
from calcml.errors import InputError
from calcml.expr import ZERO, Expr, Symbol, as_expr
from calcml.heads import Derivative
from calcml.operators.assembly import put_in_place, said_step, sections_of, worked_out
from calcml.operators.derivative import derived
from calcml.operators.points import FLOAT_DIGITS, require_conditions, scalar_fact, value_of
from calcml.operators.problem import posed
from calcml.operators.variables import listed
from calcml.render.text import to_unicode
from calcml.verify import Verifier


def total(
    f: Expr, where: Mapping[Any, Any], t: Expr, assuming: Assumptions = NOTHING, budget: Budget = DEFAULT
) -> Expr:
    """The derivative of f by t, where other variables of f depend on t: the result of `total_record`.

    >>> from calcml.expr import symbols
    >>> x, y, t = symbols("x y t")
    >>> total(x**2 + y**2, {x: t**2, y: 2*t}, t)
    4*t*(t^2 + 2)
    """
    return total_record(f, where, t, assuming=assuming, budget=budget).warned().result


def total_record(
    f: Expr,
    where: Mapping[Any, Any],
    t: Expr,
    *,
    at: Mapping[Any, Any] | None = None,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
    digits: int = FLOAT_DIGITS,
) -> Derivation:
    """The total derivative with its steps: df/dt = ∂f/∂x·dx/dt + ∂f/∂y·dy/dt + ∂f/∂t.

    where: what the inner variables are; one may be given by another. t: the variable all depend on. The result is in
    t alone. InputError for definitions that go round in a circle, or for one of t itself.
    """
    inner = resolved_definitions({as_expr(name): as_expr(value) for name, value in where.items()}, t)
    used: list[Expr] = [x for x in inner if x in free_symbols(f)]
    composite = substitute(f, inner)
    problem = posed(composite, t, at, assuming, budget, digits, operator="the total derivative")
    outer = posed(f, [*used, t], None, assuming, budget, digits, operator="the total derivative")
    require_some_domain(problem.f)
    partials = {x: derived(outer, outer.f, x) for x in used}
    own = derived(outer, outer.f, t) if t in free_symbols(f) else None
    rates = {x: derived(problem, inner[x], t) for x in used}
    parts = [*partials.values(), *([] if own is None else [own]), *rates.values()]

    asked = [build.mul(Derivative(outer.f, x), Derivative(x, t)) for x in used]
    taken = [build.mul(partials[x].result, rates[x].result) for x in used]
    if own is not None:
        asked.append(Derivative(outer.f, t))
        taken.append(own.result)
    start, placed = build.add_all(asked) if asked else ZERO, build.add_all(taken) if taken else ZERO
    steps = [_chain_rule(start, placed)]
    closed = substitute(placed, inner)
    if closed is not placed:
        title, why = f"Put in {listed(used)}", "So that the result is in terms of the one variable."
        reason = "the definitions that were given"
        steps.append(said_step("substitute", title, placed, closed, kind="substitute", why=why, reason=reason))
    conditions = [substitute(condition, inner) for part in parts for condition in part.conditions]
    steps += worked_out(closed, problem, conditions)
    result = steps[-1].result
    known = combined(conditions, assuming.known)
    (steps[-1].check,) = Verifier([problem.f], t, [*assuming.conditions, *known]).derivatives([(problem.f, result)])
    require_conditions(known, problem.point)
    return problem.record(
        "total",
        asked=Derivative(f, t),
        label=to_unicode(Derivative(Symbol("f"), t)),
        sections=[
            *sections_of([*partials.values(), *([] if own is None else [own])]),
            *_rate_sections(rates),
            Section("Chain rule: add what each variable contributes", start, tuple(steps)),
        ],
        result=result,
        conditions=known,
        facts=[
            *([scalar_fact("value", value_of(result, problem.point, digits))] if problem.point else ()),
            *(Fact(f"where {x}", inner[x]) for x in used),
        ],
    )


def _rate_sections(rates: Mapping[Expr, Derivation]) -> list[Section]:
    found = []
    for x, rate in rates.items():
        first, *rest = sections_of([rate])
        title = "How fast {x} moves" + (f": {first.title[:1].lower()}{first.title[1:]}" if first.title else "")
        bindings = (*first.bindings, *(() if any(name == "x" for name, _ in first.bindings) else (("x", x),)))
        found += [Section(title.replace("{x}", str(x), 1), first.start, first.steps, bindings=bindings), *rest]
    return found


def _chain_rule(start: Expr, placed: Expr) -> Step:
    step = put_in_place(start, placed)
    step.rule = "total-derivative"
    step.statement = "d(f) = d(f, x)*d(x, t) + d(f, y)*d(y, t)"
    step.why = "Every variable that depends on t contributes its share of the change."
    return step


def resolved_definitions(where: Mapping[Expr, Expr], t: Expr) -> dict[Expr, Expr]:
    """The definitions with names in them replaced by what those are. InputError for a circle, or one of t.

    >>> from calcml.expr import symbols
    >>> x, u, t = symbols("x u t")
    >>> resolved_definitions({x: u**2, u: 3*t}, t)
    {x: (3*t)^2, u: 3*t}
    """
    if t in where:
        raise InputError(f"{t} is the variable to differentiate by, and cannot be defined", hint="define the others")
    found = dict(where)
    for _ in found:
        if not any(free_symbols(value) & found.keys() for value in found.values()):
            return found
        found = {name: substitute(value, where) for name, value in found.items()}
    circle = next((name for name, value in found.items() if free_symbols(value) & found.keys()), None)
    if circle is not None:
        raise InputError(f"the definitions go round in a circle: {circle} depends on itself")
    return found
