"""The derivative of an expression by a variable, or by several one after the other: derive, diff.

The derivation is the computation. `forward` applies the rules and is recorded; the algebra brings the last line to
readable form; every step is checked by values; `diff` is the result of `derive`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from calcml.assumptions import NOTHING, Assumptions
from calcml.at_point import value_at
from calcml.binding import free_symbols
from calcml.budget import DEFAULT, Budget
from calcml.conditions import combined, is_composite
from calcml.derivation import Bindings, Check, Derivation, Fact, Section, Step
from calcml.differentiation import CONDITIONS, Application, differentiate, forward, require_variable, resolve
from calcml.domains import opened, require_some_domain, requirements
from calcml.entries import written_out
from calcml.errors import DomainError, InputError, ShapeError
from calcml.expr import FALSE, Expr, rational
from calcml.heads import Derivative
from calcml.operators.checking import check_steps
from calcml.operators.conventions import conventions, definitions, kink_conditions
from calcml.operators.own_terms import other_forms
from calcml.operators.points import FLOAT_DIGITS, Point, as_value, checked_point, scalar_fact, vector_fact
from calcml.readable import algebra_step, moves_under
from calcml.recording import differentiation_step
from calcml.traverse import count_nodes
from calcml.verify import Verifier

LARGE = 3000  # nodes of a function; the derivative of a larger one is not searched for its best form


def diff(
    f: Expr,
    x: Expr | Sequence[Expr],
    order: int = 1,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
) -> Expr:
    """The derivative in readable form, every step checked: the result of `derive`.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> diff((3*x + 1)**5, x), diff(x**2 * y**3, [x, y, y])
    (15*(3*x + 1)^4, 12*x*y)
    """
    return derive(f, x, order, assuming, budget).result


def derive(
    f: Expr,
    x: Expr | Sequence[Expr],
    order: int = 1,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
    *,
    at: Mapping[Any, Any] | None = None,
    digits: int = FLOAT_DIGITS,
) -> Derivation:
    """The derivative of an expression by a symbol, or by several one after the other, with steps and other forms.

    at: a point; the fact `value` is the value there, kinks included. Errors: NoRuleError where no rule applies,
    NotDifferentiableError where there is no derivative at the point, InvariantError if a step fails its check.

    >>> from calcml.expr import symbols, Call
    >>> x = symbols("x")
    >>> derivation = derive(1/(1 + Call("exp", -x)), x)
    >>> derivation.result, [form.expr for form in derivation.forms]
    (exp(-x)/(1 + exp(-x))^2, [sigmoid(x)*(1 - sigmoid(x))])
    """
    by = _sequence(x, order)
    problem = f
    f = differentiable(f)
    typed = f
    require_some_domain(f)
    point = checked_point(at, f, by)
    if count_nodes(f) > LARGE:
        found = _derive_large(problem, f, by, assuming)
    else:
        found = _derived(problem, f, typed, by, assuming, budget)
    found.point = tuple(point.items())
    found.facts = (value_fact(found, point, digits),) if point else ()
    return found


def _sequence(x: Expr | Sequence[Expr], order: int) -> tuple[Expr, ...]:
    """The variables in the order in which to differentiate by them."""
    if order < 1:
        raise InputError(f"the order of a derivative is 1 or more, not {order}")
    by = (x,) * order if isinstance(x, Expr) else tuple(x)
    if not by:
        raise InputError("there is no variable to differentiate by")
    if order > 1 and not isinstance(x, Expr):
        raise InputError("an order goes with one variable", hint="of several, repeat those that come again: [x, y, y]")
    for variable in by:
        require_variable(variable)
    return by


def value_fact(derivation: Derivation, point: Point, digits: int) -> Fact:
    """The value of a derivative at a point, as the fact of that name."""
    found = value_at(derivation, point, digits)
    if isinstance(found, tuple):
        entries = zip(found, derivation.result.args, strict=True)
        return vector_fact("value", [as_value(value, entry, point, digits) for value, entry in entries])
    return scalar_fact("value", as_value(found, derivation.result, point, digits))


def _derived(
    problem: Expr, f: Expr, typed: Expr, by: tuple[Expr, ...], assuming: Assumptions, budget: Budget
) -> Derivation:
    sections: list[Section] = []
    variables = tuple(dict.fromkeys(by))
    needed = [condition for x in variables for condition in requirements(f, assuming.known, x)]
    for number, x in enumerate(by, 1):
        record: list[Application] = []
        raw = forward(f, x, record)
        taken = differentiation_step(f, x, record, raw)
        moves = moves_under(assuming, raw, budget, typed)
        steps = [taken, *map(algebra_step, moves)]
        sections.append(section_by(f, by, number, steps))
        simplified = moves[-1].after if moves else raw
        needed += kink_conditions(f, raw, simplified, x, assuming)
        check_steps(steps, f, x, needed, assuming)
        f = simplified
    needed += [condition for x in variables for condition in requirements(f, assuming.known, x)]
    conditions = combined(needed, assuming.known)
    for x in variables:
        inner = tuple([opened(condition, x) for condition in conditions])
        if inner != conditions:
            conditions = combined(inner, assuming.known)
    if any(map(is_composite, conditions)):
        from calcml.regions.extents import solved_for_one

        conditions = solved_for_one(conditions)
    if FALSE in conditions or (assuming.conditions and FALSE in combined([*conditions, *assuming.conditions])):
        raise DomainError(
            "there is no real value for which this has a derivative", hint="its conditions exclude each other"
        )
    notes = [note for x in variables for note in conventions(typed, conditions, x)]
    return Derivation(
        "derivative",
        problem=problem,
        variables=by,
        asked=asked(problem, by),
        sections=tuple(sections),
        result=f,
        conditions=conditions,
        notes=(*dict.fromkeys(notes), *definitions(typed, f)),
        forms=other_forms(typed, by, f, conditions, budget),
    )


def section_by(f: Expr, by: tuple[Expr, ...], number: int, steps: list[Step]) -> Section:
    """The section of one differentiation, under the heading that says which, and what is held constant."""
    x = by[number - 1]
    title = ordinal(number) if len(by) > 1 else ""
    held: Bindings = ()
    others = [symbol for symbol in sorted(free_symbols(f), key=lambda symbol: symbol.data) if symbol is not x]
    if others or len(set(by)) > 1:
        title = f"{title}, by {{x}}" if title else "Partial derivative by {x}"
    if others and len(others) <= len(_HELD):
        held = tuple(zip(_HELD, others, strict=False))
        title += f": hold {' and '.join(', '.join(f'{{{letter}}}' for letter, _ in held).rsplit(', ', 1))} constant"
    elif others:
        title += ": hold the others constant"
    return Section(title, steps[0].focus_before, tuple(steps), bindings=(("x", x), *held) if title else ())


_HELD = "abcde"  # letters for what is held constant; of more variables, none is named


def differentiable(f: Expr) -> Expr:
    """The expression with its derivatives carried out and its entries written out. InputError for a condition."""
    f = resolve(f)
    if type(f) in CONDITIONS:
        raise InputError("a condition has no derivative", hint="differentiate one of its sides")
    if len(f.shape) > 1:
        raise ShapeError(f"a scalar is expected, and {f!r} has shape {f.shape}")
    return written_out(f)


def require_scalar(f: Expr, operator: str = "the gradient") -> Expr:
    """`differentiable`, and a scalar. ShapeError for a vector, which says what to use instead."""
    f = differentiable(f)
    if f.shape:
        raise ShapeError(
            f"{operator} is of a scalar, and {f!r} has shape {f.shape}", hint="of a vector, take the Jacobian"
        )
    return f


def ordinal(number: int) -> str:
    """The heading over the steps of one order: First derivative, Second derivative."""
    return f"{_ORDINALS.get(number, f'{number}th')} derivative"


_ORDINALS = {1: "First", 2: "Second", 3: "Third"}


def asked(f: Expr, by: Sequence[Expr]) -> Expr:
    """The derivative by these variables one after the other, still to be taken."""
    for x, group in groupby(by):
        order = len(list(group))
        f = Derivative(f, x) if order == 1 else Derivative(f, x, rational(order))
    return f


def _derive_large(problem: Expr, f: Expr, by: tuple[Expr, ...], assuming: Assumptions) -> Derivation:
    """A derivative too large to be read: the raw result as one step a variable, checked as a whole at a few points."""
    needed = requirements(f, assuming.known, by[0])
    steps: list[Step] = []
    for x, group in groupby(by):
        order = len(list(group))
        for times in (1, order - 1) if order > 1 else (1,):
            after = differentiate(f, x, times)
            step = Step(
                "diff",
                rule="rules",
                title="All rules at once",
                statement="",
                why="The expression is too large for its steps to be read.",
                focus_before=asked(f, (x,) * times),
                focus_after=after,
                result=after,
                check=Check("unverified", reason="the expression is too large"),
            )
            if times == 1:
                (step.check,) = Verifier([f], x, assuming.conditions, points_wanted=2).derivatives([(f, after)])
            steps.append(step)
            f = after
    return Derivation(
        "derivative",
        problem=problem,
        variables=by,
        asked=asked(problem, by),
        sections=tuple([Section("", step.focus_before, (step,)) for step in steps]),
        result=f,
        conditions=combined(needed, assuming.known) if len(needed) < 50 else tuple(dict.fromkeys(needed)),
    )
