"""Implicit differentiation: dy/dx where an equation ties y to x, by the implicit function theorem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from calcml import build
from calcml.algebra.read import terms_of
from calcml.algebra.terms import content, quotient
from calcml.algebra.write import canonical
from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import free_symbols
from calcml.budget import DEFAULT, Budget
from calcml.derivation import Check, Derivation, Form, Section, Step
from calcml.domains import require_some_domain
from calcml.errors import DomainError, InputError, InvariantError
from calcml.evaluation import Program
from calcml.expr import ZERO, Add, Div, Expr, Neg, Relation, Sub, make, ratio_of
from calcml.forms import in_form
from calcml.heads import Derivative
from calcml.operators.assembly import check_equal, put_in_place, said_step, sections_of, worked_out
from calcml.operators.derivative import asked, derived, ordinal
from calcml.operators.points import FLOAT_DIGITS, require_conditions, scalar_fact, value_of
from calcml.operators.problem import Problem, posed
from calcml.readable import readable_form
from calcml.sampling import points
from calcml.traverse import replace, topological


def implicit(
    equation: Expr,
    y: Expr,
    x: Expr,
    order: int = 1,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
) -> Expr:
    """dy/dx (or a higher derivative) where `equation` ties y to x: the result of `implicit_record`, in x and y.

    >>> from calcml.expr import symbols, Relation
    >>> x, y = symbols("x y")
    >>> implicit(Relation("=", x**2 + y**2, 1), y, x)
    -x/y
    """
    return implicit_record(equation, y, x, order, assuming=assuming, budget=budget).warned().result


def implicit_record(
    equation: Expr,
    y: Expr,
    x: Expr,
    order: int = 1,
    *,
    at: Mapping[Any, Any] | None = None,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
    digits: int = FLOAT_DIGITS,
) -> Derivation:
    """Implicit differentiation with its steps: F = 0, ∂F/∂x, ∂F/∂y, dy/dx = −(∂F/∂x)/(∂F/∂y), where ∂F/∂y ≠ 0.

    equation: a relation `a = b`, or an expression that is 0. Other variables are held constant. at: a point on the
    curve. Errors: InputError where y does not occur, DomainError where the point is not on the curve or ∂F/∂y is 0.
    """
    f = one_side(equation)
    if x is y:
        raise InputError(f"{y} cannot depend on itself", hint="implicit EQUATION y x: y depends on x")
    if order < 1:
        raise InputError(f"the order of a derivative is 1 or more, not {order}")
    problem = posed(f, [x, y], at, assuming, budget, digits, operator="implicit differentiation")
    require_some_domain(problem.f)
    if y not in free_symbols(problem.f):
        raise InputError(f"{y} does not occur in the equation", hint="implicit EQUATION y x: y depends on x")
    by_x, by_y = derived(problem, problem.f, x), derived(problem, problem.f, y)
    if by_y.result is ZERO:
        raise DomainError(f"the equation does not determine {y}: its derivative by {y} is 0 everywhere")
    steep = make(Relation, "!=", (_without_number(by_y.result), ZERO))
    conditions = [steep, *by_x.conditions, *by_y.conditions]
    steps = _theorem(problem, by_x, by_y, conditions)
    slope = steps[-1].result
    steps[-1].check = on_level_curves(problem, slope)
    start = steps[0].focus_before
    sections = [
        Section("Everything on one side, and {y} depends on {x}", problem.f, (), bindings=(("y", y), ("x", x))),
        *sections_of([by_x, by_y]),
        Section("Implicit function theorem", start, tuple(steps)),
    ]
    parts = [by_x, by_y]
    result = slope
    for number in range(2, order + 1):
        more, result, new = _next_order(problem, result, slope, number, conditions)
        sections += more
        parts += new
    form = _with_the_equation(problem, result, equation, conditions)
    if problem.point:
        _require_on_the_curve(problem, by_y.result)
        require_conditions(conditions, problem.point)
    return problem.record(
        "implicit",
        asked=asked(y, (x,) * order),
        sections=sections,
        result=result,
        variables=(x,) * order,
        conditions=conditions,
        parts=parts,
        forms=[] if form is None else [form],
        facts=[scalar_fact("value", value_of(result, problem.point, digits))] if problem.point else (),
    )


def one_side(equation: Expr) -> Expr:
    """F with F = 0. InputError for an inequality."""
    if not isinstance(equation, Relation):
        return equation
    if equation.data != "=":
        raise InputError(f"an equation is expected, and {equation} is a condition", hint="write x^2 + y^2 = 1")
    left, right = equation.args
    if right is ZERO:
        return left
    if type(left) is Add and type(right) is not Add:
        return make(Add, None, (*left.args, build.neg(right)))  # x^2 + y^2 - 25, without a bracket
    return make(Sub, None, (left, right))


def _without_number(expr: Expr) -> Expr:
    """A sum divided by the number that all its terms have in common: y^2 - 2*x for 3*y^2 - 6*x, which is 0 with it."""
    terms = terms_of(expr) if type(expr) in (Add, Sub) else {}
    common = content(terms) if terms else 1
    if common == 1:
        return expr
    return readable_form(canonical({mono: quotient(number, common) for mono, number in terms.items()}))


def _theorem(problem: Problem, by_x: Derivation, by_y: Derivation, conditions: Sequence[Expr]) -> list[Step]:
    x, y = problem.variables
    start = make(Neg, None, (make(Div, None, (Derivative(problem.f, x), Derivative(problem.f, y))),))
    placed = build.neg(build.div(by_x.result, by_y.result))
    step = put_in_place(start, placed)
    step.rule = "implicit"
    step.statement = "d(y, x) = -d(F, x)/d(F, y)"
    step.why = "Along the curve F stays 0, so d(F, x) + d(F, y)*d(y, x) = 0; solved for d(y, x)."
    step.conditions = tuple(conditions[:1])
    return [step, *worked_out(placed, problem, conditions)]


def _next_order(
    problem: Problem, g: Expr, slope: Expr, number: int, conditions: list[Expr]
) -> tuple[list[Section], Expr, list[Derivation]]:
    """The derivative along the curve of what the order before was: ∂g/∂x + ∂g/∂y·dy/dx."""
    x, y = problem.variables
    by_x, by_y = derived(problem, g, x), derived(problem, g, y)
    start = build.add(Derivative(g, x), build.mul(Derivative(g, y), Derivative(y, x)))
    placed = build.add(by_x.result, build.mul(by_y.result, slope))
    conditions += [*by_x.conditions, *by_y.conditions]
    steps = [put_in_place(start, placed), *worked_out(placed, problem, conditions)]
    steps[0].why = f"{y} moves with {x}, so its share is added: the chain rule."
    steps[0].statement = "d(g) = d(g, x) + d(g, y)*d(y, x)"
    sections = [*sections_of([by_x, by_y]), Section(f"{ordinal(number)} along the curve", start, tuple(steps))]
    return sections, steps[-1].result, [by_x, by_y]


def _with_the_equation(problem: Problem, result: Expr, equation: Expr, conditions: Sequence[Expr]) -> Form | None:
    """The result shortened by the equation, where its constant side's partner occurs in it: x² + y² written as 1."""
    if not isinstance(equation, Relation):
        return None
    left, right = equation.args
    if ratio_of(left) is not None:
        left, right = right, left
    if ratio_of(right) is None or type(left) is not Add:
        return None
    known = readable_form(left)
    together = in_form(result, "together")
    start, used = next(
        (
            (line, found)
            for line in (result, together)
            if (found := {node: right for node in topological(line) if node is left or node is known})
        ),
        (result, {}),
    )
    if not used:
        return None
    put_in = replace(start, used)
    first = [] if start is result else [said_step("together", "Write as one fraction", result, start, kind="simplify")]
    check_equal(first, problem, conditions)
    step = said_step(
        "use-equation", "Use the equation", start, put_in, why="On the curve both sides of the equation are equal.",
        reason="the equation that was given",
    )  # fmt: skip
    after = readable_form(put_in)
    steps = [*first, step]
    if after is not put_in:
        steps.append(said_step("simplify", "Simplify", put_in, after, kind="simplify"))
        check_equal(steps, problem, conditions)
    return Form("with the equation", after, tuple(steps))


