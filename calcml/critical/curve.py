"""The shape of a curve y = f(x): where it rises and falls, bends, turns, and how high and low it gets.

The line (of a function that repeats, one period of it) is cut at the zeros of f' and f'', at the borders of the domain
and where f has no derivative. Between two cuts f' and f'' keep their signs, so one number in each part tells them.
Everything said follows from these signs; the values of f'', or of the first derivative that is not 0, are shown with
it. Where the zeros are not all known, what is missing is said, and nothing is concluded beyond it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import pi
from typing import Any, NamedTuple

from calcml.algebra.fractions import is_zero as vanishes
from calcml.algebra.fractions import normal_expression
from calcml.algebra.terms import quotient
from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import substitute
from calcml.build import add, neg, sub
from calcml.critical.ends import End, limit
from calcml.critical.zeros import Place, Zeros, decimal, sign_at, solved_zeros, zeros
from calcml.differentiation import differentiate, resolve
from calcml.entries import written_out
from calcml.errors import CalcmlError, DomainError, ShapeError, UndecidedError
from calcml.expr import PI, ZERO, Call, Expr, Symbol, make, ratio_of, rational
from calcml.precise import precise_value
from calcml.regions.extents import Extent, defined, differentiable
from calcml.regions.periodic import Periodic, window
from calcml.regions.pieces import case_places, common_period, periods_of, repeats, rise
from calcml.regions.reals import Border, compare, expr_of, floor, minus, over, plus, real, times
from calcml.regions.region import EMPTY, REALS, Region, Stretch, compared, only, ordered, samples
from calcml.regions.sides import LEFT, RIGHT, Sides, agree
from calcml.series.coefficients import expression_of, is_zero
from calcml.series.coefficients import times as scaled
from calcml.series.local import local_series, with_cases
from calcml.series.near import HERE, Near
from calcml.simplification import simplify
from calcml.traverse import count_nodes, rewrite_bottom_up, topological

MINIMUM, MAXIMUM, NEITHER, FLAT = "minimum", "maximum", "neither", "flat"
MAX_NODES = 1000
HIGHEST = 8  # order of derivatives in the test at a point where f'' is 0


class Turn(NamedTuple):
    """A point where f may turn: f' is 0, or f has no derivative, or it is an end.

    place    where
    value    f there, as an expression
    kind     minimum, maximum, neither; `flat` for a point of a stretch on which f is constant
    slopes   the signs of f' to the left and to the right; None beyond an end
    why      "critical", "kink", "end" …
    order    of the first derivative that is not 0 there, and its value; 0 where there is none
    """

    place: Place
    value: Expr
    kind: str
    slopes: tuple[int | None, int | None]
    why: str
    order: int = 0
    derivative: Expr = ZERO


class Piece(NamedTuple):
    """An open part between two cuts, with the signs of f' and f'' on it (None where f'' is not known)."""

    low: Border | None
    high: Border | None
    slope: int
    bend: int | None


