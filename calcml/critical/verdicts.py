"""What follows from the shape of a curve: its largest and smallest value, whether it is convex, and why."""

from __future__ import annotations

from typing import NamedTuple

from calcml.critical.curve import Curve, Piece, number_between, sign_between, value_at
from calcml.critical.ends import MINUS_INFINITY, End
from calcml.critical.zeros import Place
from calcml.errors import UndecidedError
from calcml.expr import INFINITY, ZERO, Expr
from calcml.precise import precise_value
from calcml.regions.reals import compare, real
from calcml.regions.region import Stretch
from calcml.regions.sides import LEFT

ATTAINED, APPROACHED, UNBOUNDED, UNDECIDED = "attained", "approached", "unbounded", "undecided"


class Best(NamedTuple):
    """The largest or smallest value of a function on its domain.

    status: attained at `places` and on `stretches`, approached at `ends` and nowhere attained, unbounded towards
    `ends`, or undecided.
    """

    status: str
    value: Expr = ZERO
    places: tuple[Place, ...] = ()
    ends: tuple[End, ...] = ()
    reason: str = ""
    stretches: tuple[Stretch, ...] = ()


class Bend(NamedTuple):
    """How a curve bends on its whole domain: convex, concave, both (a line), neither, or undecided."""

    kind: str
    strict: bool
    reason: str


def largest(c: Curve) -> Best:
    """The largest value.

    >>> from calcml.critical.curve import curve
    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> best = largest(curve(parse("x*e^(-x)"), symbols("x")))
    >>> best.status, best.value, [place.at for place in best.places]
    ('attained', 1/e, [1])
    """
    return _best(c, 1)


def smallest(c: Curve) -> Best:
    """The smallest value."""
    return _best(c, -1)


def _best(c: Curve, side: int) -> Best:
    if c.critical.missing:
        return Best(UNDECIDED, reason=f"zeros of the derivative are not all known: {c.critical.missing}")
    if c.drift is not ZERO:
        return Best(UNBOUNDED, INFINITY if side > 0 else MINUS_INFINITY, ends=(End(None, LEFT), End(None, -LEFT)))
    infinite = INFINITY if side > 0 else MINUS_INFINITY
    beyond = [end for end, value in c.ends if value is infinite]
    if beyond:
        return Best(UNBOUNDED, infinite, ends=tuple(beyond))
    for end, value in c.ends:
        if value is None and _slope_towards(c, end) in (side, None):
            return Best(UNDECIDED, reason="the limit at an end of the domain is not found")
    values: list[_Entry] = [(turn.value, turn.place, None) for turn in c.turns]
    values += [(value, None, stretch) for stretch, value in constants(c)]
    approached: list[_Entry] = [(v, None, end) for end, v in c.ends if v is not None and v not in _INFINITE]
    everything = [*values, *approached]
    if not everything:
        return Best(UNDECIDED, reason="no value to compare")
    try:
        top = everything[0][0]
        for value, _, _ in everything[1:]:
            top = value if side * _compared(value, top) > 0 else top
        best = [(place, part) for value, place, part in everything if _compared(value, top) == 0]
    except UndecidedError as error:
        return Best(UNDECIDED, reason=error.message)
    stretches = tuple([part for _, part in best if part is not None and not isinstance(part, End)])
    flat = c.where(slope=0)
    places = tuple([place for place, _ in best if place is not None and place.at not in flat])
    if places or stretches:
        return Best(ATTAINED, top, places, stretches=stretches)
    return Best(APPROACHED, top, (), tuple([part for _, part in best if isinstance(part, End)]))


def constants(c: Curve) -> list[tuple[Stretch, Expr]]:
    """The intervals on which f is constant, each with its value.

    >>> from calcml.critical.curve import curve
    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> constants(curve(parse("clip(x, -1, 1)"), symbols("x")))
    [((None, -1, False, True), -1), ((1, None, True, False), 1)]
    """
    return [
        (stretch, value_at(c.f, c.x, Place(number_between(stretch[0], stretch[1]))))
        for stretch in c.where(slope=0).stretches()
    ]


_Entry = tuple[Expr, Place | None, End | Stretch | None]
_INFINITE = frozenset({INFINITY, MINUS_INFINITY})


