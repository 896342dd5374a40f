"""What every rule of the grammar needs: building nodes, the limit of nesting, the loop that runs the rules.

`Reader` knows the tokens and no grammar; the rules stand in `operands.py`, `applications.py`, `operators.py`,
`products.py` and `parser.py`, one class on top of the other.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any

from calcml.errors import ArityError, CalcmlError, InputError, Span
from calcml.expr import Expr, Mul, Neg, make
from calcml.syntax import forms
from calcml.syntax.complaints import Complaints
from calcml.syntax.implicit import FUNCTION, SYMBOL
from calcml.syntax.leibniz import LEIBNIZ
from calcml.syntax.parsed import Node
from calcml.syntax.tokens import NUMBER

# A rule yields the rules it needs, gets the node each of them read, and returns its own.
Rule = Generator[Any, Node, Node]

OPERANDS = frozenset({SYMBOL, NUMBER})
# A next operand that begins with one of these is multiplied.
JUXTAPOSED = frozenset({
    NUMBER, SYMBOL, FUNCTION, "(", "{", "|", "‖", "lvert", "lVert", "⌊", "⌈", "√", "∛", "frac", "sqrt", "log_", LEIBNIZ,
    "sum", "int", "lim", "matrix",
})  # fmt: skip


class Reader(Complaints):
    """The rules that others need, the loop that runs them, limits, and the building of nodes."""

    __slots__ = ()

    def value(self) -> Rule:
        """A sum, and what may follow it."""
        raise NotImplementedError

    def product(self) -> Rule:
        """Factors."""
        raise NotImplementedError

    def power(self) -> Rule:
        """An operand and its exponents."""
        raise NotImplementedError

    # ---- running -----------------------------------------------------------------------------------------------------

    def run(self, rule: Rule) -> Node:
        """The node a rule reads. Rules that wait for others stand on a list, not on the interpreter's stack."""
        waiting: list[Rule] = []
        push, pop = waiting.append, waiting.pop
        node: Any = None
        try:
            while True:
                try:
                    wanted = rule.send(node)
                except StopIteration as stop:
                    node = stop.value
                    if not waiting:
                        return node
                    rule = pop()
                else:
                    push(rule)
                    rule = wanted
                    node = None
        except CalcmlError as error:
            if error.span is None:
                at = min(self.i, len(self.starts) - 1)
                error.span = Span(self.starts[at], self.ends[at])
            raise

    def enter(self) -> None:
        """One more level of nesting. LimitError beyond the budget."""
        self.depth += 1
        if self.depth > self.budget.depth:
            self.nested(self.depth)

    def nested(self, levels: int) -> None:
        """Refuse more levels than the budget allows."""
        at = min(self.i, len(self.starts) - 1)
        self.budget.require("depth", levels, Span(self.starts[at], self.ends[at]))

    # ---- building ----------------------------------------------------------------------------------------------------

    def make(self, head: type[Expr], parts: tuple[Node, ...], start: int, end: int, data: Any = None) -> Node:
        """An operation over occurrences. ShapeError with its span."""
        try:
            return Node(make(head, data, tuple([part.expr for part in parts])), start, end, parts)
        except InputError as error:
            error.span = Span(start, end)
            raise

    def built(self, name: str, parts: tuple[Node, ...], start: int, end: int) -> Node:
        """A call of a function or form."""
        try:
            expr, parts, form = forms.build_call(name, parts)
        except InputError as error:
            error.span = error.span or Span(start, end)
            if isinstance(error, ArityError) and name != "if":
                error.hint = self.decimal_comma(start, end) or error.hint
            raise
        return Node(expr, start, end, parts, form)

    def multiplied(self, factors: list[Node]) -> Node:
        """One factor as it is, several as a product."""
        if len(factors) == 1:
            return factors[0]
        return self.make(Mul, tuple(factors), factors[0].start, factors[-1].end)

    def negated(self, node: Node, signs: Iterable[int]) -> Node:
        """The node under its minus signs."""
        for start in reversed(list(signs)):
            node = Node(make(Neg, None, (node.expr,)), start, node.end, (node,))
        return node

    def signs(self) -> list[int] | None:
        """Where the minus signs stand that come next; None without any."""
        kinds = self.kinds
        i = self.i
        if kinds[i] != "-" and kinds[i] != "+":
            return None
        found = []
        while True:
            if kinds[i] == "-":
                found.append(self.starts[i])
            elif kinds[i] != "+":
                break
            i += 1
        self.i = i
        if len(found) > 1:
            self.nested(len(found))
        return found

    def juxtaposed(self) -> bool:
        """Whether an operand begins here that is multiplied without a sign."""
        kind = self.kinds[self.i]
        if kind not in JUXTAPOSED or (kind == self.bar and kind in "|‖"):
            return False
        if kind == NUMBER and self.kinds[self.i - 1] == NUMBER:
            raise self.two_numbers()
        return True
