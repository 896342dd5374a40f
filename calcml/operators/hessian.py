"""The Hessian: the derivatives of the partial derivatives, each pair once, since mixed partials are symmetric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from calcml.assumptions import NOTHING, Assumptions
from calcml.budget import DEFAULT, Budget
from calcml.derivation import Derivation, Fact, Section, Step
from calcml.differentiation import differentiate_all, differentiate_twice
from calcml.domains import require_some_domain, requirements
from calcml.expr import Expr
from calcml.heads import Derivative, Matrix, Vector
from calcml.operators.assembly import own_form, put_in_place, said_step, sections_of, shown_result
from calcml.operators.checking import sweep_check
from calcml.operators.common_factor import common_factor_form
from calcml.operators.derivative import LARGE, derived
from calcml.operators.gradient import FEW_CONDITIONS, TOO_LARGE, gradient_section, partials
from calcml.operators.jacobian import determinant_fact
from calcml.operators.matrices import Spectrum, spectrum
from calcml.operators.points import (
    FLOAT_DIGITS,
    as_value,
    matrix_fact,
    require_conditions,
    slope_of,
    values_at_once,
    vector_fact,
)
from calcml.operators.problem import Problem, Variables, posed
from calcml.operators.variables import listed
from calcml.precise import exact_ratio
from calcml.traverse import count_nodes

MANY = 30  # variables; a Hessian by more of them is swept at once
MAX_EIGENVALUES = 30  # rows of a matrix whose eigenvalues are computed


def hessian(f: Expr, variables: Variables = None, assuming: Assumptions = NOTHING, budget: Budget = DEFAULT) -> Expr:
    """The Hessian of shape (n, n), symmetric: the result of `hessian_record`.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> hessian(x**3 * y, [x, y])
    [[6*x*y, 3*x^2], [3*x^2, 0]]
    """
    return hessian_record(f, variables, assuming=assuming, budget=budget).warned().result


def hessian_record(
    f: Expr,
    variables: Variables = None,
    *,
    at: Mapping[Any, Any] | None = None,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
    digits: int = FLOAT_DIGITS,
) -> Derivation:
    """The Hessian with its steps; at a point, and where it is constant, its eigenvalues and definiteness too.

    A factor that all entries share is the form `common factor`. The order of mixed partials does not matter where the
    second derivatives are continuous (Schwarz), so each pair is derived once.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> record = hessian_record(x**2 - y**2)
    >>> record.fact("eigenvalues"), record.fact("definiteness")
    (<eigenvalues: [-2, 2]>, <definiteness: indefinite>)
    """
    problem = posed(f, variables, at, assuming, budget, digits, operator="the Hessian")
    require_some_domain(problem.f)
    xs = problem.variables
    if len(xs) > MANY or count_nodes(problem.f) > LARGE:
        return _large(problem)
    first = partials(problem, problem.f)
    upper = {
        (i, j): derived(problem, shown_result(first[i]), xs[j], typed=problem.f)
        for i in range(len(xs))
        for j in range(i, len(xs))
    }
    parts = [*first, *upper.values()]
    rows = [[upper[min(i, j), max(i, j)] for j in range(len(xs))] for i in range(len(xs))]
    result = Matrix(*[Vector(*[part.result for part in row]) for row in rows])
    found, worked = _facts(rows, result, problem, parts)
    forms = [own_form([part for row in rows for part in row], result.shape)]
    shown = forms[0].expr if forms[0] is not None else result
    forms.append(common_factor_form(shown, problem, [condition for part in parts for condition in part.conditions]))
    return problem.record(
        "hessian",
        asked=unevaluated(problem.f, xs),
        label="H",
        sections=[
            *sections_of(first),
            gradient_section(problem.f, xs, first),
            *sections_of(list(upper.values())),
            Section("Hessian", unevaluated(problem.f, xs), _placed(problem.f, xs, upper, result)),
            *worked,
        ],
        result=result,
        layout=f"shape {result.shape}: symmetric, rows and columns in the order {listed(xs)}",
        parts=parts,
        forms=[form for form in forms if form is not None],
        facts=found,
    )


def _large(problem: Problem) -> Derivation:
    """A Hessian too large to be read: a sweep for each row, each checked as the gradient of its partial derivative."""
    xs = problem.variables
    start = unevaluated(problem.f, xs)
    rows = differentiate_twice(problem.f, xs)
    result = Matrix(*[Vector(*row) for row in rows])
    step = said_step(
        "reverse", "One reverse sweep for each row", start, result, kind="diff",
        why=TOO_LARGE,
    )  # fmt: skip
    first = differentiate_all(problem.f, xs)
    checks = [sweep_check(problem._replace(f=entry), row) for entry, row in zip(first, rows, strict=True)]
    step.check = min(checks, key=lambda check: (check.holds, check.points))
    facts: list[Fact] = []
    if problem.point:
        values = iter(values_at_once([entry for row in rows for entry in row], problem.point))
        facts = [matrix_fact("value", [[next(values) for _ in row] for row in rows])]
    return problem.record(
        "hessian",
        asked=start,
        label="H",
        sections=[Section("", start, (step,), shows_start=False)],
        result=result,
        layout=f"shape {result.shape}: symmetric, rows and columns in the order {listed(xs)}",
        conditions=requirements(problem.f, problem.assuming.known)[:FEW_CONDITIONS],
        facts=facts,
    )


def unevaluated(f: Expr, variables: Sequence[Expr]) -> Expr:
    """The Hessian still to be taken: row i, column j is the derivative by variable j of that by variable i."""
    return Matrix(*[Vector(*[_second(f, x, y) for y in variables]) for x in variables])


def _second(f: Expr, x: Expr, y: Expr) -> Expr:
    return Derivative(f, x, 2) if x is y else Derivative(Derivative(f, x), y)


def _placed(
    f: Expr, variables: Sequence[Expr], upper: Mapping[tuple[int, int], Derivation], result: Expr
) -> tuple[Step, ...]:
    """Above the diagonal as derived, below it still to be said; then the same by symmetry."""
    start = unevaluated(f, variables)
    if len(variables) == 1:
        return (put_in_place(start, result),)
    half = Matrix(
        *[
            Vector(*[upper[i, j].result if i <= j else _second(f, x, y) for j, y in enumerate(variables)])
            for i, x in enumerate(variables)
        ]
    )
    symmetry = said_step(
        "symmetry", "Mixed partials are symmetric", half, result,
        statement="d(d(f, x), y) = d(d(f, y), x)",
        why="Where the second derivatives are continuous, the order of differentiation does not matter (Schwarz).",
        reason="Schwarz's theorem: the second derivatives are continuous where they are defined",
    )  # fmt: skip
    return put_in_place(start, half, "Put the parts in place"), symmetry


def _facts(
    rows: Sequence[Sequence[Derivation]], result: Expr, problem: Problem, parts: Sequence[Derivation]
) -> tuple[list[Fact], list[Section]]:
    digits = problem.digits
    require_conditions([condition for part in parts for condition in part.conditions], problem.point)
    found, worked = determinant_fact(result, problem, parts)
    if problem.point:
        values = [[slope_of(part, problem.point, digits) for part in row] for row in rows]
        facts = [matrix_fact("value", values)]
    else:
        ratios = [exact_ratio(entry) for row in result.args for entry in row.args]
        if not all(isinstance(ratio, tuple) for ratio in ratios):
            return found, worked
        values = [[as_value(part.result, part.result, {}, digits) for part in row] for row in rows]
        facts = []
    if len(values) > MAX_EIGENVALUES:
        return [*facts, *found], worked
    return [*facts, *found, *spectrum_facts(spectrum(values, digits))], worked


def spectrum_facts(found: Spectrum) -> list[Fact]:
    """The eigenvalues and what their signs say."""
    how = "" if found.exact else " (by the signs of its eigenvalues in decimals)"
    return [vector_fact("eigenvalues", found.values), Fact("definiteness", text=found.definiteness + how)]
