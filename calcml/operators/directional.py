"""How fast a function changes along a direction: the gradient times the unit vector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from calcml import build
from calcml.assumptions import NOTHING, Assumptions
from calcml.budget import DEFAULT, Budget
from calcml.derivation import Derivation, Fact, Section, Step
from calcml.domains import require_some_domain
from calcml.errors import InputError, ShapeError
from calcml.expr import ZERO, Add, Call, Div, Expr, Pow, as_expr, make, rational
from calcml.heads import Dot, Vector
from calcml.operators.assembly import (
    put_in_place,
    said_step,
    sections_of,
    worked_out,
)
from calcml.operators.checking import along_a_line
from calcml.operators.gradient import gradient_section, partials, unevaluated, values_at
from calcml.operators.points import (
    FLOAT_DIGITS,
    dot,
    norm,
    scalar_fact,
    square_root,
    value_of,
    vector_fact,
)
from calcml.operators.problem import Problem, Variables, posed
from calcml.operators.variables import listed
from calcml.precise import exact_ratio
from calcml.readable import readable_form

Direction = Expr | Iterable[Any]


def directional(
    f: Expr,
    along: Direction,
    variables: Variables = None,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
) -> Expr:
    """The directional derivative of `f` along the unit vector of `along`: the result of `directional_record`.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> directional(x**2 + y**2, [3, 4])
    6/5*x + 8/5*y
    """
    return directional_record(f, along, variables, assuming=assuming, budget=budget).warned().result


def directional_record(
    f: Expr,
    along: Direction,
    variables: Variables = None,
    *,
    at: Mapping[Any, Any] | None = None,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
    digits: int = FLOAT_DIGITS,
) -> Derivation:
    """The directional derivative with its steps: gradient, unit vector, inner product.

    along: a vector with an entry for each variable, in their order; only its direction counts. Errors: ShapeError for
    another number of entries, InputError for the zero vector.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> record = directional_record(x**2 + y**2, [3, 4], at={x: 1, y: 2})
    >>> record.fact("unit vector"), record.fact("value")
    (<unit vector: [3/5, 4/5]>, <value: 22/5>)
    """
    problem = posed(f, variables, at, assuming, budget, digits, operator="the directional derivative")
    require_some_domain(problem.f)
    v = direction(along, problem.variables)
    parts = partials(problem, problem.f)
    unit, unit_section = unit_vector(v)
    start = make(Dot, None, (unevaluated(problem.f, problem.variables), unit))
    steps = inner_product(start, parts, unit, problem)
    result = steps[-1].result
    steps[-1].check = along_a_line(problem, problem.f, unit, result)
    facts = [Fact("unit vector", unit)]
    if problem.point:
        values = values_at(parts, problem)
        units = [value_of(entry, problem.point, digits) for entry in unit.args]
        facts = [scalar_fact("value", dot(values, units, digits)), vector_fact("unit vector", units)]
        facts.append(scalar_fact("largest in any direction", norm(values, digits)))
    return problem.record(
        "directional",
        asked=start,
        label="Dᵤf",
        sections=[
            *sections_of(parts),
            gradient_section(problem.f, problem.variables, parts),
            *([] if unit_section is None else [unit_section]),
            Section("Directional derivative: gradient times unit vector", start, tuple(steps)),
        ],
        result=result,
        parts=parts,
        facts=facts,
        notes=[f"along {v}, in the order {listed(problem.variables)}"],
    )


def direction(along: Direction, variables: Sequence[Expr]) -> Expr:
    """The direction as a vector with an entry for each variable. ShapeError for another number of them."""
    v = along if isinstance(along, Expr) else Vector(*[as_expr(entry) for entry in along])
    if v.shape != (len(variables),):
        raise ShapeError(
            f"the direction has shape {v.shape}, and shape ({len(variables)},) is expected: "
            f"an entry for each of {listed(variables)}",
            hint="name the variables after the expression to choose them and their order",
        )
    return v


def unit_vector(v: Expr) -> tuple[Expr, Section | None]:
    """The direction divided by its length, with the section that does it; None where the length is 1 already."""
    squares = tuple([make(Pow, None, (entry, rational(2))) for entry in v.args])
    total = make(Add, None, squares) if len(squares) > 1 else squares[0]
    ratio = exact_ratio(total)
    if isinstance(ratio, tuple):
        if ratio[0] == 0:
            raise InputError("the zero vector has no direction")
        length = square_root(*ratio)
    else:
        length = readable_form(make(Call, "sqrt", (total,)))
    if length == rational(1):
        return v, None
    start = make(Div, None, (v, make(Call, "sqrt", (total,))))
    divided = make(Div, None, (v, length))
    unit = Vector(*[readable_form(make(Div, None, (entry, length))) for entry in v.args])
    why = "The direction counts, not the length: divide by the norm."
    steps = (
        said_step("norm", "Norm of the direction", start, divided, why=why, reason="the root of the sum of squares"),
        said_step("divide", "Divide each entry", divided, unit, why=why, reason="entry by entry"),
    )
    return unit, Section("Unit vector", start, steps)


def inner_product(start: Expr, parts: Sequence[Derivation], v: Expr, problem: Problem) -> list[Step]:
    """The steps from the gradient still to be taken, times a vector, to the readable scalar."""
    gradient = Vector(*[part.result for part in parts])
    placed = make(Dot, None, (gradient, v))
    terms = [build.mul(entry, g) for g, entry in zip(gradient.args, v.args, strict=True)]
    total = build.add_all([term for term in terms if term is not ZERO])
    steps = [put_in_place(start, placed)]
    steps.append(multiplied("inner-product", "Multiply entry by entry and add", placed, total))
    return steps + worked_out(total, problem, [condition for part in parts for condition in part.conditions])


def multiplied(rule: str, title: str, before: Expr, after: Expr) -> Step:
    """The step that carries out a product of vectors, or of a matrix and a vector."""
    return said_step(
        rule, title, before, after, statement="dot([a, b], [c, d]) = a*c + b*d", reason="the definition of the product"
    )
