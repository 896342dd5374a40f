"""Derivatives times vectors: J·v and H·v, neither of which needs the whole matrix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from calcml import build
from calcml.assumptions import NOTHING, Assumptions
from calcml.budget import DEFAULT, Budget
from calcml.derivation import Derivation, Fact, Section
from calcml.domains import require_some_domain
from calcml.errors import InputError
from calcml.expr import Expr, make
from calcml.heads import Derivative, Dot, MatMul, Matrix, Vector
from calcml.operators.assembly import entries_worked_out, put_in_place, sections_of
from calcml.operators.checking import along_a_line
from calcml.operators.directional import Direction, direction, inner_product, multiplied
from calcml.operators.gradient import partials, unevaluated, values_at
from calcml.operators.jacobian import unevaluated as unevaluated_jacobian
from calcml.operators.points import FLOAT_DIGITS, Value, dot, value_of, vector_fact
from calcml.operators.problem import Problem, Variables, as_vector, posed
from calcml.operators.variables import listed


def jvp(
    fs: Expr | Iterable[Expr],
    along: Direction,
    variables: Variables = None,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
) -> Expr:
    """The Jacobian times a vector, of shape (m,): the result of `jvp_record`. The vector is taken as it is.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> jvp([x*y, x + y], [1, 2], [x, y])
    [2*x + y, 3]
    """
    return jvp_record(fs, along, variables, assuming=assuming, budget=budget).warned().result


def jvp_record(
    fs: Expr | Iterable[Expr],
    along: Direction,
    variables: Variables = None,
    *,
    at: Mapping[Any, Any] | None = None,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
    digits: int = FLOAT_DIGITS,
) -> Derivation:
    """The Jacobian times a vector with its steps; entry i is how fast function i changes along the vector."""
    problem = posed(as_vector(fs), variables, at, assuming, budget, digits, shape=None)
    require_some_domain(problem.f)
    v = direction(along, problem.variables)
    rows = [partials(problem, f) for f in problem.f.args]
    parts = [part for row in rows for part in row]
    start = make(MatMul, None, (unevaluated_jacobian(problem.f.args, problem.variables), v))
    matrix = Matrix(*[Vector(*[part.result for part in row]) for row in rows])
    placed = make(MatMul, None, (matrix, v))
    total = Vector(
        *[
            build.add_all([build.mul(entry, part.result) for part, entry in zip(row, v.args, strict=True)])
            for row in rows
        ]
    )
    steps = [put_in_place(start, placed), multiplied("matrix-vector", "Multiply each row by the vector", placed, total)]
    steps += entries_worked_out(total, problem, [condition for part in parts for condition in part.conditions])
    result = steps[-1].result
    checks = [along_a_line(problem, f, v, slope) for f, slope in zip(problem.f.args, result.args, strict=True)]
    steps[-1].check = min(checks, key=lambda check: (check.holds, check.points))
    sections: list[Section] = []
    for i, row in enumerate(rows, 1):
        sections += sections_of(row, f"f{i}" if len(rows) > 1 else "")
    return problem.record(
        "jvp",
        asked=start,
        label="J·v",
        sections=[*sections, Section("Jacobian times vector", start, tuple(steps))],
        result=result,
        layout=f"shape {result.shape}: an entry for each function, along {v} in the order {listed(problem.variables)}",
        parts=parts,
        facts=_product_value([[*row] for row in rows], v, problem) if problem.point else (),
    )


def _product_value(rows: Sequence[Sequence[Derivation]], v: Expr, problem: Problem) -> list[Fact]:
    along = [value_of(entry, problem.point, problem.digits) for entry in v.args]
    values: list[Value] = []
    for row in rows:
        slopes = values_at(row, problem)
        values.append(dot(slopes, along, problem.digits))
    return [vector_fact("value", values)]


def hvp(
    f: Expr,
    along: Direction,
    variables: Variables = None,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
) -> Expr:
    """The Hessian times a vector, of shape (n,), without the Hessian: the result of `hvp_record`.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> hvp(x**2 * y, [1, 0], [x, y])
    [2*y, 2*x]
    """
    return hvp_record(f, along, variables, assuming=assuming, budget=budget).warned().result


def hvp_record(
    f: Expr,
    along: Direction,
    variables: Variables = None,
    *,
    at: Mapping[Any, Any] | None = None,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
    digits: int = FLOAT_DIGITS,
) -> Derivation:
    """The Hessian times a vector with its steps: the gradient of (gradient · v), which holds v constant.

    n first and n second derivatives instead of the n(n + 1)/2 of the whole Hessian. InputError for a vector that
    depends on the variables.
    """
    problem = posed(f, variables, at, assuming, budget, digits, operator="the Hessian-vector product")
    require_some_domain(problem.f)
    v = direction(along, problem.variables)
    moving = [x for x in problem.variables if x in v.free_symbols]
    if moving:
        raise InputError(
            f"the vector depends on {moving[0]}", hint="the vector of a Hessian-vector product is constant"
        )
    first = partials(problem, problem.f)
    start = make(Dot, None, (unevaluated(problem.f, problem.variables), v))
    steps = inner_product(start, first, v, problem)
    slope = steps[-1].result
    steps[-1].check = along_a_line(problem, problem.f, v, slope)
    second = partials(problem, slope)
    asked = Vector(*[Derivative(slope, x) for x in problem.variables])
    result = Vector(*[part.result for part in second])
    return problem.record(
        "hvp",
        asked=asked,
        label="H·v",
        sections=[
            *sections_of(first),
            Section("Gradient times vector", start, tuple(steps)),
            *sections_of(second),
            Section("Hessian times vector: the gradient of that", asked, (put_in_place(asked, result),)),
        ],
        result=result,
        layout=f"shape {result.shape}: a column, along {v} in the order {listed(problem.variables)}",
        parts=[*first, *second],
        facts=[vector_fact("value", values_at(second, problem))] if problem.point else (),
    )
