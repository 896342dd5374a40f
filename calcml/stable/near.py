"""Branches near 0: quotients 0/0 and sums whose leading terms cancel, as polynomials made for the place.

Where numerator and denominator vanish together, or x - sin(x) loses what it is about, no formula in the functions of
the table serves. There the part is computed by a polynomial that agrees with it to the last digit: interpolation of
the part divided by its leading power, in Chebyshev points, from values to 80 digits. The polynomial is kept only if it
holds at points between; otherwise the formula stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isinf
from typing import Any, NamedTuple

from calcml.binding import free_symbols
from calcml.build import add, mul
from calcml.errors import CalcmlError
from calcml.expr import ONE, Add, Call, Div, Expr, Mul, Piecewise, Pow, Relation, Sub, Symbol, as_expr, make, rational
from calcml.precise import PreciseProgram
from calcml.stable.far import is_far_branch
from calcml.stable.groups import Sample, quantities
from calcml.traverse import count_nodes, has_at_most, replace, topological

SMALL = (1e-2, 1e-4)  # where cancellation is looked for
RADII = (1, "1/2", "1/4", "1/8", "1/16")
DEGREE = 26
DIGITS = 80
LARGEST = 200  # nodes of a part that is evaluated to so many digits
WORK = 4000  # nodes of all such parts of an expression
_ENOUGH = 2.0**-55


def with_branches(root: Expr) -> Expr:
    """The expression with a polynomial branch around each gap and each cancellation at 0."""
    nodes = topological(root)
    quantity = quantities(nodes)
    groups: dict[Expr, list[Expr]] = {}
    for node in nodes:
        of = quantity[node]
        if of is not None and of is not node:
            groups.setdefault(of, []).append(node)
    failing: dict[Expr, Expr] = {}
    for of, members in groups.items():
        if any(type(node) in (Div, Add, Sub, Call, Mul) for node in members):
            for node in _failing(of, members):
                failing[node] = of
    if not failing:
        return root
    return _wrapped(root, nodes, quantity, failing)


def _failing(of: Expr, members: Sequence[Expr]) -> list[Expr]:
    """The members that lose their value as the quantity goes to 0."""
    place = Symbol("place_of_quantity")
    local: dict[Expr, Expr] = {of: place}
    inside = replace_all(members, local)
    sample = Sample(place, list(inside.values()))
    at_zero, *near = [sample.at(value) for value in (0.0, *SMALL, *[-value for value in SMALL])]
    found = []
    for node in members:
        twin = inside[node]
        head = type(node)
        if head is Div:
            top, bottom = (at_zero[arg] for arg in twin.args)
            if bottom == 0.0 and (top == 0.0 or top != top):
                found.append(node)
        elif head is Add or head is Sub:
            if _cancels(twin, near[0], near[1]) or _cancels(twin, near[2], near[3]):
                found.append(node)
        elif head is Call and node.data == "ln":
            if any(_is_log_of_one(twin, a, b) for a, b in ((near[0], near[1]), (near[2], near[3]))):
                found.append(node)
        elif head is Mul and at_zero[twin] != at_zero[twin]:
            found.append(node)
    return found


def replace_all(members: Sequence[Expr], mapping: dict[Expr, Expr]) -> dict[Expr, Expr]:
    """Every member with the quantity replaced."""
    values: dict[Expr, Expr] = dict(mapping)
    for node in topological(*members):
        if node not in values:
            fresh = tuple([values[arg] for arg in node.args])
            values[node] = node if fresh == node.args else node.rebuild(fresh)
    return {node: values[node] for node in members}


def _cancels(node: Expr, far: dict[Expr, Any], close: dict[Expr, Any]) -> bool:
    ratios = []
    for values in (far, close):
        terms = [abs(values[arg]) for arg in node.args]
        if any(term != term or term == float("inf") for term in terms) or values[node] != values[node]:
            return False
        ratios.append(abs(values[node]) / max(terms) if max(terms) else 1.0)
    return ratios[1] < 1e-3 and ratios[1] < 0.1 * ratios[0]


def _is_log_of_one(node: Expr, far: dict[Expr, Any], close: dict[Expr, Any]) -> bool:
    a, b = abs(far[node]), abs(close[node])
    return bool(b < 1e-3 and b < 0.1 * a)


def _wrapped(root: Expr, nodes: Sequence[Expr], quantity: dict[Expr, Expr | None], failing: dict[Expr, Expr]) -> Expr:
    """Branches at the outermost failing nodes; what is inside the same quantity stays as it is in the formula."""
    outermost: dict[Expr, Expr] = {}
    # a node is outermost if it is reached from the root without passing a failing node of its own quantity
    reached: set[tuple[Expr, Expr | None]] = set()
    stack: list[tuple[Expr, Expr | None]] = [(root, None)]
    while stack:
        node, under = stack.pop()
        if (node, under) in reached:
            continue
        reached.add((node, under))
        of = quantity[node]
        if under is not None and of is not under:
            under = None
        if under is None and node in failing:
            outermost[node] = failing[node]
            under = failing[node]
        operands = node.args[1:] if is_far_branch(node) else node.args
        stack += [(arg, under) for arg in operands]
    fresh: dict[Expr, Expr] = {}
    plain: dict[Expr, Expr] = {}
    fits = Fits()
    for node in nodes:
        of = quantity[node]
        # the formula inside a branch: its own quantity rebuilt, everything between as it is
        args = tuple([plain[arg] if quantity[arg] is of and of is not node else fresh[arg] for arg in node.args])
        plain[node] = node if args == node.args else node.rebuild(args)
        args = tuple([fresh[arg] for arg in node.args])
        whole = node if args == node.args else node.rebuild(args)
        if node is of:
            plain[node] = whole
        fresh[node] = whole
        if node in outermost:
            branch = fits.branch(node, outermost[node], fresh[outermost[node]])
            if branch is not None:
                value, condition = branch
                fresh[node] = make(Piecewise, None, (value, condition, plain[node]))
    return fresh[root]


class Fit(NamedTuple):
    """x^power times a polynomial, and the radius within which it is as good as the part it stands for."""

    coefficients: list[Any]
    power: int
    radius: Expr


class Fits:
    """The polynomials of one walk: each part has one, at whatever quantities it stands; large parts have none."""

    def __init__(self) -> None:
        self.known: dict[Expr, Fit | None] = {}
        self.left = WORK

    def branch(self, node: Expr, of: Expr, quantity: Expr) -> tuple[Expr, Expr] | None:
        """The polynomial for a node in its quantity, and where it is to be used; None where none was found."""
        if not has_at_most(LARGEST, node, ends=(of,)):
            return None
        place = Symbol("place_of_quantity")
        local = replace(node, {of: place})
        if local not in self.known:
            self.left -= count_nodes(local)
            self.known[local] = _fit(local, place) if self.left >= 0 else None
        fit = self.known[local]
        if fit is None:
            return None
        condition = make(Relation, "<", (make(Call, "abs", (quantity,)), fit.radius))
        return _polynomial(fit.coefficients, fit.power, quantity), condition


def _fit(local: Expr, place: Expr) -> Fit | None:
    """The polynomial of a part; None where it has none, or cannot be computed to so many digits."""
    if free_symbols(local) != {place}:
        return None
    import mpmath

    try:
        program = PreciseProgram(local)
        with mpmath.workdps(DIGITS):
            power = _leading_power(program, place, mpmath)
            if power is None or (power < 0 and type(local) not in (Add, Sub)):
                return None  # a pole is one in the formula too
            for radius in RADII:
                fitted = _fitted(program, place, power, mpmath.mpf(1) * _number(radius, mpmath), mpmath)
                if fitted is not None:
                    limit = as_expr(1) if radius == 1 else rational(1, int(str(radius)[2:]))
                    return Fit(fitted, power, limit)
    except CalcmlError:  # e^(-1/x^2) near 0: the formula serves where no polynomial can be made
        pass
    return None


def _number(radius: Any, mpmath: Any) -> Any:
    return mpmath.mpf(radius) if radius == 1 else 1 / mpmath.mpf(str(radius)[2:])


def _leading_power(program: PreciseProgram, place: Expr, mpmath: Any) -> int | None:
    """k where the part goes as x^k near 0, from both sides."""
    found = set()
    for sign in (1, -1):
        values = [program.run({place: sign * mpmath.mpf(10) ** -e}) for e in (9, 10)]
        if any(value is None or not mpmath.isfinite(value) or not value for value in values):
            return None
        found.add(int(mpmath.nint(mpmath.log10(abs(values[0] / values[1])))))
    if len(found) != 1:
        return None
    (k,) = found
    return k if abs(k) <= 8 else None


def _fitted(program: PreciseProgram, place: Expr, power: int, radius: Any, mpmath: Any) -> list[Any] | None:
    """Coefficients of the polynomial of the part divided by x^power; None where it has no such polynomial here."""

    def value(x: Any) -> Any:
        at = program.run({place: x})
        return None if at is None or not mpmath.isfinite(at) else at / x**power

    count = DEGREE
    points = [radius * mpmath.cos(mpmath.pi * (2 * i + 1) / (2 * count)) for i in range(count)]
    values = [value(x) for x in points]
    if any(v is None for v in values):
        return None
    coefficients = _interpolated(points, values, mpmath)
    checks = [radius * mpmath.mpf(k) / 37 for k in (-36, -29, -17, -5, 3, 11, 23, 31, 37)]
    for x in checks:
        true = value(x)
        if true is None or abs(mpmath.polyval(coefficients[::-1], x) - true) > _ENOUGH * abs(true):
            return None
    size = max(abs(c) * radius**k for k, c in enumerate(coefficients))
    kept = [c if abs(c) * radius**k > size * _ENOUGH / 64 else mpmath.mpf(0) for k, c in enumerate(coefficients)]
    while kept and not kept[-1]:
        kept.pop()
    # nothing gained where a coefficient is no float, digits lost where the polynomial itself cancels
    if any(isinf(float(c)) for c in kept) or any(
        abs(value(x)) * 16 < max(abs(c * x**k) for k, c in enumerate(kept)) for x in checks
    ):
        return None
    return kept


def _interpolated(points: list[Any], values: list[Any], mpmath: Any) -> list[Any]:
    """Newton's divided differences, expanded to powers."""
    table = list(values)
    for level in range(1, len(points)):
        for i in range(len(points) - 1, level - 1, -1):
            table[i] = (table[i] - table[i - 1]) / (points[i] - points[i - level])
    coefficients = [mpmath.mpf(0)]
    for i in range(len(points) - 1, -1, -1):
        shifted = [mpmath.mpf(0), *coefficients]
        for k, c in enumerate(coefficients):
            shifted[k] -= points[i] * c
        shifted[0] += table[i]
        coefficients = shifted
    return coefficients[: len(points)]


def _polynomial(coefficients: list[Any], power: int, x: Expr) -> Expr:
    """Horner's scheme, in x^2 where only even or only odd powers occur."""
    even = not any(coefficients[1::2])
    steps = coefficients[::2] if even else coefficients
    by: Expr = make(Mul, None, (x, x)) if even else x
    total: Expr = as_expr(float(steps[-1]))
    for c in reversed(steps[:-1]):
        total = mul(by, total)
        if c:
            total = add(as_expr(float(c)), total)
    if not power:
        return total
    front = x if abs(power) == 1 else make(Pow, None, (x, rational(abs(power))))
    if power < 0:
        return make(Div, None, (total, front))
    return front if total is ONE else make(Mul, None, (front, total))
