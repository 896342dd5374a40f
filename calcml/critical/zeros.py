"""Where a function of one variable is 0: exactly where that can be solved, else enclosed between numbers.

Solved zeros are a set of exact numbers, or one that repeats. Where the zeros of the derivative can be solved, the
function has one zero at most between two of them, and the signs at the ends, or the limits, tell. What is left is
searched on an interval: a part on which the enclosure of the function leaves out 0 has no zero; a part on which its
derivative keeps a sign has one at most. So the search is complete on the interval, unless it says that it is not;
beyond the interval a function is shown to keep its sign where one of its derivatives does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import inf
from typing import Any, NamedTuple

from calcml.algebra.expand import factor_out
from calcml.algebra.read import as_factor, terms_of
from calcml.algebra.terms import is_number, quotient
from calcml.algebra.write import canonical
from calcml.binding import substitute
from calcml.build import mul, neg
from calcml.critical.circular import as_product
from calcml.critical.enclosures import Enclosure
from calcml.critical.ends import MINUS_INFINITY, End, limit
from calcml.differentiation import differentiate
from calcml.errors import CalcmlError, UndecidedError
from calcml.expr import INFINITY, ZERO, Div, Expr, Number, Relation, Symbol, make
from calcml.forms import collect, factor, together
from calcml.precise import PreciseProgram
from calcml.regions.inequalities import defined_on, solution
from calcml.regions.periodic import Periodic, Set
from calcml.regions.pieces import case_places
from calcml.regions.reals import Border, Real, compare, expr_of, real
from calcml.regions.region import EMPTY, REALS, Region, compared, ordered
from calcml.regions.sides import LEFT, RIGHT
from calcml.series.local import with_cases
from calcml.series.near import Near
from calcml.series.streams import valuation
from calcml.signs import is_nonzero
from calcml.simplification import simplify
from calcml.traverse import topological

REACH = 100  # zeros that are not solved for are searched between -REACH and REACH
MAX_CELLS = 8000  # parts of the line that are looked at, for one function
DIGITS = 40
DERIVATIVES = 4  # of the function that are looked at in the search
MAX_NODES = 400
_FINEST = 1e-7  # parts of the line that are not cut further


class Place(NamedTuple):
    """A number: exact, or the middle of an interval that is `error` long on either side."""

    at: Border
    error: Any = 0

    @property
    def expr(self) -> Expr:
        """It as an expression; a number found numerically as a decimal."""
        return expr_of(self.at) if not self.error else decimal(self.at, 15)

    @property
    def is_exact(self) -> bool:
        """Whether it is known exactly."""
        return not self.error


class Zeros(NamedTuple):
    """The zeros of a function in a set.

    points    single zeros, in order; of a function that repeats, those of one period from 0 on
    flats     the intervals on which it is 0 throughout
    period    after which they come again; None where they do not
    searched  (low, high) where they were searched numerically; None where they were solved
    missing   what is not known: empty where all zeros in the set are there
    """

    points: list[Place]
    flats: Region
    period: Border | None
    searched: tuple[float, float] | None
    missing: str


def zeros(g: Expr, x: Symbol, region: Region = REALS, periodic: Periodic | None = None) -> Zeros:
    """The zeros of g in a region (and a periodic set) on which it is defined and continuous.

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> zeros(parse("x^2 - 2"), x).points
    [Place(at=-sqrt(2), error=0), Place(at=sqrt(2), error=0)]
    >>> zeros(parse("e^x - 3x"), x).points[0].expr
    0.619061286735945
    """
    solved = solved_zeros(g, x, region, periodic)
    if solved is not None:
        return solved
    if periodic is not None:
        raise UndecidedError(f"the zeros of {g!r} are not found")
    g = _numerator(without_nonzero_factors(g))
    if len(topological(g)) > MAX_NODES:
        raise UndecidedError("a function too large for its zeros to be searched")
    chain = [g]
    for _ in range(DERIVATIVES):
        chain.append(simplify(differentiate(chain[-1], x)))
    found = _between_turns(chain, x, region)
    return found if found is not None else _searched(chain, x, region)


def solved_zeros(g: Expr, x: Symbol, region: Region = REALS, periodic: Periodic | None = None) -> Zeros | None:
    """The zeros where the equation g = 0 is solved exactly; None where it is not.

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> solved_zeros(parse("sin(x) + sin(2x)"), symbols("x")).points
    [Place(at=0, error=0), Place(at=2*pi/3, error=0), Place(at=pi, error=0), Place(at=4*pi/3, error=0)]
    """
    for form in _forms(without_nonzero_factors(g), x):
        try:
            return _of_set(_within(solution(make(Relation, "=", (form, ZERO)), x), region, periodic))
        except (UndecidedError, ZeroDivisionError):
            continue
    return None


def without_nonzero_factors(g: Expr) -> Expr:
    """The function without factors that are never 0: e^(-x)·(1 - x) is 0 where 1 - x is."""
    factors = factor_out(terms_of(g))
    if factors is not None:
        mono, _, rest = factors
        kept = [(base, n) for base, n in mono if not (is_number(n) and is_nonzero(base)) and is_number(n)]
        if len(kept) < len(mono):
            g = mul(canonical({tuple(kept): 1}), canonical(rest))
    else:
        mono, _ = as_factor(terms_of(g))
        kept = [(base, n) for base, n in mono if is_number(n) and not is_nonzero(base)]
        if kept and len(kept) < len(mono):
            g = canonical({tuple(kept): 1})
    return g


def _numerator(g: Expr) -> Expr:
    """The numerator of a quotient, defined where its denominator is 0: of cos(x)/x - sin(x)/x^2, x·cos(x) - sin(x).

    It may have more zeros, where the quotient has no value.
    """
    try:
        joined = together(g)
    except CalcmlError:
        return g
    return joined.args[0] if type(joined) is Div else g


def _within(found: Set, region: Region, periodic: Periodic | None) -> Set:
    inside = found if region == REALS else found & region
    return inside if periodic is None else inside & periodic


def _of_set(found: Set) -> Zeros:
    region = found.region if isinstance(found, Periodic) else found
    points = [Place(point) for point in region.points()]
    single = EMPTY
    for place in points:
        single = single | Region((place.at,), (True,), (False, False))
    period = found.period if isinstance(found, Periodic) else None
    return Zeros(points, region - single, period, None, "")


def _forms(g: Expr, x: Symbol) -> Iterator[Expr]:
    """The function as it is, and in forms that may be easier to solve: factored, over one denominator, in one angle."""
    yield g
    found = [g]
    for form in (factor, together):
        try:
            other = form(g)
        except CalcmlError:
            continue
        if type(other) is Div:
            other = make(Div, None, (factor(other.args[0]), other.args[1]))
        if other not in found:
            found.append(other)
            yield other
    product = as_product(g, x)
    if product is not None:
        yield product


# ---- between turning points ------------------------------------------------------------------------------------------


def _between_turns(chain: Sequence[Expr], x: Symbol, region: Region) -> Zeros | None:
    """From the zeros of g', where they are known exactly: between two of them g has one zero at most."""
    g = chain[0]
    try:
        turns = solution(make(Relation, "=", (chain[1], ZERO)), x)
        stops = defined_on(chain[1], x)
        cases = case_places(with_cases(g), x)
    except (UndecidedError, ZeroDivisionError):
        return None
    if not isinstance(turns, Region) or not isinstance(stops, Region) or not isinstance(cases, Region):
        return None
    if len((turns & region).points()) != len((turns & region).stretches()):
        return None
    marks = ordered([*turns.borders, *stops.borders, *cases.borders, *region.borders])
    found: list[Place] = []
    sign = _sign_reader(g, x)
    try:
        for mark in marks:
            if mark in region and sign_at(g, x, mark) == 0:
                found.append(Place(mark))
        for low, high in pairwise([None, *marks, None]):
            if (REALS if low is None else compared(">", low)) & region & (
                REALS if high is None else compared("<", high)
            ) == EMPTY:
                continue
            ends = [_sign_towards(g, x, low, RIGHT, region), _sign_towards(g, x, high, LEFT, region)]
            if None in ends:
                return None
            if ends[0] * ends[1] < 0:  # type: ignore[operator]
                place = _between(sign, *_bracket(sign, low, high, ends[0]))  # type: ignore[arg-type]
                if place is None:
                    return None
                found.append(place)
    except UndecidedError:
        return None
    found.sort(key=lambda place: float(place.at))
    return Zeros(found, EMPTY, None, None, "")


