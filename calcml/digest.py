"""A number for every expression that depends on its structure alone, not on when or where it was built.

The order of terms and factors does not count, nor does a difference from the sum with the opposite: canonical forms
are put in an order of their own in every process, and have the same digest in all of them. It breaks ties wherever an
order must not depend on the process: equal digests of different expressions are possible in principle, at odds of
2^-64, and would only swap two neighbours. For a total order see `order`.
"""

from __future__ import annotations

from calcml.expr import Add, Expr, Mul, Neg, Sub
from calcml.heads import HEADS
from calcml.interning import Node
from calcml.traverse import without_note

_HEAD_NUMBER = {head: number for number, head in enumerate(HEADS.values())}
_note_digest = Node.__dict__["_digest"].__set__


def digest(node: Expr) -> int:
    """The number of an expression; found once and kept as long as the expression lives.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> digest(x + y) == digest(y + x), digest(x - y) == digest(-y + x)
    (True, True)
    """
    for part in without_note(node, "_digest"):
        _note_digest(part, _combined(part, [arg._digest for arg in part.args]))
    return node._digest


def _combined(part: Expr, below: list[int]) -> int:
    # The hash of a tuple of ints is the same in every process; that of a str is not.
    head = type(part)
    if head is Sub:
        head, below = Add, [below[0], hash((_HEAD_NUMBER[Neg], 0, below[1]))]
    if head is Add or head is Mul:
        return hash((_HEAD_NUMBER[head], *sorted(below)))
    data = part.data if isinstance(part.data, int) else int.from_bytes((part.data or "").encode(), "big")
    return hash((_HEAD_NUMBER[head], data, *below))
