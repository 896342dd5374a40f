"""Intervals that hold every value an expression takes on a box.

Arithmetic on closed intervals of floats; every result is widened by far more than the errors of the functions in it
(1 part in 10^12), so that a proof by interval is a proof. A function that its row calls monotone is looked at at both
ends; any other by its definition, or by the range its row states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, copysign, inf, isinf, nan, pi

from calcml import functions
from calcml.evaluation import scalar_function
from calcml.expr import Add, Call, Constant, Div, E, Expr, Mul, Neg, Number, Pow, Sub, Symbol, make, ratio_of
from calcml.signs import bounds
from calcml.templates import fill_row
from calcml.traverse import topological

Interval = tuple[float, float]
ALL: Interval = (-inf, inf)
_WIDER = 1e-12


class Enclosure:
    """The interval extension of some expressions, flattened once and evaluated on many boxes.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> low, high = Enclosure([x**2 - x], [x]).run([(2.0, 3.0)])[0]
    >>> 0.99 < low < 1.01 and 6.99 < high < 7.01
    True
    """

    __slots__ = ("nodes", "roots", "variables")

    def __init__(self, roots: Sequence[Expr], variables: Sequence[Expr]) -> None:
        self.variables = list(variables)
        self.roots = list(roots)
        self.nodes = [node for node in topological(*roots) if node not in self.variables]

    def run(self, box: Sequence[Interval]) -> list[Interval]:
        """An interval for each root; the whole line where nothing is known."""
        values: dict[Expr, Interval] = dict(zip(self.variables, box, strict=True))
        for node in self.nodes:
            values[node] = _interval(node, [values[arg] for arg in node.args], values)
        return [values[root] for root in self.roots]


def _wide(low: float, high: float) -> Interval:
    if low != low or high != high:
        return ALL
    if not isinf(low) and (low or copysign(1.0, low) < 0):
        low -= abs(low) * _WIDER + (1e-300 if low <= 0 else 0.0)
    if not isinf(high) and (high or copysign(1.0, high) > 0):
        high += abs(high) * _WIDER + (1e-300 if high >= 0 else 0.0)
    return low, high


def _interval(node: Expr, args: list[Interval], values: Mapping[Expr, Interval]) -> Interval:
    head = type(node)
    if head is Number or head is Constant:
        low, high, _, _ = bounds(node)
        return low, high
    if head is Add:
        return _wide(sum([a[0] for a in args]), sum([a[1] for a in args]))
    if head is Sub:
        return _wide(args[0][0] - args[1][1], args[0][1] - args[1][0])
    if head is Neg:
        return -args[0][1], -args[0][0]
    if head is Mul:
        return _product(node, args)
    if head is Div:
        return _times(args[0], _inverse(args[1]))
    if head is Pow:
        return _power(node, args)
    if head is Call:
        return _call(node, args, values)
    return ALL


def _times(a: Interval, b: Interval) -> Interval:
    ends = [0.0 if x == 0 or y == 0 else x * y for x in a for y in b]
    return _wide(min(ends), max(ends))


def _product(node: Expr, args: list[Interval]) -> Interval:
    counted: dict[Expr, int] = {}
    for arg in node.args:
        counted[arg] = counted.get(arg, 0) + 1
    total: Interval = (1.0, 1.0)
    for arg, interval in zip(node.args, args, strict=True):
        n = counted.pop(arg, 0)
        if n:
            total = _times(total, _whole_power(interval, n))
    return total


def _inverse(a: Interval) -> Interval:
    low, high = a
    if low > 0:
        return max(_wide(1 / high, 1 / low)[0], 0.0), _wide(0, 1 / low)[1]
    if high < 0:
        return _wide(1 / high, 0)[0], min(_wide(1 / high, 1 / low)[1], 0.0)
    if low == 0 and high > 0:
        return _wide(0.0 if isinf(high) else 1 / high, inf)
    if high == 0 and low < 0:
        return _wide(-inf, 0.0 if isinf(low) else 1 / low)
    return ALL


def _raised(x: float, n: int) -> float:
    try:
        return float(x) ** n
    except OverflowError:
        return inf if x > 0 or n % 2 == 0 else -inf


def _whole_power(a: Interval, n: int) -> Interval:
    low, high = _raised(a[0], n), _raised(a[1], n)
    if n % 2:
        return _wide(low, high)
    return (0.0, _wide(0, max(low, high))[1]) if a[0] <= 0 <= a[1] else _wide(min(low, high), max(low, high))


def _power(node: Expr, args: list[Interval]) -> Interval:
    base, exponent = node.args
    ratio = ratio_of(exponent)
    if ratio is not None and ratio[1] == 1:
        powered = _whole_power(args[0], abs(ratio[0]))
        return powered if ratio[0] >= 0 else _inverse(powered)
    if base is E:
        return _monotone("exp", args[1])
    low, high = max(args[0][0], 0.0), args[0][1]
    if high < 0 or high < low:
        return ALL
    logs = _monotone("ln", (low, high))
    found = _monotone("exp", _times(logs, args[1]))
    return (0.0, found[1]) if low == 0 else found


def _monotone(name: str, a: Interval, increasing: bool = True) -> Interval:
    """From the values at both ends; where there is no end, or no value at it, the end of the range."""
    least, most = _range(name)
    low, high = [_at(name, end) for end in (a if increasing else a[::-1])]
    found = _wide(low if low == low else least, high if high == high else most)
    return max(found[0], least), min(found[1], most)


def _range(name: str) -> Interval:
    """The range that a row states."""
    low, high, _, _ = bounds(make(Call, name, (Symbol("x"),)))
    return low, high


def _at(name: str, x: float) -> float:
    """The value at an end; nan where there is none."""
    if isinf(x):
        return nan
    try:
        return float(scalar_function(name, 1)(x))
    except OverflowError:
        return inf
    except (ValueError, ZeroDivisionError, TypeError):
        return nan


def _call(node: Expr, args: list[Interval], values: Mapping[Expr, Interval]) -> Interval:
    name = node.data
    spec = functions.find(name)
    if spec is None:
        return ALL
    if name in ("max", "min"):
        pick = max if name == "max" else min
        return pick(a[0] for a in args), pick(a[1] for a in args)
    a = args[0] if args else ALL
    if name == "abs":
        return (0.0 if a[0] <= 0 <= a[1] else min(abs(a[0]), abs(a[1]))), max(abs(a[0]), abs(a[1]))
    if name in ("sin", "cos"):
        return _wave(name, a)
    if spec.monotone and len(args) == 1:
        return _monotone(name, a, spec.monotone == "increasing")
    if name == "cosh":
        size = (0.0 if a[0] <= 0 <= a[1] else min(abs(a[0]), abs(a[1]))), max(abs(a[0]), abs(a[1]))
        high = inf if isinf(size[1]) else _wide(0, _at(name, size[1]))[1]
        return max(1.0 if isinf(size[0]) else _at(name, size[0]) * (1 - _WIDER), 1.0), high
    if spec.defined_as and not spec.is_variadic:
        return _by_definition(spec, node, values)
    low, high, _, _ = bounds(node)
    return low, high


def _by_definition(spec: functions.FunctionSpec, node: Expr, values: Mapping[Expr, Interval]) -> Interval:
    meaning = fill_row(spec, spec.defined_as, node.args)
    known = dict(values)
    for inner in topological(meaning):
        if inner not in known:
            known[inner] = _interval(inner, [known[arg] for arg in inner.args], known)
    low, high, _, _ = bounds(node)
    found = known[meaning]
    return max(found[0], low), min(found[1], high)


def _wave(name: str, a: Interval) -> Interval:
    """sin or cos on an interval: its ends, and the tops and bottoms inside."""
    low, high = a
    if isinf(low) or isinf(high) or high - low >= 2 * pi or max(abs(low), abs(high)) > 1e8:
        return -1.0, 1.0
    shift = 0.0 if name == "cos" else pi / 2  # sin t = cos(t - pi/2): tops at shift + 2·k·pi
    ends = [_at(name, end) for end in a]
    tight = 1e-9
    top = ceil((low - shift) / (2 * pi) - tight) * 2 * pi + shift <= high + tight
    bottom = ceil((low - shift - pi) / (2 * pi) - tight) * 2 * pi + shift + pi <= high + tight
    least = -1.0 if bottom else max(min(ends) - _WIDER, -1.0)
    most = 1.0 if top else min(max(ends) + _WIDER, 1.0)
    return least, most
