"""One function beside and at one number: which of its cases holds there, its limits and its slopes from both sides.

A function with cases, |·|, max, min, floor and what is defined by them is, on a short stretch beside any number, one
expression without them: its branch. A branch and its derivative are continuous where they are defined, so that their
values at the number are the limit and the slope from that side, exactly. Where a branch has no value there, the limit
is measured with many digits; what the digits leave open raises UndecidedError.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from calcml import functions
from calcml.binding import substitute
from calcml.build import neg
from calcml.differentiation import differentiate
from calcml.domains import requirements
from calcml.errors import CalcmlError, UndecidedError
from calcml.expr import INFINITY, ZERO, Call, Expr, Number, Piecewise, Relation, make
from calcml.regions.inequalities import solution
from calcml.regions.reals import CASES, Border, compare, expr_of, floor, real
from calcml.rules.borders import same
from calcml.templates import fill_row, with_defaults
from calcml.traverse import beyond, rewrite_bottom_up

LEFT, HERE, RIGHT = -1, 0, 1
_INFINITE = frozenset({INFINITY, neg(INFINITY)})


class Sides(NamedTuple):
    """What a function does at a number: None where there is nothing (no value, no limit, no slope); oo counts."""

    value: Expr | None
    limits: tuple[Expr | None, Expr | None]
    slopes: tuple[Expr | None, Expr | None]

    @property
    def is_vertical(self) -> bool:
        """Whether the tangent is vertical: both slopes are oo, or both are -oo."""
        return self.slopes[0] is self.slopes[1] and self.slopes[0] in _INFINITE

    @property
    def jump(self) -> int | None:
        """The sign of the jump of the slope: 1 at |x|, -1 at the cusp of -|x|^(1/2). None where it is not known."""
        left, right = self.slopes
        if left is None or right is None or self.is_vertical:
            return None
        if left in _INFINITE or right in _INFINITE:
            return 1 if left is neg(INFINITY) or right is INFINITY else -1
        return compare(real(right), real(left))


def by_cases(f: Expr) -> Expr:
    """The expression with functions that jump or have kinks written by their definitions, where they have one."""

    def visit(node: Expr) -> Expr:
        while type(node) is Call and node.data not in CASES:
            spec = functions.find(node.data)
            if spec is None:
                return node
            if not spec.defined_as or (spec.continuous and not spec.smooth):
                return make(Call, node.data, with_defaults(spec, node.args))
            node = rewrite_bottom_up(fill_row(spec, spec.defined_as, node.args), visit)
        return node

    return rewrite_bottom_up(f, visit)


def has_cases(node: Expr) -> bool:
    """Whether this node (not what is in it) is given by different expressions at different places."""
    return type(node) is Piecewise or (type(node) is Call and node.data in CASES)


def branch(f: Expr, x: Expr, at: Border, side: int) -> Expr:
    """The expression that `f`, written by cases, is beside a number, or at it (side 0).

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> branch(parse("x|x| + floor(x)"), symbols("x"), 0, -1)
    x*(-x) + (-1)
    """
    memo: dict[Expr, Expr] = {}
    wanted = [f]
    while wanted:  # only the case that holds is looked into
        root = wanted[-1]
        blocked = next((node for node in beyond(root, memo) if type(node) is Piecewise), None)
        if blocked is not None and blocked is not root:
            wanted.append(blocked)
            continue
        if blocked is root:
            pending = _chosen_case(root, x, at, side, memo)
            if pending not in memo:
                wanted.append(pending)
                continue
            memo[root] = memo[pending]
        else:
            for node in beyond(root, memo):
                memo[node] = _branch(node, tuple([memo[arg] for arg in node.args]), x, at, side)
        wanted.pop()
    return memo[f]


def _chosen_case(node: Expr, x: Expr, at: Border, side: int, memo: dict[Expr, Expr]) -> Expr:
    """The value of the case that holds there."""
    for value, condition in node.cases:  # type: ignore[attr-defined]
        if condition is None or holds(condition, x, at, side):
            return value
    raise UndecidedError("no case holds")


def _branch(node: Expr, args: tuple[Expr, ...], x: Expr, at: Border, side: int) -> Expr:
    if type(node) is not Call:
        return node.rebuild(args) if args and args != node.args else node
    u = args[0]
    if node.data == "abs":
        return u if holds(make(Relation, ">=", (u, ZERO)), x, at, side) else neg(u)
    if node.data in ("max", "min"):
        chosen = u
        for other in args[1:]:
            if holds(make(Relation, ">" if node.data == "max" else "<", (other, chosen)), x, at, side):
                chosen = other
        return chosen
    if node.data == "floor":
        value = real(substitute(u, {x: expr_of(at)}))
        whole = floor(value)
        if side and value == whole and not holds(make(Relation, ">=", (u, expr_of(whole))), x, at, side):
            whole -= 1
        return expr_of(whole)
    spec = functions.find(node.data)
    if spec is not None and not spec.continuous:
        raise UndecidedError(f"{node!r} is not looked at from one side")
    return node.rebuild(args) if args != node.args else node


def holds(condition: Expr, x: Expr, at: Border, side: int) -> bool:
    """Whether a condition holds at a number, or at all numbers near it on one side."""
    found = solution(condition, x)
    return at in found if side == HERE else found.beside(at, side)


# ---- values, limits, slopes ------------------------------------------------------------------------------------------


def sides(f: Expr, x: Expr, at: Border, around: tuple[int, ...] = (LEFT, RIGHT)) -> Sides:
    """Value, limits and slopes at a number of a function written by cases, defined there and on the sides named."""
    value = value_of(branch(f, x, at, HERE), x, at)
    limits: dict[int, Expr | None] = {}
    slopes: dict[int, Expr | None] = {}
    for side in around:
        piece = branch(f, x, at, side)
        limits[side] = _limit(piece, x, at, side)
        if value is not None and len(around) == 2 and agree(limits[side], value):
            slopes[side] = _slope(piece, value, x, at, side)
    return Sides(value, (limits.get(LEFT), limits.get(RIGHT)), (slopes.get(LEFT), slopes.get(RIGHT)))


def agree(a: Expr | None, b: Expr | None) -> bool:
    """Whether two numbers are there and the same."""
    return a is not None and b is not None and not {a, b} & _INFINITE and same(a, b)


def value_of(f: Expr, x: Expr, at: Border) -> Expr | None:
    """The value of an expression without cases at a number, in short form; None outside its domain."""
    if not all(holds(condition, x, at, HERE) for condition in requirements(f)):
        return None
    closed = substitute(f, {x: expr_of(at)})
    try:
        return expr_of(real(closed))
    except UndecidedError:
        return closed


def _limit(piece: Expr, x: Expr, at: Border, side: int) -> Expr | None:
    value = value_of(piece, x, at)
    return value if value is not None else _measured(_values(piece, x, at), side)


def _slope(piece: Expr, value: Expr, x: Expr, at: Border, side: int) -> Expr | None:
    g = differentiate(piece, x)
    slope = value_of(g, x, at)
    if slope is not None:
        return slope
    from calcml.precise import precise_value

    near = _values(piece, x, at)
    return _measured(lambda h: (near(h) - precise_value(value, {}, _DIGITS)) / h, side)


_DIGITS = 240
_STEPS = (-30, -60, -90)  # powers of ten at which a limit is measured


def _values(piece: Expr, x: Expr, at: Border) -> Callable[[Any], Any]:
    from calcml.precise import PreciseProgram, precise_value

    program = PreciseProgram(piece)
    centre = precise_value(expr_of(at), {}, _DIGITS)

    def value(h: Any) -> Any:
        found = program.run({x: centre + h})
        if found is None:
            raise UndecidedError("no value beside the number")
        return found

    return value


def _measured(function: Callable[[Any], Any], side: int) -> Expr | None:
    """The limit of a function of the distance, from its values at three tiny distances; None where it has none."""
    import mpmath

    with mpmath.workdps(_DIGITS):
        try:
            first, second, third = [mpmath.mpf(function(side * mpmath.mpf(10) ** n)) for n in _STEPS]
        except (CalcmlError, TypeError, ValueError, OverflowError) as error:
            raise UndecidedError("a limit that is not found") from error
        early, late = abs(second - first), abs(third - second)
        size = 1 + abs(third)
        if late <= size * mpmath.mpf(10) ** -12 and late <= early * mpmath.mpf(10) ** -6 + mpmath.mpf(10) ** -40:
            return _recognised(third, late)
        if abs(third) > mpmath.mpf(10) ** 6 and late > early:
            return INFINITY if third > 0 else neg(INFINITY)
        if late >= early / 2 and late > mpmath.mpf(10) ** -6:
            return None  # it grows slowly, or goes on swinging
    raise UndecidedError("a limit that is approached too slowly to be measured")


def _recognised(value: Any, error: Any) -> Expr:
    """A measured limit as a short fraction where it is one, else as a decimal."""
    import mpmath

    from calcml.algebra.terms import quotient

    for bottom in range(1, 13):
        top = mpmath.nint(value * bottom)
        if abs(value * bottom - top) <= 100 * error + mpmath.mpf(10) ** -25:
            return expr_of(quotient(int(top), bottom))
    text = mpmath.nstr(abs(value), 40, strip_zeros=False, min_fixed=-100, max_fixed=100)
    return neg(Number(text)) if value < 0 else Number(text)
