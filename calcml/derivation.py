"""Derivations as data: what was done, to what, by which rule, under which conditions, and how it was checked.

A derivation is the computation, written down. Its steps are the rule applications the differentiator made, in the
order a person reads them, and then the algebra; its last line is the answer. Renderers (`render.steps`) are pure
functions of it. Nothing here computes a derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from calcml.expr import Expr
from calcml.traverse import tree_size

LEVELS = ("outline", "standard", "full")


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


SHORT = 12  # nodes; what is longer does not stand in a title


class Step:
    """One step.

    kind            diff, simplify, rewrite, substitute …
    rule, title     the rule's name and how it is announced; `statement` in calcml's notation; `why` in words
    focus_before    the part that changes, and `focus_after` what it becomes (with derivatives still to be taken in it)
    result          the focus when its children are done
    bindings        what the letters of the statement stand for: (("u", expr), ...)
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
        bindings: tuple[tuple[str, Expr], ...] = (),
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
        title = self.title
        for name, value in self.bindings:
            if f"{{{name}}}" in title:
                said = show(value) if tree_size(value) <= SHORT else "a common factor"
                title = title.replace(f"{{{name}}}", said)
        return title

    def __repr__(self) -> str:
        return f"<{self.announced(repr)}: {self.focus_before!r} -> {self.focus_after!r}>"


class Form:
    """Another way to write the result: its name (`self`, `factored` …), the expression, and how it was proved."""

    __slots__ = ("expr", "name", "steps")

    def __init__(self, name: str, expr: Expr, steps: tuple[Step, ...] = ()) -> None:
        self.name = name
        self.expr = expr
        self.steps = steps


class Derivation:
    """A problem, the steps that solve it, and the result.

    problem: the expression that was differentiated. variable, order: by what, and how often. lines: the steps in
    reading order, over all orders. result: what they end in, and what `diff` returns. conditions: where the result
    holds. notes: conventions that a reader should know (kinks). forms: other recognised ways to write the result.
    """

    __slots__ = ("conditions", "forms", "notes", "order", "problem", "raw", "result", "steps", "variable")

    def __init__(
        self,
        *,
        problem: Expr,
        variable: Expr,
        order: int,
        steps: tuple[Step, ...],
        raw: Expr,
        result: Expr,
        conditions: tuple[Expr, ...],
        notes: tuple[str, ...],
        forms: tuple[Form, ...],
    ) -> None:
        self.problem = problem
        self.variable = variable
        self.order = order
        self.steps = steps
        self.raw = raw
        self.result = result
        self.conditions = conditions
        self.notes = notes
        self.forms = forms

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
        from calcml.serialize import derivation_to_json

        return derivation_to_json(self)

    def _render(self, form: str, level: str) -> str:
        from calcml.render.steps import render

        return render(self, form, level)

    def __str__(self) -> str:
        return self.to_unicode()

    def __repr__(self) -> str:
        return f"<Derivation of {self.problem!r} by {self.variable!r}: {self.result!r}>"

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": self.to_unicode(), "text/html": self.to_html()}


_RANK = {"proved": 0, "checked": 1, "unverified": 2, "failed": 3}
