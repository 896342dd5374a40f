"""The steps of a derivative checked by values, at points they share."""

from __future__ import annotations

from collections.abc import Sequence

from calcml import build
from calcml.assumptions import Assumptions
from calcml.binding import free_symbols, substitute
from calcml.cases import has_cases
from calcml.derivation import Check, Step
from calcml.domains import kinks, requirements
from calcml.evaluation import Program
from calcml.expr import ZERO, Expr, Symbol, as_expr, make
from calcml.heads import Vector
from calcml.operators.problem import Problem
from calcml.sampling import points
from calcml.verify import POINTS, STENCIL, Verifier, slope_agrees

STEP_LIMIT = 2000  # nodes; a larger derivation is not recorded node by node but checked as a whole


def check_steps(steps: list[Step], f: Expr, x: Expr, needed: Sequence[Expr], assuming: Assumptions) -> None:
    """Check all steps of one order at shared points where `needed` holds.

    A formula by cases is due wherever f is defined and has no kink, whatever `needed` says of its own cases.
    """
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
    verifier = _verifier(f, x, [step.result for step in slopes], needed, assuming)
    known = set(verifier.variables)
    if not free_symbols(*(step.focus_before.args[0] for step in slopes)) <= known:
        # Under a sum, whose index is a variable of its own there.
        inside = [step for step in slopes if not free_symbols(step.focus_before.args[0]) <= known]
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


def check_result(f: Expr, x: Expr, result: Expr, needed: Sequence[Expr], assuming: Assumptions) -> Check:
    """The check that a derivative is the slope of the function, at points where `needed` holds."""
    return _verifier(f, x, [result], needed, assuming).derivatives([(f, result)])[0]


def _verifier(f: Expr, x: Expr, results: Sequence[Expr], needed: Sequence[Expr], assuming: Assumptions) -> Verifier:
    firm: list[Expr] | None = None
    if has_cases(*results):
        firm = [*assuming.conditions, *requirements(f, assuming.known, x), *(condition for condition, _ in kinks(f, x))]
    return Verifier([f], x, [*assuming.conditions, *needed], firm=firm)


def along_a_line(problem: Problem, f: Expr, v: Expr, slope: Expr, points_wanted: int = POINTS) -> Check:
    """A check by values: the slope of f(x + t·v) in t is what was said, at random points and steps t."""
    t = make(Symbol, "t along the line", ())  # a name nobody can type
    moved = {x: x + t * entry for x, entry in zip(problem.variables, v.args, strict=True) if entry is not ZERO}
    claim = (substitute(f, moved), substitute(slope, moved))
    verifier = Verifier(claim, t, problem.assuming.conditions, points_wanted=points_wanted)
    return verifier.derivatives([claim])[0]


def sweep_check(problem: Problem, entries: Sequence[Expr], points_wanted: int = 2) -> Check:
    """A check of a whole gradient at once: how fast f changes along a line, against gradient times direction.

    For expressions of any size: f and the gradient are each written down as one program, and nothing is built anew.
    What float64 leaves undecided is decided with more digits, on f along the line.
    """
    variables = list(problem.variables)
    others = sorted(free_symbols(problem.f, *entries) - set(variables), key=lambda symbol: symbol.data)
    symbols: list[Expr] = [*variables, *others]
    weights = [(1 + i % 7) / (4 + i % 5) for i in range(len(variables))]
    function, gradient = Program([problem.f], symbols), Program(entries, symbols)
    conditions = Program(problem.assuming.conditions, symbols) if problem.assuming.conditions else None
    passed, worst = 0, 0.0
    for tries, point in enumerate(points(symbols, problem.assuming.conditions)):
        if passed >= points_wanted or tries >= MOST_TRIES:
            break
        if conditions is not None and False in conditions.run(point):
            continue
        slope = sum(w * g for w, g in zip(weights, gradient.run(point), strict=True))
        around = [
            [x + k * _STEP / 4 * w for x, w in zip(point, weights, strict=False)] + point[len(weights) :]
            for k in STENCIL
        ]
        verdict = slope_agrees(slope, _STEP, function.columns(around)[function.roots[0]])
        if verdict is not None and verdict[0]:
            passed, worst = passed + 1, max(worst, verdict[1])
        elif verdict is not None and verdict[0] is False:
            v = Vector(*map(as_expr, weights))
            return along_a_line(problem, problem.f, v, _times(v, entries), points_wanted)
    if not passed:
        return Check("unverified", reason="no point was found where values can decide")
    return Check("checked", points=passed, digits=9, error=worst)


MOST_TRIES = 12
_STEP = 2.0**-8


def _times(v: Expr, entries: Sequence[Expr]) -> Expr:
    return build.add_all([build.mul(w, entry) for w, entry in zip(v.args, entries, strict=True)])
