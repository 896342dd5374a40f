"""Points at which to check: deterministic, of both signs, inside the domain, away from borders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calcml.expr import And, Expr, Relation, ratio_of
from calcml.signs import Known, known_from

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
    relations = _relations(conditions)
    known: Known = known_from(relations)
    whole = {part.args[0] for part in relations if is_integrality(part)}
    if not known and not whole and seed == 1 and len(variables) <= MAX_KEPT:
        yield from _unbounded(variables)
    else:
        yield from _drawn(variables, known, whole, seed)


def _drawn(variables: Sequence[Expr], known: Known, whole: set[Expr], seed: int) -> Iterator[list[float]]:
    stream = Stream(seed)
    while True:
        for size in _RANGES:
            for sign in (1, -1):
                yield [_draw(variable, stream, size, sign, known, variable in whole) for variable in variables]


MAX_KEPT = 8
_kept: dict[int, list[tuple[float, ...]]] = {}  # by the number of variables: the points without bounds that were drawn


def _unbounded(variables: Sequence[Expr]) -> Iterator[list[float]]:
    """The points of the first seed where nothing is bounded: the same ones for every function of as many variables."""
    kept = _kept.get(len(variables))
    if kept is None:
        stream = _drawn(variables, {}, set(), 1)
        kept = _kept[len(variables)] = [tuple(next(stream)) for _ in range(2 * len(_RANGES))]
    yield from map(list, kept)
    stream = _drawn(variables, {}, set(), 1)
    for _ in kept:
        next(stream)
    yield from stream


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
