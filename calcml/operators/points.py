"""Values at a point as people want them: exact where that is short, with decimals beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil, floor, gcd, isqrt
from typing import Any, NamedTuple

from calcml import functions
from calcml.at_point import is_left_out, value_at
from calcml.binding import free_symbols, substitute
from calcml.derivation import BESIDE_THE_FORMULA, Derivation, Fact
from calcml.errors import CalcmlError, DomainError
from calcml.evaluation import Program
from calcml.expr import ZERO, Add, Call, Div, Expr, Mul, Neg, Number, make, rational
from calcml.heads import Matrix, Vector
from calcml.measure import measure
from calcml.precise import evaluate, exact_ratio, expand_definitions
from calcml.readable import readable_form
from calcml.traverse import rewrite_bottom_up, topological

Point = Mapping[Expr, Expr]
SHORT = 16  # of `measure`: what is longer is said in decimals only
FLOAT_DIGITS = 17


class Value(NamedTuple):
    """A number: exactly, if that is short, and in decimals, where the exact form is not plain arithmetic."""

    exact: Expr | None
    decimal: str

    @property
    def expr(self) -> Expr:
        """The number to compute with: exact where it can be."""
        if self.exact is not None:
            return self.exact
        size: Expr = Number(self.decimal.removeprefix("-").replace("e+", "e"))
        return make(Neg, None, (size,)) if self.decimal.startswith("-") else size

    @property
    def is_zero(self) -> bool:
        """Whether the number is 0."""
        return self.exact is ZERO or (self.exact is None and float(self.decimal) == 0)

    @property
    def text(self) -> str:
        """The decimals, or the exact value where there is no need for any."""
        return self.decimal or str(self.exact)


def value_of(expr: Expr, point: Point, digits: int = FLOAT_DIGITS) -> Value:
    """The value of a scalar expression at a point. DomainError outside the domain, InputError for a missing value.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> value_of(x**2 / 3, {x: rational(2)}), value_of(2**x, {x: rational(1, 2)})
    (Value(exact=4/3, decimal=''), Value(exact=sqrt(2), decimal='1.4142135623730951'))
    """
    return as_value(evaluate(expr, point, digits), expr, point, digits)


def slope_of(derivation: Derivation, point: Point, digits: int = FLOAT_DIGITS) -> Value:
    """The value of a derivative at a point, kinks included. NotDifferentiableError where there is none."""
    return as_value(value_at(derivation, point, digits), derivation.result, point, digits)


def left_out(derivations: Iterable[Derivation], point: Point) -> tuple[Fact, ...]:
    """The fact that a value was found on the function: the formula of a derivative does not hold at the point."""
    if not any(is_left_out(derivation, point) for derivation in derivations):
        return ()
    return (Fact(BESIDE_THE_FORMULA, text="the slope of the function itself, the same from both sides"),)


def values_at_once(exprs: Sequence[Expr], point: Point) -> list[Value]:
    """The float values of many expressions that share their parts, each part evaluated once. DomainError for none."""
    symbols = list(point)
    found = Program(exprs, symbols).run([float(evaluate(value)) for value in point.values()])
    for expr, value in zip(exprs, found, strict=True):
        if value != value:
            raise DomainError(f"{expr!r} has no value here")
    return [Value(None, decimal_text(float(value))) for value in found]


def require_conditions(conditions: Sequence[Expr], point: Point) -> None:
    """DomainError where a condition of a result fails at the point."""
    for condition in conditions:
        closed = substitute(condition, point)
        if not free_symbols(closed) and Program([closed], []).run([])[0] is False:
            where = ", ".join(f"{symbol} = {value}" for symbol, value in point.items())
            raise DomainError(f"there is no derivative at {where}", hint=f"it needs {condition}")


def as_value(found: Any, expr: Expr, point: Point, digits: int) -> Value:
    """What `evaluate` found for `expr`, with the exact form beside it where there is a short one."""
    if isinstance(found, Expr):
        return Value(found, "")
    exact = closed_form(expr, point, float(found))
    plain = exact is not None and isinstance(exact_ratio(exact), tuple)
    return Value(exact, "" if plain else decimal_text(found, digits))


def closed_form(expr: Expr, point: Point, near: float) -> Expr | None:
    """The exact value in readable form, √13 or 3e²; None where decimals were typed, or it is long or not confirmed."""
    closed = substitute(expr, point)
    nodes = topological(closed)
    if len(nodes) > 80 or any(type(node) is Number and isinstance(node.data, str) for node in nodes):
        return None
    try:
        exact = readable_form(_cases_decided(closed))
        value = float(evaluate(exact)) if measure(exact)[0] <= SHORT else None
    except CalcmlError:
        return None
    return exact if value is not None and abs(value - near) <= 1e-9 * max(1.0, abs(near)) else None


def _cases_decided(closed: Expr) -> Expr:
    """Functions that are rational piece by piece, carried out where their arguments are fractions: relu(7/2) is 7/2."""

    def visit(node: Expr) -> Expr:
        if type(node) is not Call or node.data not in _CHOOSING:
            return node
        from fractions import Fraction  # 3 ms, and rarely needed

        ratios = [exact_ratio(arg) for arg in node.args]
        if not all(isinstance(ratio, tuple) for ratio in ratios):
            return node
        value = _CHOOSING[node.data](*[Fraction(*ratio) for ratio in ratios])
        return rational(Fraction(value).numerator, Fraction(value).denominator)

    return rewrite_bottom_up(expand_definitions(closed, {}), visit) if _has_cases(closed) else closed


def _has_cases(closed: Expr) -> bool:
    specs = [functions.find(node.data) for node in topological(closed) if type(node) is Call]
    return any(spec is not None and (spec.smooth or spec.name in _CHOOSING) for spec in specs)


_CHOOSING: dict[str, Callable[..., Any]] = {
    "max": max,
    "min": min,
    "abs": abs,
    "sign": lambda u: (u > 0) - (u < 0),
    "floor": floor,
    "ceil": ceil,
}


def norm(values: Sequence[Value], digits: int = FLOAT_DIGITS) -> Value:
    """The length of a vector of numbers, exact where they are.

    >>> norm([Value(rational(6), ""), Value(rational(9), "")])
    Value(exact=3*sqrt(13), decimal='10.816653826391967')
    """
    squares = [value.expr**2 for value in values]
    total = make(Add, None, tuple(squares)) if len(squares) > 1 else squares[0]
    ratio = exact_ratio(total)
    if all(value.exact is not None for value in values) and isinstance(ratio, tuple):
        return value_of(square_root(*ratio), {}, digits)
    return value_of(make(Call, "sqrt", (total,)), {}, digits)


def square_root(numerator: int, denominator: int = 1) -> Expr:
    """The root of a fraction ≥ 0 with the squares of small factors taken out.

    >>> square_root(117), square_root(4, 9), square_root(1, 2), square_root(0)
    (3*sqrt(13), 2/3, sqrt(2)/2, 0)
    """
    outside, inside = 1, numerator * denominator
    for factor in range(2, 1000):
        while inside and inside % (factor * factor) == 0:
            outside, inside = outside * factor, inside // (factor * factor)
    whole = isqrt(inside)
    if whole * whole == inside:
        return rational(outside * whole, denominator)
    divisor = gcd(outside, denominator)
    outside, denominator = outside // divisor, denominator // divisor
    root: Expr = make(Call, "sqrt", (Number(inside),))
    upper = root if outside == 1 else make(Mul, None, (Number(outside), root))
    return upper if denominator == 1 else make(Div, None, (upper, Number(denominator)))


def dot(values: Sequence[Value], others: Sequence[Value], digits: int = FLOAT_DIGITS) -> Value:
    """The inner product of two vectors of numbers."""
    products = tuple([make(Mul, None, (a.expr, b.expr)) for a, b in zip(values, others, strict=True)])
    return value_of(make(Add, None, products) if len(products) > 1 else products[0], {}, digits)


def decimal_text(value: Any, digits: int = FLOAT_DIGITS) -> str:
    """A float or mpf as text, with the digits asked for.

    >>> decimal_text(0.1 + 0.2), decimal_text(2 / 3, 4)
    ('0.30000000000000004', '0.6667')
    """
    if isinstance(value, float):
        return repr(value) if digits >= FLOAT_DIGITS else f"{value:.{digits}g}"
    import mpmath

    return str(mpmath.nstr(value, digits))


def vector_fact(name: str, values: Sequence[Value]) -> Fact:
    """A fact about several numbers: all exact ones as a vector, and all in decimals unless every one is plain."""
    entries = [value.exact for value in values]
    exact = Vector(*entries) if all(entry is not None for entry in entries) else None
    plain = all(not value.decimal for value in values)
    return Fact(name, exact, decimal="" if plain else f"[{', '.join(value.text for value in values)}]")


def matrix_fact(name: str, rows: Sequence[Sequence[Value]]) -> Fact:
    """The same for a matrix."""
    found = [vector_fact(name, row) for row in rows]
    exact = [fact.value for fact in found if fact.value is not None]
    decimals = [fact.decimal or str(fact.value) for fact in found]
    plain = not any(fact.decimal for fact in found)
    return Fact(
        name, Matrix(*exact) if len(exact) == len(rows) else None, decimal="" if plain else f"[{', '.join(decimals)}]"
    )


def scalar_fact(name: str, value: Value) -> Fact:
    """A fact that is one number."""
    return Fact(name, value.exact, decimal=value.decimal)