def on_level_curves(problem: Problem, slope: Expr) -> Check:
    """A check by values: the slope of the level curves of F, followed numerically from random points.

    dy/dx = −F_x/F_y holds on every level curve F = c, so any point of the domain will do: x is moved a little, y is
    found by Newton's method on the same level, and the difference quotients are compared.
    """
    x, y = problem.variables
    others = sorted(free_symbols(problem.f, slope) - {x, y}, key=lambda symbol: symbol.data)
    variables: list[Expr] = [x, y, *others]
    program = Program([problem.f, slope, *problem.assuming.conditions], variables)
    passed, worst = 0, 0.0
    for tries, at in enumerate(points(variables, problem.assuming.conditions)):
        if passed >= 8 or tries > 200:
            break
        level, claimed, *allowed = program.run(at)
        if not _finite(level, claimed) or False in allowed or abs(claimed) > 1e3:
            continue
        measured = _slope_of_level(program, at, level)
        if measured is None:
            continue
        error = abs(measured - claimed) / max(1.0, abs(claimed))
        if error > 1e-4:
            raise InvariantError(
                f"a step failed its check: dy/dx = {slope!r} at {at}: the level curve has slope {measured}",
                hint="this is a bug in calcml; please report the input",
            )
        passed, worst = passed + 1, max(worst, error)
    if not passed:
        return Check("unverified", reason="no point of a level curve was found")
    return Check("checked", points=passed, digits=4, error=worst)


