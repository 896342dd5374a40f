"""A factor that all entries of a vector or matrix share, in front of it: σ(1 − σ)·[[x², x], [x, 1]]."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm

from calcml.algebra.display import Display
from calcml.algebra.expand import factored
from calcml.algebra.read import Reader, as_factor, as_terms
from calcml.algebra.terms import Coefficient, Mono, is_number, mono_of, multiply
from calcml.derivation import Form
from calcml.expr import ZERO, Expr, Mul, make
from calcml.measure import measure
from calcml.operators.assembly import arranged, check_equal, entries, said_step
from calcml.operators.problem import Problem


def common_factor_form(matrix: Expr, problem: Problem, conditions: Sequence[Expr] = ()) -> Form | None:
    """The matrix with what divides all its entries in front, checked entry by entry; None where that is no shorter."""
    found = pulled_out(matrix)
    if found is None:
        return None
    factor, rest = found
    result = make(Mul, None, (*(factor.args if type(factor) is Mul else (factor,)), rest))
    step = said_step(
        "matrix-factor", "Factor {u} out of every entry", matrix, result, bindings=(("u", factor),),
        statement="[u*v, u*w] = u*[v, w]", why="A factor that all entries share stands in front.",
    )  # fmt: skip
    pairs = [
        said_step("", "", before, make(Mul, None, (factor, after)))
        for before, after in zip(entries(matrix), entries(rest), strict=True)
    ]
    check_equal(pairs, problem, conditions)
    checks = [pair.check for pair in pairs if pair.check is not None]
    step.check = min(checks, key=lambda check: (check.holds, check.points))
    return Form("common factor", result, (step,))


def pulled_out(matrix: Expr) -> tuple[Expr, Expr] | None:
    """(u, B) with matrix = u·B, where u is the product of all factors the entries share; None where B is no simpler.

    >>> from calcml.expr import symbols
    >>> from calcml.heads import Vector
    >>> x, y = symbols("x y")
    >>> pulled_out(Vector(2*x*y**2, 4*x*y))
    (2*x*y, [y, 2])
    """
    reader = Reader()
    display = Display(reader, matrix)
    found = [None if entry is ZERO else as_factor(factored(reader.read(entry))) for entry in entries(matrix)]
    products = [product for product in found if product is not None]
    if len(products) < 2:
        return None
    shared = _shared(products)
    if shared == ((), 1):
        return None
    candidates = []
    for sign in (1, -1):
        mono, number = shared[0], sign * shared[1]
        inverse = tuple([(base, -n) for base, n in mono]), _plain(1 / Fraction(number))
        rest = [ZERO if p is None else display.show(as_terms(multiply(p, inverse))) for p in found]
        candidates.append((display.show(as_terms((mono, number))), arranged(rest, matrix.shape)))
    factor, left = min(candidates, key=lambda pair: measure(make(Mul, None, pair)))
    return (factor, left) if measure(make(Mul, None, (factor, left))) < measure(matrix) else None


def _shared(products: Sequence[tuple[Mono, Coefficient]]) -> tuple[Mono, Coefficient]:
    """The bases in all products with their lowest exponents, where those are numbers; and what divides the numbers."""
    first, *others = [dict(mono) for mono, _ in products]
    lowest = {
        base: min([n, *(other[base] for other in others)])
        for base, n in first.items()
        if all(base in other for other in others) and all(is_number(o[base]) for o in (first, *others))
    }
    kept = mono_of((base, n) for base, n in lowest.items() if n)
    numbers = [Fraction(number) for _, number in products]
    divisor = Fraction(gcd(*(n.numerator for n in numbers)), lcm(*(n.denominator for n in numbers)))
    return kept, _plain(divisor)


def _plain(number: Fraction) -> Coefficient:
    return number.numerator if number.denominator == 1 else number