class Curve(NamedTuple):
    """What is known of a curve. Sets are of the whole line, or of one period.

    signs: those f'' takes, where that is known without its zeros being listed: f'' repeats, and f does not.
    """

    f: Expr
    x: Symbol
    first: Expr
    second: Expr
    domain: Region
    holes: Periodic | None
    period: Border | None
    drift: Expr
    critical: Zeros
    bends: Zeros | None
    turns: tuple[Turn, ...]
    inflections: tuple[Place, ...]
    pieces: tuple[Piece, ...]
    ends: tuple[tuple[End, Expr | None], ...]
    kinks: tuple[tuple[Border, Sides], ...]
    missing: str
    signs: frozenset[int] | None = None

    def where(self, slope: int | None = None, bend: int | None = None) -> Region:
        """The set on which f' (or f'') has a sign, ends included where f is continuous there."""
        found = EMPTY
        for piece in self.pieces:
            if (slope is None or piece.slope == slope) and (bend is None or piece.bend == bend):
                found = found | _open(piece.low, piece.high)
        return found | only([b for b in found.borders if self.has(b)])

    def has(self, at: Border) -> bool:
        """Whether f is defined, and so continuous, at a number."""
        return at in self.domain and (self.holes is None or at in self.holes)

    def bent(self, sign: int) -> list[Stretch]:
        """The largest intervals on which f is convex (1) or concave (-1), those on which it is straight left out.

        Two of them may meet in a point, where f' jumps the other way.

        >>> from calcml.reading import parse
        >>> from calcml.expr import symbols
        >>> curve(parse("|x| - x^2"), symbols("x")).bent(-1)
        [(None, 0, False, True), (0, None, True, False)]
        """
        runs: list[list[Piece]] = []
        bends: list[bool] = []  # whether f bends, or has a kink, in the run
        for piece in self.pieces:
            if piece.bend not in (sign, 0):
                continue
            jump = self.jump(piece.low) if runs and piece.low is not None and runs[-1][-1].high == piece.low else None
            if jump in (0, sign):
                runs[-1].append(piece)
                bends[-1] = bends[-1] or bool(piece.bend) or bool(jump)
            else:
                runs.append([piece])
                bends.append(bool(piece.bend))
        return [self._closed(run[0].low, run[-1].high) for run, kept in zip(runs, bends, strict=True) if kept]

    def jump(self, at: Border) -> int | None:
        """The sign of the jump of f' at a cut; None where the parts beside it do not belong together."""
        if not self.has(at):
            return None
        sides = next((sides for kink, sides in self.kinks if kink == at), None)
        if sides is None:
            return 0
        return None if sides.is_vertical else sides.jump

    def _closed(self, low: Border | None, high: Border | None) -> Stretch:
        return (low, high, low is not None and self.has(low), high is not None and self.has(high))


def curve(f: Expr, x: Symbol, on: Region = REALS, assuming: Assumptions = NOTHING) -> Curve:
    """The shape of f on a set. UndecidedError where its domain or the zeros of f' are beyond us.

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> shape = curve(parse("x^3 - 3x"), symbols("x"))
    >>> [(turn.place.at, turn.kind, turn.value) for turn in shape.turns], shape.where(slope=1)
    ([(-1, 'maximum', 2), (1, 'minimum', -2)], (-oo, -1] U [1, oo))
    """
    f = written_out(resolve(f))
    if f.shape:
        raise ShapeError(f"a scalar is expected, and {f!r} has shape {f.shape}")
    if count_nodes(f) > MAX_NODES:
        raise UndecidedError("the function is too large for its shape to be found")
    domain, holes = _domain(f, x, on, assuming)
    if domain == EMPTY:
        raise DomainError(f"{f!r} is defined nowhere on the set asked about")
    first = simplify(differentiate(f, x))
    second = simplify(differentiate(first, x))
    kinks = _kinks(f, x, domain, holes)
    smooth = domain - only([at for at, _ in kinks])
    turn = _turn_of(f, x) if on == REALS else None
    critical = _zeros(first, x, smooth, holes, turn)
    bends = _bends(second, x, smooth, holes, turn)
    if "near" in critical.missing:
        raise UndecidedError(f"where the slope of {f!r} is 0 is not decided {critical.missing}")
    signs = None
    if bends is not None and bends.period is not None and critical.period is None and not repeats(f, x, bends.period):
        signs = _signs_of_one_period(second, x, bends) if smooth == REALS else None
        bends = None  # infinitely many, each of its own kind
    period = _period(f, x, [critical, bends], holes)
    drift: Expr = ZERO
    if period is not None:
        drift = rise(f, x, period) or ZERO
        critical, bends = _over(critical, period), None if bends is None else _over(bends, period)
        domain = window(period)
        if holes is not None:
            inside_window = holes & (domain | only([period]))
            assert isinstance(inside_window, Region)
    places = [place.at for z in (critical, bends) if z is not None for place in z.points]
    flats = critical.flats if bends is None else critical.flats | bends.flats
    gaps = _gaps(holes, period)
    known = domain
    for z in (critical, bends):
        if z is not None and z.missing and z.searched is not None:  # nothing is concluded beyond what was searched
            known = known & compared(">=", int(z.searched[0])) & compared("<=", int(z.searched[1]))
    cases = case_places(with_cases(f), x) & domain  # f'' may jump from one sign to the other there
    if not isinstance(cases, Region):
        raise UndecidedError(f"{f!r} changes its formula at infinitely many places", hint="ask with --on A B")
    marks = ordered([*places, *flats.borders, *known.borders, *gaps, *cases.points(), *[at for at, _ in kinks]])
    marks = [mark for mark in marks if known == domain or mark in known or mark in known.borders]
    pieces = _pieces(first, second if bends is not None else None, x, marks, known, holes, period)
    made = Curve(
        f, x, first, second, domain, holes, period, drift, critical, bends, (), (), tuple(pieces), (), tuple(kinks),
        " and ".join(dict.fromkeys([z.missing for z in (critical, bends) if z is not None and z.missing])), signs,
    )  # fmt: skip
    made = made._replace(ends=tuple(_ends(made)))
    return made._replace(turns=tuple(_turns(made)), inflections=tuple(_inflections(made)))


