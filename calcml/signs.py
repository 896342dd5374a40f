"""What is known of a value's sign, from the structure of an expression: enclosures by intervals.

`bounds(expr)` is an interval that contains every value the expression takes over the reals (of the assumptions), found
in one walk; ranges of functions come from their rows. An end that cannot be computed exactly is widened, so that a
proof by interval is a proof. This is deliberately modest: it knows that 1 + e^(-x) > 0 and 2 + cos(x) > 0, and it
never guesses.
"""

from __future__ import annotations

from math import inf, isinf, nextafter

from calcml import functions
from calcml.expr import Add, Call, Constant, Div, E, Expr, Mul, Neg, Number, Pow, Relation, Sub, Symbol, ratio_of
from calcml.templates import template
from calcml.traverse import topological

# (low, high, low is excluded, high is excluded)
Interval = tuple[float, float, bool, bool]
EVERYTHING: Interval = (-inf, inf, True, True)
Known = dict[Expr, Interval]


def bounds(root: Expr, known: Known | None = None) -> Interval:
    """An interval that holds every real value of the expression; `known` gives intervals of symbols.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> bounds(1 + x**2)
    (1, inf, False, True)
    """
    values: dict[Expr, Interval] = dict(known or {})
    for node in topological(root):
        if node not in values:
            values[node] = _bounds(node, [values[arg] for arg in node.args])
    return values[root]


def is_positive(expr: Expr, known: Known | None = None) -> bool:
    """Whether the value is proved to be > 0 wherever it is defined."""
    low, _, excluded, _ = bounds(expr, known)
    return low > 0 or (low == 0 and excluded)


def is_nonnegative(expr: Expr, known: Known | None = None) -> bool:
    """Whether the value is proved to be ≥ 0 wherever it is defined."""
    return bounds(expr, known)[0] >= 0


def is_nonzero(expr: Expr, known: Known | None = None) -> bool:
    """Whether the value is proved to be never 0."""
    if type(expr) is Call:
        spec = functions.find(expr.data)
        if spec is not None and spec.range == "y != 0":
            return True
    low, high, low_out, high_out = bounds(expr, known)
    return low > 0 or high < 0 or (low == 0 and low_out) or (high == 0 and high_out)


def _bounds(node: Expr, args: list[Interval]) -> Interval:
    head = type(node)
    if head is Number:
        p, q = node.ratio  # type: ignore[attr-defined]
        return (p, p, False, False) if q == 1 and p < 2**53 else _around(p, q)
    if head is Constant:
        value = {"e": 2.718281828459045, "pi": 3.141592653589793}.get(node.data)
        return EVERYTHING if value is None else (nextafter(value, 0), nextafter(value, 4), True, True)
    if head is Symbol:
        return EVERYTHING
    if head is Neg:
        return _negated(args[0])
    if head is Add:
        total = args[0]
        for other in args[1:]:
            total = _plus(total, other)
        return total
    if head is Sub:
        return _plus(args[0], _negated(args[1]))
    if head is Mul:
        return _product(node, args)
    if head is Div:
        return _times(args[0], _reciprocal(args[1]))
    if head is Pow:
        return _power(node, args)
    if head is Call:
        return _call(node, args)
    return EVERYTHING


def _around(p: int, q: int) -> Interval:
    try:
        value = p / q
    except OverflowError:
        return (1e308, inf, True, True)
    return (nextafter(value, -inf), nextafter(value, inf), True, True)


def _negated(a: Interval) -> Interval:
    return (-a[1], -a[0], a[3], a[2])


def _out(value: float, direction: float) -> float:
    # Sums and products of small whole numbers are exact in floating point; anything else is widened by one step.
    if isinf(value) or (value == int(value) and abs(value) < 2**53):
        return value
    return nextafter(value, direction)


def _plus(a: Interval, b: Interval) -> Interval:
    low, high = a[0] + b[0], a[1] + b[1]
    if low != low or high != high:  # an end beyond all floats, and one without bound
        return EVERYTHING
    return (_out(low, -inf), _out(high, inf), a[2] or b[2], a[3] or b[3])


def _ends(a: Interval) -> tuple[tuple[float, bool], tuple[float, bool]]:
    return (a[0], a[2]), (a[1], a[3])


def _times(a: Interval, b: Interval) -> Interval:
    found: list[tuple[float, bool]] = []
    for x, x_out in _ends(a):
        for y, y_out in _ends(b):
            if x == 0 or y == 0:
                # 0 times anything is 0, reached when a zero end itself is reached.
                found.append((0, (x != 0 or x_out) and (y != 0 or y_out)))
            else:
                found.append((x * y, x_out or y_out))
    low = min(value for value, _ in found)
    high = max(value for value, _ in found)
    low_out = all(out for value, out in found if value == low)
    high_out = all(out for value, out in found if value == high)
    return (_out(low, -inf), _out(high, inf), low_out, high_out)


