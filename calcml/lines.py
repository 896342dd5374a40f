"""Lines of algebra: a form of an expression with the way that led to it, and that way as the moves a reader sees."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from calcml.algebra.display import Display
from calcml.algebra.rules import CANCEL, COLLECT, COMBINE, FUNCTION_VALUE, REORDER, AlgebraRule
from calcml.algebra.terms import Terms
from calcml.expr import Add, Call, Div, Expr, Sub
from calcml.traverse import topological, tree_size


class Line(NamedTuple):
    """A form of the expression, and how it was reached: the rule, what the rule took out, and the line before."""

    terms: Terms
    rule: AlgebraRule | None = None
    before: Line | None = None
    taken: Terms | None = None

    def then(self, rule: AlgebraRule, terms: Terms, taken: Terms | None = None) -> Line:
        """The line that a rule leads to."""
        return Line(terms, rule, self, taken)


class Move(NamedTuple):
    """One rewriting of the whole line, as it is shown; `taken` is what was put in front of a bracket."""

    rule: AlgebraRule
    before: Expr
    after: Expr
    taken: Expr | None = None


def moves_to(line: Line, start: Expr, display: Display) -> list[Move]:
    """The moves from what was read to a line, without those that change nothing a reader sees."""
    path: list[Line] = []
    at: Line | None = line
    while at is not None:
        path.append(at)
        at = at.before
    moves: list[Move] = []
    before = start
    for step in reversed(path):
        after = display.show(step.terms)
        if after is before:
            continue
        rule = _what_reading_did(before, after) if step.rule is None else step.rule
        taken = None if step.taken is None else display.show(step.taken)
        moves.append(Move(rule, before, after, taken))
        before = after
    return _without_detours(moves)


def _without_detours(moves: list[Move]) -> list[Move]:
    """Without lines that only put things in order before the next move, and without ways there and back."""
    kept: list[Move] = []
    before = moves[0].before if moves else None
    for i, move in enumerate(moves):
        if i + 1 < len(moves) and move.rule in (COMBINE, REORDER) and _leaves(move.before) == _leaves(move.after):
            continue
        kept.append(move if move.before is before or before is None else move._replace(before=before))
        before = move.after
    return kept


def _leaves(line: Expr) -> int:
    """How many symbols and numbers a reader sees, brackets and order aside."""
    count: dict[Expr, int] = {}
    for node in topological(line):
        count[node] = sum([count[arg] for arg in node.args]) if node.args else 1
    return count[line]


def _what_reading_did(before: Expr, after: Expr) -> AlgebraRule:
    """Reading does the small things at once: which of them is the one to be named."""
    old, new = topological(before), topological(after)
    if _terms_in(new) < _terms_in(old):
        return COLLECT
    if _below_the_line(new) < _below_the_line(old):
        return CANCEL
    if {n.data for n in old if type(n) is Call} - _ROOTS != {n.data for n in new if type(n) is Call} - _ROOTS:
        return FUNCTION_VALUE
    return REORDER if parts_written(before) == parts_written(after) else COMBINE


def parts_written(line: Expr) -> Counter[object]:
    """How often each symbol, number and operation is written, whatever the order."""
    found: Counter[object] = Counter()
    written = Counter({line: 1})
    for node in reversed(topological(line)):
        found[(type(node), node.data, len(node.args))] += written[node]
        for arg in node.args:
            written[arg] += written[node]
    return found


_ROOTS = frozenset({"sqrt", "exp"})  # ways to write a power


def _terms_in(nodes: list[Expr]) -> int:
    return sum(len(node.args) - 1 for node in nodes if type(node) in (Add, Sub))


def _below_the_line(nodes: list[Expr]) -> int:
    return sum(tree_size(node.args[1]) for node in nodes if type(node) is Div)