# ---- domain, kinks, periods ------------------------------------------------------------------------------------------


def _domain(f: Expr, x: Symbol, on: Region, assuming: Assumptions) -> tuple[Region, Periodic | None]:
    extent = defined(f, assuming)
    others = [symbol for symbol in extent.regions if symbol is not x]
    if extent.conditions or others or any(symbol is not x for symbol in extent.periodic):
        raise UndecidedError(f"where {f!r} is defined is not solved for {x}")
    region = extent.regions.get(x, REALS) & on
    holes = extent.periodic.get(x)
    if holes is not None and on != REALS:
        cut = holes & region
        if isinstance(cut, Region):
            return cut, None
    return region, holes


def _kinks(f: Expr, x: Symbol, domain: Region, holes: Periodic | None) -> list[tuple[Border, Sides]]:
    """Where f is defined around a point and has no derivative at it."""
    extent: Extent = differentiable(f, x)
    if extent.sufficient and not set(extent.sufficient) <= set(extent.conditions):
        raise UndecidedError(f"where {f!r} has a derivative is not found")
    found: list[tuple[Border, Sides]] = []
    for broken in extent.breaks:
        places = [broken.at]
        if broken.period is not None:
            if domain.inside[0] or domain.inside[-1]:
                hint = "between two jumps: --on A B" if broken.kind in _JUMPS else "on an interval: --on A B"
                raise UndecidedError(f"{f!r} has infinitely many kinks or jumps", hint=f"ask {hint}")
            low, high = domain.borders[0], domain.borders[-1]
            first = floor(over(plus(low, minus(broken.at)), broken.period))
            last = floor(over(plus(high, minus(broken.at)), broken.period)) + 1
            if last - first > MAX_KINKS:
                raise UndecidedError(f"{f!r} has too many kinks", hint="ask with --on A B")
            places = [plus(broken.at, times(k, broken.period)) for k in range(first, last + 1)]
        for at in places:
            if at in domain and broken.kind in _JUMPS and not _is_continuous(broken.sides, domain, at):
                hint = "choose an interval on which f is continuous"
                raise UndecidedError(f"{f!r} jumps at {x} = {expr_of(at)}", hint=hint)
            if at in domain.interior():
                found.append((at, broken.sides))
    return found


_JUMPS = frozenset({"jump", "no limit"})


def _is_continuous(sides: Sides, domain: Region, at: Border) -> bool:
    """Whether f goes to its value on the sides that belong to the domain: floor(x) on [0, 1/2]."""
    return all(
        agree(limit_there, sides.value)
        for side, limit_there in zip((LEFT, RIGHT), sides.limits, strict=True)
        if domain.beside(at, side)
    )


MAX_KINKS = 100


def _bends(g: Expr, x: Symbol, smooth: Region, holes: Periodic | None, turn: Border | None) -> Zeros | None:
    try:
        found = _zeros(g, x, smooth, holes, turn)
    except CalcmlError:
        return None
    return None if "near" in found.missing else found


def _signs_of_one_period(g: Expr, x: Symbol, found: Zeros) -> frozenset[int] | None:
    """The signs of a function that repeats between its zeros, 0 where it is 0 on an interval; None for any other."""
    for copies in (1, 2):
        period = times(copies, found.period)
        if rise(g, x, period) is ZERO:
            laid = _over(found, period)
            marks = ordered([0, *[place.at for place in laid.points], *laid.flats.borders, period])
            return frozenset(sign_between(g, x, low, high) for low, high in pairwise(marks))
    return None


