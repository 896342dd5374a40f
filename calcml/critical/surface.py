"""Critical points of a function of several variables, and what they are.

Where the gradient is 0 is found exactly by elimination, else numerically in a box. A point is classified by its
Hessian; where that is degenerate, by what decides beyond it: the difference to the value there keeps a sign
everywhere, or the function rises along one curve through the point and falls along another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import Any, NamedTuple

from calcml.algebra.read import terms_of
from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import free_symbols, substitute
from calcml.build import add, mul, sub
from calcml.conditions import combined, settle
from calcml.critical.composition import bend_by_composition
from calcml.critical.curve import closed_form
from calcml.critical.definiteness import (
    INDEFINITE,
    NEGATIVE,
    POSITIVE,
    SEMI_NEGATIVE,
    SEMI_POSITIVE,
    definiteness,
    inertia,
    sign_of,
)
from calcml.critical.numeric import search
from calcml.critical.systems import Solution, fails, solve
from calcml.critical.zeros import decimal
from calcml.differentiation import differentiate_all
from calcml.domains import kinks, requirements
from calcml.errors import CalcmlError, UndecidedError
from calcml.expr import FALSE, ZERO, Expr, Relation, Symbol, rational
from calcml.forms import expand, factor
from calcml.precise import precise_value
from calcml.series.coefficients import expression_of, is_zero
from calcml.series.local import with_cases
from calcml.series.near import BOTH, HERE, Near
from calcml.series.streams import coefficient, valuation
from calcml.signs import is_nonnegative
from calcml.simplification import simplify

MINIMUM, MAXIMUM, SADDLE, UNDECIDED = "minimum", "maximum", "saddle point", "undecided"
CURVES = 12  # orders looked at along a curve through a degenerate point


class Critical(NamedTuple):
    """A critical point.

    at        the value of each variable; of a line or curve of critical points, values that depend on the free ones
    value     f there
    kind      minimum, maximum, saddle point, undecided
    hessian   its Hessian there, and `definite` in words
    reason    why it is that
    error     how far a numeric point may be from the true one; 0 for an exact point
    is_global whether nothing is smaller (larger) anywhere
    """

    at: Solution
    value: Expr
    kind: str
    hessian: tuple[tuple[Expr, ...], ...]
    definite: str
    reason: str
    error: float = 0.0
    is_global: bool = False


class Surface(NamedTuple):
    """What is known of the critical points of a function.

    periods  variables in which everything repeats
    box      the box in which they were searched numerically; None where they were solved
    missing  what is not known: empty where all critical points are there
    bend     convex, concave, both, neither or undecided; and the reason
    """

    f: Expr
    variables: tuple[Symbol, ...]
    gradient: tuple[Expr, ...]
    hessian: tuple[tuple[Expr, ...], ...]
    points: tuple[Critical, ...]
    periods: dict[Expr, Expr]
    box: float | None
    missing: str
    bend: tuple[str, str]


def surface(f: Expr, variables: Sequence[Symbol], assuming: Assumptions = NOTHING) -> Surface:
    """The critical points of f. UndecidedError where they are not found.

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> found = surface(parse("x^3 + y^3 - 3*x*y"), symbols("x y"))
    >>> [(list(point.at.values()), point.kind) for point in found.points]
    [([0, 0], 'saddle point'), ([1, 1], 'minimum')]
    """
    chosen = tuple(variables)
    if any(kinks(f, x) for x in chosen):
        raise UndecidedError(
            f"{f!r} has kinks, and in several variables they are not looked at",
            hint="look along one variable, with numbers for the others",
        )
    gradient = tuple([simplify(entry) for entry in differentiate_all(f, chosen)])
    hessian = tuple([tuple([simplify(entry) for entry in differentiate_all(row, chosen)]) for row in gradient])
    box: float | None = None
    missing = ""
    errors: dict[int, float] = {}
    try:
        solved = solve(gradient, chosen, assuming.known)
        found, periods = solved.found, solved.periods
    except UndecidedError:
        if free_symbols(f) - set(chosen):
            raise
        found, periods = [], {}
        result = search(gradient, hessian, chosen)
        box, missing = result.box, result.missing
        for i, (values, error) in enumerate(result.points):
            found.append(values)
            errors[i] = error
    bend = _bend(f, hessian, chosen, assuming)
    points: list[Critical] = []
    lines = [values for values in found if len(values) < len(chosen) or free_symbols(*values.values()) & set(chosen)]
    for i, values in enumerate(found):
        if any(line is not values and _lies_on(values, line) for line in lines):
            continue
        if _is_outside(f, values, assuming):
            continue
        points.append(_classified(f, chosen, hessian, values, errors.get(i, 0.0), bend[0], assuming))
    if bend[0] in ("convex", "concave") and any(point.definite in (POSITIVE, NEGATIVE) for point in points):
        missing = ""  # a convex function has no other critical point beside a strict minimum
    return Surface(f, chosen, gradient, hessian, tuple(points), periods, box, missing, bend)


def _lies_on(values: Solution, line: Solution) -> bool:
    """Whether a solution is one of those that a line of solutions stands for."""
    return all(x in values and simplify(substitute(value, values)) is values[x] for x, value in line.items())


def _is_outside(f: Expr, values: Solution, assuming: Assumptions) -> bool:
    for condition in requirements(f):
        there = substitute(condition, values)
        if settle(there, assuming.known) is FALSE or fails(there):
            return True
    return False


# ---- one point -------------------------------------------------------------------------------------------------------


def _classified(
    f: Expr, variables: tuple[Symbol, ...], hessian: tuple[tuple[Expr, ...], ...], values: Solution, error: float,
    bend: str, assuming: Assumptions,
) -> Critical:  # fmt: skip
    there = tuple([tuple([_number(substitute(entry, values)) for entry in row]) for row in hessian])
    value = _number(substitute(f, values)) if not error else _rounded(substitute(f, values))
    is_point = len(values) == len(variables) and not free_symbols(*values.values()) & set(variables)
    try:
        definite = _float_definiteness(there) if error else definiteness(there, assuming.known)
    except UndecidedError as undecided:
        if not is_point:
            made = Critical(values, value, UNDECIDED, there, "undecided", "", error)
            return _beyond_the_hessian(f, variables, made, bend, is_point)
        return Critical(values, value, UNDECIDED, there, "undecided", undecided.message, error)
    made = Critical(values, value, UNDECIDED, there, definite, "", error)
    if len(variables) == 1 and definite in (POSITIVE, NEGATIVE):
        sign, kind = (">", MINIMUM) if definite == POSITIVE else ("<", MAXIMUM)
        best = bend == ("convex" if definite == POSITIVE else "concave")
        return made._replace(kind=kind, reason=f"f'' = {there[0][0]} {sign} 0", is_global=best)
    if definite == POSITIVE:
        best = bend == "convex" or (not error and _keeps_sign(sub(f, value)))
        return made._replace(kind=MINIMUM, reason="the Hessian is positive definite", is_global=best)
    if definite == NEGATIVE:
        best = bend == "concave" or (not error and _keeps_sign(sub(value, f)))
        return made._replace(kind=MAXIMUM, reason="the Hessian is negative definite", is_global=best)
    if definite == INDEFINITE:
        return made._replace(kind=SADDLE, reason="the Hessian is indefinite")
    if error:
        return made._replace(reason="the Hessian is nearly degenerate")
    return _beyond_the_hessian(f, variables, made, bend, is_point)


def _beyond_the_hessian(f: Expr, variables: tuple[Symbol, ...], made: Critical, bend: str, is_point: bool) -> Critical:
    """Where an eigenvalue is 0 and none has the other sign."""
    for sign, kind, shape in ((1, MINIMUM, "convex"), (-1, MAXIMUM, "concave")):
        if bend in (shape, "both"):
            return made._replace(kind=kind, reason=f"the Hessian is degenerate, and f is {shape}", is_global=True)
        difference = sub(f, made.value) if sign > 0 else sub(made.value, f)
        if _keeps_sign(difference):
            relation = ">=" if sign > 0 else "<="
            return made._replace(
                kind=kind, reason=f"the Hessian is degenerate, and f {relation} {made.value} everywhere", is_global=True
            )
    if not is_point:
        return made._replace(reason="the Hessian is degenerate along a whole line of critical points")
    signs: dict[int, str] = {}
    for described, sign, odd in _along_curves(f, variables, made.at):
        if odd:
            return made._replace(
                kind=SADDLE,
                reason=f"the Hessian is degenerate; along {described} f rises on one side and falls on the other",
            )
        signs.setdefault(sign, described)
        if {1, -1} <= set(signs):
            return made._replace(
                kind=SADDLE, reason=f"the Hessian is degenerate; f rises along {signs[1]} and falls along {signs[-1]}"
            )
    return made._replace(reason="the Hessian is degenerate, and no further argument decides")


def _keeps_sign(difference: Expr) -> bool:
    """Whether an expression is proved to be >= 0 everywhere: as it is, factored, or multiplied out."""
    forms = [difference, simplify(difference)]
    for form in (expand, factor):
        try:
            forms.append(form(difference))
        except CalcmlError:
            continue
    return any(is_nonnegative(form) for form in forms)


def _along_curves(f: Expr, variables: tuple[Symbol, ...], at: Solution) -> Iterator[tuple[str, int, bool]]:
    """(curve in words, sign of f - f(at) along it, whether that changes) for lines and parabolas through the point."""
    t = Symbol("t") if all(x.data != "t" for x in variables) else Symbol("s")
    for steps in _curves(len(variables)):
        path = {x: add(at[x], _polynomial(step, t)) for x, step in zip(variables, steps, strict=True)}
        described = ", ".join([f"{x} = {simplify(value)}" for x, value in path.items()])
        try:
            near = Near(substitute(with_cases(f), path), {t: ZERO}, side=BOTH)
            stream = near.stream(near.root)
            start = _first_change(stream)
            if start is None:
                continue
            sign = sign_of(expression_of(stream.at(start)))
        except CalcmlError:
            continue
        yield described, sign, start % 2 == 1


def _first_change(stream: Any) -> int | None:
    if stream.low < 0 and valuation(stream, -1) is not None:
        return None
    return next((k for k in range(1, CURVES + 1) if not is_zero(coefficient(stream, k))), None)


def _curves(count: int) -> Iterator[list[tuple[int, int]]]:
    """Steps (a, b), for a·t + b·t^2 in each variable."""
    for i in range(count):
        yield [(int(j == i), 0) for j in range(count)]
    for i in range(count):
        for j in range(i):
            for slope in (1, -1, 2, -2):
                yield [(1, 0) if k == i else (slope, 0) if k == j else (0, 0) for k in range(count)]
    for i in range(count):
        for j in range(count):
            if i != j:
                for slope in (1, -1, 2, -2):
                    yield [(1, 0) if k == i else (0, slope) if k == j else (0, 0) for k in range(count)]
                yield [(2, 0) if k == i else (0, 6) if k == j else (0, 0) for k in range(count)]


def _polynomial(step: tuple[int, int], t: Symbol) -> Expr:
    a, b = step
    line = mul(rational(a), t) if a else ZERO
    square = mul(rational(b), t**2) if b else ZERO
    return add(line, square) if a and b else line if a else square


def _number(value: Expr) -> Expr:
    if free_symbols(value):
        return simplify(value)
    try:
        return closed_form(expression_of(Near(with_cases(value), {}, side=HERE).coefficient(0)))
    except CalcmlError:
        return closed_form(value)


def _rounded(value: Expr) -> Expr:
    """The value at a numeric point, as a decimal."""
    from fractions import Fraction

    import mpmath

    with mpmath.workdps(30):
        found = precise_value(value, {}, 30)
        return decimal(Fraction(int(mpmath.nint(found * mpmath.mpf(10) ** 25)), 10**25), 14)


def _float_definiteness(matrix: tuple[tuple[Expr, ...], ...]) -> str:
    """Of a Hessian at a numeric point: by eigenvalues that are well away from 0."""
    import mpmath

    with mpmath.workdps(30):
        numbers = mpmath.matrix([[precise_value(entry, {}, 30) for entry in row] for row in matrix])
        values, _ = mpmath.eigsy(numbers)
        size = max([abs(value) for value in values] + [mpmath.mpf(1)])
        signs = {0 if abs(value) < size * mpmath.mpf(10) ** -8 else 1 if value > 0 else -1 for value in values}
    if 0 in signs:
        return SEMI_POSITIVE if 1 in signs else SEMI_NEGATIVE
    return INDEFINITE if len(signs) > 1 else POSITIVE if 1 in signs else NEGATIVE


# ---- convex or not ---------------------------------------------------------------------------------------------------


def _bend(
    f: Expr, hessian: tuple[tuple[Expr, ...], ...], variables: tuple[Symbol, ...], assuming: Assumptions
) -> tuple[str, str]:
    """convex, concave, both, neither or undecided: from the Hessian everywhere, else from how f is put together."""
    found = _bend_of_hessian(f, hessian, variables, assuming)
    if found[0] == "undecided":
        kind, reason = bend_by_composition(f, variables, assuming.known)
        if kind in ("convex", "concave"):
            return kind, reason
    return found


def _bend_of_hessian(
    f: Expr, hessian: tuple[tuple[Expr, ...], ...], variables: tuple[Symbol, ...], assuming: Assumptions
) -> tuple[str, str]:
    if not all(_is_half_space(condition) for condition in combined(requirements(f, assuming.known), assuming.known)):
        return "undecided", "the domain may not be convex"
    entries = [entry for row in hessian for entry in row]
    if not free_symbols(*entries) & set(variables):
        try:
            definite = definiteness(hessian, assuming.known)
        except UndecidedError:
            return "undecided", "the sign of the Hessian depends on parameters"
        kind = {POSITIVE: "convex", SEMI_POSITIVE: "convex", NEGATIVE: "concave", SEMI_NEGATIVE: "concave"}.get(
            definite, "neither" if definite == INDEFINITE else "both"
        )
        if len(variables) == 1:
            return kind, f"f'' = {hessian[0][0]}"
        return kind, f"the Hessian is constant and {definite}" if definite != "zero" else "the Hessian is 0"
    for sign, kind in ((1, "convex"), (-1, "concave")):
        if _is_semidefinite(hessian, sign, assuming):
            word = "positive" if sign > 0 else "negative"
            return kind, f"every principal minor shows the Hessian to be {word} semidefinite everywhere"
    if _is_indefinite_somewhere(hessian, variables):
        return "neither", "the Hessian has eigenvalues of both signs, at one point or at two"
    return "undecided", "the sign of the Hessian is not known everywhere"


def _is_half_space(condition: Expr) -> bool:
    """Whether a condition is an inequality between linear sides: x > 0, x + y <= 1."""
    if not isinstance(condition, Relation) or condition.data not in ("<", "<=", ">", ">="):
        return False
    terms = terms_of(sub(*condition.args))
    return all(len(mono) <= 1 and all(isinstance(base, Symbol) and n == 1 for base, n in mono) for mono in terms)


def _is_semidefinite(hessian: tuple[tuple[Expr, ...], ...], sign: int, assuming: Assumptions) -> bool:
    """Whether all principal minors have the right signs, by what is known of the signs of expressions."""
    size = len(hessian)
    if size > 4:
        return False
    for count in range(1, size + 1):
        for rows in combinations(range(size), count):
            minor = _determinant([[hessian[i][j] for j in rows] for i in rows])
            wanted = minor if sign > 0 or count % 2 == 0 else simplify(sub(ZERO, minor))
            if not (is_nonnegative(wanted, assuming.known) or _keeps_sign(wanted)):
                return False
    return True


def _determinant(matrix: list[list[Expr]]) -> Expr:
    if len(matrix) == 1:
        return matrix[0][0]
    total: Expr = ZERO
    for j, entry in enumerate(matrix[0]):
        if entry is ZERO:
            continue
        part = mul(entry, _determinant([[row[k] for k in range(len(row)) if k != j] for row in matrix[1:]]))
        total = add(total, part) if j % 2 == 0 else sub(total, part)
    return simplify(total)


def _is_indefinite_somewhere(hessian: tuple[tuple[Expr, ...], ...], variables: tuple[Symbol, ...]) -> bool:
    """Whether eigenvalues of both signs are seen, at one of a few points or at two of them."""
    seen: set[int] = set()
    for point in product((0, 1, -1, 2), repeat=len(variables)) if len(variables) <= 4 else []:
        values: dict[Any, object] = {x: rational(value) for x, value in zip(variables, point, strict=True)}
        try:
            plus, minus, _ = inertia([[_number(substitute(entry, values)) for entry in row] for row in hessian])
        except (CalcmlError, ZeroDivisionError):
            continue
        seen |= ({1} if plus else set()) | ({-1} if minus else set())
        if seen == {1, -1}:
            return True
    return False
