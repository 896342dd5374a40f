"""A number for every expression that depends on its structure alone, not on when or where it was built.

It breaks ties wherever an order must not depend on the process: equal digests of different expressions are possible in
principle, at odds of 2^-64, and would only swap two neighbours. For a total order see `order`.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from calcml.expr import Expr
from calcml.heads import HEADS
from calcml.traverse import beyond

_HEAD_NUMBER = {head: number for number, head in enumerate(HEADS.values())}
_digests: WeakKeyDictionary[Expr, int] = WeakKeyDictionary()


def digest(node: Expr) -> int:
    """The number of an expression; found once and kept as long as the expression lives.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> digest(x + y) == digest(x + y), digest(x + y) == digest(y + x)
    (True, False)
    """
    found = _digests.get(node)
    if found is None:
        for part in beyond(node, _digests):
            # The hash of a tuple of ints is the same in every process; that of a str is not.
            data = part.data if isinstance(part.data, int) else int.from_bytes((part.data or "").encode(), "big")
            _digests[part] = hash((_HEAD_NUMBER[type(part)], data, *[_digests[arg] for arg in part.args]))
        found = _digests[node]
    return found