def _turn_of(f: Expr, x: Symbol) -> Border | None:
    """The period of a function that repeats (up to a constant), by its sines and tangents; None for any other."""
    try:
        period = common_period(periods_of(f, x))
    except UndecidedError:
        return None
    return period if repeats(f, x, period) else None


def _zeros(g: Expr, x: Symbol, smooth: Region, holes: Periodic | None, turn: Border | None) -> Zeros:
    """The zeros of a derivative: solved, or for a function that repeats searched in one period."""
    if turn is None or holes is not None or smooth != REALS:
        return zeros(g, x, smooth.interior(), holes)
    solved = solved_zeros(g, x)
    if solved is not None:
        return solved
    inside = compared(">=", 0) & compared("<=", turn)
    found = zeros(g, x, inside)
    points = [_recognised(g, x, place) for place in found.points]
    kept = [place for place in points if compare(place.at, turn) and not _is_turn(place, turn)]
    if sign_at(g, x, 0) == 0 and not any(compare(place.at, 0) == 0 for place in kept):
        kept.insert(0, Place(0))
    return found._replace(points=kept, period=turn, searched=(0.0, float(turn)))


def _is_turn(place: Place, turn: Border) -> bool:
    return not place.is_exact and abs(float(place.at) - float(turn)) < 1e-30


def _recognised(g: Expr, x: Symbol, place: Place) -> Place:
    """A numeric zero as a multiple of pi/12 where it is one."""
    if place.is_exact:
        return place
    n = round(float(place.at) * 12 / pi)
    exact = times(quotient(n, 12), real(PI))
    try:
        if abs(float(exact) - float(place.at)) < 1e-14 * max(1.0, abs(n)) and sign_at(g, x, exact) == 0:
            return Place(exact)
    except UndecidedError:
        pass
    return place


def _period(f: Expr, x: Symbol, found: Sequence[Zeros | None], holes: Periodic | None) -> Border | None:
    """The period after which everything comes again, where something does."""
    periods = [z.period for z in found if z is not None and z.period is not None]
    periods += [holes.period] if holes is not None else []
    if not periods:
        return None
    common = periods[0]
    for other in periods[1:]:
        ratio = over(common, other)
        if not hasattr(ratio, "denominator"):
            raise UndecidedError("periods that never meet")
        common = times(common, ratio.denominator)
    for top, bottom in ((1, 4), (1, 3), (1, 2), (1, 1), (2, 1), (3, 1), (4, 1)):
        period = times(quotient(top, bottom), common)
        if repeats(f, x, period) or vanishes(sub(substitute(f, {x: add(x, expr_of(period))}), f)) is True:
            return period
    raise UndecidedError(f"{f!r} has infinitely many critical points, each of its own kind", hint="ask with --on A B")


def _over(found: Zeros, period: Border) -> Zeros:
    """Zeros laid out over a longer period."""
    if found.period is None:
        return found
    copies = over(period, found.period)
    if copies < 1:  # f itself repeats faster than its zeros are known to
        points = [place for place in found.points if place.at in window(period)]
        return Zeros(points, found.flats & window(period), period, found.searched, found.missing)
    points = [
        Place(plus(place.at, times(k, found.period)), place.error) for k in range(copies) for place in found.points
    ]
    flats = EMPTY
    for k in range(copies):
        flats = flats | found.flats.mapped(lambda border, k=k: plus(border, times(k, found.period)))  # type: ignore[misc]
    return Zeros(points, flats, period, found.searched, found.missing)


def _gaps(holes: Periodic | None, period: Border | None) -> list[Border]:
    if holes is None or period is None:
        return []
    copies = max(over(period, holes.period), 1)
    found = [plus(border, times(k, holes.period)) for k in range(copies) for border in holes.region.borders]
    return [border for border in found if compare(border, period) <= 0]


# ---- signs between cuts ----------------------------------------------------------------------------------------------