def sign_at(g: Expr, x: Symbol, at: Border) -> int:
    """The sign of g at a number, exactly. UndecidedError where it is not known."""
    closed = simplify(substitute(g, {x: expr_of(at)}))
    return compare(real(closed), 0)


def _sign_towards(g: Expr, x: Symbol, at: Border | None, side: int, region: Region) -> int | None:
    """The sign of g on its way to the end of an interval on which it is monotone; 0 where it goes to 0."""
    if at is not None and at in region:
        return sign_at(g, x, at)
    value = limit(g, x, End(at, side if at is not None else -side))
    if value is None:
        return None
    if value in (INFINITY, MINUS_INFINITY):
        return 1 if value is INFINITY else -1
    return compare(real(value), 0)


def _bracket(sign: Callable[[Any], int], low: Border | None, high: Border | None, left: int) -> tuple[Any, Any]:
    """Two rational numbers inside an interval between which the sign changes from the one at the left."""
    from fractions import Fraction

    if low is None and high is None:
        a, b = Fraction(-1), Fraction(1)
    elif low is None:
        b = inside(high, LEFT)
        a = b - 1
    else:
        a = inside(low, RIGHT)
        b = a + 1 if high is None else inside(high, LEFT)
    step = Fraction(1)
    for _ in range(200):
        if (low is not None or sign(a) == left) and (high is not None or sign(b) == -left):
            return a, b
        step *= 2
        a, b = (a if low is not None else a - step), (b if high is not None else b + step)
    raise UndecidedError("no interval with a change of sign is found")


