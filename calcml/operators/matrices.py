"""Small symbolic and numeric matrices: determinant, characteristic polynomial, eigenvalues and definiteness.

A real symmetric matrix has real eigenvalues only, so the signs of the coefficients of its characteristic polynomial
tell how many are positive, negative and zero (Descartes' rule counts exactly where all roots are real). For exact
fractions that is a proof; otherwise the eigenvalues are computed with many digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from calcml import build
from calcml.expr import ZERO, Call, Expr, make, rational
from calcml.operators.points import FLOAT_DIGITS, Value, decimal_text, square_root, value_of
from calcml.precise import exact_ratio

MAX_DETERMINANT = 3  # rows of a matrix whose determinant is written out
DIGITS = 40  # for eigenvalues of matrices that are not exact
Rows = list[list[Any]]


def determinant(matrix: Expr) -> Expr:
    """The determinant of a matrix of up to 3 rows, written out along the first row; nothing is multiplied out.

    >>> from calcml.expr import symbols
    >>> from calcml.heads import Matrix, Vector
    >>> a, b, c, d = symbols("a b c d")
    >>> determinant(Matrix(Vector(a, b), Vector(c, d)))
    a*d - b*c
    """
    rows = [list(row.args) for row in matrix.args]
    return _written_out(rows)


def _written_out(rows: list[list[Expr]]) -> Expr:
    if len(rows) == 1:
        return rows[0][0]
    total: Expr = ZERO
    for j, entry in enumerate(rows[0]):
        minor = _written_out([[*row[:j], *row[j + 1 :]] for row in rows[1:]])
        term = build.mul(entry, minor)
        total = build.add(total, term) if j % 2 == 0 else build.sub(total, term)
    return total


class Spectrum(NamedTuple):
    """The eigenvalues of a symmetric matrix in rising order, and how many are negative, zero and positive.

    exact: whether the signs are proved; else they were computed with `DIGITS` digits.
    """

    values: list[Value]
    signs: tuple[int, int, int]
    exact: bool

    @property
    def definiteness(self) -> str:
        """Positive definite, indefinite …; what the signs of the eigenvalues say."""
        negative, zero, positive = self.signs
        if negative and positive:
            return "indefinite"
        if not negative and not positive:
            return "zero: positive and negative semidefinite"
        kind = "positive" if positive else "negative"
        return f"{kind} definite" if not zero else f"{kind} semidefinite, singular"


def spectrum(entries: Sequence[Sequence[Value]], digits: int = FLOAT_DIGITS) -> Spectrum:
    """Eigenvalues and their signs of a symmetric matrix of numbers.

    >>> from calcml.expr import as_expr
    >>> two, one = Value(as_expr(2), ""), Value(as_expr(1), "")
    >>> found = spectrum([[two, one], [one, two]])
    >>> [value.exact for value in found.values], found.definiteness
    ([1, 3], 'positive definite')
    """
    ratios = [[exact_ratio(value.exact) if value.exact is not None else None for value in row] for row in entries]
    fractions = [[Fraction(*ratio) for ratio in row if isinstance(ratio, tuple)] for row in ratios]
    if all(len(row) == len(entries) for row in fractions):
        polynomial = characteristic(fractions)
        return Spectrum(_exact_roots(polynomial, entries, digits), _signs(polynomial), exact=True)
    found = _numeric(entries, max(digits, DIGITS))
    size = max([abs(value) for value in found], default=0)
    tiny = size * 10 ** -(DIGITS // 2 if all(v.exact is not None for row in entries for v in row) else 13)
    signs = (
        sum(value < -tiny for value in found),
        sum(abs(value) <= tiny for value in found),
        sum(value > tiny for value in found),
    )
    texts = [Value(None, decimal_text(value if digits > FLOAT_DIGITS else float(value), digits)) for value in found]
    if len(entries) == 2 and all(value.exact is not None for row in entries for value in row):
        texts = _two_by_two(entries, digits)
    return Spectrum(texts, signs, exact=False)


def characteristic(rows: Sequence[Sequence[Fraction]]) -> list[Fraction]:
    """det(t·I − A) by falling powers of t, by the method of Faddeev and LeVerrier: n matrix products.

    >>> characteristic([[Fraction(2), Fraction(1)], [Fraction(1), Fraction(2)]])
    [Fraction(1, 1), Fraction(-4, 1), Fraction(3, 1)]
    """
    n = len(rows)
    coefficients = [Fraction(1)]
    power: Rows = [[Fraction(0)] * n for _ in range(n)]
    for k in range(1, n + 1):
        for i in range(n):
            power[i][i] += coefficients[-1]
        power = [[sum(a * power[m][j] for m, a in enumerate(row)) for j in range(n)] for row in rows]
        coefficients.append(-sum(power[i][i] for i in range(n)) / k)
    return coefficients


def _signs(polynomial: list[Fraction]) -> tuple[int, int, int]:
    degree = len(polynomial) - 1
    zero = next((k for k, c in enumerate(reversed(polynomial)) if c), degree)
    signs = [c > 0 for c in polynomial if c]
    positive = sum(a != b for a, b in pairwise(signs))
    return degree - zero - positive, zero, positive


def _exact_roots(polynomial: list[Fraction], entries: Sequence[Sequence[Value]], digits: int) -> list[Value]:
    """The roots: fractions split off, a quadratic solved; what is left of higher degree in decimals."""
    numeric = sorted(_numeric(entries, max(digits, DIGITS)))
    exact: list[Expr | None] = [None] * len(numeric)
    rest = polynomial
    for i, value in enumerate(numeric):
        guess = Fraction(str(value)).limit_denominator(10**6)
        if len(rest) > 1 and not _horner(rest, guess)[-1]:
            rest = _horner(rest, guess)[:-1]
            exact[i] = rational(guess.numerator, guess.denominator)
    left = [i for i, root in enumerate(exact) if root is None]
    if len(rest) == 3 and len(left) == 2:
        middle = -rest[1] / 2
        under = middle * middle - rest[2]
        shift, root = rational(middle.numerator, middle.denominator), square_root(under.numerator, under.denominator)
        exact[left[0]], exact[left[1]] = build.sub(shift, root), build.add(shift, root)
    found = []
    for value, closed in zip(numeric, exact, strict=True):
        if closed is not None:
            shown = value_of(closed, {}, digits)
            found.append(Value(closed, shown.decimal) if shown.decimal else shown)
        else:
            found.append(Value(None, decimal_text(value if digits > FLOAT_DIGITS else float(value), digits)))
    return found


def _horner(polynomial: list[Fraction], at: Fraction) -> list[Fraction]:
    found = [polynomial[0]]
    for coefficient in polynomial[1:]:
        found.append(found[-1] * at + coefficient)
    return found


def _numeric(entries: Sequence[Sequence[Value]], digits: int) -> list[Any]:
    import mpmath

    from calcml.precise import precise_value

    with mpmath.workdps(digits + 10):
        matrix = mpmath.matrix(
            [[mpmath.mpf(precise_value(value.expr, {}, digits)) for value in row] for row in entries]
        )
        return sorted(mpmath.eigsy(matrix, eigvals_only=True))


def _two_by_two(entries: Sequence[Sequence[Value]], digits: int) -> list[Value]:
    (a, b), (_, d) = [[value.expr for value in row] for row in entries]
    middle, spread = (a + d) / 2, make(Call, "sqrt", (((a - d) / 2) ** 2 + b**2,))
    return [value_of(middle - spread, {}, digits), value_of(middle + spread, {}, digits)]
