"""A function of one variable piece by piece: where it jumps and where it has a kink.

Between the places where a case begins or ends the function is one expression, which is continuous where it is defined
and differentiable where its derivative is. The places themselves, and single points where only the formula of the
derivative fails, are looked at from both sides. Of a function that repeats (up to a constant) one period is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import isinf
from typing import NamedTuple

from calcml import functions
from calcml.algebra.expand import expand
from calcml.algebra.read import terms_of
from calcml.algebra.write import canonical, exact
from calcml.binding import free_symbols
from calcml.build import add, neg, sub
from calcml.differentiation import differentiate
from calcml.domains import not_locally_constant, requirements
from calcml.errors import UndecidedError
from calcml.expr import (
    ZERO,
    Add,
    And,
    Call,
    Constant,
    Div,
    Expr,
    Mul,
    Neg,
    Not,
    Number,
    Or,
    Piecewise,
    Pow,
    Relation,
    Sub,
    Symbol,
    make,
)
from calcml.regions.inequalities import solution
from calcml.regions.periodic import Periodic, Set, plain, shortest, window
from calcml.regions.power_sums import linear_form
from calcml.regions.reals import Border, Real, expr_of, minus, over, real, times
from calcml.regions.region import EMPTY, REALS, Region, compared, only, ordered, samples
from calcml.regions.sides import LEFT, RIGHT, Sides, agree, branch, has_cases, sides
from calcml.signs import bounds
from calcml.templates import fill_row, template
from calcml.traverse import topological

MAX_STEPS = 20  # of a staircase with a bounded argument

_PLAIN = frozenset(
    {Number, Constant, Symbol, Add, Sub, Neg, Mul, Div, Pow, Call, Piecewise, Relation, And, Or, Not}
)  # heads whose values are continuous in their operands, or are cases


class Break(NamedTuple):
    """A point where a function is defined, and not continuous or not differentiable. `period`: it repeats."""

    at: Border
    kind: str  # jump, kink, vertical tangent, no limit, no slope
    sides: Sides
    period: Border | None = None


def pieces(
    f: Expr, x: Expr, region: Region, periodic: Periodic | None, with_slopes: bool
) -> tuple[Set, tuple[Break, ...]]:
    """The part of a region (and of a periodic set) on which a function written by cases is continuous.

    With slopes: on which it is differentiable; the region is open then. The set returned is the new region; it is
    Periodic, and in place of `periodic`, for a function that repeats. UndecidedError where this is not found.
    """
    if any(type(node) not in _PLAIN for node in topological(f)):
        raise UndecidedError(f"{f!r} is not looked at piece by piece")
    try:
        places = case_places(f, x) & region
        if isinstance(places, Region):
            return _finitely_many(f, x, region, periodic, places.points(), with_slopes)
    except UndecidedError:
        if region != REALS:
            raise
    if region != REALS:
        raise UndecidedError("infinitely many places")
    return _repeating(f, x, periodic, with_slopes)


def _finitely_many(
    f: Expr, x: Expr, region: Region, periodic: Periodic | None, places: Sequence[Border], with_slopes: bool
) -> tuple[Region, tuple[Break, ...]]:
    domain = REALS if periodic is None else periodic
    marks = ordered([*places, *region.borders])
    suspects = list(places)
    for sample, interval in zip(samples(marks), _open_intervals(marks), strict=True):
        if sample in region:
            piece = branch(f, x, sample, RIGHT)
            if with_slopes:
                suspects += _without_slope(piece, x, interval, domain)
    breaks: list[Break] = []
    for at in ordered([at for at in suspects if at in region and at in domain]):
        around = tuple([s for s in (LEFT, RIGHT) if region.beside(at, s) and domain.beside(at, s)])
        found = sides(f, x, at, around)
        kind = break_kind(found, around, with_slopes)
        if kind:
            breaks.append(Break(at, kind, found))
    return region - only([broken.at for broken in breaks]), tuple(breaks)


def _open_intervals(marks: Sequence[Border]) -> list[Region]:
    if not marks:
        return [REALS]
    inner = [compared(">", low) & compared("<", high) for low, high in pairwise(marks)]
    return [compared("<", marks[0]), *inner, compared(">", marks[-1])]


def break_kind(found: Sides, around: tuple[int, ...], with_slopes: bool) -> str:
    """What is wrong at a point; nothing where it is continuous (and, with slopes, has one slope)."""
    limits = [found.limits[0 if side == LEFT else 1] for side in around]
    if found.value is None:
        raise UndecidedError("no value at a point of the domain")
    if not all(agree(limit, found.value) for limit in limits):
        return "jump" if all(limit is not None for limit in limits) else "no limit"
    if not with_slopes or agree(*found.slopes):
        return ""
    if found.slopes[0] is found.slopes[1]:
        return "no slope" if found.slopes[0] is None else "vertical tangent"
    return "kink" if all(slope is not None for slope in found.slopes) else "no slope"


def _without_slope(piece: Expr, x: Expr, interval: Region, domain: Set) -> list[Border]:
    """The points of an interval where the piece is defined and the formula of its derivative is not."""
    found: list[Border] = []
    for condition in requirements(differentiate(piece, x)):
        if x not in free_symbols(condition):
            continue
        fails = ~solution(condition, x)
        if isinstance(fails, Periodic) and domain != REALS and (domain & fails) == EMPTY:
            continue
        missing = interval & fails
        if not isinstance(missing, Region) or len(missing.points()) < len(missing.stretches()):
            raise UndecidedError("the formula of the derivative fails on an interval")
        found += missing.points()
    return found


# ---- where cases begin and end ---------------------------------------------------------------------------------------


def case_places(f: Expr, x: Expr) -> Set:
    """The numbers where one of several expressions takes over from another, and perhaps some more."""
    found: Set = EMPTY
    for node in topological(f):
        if has_cases(node) and x in free_symbols(node):
            for condition in _case_conditions(node):
                found = found | _ends(solution(condition, x))
            if type(node) is Call and node.data == "floor":
                found = found | _steps(node.args[0], x)
    return found


def _case_conditions(node: Expr) -> list[Expr]:
    """Conditions that hold on one side of each place where a case of the node begins or ends."""
    if type(node) is Piecewise:
        return [condition for _, condition in node.cases if condition is not None]
    if node.data == "abs":
        return [make(Relation, ">=", (node.args[0], ZERO)), make(Relation, "<=", (node.args[0], ZERO))]
    if node.data in ("max", "min"):
        return [make(Relation, ">=", (a, b)) for i, a in enumerate(node.args) for b in node.args if b is not a]
    return []


def _ends(found: Set) -> Set:
    """The borders of a set."""
    if isinstance(found, Region):
        return only(found.borders)
    seam = [0] if (0 in found) != found.beside(0, -1) or (0 in found) != found.beside(0, 1) else []
    return plain(Periodic(found.period, only([*found.region.borders, *seam])))


def _steps(u: Expr, x: Expr) -> Set:
    """Where u passes through a whole number."""
    try:
        linear_form(u, x)
        return solution(make(Relation, "=", (u, make(Call, "floor", (u,)))), x)
    except UndecidedError:
        low, high, _, _ = bounds(u)
        if isinf(low) or isinf(high) or high - low > MAX_STEPS:
            raise
    found: Set = EMPTY
    for whole in range(int(low) - 1, int(high) + 2):
        found = found | _ends(solution(make(Relation, ">=", (u, expr_of(whole))), x))
    return found


def jump_conditions(f: Expr) -> list[Expr]:
    """Conditions under which a function written by cases does not pass from one case to another by a jump."""
    found: list[Expr] = []
    moving = not_locally_constant(f, free_symbols(f))
    for node in topological(f):
        if type(node) is Piecewise:
            relations = [part for c in node.args[1::2] for part in topological(c) if isinstance(part, Relation)]
            found += [make(Relation, "!=", part.args) for part in relations if free_symbols(part)]
        elif type(node) is Call and any(arg in moving for arg in node.args):
            spec = functions.find(node.data)
            if spec is not None and not spec.continuous and spec.smooth:
                found.append(fill_row(spec, spec.smooth, node.args))
    return found


# ---- functions that repeat -------------------------------------------------------------------------------------------


def _repeating(f: Expr, x: Expr, periodic: Periodic | None, with_slopes: bool) -> tuple[Set, tuple[Break, ...]]:
    period = common_period([*periods_of(f, x), *([] if periodic is None else [periodic.period])])
    if not repeats(f, x, period):
        raise UndecidedError("infinitely many places, each of its own kind")
    stretch = compared(">", minus(period)) & compared("<", times(2, period))
    domain = stretch if periodic is None else periodic & stretch
    places = case_places(f, x) & stretch
    if not isinstance(domain, Region) or not isinstance(places, Region):
        raise UndecidedError("infinitely many places in one period")
    found, breaks = _finitely_many(f, x, domain, None, places.points(), with_slopes)
    return plain(Periodic(period, found)), _once([broken for broken in breaks if broken.at in window(period)], period)


def _once(breaks: Sequence[Break], period: Border) -> tuple[Break, ...]:
    """The breaks of one period; equal ones at equal distances are one that repeats faster."""
    found: list[Break] = []
    for kind, here in dict.fromkeys([(broken.kind, broken.sides) for broken in breaks]):
        same = Periodic(period, only([broken.at for broken in breaks if (broken.kind, broken.sides) == (kind, here)]))
        brief = shortest(same)
        found += [Break(at, kind, here, brief.period) for at in brief.region.points()]
    return tuple(found)


def periods_of(f: Expr, x: Expr) -> list[Border]:
    """The periods of sines and staircases with linear arguments."""
    found: list[Border] = []
    for node in topological(f):
        turn, slope = _turn(node), _slope(node, x)
        if turn is not None and slope is not None:
            found.append(over(turn, slope if slope > 0 else minus(slope)))
    return found


def _slope(node: Expr, x: Expr) -> Border | None:
    """The slope of a function's argument, where that is linear in x."""
    try:
        return linear_form(node.args[0], x)[0] if type(node) is Call else None
    except UndecidedError:
        return None


