"""Whether a symmetric matrix is positive or negative definite, semidefinite or neither, by exact signs.

Signs are exact: the matrix is reduced by symmetric elimination (Sylvester's law of inertia: the signs of the pivots are
those of the eigenvalues). Entries with parameters are decided where the signs are, from what is assumed.
"""

from __future__ import annotations

from collections.abc import Sequence

from calcml.algebra import fractions
from calcml.binding import free_symbols
from calcml.build import add, div, mul, neg, sub
from calcml.errors import CalcmlError, UndecidedError
from calcml.expr import ZERO, Expr
from calcml.regions.reals import compare, expr_of, real
from calcml.signs import Known, is_positive
from calcml.simplification import simplify

POSITIVE, NEGATIVE, INDEFINITE = "positive definite", "negative definite", "indefinite"
SEMI_POSITIVE, SEMI_NEGATIVE, NOTHING = "positive semidefinite", "negative semidefinite", "zero"

Rows = Sequence[Sequence[Expr]]


def inertia(matrix: Rows, known: Known | None = None) -> tuple[int, int, int]:
    """How many eigenvalues are positive, negative and 0. UndecidedError where a sign is not known.

    >>> from calcml.expr import as_expr
    >>> two, one = as_expr(2), as_expr(1)
    >>> inertia([[two, one], [one, two]]), inertia([[ZERO, one], [one, ZERO]])
    ((2, 0, 0), (1, 1, 0))
    """
    rows = [list(row) for row in matrix]
    count = [0, 0, 0]
    while rows:
        size = len(rows)
        pivot = next((i for i in range(size) if sign_of(rows[i][i], known)), None)
        if pivot is None:
            pair = next(((i, j) for i in range(size) for j in range(i) if sign_of(rows[i][j], known)), None)
            if pair is None:
                count[2] += size
                break
            i, j = pair  # a row added to another: the diagonal becomes twice the entry
            rows[i] = [_short(add(a, b)) for a, b in zip(rows[i], rows[j], strict=True)]
            for row in rows:
                row[i] = _short(add(row[i], row[j]))
            continue
        count[0 if sign_of(rows[pivot][pivot], known) > 0 else 1] += 1
        lead = rows[pivot]
        rest = [i for i in range(size) if i != pivot]
        rows = [[_short(sub(rows[i][j], div(mul(rows[i][pivot], lead[j]), lead[pivot]))) for j in rest] for i in rest]
    return count[0], count[1], count[2]


def definiteness(matrix: Rows, known: Known | None = None) -> str:
    """In words: positive definite, negative semidefinite, indefinite …

    >>> from calcml.expr import as_expr
    >>> definiteness([[as_expr(2), ZERO], [ZERO, ZERO]])
    'positive semidefinite'
    """
    plus, minus, zero = inertia(matrix, known)
    if plus and minus:
        return INDEFINITE
    if not plus and not minus:
        return NOTHING
    if plus:
        return SEMI_POSITIVE if zero else POSITIVE
    return SEMI_NEGATIVE if zero else NEGATIVE


def sign_of(value: Expr, known: Known | None = None) -> int:
    """The sign of a number, or of an expression in parameters. UndecidedError where it is not known."""
    if value is ZERO:
        return 0
    if not free_symbols(value):
        return compare(real(value), 0)
    if fractions.is_zero(value) is True:
        return 0
    if is_positive(value, known):
        return 1
    if is_positive(simplify(neg(value)), known):
        return -1
    raise UndecidedError(f"the sign of {value!r} is not known", hint=f'assume one: --assume "{value} > 0"')


def _short(value: Expr) -> Expr:
    if not free_symbols(value):
        try:
            return expr_of(real(value))
        except CalcmlError:
            pass
    return simplify(value)
