"""A derivation as the lines a person reads: whole equations, one change a line.

The steps of a derivation form a tree of foci; here they are laid out from the outside in, each line the whole
expression with one more derivative carried out. Every format (terminal, LaTeX, HTML …) prints these lines.
"""

from __future__ import annotations

from collections.abc import Callable

from calcml import build
from calcml.derivation import LEVELS, Derivation, Section, Step
from calcml.errors import InputError
from calcml.expr import Add, Div, Expr, Mul, Neg, Pow, Sub
from calcml.heads import Derivative
from calcml.render.words import checked_in_words
from calcml.traverse import count_nodes, rewrite_bottom_up, topological

MAX_LINE_NODES = 10_000  # beyond this the lines are not drawn one by one, only what they come to


class Line:
    """One line: the whole expression after a step, and what to say about it.

    number: from 1 on. expr: the line. changed: the part that is new in it. step: what was done. seen: the lines where
    the same derivative was taken before, as (first, last); None where it is new.
    """

    __slots__ = ("changed", "expr", "number", "seen", "step")

    def __init__(self, number: int, expr: Expr, changed: Expr, step: Step, seen: tuple[int, int] | None = None) -> None:
        self.number = number
        self.expr = expr
        self.changed = changed
        self.step = step
        self.seen = seen

    def announced(self, show: Callable[[Expr], str]) -> str:
        """The rule, as it stands beside the line."""
        if self.seen is None:
            return self.step.announced(show)
        first, last = self.seen
        return f"as in steps {first} {'and' if last == first + 1 else 'to'} {last}"


class Part:
    """A stretch of lines under a heading: the section they belong to, and its lines."""

    __slots__ = ("lines", "section")

    def __init__(self, section: Section, lines: list[Line]) -> None:
        self.section = section
        self.lines = lines


def parts(derivation: Derivation, level: str = "standard") -> list[Part]:
    """The lines of a derivation at a level of detail: outline, standard or full."""
    if level not in LEVELS:
        raise InputError(f"{level!r} is not a level of detail", hint=f"one of {', '.join(LEVELS)}")
    found: list[Part] = []
    number = 0
    derived: dict[Expr, tuple[int, int]] = {}  # the derivatives that have been taken, and in which lines
    for section in derivation.sections:
        lines: list[Line] = []
        for step in section.steps:
            if step.kind == "diff" or step.children:
                lines += _lines(step, level, number + len(lines), derived)
            else:
                after = flattened(step.focus_after)
                if not lines or lines[-1].expr is not after:
                    lines.append(Line(number + len(lines) + 1, after, after, step))
        found.append(Part(section, lines))
        number += len(lines)
    for form in derivation.forms:
        section = Section(form.title, derivation.result, form.steps, shows_start=False)
        lines = [Line(number + 1 + i, step.focus_after, step.focus_after, step) for i, step in enumerate(form.steps)]
        found.append(Part(section, lines))
        number += len(lines)
    return found


def _lines(root: Step, level: str, number: int, derived: dict[Expr, tuple[int, int]]) -> list[Line]:
    done: set[int] = set()
    visible = _visible(root, level, derived)
    shown = {id(step) for step, _ in visible}
    again = {id(step) for step, _ in visible if step is not root and step.focus_before in derived}
    lines: list[Line] = []
    for step, _ in visible:
        done.add(id(step))
        expr = flattened(_whole(root, done, shown, again))
        changed = flattened(_whole(step, done, shown, again))
        seen = derived[step.focus_before] if id(step) in again else None
        lines.append(Line(number + len(lines) + 1, expr, changed, step, seen))
    for i, (step, depth) in enumerate(visible):
        below = next((k for k in range(i + 1, len(visible)) if visible[k][1] <= depth), len(visible))
        if step is not root and below > i + 1:  # what takes one line is said again rather than referred to
            derived.setdefault(step.focus_before, (number + i + 1, number + below))
    return lines


def _visible(root: Step, level: str, derived: dict[Expr, tuple[int, int]]) -> list[tuple[Step, int]]:
    """The steps shown and their depth, in reading order: a step before those for the derivatives it leaves.

    A derivative that was taken in an earlier section is shown as one step.
    """
    if level == "outline" or count_nodes(root.result) > MAX_LINE_NODES:
        return [(root, 0)]
    found: list[tuple[Step, int]] = []
    seen: set[int] = set()
    stack = [(root, 0)]
    while stack:
        step, depth = stack.pop()
        if id(step) in seen:
            continue
        seen.add(id(step))
        if step is root or level == "full" or step.level != "full":
            found.append((step, depth))
            if step is root or step.focus_before not in derived:
                stack.extend((child, depth + 1) for child in reversed(step.children))
    return found


def _whole(root: Step, done: set[int], shown: set[int], again: set[int]) -> Expr:
    """The expression a step stands for when the steps in `done` have been carried out (hidden ones always are).

    again: the steps that repeat earlier ones, and so are carried out at one stroke.
    """
    finished: dict[int, Expr] = {}
    stack: list[tuple[Step, bool]] = [(root, False)]
    while stack:
        step, expanded = stack.pop()
        if id(step) in finished:
            continue
        if id(step) in shown and id(step) not in done:
            finished[id(step)] = step.focus_before
        elif id(step) in again:
            finished[id(step)] = step.result
        elif not expanded:
            stack.append((step, True))
            stack.extend((child, False) for child in step.children)
        elif not any(id(below) in shown and id(below) not in done for below in step.children) and all(
            finished[id(child)] is child.result for child in step.children
        ):
            finished[id(step)] = step.result
        else:
            finished[id(step)] = refold(
                step.focus_after, {child.focus_before: finished[id(child)] for child in step.children}
            )
    return finished[id(root)]


def flattened(expr: Expr) -> Expr:
    """Products inside products opened and their numbers joined: in which order the rules multiplied is not shown."""

    def visit(node: Expr) -> Expr:
        if type(node) is not Mul or all(type(arg) is not Mul for arg in node.args):
            return node
        factors: list[Expr] = []
        for arg in node.args:
            factors += arg.args if type(arg) is Mul else (arg,)
        return build.mul_all(factors)

    return rewrite_bottom_up(expr, visit)


_FOLDING = {
    Add: lambda *terms: build.add_all(list(terms)),
    Sub: build.sub,
    Neg: build.neg,
    Div: build.div,
    Pow: build.power,
    Mul: lambda *factors: build.mul_all(list(factors)),
}


def refold(expr: Expr, mapping: dict[Expr, Expr]) -> Expr:
    """Replace derivatives by what they have become; what contains one is built again with numbers folded."""
    values: dict[Expr, Expr] = {}
    for node in topological(expr):
        if node in mapping:
            values[node] = mapping[node]
            continue
        args = tuple([values[arg] for arg in node.args])
        if args == node.args or type(node) is Derivative:
            values[node] = node
        else:
            fold = _FOLDING.get(type(node))
            values[node] = fold(*args) if fold is not None else node.rebuild(args)  # type: ignore[operator]
    return values[expr]


def summary(derivation: Derivation) -> str:
    """One sentence on how the steps were checked."""
    checks = [step.check for step in derivation.all_steps()] + [
        s.check for form in derivation.forms for s in form.steps
    ]
    return checked_in_words(checks)
