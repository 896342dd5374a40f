"""Points at which to check: deterministic, of both signs, inside the domain, away from borders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calcml.expr import And, Expr, Relation, ratio_of
from calcml.sign import Known, known_from

# An odd multiplier and a full period: the same points on every machine and in every Python.
_MULTIPLIER, _INCREMENT, _MODULUS = 6364136223846793005, 1442695040888963407, 2**64


class Stream:
    """Numbers in [0, 1) from a counter and a seed; our own, so that no library version changes a check."""

    __slots__ = ("state",)

    def __init__(self, seed: int = 1) -> None:
        self.state = (seed * 0x9E3779B97F4A7C15 + 1) % _MODULUS
        self.next()

    def next(self) -> float:
        """The next number."""
        self.state = (self.state * _MULTIPLIER + _INCREMENT) % _MODULUS
        return (self.state >> 11) / 2**53


_RANGES = (1.0, 3.0, 0.5, 8.0, 0.1, 30.0)


def points(variables: Sequence[Expr], conditions: Sequence[Expr] = (), seed: int = 1) -> Iterator[list[float]]:
    """Endless points; the first ones lie near 1 in size, later ones further out and further in.

    A variable that a condition bounds (x > 0, 0 < p < 1) is drawn inside its bounds.
    """
    stream = Stream(seed)
    known: Known = known_from(_relations(conditions))
    whole = {part.args[0] for part in _relations(conditions) if is_integrality(part)}
    while True:
        for size in _RANGES:
            for sign in (1, -1):
                yield [_draw(variable, stream, size, sign, known, variable in whole) for variable in variables]


def _draw(variable: Expr, stream: Stream, size: float, sign: int, known: Known, whole: bool) -> float:
    u = stream.next()
    low, high, _, _ = known.get(variable, (float("-inf"), float("inf"), True, True))
    if low > float("-inf") and high < float("inf"):
        return low + (high - low) * (0.05 + 0.9 * u)
    value = size * (0.15 + 0.85 * u)
    if whole:
        return float(round(1 + 4 * u))
    if low > float("-inf"):
        return low + value
    if high < float("inf"):
        return high - value
    # Not all variables change sign together: some identities hold on the diagonal only.
    return value * (sign if stream.next() < 0.75 else -sign)


def _relations(conditions: Sequence[Expr]) -> list[Expr]:
    found: list[Expr] = []
    for condition in conditions:
        if isinstance(condition, Relation):
            found.append(condition)
        elif isinstance(condition, And):
            found += _relations(condition.args)
    return found


def is_integrality(condition: Expr) -> bool:
    """Whether a condition says that a symbol is a whole number: n = floor(n)."""
    lhs, rhs = condition.args
    return condition.data == "=" and rhs.data == "floor" and rhs.args[0] is lhs and ratio_of(lhs) is None
