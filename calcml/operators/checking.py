"""The steps of a derivative checked by values, at points they share."""

from __future__ import annotations

from collections.abc import Sequence

from calcml.assumptions import Assumptions
from calcml.binding import free_symbols, substitute
from calcml.derivation import Check, Step
from calcml.expr import ZERO, Expr, Symbol, make
from calcml.operators.problem import Problem
from calcml.verify import POINTS, Verifier

STEP_LIMIT = 2000  # nodes; a larger derivation is not recorded node by node but checked as a whole


def check_steps(steps: list[Step], f: Expr, x: Expr, needed: Sequence[Expr], assuming: Assumptions) -> None:
    """Check all steps of one order at shared points."""
    tree: list[Step] = []
    seen: set[int] = set()
    stack = [step for step in steps if step.check is None]
    while stack:
        step = stack.pop()
        if id(step) not in seen:
            seen.add(id(step))
            tree.append(step)
            stack.extend(step.children)
    slopes = [step for step in tree if step.kind == "diff"]
    if len(slopes) > STEP_LIMIT:
        slopes = [step for step in slopes if step.focus_before.args[0] is f]
    verifier = Verifier([f], x, [*assuming.conditions, *needed])
    inside = [step for step in slopes if not free_symbols(step.focus_before.args[0]) <= set(verifier.variables)]
    if inside:  # under a sum, whose index is a variable of its own there
        slopes = [step for step in slopes if step not in inside]
        bodies = [step.focus_before.args[0] for step in inside]
        for step, check in zip(
            inside, Verifier(bodies, x).derivatives([(s.focus_before.args[0], s.result) for s in inside]), strict=True
        ):
            step.check = check
    algebra = [step for step in tree if step.kind != "diff"]
    checks = verifier.checks(
        [(step.focus_before.args[0], step.result) for step in slopes],
        [(step.focus_before, step.focus_after) for step in algebra],
    )
    for kind, found in zip((slopes, algebra), checks, strict=True):
        for step, check in zip(kind, found, strict=True):
            step.check = check


def along_a_line(problem: Problem, f: Expr, v: Expr, slope: Expr, points_wanted: int = POINTS) -> Check:
    """A check by values: the slope of f(x + t·v) in t is what was said, at random points and steps t."""
    t = make(Symbol, "t along the line", ())  # a name nobody can type
    moved = {x: x + t * entry for x, entry in zip(problem.variables, v.args, strict=True) if entry is not ZERO}
    claim = (substitute(f, moved), substitute(slope, moved))
    verifier = Verifier([claim[0]], t, problem.assuming.conditions, points_wanted=points_wanted)
    return verifier.derivatives([claim])[0]
