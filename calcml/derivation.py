"""Derivations as data: what was done, to what, by which rule, under which conditions, and how it was checked.

A derivation is the computation, written down, whatever the operator: a derivative, a gradient, a limit, a series. It is
made of sections, a section of steps: the rules that were applied, in the order a person reads them, and then the
algebra; its last line is the answer. Renderers (`render.steps`) are pure functions of it. Nothing here computes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

from calcml.errors import UnverifiedWarning
from calcml.expr import Expr
from calcml.traverse import tree_size

LEVELS = ("outline", "standard", "full")
Bindings = tuple[tuple[str, Expr], ...]


class Check:
    """How a step was verified.

    status: "proved" (with `reason`), "checked" (at `points` points to `digits` digits; `error` is the largest relative
    difference met), "unverified" (with `reason`) or "failed".
    """

    __slots__ = ("digits", "error", "points", "reason", "status")

    def __init__(self, status: str, *, points: int = 0, digits: int = 0, error: float = 0.0, reason: str = "") -> None:
        self.status = status
        self.points = points
        self.digits = digits
        self.error = error
        self.reason = reason

    @property
    def holds(self) -> bool:
        """Whether the step was proved or checked."""
        return self.status in ("proved", "checked")

    def __str__(self) -> str:
        if self.status == "checked":
            return f"checked at {self.points} points to {self.digits} digits"
        return f"{self.status}: {self.reason}" if self.reason else self.status

    __repr__ = __str__


def warn_unverified(check: Check, stacklevel: int = 3) -> None:
    """UnverifiedWarning where a check could not be made, for a function that returns a result alone."""
    if not check.holds:
        warnings.warn(f"the result could not be checked: {check.reason}", UnverifiedWarning, stacklevel=stacklevel)


SHORT = 12  # nodes; what is longer does not stand in a title


class Step:
    """One step.

    kind            diff, simplify, rewrite, substitute …
    rule, title     the rule's name and how it is announced; `statement` in calcml's notation; `why` in words
    focus_before    the part that changes, and `focus_after` what it becomes (with derivatives still to be taken in it)
    result          the focus when its children are done
    bindings        what the letters of the statement and of the title stand for: (("u", expr), ...)
    conditions      what this step needs beyond its focus
    level           the coarsest level of detail at which it is shown by itself
    children        the steps for the derivatives standing in `focus_after`
    check           how it was verified; None until it is
    """

    __slots__ = (
        "bindings",
        "check",
        "children",
        "conditions",
        "focus_after",
        "focus_before",
        "kind",
        "level",
        "result",
        "rule",
        "statement",
        "title",
        "why",
    )

    def __init__(
        self,
        kind: str,
        *,
        rule: str,
        title: str,
        statement: str,
        why: str,
        focus_before: Expr,
        focus_after: Expr,
        result: Expr,
        bindings: Bindings = (),
        conditions: tuple[Expr, ...] = (),
        level: str = "standard",
        children: tuple[Step, ...] = (),
        check: Check | None = None,
    ) -> None:
        self.kind = kind
        self.rule = rule
        self.title = title
        self.statement = statement
        self.why = why
        self.focus_before = focus_before
        self.focus_after = focus_after
        self.result = result
        self.bindings = bindings
        self.conditions = conditions
        self.level = level
        self.children = children
        self.check = check

    def announced(self, show: Callable[[Expr], str]) -> str:
        """The title with its letters filled in: `Factor out {u}` as `Factor out x*e^x`."""
        return _filled(self.title, self.bindings, show)

    def __repr__(self) -> str:
        return f"<{self.announced(repr)}: {self.focus_before!r} -> {self.focus_after!r}>"


def _filled(title: str, bindings: Bindings, show: Callable[[Expr], str]) -> str:
    for name, value in bindings:
        if f"{{{name}}}" in title:
            said = show(value) if tree_size(value) <= SHORT else "a common factor"
            title = title.replace(f"{{{name}}}", said)
    return title


class Words:
    """Words with expressions in them, as a cell of a table: letters in braces, and what they stand for."""

    __slots__ = ("bindings", "text")

    def __init__(self, text: str, bindings: Bindings = ()) -> None:
        self.text = text
        self.bindings = bindings

    def announced(self, show: Callable[[Expr], str]) -> str:
        """The words with their letters filled in.

        >>> from calcml.expr import Number
        >>> Words("f'' = {v} > 0", (("v", Number(2)),)).announced(str)
        "f'' = 2 > 0"
        """
        text = self.text
        for letter, value in self.bindings:
            text = text.replace(f"{{{letter}}}", show(value))
        return text

    def __repr__(self) -> str:
        return self.announced(str)


Cell = Expr | str | Words


class Table:
    """Rows that belong to a derivation: the derivatives of all orders at a point, the nodes of backpropagation.

    header: what the columns are, in words. rows: of expressions and words. is_result: whether it is shown with the
    result too, and not with the steps alone.
    """

    __slots__ = ("header", "is_result", "rows", "title")

    def __init__(
        self, title: str, header: tuple[str, ...], rows: tuple[tuple[Cell, ...], ...], *, is_result: bool = False
    ) -> None:
        self.title = title
        self.header = header
        self.rows = rows
        self.is_result = is_result

    def __repr__(self) -> str:
        return f"<{self.title}: {len(self.rows)} rows>"


class Section:
    """A stretch of a derivation under one heading: `∂f/∂x: hold y constant`, `Second derivative`.

    title: its heading, with letters as in a step's title; empty where there is only one. start: what its first line
    is equal to. shows_start: whether `start` is printed; a section that goes on from the one before does not repeat it.
    table: what is shown in rows and columns above the steps, if anything.
    """

    __slots__ = ("bindings", "shows_start", "start", "steps", "table", "title")

    def __init__(
        self,
        title: str,
        start: Expr,
        steps: tuple[Step, ...],
        *,
        bindings: Bindings = (),
        shows_start: bool = True,
        table: Table | None = None,
    ) -> None:
        self.title = title
        self.bindings = bindings
        self.start = start
        self.steps = steps
        self.shows_start = shows_start
        self.table = table

    @property
    def result(self) -> Expr:
        """What the last step ends in."""
        return self.steps[-1].result if self.steps else self.start

    def announced(self, show: Callable[[Expr], str]) -> str:
        """The heading with its letters filled in."""
        return _filled(self.title, self.bindings, show)

    def __repr__(self) -> str:
        return f"<{self.announced(repr)}: {self.start!r} -> {self.result!r}>"


BESIDE_THE_FORMULA = "at the point"  # the fact that the value there is not that of the result


class Fact:
    """Something to know about a result, with a name: the norm of a gradient, the eigenvalues of a Hessian.

    value: an exact expression, or None. decimal: its value in decimals, empty where the exact one is plain enough.
    text: what is said in words (`positive definite`), empty where there is a value. The fact `value` is the value of
    the result at the derivation's point. bindings: letters in name and text, as in a step's title.
    """

    __slots__ = ("bindings", "decimal", "name", "text", "value")

    def __init__(
        self, name: str, value: Expr | None = None, *, decimal: str = "", text: str = "", bindings: Bindings = ()
    ) -> None:
        self.name = name
        self.value = value
        self.decimal = decimal
        self.text = text
        self.bindings = bindings

    def announced(self, show: Callable[[Expr], str]) -> tuple[str, str]:
        """Its name and text with their letters filled in."""
        name, text = self.name, self.text
        for letter, value in self.bindings:
            if f"{{{letter}}}" in name + text:
                said = show(value)
                name, text = name.replace(f"{{{letter}}}", said), text.replace(f"{{{letter}}}", said)
        return name, text

    def __repr__(self) -> str:
        shown = self.text or (repr(self.value) if self.value is not None else self.decimal)
        return f"<{self.name}: {shown}>"


IN_OWN_TERMS = "In terms of the function itself"


class Form:
    """Another way to write the result: its name (`self`, `factored` …), the expression, and how it was proved."""

    __slots__ = ("expr", "name", "steps")

    @property
    def title(self) -> str:
        """The heading over its steps."""
        return IN_OWN_TERMS if self.name == "self" else f"{self.name[:1].upper()}{self.name[1:]}"

    def __init__(self, name: str, expr: Expr, steps: tuple[Step, ...] = ()) -> None:
        self.name = name
        self.expr = expr
        self.steps = steps


class Derivation:
    """A problem, the steps that solve it, and the result.

    what        the operator's name: derivative, gradient, hessian, limit …
    problem     what it was applied to: an expression, a vector of them, an equation
    variables   those it is about: for a derivative in the order in which they are differentiated by, (x, x) for d²/dx²
    asked       the problem as one expression with the operator still to be carried out: diff(f, x), [diff(f, x), …]
    label       how the result is called where `asked` is too long: ∇f, H, J; empty: `asked` is short
    sections    the steps in reading order, under headings
    result      what they end in, and what the operator's plain function returns; a scalar, vector or matrix
    layout      how the entries of a vector or matrix are arranged, in words
    conditions  where the result holds
    notes       conventions that a reader should know (kinks)
    forms       other recognised ways to write the result, looked for when they are asked for
    point       the values of the variables asked about, ((x, 1), ...); () where no point was
    facts       what else is known: the value at the point, a norm, eigenvalues
    tables      rows shown below the steps
    """

    __slots__ = (
        "_forms",
        "asked",
        "conditions",
        "facts",
        "label",
        "layout",
        "notes",
        "point",
        "problem",
        "result",
        "sections",
        "tables",
        "variables",
        "what",
    )

    def __init__(
        self,
        what: str,
        *,
        problem: Expr,
        variables: tuple[Expr, ...],
        asked: Expr,
        sections: tuple[Section, ...],
        result: Expr,
        label: str = "",
        layout: str = "",
        conditions: tuple[Expr, ...] = (),
        notes: tuple[str, ...] = (),
        forms: tuple[Form, ...] | Callable[[], tuple[Form, ...]] = (),
        point: tuple[tuple[Expr, Expr], ...] = (),
        facts: tuple[Fact, ...] = (),
        tables: tuple[Table, ...] = (),
    ) -> None:
        self.what = what
        self.problem = problem
        self.variables = variables
        self.asked = asked
        self.label = label
        self.sections = sections
        self.result = result
        self.layout = layout
        self.conditions = conditions
        self.notes = notes
        self._forms = forms
        self.point = point
        self.facts = facts
        self.tables = tables

    @property
    def forms(self) -> tuple[Form, ...]:
        """Other recognised ways to write the result, each with the steps that prove it."""
        if callable(self._forms):
            self._forms = self._forms()
        return self._forms

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of all sections, one after another."""
        return tuple([step for section in self.sections for step in section.steps])

    @property
    def variable(self) -> Expr:
        """The first variable: of a derivative in one variable, the one."""
        return self.variables[0]

    @property
    def order(self) -> int:
        """Of a derivative, how often it differentiates."""
        return len(self.variables)

    @property
    def raw(self) -> Expr:
        """The line that the rules alone lead to, before any algebra."""
        return next((step.result for step in reversed(self.steps) if step.kind == "diff"), self.result)

    def fact(self, name: str) -> Fact | None:
        """The fact of that name, if there is one."""
        return next((fact for fact in self.facts if fact.name == name), None)

    def verify(self) -> Check:
        """The weakest check of all steps; an unverified step shows here."""
        weakest = Check("proved", reason="every step is proved")
        for step in self.all_steps():
            check = step.check or Check("unverified", reason="not checked")
            if _RANK[check.status] > _RANK[weakest.status] or (
                check.status == weakest.status == "checked" and check.points < weakest.points
            ):
                weakest = check
        return weakest

    def warned(self) -> Derivation:
        """Itself, for the functions that return its result alone: UnverifiedWarning where a step is not checked."""
        warn_unverified(self.verify(), stacklevel=4)
        return self

    def all_steps(self) -> Iterator[Step]:
        """Every step once, parents first."""
        seen: set[int] = set()
        stack = list(reversed(self.steps))
        while stack:
            step = stack.pop()
            if id(step) not in seen:
                seen.add(id(step))
                yield step
                stack.extend(reversed(step.children))

    def steps_in_order(self) -> list[Step]:
        """Every step once, those of the forms included, each after the steps it is made of."""
        found: dict[int, Step] = {}
        roots = [*self.steps, *(step for form in self.forms for step in form.steps)]
        stack = [(step, False) for step in reversed(roots)]
        while stack:
            step, expanded = stack.pop()
            if id(step) in found:
                continue
            if expanded:
                found[id(step)] = step
            else:
                stack.append((step, True))
                stack += [(child, False) for child in reversed(step.children)]
        return list(found.values())

    def to_text(self, level: str = "standard") -> str:
        """The derivation as plain text."""
        return self._render("text", level)

    def to_unicode(self, level: str = "standard") -> str:
        """The derivation in Unicode, as the terminal shows it."""
        return self._render("unicode", level)

    def to_latex(self, level: str = "standard") -> str:
        """The derivation as a LaTeX align* environment."""
        return self._render("latex", level)

    def to_markdown(self, level: str = "standard") -> str:
        """The derivation as Markdown with LaTeX formulas."""
        return self._render("markdown", level)

    def to_html(self, level: str = "standard") -> str:
        """The derivation as an HTML fragment with MathML."""
        return self._render("html", level)

    def to_json(self) -> str:
        """The derivation as data: one node table, and steps that refer to it by number."""
        from calcml.derivation_json import derivation_to_json

        return derivation_to_json(self)

    def _render(self, form: str, level: str) -> str:
        from calcml.render.steps import render

        return render(self, form, level)

    def __str__(self) -> str:
        return self.to_unicode()

    def __repr__(self) -> str:
        by = ", ".join(map(repr, self.variables))
        return f"<{self.what} of {self.problem!r} by {by}: {self.result!r}>"

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": self.to_unicode(), "text/html": self.to_html()}


_RANK = {"proved": 0, "checked": 1, "unverified": 2, "failed": 3}