def _reciprocal(a: Interval) -> Interval:
    low, high, low_out, high_out = a
    if low < 0 < high:
        return EVERYTHING
    if low >= 0:
        top = inf if low == 0 else 1 / low
        return (_out(1 / high, -inf) if high and not isinf(high) else 0, _out(top, inf), high_out, low_out or low == 0)
    return _negated(_reciprocal(_negated(a)))


def _product(node: Expr, args: list[Interval]) -> Interval:
    # A factor that occurs twice is a square: x·x ≥ 0, though x alone can have any sign.
    counted: dict[Expr, int] = {}
    for arg in node.args:
        counted[arg] = counted.get(arg, 0) + 1
    total: Interval = (1, 1, False, False)
    for arg, interval in zip(node.args, args, strict=True):
        times = counted.pop(arg, 0)
        if times:
            total = _times(total, _whole_power(interval, times))
    return total


def _whole_power(a: Interval, n: int) -> Interval:
    low, high, low_out, high_out = a
    if n == 1:
        return a
    if n % 2:
        return (_raise(low, n, -inf), _raise(high, n, inf), low_out, high_out)
    if low >= 0:
        return (_raise(low, n, -inf), _raise(high, n, inf), low_out, high_out)
    if high <= 0:
        return _whole_power(_negated(a), n)
    far, out = max((-low, low_out), (high, high_out), key=lambda end: (end[0], not end[1]))
    return (0, _raise(far, n, inf), False, out)


def _raise(value: float, n: int, direction: float) -> float:
    try:
        return _out(value**n, direction)
    except OverflowError:
        return inf if value > 0 or n % 2 == 0 else -inf


def _power(node: Expr, args: list[Interval]) -> Interval:
    base, exponent = node.args
    ratio = ratio_of(exponent)
    low, _, low_out, _ = args[0]
    if ratio is not None and ratio[1] == 1 and abs(ratio[0]) < 2**20:
        n = ratio[0]
        if n == 0:
            return (1, 1, False, False)
        powered = _whole_power(args[0], abs(n))
        return powered if n > 0 else _reciprocal(powered)
    if base is E:
        return _exponential(args[1])
    positive = low > 0 or (low == 0 and low_out)
    if positive:
        return (0, inf, True, True)
    if ratio is not None and ratio[1] > 1:  # a root: defined for a base ≥ 0 only
        return (0, inf, ratio[0] < 0, True)
    return EVERYTHING


def _exponential(a: Interval) -> Interval:
    low = 1 if a[0] >= 0 else 0
    high = 1 if a[1] <= 0 else inf
    return (low, high, a[2] if low else True, a[3] if high == 1 else True)


def _call(node: Expr, args: list[Interval]) -> Interval:
    spec = functions.find(node.data)
    if spec is None:
        return EVERYTHING
    if node.data == "exp":
        return _exponential(args[0])
    result = enclosure_of_range(spec)
    low, high, low_out, high_out = args[0]
    positive = low > 0 or (low == 0 and low_out)
    if node.data == "abs" and (positive or high < 0 or (high == 0 and high_out)):
        return (0, inf, True, True)
    if (node.data in ("sqrt", "gamma") and positive) or (node.data == "factorial" and low >= 0):
        return (0, inf, True, True)
    if node.data in ("max", "min"):
        pick = max if node.data == "max" else min
        return (pick(a[0] for a in args), pick(a[1] for a in args), False, False)
    if spec.parity == "odd" and spec.monotone == "increasing" and low >= 0:
        return (0, result[1], low > 0 or low_out, result[3])
    return result


_ranges: dict[str, Interval] = {}


def enclosure_of_range(spec: functions.FunctionSpec) -> Interval:
    """The interval that the row's `range` describes; everything where it is not an interval of plain numbers."""
    found = _ranges.get(spec.name)
    if found is None:
        found = EVERYTHING
        if spec.range:
            y = Symbol("y")
            for condition in [template(part.strip(), ("y",)).expr for part in spec.range.split(" and ")]:
                found = _narrowed(found, condition, y)
        _ranges[spec.name] = found
    return found


def _narrowed(interval: Interval, condition: Expr, y: Expr) -> Interval:
    if not isinstance(condition, Relation):
        return interval
    sign, (lhs, rhs) = condition.data, condition.args
    if rhs is y:
        lhs, rhs, sign = rhs, lhs, {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(sign, sign)
    if lhs is not y:
        return interval
    at = bounds(rhs)
    if at[0] == -inf and at[1] == inf:
        return interval
    low, high, low_out, high_out = interval
    if sign in (">", ">="):
        return (at[0], high, sign == ">" or at[2], high_out)
    if sign in ("<", "<="):
        return (low, at[1], low_out, sign == "<" or at[3])
    return interval


def known_from(conditions: list[Expr]) -> Known:
    """Intervals of symbols from conditions such as x > 0; other conditions are ignored."""
    found: Known = {}
    for condition in conditions:
        if isinstance(condition, Relation):
            lhs, rhs = condition.args
            for symbol in (lhs, rhs):
                if isinstance(symbol, Symbol):
                    found[symbol] = _narrowed(found.get(symbol, EVERYTHING), condition, symbol)
    return found