def _turn(node: Expr) -> Border | None:
    """What may be added to the argument of a function without changing more than a whole number in its value."""
    if type(node) is not Call:
        return None
    if node.data == "floor":
        return 1
    spec = functions.find(node.data)
    return real(template(spec.period, ()).fill(())) if spec is not None and spec.period else None


def common_period(periods: Sequence[Border]) -> Border:
    """The shortest period that is a multiple of all. UndecidedError where they never meet, or there is none."""
    if not periods:
        raise UndecidedError("nothing repeats")
    found = periods[0]
    for period in periods[1:]:
        ratio = over(found, period)
        if isinstance(ratio, Real):
            raise UndecidedError("periods that never meet")
        found = times(found, ratio.denominator)
    return found


OPPOSITE = frozenset({"sin", "cos", "sec", "csc"})  # half a period later they have the opposite value


def repeats(f: Expr, x: Expr, period: Border) -> bool:
    """Whether f(x + period) - f(x) is a constant, by the structure of f."""
    return rise(f, x, period) is not None


def rise(f: Expr, x: Expr, period: Border) -> Expr | None:
    """f(x + period) - f(x) where that is a constant, by the structure of f; else None."""
    pairs: dict[Expr, tuple[Expr, Expr]] = {}  # every node, and what it is one period later
    for node in topological(f):
        turn, slope = _turn(node), _slope(node, x)
        if node is x:
            pairs[node] = (x, add(x, expr_of(period)))
        elif turn is not None and slope is not None:
            turns = over(times(slope, period), turn)
            if isinstance(turns, Real) or turns.denominator > (2 if node.data in OPPOSITE else 1):
                return None
            held = Symbol(f"held{len(pairs)}")
            after = add(held, exact(turns)) if node.data == "floor" else held if turns.denominator == 1 else neg(held)
            pairs[node] = (held, after)
        elif node.args:
            args = [tuple([pairs[arg][i] for arg in node.args]) for i in (0, 1)]
            pairs[node] = (node.rebuild(args[0]), node.rebuild(args[1]))
        else:
            pairs[node] = (node, node)
    before_all, after_all = pairs[f]
    if before_all is after_all:
        return ZERO
    difference = expand(terms_of(sub(after_all, before_all)))
    if difference is None or free_symbols(canonical(difference)):
        return None
    return canonical(difference)
