"""How hard a line is to read: the measure by which the simplifier chooses among its candidates.

A new surcharge is a case of `_weight`.
"""

from __future__ import annotations

from calcml.expr import Add, Call, Div, E, Expr, Mul, Neg, Number, Pow, Sub, ratio_of
from calcml.interning import Node
from calcml.traverse import without_note

Measure = tuple[int, int]


def measure(line: Expr) -> Measure:
    """How hard a line is to read: its nodes, with a surcharge for what slows a reader down; then its height.

    A fraction inside a fraction, a negative exponent, a power under a logarithm and a factor that stands there again
    (x*x for x^2) cost two more; a sign in front of a bracket, a third power of a function value and a fraction among
    factors, one.
    """
    for node in without_note(line, "_measure"):
        below = [arg._measure for arg in node.args]
        size = _weight(node) + sum([size for size, _ in below])
        _note_measure(node, (size, 1 + max([height for _, height in below]) if below else 0))
    return line._measure


_note_measure = Node.__dict__["_measure"].__set__


def _weight(node: Expr) -> int:
    head = type(node)
    if head is Div and type(node.args[0]) is Number and type(node.args[1]) is Number:
        return -1  # a fraction of numbers is one number
    if head is Div:
        nested = sum(_contains_fraction(arg) for arg in node.args)
        return 1 + 2 * nested
    if head is Mul:
        # A fraction among factors is better one fraction.
        fractions = any(type(arg) is Div and ratio_of(arg) is None for arg in node.args)
        return 1 + fractions + 2 * (len(node.args) - len(set(node.args)))
    if head is Pow and node.args[0] is E:
        return 0  # e^u is exp(u)
    if head is Pow and type(node.args[1]) is Neg and type(node.args[1].args[0]) is Number:
        return 3
    if head is Pow and type(node.args[0]) is Call and type(node.args[1]) is Number and node.args[1].ratio[0] > 2:
        return 2
    if head is Pow and ratio_of(node.args[1]) == (1, 2):
        return 3  # √x
    if head is Neg and type(node.args[0]) in (Add, Sub):
        return 2
    if head is Call and node.data == "ln" and type(node.args[0]) is Pow and type(node.args[0].args[1]) is Number:
        return 3  # ln(u^n) is n·ln|u|
    return 1


def _contains_fraction(node: Expr) -> bool:
    if type(node) is Div:
        return not all(type(arg) is Number for arg in node.args)
    return (
        any(type(arg) is Div and not all(type(a) is Number for a in arg.args) for arg in node.args)
        and type(node) is not Call
    )
