"""Putting the parts of an operator together: the entries in place, a sum worked out, every line checked."""

from __future__ import annotations

from collections.abc import Sequence

from calcml.derivation import IN_OWN_TERMS, Bindings, Check, Derivation, Form, Section, Step
from calcml.expr import Expr
from calcml.heads import Matrix, Vector
from calcml.operators.problem import Problem
from calcml.readable import algebra_step, moves_under
from calcml.verify import Verifier


def put_in_place(asked: Expr, result: Expr, title: str = "Put the parts in place") -> Step:
    """The step from what an operator asks to the results of the sections above, each where it belongs."""
    return said_step(
        "collect-parts", title, asked, result, why="Every part was derived above.", reason="the parts are derived above"
    )


def said_step(
    rule: str,
    title: str,
    before: Expr,
    after: Expr,
    *,
    why: str = "",
    statement: str = "",
    reason: str = "",
    bindings: Bindings = (),
    kind: str = "rewrite",
    conditions: tuple[Expr, ...] = (),
) -> Step:
    """A step that follows from a definition or theorem, which `reason` names; without one, still to be checked."""
    return Step(
        kind,
        rule=rule,
        title=title,
        statement=statement,
        why=why,
        focus_before=before,
        focus_after=after,
        result=after,
        bindings=bindings,
        conditions=conditions,
        check=Check("proved", reason=reason) if reason else None,
    )


def worked_out(start: Expr, problem: Problem, conditions: Sequence[Expr] = ()) -> list[Step]:
    """The algebra from a scalar to its readable form, as steps; none where it has it already."""
    steps = [algebra_step(move) for move in moves_under(problem.assuming, start, problem.budget, problem.f)]
    check_equal(steps, problem, conditions)
    return steps


def entries_worked_out(start: Expr, problem: Problem, conditions: Sequence[Expr] = ()) -> list[Step]:
    """The algebra of all entries of a vector or matrix as one step; none where nothing changes."""
    simplified = [worked_out(entry, problem, conditions) for entry in entries(start)]
    if not any(simplified):
        return []
    ends = [steps[-1].result if steps else entry for steps, entry in zip(simplified, entries(start), strict=True)]
    checks = [step.check for steps in simplified for step in steps if step.check is not None]
    step = said_step(
        "simplify-entries", "Simplify each entry", start, arranged(ends, start.shape), kind="simplify",
        why="Every entry is brought to readable form by itself.",
    )  # fmt: skip
    step.check = min(checks, key=lambda check: (check.holds, check.points))
    return [step]


def check_equal(steps: Sequence[Step], problem: Problem, conditions: Sequence[Expr] = ()) -> None:
    """Check that each step's lines have the same values."""
    waiting = [step for step in steps if step.check is None]
    if waiting:
        pairs = [(step.focus_before, step.focus_after) for step in waiting]
        roots = [problem.f, *(before for before, _ in pairs)]
        verifier = Verifier(roots, problem.variables[0], [*problem.assuming.conditions, *conditions])
        for step, check in zip(waiting, verifier.equalities(pairs), strict=True):
            step.check = check


def entries(expr: Expr) -> list[Expr]:
    """The entries of a vector or matrix, row by row; a scalar is its own."""
    if type(expr) is Matrix:
        return [entry for row in expr.args for entry in row.args]
    return list(expr.args) if type(expr) is Vector else [expr]


def arranged(found: Sequence[Expr], shape: tuple[int | str, ...]) -> Expr:
    """A scalar, vector or matrix of entries given row by row."""
    if not shape:
        return found[0]
    if len(shape) == 1:
        return Vector(*found)
    width = int(shape[1])
    return Matrix(*[Vector(*found[i : i + width]) for i in range(0, len(found), width)])


def own_form(parts: Sequence[Derivation], shape: tuple[int | str, ...]) -> Form | None:
    """The result in terms of the function itself, from the parts that have such a form; None where none has."""
    own = [form for part in parts if (form := own_terms_of(part)) is not None]
    if not own:
        return None
    before = arranged([part.result for part in parts], shape)
    after = arranged([shown_result(part) for part in parts], shape)
    step = said_step(
        "name", "Write it with the function itself", before, after,
        why="A known function was written out; its derivative in its own terms is shorter.",
    )  # fmt: skip
    checks = [each.check for form in own for each in form.steps if each.check is not None]
    step.check = min(checks, key=lambda check: (check.holds, check.points))
    return Form("self", after, (step,))


def sections_of(parts: Sequence[Derivation], prefix: str = "") -> list[Section]:
    """The sections of several derivatives one after the other; `prefix` says what they are of (f1: …)."""
    found: list[Section] = []
    for part in parts:
        for section in part.sections:
            title = section.title
            if prefix:
                title = f"{prefix}: {title[:1].lower()}{title[1:]}" if title else prefix
            found.append(
                Section(
                    title,
                    section.start,
                    section.steps,
                    bindings=section.bindings,
                    shows_start=section.shows_start,
                    table=section.table,
                )
            )
        own = own_terms_of(part)
        if own is not None:
            found.append(Section(IN_OWN_TERMS, part.result, own.steps, shows_start=False))
    return found


def own_terms_of(part: Derivation) -> Form | None:
    """The form of a derivative in terms of the function itself, if it has one."""
    return next((form for form in part.forms if form.name == "self"), None)


def shown_result(part: Derivation) -> Expr:
    """The result to go on with: in terms of the function itself where it has such a form."""
    own = own_terms_of(part)
    return part.result if own is None else own.expr
