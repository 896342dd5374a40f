"""The gradient: the partial derivatives in a column, each derived with the other variables held constant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from calcml.assumptions import NOTHING, Assumptions
from calcml.budget import DEFAULT, Budget
from calcml.derivation import Derivation, Fact, Section
from calcml.differentiation import reverse
from calcml.domains import require_some_domain, requirements
from calcml.errors import InputError
from calcml.expr import Expr
from calcml.heads import Derivative, Vector
from calcml.operators.assembly import own_form, put_in_place, said_step, sections_of
from calcml.operators.backward import swept
from calcml.operators.checking import sweep_check
from calcml.operators.derivative import LARGE, derived
from calcml.operators.points import FLOAT_DIGITS, norm, scalar_fact, slope_of, value_of, values_at_once, vector_fact
from calcml.operators.problem import Problem, Variables, posed
from calcml.operators.variables import listed
from calcml.traverse import count_nodes

MODES = ("forward", "reverse")
MANY = 40  # variables; a gradient by more of them is swept at once
FEW_CONDITIONS = 50  # of a large expression that are told


def grad(f: Expr, variables: Variables = None, assuming: Assumptions = NOTHING, budget: Budget = DEFAULT) -> Expr:
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
    if len(problem.variables) > MANY or count_nodes(problem.f) > LARGE:
        return large_gradient(problem)
    table: list[Section] = []
    if mode == "reverse":
        table, parts = swept(problem)
    else:
        parts = partials(problem, problem.f)
    form = own_form(parts, (len(parts),))
    return problem.record(
        "gradient",
        asked=unevaluated(problem.f, problem.variables),
        label="∇f",
        sections=[*table, *sections_of(parts), gradient_section(problem.f, problem.variables, parts)],
        result=Vector(*[part.result for part in parts]),
        layout=f"shape ({len(parts)},): a column, in the order {listed(problem.variables)}",
        parts=parts,
        forms=[] if form is None else [form],
        facts=gradient_facts(parts, problem) if problem.point else (),
    )


def large_gradient(problem: Problem) -> Derivation:
    """A gradient too large to be read: the adjoints of one sweep as they are, checked as a whole along a line."""
    start = unevaluated(problem.f, problem.variables)
    result = Vector(*reverse(problem.f, problem.variables))
    step = said_step(
        "reverse", "One reverse sweep", start, result, kind="diff",
        why="There are too many variables, or too many nodes, for the steps to be read.",
    )  # fmt: skip
    step.check = sweep_check(problem, result.args)
    needed = requirements(problem.f, problem.assuming.known)
    facts: list[Fact] = []
    if problem.point:
        facts = [vector_fact("value", values_at_once(result.args, problem.point))]
    return problem.record(
        "gradient",
        asked=start,
        label="∇f",
        sections=[Section("", start, (step,), shows_start=False)],
        result=result,
        layout=f"shape {result.shape}: a column, in the order {listed(problem.variables)}",
        conditions=needed[:FEW_CONDITIONS],
        facts=facts,
    )


def partials(problem: Problem, f: Expr) -> list[Derivation]:
    """The partial derivatives by all variables of a problem."""
    return [derived(problem, f, x) for x in problem.variables]


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
    values = [slope_of(part, problem.point, digits) for part in parts]
    facts = [vector_fact("value", values)]
    length = norm(values, digits)
    facts.append(scalar_fact("norm", length))
    if length.is_zero:
        facts.append(Fact("critical point", text="the gradient is 0, and no direction is steepest"))
        return tuple(facts)
    up = [value_of(value.expr / length.expr, {}, digits) for value in values]
    down = [value_of(-value.expr, {}, digits) for value in up]
    return (*facts, vector_fact("direction of steepest ascent", up), vector_fact("direction of steepest descent", down))
