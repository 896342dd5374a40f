"""Conditions and checks in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from calcml.derivation import Check, Fact
from calcml.expr import ONE, And, Call, Expr, Neg, Or, Relation, Symbol, make


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
    if isinstance(condition, And):
        words = [condition_in_words(part, show) for part in condition.args]
        return " and ".join([f"({w})" if type(p) is Or else w for w, p in zip(words, condition.args, strict=True)])
    return show(condition)


def conditions_in_words(conditions: tuple[Expr, ...], show: Callable[[Expr], str]) -> list[str]:
    """Conditions one by one; a lower and an upper bound of the same thing together: 0 < p < 1.

    >>> from calcml.expr import symbols
    >>> p = symbols("p")
    >>> conditions_in_words((p > 0, p < 1), str)
    ['0 < p < 1']
    """
    left = list(conditions)
    found: list[str] = []
    while left:
        low = left.pop(0)
        high = next((other for other in left if _bounds(low, other)), None)
        if high is None:
            found.append(condition_in_words(low, show))
            continue
        left.remove(high)
        upper = show(high).removeprefix(show(high.args[0]))
        found.append(f"{show(make(Relation, low.data.replace('>', '<'), (low.args[1], low.args[0])))}{upper}")
    return found


def _bounds(low: Expr, high: Expr) -> bool:
    return (
        isinstance(low, Relation)
        and isinstance(high, Relation)
        and low.data in (">", ">=")
        and high.data in ("<", "<=")
        and low.args[0] is high.args[0]
        and type(low.args[0]) is Symbol
    )


def fact_in_words(fact: Fact, point: Sequence[tuple[Expr, Expr]], show: Callable[[Expr], str]) -> str:
    """`norm: sqrt(13) ≈ 3.6056`; the value of the result is called by its point: `at x = 1: 2`.

    >>> from calcml.expr import as_expr
    >>> fact_in_words(Fact("norm", as_expr(2)), (), str), fact_in_words(Fact("kind", text="saddle"), (), str)
    ('norm: 2', 'kind: saddle')
    """
    name = fact.name
    if name == "value" and point:
        name = "at " + ", ".join(f"{show(symbol)} = {show(value)}" for symbol, value in point)
    exact = show(fact.value) if fact.value is not None else ""
    parts = [part for part in (exact, decimal_shown(fact.decimal, show)) if part]
    return f"{name}: {fact.text or ' ≈ '.join(parts)}"


def decimal_shown(decimal: str, show: Callable[[Expr], str]) -> str:
    """Decimals with the minus sign of the format."""
    minus = show(make(Neg, None, (ONE,)))[0]
    return decimal.replace("-", minus) if minus == "\u2212" else decimal


def checked_in_words(checks: Sequence[Check | None]) -> str:
    """One sentence on how steps were checked."""
    unverified = [check for check in checks if check is None or not check.holds]
    if unverified:
        return f"{len(unverified)} of {len(checks)} steps could not be checked."
    points = min((check.points for check in checks if check is not None and check.status == "checked"), default=0)
    if not points:
        return "Every step is proved."
    return f"Every step was checked by values at {points} points."
