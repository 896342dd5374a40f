"""`simplify`: the readable form, or one asked for by name, held against what was typed before it is handed out.

The line found must have the values and the domain of what was typed (`calcml.agreement`). Where it has not, the line
before it is tried, back to what was typed, and the result says what was left out. A form asked for by name that fails
its check is refused: there is nothing to put in its place.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

from calcml.agreement import agreement
from calcml.algebra.rules import BY_FORM
from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import free_symbols
from calcml.budget import DEFAULT, Budget
from calcml.derivation import Check, Step
from calcml.domains import require_numbers, requirements
from calcml.errors import UnverifiedWarning
from calcml.expr import And, Expr, Piecewise, Symbol, make
from calcml.forms import in_form
from calcml.lines import Move
from calcml.readable import algebra_step, lost_conditions, moves_under, under
from calcml.verify import Verifier


class Simplified(NamedTuple):
    """What came of simplifying.

    line: the form, without the conditions that were lost on the way to it. lost: those. moves: the rewritings that lead
    there. check: of the line with its conditions against what was typed. left_out: what was wrong with a rewriting that
    is not in it, or "".
    """

    line: Expr
    lost: tuple[Expr, ...]
    moves: tuple[Move, ...]
    check: Check
    left_out: str = ""

    @property
    def result(self) -> Expr:
        """The line, with the conditions that were lost as a case."""
        return with_conditions(self.line, self.lost)

    @property
    def reservation(self) -> str:
        """What a reader has to be told: a rewriting was left out, or the result could not be checked; else ""."""
        if self.left_out:
            return f"{self.left_out}; this is a bug in calcml, please report the input"
        return "" if self.check.holds else f"the result could not be checked: {self.check.reason}"


def with_conditions(line: Expr, conditions: tuple[Expr, ...]) -> Expr:
    """The line where the conditions hold."""
    if not conditions:
        return line
    return Piecewise((line, conditions[0] if len(conditions) == 1 else make(And, None, conditions)))


def simplify(
    f: Expr, form: str = "auto", assuming: Assumptions = NOTHING, budget: Budget = DEFAULT, x: Expr | None = None
) -> Expr:
    """The expression in readable form, or the form asked for, with the value and the domain of `f`, checked by values.

    form: auto, expanded, factored, collected, together, cancelled or apart. x: the variable that `collected` and
    `apart` are about; the only one, if there is one. Where the result is defined at more points than `f`, the
    conditions that were lost stay with it as a case, unless `assuming` settles them. UnverifiedWarning where no points
    were found to check it at.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> simplify(2*x + 3*x), simplify(x/x), simplify((x + 1)**2, form="expanded")
    (5*x, {1: x != 0}, x^2 + 2*x + 1)
    """
    found = simplified(f, form, assuming, budget, x)
    if found.reservation:
        warnings.warn(found.reservation, UnverifiedWarning, stacklevel=2)
    return found.result


def simplified(
    f: Expr, form: str = "auto", assuming: Assumptions = NOTHING, budget: Budget = DEFAULT, x: Expr | None = None
) -> Simplified:
    """What `simplify` returns, with the way to it and its check.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> simplified(x/x).check, simplified(x/x).lost
    (checked at 8 points to 9 digits, (x != 0,))
    """
    require_numbers(f)
    if form == "auto":
        moves = moves_under(assuming, f, budget, f)
    else:
        line = in_form(under(assuming, f), form, x)
        moves = [] if line is f else [Move(BY_FORM[form], f, line)]
    left_out = ""
    while True:
        line = moves[-1].after if moves else f
        lost = lost_conditions(f, line, assuming)
        check = agreement(f, with_conditions(line, lost), assuming.conditions)
        if check.status != "failed":
            return Simplified(line, lost, tuple(moves), check, left_out)
        wrong = moves.pop()
        left_out = f"a rewriting ({wrong.rule.name}) failed its check and was left out: {check.reason}"


def simplification_steps(f: Expr, found: Simplified, assuming: Assumptions = NOTHING) -> tuple[Step, ...]:
    """How a simplified line comes about: rewritings as steps, each checked like the steps of a derivative."""
    steps = tuple(map(algebra_step, found.moves))
    symbols = sorted(free_symbols(f), key=lambda symbol: symbol.data)
    if steps and not f.shape:
        verifier = Verifier([f], symbols[0] if symbols else Symbol("x"), [*assuming.conditions, *requirements(f)])
        pairs = [(step.focus_before, step.focus_after) for step in steps]
        for step, check in zip(steps, verifier.equalities(pairs), strict=True):
            step.check = check
    return steps
