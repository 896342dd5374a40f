"""What one search for the readable form shares: how lines are displayed, when to stop, and what stands in a line."""

from __future__ import annotations

from typing import NamedTuple

from calcml.algebra.brackets import in_brackets, opened
from calcml.algebra.display import Display
from calcml.algebra.expand import expand, factored
from calcml.algebra.rules import QUOTIENTS, SQUARES
from calcml.algebra.terms import Coefficient, Mono, Terms
from calcml.budget import Deadline
from calcml.expr import Add, Call, Div, E, Expr, Pow, Sub, ratio_of
from calcml.measure import Measure, measure
from calcml.traverse import topological


class Search(NamedTuple):
    """What strategies share: how lines are displayed, and when to stop."""

    display: Display
    deadline: Deadline
    memo: dict[frozenset[tuple[Mono, Coefficient]], Terms]  # what `settled` found

    def difficulty(self, terms: Terms) -> Measure:
        """How hard the terms are to read as they would be shown."""
        return measure(self.display.show(terms))

    def settled(self, terms: Terms) -> Terms:
        """A bracket in its shortest form: as it is, pulled together, opened, or pulled together and opened inside."""
        key = frozenset(terms.items())
        found = self.memo.get(key)
        if found is None:
            found = self.memo[key] = self._settled(terms)
        return terms if found == terms else found

    def _settled(self, terms: Terms) -> Terms:
        forms = [terms, factored(terms)]
        multiplied = expand(terms)
        if multiplied is not None and multiplied is not terms:
            forms += [multiplied, factored(multiplied)]
        if forms[1] is not terms and not self.deadline.passed():
            inner = in_brackets(forms[1], opened)
            forms += [] if inner is None else [inner]
        return terms if len(forms) == 2 and forms[1] is terms else min(forms, key=self.difficulty)


# ---- what is seen in an expression -----------------------------------------------------------------------------------


_SQUARED = frozenset(name for f, g, _ in SQUARES for name in (f, g))


class Seen(NamedTuple):
    """What stands in an expression: names of functions, and kinds of parts. Cheap to find, and found once."""

    functions: frozenset[str]
    sums: bool
    brackets: bool  # sums in products, quotients and powers
    fractions: bool
    nested: bool  # a fraction or a negative power inside a bracket that is divided by, or in a sum of fractions
    exponentials: bool
    powers_of_numbers: int  # 6^x, 2^x

    @property
    def squares(self) -> bool:
        """Functions whose squares belong together."""
        return not self.functions.isdisjoint(_SQUARED)

    @property
    def sines(self) -> bool:
        """A sine and a cosine."""
        return "sin" in self.functions and "cos" in self.functions

    @property
    def quotients(self) -> bool:
        """Two functions whose quotient has a name."""
        return any(f in self.functions and g in self.functions for f, g in QUOTIENTS)


def seen_in(expr: Expr) -> Seen:
    """What stands in an expression."""
    functions = set()
    sums = brackets = fractions = nested = exponentials = False
    powers = 0
    divided: set[Expr] = set()  # what holds a fraction
    for node in topological(expr):
        head = type(node)
        holds = any(arg in divided for arg in node.args)
        if head is Call:
            functions.add(node.data)
            exponentials |= node.data == "exp"
            if node.data != "sqrt":
                continue
        if head is Add or head is Sub:
            sums = True
            if holds:
                divided.add(node)
            continue
        if any(type(arg) is Add or type(arg) is Sub for arg in node.args):
            brackets = True
        if head is Pow:
            exponentials |= node.args[0] is E
            ratio = ratio_of(node.args[1])
            powers += ratio is None and ratio_of(node.args[0]) is not None
        is_fraction = (head is Div and ratio_of(node) is None) or (
            head is Pow and (ratio_of(node.args[1]) or (0,))[0] < 0
        )
        if is_fraction:
            fractions = True
            below = node.args[1] if head is Div else node.args[0]
            nested |= below in divided
        if is_fraction or holds:
            divided.add(node)
    return Seen(frozenset(functions), sums, brackets, fractions, nested, exponentials, powers)
