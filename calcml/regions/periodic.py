"""Sets of real numbers that repeat: where sin x > 0, where cos x != 0, the whole numbers.

A Periodic is a Region between 0 and its period, repeated over the whole line. It is said with a whole number k:
x != pi/2 + k*pi.
"""

from __future__ import annotations

from calcml.algebra.read import terms_of
from calcml.algebra.write import canonical, exact, join
from calcml.build import div, mul, mul_all
from calcml.errors import UndecidedError
from calcml.expr import And, Expr, Neg, Or, Relation, Symbol, make
from calcml.regions.reals import Border, Real, expr_of, floor, minus, over, plus, times
from calcml.regions.region import EMPTY, REALS, Region, compared, only

MAX_COPIES = 24  # of one period that are laid side by side


class Periodic:
    """The set of all t + k·period with t in a region of one period and k a whole number.

    >>> whole = Periodic(1, only([0]))
    >>> 3 in whole, -7 in ~whole, ~whole & Periodic(2, compared("<", 1))
    (True, False, Periodic(2, (0, 1)))
    """

    __slots__ = ("period", "region")

    period: Border
    region: Region  # a part of [0, period)

    def __init__(self, period: Border, region: Region) -> None:
        object.__setattr__(self, "period", period)
        object.__setattr__(self, "region", region & window(period))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Periodic is immutable")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Periodic):
            return False
        a, b = _in_step(self, other)
        return a.region == b.region

    def __hash__(self) -> int:
        return hash(self.region)

    def __repr__(self) -> str:
        return f"Periodic({self.period}, {self.region})"

    def __and__(self, other: Periodic | Region) -> Set:
        if isinstance(other, Region):
            return _within(self, other)
        a, b = _in_step(self, other)
        return plain(Periodic(a.period, a.region & b.region))

    def __or__(self, other: Periodic | Region) -> Set:
        return ~((~self) & ~other)

    __rand__ = __and__
    __ror__ = __or__

    def __invert__(self) -> Set:
        return plain(Periodic(self.period, ~self.region))

    def __contains__(self, number: Border) -> bool:
        return reduced(number, self.period) in self.region

    def beside(self, number: Border, side: int) -> bool:
        """Whether the points next to a number belong, on its left (-1) or on its right (1)."""
        place = reduced(number, self.period)
        if side < 0 and place == 0:
            place = self.period
        return self.region.beside(place, side)

    def interior(self) -> Set:
        """The points that belong together with all points near them."""
        doubled = _repeated(self, 2).region  # the seam of two periods lies inside
        inner = doubled.interior() | (only([0]) if self.period in doubled.interior() else EMPTY)
        return plain(Periodic(self.period, inner))

    def missing(self) -> list[Border]:
        """The single points of one period that are left out."""
        return [
            p
            for p in [0, *self.region.borders]
            if p not in self and self.beside(p, -1) and self.beside(p, 1) and p != self.period
        ]


Set = Region | Periodic


def window(period: Border) -> Region:
    """[0, period)."""
    return compared(">=", 0) & compared("<", period)


def plain(found: Periodic) -> Set:
    """All numbers or none where the set is that."""
    if found.region == EMPTY:
        return EMPTY
    return REALS if found.region == window(found.period) else found


def reduced(number: Border, period: Border) -> Border:
    """The number brought into [0, period) by whole periods."""
    return plus(number, times(-floor(over(number, period)), period))


def _repeated(found: Periodic, copies: int) -> Periodic:
    if copies > MAX_COPIES:
        raise UndecidedError("periods that hardly ever meet")
    region, moved = found.region, found.region
    for _ in range(copies - 1):
        moved = moved.mapped(lambda border: plus(border, found.period))
        region = region | moved
    return Periodic(times(copies, found.period), region)


def _in_step(a: Periodic, b: Periodic) -> tuple[Periodic, Periodic]:
    """Both with a common period. UndecidedError where there is none."""
    ratio = over(a.period, b.period)
    if isinstance(ratio, Real):
        raise UndecidedError("periods that never meet")
    if ratio == 1:
        return a, Periodic(a.period, b.region)
    return _repeated(a, ratio.denominator), _repeated(b, ratio.numerator)


def _within(found: Periodic, region: Region) -> Set:
    """What of a periodic set lies in a region: copies side by side, where the region is bounded."""
    if region in (REALS, EMPTY):
        return found if region == REALS else EMPTY
    if region.inside[0] or region.inside[-1]:
        raise UndecidedError("infinitely many intervals")
    first, last = floor(over(region.borders[0], found.period)), floor(over(region.borders[-1], found.period))
    if last - first >= MAX_COPIES:
        raise UndecidedError("too many intervals")
    parts = EMPTY
    for k in range(first, last + 1):
        parts = parts | found.region.mapped(lambda border, k=k: plus(border, times(k, found.period)))  # type: ignore[misc]
    return parts & region


