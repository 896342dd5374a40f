"""Other ways to write a derivative: in terms of the function itself, σ' = σ(1 − σ)."""

from __future__ import annotations

from calcml.budget import Budget
from calcml.derivation import Form, Step
from calcml.differentiation import forward
from calcml.errors import InvariantError
from calcml.expr import ZERO, Call, Expr
from calcml.recognise import in_terms_of, recognise, sigmoid_steps
from calcml.simplification import simplify as readable
from calcml.traverse import topological
from calcml.verify import Verifier


def other_forms(
    f: Expr, by: tuple[Expr, ...], result: Expr, conditions: tuple[Expr, ...], budget: Budget
) -> tuple[Form, ...]:
    """The result in terms of functions that f only wrote out: σ' = σ(1 − σ) for 1/(1 + e^(-x))."""
    named = recognise(f, conditions)
    if named is f or not _is_confirmed(f, named, by[0], conditions):
        return _own_form(f, by[0], result, conditions) if len(by) == 1 else ()
    g = named
    for x in by:
        g = readable(forward(g, x), budget, pieces_of=named)
    if g is result:
        return ()
    u = next((node.args[0] for node in topological(named) if type(node) is Call and node.data == "sigmoid"), None)
    steps = sigmoid_steps(result, u, g) if u is not None else ()
    if not steps:
        written = ", ".join(
            str(node) for node in topological(named) if type(node) is Call and node not in topological(f)
        )
        steps = (
            Step(
                "rewrite",
                rule="name",
                title="Write it with the function itself",
                statement=f"with {written}",
                why="A known function was written out; its derivative in its own terms is shorter.",
                focus_before=result,
                focus_after=g,
                result=g,
            ),
        )
    verifier = Verifier([f], by[0], conditions)
    for step, check in zip(steps, verifier.equalities([(s.focus_before, s.focus_after) for s in steps]), strict=True):
        step.check = check
    return (Form("self", g, steps),)


def _own_form(f: Expr, x: Expr, result: Expr, conditions: tuple[Expr, ...]) -> tuple[Form, ...]:
    """The derivative as a multiple of the function itself, where that is short: p(1 - p)."""
    g = None if result is ZERO else in_terms_of(f, result, x)
    if g is None or g is result:
        return ()
    step = Step(
        "rewrite",
        rule="name",
        title="Write it with the function itself",
        statement="",
        why="The function occurs in its own derivative.",
        focus_before=result,
        focus_after=g,
        result=g,
    )
    step.check = Verifier([f], x, conditions).equalities([(result, g)])[0]
    return (Form("self", g, (step,)),)


def _is_confirmed(f: Expr, named: Expr, x: Expr, conditions: tuple[Expr, ...]) -> bool:
    """Whether a recognised form has the values of what it was recognised in; a guess that fails is dropped."""
    try:
        return all(check.holds for check in Verifier([f], x, conditions).equalities([(f, named)]))
    except InvariantError:
        return False