def _slope_of_level(program: Program, at: list[float], level: float) -> float | None:
    h = 1e-3 * max(1.0, abs(at[0]))
    found = []
    for k in (-1, -0.5, 0.5, 1):
        moved = _on_level(program, [at[0] + k * h, *at[1:]], level)
        if moved is None or abs(moved - at[1]) > 0.2 * max(1.0, abs(at[1])):
            return None
        found.append(moved)
    coarse, fine = (found[3] - found[0]) / (2 * h), (found[2] - found[1]) / h
    return fine + (fine - coarse) / 3 if abs(fine - coarse) < 1e-3 * max(1.0, abs(fine)) else None


def _on_level(program: Program, at: list[float], level: float) -> float | None:
    """The y near at[1] with F(at[0], y) = level, by the secant method."""
    y0, y1 = at[1], at[1] + 1e-4 * max(1.0, abs(at[1]))
    f0 = program.run([at[0], y0, *at[2:]])[0]
    for _ in range(50):
        f1 = program.run([at[0], y1, *at[2:]])[0]
        if not _finite(f0, f1):
            return None
        if abs(f1 - level) <= 1e-13 * max(1.0, abs(level)) or f1 == f0:
            return y1 if abs(f1 - level) <= 1e-10 * max(1.0, abs(level)) else None
        y0, y1, f0 = y1, y1 - (f1 - level) * (y1 - y0) / (f1 - f0), f1
    return None


def _finite(*values: Any) -> bool:
    return all(isinstance(value, (int, float)) and abs(value) < 1e12 for value in values)


def _require_on_the_curve(problem: Problem, by_y: Expr) -> None:
    needed = free_symbols(problem.f) - problem.point.keys()
    if needed:
        names = ", ".join(sorted(symbol.data for symbol in needed))
        raise InputError(f"no value was given for {names}", hint="a point of the curve gives every variable a value")
    off = value_of(problem.f, problem.point)
    if not off.is_zero and not (off.decimal and abs(float(off.decimal)) < 1e-9):
        raise DomainError(f"the point is not on the curve: the two sides differ by {off.text}")
    if value_of(by_y, problem.point).is_zero:
        raise DomainError(
            f"there is no slope at this point: {by_y} is 0", hint="the tangent is vertical, or the curve is not smooth"
        )
