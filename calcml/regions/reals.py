"""Exact real numbers as borders of sets: rational numbers, and closed forms such as √2, π/2 and ln 3.

A rational border is an int or a Fraction. Any other is a `Real`: an expression without symbols, and its value to many
digits. Two of them that differ in those digits are compared by them; two that do not are equal if algebra says so, and
otherwise they cannot be told apart: UndecidedError.
"""

from __future__ import annotations

from functools import lru_cache, total_ordering
from typing import Any

from calcml import functions
from calcml.algebra.expand import expand
from calcml.algebra.fractions import is_zero
from calcml.algebra.read import terms_of
from calcml.algebra.terms import UNIT, quotient
from calcml.algebra.write import canonical, exact, join
from calcml.binding import free_symbols
from calcml.build import add, div, mul, neg, sub
from calcml.errors import CalcmlError, UndecidedError
from calcml.expr import FALSE, PI, TRUE, And, Call, Expr, Not, Or, Piecewise, Relation, make, ratio_of
from calcml.templates import fill_row, with_defaults
from calcml.traverse import rewrite_bottom_up, topological

Border = Any  # int | Fraction | Real

DIGITS = 60  # borders that agree in so many digits are not told apart by value
_GUARD = 30
MAX_BITS = 4096  # of a rational border


@total_ordering
class Real:
    """A real number in closed form that is not evidently rational.

    >>> from calcml.expr import Number, Call
    >>> root = real(Call("sqrt", Number(2)))
    >>> root < 2, root == real(Call("sqrt", Number(8)) / 2), root
    (True, True, sqrt(2))
    """

    __slots__ = ("expr", "value")

    def __init__(self, expr: Expr, value: Any) -> None:
        self.expr = expr
        self.value = value

    def __eq__(self, other: object) -> bool:
        return self is other or (_is_border(other) and compare(self, other) == 0)

    def __lt__(self, other: object) -> bool:
        return compare(self, other) < 0

    def __hash__(self) -> int:
        return hash(round(float(self.value), 6))

    def __float__(self) -> float:
        return float(self.value)

    def __repr__(self) -> str:
        return str(self.expr)


def _is_border(value: object) -> bool:
    return isinstance(value, (int, Real)) or hasattr(value, "denominator")


@lru_cache(maxsize=2048)
def real(expr: Expr) -> Border:
    """The border an expression without symbols stands for. UndecidedError where it is no finite real number.

    >>> from calcml.expr import Number
    >>> real(Number(6) / 4), real(Call("max", Number(3), Number(5)))
    (Fraction(3, 2), 5)
    """
    ratio = ratio_of(expr)
    if ratio is not None:
        return _small_enough(quotient(*ratio))
    if free_symbols(expr):
        raise UndecidedError(f"{expr!r} is no number")
    return _closed(rewrite_bottom_up(expr, _settled))


def _closed(expr: Expr) -> Border:
    """The border of a number without cases in it."""
    ratio = ratio_of(expr)
    if ratio is not None:
        return _small_enough(quotient(*ratio))
    terms = terms_of(rewrite_bottom_up(expr, _first_quadrant))
    terms = expand(terms) or terms if terms else terms
    if set(terms) <= {UNIT}:
        return _small_enough(terms.get(UNIT, 0))
    ordered = sorted(terms.items(), key=lambda term: (term[1] < 0, term[0] != UNIT))  # pi/2 - 1, 1 + sqrt(2)
    shortest = join([canonical(dict([term])) for term in ordered])
    return Real(shortest, _value(shortest))


def _first_quadrant(node: Expr) -> Expr:
    """sin and cos of a rational multiple of pi by an angle between 0 and pi/2: sin(3*pi/2) is -1."""
    if type(node) is not Call or node.data not in ("sin", "cos", "tan"):
        return node
    terms = terms_of(node.args[0])
    if set(terms) != {((PI, 1),)}:
        return node
    if node.data == "tan":
        return div(_first_quadrant(Call("sin", *node.args)), _first_quadrant(Call("cos", *node.args)))
    turns = terms[(PI, 1),] + (0 if node.data == "sin" else quotient(1, 2))  # cos t is sin(t + pi/2)
    turns -= turns // 2 * 2
    angle = min(turns % 1, 1 - turns % 1)
    found = make(Call, "sin", (canonical({((PI, 1),): angle} if angle else {}),))
    return neg(found) if turns > 1 else found


def _settled(node: Expr) -> Expr:
    """A node whose operands are settled without its cases: max(-1, 0) is 0, sign(2) is 1. What is not decided stays."""
    try:
        if isinstance(node, Relation):
            return TRUE if compare(_closed(node.args[0]), _closed(node.args[1])) in SIGNS[node.data] else FALSE
        if isinstance(node, And | Or):
            ends = FALSE if isinstance(node, And) else TRUE
            return ends if ends in node.args else node if set(node.args) - {TRUE, FALSE} else node.args[0]
        if isinstance(node, Not):
            return FALSE if node.args[0] is TRUE else TRUE if node.args[0] is FALSE else node
        if type(node) is Piecewise:
            value, condition = next((case for case in node.cases if case[1] is not FALSE), (node, None))
            return value if condition is None or condition is TRUE else node
        return _settled_call(node) if type(node) is Call else node
    except UndecidedError:
        return node