def _pieces(
    first: Expr, second: Expr | None, x: Symbol, marks: list[Border], domain: Region, holes: Periodic | None,
    period: Border | None,
) -> list[Piece]:  # fmt: skip
    found: list[Piece] = []
    ends: list[Border | None] = [*marks] if period is not None else [None, *marks, None]
    if period is not None:
        ends = [*ordered([0, *marks, period])]
    for low, high in pairwise(ends):
        sample = number_between(low, high)
        if sample not in domain or (holes is not None and sample not in holes):
            continue
        bend = None if second is None else sign_between(second, x, low, high)
        found.append(Piece(low, high, sign_between(first, x, low, high), bend))
    return found


def number_between(low: Border | None, high: Border | None) -> Border:
    """A rational number in an open interval."""
    if low is None:
        return 0 if high is None else samples([high])[0]
    return samples([low])[-1] if high is None else samples([low, high])[1]


def sign_between(g: Expr, x: Symbol, low: Border | None, high: Border | None) -> int:
    """The sign of g at a number of an interval: 0 where it is 0 throughout."""
    import mpmath

    at = number_between(low, high)
    try:
        value = precise_value(substitute(g, {x: expr_of(at)}), {}, 60)
        with mpmath.workdps(60):
            if abs(value) > mpmath.mpf(10) ** -45:
                return 1 if value > 0 else -1
    except (TypeError, ValueError):
        pass
    return sign_at(g, x, at)


def _open(low: Border | None, high: Border | None) -> Region:
    left = REALS if low is None else compared(">", low)
    return left if high is None else left & compared("<", high)


# ---- turning points --------------------------------------------------------------------------------------------------


def _turns(c: Curve) -> list[Turn]:
    candidates: list[tuple[Place, str]] = [(place, "critical") for place in c.critical.points]
    candidates += [(Place(at), "kink") for at, _ in c.kinks]
    if c.period is None:
        candidates += [(Place(b), "end") for b in c.domain.borders if b in c.domain and not _is_inner(c.domain, b)]
        candidates += [(Place(b), "flat") for b in c.critical.flats.borders]
    found: list[Turn] = []
    for place, why in sorted(candidates, key=lambda candidate: float(candidate[0].at)):
        if why == "flat" and any(compare(place.at, other.place.at) == 0 for other in found):
            continue
        slopes = (_slope_beside(c, place.at, LEFT), _slope_beside(c, place.at, RIGHT))
        kind = _kind(*slopes)
        turn = Turn(place, value_at(c.f, c.x, place), kind, slopes, why)
        found.append(_with_test(c, turn) if why == "critical" else turn)
    return found


def _is_inner(region: Region, at: Border) -> bool:
    return region.beside(at, LEFT) and region.beside(at, RIGHT)


def _slope_beside(c: Curve, at: Border, side: int) -> int | None:
    for piece in c.pieces:
        if side == LEFT and piece.high is not None and compare(piece.high, at) == 0:
            return piece.slope
        if side == RIGHT and piece.low is not None and compare(piece.low, at) == 0:
            return piece.slope
    if c.period is not None and c.pieces:
        if side == LEFT and compare(at, 0) == 0 and c.pieces[-1].high == c.period:
            return c.pieces[-1].slope
        if side == RIGHT and compare(at, c.period) == 0 and c.pieces[0].low == 0:
            return c.pieces[0].slope
    return None


def _kind(left: int | None, right: int | None) -> str:
    """From the signs of f' on both sides."""
    if left is None or right is None:
        rises = right if left is None else -left if left is not None else None
        return FLAT if not rises else MINIMUM if rises > 0 else MAXIMUM
    if left == right:
        return FLAT if left == 0 else NEITHER
    if left <= 0 <= right:
        return MINIMUM
    return MAXIMUM


def value_at(f: Expr, x: Symbol, place: Place) -> Expr:
    """f at a place: exact, or as a decimal."""
    if place.is_exact:
        try:
            value = Near(with_cases(f), {x: place.expr}, side=HERE).coefficient(0)
            closed = expression_of(value)
        except CalcmlError:
            closed = substitute(f, {x: place.expr})
        return closed_form(closed)
    number = precise_value(substitute(f, {x: expr_of(place.at)}), {}, 30)
    return decimal(_fraction(number), 15)


