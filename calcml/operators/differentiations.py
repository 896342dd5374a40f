"""What a derivative by one variable, or by several one after the other, is made of; the steps are written from it.

`derive` records the steps and checks each of them, `diff` checks the result: both stand on the same computation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from calcml.assumptions import Assumptions
from calcml.budget import Deadline
from calcml.conditions import combined, is_composite
from calcml.derivation import Step
from calcml.differentiation import Application, forward
from calcml.domains import opened, requirements
from calcml.errors import DeadlineError, DomainError, NoRuleError
from calcml.expr import FALSE, Expr
from calcml.heads import Derivative
from calcml.lines import Move
from calcml.operators.conventions import fractions_cleared, kink_conditions
from calcml.operators.problem import Problem
from calcml.readable import algebra_step, moves_under
from calcml.recording import differentiation_step

MANY = 60  # conditions, beyond which they are said as they came


class Differentiation(NamedTuple):
    """One differentiation of `f` by `x`: what the rules alone lead to, and the algebra to the line that is shown.

    record: the rules in the order in which they were applied; None where a sweep has found `raw`.
    """

    f: Expr
    x: Expr
    record: list[Application] | None
    raw: Expr
    moves: list[Move]
    needed: list[Expr]  # what has to hold for it, and for those before it

    @property
    def result(self) -> Expr:
        """The last line."""
        return self.moves[-1].after if self.moves else self.raw

    def steps(self) -> list[Step]:
        """The steps, not yet checked."""
        if self.record is None:
            return [_sweep_step(self.f, self.x, self.raw), *map(algebra_step, self.moves)]
        return [differentiation_step(self.f, self.x, self.record, self.raw), *map(algebra_step, self.moves)]


def differentiations(
    f: Expr, by: tuple[Expr, ...], problem: Problem, swept: Expr | None = None, typed: Expr | None = None
) -> tuple[list[Differentiation], list[Expr]]:
    """The differentiations by these variables one after the other, and all that has to hold for them.

    typed: the expression whose pieces are kept as they were written, if that is not `f`.
    """
    typed, assuming = typed or f, problem.assuming
    variables = tuple(dict.fromkeys(by))
    needed = [condition for x in variables for condition in requirements(f, assuming.known, x)]
    taken: list[Differentiation] = []
    deadline = Deadline(problem.budget.seconds)
    for x in by:
        if taken and deadline.passed():
            raise DeadlineError(
                f"order {len(by)} is too much for the {problem.budget.seconds:g} s that one call may take: "
                f"{len(taken)} were reached",
                hint="cm.differentiate(f, x, order) does not simplify; Budget(seconds=...) allows more",
            )
        record: list[Application] | None = [] if swept is None else None
        raw = forward(f, x, record) if swept is None else swept
        moves = moves_under(assuming, raw, problem.budget, typed)
        simplified = moves[-1].after if moves else raw
        needed = [*needed, *kink_conditions(f, raw, simplified, x, assuming)]
        taken.append(Differentiation(f, x, record, raw, moves, needed))
        f = simplified
    return taken, [*needed, *(condition for x in variables for condition in requirements(f, assuming.known, x))]


def conditions_of(f: Expr, by: tuple[Expr, ...], needed: Sequence[Expr], assuming: Assumptions) -> tuple[Expr, ...]:
    """Where a derivative of `f` holds, in the fewest words. DomainError or NoRuleError where it never does."""
    conditions = combined(needed, assuming.known)
    for x in dict.fromkeys(by):
        inner = tuple([opened(condition, x) for condition in conditions])
        if inner != conditions:
            conditions = combined(inner, assuming.known)
    if len(conditions) <= MANY and FALSE not in conditions and any(map(is_composite, conditions)):
        conditions = fractions_cleared(conditions, assuming.known)
    if len(conditions) <= MANY and FALSE not in conditions and any(map(is_composite, conditions)):
        from calcml.regions.extents import solved_for_one

        # What the rules ask is enough, and may be too much: acsc(hardtanh(x)) is constant where its rule divides by 0.
        conditions = solved_for_one(conditions)
        if FALSE in conditions:
            raise NoRuleError(
                f"the rules find no derivative of {f!r}: what they ask for holds nowhere",
                hint="where it is constant, write that as a case of its own",
            )
    if FALSE in conditions or (assuming.conditions and FALSE in combined([*conditions, *assuming.conditions])):
        raise DomainError(
            "there is no real value for which this has a derivative", hint="its conditions exclude each other"
        )
    return conditions


def _sweep_step(f: Expr, x: Expr, adjoint: Expr) -> Step:
    return Step(
        "diff",
        rule="reverse",
        title="Adjoint of {x}",
        statement="",
        why="The adjoints of the nodes that use it, times their local derivatives by it, added.",
        focus_before=Derivative(f, x),
        focus_after=adjoint,
        result=adjoint,
        bindings=(("x", x),),
    )
