"""The derivative of an expression by a variable, or by several one after the other: derive, diff.

The derivation is the computation. `forward` applies the rules and is recorded; the algebra brings the last line to
readable form; every step is checked by values; `diff` is the result of `derive`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import free_symbols
from calcml.budget import DEFAULT, Budget
from calcml.conditions import combined
from calcml.derivation import (
    Bindings,
    Check,
    Derivation,
    Fact,
    Form,
    Section,
    Step,
    warn_unverified,
)
from calcml.differentiation import differentiate, require_variable
from calcml.domains import require_some_domain, requirements
from calcml.errors import InputError
from calcml.expr import Expr, rational
from calcml.heads import Derivative
from calcml.operators.checking import check_result, check_steps
from calcml.operators.conventions import conventions, definitions
from calcml.operators.differentiations import conditions_of, differentiations
from calcml.operators.own_terms import other_forms
from calcml.operators.points import FLOAT_DIGITS, Point, as_value, left_out, scalar_fact, vector_fact
from calcml.operators.problem import Problem, posed
from calcml.traverse import count_nodes, replace
from calcml.verify import Verifier

LARGE = 3000  # nodes of a function; the derivative of a larger one is not searched for its best form


def diff(
    f: Expr,
    x: Expr | Sequence[Expr],
    order: int = 1,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
) -> Expr:
    """The derivative in readable form, checked: the result of `derive`, without the record of its steps.

    Errors as of `derive`; UnverifiedWarning where no point of the domain was found at which values decide.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> diff((3*x + 1)**5, x), diff(x**2 * y**3, [x, y, y])
    (15*(3*x + 1)^4, 12*x*y)
    """
    problem, by = _problem(f, x, order, None, assuming, budget)
    if count_nodes(problem.f) > LARGE:
        return derive(f, x, order, assuming, budget).warned().result
    taken, needed = differentiations(problem.f, by, problem)
    conditions_of(problem.f, by, needed, problem.assuming)
    checks = [check_result(each.f, each.x, each.result, each.needed, problem.assuming) for each in taken]
    warn_unverified(min(checks, key=lambda check: check.holds))
    return replace(taken[-1].result, problem.entries) if problem.entries else taken[-1].result


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
    problem, by = _problem(f, x, order, at, assuming, budget, digits)
    return derived(problem, problem.f, *by, top=True)


def _problem(
    f: Expr,
    x: Expr | Sequence[Expr],
    order: int,
    at: Mapping[Any, Any] | None,
    assuming: Assumptions,
    budget: Budget,
    digits: int = FLOAT_DIGITS,
) -> tuple[Problem, tuple[Expr, ...]]:
    """The question as it is worked on, and the variables in their order."""
    by = _sequence(x, order)
    problem = posed(f, dict.fromkeys(by), at, assuming, budget, digits, shape=None)
    names = {entry: name for name, entry in problem.entries.items()}
    require_some_domain(problem.f)
    return problem, tuple([names.get(x, x) for x in by])


def derived(
    problem: Problem, f: Expr, *by: Expr, top: bool = False, swept: Expr | None = None, typed: Expr | None = None
) -> Derivation:
    """The derivative of `f`, a part of a problem, by its variables one after the other: what every operator is made of.

    top: whether it is the problem itself, whose point it then is and whose entries it gives back. swept: the derivative
    as a reverse sweep has found it; then only the algebra is left. typed: what f came from, whose pieces are kept.
    """
    sections, result, conditions, notes, forms = (
        _at_once(f, by, problem) if count_nodes(f) > LARGE else _step_by_step(f, by, problem, swept, typed)
    )
    found = Derivation(
        "derivative",
        problem=f,
        variables=by,
        asked=asked(f, by),
        sections=sections,
        result=result,
        conditions=conditions,
        notes=notes,
        forms=forms,
    )
    if not top:
        return found
    return problem.record(
        "derivative",
        asked=asked(problem.typed if not problem.entries else f, by),
        variables=by,
        sections=sections,
        result=result,
        parts=[found],
        forms=forms,
        facts=(value_fact(found, problem.point, problem.digits), *left_out([found], problem.point))
        if problem.point
        else (),
    )


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
    from calcml.at_point import value_at  # most derivatives are asked for without a point

    found = value_at(derivation, point, digits)
    if isinstance(found, tuple):
        entries = zip(found, derivation.result.args, strict=True)
        return vector_fact("value", [as_value(value, entry, point, digits) for value, entry in entries])
    return scalar_fact("value", as_value(found, derivation.result, point, digits))


Forms = Callable[[], tuple[Form, ...]]
Parts = tuple[tuple[Section, ...], Expr, tuple[Expr, ...], tuple[str, ...], Forms | tuple[()]]


def _step_by_step(
    f: Expr, by: tuple[Expr, ...], problem: Problem, swept: Expr | None = None, typed: Expr | None = None
) -> Parts:
    """Sections, result, conditions, notes and other forms of a derivative, every rule recorded."""
    taken, needed = differentiations(f, by, problem, swept, typed)
    sections: list[Section] = []
    for number, each in enumerate(taken, 1):
        steps = each.steps()
        sections.append(section_by(each.f, by, number, steps) if swept is None else _adjoint_section(each.x, steps))
        check_steps(steps, each.f, each.x, each.needed, problem.assuming)
    result = taken[-1].result
    conditions = conditions_of(f, by, needed, problem.assuming)
    notes = [note for x in dict.fromkeys(by) for note in conventions(f, conditions, x)]
    said = (*dict.fromkeys(notes), *definitions(f, result))
    return tuple(sections), result, conditions, said, partial(other_forms, f, by, result, conditions, problem.budget)


def _adjoint_section(x: Expr, steps: list[Step]) -> Section:
    return Section("Derivative by {x}", steps[0].focus_before, tuple(steps), bindings=(("x", x),))


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


def _at_once(f: Expr, by: tuple[Expr, ...], problem: Problem) -> Parts:
    """A derivative too large to be read: the raw result as one step a variable, checked as a whole at a few points."""
    known = problem.assuming.known
    needed = requirements(f, known, by[0])
    sections: list[Section] = []
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
                verifier = Verifier([f], x, problem.assuming.conditions, points_wanted=2)
                (step.check,) = verifier.derivatives([(f, after)])
            sections.append(Section("", step.focus_before, (step,)))
            f = after
    conditions = combined(needed, known) if len(needed) < 50 else tuple(dict.fromkeys(needed))
    return tuple(sections), f, conditions, (), ()