def closed_form(closed: Expr) -> Expr:
    """A number in the form people write: -ln(1/2) is ln(2), sin(2*pi/3) is sqrt(3)/2."""

    def upright(node: Expr) -> Expr:
        if type(node) is Call and node.data == "ln":
            ratio = ratio_of(node.args[0])
            if ratio is not None and 0 < ratio[0] < ratio[1]:
                return neg(make(Call, "ln", (rational(ratio[1], ratio[0]),)))
        return node

    try:
        closed = _without_angles(expr_of(real(closed)))
    except CalcmlError:
        pass
    return simplify(rewrite_bottom_up(closed, upright))


def _without_angles(closed: Expr) -> Expr:
    """A number with sines of inverse sines in it by roots, where that leaves no sine: sin(2·acos(1/3)) is 4·√2/9."""

    def angles(expr: Expr, names: frozenset[str]) -> list[Expr]:
        return [node for node in topological(expr) if type(node) is Call and node.data in names]

    if not angles(closed, _CIRCULAR) or not angles(closed, _INVERSE):
        return closed
    written = normal_expression(closed)
    return closed if angles(written, _CIRCULAR | _INVERSE) else written


_CIRCULAR, _INVERSE = frozenset({"sin", "cos", "tan"}), frozenset({"asin", "acos", "atan"})


def _fraction(number: Any) -> Any:
    from fractions import Fraction

    import mpmath

    with mpmath.workdps(40):
        return Fraction(int(mpmath.nint(number * mpmath.mpf(10) ** 35)), 10**35)


def _with_test(c: Curve, turn: Turn) -> Turn:
    """The first derivative that is not 0 at a critical point, for the reader; the signs beside it have decided."""
    if not turn.place.is_exact:
        value = value_at(c.second, c.x, turn.place)
        return turn._replace(order=2, derivative=value)
    try:
        found = local_series(c.f, c.x, turn.place.expr, HIGHEST)
    except CalcmlError:
        return turn
    factor = 1
    for k, coefficient in enumerate(found.coefficients):
        factor *= max(k, 1)
        if k >= 2 and not is_zero(coefficient):
            return turn._replace(order=k, derivative=closed_form(expression_of(scaled(factor, coefficient))))
    return turn


def _inflections(c: Curve) -> list[Place]:
    """Where f'' changes its sign and f has a tangent, which may be vertical."""
    if c.bends is None:
        return []
    kinks = [at for at, sides in c.kinks if not sides.is_vertical]
    marks = [*c.bends.points, *[Place(b) for b in c.bends.flats.borders]]
    if c.period is None:
        seen = ordered([p.at for p in marks])
        for low, high in pairwise(c.pieces):
            if low.high is not None and low.high == high.low and low.high in c.domain and low.high not in seen:
                marks.append(Place(low.high))
    found: list[Place] = []
    for place in sorted(marks, key=lambda place: float(place.at)):
        if any(compare(place.at, kink) == 0 for kink in kinks):
            continue
        left, right = _bend_beside(c, place.at, LEFT), _bend_beside(c, place.at, RIGHT)
        if left and right and left == -right:
            found.append(place)
    return found


def _bend_beside(c: Curve, at: Border, side: int) -> int | None:
    turned = c._replace(pieces=tuple([Piece(p.low, p.high, p.bend or 0, None) for p in c.pieces]))
    return _slope_beside(turned, at, side)


# ---- the ends --------------------------------------------------------------------------------------------------------


def _ends(c: Curve) -> list[tuple[End, Expr | None]]:
    """Where f goes at the ends of its domain that do not belong to it."""
    found: list[tuple[End, Expr | None]] = []
    if c.period is not None:
        places = [gap for gap in _gaps(c.holes, c.period) if c.holes is not None and gap not in c.holes]
        for at in places:
            for side in (LEFT, RIGHT):
                found.append((End(at, side), limit(c.f, c.x, End(at, side))))
        return found
    for low, high, low_belongs, high_belongs in c.domain.stretches():
        if low is not None and low is high:
            continue
        if not low_belongs:
            end = End(low, RIGHT) if low is not None else End(None, LEFT)
            found.append((end, limit(c.f, c.x, end)))
        if not high_belongs:
            end = End(high, LEFT) if high is not None else End(None, RIGHT)
            found.append((end, limit(c.f, c.x, end)))
    return found