def _settled_call(node: Call) -> Expr:
    if node.data in ("max", "min"):
        values = [_closed(arg) for arg in node.args]
        return expr_of(max(values) if node.data == "max" else min(values))
    if node.data == "abs":
        value = _closed(node.args[0])
        return expr_of(value if compare(value, 0) >= 0 else minus(value))
    if node.data == "floor":
        return exact(floor(_closed(node.args[0])))
    spec = functions.find(node.data)
    if spec is None or not spec.defined_as:
        return node
    args = with_defaults(spec, tuple([expr_of(_closed(arg)) for arg in node.args]))
    meaning = fill_row(spec, spec.defined_as, args)
    if any(type(part) is Piecewise or part.data in CASES for part in topological(meaning)):
        return rewrite_bottom_up(meaning, _settled)
    return node


CASES = frozenset({"abs", "max", "min", "floor"})  # functions given by different expressions at different places
SIGNS = {"<": (-1,), "<=": (-1, 0), "=": (0,), ">=": (0, 1), ">": (1,), "!=": (-1, 1)}  # of the difference


def _small_enough(value: Border) -> Border:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise UndecidedError("a border has too many digits")
    return value


def _value(expr: Expr) -> Any:
    """The value to DIGITS digits; digits that are not sure (lost by cancellation) are not accepted."""
    import mpmath

    from calcml.precise import precise_value

    try:
        rough, fine = precise_value(expr, {}, DIGITS + 10), precise_value(expr, {}, DIGITS + _GUARD)
        with mpmath.workdps(DIGITS + _GUARD):
            sure = mpmath.isfinite(fine) and abs(rough - fine) <= abs(fine) * mpmath.mpf(10) ** -DIGITS
    except (CalcmlError, TypeError, ValueError, OverflowError, ZeroDivisionError):
        sure = False
    if not sure:
        raise UndecidedError(f"the value of {expr!r} is not known to {DIGITS} digits")
    return fine


def expr_of(border: Border) -> Expr:
    """The border as an expression."""
    return border.expr if isinstance(border, Real) else exact(border)


def compare(a: Border, b: Border) -> int:
    """The sign of a - b. UndecidedError where the two cannot be told apart."""
    if not isinstance(a, Real) and not isinstance(b, Real):
        return (a > b) - (a < b)
    if a is b or (isinstance(a, Real) and isinstance(b, Real) and a.expr is b.expr):
        return 0
    import mpmath

    with mpmath.workdps(DIGITS + _GUARD):
        p, q = _digits(a), _digits(b)
        if abs(p - q) > max(abs(p), abs(q)) * mpmath.mpf(10) ** (2 - DIGITS):
            return 1 if p > q else -1
    gap = sub(expr_of(a), expr_of(b))
    terms = terms_of(gap)
    if not terms or expand(terms) == {} or is_zero(gap) is True:
        return 0
    raise UndecidedError(f"{expr_of(a)!r} and {expr_of(b)!r} cannot be told apart")


def _digits(border: Border) -> Any:
    import mpmath

    return border.value if isinstance(border, Real) else mpmath.mpf(border.numerator) / border.denominator


def between(a: Border, b: Border) -> Border:
    """A rational number strictly between two borders, a short one where there is room."""
    if not isinstance(a, Real) and not isinstance(b, Real):
        return quotient(a + b, 2)
    import mpmath

    with mpmath.workdps(DIGITS):
        p, q = _digits(a), _digits(b)
        middle, width = (p + q) / 2, abs(q - p) / 4
        scale = 1
        while scale * width < 1:
            scale *= 2
        return quotient(int(mpmath.nint(middle * scale)), scale)


def below(a: Border) -> Border:
    """A whole number left of a border."""
    return int(float(a) // 1) - 1 if isinstance(a, Real) else a.numerator // a.denominator - 1


def above(a: Border) -> Border:
    """A whole number right of a border."""
    return int(float(a) // 1) + 2 if isinstance(a, Real) else a.numerator // a.denominator + 1


def floor(a: Border) -> int:
    """The largest whole number that is not larger."""
    if not isinstance(a, Real):
        return int(a.numerator // a.denominator)
    import mpmath

    with mpmath.workdps(DIGITS + _GUARD):
        near = int(mpmath.floor(a.value))
    for whole in (near + 1, near):
        if compare(whole, a) <= 0:
            return whole
    return near - 1


def plus(a: Border, b: Border) -> Border:
    """a + b."""
    if isinstance(a, Real) or isinstance(b, Real):
        return real(add(expr_of(a), expr_of(b)))
    return quotient(a + b, 1)


def times(a: Border, b: Border) -> Border:
    """a·b."""
    if isinstance(a, Real) or isinstance(b, Real):
        return real(mul(expr_of(a), expr_of(b)))
    return quotient(a * b, 1)


def over(a: Border, b: Border) -> Border:
    """a/b for b ≠ 0."""
    if isinstance(a, Real) or isinstance(b, Real):
        return real(div(expr_of(a), expr_of(b)))
    return quotient(a, b)


def minus(a: Border) -> Border:
    """-a."""
    return times(-1, a)
