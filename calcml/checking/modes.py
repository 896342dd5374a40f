"""Automatic differentiation: numbers pushed through the rows of the function table.

The function is evaluated once, and with it the slope of every node by each of its operands: the same rows and rules as
everywhere else, evaluated instead of combined. Forward mode carries dual numbers from the leaves to the root, reverse
mode carries adjoints back from it. A slope of 0 passes nothing on: a case that is not taken may have no value.
"""

from __future__ import annotations

from collections.abc import Sequence

from calcml.binding import substitute
from calcml.differentiation import CONDITIONS
from calcml.entries import written_out
from calcml.errors import NoRuleError, ShapeError
from calcml.evaluation import Program
from calcml.expr import Expr, ratio_of, rational
from calcml.heads import Sum
from calcml.rules.differentiation import local_partials
from calcml.traverse import rewrite_bottom_up, topological

MAX_TERMS = 1000  # of a sum that is written out


class Evaluation:
    """A function prepared for evaluation together with its local slopes. NoRuleError where a node has none."""

    __slots__ = ("nodes", "program", "root", "variables")

    def __init__(self, f: Expr, variables: Sequence[Expr], constants: Sequence[Expr] = ()) -> None:
        self.root = f
        self.variables = list(variables)
        if any(type(node) is Sum for node in topological(f)):
            raise NoRuleError("the length of a sum is not known")
        active = set(variables)
        self.nodes: list[tuple[Expr, list[tuple[Expr, Expr]]]] = []  # node, and (operand, slope by it)
        for node in topological(f):
            if node in active or type(node) in CONDITIONS or not any(arg in active for arg in node.args):
                continue
            partials = local_partials(node, [arg in active for arg in node.args])
            active.add(node)
            pairs = zip(node.args, partials, strict=True)
            self.nodes.append((node, [(arg, slope) for arg, slope in pairs if slope is not None]))
        slopes = [slope for _, pairs in self.nodes for _, slope in pairs]
        self.program = Program([f, *slopes], [*self.variables, *constants])

    def at(self, point: Sequence[float]) -> list[float]:
        """The value of everything at a point (variables, then constants); `forward` and `reverse` start from it."""
        return self.program.trace(point)

    def forward(self, values: Sequence[float], x: Expr) -> float:
        """The derivative by one variable: dual numbers, one sweep for each variable."""
        place = self.program.index
        tangents = {x: 1.0}
        for node, pairs in self.nodes:
            slopes = [(values[place[slope]], tangents.get(arg)) for arg, slope in pairs]
            parts = [slope * tangent for slope, tangent in slopes if slope and tangent]
            if parts:
                tangents[node] = sum(parts)
        return float(tangents.get(self.root, 0.0))

    def reverse(self, values: Sequence[float]) -> list[float]:
        """The derivatives by all variables: adjoints, one sweep for all of them."""
        place = self.program.index
        adjoints = {self.root: 1.0}
        for node, pairs in reversed(self.nodes):
            adjoint = adjoints.get(node)
            if adjoint:
                for arg, slope in pairs:
                    if values[place[slope]]:
                        adjoints[arg] = adjoints.get(arg, 0.0) + adjoint * values[place[slope]]
        return [float(adjoints.get(x, 0.0)) for x in self.variables]


def scalar_form(f: Expr) -> Expr:
    """The function with vectors written out entry by entry and sums of known length term by term."""
    f = written_out(f)
    if f.shape:
        said = f"a scalar function is expected, and {f!r} has shape {f.shape}"
        raise ShapeError(said, hint="check one entry of a vector at a time")
    if any(type(node) is Sum for node in topological(f)):
        f = rewrite_bottom_up(f, _terms)
    return f


def _terms(node: Expr) -> Expr:
    if type(node) is not Sum:
        return node
    body, index, first, last = node.args
    low, high = ratio_of(first), ratio_of(last)
    if low is None or high is None or low[1] != 1 or high[1] != 1 or not 0 <= high[0] - low[0] < MAX_TERMS:
        return node
    total = rational(0)
    for i in range(low[0], high[0] + 1):
        total = total + substitute(body, {index: rational(i)})
    return total
