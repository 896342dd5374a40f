"""Values at a point as people want them: exact where that is short, with decimals beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from calcml.at_point import value_at
from calcml.binding import free_symbols, substitute
from calcml.derivation import Derivation, Fact
from calcml.errors import CalcmlError, InputError
from calcml.expr import ZERO, Add, Call, Expr, Mul, Neg, Number, as_expr, make
from calcml.heads import Vector
from calcml.measure import measure
from calcml.precise import evaluate
from calcml.readable import readable_form
from calcml.traverse import topological

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
    >>> value_of(x**2 / 3, {x: as_expr(2)}), value_of(2**x, {x: as_expr(1) / 2})
    (Value(exact=4/3, decimal=''), Value(exact=sqrt(2), decimal='1.4142135623730951'))
    """
    return as_value(evaluate(expr, point, digits), expr, point, digits)


def slope_of(derivation: Derivation, point: Point, digits: int = FLOAT_DIGITS) -> Value:
    """The value of a derivative at a point, kinks included. NotDifferentiableError where there is none."""
    return as_value(value_at(derivation, point, digits), derivation.result, point, digits)


def as_value(found: Any, expr: Expr, point: Point, digits: int) -> Value:
    """What `evaluate` found for `expr`, with the exact form beside it where there is a short one."""
    if isinstance(found, Expr):
        return Value(found, "")
    return Value(closed_form(expr, point, float(found)), decimal_text(found, digits))


def closed_form(expr: Expr, point: Point, near: float) -> Expr | None:
    """The exact value in readable form, √13 or 3e²; None where decimals were typed, or it is long or not confirmed."""
    closed = substitute(expr, point)
    nodes = topological(closed)
    if len(nodes) > 80 or any(type(node) is Number and isinstance(node.data, str) for node in nodes):
        return None
    try:
        exact = readable_form(closed)
        value = float(evaluate(exact)) if measure(exact)[0] <= SHORT else None
    except CalcmlError:
        return None
    return exact if value is not None and abs(value - near) <= 1e-9 * max(1.0, abs(near)) else None


def norm(values: Sequence[Value], digits: int = FLOAT_DIGITS) -> Value:
    """The length of a vector of numbers, exact where they are.

    >>> norm([Value(as_expr(6), ""), Value(as_expr(9), "")])
    Value(exact=3*sqrt(13), decimal='10.816653826391969')
    """
    squares = [value.expr**2 for value in values]
    return value_of(
        make(Call, "sqrt", (make(Add, None, tuple(squares)) if len(squares) > 1 else squares[0],)), {}, digits
    )


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


def scalar_fact(name: str, value: Value) -> Fact:
    """A fact that is one number."""
    return Fact(name, value.exact, decimal=value.decimal)


def checked_point(point: Mapping[Any, Any] | None, f: Expr, variables: Sequence[Expr]) -> dict[Expr, Expr]:
    """The point as expressions. InputError for a name that does not occur, and for one without a value."""
    if not point:
        return {}
    given = {as_expr(symbol): as_expr(value) for symbol, value in point.items()}
    occurring = free_symbols(f, *variables)
    for symbol in given:
        if symbol not in occurring and symbol not in variables:
            names = ", ".join(sorted(each.data for each in occurring))
            raise InputError(
                f"{symbol} does not occur in the expression", hint=f"its variables are {names}" if names else None
            )
    return given