def inside(at: Border, side: int) -> Any:
    """A rational number very near to a border, on one side of it."""
    from fractions import Fraction

    import mpmath

    with mpmath.workdps(2 * DIGITS):
        value = at.value if isinstance(at, Real) else mpmath.mpf(at.numerator) / at.denominator
        scaled = int(mpmath.floor(value * mpmath.mpf(10) ** (DIGITS + 8)))
    return Fraction(
        scaled + (1 if side == RIGHT else 0) + (side if not isinstance(at, Real) else 0), 10 ** (DIGITS + 8)
    )


# ---- the numeric search --------------------------------------------------------------------------------------------


def _searched(chain: Sequence[Expr], x: Symbol, region: Region) -> Zeros:
    points: list[Place] = []
    missing: list[str] = []
    lowest, highest = inf, -inf
    for low, high, _, _ in region.stretches():
        if low is not None and low is high:
            continue
        left = -REACH if low is None else float(low)
        right = REACH if high is None else float(high)
        left, right = min(left, right - 1 if low is None else left), max(right, left + 1 if high is None else right)
        lowest, highest = min(lowest, left), max(highest, right)
        found, unsure = _isolated(chain, x, left, right)
        points += [place for place in found if place.at in region]
        if unsure:
            missing.append("near " + ", ".join([f"{x} = {middle:.6g}" for middle in unsure[:3]]))
        if low is None and not _keeps_sign(chain, x, left, -1):
            missing.append(f"below {left:g}")
        if high is None and not _keeps_sign(chain, x, right, 1):
            missing.append(f"above {right:g}")
    if lowest == inf:
        return Zeros([], EMPTY, None, None, "")
    points.sort(key=lambda place: float(place.at))
    return Zeros(points, EMPTY, None, (lowest, highest), " and ".join(missing))


def _isolated(chain: Sequence[Expr], x: Symbol, low: float, high: float) -> tuple[list[Place], list[float]]:
    """The zeros of chain[0] in an interval, and the middles of parts where it is not known whether there is one."""
    enclosure = Enclosure(chain[:2], [x])
    sign = _sign_reader(chain[0], x)
    found: list[Place] = []
    unsure: list[tuple[float, float]] = []
    stack = [(low, high)]
    cells = 0
    while stack:
        a, b = stack.pop()
        cells += 1
        if cells > MAX_CELLS:
            raise UndecidedError(
                f"the zeros of {chain[0]!r} are not found: near {x} = {(a + b) / 2:.3g} there are too many, or they are"
                " too close together",
                hint="ask about an interval without that place: --on A B",
            )
        (g_low, g_high), *rest = enclosure.run([(a, b)])
        if g_low > 0 or g_high < 0:
            continue
        slope = rest[0] if rest else (-inf, inf)
        if slope[0] > 0 or slope[1] < 0:
            try:
                place = _between(sign, a, b)
            except UndecidedError:  # no value at an end of the domain
                unsure.append((a, b))
                continue
            if place is not None and all(compare(place.at, other.at) or place.error for other in found):
                found.append(place)
            continue
        if b - a < _FINEST * max(1.0, abs(a)):
            unsure.append((a, b))
            continue
        middle = a + (b - a) * 0.48321  # so that zeros at round numbers are not on a border
        stack += [(middle, b), (a, middle)]
    left: list[float] = []
    for a, b in _hulls(unsure):
        place = _multiple(chain, x, a, b)
        if place is None:
            left.append((a + b) / 2)
        elif all(compare(place.at, other.at) for other in found):
            found.append(place)
    return found, left


