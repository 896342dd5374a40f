"""A derivation as the lines a person reads: whole equations, one change a line.

The steps of a derivation form a tree of foci; here they are laid out from the outside in, each line the whole
expression with one more derivative carried out. Every format (terminal, LaTeX, HTML …) prints these lines.
"""

from __future__ import annotations

from collections.abc import Iterator

from calcml import build
from calcml.derivation import LEVELS, Derivation, Step
from calcml.errors import InputError
from calcml.expr import Add, Div, Expr, Mul, Neg, Pow, Sub
from calcml.heads import Derivative
from calcml.render.words import checked_in_words
from calcml.traverse import count_nodes, rewrite_bottom_up, topological

MAX_LINE_NODES = 10_000  # beyond this the lines are not drawn one by one, only what they come to


class Line:
    """One line: the whole expression after a step, and what to say about it.

    number: from 1 on. expr: the line. changed: the part that is new in it. step: what was done.
    """

    __slots__ = ("changed", "expr", "number", "step")

    def __init__(self, number: int, expr: Expr, changed: Expr, step: Step) -> None:
        self.number = number
        self.expr = expr
        self.changed = changed
        self.step = step


class Part:
    """A stretch of lines: what it starts from, and its lines. `heading` is empty for a first derivative.

    starts: whether what it starts from is shown; a part that goes on from the line above does not repeat it.
    """

    __slots__ = ("heading", "lines", "start", "starts")

    def __init__(self, heading: str, start: Expr, lines: list[Line], starts: bool = True) -> None:
        self.heading = heading
        self.start = start
        self.lines = lines
        self.starts = starts


def parts(derivation: Derivation, level: str = "standard") -> list[Part]:
    """The lines of a derivation at a level of detail: outline, standard or full."""
    if level not in LEVELS:
        raise InputError(f"{level!r} is not a level of detail", hint=f"one of {', '.join(LEVELS)}")
    found: list[Part] = []
    number = 0
    order = 0
    for step in derivation.steps:
        if step.kind == "diff":
            order += 1
            heading = "" if derivation.order == 1 else f"{_ORDINALS.get(order, f'{order}th')} derivative"
            found.append(Part(heading, step.focus_before, []))
            lines = list(_lines(step, level, number))
        else:
            after = flattened(step.focus_after)
            said_already = bool(found[-1].lines) and found[-1].lines[-1].expr is after
            lines = [] if said_already else [Line(number + 1, after, after, step)]
        found[-1].lines += lines
        number += len(lines)
    for form in derivation.forms:
        lines = [Line(number + 1 + i, step.focus_after, step.focus_after, step) for i, step in enumerate(form.steps)]
        found.append(Part("In terms of the function itself", derivation.result, lines, starts=False))
        number += len(lines)
    return found


_ORDINALS = {1: "First", 2: "Second", 3: "Third"}


def _lines(root: Step, level: str, number: int) -> Iterator[Line]:
    done: set[int] = set()
    visible = _visible(root, level)
    shown = {id(step) for step in visible}
    for step in visible:
        done.add(id(step))
        number += 1
        expr = flattened(_whole(root, done, shown))
        changed = flattened(_whole(step, done, shown))
        yield Line(number, expr, changed, step)


def _visible(root: Step, level: str) -> list[Step]:
    """The steps shown, in reading order: a step before those for the derivatives it leaves, from left to right."""
    if level == "outline" or count_nodes(root.result) > MAX_LINE_NODES:
        return [root]
    found: list[Step] = []
    seen: set[int] = set()
    stack = [root]
    while stack:
        step = stack.pop()
        if id(step) in seen:
            continue
        seen.add(id(step))
        if step is root or level == "full" or step.level != "full":
            found.append(step)
            stack.extend(reversed(step.children))
    return found


def _whole(root: Step, done: set[int], shown: set[int]) -> Expr:
    """The expression a step stands for when the steps in `done` have been carried out (hidden ones always are)."""
    finished: dict[int, Expr] = {}
    stack: list[tuple[Step, bool]] = [(root, False)]
    while stack:
        step, expanded = stack.pop()
        if id(step) in finished:
            continue
        if id(step) in shown and id(step) not in done:
            finished[id(step)] = step.focus_before
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
