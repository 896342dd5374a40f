"""The derivative of a scalar expression by one variable: derive, diff.

The derivation is the computation. `forward` applies the rules and is recorded; the algebra brings the last line to
readable form; every step is checked by values; `diff` is the result of `derive`.
"""

from __future__ import annotations

from itertools import pairwise

from calcml.assumptions import NOTHING, Assumptions
from calcml.budget import DEFAULT, Budget
from calcml.conditions import combined
from calcml.derivation import Check, Derivation, Section, Step
from calcml.differentiation import CONDITIONS, Application, differentiate, forward, require_variable, resolve
from calcml.domains import opened, require_some_domain, requirements
from calcml.entries import written_out
from calcml.errors import DomainError, InputError, ShapeError
from calcml.expr import FALSE, Expr, rational
from calcml.heads import Derivative
from calcml.operators.checking import check_steps
from calcml.operators.conventions import conventions, definitions, kink_conditions
from calcml.operators.own_terms import other_forms
from calcml.readable import algebra_step, moves_under
from calcml.recording import differentiation_step
from calcml.traverse import count_nodes
from calcml.verify import Verifier

LARGE = 3000  # nodes of a function; the derivative of a larger one is not searched for its best form


def diff(f: Expr, x: Expr, order: int = 1, assuming: Assumptions = NOTHING, budget: Budget = DEFAULT) -> Expr:
    """The derivative in readable form, every step checked: the result of `derive`.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> diff((3*x + 1)**5, x)
    15*(3*x + 1)^4
    """
    return derive(f, x, order, assuming, budget).result


def derive(f: Expr, x: Expr, order: int = 1, assuming: Assumptions = NOTHING, budget: Budget = DEFAULT) -> Derivation:
    """The derivative of a scalar expression by a symbol, with its steps, conditions and other forms.

    Errors: NoRuleError where no rule applies, InvariantError if a step fails its check (our bug).

    >>> from calcml.expr import symbols, Call
    >>> x = symbols("x")
    >>> derivation = derive(1/(1 + Call("exp", -x)), x)
    >>> derivation.result, [form.expr for form in derivation.forms]
    (exp(-x)/(1 + exp(-x))^2, [sigmoid(x)*(1 - sigmoid(x))])
    """
    require_variable(x)
    if order < 1:
        raise InputError(f"the order of a derivative is 1 or more, not {order}")
    problem = f
    f = resolve(f)
    if type(f) in CONDITIONS:
        raise InputError("a condition has no derivative", hint="differentiate one of its sides")
    if len(f.shape) > 1:
        raise ShapeError(f"a scalar is expected, and {f!r} has shape {f.shape}")
    f = written_out(f)
    typed = f
    require_some_domain(f)
    sections: list[Section] = []
    needed: list[Expr] = list(requirements(f, assuming.known, x))
    if count_nodes(f) > LARGE:
        return _derive_large(problem, f, x, order, assuming)
    for number in range(1, order + 1):
        record: list[Application] = []
        raw = forward(f, x, record)
        taken = differentiation_step(f, x, record, raw)
        moves = moves_under(assuming, raw, budget, typed)
        steps = [taken, *map(algebra_step, moves)]
        sections.append(Section(ordinal(number) if order > 1 else "", taken.focus_before, tuple(steps)))
        simplified = moves[-1].after if moves else raw
        needed += kink_conditions(f, raw, simplified, x, assuming)
        check_steps(steps, f, x, needed, assuming)
        f = simplified
    conditions = combined([*needed, *requirements(f, assuming.known, x)], assuming.known)
    conditions = combined([opened(condition, x) for condition in conditions], assuming.known)
    if FALSE in conditions or FALSE in combined([*conditions, *assuming.conditions]):
        raise DomainError(
            "there is no real value for which this has a derivative", hint="its conditions exclude each other"
        )
    return Derivation(
        "derivative",
        problem=problem,
        variables=(x,) * order,
        asked=asked(problem, x, order),
        sections=tuple(sections),
        result=f,
        conditions=conditions,
        notes=(*conventions(typed, conditions, x), *definitions(typed, f)),
        forms=other_forms(typed, x, order, f, conditions, budget),
    )


def ordinal(number: int) -> str:
    """The heading over the steps of one order: First derivative, Second derivative."""
    return f"{_ORDINALS.get(number, f'{number}th')} derivative"


_ORDINALS = {1: "First", 2: "Second", 3: "Third"}


def asked(f: Expr, x: Expr, order: int) -> Expr:
    """The derivative of some order, still to be taken."""
    return Derivative(f, x) if order == 1 else Derivative(f, x, rational(order))


def _derive_large(problem: Expr, f: Expr, x: Expr, order: int, assuming: Assumptions) -> Derivation:
    """A derivative too large to be read: the raw result as one step, checked as a whole at a few points."""
    orders = [f, *(differentiate(f, x, k) for k in (1, order) if k <= order)]
    if order == 1:
        orders.pop()
    steps = []
    for k, (before, after) in enumerate(pairwise(orders)):
        focus = asked(before, x, 1 if k == 0 else order - 1)
        step = Step(
            "diff",
            rule="rules",
            title="All rules at once",
            statement="",
            why="The expression is too large for its steps to be read.",
            focus_before=focus,
            focus_after=after,
            result=after,
            check=Check("unverified", reason="the expression is too large"),
        )
        if k == 0 or order == 2:
            (step.check,) = Verifier([before], x, assuming.conditions, points_wanted=2).derivatives([(before, after)])
        steps.append(step)
    needed = requirements(f, assuming.known, x)
    return Derivation(
        "derivative",
        problem=problem,
        variables=(x,) * order,
        asked=asked(problem, x, order),
        sections=tuple([Section("", step.focus_before, (step,)) for step in steps]),
        result=orders[-1],
        conditions=combined(needed, assuming.known) if len(needed) < 50 else tuple(dict.fromkeys(needed)),
    )
