"""Conditions in words."""

from __future__ import annotations

from collections.abc import Callable

from calcml.expr import Call, Expr, Or, Relation


def condition_in_words(condition: Expr, show: Callable[[Expr], str]) -> str:
    """`x > 0 or n an integer`, where the expression says n = floor(n).

    >>> from calcml.expr import symbols
    >>> n = symbols("n")
    >>> condition_in_words(Relation("=", n, Call("floor", n)), str)
    'n an integer'
    """
    if isinstance(condition, Relation) and condition.data in ("=", "!="):
        lhs, rhs = condition.args
        if type(rhs) is Call and rhs.data == "floor" and rhs.args[0] is lhs:
            return f"{show(lhs)} {'an' if condition.data == '=' else 'not an'} integer"
    if isinstance(condition, Or):
        return " or ".join(condition_in_words(part, show) for part in condition.args)
    return show(condition)
