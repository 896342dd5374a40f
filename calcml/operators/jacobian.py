"""The Jacobian: a row for each function, a column for each variable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from calcml.assumptions import NOTHING, Assumptions
from calcml.budget import DEFAULT, Budget
from calcml.derivation import Derivation, Fact, Section
from calcml.domains import require_some_domain
from calcml.expr import Expr
from calcml.heads import Derivative, Matrix, Vector
from calcml.operators.assembly import put_in_place, sections_of, worked_out
from calcml.operators.gradient import partials, swept_partials, values_at
from calcml.operators.matrices import MAX_DETERMINANT, determinant
from calcml.operators.points import FLOAT_DIGITS, matrix_fact, scalar_fact, value_of
from calcml.operators.problem import Problem, Variables, as_vector, posed
from calcml.operators.variables import listed

MANY_ENTRIES = 1000  # of a Jacobian whose functions are then swept one by one


def jacobian(
    fs: Expr | Iterable[Expr], variables: Variables = None, assuming: Assumptions = NOTHING, budget: Budget = DEFAULT
) -> Expr:
    """The Jacobian of m functions by n variables, of shape (m, n): the result of `jacobian_steps`.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> jacobian([x*y, x + y], [x, y])
    [[y, x], [1, 1]]
    """
    return jacobian_record(fs, variables, assuming=assuming, budget=budget).warned().result


def jacobian_record(
    fs: Expr | Iterable[Expr],
    variables: Variables = None,
    *,
    at: Mapping[Any, Any] | None = None,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
    digits: int = FLOAT_DIGITS,
) -> Derivation:
    """The Jacobian with its steps: entry (i, j) is the derivative of function i by variable j.

    fs: a vector, a list of scalars, or one scalar, whose Jacobian is a single row. A square one has the fact
    `determinant`; with `at`, the facts `value` and `determinant` are those at the point.

    >>> from calcml.expr import symbols, Call
    >>> r, t = symbols("r t")
    >>> polar = jacobian_record([r * Call("cos", t), r * Call("sin", t)], [r, t])
    >>> polar.result, polar.fact("determinant")
    ([[cos(t), -r*sin(t)], [sin(t), r*cos(t)]], <determinant: r>)
    """
    problem = posed(as_vector(fs), variables, at, assuming, budget, digits, shape=None)
    require_some_domain(problem.f)
    functions = problem.f.args
    rows = [_row(problem, f, len(functions)) for f in functions]
    start = unevaluated(functions, problem.variables)
    result = Matrix(*[Vector(*[part.result for part in row]) for row in rows])
    parts = [part for row in rows for part in row]
    sections: list[Section] = []
    for i, row in enumerate(rows, 1):
        sections += sections_of(row, f"f{i}" if len(rows) > 1 else "")
    sections.append(Section("Jacobian", start, (put_in_place(start, result),)))
    found, worked = determinant_fact(result, problem, parts)
    return problem.record(
        "jacobian",
        asked=start,
        label="J",
        sections=[*sections, *worked],
        result=result,
        layout=f"shape {result.shape}: a row for each function, columns in the order {listed(problem.variables)}",
        parts=parts,
        facts=[*(_value_facts(rows, problem) if problem.point else ()), *found],
    )


def _row(problem: Problem, f: Expr, functions: int) -> list[Derivation]:
    """The derivatives of one function by all variables; of very many entries, by one sweep for each function."""
    if functions * len(problem.variables) > MANY_ENTRIES:
        return swept_partials(problem, f)
    return partials(problem, f)


def unevaluated(functions: Sequence[Expr], variables: Sequence[Expr]) -> Expr:
    """The Jacobian still to be taken."""
    return Matrix(*[Vector(*[Derivative(f, x) for x in variables]) for f in functions])


def _value_facts(rows: Sequence[Sequence[Derivation]], problem: Problem) -> list[Fact]:
    return [matrix_fact("value", [values_at(row, problem) for row in rows])]


def determinant_fact(matrix: Expr, problem: Problem, parts: Sequence[Derivation]) -> tuple[list[Fact], list[Section]]:
    """The determinant of a small square matrix, with the section that works it out; at a point, its value there."""
    rows, columns = matrix.shape
    if rows != columns or int(rows) > MAX_DETERMINANT or rows == 1:
        return [], []
    start = determinant(matrix)
    steps = worked_out(start, problem, [condition for part in parts for condition in part.conditions])
    result = steps[-1].result if steps else start
    sections = [Section("Determinant", start, tuple(steps))] if steps else []
    if problem.point:
        return [scalar_fact("determinant", value_of(result, problem.point, problem.digits))], sections
    return [Fact("determinant", result)], sections
