"""The gradient: the partial derivatives in a column, each derived with the other variables held constant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from calcml import functions
from calcml.assumptions import NOTHING, Assumptions
from calcml.budget import DEFAULT, Budget
from calcml.derivation import Derivation, Fact, Section
from calcml.differentiation import reverse
from calcml.domains import require_some_domain, requirements
from calcml.errors import InputError
from calcml.expr import Call, Expr
from calcml.heads import Derivative, Vector
from calcml.operators.assembly import own_form, put_in_place, said_step, sections_of
from calcml.operators.backward import swept
from calcml.operators.checking import sweep_check
from calcml.operators.derivative import LARGE, derived
from calcml.operators.points import (
    FLOAT_DIGITS,
    Value,
    left_out,
    norm,
    scalar_fact,
    slope_of,
    value_of,
    values_at_once,
    vector_fact,
)
from calcml.operators.problem import Problem, Variables, posed
from calcml.operators.variables import listed
from calcml.traverse import count_nodes, topological

MODES = ("forward", "reverse")
MANY = 40  # variables; a gradient by more of them is swept at once
TOO_LARGE = "There are too many variables, or too many nodes, for the steps to be read."
FEW_CONDITIONS = 50  # of a large expression that are told


def grad(f: Expr, variables: Variables = None, assuming: Assumptions = NOTHING, budget: Budget = DEFAULT) -> Expr:
    """The gradient as a column of shape (n,), each entry in readable form and checked: the result of `gradient`.

    variables: the symbols, in order; default, all of them by name. A symbol with a shape stands for its entries.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> grad(x**2 + 3*x*y + y**2)
    [2*x + 3*y, 3*x + 2*y]
    """
    return gradient(f, variables, assuming=assuming, budget=budget).warned().result


def gradient(
    f: Expr,
    variables: Variables = None,
    *,
    at: Mapping[Any, Any] | None = None,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
    digits: int = FLOAT_DIGITS,
    mode: str = "forward",
) -> Derivation:
    """The gradient with its steps, a section for each variable; with `at`, its value, norm and directions there.

    mode: "forward" takes the partial derivatives one by one, rule by rule; "reverse" in one sweep, with the table of
    backpropagation. Both come from the same rows. Many variables, or a large expression, are always swept.

    Errors: NoRuleError where no rule applies, NotDifferentiableError where f has no derivative at the point.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> record = gradient(x**2 * y, at={x: 3, y: 1})
    >>> record.result, record.fact("value"), record.fact("norm")
    ([2*x*y, x^2], <value: [6, 9]>, <norm: 3*sqrt(13)>)
    """
    problem = posed(f, variables, at, assuming, budget, digits)
    require_some_domain(problem.f)
    if mode not in MODES:
        raise InputError(f"{mode!r} is not a mode", hint=f"one of {', '.join(MODES)}")
    large = is_large(problem, problem.f)
    table: list[Section] = []
    if mode == "reverse" and not large:
        table, parts = swept(problem)
    else:
        parts = partials(problem, problem.f)
    form = own_form(parts, (len(parts),))
    last = [] if large else [gradient_section(problem.f, problem.variables, parts)]
    return problem.record(
        "gradient",
        asked=unevaluated(problem.f, problem.variables),
        label="∇f",
        sections=[*table, *sections_of(parts), *last],
        result=Vector(*[part.result for part in parts]),
        layout=f"shape ({len(parts)},): a column, in the order {listed(problem.variables)}",
        parts=parts,
        forms=[] if form is None else [form],
        facts=gradient_facts(parts, problem) if problem.point else (),
    )


def partials(problem: Problem, f: Expr) -> list[Derivation]:
    """The partial derivatives by all variables of a problem; of what is too large to be read, by one sweep."""
    if is_large(problem, f):
        return swept_partials(problem, f)
    return [derived(problem, f, x) for x in problem.variables]


def swept_partials(problem: Problem, f: Expr) -> list[Derivation]:
    """The partial derivatives as one sweep leaves them; the first holds the step and where all of them hold."""
    xs = problem.variables
    start = unevaluated(f, xs)
    result = Vector(*reverse(f, xs))
    step = said_step("reverse", "One reverse sweep", start, result, kind="diff", why=TOO_LARGE)
    step.check = sweep_check(problem._replace(f=f), result.args)
    sections = [(Section("", start, (step,), shows_start=False),), *[()] * (len(xs) - 1)]
    names = dict.fromkeys([node.data for node in topological(f) if type(node) is Call])
    bends = [spec for spec in map(functions.find, names) if spec is not None and spec.smooth]
    notes = [tuple([f"{spec.name}: {spec.note}" for spec in bends]), *[()] * (len(xs) - 1)]
    conditions = [tuple(requirements(f, problem.assuming.known)[:FEW_CONDITIONS]), *[()] * (len(xs) - 1)]
    return [
        Derivation(
            "derivative",
            problem=f,
            variables=(x,),
            asked=Derivative(f, x),
            sections=part,
            result=entry,
            conditions=needed,
            notes=said,
        )
        for x, entry, part, needed, said in zip(xs, result.args, sections, conditions, notes, strict=True)
    ]


def is_large(problem: Problem, f: Expr) -> bool:
    """Whether a gradient is taken by one sweep, without steps for each variable."""
    return len(problem.variables) > MANY or count_nodes(f) > LARGE


def values_at(parts: Sequence[Derivation], problem: Problem) -> list[Value]:
    """The values of partial derivatives at the problem's point, kinks included; of very many, at once in floats."""
    if len(parts) > MANY:
        return values_at_once([part.result for part in parts], problem.point)
    return [slope_of(part, problem.point, problem.digits) for part in parts]


def unevaluated(f: Expr, variables: Sequence[Expr]) -> Expr:
    """The gradient still to be taken: a column of derivatives."""
    return Vector(*[Derivative(f, x) for x in variables])


def gradient_section(
    f: Expr, variables: Sequence[Expr], parts: Sequence[Derivation], title: str = "Gradient"
) -> Section:
    """The section that puts partial derivatives into a column."""
    start = unevaluated(f, variables)
    return Section(title, start, (put_in_place(start, Vector(*[part.result for part in parts])),))


def gradient_facts(parts: Sequence[Derivation], problem: Problem) -> tuple[Fact, ...]:
    """The value at a point, its norm, and the directions in which f rises and falls fastest."""
    digits = problem.digits
    values = values_at(parts, problem)
    facts = [vector_fact("value", values), *(left_out(parts, problem.point) if len(parts) <= MANY else ())]
    length = norm(values, digits)
    facts.append(scalar_fact("norm", length))
    if length.is_zero:
        facts.append(Fact("critical point", text="the gradient is 0, and no direction is steepest"))
        return tuple(facts)
    if len(values) > MANY:
        return tuple(facts)
    up = [value_of(value.expr / length.expr, {}, digits) for value in values]
    down = [value_of(-value.expr, {}, digits) for value in up]
    return (*facts, vector_fact("direction of steepest ascent", up), vector_fact("direction of steepest descent", down))