def preimage(found: Set, slope: Border, offset: Border) -> Set:
    """The numbers x with slope·x + offset in the set, for a slope that is not 0."""

    def back(border: Border) -> Border:
        return over(plus(border, minus(offset)), slope)

    if isinstance(found, Region):
        return found.mapped(back, increasing=slope > 0)
    wide = found.region | found.region.mapped(lambda border: plus(border, minus(found.period)))
    three = wide | found.region.mapped(lambda border: plus(border, found.period))
    period = over(found.period, slope if slope > 0 else minus(slope))
    # One period of x, begun where the offset puts it, and cut out of three periods of the image.
    moved = three.mapped(back, increasing=slope > 0)
    start = back(0)
    piece = moved & compared(">=", start) & compared("<", plus(start, period))
    return plain(_begun_anywhere(piece, start, period))


def _begun_anywhere(piece: Region, start: Border, period: Border) -> Periodic:
    """The periodic set whose part in [start, start + period) is given."""
    first = floor(over(start, period))
    moved = [piece.mapped(lambda border, k=k: plus(border, times(-k, period))) for k in (first, first + 1)]  # type: ignore[misc]
    return Periodic(period, moved[0] | moved[1])


# ---- said with a whole number k ------------------------------------------------------------------------------------


def shortest(found: Periodic) -> Periodic:
    """The same set with its smallest period: what is left out by sin x != 0 repeats after pi."""
    for copies in range(len(found.region.borders) + 1, 1, -1):
        period = over(found.period, copies)
        part = Periodic(period, found.region)
        if _repeated(part, copies).region == found.region:
            return part
    return found


def families(found: Periodic, symbol: Symbol, k: Symbol) -> list[Expr]:
    """The set as conditions on a symbol, all of which hold for some (of points left out: for every) whole number k.

    >>> from calcml.expr import symbols
    >>> x, k = symbols("x k")
    >>> families(Periodic(1, ~only([0])), x, k), families(Periodic(2, compared("<=", 1)), x, k)
    ([x != k], [x >= 2*k, x <= 1 + 2*k])
    """
    found = shortest(found)

    def place(border: Border) -> Expr:
        return shifted(border, found.period, k)

    left_out = ~found
    if isinstance(left_out, Periodic) and len(left_out.region.points()) == len(left_out.region.stretches()):
        return [make(Relation, "!=", (symbol, place(point))) for point in left_out.region.points()]
    parts: list[list[Expr]] = []
    stretches = found.region.stretches()
    if len(stretches) > 1 and stretches[0][0] == 0 and stretches[0][2] and stretches[-1][1] == found.period:
        low, high = stretches.pop(), stretches.pop(0)  # one interval across the seam
        back = plus(low[0], minus(found.period))
        if abs(float(back)) <= abs(float(low[0] or 0)):
            stretches.insert(0, (back, high[1], low[2], high[3]))
        else:
            stretches.append((low[0], plus(high[1], found.period), low[2], high[3]))
    for low_end, high_end, low_belongs, high_belongs in stretches:
        if low_end is high_end or low_end == high_end:
            parts.append([make(Relation, "=", (symbol, place(low_end)))])
            continue
        first = make(Relation, ">=" if low_belongs else ">", (symbol, place(low_end)))
        parts.append([first, make(Relation, "<=" if high_belongs else "<", (symbol, place(high_end)))])
    if len(parts) == 1:
        return parts[0]
    return [make(Or, None, tuple([part[0] if len(part) == 1 else make(And, None, tuple(part)) for part in parts]))]


def shifted(border: Border, period: Border, k: Symbol) -> Expr:
    """border + k·period as one sum, a positive term in front: pi/2 + k*pi/2 - 1/2."""
    terms = [canonical({mono: number}) for mono, number in terms_of(expr_of(border)).items()]
    positive = [term for term in terms if type(term) is not Neg]
    return join([*positive, turns(period, k), *[term for term in terms if type(term) is Neg]])


def turns(period: Border, k: Symbol) -> Expr:
    """k periods, as people write them: 2*k*pi, k*pi/2."""
    terms = terms_of(expr_of(period))
    if len(terms) != 1:
        return mul(k, expr_of(period))
    ((mono, number),) = terms.items()
    top = mul_all([exact(number.numerator), k, *([canonical({mono: 1})] if mono else [])])
    return div(top, exact(number.denominator))