def _hulls(parts: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Parts that touch each other joined."""
    joined: list[tuple[float, float]] = []
    for a, b in sorted(parts):
        if joined and a <= joined[-1][1] + 1e-12 * max(1.0, abs(a)):
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        else:
            joined.append((a, b))
    return joined


def _sign_reader(g: Expr, x: Symbol) -> Callable[[Any], int]:
    """The sign of g at a rational number, by its value with many digits."""
    import mpmath

    program = PreciseProgram(g)

    def sign(at: Any) -> int:
        with mpmath.workdps(2 * DIGITS):
            try:
                value = program.run({x: mpmath.mpf(at.numerator) / at.denominator})
            except (ArithmeticError, ValueError):
                value = None
            if value is None or not mpmath.isfinite(value):
                raise UndecidedError(f"{g!r} has no value at {at}")
            return 0 if abs(value) < mpmath.mpf(10) ** (-1.5 * DIGITS) else 1 if value > 0 else -1

    return sign


def _between(sign: Callable[[Any], int], low: float, high: float) -> Place | None:
    """The zero of a monotone function between two numbers, by halving; None where there is none."""
    from fractions import Fraction

    a, b = Fraction(low), Fraction(high)
    at_a, at_b = sign(a), sign(b)
    for end, value in ((a, at_a), (b, at_b)):
        if value == 0:
            return Place(quotient(end.numerator, end.denominator))
    if at_a == at_b:
        return None
    goal = Fraction(1, 10**DIGITS)
    while b - a > goal:
        middle = (a + b) / 2
        middle = Fraction(round(middle * 2**200), 2**200)
        here = sign(middle)
        if here == 0:
            short = middle.limit_denominator(10**6)
            if sign(short) == 0:
                return Place(quotient(short.numerator, short.denominator))
            a = b = middle
        elif here == at_a:
            a = middle
        else:
            b = middle
    short = ((a + b) / 2).limit_denominator(10**6)
    if a <= short <= b and sign(short) == 0:
        return Place(quotient(short.numerator, short.denominator))
    return Place((a + b) / 2, max(b - a, goal))


def _multiple(chain: Sequence[Expr], x: Symbol, low: float, high: float) -> Place | None:
    """A zero at a short fraction where some derivative keeps its sign: the only one there, however often it counts."""
    from fractions import Fraction

    middle = Fraction((low + high) / 2).limit_denominator(1000)
    if not low <= middle <= high:
        return None
    try:
        near = Near(chain[0], {x: expr_of(quotient(middle.numerator, middle.denominator))})
        m = valuation(near.stream(chain[0]), len(chain))
    except CalcmlError:
        return None
    if m is None or m == 0 or m >= len(chain):
        return None
    ((least, most),) = Enclosure([chain[m]], [x]).run([(low, high)])
    return Place(quotient(middle.numerator, middle.denominator)) if least > 0 or most < 0 else None


def _keeps_sign(chain: Sequence[Expr], x: Symbol, end: float, side: int) -> bool:
    """Whether g has no zero beyond an end: it, or one of its derivatives, keeps a sign that leads it away from 0."""
    beyond = (end, inf) if side > 0 else (-inf, end)
    try:
        ((low, high),) = Enclosure([collect(chain[0], x)], [x]).run([beyond])
        if low > 0 or high < 0:
            return True
    except CalcmlError:
        pass
    enclosures = Enclosure(list(chain), [x]).run([beyond])
    here = Enclosure(list(chain), [x]).run([(end, end)])
    wanted = 0
    for k, ((low, high), (low_here, high_here)) in enumerate(zip(enclosures, here, strict=True)):
        turn = side**k
        if (low > 0 or high < 0) and (wanted in (0, turn * (1 if low > 0 else -1))):
            return True
        sign = turn * (1 if low_here > 0 else -1 if high_here < 0 else 0)
        if sign == 0 or (wanted and sign != wanted):
            return False
        wanted = sign
    return False


def decimal(value: Any, digits: int) -> Expr:
    """A number as a decimal of so many significant digits."""
    import mpmath

    with mpmath.workdps(DIGITS + 10):
        number = value.value if isinstance(value, Real) else mpmath.mpf(value.numerator) / value.denominator
        text = mpmath.nstr(abs(number), digits, strip_zeros=True, min_fixed=-6, max_fixed=digits)
    shown = Number(text.removesuffix(".0") if "e" not in text else text)
    return neg(shown) if number < 0 else shown