def _compared(a: Expr, b: Expr) -> int:
    if a is b:
        return 0
    try:
        return compare(real(a), real(b))
    except UndecidedError:
        gap = precise_value(a, {}, 50) - precise_value(b, {}, 50)
        if abs(gap) < 1e-12:
            raise
        return 1 if gap > 0 else -1


def _slope_towards(c: Curve, end: End) -> int | None:
    """The sign of f' on the way to an end, as one goes there: 1 where f rises."""
    for piece in c.pieces:
        if end.at is None:
            if end.side == LEFT and piece.low is None:
                return -piece.slope
            if end.side != LEFT and piece.high is None:
                return piece.slope
        elif end.side == LEFT and piece.high is not None and compare(piece.high, end.at) == 0:
            return piece.slope
        elif end.side != LEFT and piece.low is not None and compare(piece.low, end.at) == 0:
            return -piece.slope
    return None


# ---- convex or not ---------------------------------------------------------------------------------------------------


def bend(c: Curve) -> Bend:
    """Whether the function is convex, from the sign of f'' and the jumps of f' at its kinks.

    >>> from calcml.critical.curve import curve
    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> [bend(curve(parse(s), symbols("x"))).kind for s in ("x^2", "ln(x)", "|x|", "x^3", "2x + 1", "1/x")]
    ['convex', 'concave', 'convex', 'neither', 'both', 'undefined']
    """
    stretches = [s for s in c.domain.stretches() if not (s[0] is not None and s[0] is s[1])]
    if len(stretches) > 1 or c.holes is not None:
        return Bend("undefined", False, "the domain is not one interval")
    if c.bends is None or c.bends.missing:
        return _without_zeros(c)
    signs = {piece.bend for piece in c.pieces}
    if any(sides.is_vertical for _, sides in c.kinks):
        return Bend("neither", False, "a vertical tangent")
    jumps = [sides.jump for _, sides in c.kinks]
    if None in jumps:
        return Bend("undecided", False, "how the slope jumps at a kink is not known")
    turns = {*signs, *jumps} - {0}
    strict = 0 not in signs and not any(piece.bend == 0 for piece in c.pieces)
    if not turns:
        return Bend("both", False, "f'' = 0")
    if turns == {1}:
        return Bend("convex", strict, _reason(c, jumps, ">", "up"))
    if turns == {-1}:
        return Bend("concave", strict, _reason(c, jumps, "<", "down"))
    if signs - {0} == {1, -1}:
        return Bend("neither", False, "f'' changes its sign")
    if {*jumps} >= {1, -1}:
        return Bend("neither", False, "f' jumps up at one kink and down at another")
    return Bend("neither", False, "f'' and the jump of f' at a kink have opposite signs")


def _without_zeros(c: Curve) -> Bend:
    """What is known of the bend where the zeros of f'' are not: two points with f'' of both signs are enough."""
    signs = c.signs
    if signs is not None and not c.kinks and not {1, -1} <= signs:
        kind, sign = ("convex", ">") if 1 in signs else ("concave", "<")
        return Bend(kind, 0 not in signs, f"f'' {sign}= 0" + ("" if 0 in signs else ", and 0 at single points only"))
    seen: set[int | None] = {piece.bend for piece in c.pieces} | (signs or frozenset())
    for piece in c.pieces:
        if {1, -1} <= seen:
            break
        try:
            seen.add(sign_between(c.second, c.x, piece.low, piece.high))
        except UndecidedError:
            continue
    if {1, -1} <= seen:
        return Bend("neither", False, "f'' changes its sign")
    return Bend("undecided", False, "the zeros of f'' are not all known")


def _reason(c: Curve, jumps: list[int | None], sign: str, direction: str) -> str:
    smooth = [piece for piece in c.pieces if isinstance(piece, Piece)]
    flat = any(piece.bend == 0 for piece in smooth)
    if all(piece.bend == 0 for piece in smooth):
        return f"f'' = 0, and f' jumps {direction} at every kink"
    points = bool(c.bends and c.bends.points)
    text = f"f'' {sign}= 0" if flat or points else f"f'' {sign} 0"
    if points and not flat:
        text += ", and 0 at single points only"
    return f"{text}, and f' jumps {direction} at every kink" if jumps else text
