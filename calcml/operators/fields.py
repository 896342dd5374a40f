"""Sums of partial derivatives: divergence and curl of a vector field, Laplacian of a scalar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from calcml import build
from calcml.assumptions import NOTHING, Assumptions
from calcml.budget import DEFAULT, Budget
from calcml.derivation import Derivation, Fact, Section
from calcml.domains import require_some_domain
from calcml.errors import ShapeError
from calcml.expr import Add, Expr, Sub, make
from calcml.heads import Derivative, Vector
from calcml.operators.assembly import entries, entries_worked_out, put_in_place, sections_of, worked_out
from calcml.operators.derivative import derived
from calcml.operators.points import FLOAT_DIGITS, require_conditions, scalar_fact, value_of, vector_fact
from calcml.operators.problem import Problem, Variables, as_vector, posed
from calcml.operators.variables import listed

Field = Expr | Iterable[Expr]


def divergence(
    field: Field, variables: Variables = None, assuming: Assumptions = NOTHING, budget: Budget = DEFAULT
) -> Expr:
    """The divergence of a vector field, a scalar: the result of `divergence_record`.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> divergence([x**2, x*y], [x, y])
    3*x
    """
    return divergence_record(field, variables, assuming=assuming, budget=budget).warned().result


def curl(field: Field, variables: Variables = None, assuming: Assumptions = NOTHING, budget: Budget = DEFAULT) -> Expr:
    """The curl of a field: a vector in three dimensions, the scalar ∂Q/∂x − ∂P/∂y in two. The result of `curl_record`.

    >>> from calcml.expr import symbols
    >>> x, y, z = symbols("x y z")
    >>> curl([-y, x], [x, y]), curl([y*z, x*z, 3*x*y], [x, y, z])
    (2, [2*x, -2*y, 0])
    """
    return curl_record(field, variables, assuming=assuming, budget=budget).warned().result


def laplacian(f: Expr, variables: Variables = None, assuming: Assumptions = NOTHING, budget: Budget = DEFAULT) -> Expr:
    """The Laplacian of a scalar, the sum of its unmixed second derivatives: the result of `laplacian_record`.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> laplacian(x**3 + x*y**2)
    8*x
    """
    return laplacian_record(f, variables, assuming=assuming, budget=budget).warned().result


def divergence_record(
    field: Field,
    variables: Variables = None,
    *,
    at: Mapping[Any, Any] | None = None,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
    digits: int = FLOAT_DIGITS,
) -> Derivation:
    """The divergence with its steps: component i by variable i, added. ShapeError unless there are as many of both."""
    problem = _field_problem(field, variables, at, assuming, budget, digits, "divergence")
    pairs = list(zip(problem.f.args, problem.variables, strict=True))
    parts = [derived(problem, component, x) for component, x in pairs]
    start = _sum([Derivative(component, x) for component, x in pairs])
    total = build.add_all([part.result for part in parts])
    return _scalar_record("divergence", "∇·F", "Divergence", problem, parts, _by_component(parts), start, total)


def laplacian_record(
    f: Expr,
    variables: Variables = None,
    *,
    at: Mapping[Any, Any] | None = None,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
    digits: int = FLOAT_DIGITS,
) -> Derivation:
    """The Laplacian with its steps: the second derivative by each variable, added."""
    problem = posed(f, variables, at, assuming, budget, digits, operator="the Laplacian")
    require_some_domain(problem.f)
    parts = [derived(problem, problem.f, x, x) for x in problem.variables]
    start = _sum([Derivative(problem.f, x, 2) for x in problem.variables])
    total = build.add_all([part.result for part in parts])
    return _scalar_record("laplacian", "Δf", "Laplacian", problem, parts, sections_of(parts), start, total)


def curl_record(
    field: Field,
    variables: Variables = None,
    *,
    at: Mapping[Any, Any] | None = None,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
    digits: int = FLOAT_DIGITS,
) -> Derivation:
    """The curl with its steps. ShapeError unless the field has two or three components and as many variables."""
    problem = _field_problem(field, variables, at, assuming, budget, digits, "curl")
    n = len(problem.variables)
    if n not in (2, 3):
        raise ShapeError(f"the curl is of a field with 2 or 3 components, and this one has {n}")
    pairs = [(1, 0, 0, 1)] if n == 2 else [(2, 1, 1, 2), (0, 2, 2, 0), (1, 0, 0, 1)]
    xs, components = problem.variables, problem.f.args
    needed = [place for i, j, k, m in pairs for place in ((i, j), (k, m))]
    found = {(i, j): derived(problem, components[i], xs[j]) for i, j in needed}
    parts = list(found.values())
    sections = [section for (i, _), part in found.items() for section in sections_of([part], f"F{i + 1}")]
    asked = [make(Sub, None, (_d(components[i], xs[j]), _d(components[k], xs[m]))) for i, j, k, m in pairs]
    totals = [build.sub(found[i, j].result, found[k, m].result) for i, j, k, m in pairs]
    if n == 2:
        return _scalar_record("curl", "∇×F", "Curl", problem, parts, sections, asked[0], totals[0])
    start, placed = Vector(*asked), Vector(*totals)
    steps = [put_in_place(start, placed), *entries_worked_out(placed, problem, _conditions(parts))]
    result = steps[-1].result
    require_conditions(_conditions(parts), problem.point)
    return problem.record(
        "curl",
        asked=start,
        label="∇×F",
        sections=[*sections, Section("Curl", start, tuple(steps))],
        result=result,
        layout=f"shape (3,): a column, in the order {listed(xs)}",
        parts=parts,
        facts=[vector_fact("value", [value_of(entry, problem.point, digits) for entry in entries(result)])]
        if problem.point
        else (),
    )


def _field_problem(
    field: Field,
    variables: Variables,
    at: Mapping[Any, Any] | None,
    assuming: Assumptions,
    budget: Budget,
    digits: int,
    operator: str,
) -> Problem:
    problem = posed(as_vector(field), variables, at, assuming, budget, digits, shape=None)
    components, count = len(problem.f.args), len(problem.variables)
    if components != count:
        raise ShapeError(
            f"the {operator} needs as many components as variables: {_counted(components, 'component')} and "
            f"{_counted(count, 'variable')} were given ({listed(problem.variables)})",
            hint="name the variables after the field: x y z",
        )
    require_some_domain(problem.f)
    return problem


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _scalar_record(
    what: str,
    label: str,
    title: str,
    problem: Problem,
    parts: Sequence[Derivation],
    sections: Sequence[Section],
    start: Expr,
    total: Expr,
) -> Derivation:
    steps = [put_in_place(start, total), *worked_out(total, problem, _conditions(parts))]
    result = steps[-1].result
    facts: list[Fact] = []
    if problem.point:
        require_conditions(_conditions(parts), problem.point)
        facts = [scalar_fact("value", value_of(result, problem.point, problem.digits))]
    return problem.record(
        what,
        asked=start,
        label=label,
        sections=[*sections, Section(title, start, tuple(steps))],
        result=result,
        parts=parts,
        facts=facts,
    )


def _by_component(parts: Sequence[Derivation]) -> list[Section]:
    return [section for i, part in enumerate(parts, 1) for section in sections_of([part], f"F{i}")]


def _conditions(parts: Sequence[Derivation]) -> list[Expr]:
    return [condition for part in parts for condition in part.conditions]


def _sum(terms: Sequence[Expr]) -> Expr:
    return make(Add, None, tuple(terms)) if len(terms) > 1 else terms[0]


def _d(f: Expr, x: Expr) -> Expr:
    return Derivative(f, x)
