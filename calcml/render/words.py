"""Conditions and checks in words."""

from __future__ import annotations

import re
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
    """`norm: sqrt(13) ~ 3.6056`; the value of the result is called by its point: `at x = 1: 2`.

    >>> from calcml.expr import as_expr
    >>> fact_in_words(Fact("norm", as_expr(2)), (), str), fact_in_words(Fact("kind", text="saddle"), (), str)
    ('norm: 2', 'kind: saddle')
    """
    name, text = fact.announced(show)
    if name == "value" and point:
        name = "at " + ", ".join(f"{show(symbol)} = {show(value)}" for symbol, value in point)
    if text:
        return f"{name}: {text}"
    if fact.value is None:
        return f"{name}: {_signed(fact.decimal, show)}"
    approximately = f" {_almost_equal(show)} {_signed(shortened(fact.decimal), show)}" if fact.decimal else ""
    return f"{name}: {show(fact.value)}{approximately}"


def _almost_equal(show: Callable[[Expr], str]) -> str:
    """The sign of the format: ≈, \\approx in formulas, ~ in plain text."""
    minus_one = show(make(Neg, None, (ONE,)))
    return "\u2248" if minus_one.startswith("\u2212") else r"$\approx$" if "$" in minus_one else "~"


def shortened(decimal: str) -> str:
    """Decimals beside an exact value, to six digits; more where more than a float has were asked for.

    >>> shortened("[0.9363291775690445, 0.5]"), shortened("1.4142135623730950488016887242097")
    ('[0.936329, 0.5]', '1.4142135623730950488016887242097')
    """
    return re.sub(r"\d[\d.]*(?:e[-+]?\d+)?", lambda found: _six_digits(found[0]), decimal)


def _six_digits(number: str) -> str:
    return number if len(number) > FLOAT_TEXT else f"{float(number):.6g}"


FLOAT_TEXT = 24  # characters of the longest float


def _signed(decimal: str, show: Callable[[Expr], str]) -> str:
    """Decimals with the minus sign of the format."""
    return decimal.replace("-", show(make(Neg, None, (ONE,))).strip("1$"))


def checked_in_words(checks: Sequence[Check | None]) -> str:
    """One sentence on how steps were checked."""
    unverified = [check for check in checks if check is None or not check.holds]
    if unverified:
        return f"{len(unverified)} of {len(checks)} steps could not be checked."
    points = min((check.points for check in checks if check is not None and check.status == "checked"), default=0)
    if not points:
        return "Every step is proved."
    if any(check is not None and check.status == "proved" for check in checks):
        return f"Every step is proved or was checked by values, at {points} points."
    return f"Every step was checked by values at {points} points."
