"""Sets of real numbers: finitely many intervals and points with exact borders.

A Region lists its borders in order and says for each border, and for each of the open intervals between them, whether
it belongs. Every border that changes nothing is dropped, so that equal sets are written the same way and the
operations of set algebra are those of truth values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from calcml.expr import FALSE, And, Expr, Or, Relation, Symbol, make
from calcml.regions.reals import Border, above, below, between, expr_of

# An interval or a point: low, high (None: unbounded), and whether each of the two belongs.
Stretch = tuple[Border | None, Border | None, bool, bool]


class Region:
    """A set of real numbers.

    >>> positive, small = compared(">", 0), compared("<=", 2)
    >>> positive & small, ~(positive & small), positive | compared("<", 0)
    ((0, 2], (-oo, 0] U (2, oo), (-oo, 0) U (0, oo))
    >>> 2 in positive, 0 in positive, positive & compared("<", 0)
    (True, False, {})
    """

    __slots__ = ("at", "borders", "inside")

    borders: tuple[Border, ...]
    at: tuple[bool, ...]  # whether each border belongs
    inside: tuple[bool, ...]  # whether each interval belongs: before, between and after the borders

    def __init__(self, borders: Sequence[Border], at: Sequence[bool], inside: Sequence[bool]) -> None:
        kept = [i for i in range(len(borders)) if not inside[i] == at[i] == inside[i + 1]]
        object.__setattr__(self, "borders", tuple([borders[i] for i in kept]))
        object.__setattr__(self, "at", tuple([at[i] for i in kept]))
        object.__setattr__(self, "inside", (inside[0], *[inside[i + 1] for i in kept]))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Region is immutable")

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Region)
            and (self.at, self.inside) == (other.at, other.inside)
            and self.borders == other.borders
        )

    def __hash__(self) -> int:
        return hash((self.at, self.inside))

    def __and__(self, other: Region) -> Region:
        return _joined(self, other, lambda a, b: a and b) if isinstance(other, Region) else NotImplemented

    def __or__(self, other: Region) -> Region:
        return _joined(self, other, lambda a, b: a or b) if isinstance(other, Region) else NotImplemented

    def __sub__(self, other: Region) -> Region:
        return _joined(self, other, lambda a, b: a and not b) if isinstance(other, Region) else NotImplemented

    def __invert__(self) -> Region:
        return Region(self.borders, [not belongs for belongs in self.at], [not belongs for belongs in self.inside])

    def __le__(self, other: Region) -> bool:
        return self - other == EMPTY

    def __contains__(self, number: Border) -> bool:
        place = sum([border < number for border in self.borders])
        if place < len(self.borders) and self.borders[place] == number:
            return self.at[place]
        return self.inside[place]

    def __repr__(self) -> str:
        return written(self, str)

    def beside(self, number: Border, side: int) -> bool:
        """Whether the points next to a number belong, on its left (-1) or on its right (1).

        >>> compared(">=", 0).beside(0, -1), compared(">=", 0).beside(0, 1)
        (False, True)
        """
        place = sum([border < number if side < 0 else border <= number for border in self.borders])
        return self.inside[place]

    def interior(self) -> Region:
        """The points that belong together with all points near them."""
        at = [self.at[i] and self.inside[i] and self.inside[i + 1] for i in range(len(self.borders))]
        return Region(self.borders, at, self.inside)

    def missing(self) -> list[Border]:
        """The single points that are left out: those of x != 0."""
        return [b for i, b in enumerate(self.borders) if self.inside[i] and self.inside[i + 1]]

    def points(self) -> list[Border]:
        """The single points that belong."""
        return [b for i, b in enumerate(self.borders) if not self.inside[i] and not self.inside[i + 1]]

    def stretches(self) -> list[Stretch]:
        """The intervals and single points, from left to right."""
        found: list[Stretch] = []
        low: tuple[Border | None, bool] = (None, False)
        for i, (border, at) in enumerate(zip(self.borders, self.at, strict=True)):
            before, after = self.inside[i], self.inside[i + 1]
            if before:
                found.append((low[0], border, low[1], at))
            elif at and not after:
                found.append((border, border, True, True))
            low = (border, at and not before)
        if self.inside[-1]:
            found.append((low[0], None, low[1], False))
        return found

    def mapped(self, function: Callable[[Border], Border], increasing: bool = True) -> Region:
        """The set of the values of a function that is strictly monotone from all numbers onto all numbers."""
        borders = [function(border) for border in self.borders]
        if increasing:
            return Region(borders, self.at, self.inside)
        return Region(borders[::-1], self.at[::-1], self.inside[::-1])


REALS = Region((), (), (True,))
EMPTY = Region((), (), (False,))


def compared(sign: str, border: Border) -> Region:
    """The numbers that stand in a relation to a border: those > 0.

    >>> compared("!=", 1)
    (-oo, 1) U (1, oo)
    """
    left, here, right = sign in ("<", "<=", "!="), sign in ("<=", "=", ">="), sign in (">", ">=", "!=")
    return Region((border,), (here,), (left, right))


def only(numbers: Sequence[Border]) -> Region:
    """The set of some numbers."""
    found = EMPTY
    for number in numbers:
        found = found | compared("=", number)
    return found


def samples(borders: Sequence[Border]) -> list[Border]:
    """A rational number in each of the open intervals before, between and after the borders."""
    if not borders:
        return [0]
    return [below(borders[0]), *[between(a, b) for a, b in pairwise(borders)], above(borders[-1])]


def ordered(numbers: Sequence[Border]) -> list[Border]:
    """The numbers in order, each once. UndecidedError where two cannot be told apart."""
    found: list[Border] = []
    for number in sorted(numbers):
        if not found or found[-1] != number:
            found.append(number)
    return found


def _joined(a: Region, b: Region, rule: Callable[[bool, bool], bool]) -> Region:
    borders = ordered([*a.borders, *b.borders])
    (a_at, a_inside), (b_at, b_inside) = _along(a, borders), _along(b, borders)
    return Region(borders, list(map(rule, a_at, b_at)), list(map(rule, a_inside, b_inside)))


def _along(region: Region, borders: list[Border]) -> tuple[list[bool], list[bool]]:
    """A region said at more borders than it has."""
    at: list[bool] = []
    inside = [region.inside[0]]
    place = 0
    for border in borders:
        if place < len(region.borders) and region.borders[place] == border:
            at.append(region.at[place])
            place += 1
        else:
            at.append(region.inside[place])
        inside.append(region.inside[place])
    return at, inside


# ---- said as conditions, and written as intervals ------------------------------------------------------------------


def conditions_of(region: Region, symbol: Symbol) -> list[Expr]:
    """The region as conditions on a symbol in the fewest relations, all of which hold; [] for every number.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> conditions_of(compared(">", 0) - only([1]), x), conditions_of(~compared("=", 0), x)
    ([x > 0, x != 1], [x != 0])
    """
    missing = [border for border in region.missing()]
    whole = region | only(missing)
    gaps = [_relation("!=", symbol, border) for border in missing]
    stretches = whole.stretches()
    if len(stretches) > 1 and missing:  # the points are missing inside of the parts
        stretches, gaps = region.stretches(), []
    if not stretches:
        return [FALSE]
    if stretches == [(None, None, False, False)]:
        return gaps
    intervals = [part for part in stretches if not _is_point(part)]
    spoken = [_said(symbol, part) for part in [*intervals, *[part for part in stretches if _is_point(part)]]]
    if len(spoken) == 1:
        return [*spoken[0], *gaps]
    return [make(Or, None, tuple([part[0] if len(part) == 1 else make(And, None, tuple(part)) for part in spoken]))]


def _is_point(stretch: Stretch) -> bool:
    return stretch[0] is not None and stretch[0] is stretch[1]


def _said(symbol: Symbol, stretch: Stretch) -> list[Expr]:
    low, high, low_belongs, high_belongs = stretch
    if _is_point(stretch):
        return [_relation("=", symbol, low)]
    found: list[Expr] = []
    if low is not None:
        found.append(_relation(">=" if low_belongs else ">", symbol, low))
    if high is not None:
        found.append(_relation("<=" if high_belongs else "<", symbol, high))
    return found


def _relation(sign: str, symbol: Symbol, border: Border) -> Expr:
    return make(Relation, sign, (symbol, expr_of(border)))


# How intervals are written: infinity, union, the braces of single points, the empty set.
TEXT = ("oo", " U ", "{", "}", "{}", "({}", "[{}", "{})", "{}]")
UNICODE = ("∞", " ∪ ", "{", "}", "∅", "({}", "[{}", "{})", "{}]")
LATEX = (
    r"\infty", r" \cup ", r"\left\{", r"\right\}", r"\varnothing", r"\left({}", r"\left[{}", r"{}\right)", r"{}\right]",
)  # fmt: skip


def written(region: Region, show: Callable[[Expr], str], style: tuple[str, ...] = TEXT, minus: str = "-") -> str:
    """The region as a union of intervals, its borders shown by `show`.

    >>> written(compared(">=", 0) | only([-1]), str)
    '{-1} U [0, oo)'
    """
    infinity, union, brace, unbrace, empty, *_ = style
    parts: list[str] = []
    for stretch in region.stretches():
        low, high, low_belongs, high_belongs = stretch
        if _is_point(stretch):
            parts.append(f"{brace}{show(expr_of(low))}{unbrace}")
            continue
        left = style[6 if low_belongs else 5].replace("{}", minus + infinity if low is None else show(expr_of(low)))
        right = style[8 if high_belongs else 7].replace("{}", infinity if high is None else show(expr_of(high)))
        parts.append(f"{left}, {right}")
    return union.join(parts) or empty
