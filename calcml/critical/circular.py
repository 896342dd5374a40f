"""Sums of sines and cosines as products: sin(x) + 2·sin(2x) is sin(x)·(1 + 4·cos(x)), which is solved factor by factor.

In one angle t such a sum is A(cos t) + sin t·B(cos t), and C(sin t) + cos t·D(sin t). Where one of the four is 0, the
sum is a polynomial in the sine or in the cosine, times the other one perhaps; any other may still have factors.
"""

from __future__ import annotations

from calcml.algebra.fractions import Fraction, normal_form
from calcml.algebra.polynomials import Allowance, Poly, add_into, coefficients, multiply, variable, variables
from calcml.algebra.polynomials import power as raised
from calcml.algebra.write import exact
from calcml.binding import free_symbols
from calcml.build import add_all, mul, mul_all, power
from calcml.errors import CalcmlError
from calcml.expr import Call, Expr, Symbol
from calcml.forms import factor

MAX_WORK = 20_000  # products of terms


def as_product(g: Expr, x: Symbol) -> Expr | None:
    """A function 0 wherever g is, as a product in the sine and cosine of one angle; None where there is none.

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> as_product(parse("cos(x) + sin(2x)"), symbols("x"))
    cos(x)*(2*sin(x) + 1)
    """
    try:
        found = normal_form(g)
    except (CalcmlError, ZeroDivisionError):
        return None
    pair = _pair(found, x)
    if pair is None:
        return None
    cosine, sine = pair
    try:
        for of, other in ((cosine, sine), (sine, cosine)):
            alone, beside = _in_one(found.numerator, of, other)
            if not (alone and beside):
                written = factor(_written(alone or beside, found.kernels))
                return mul(found.kernels[other], written) if beside else written
        return factor(_written(found.numerator, found.kernels))
    except CalcmlError:
        return None


def _pair(found: Fraction, x: Symbol) -> tuple[int, int] | None:
    """The cosine and the sine in which alone x occurs."""
    moving = {i for i in variables(found.numerator) if x in free_symbols(found.kernels[i])}
    for i, node in enumerate(found.kernels):
        if type(node) is Call and node.data == "cos" and moving <= {i, i + 1} and x in free_symbols(node):
            return i, i + 1  # the kernel after a cosine is the sine of the same angle
    return None


def _in_one(p: Poly, of: int, other: int) -> tuple[Poly, Poly]:
    """(A, B) with p = A + other·B, both free of the other of sine and cosine, by other² = 1 - of²."""
    allowance = Allowance(MAX_WORK)
    (square,) = variable(of, 2)
    parts: tuple[Poly, Poly] = ({}, {})
    for n, coefficient in coefficients(p, other).items():
        add_into(parts[n % 2], multiply(coefficient, raised({(): 1, square: -1}, n // 2, allowance), allowance))
    return parts


def _written(p: Poly, kernels: list[Expr]) -> Expr:
    terms = []
    for exponents, number in p.items():
        factors = [power(kernels[i], exact(n)) for i, n in enumerate(exponents) if n]
        terms.append(mul_all([exact(number), *factors]))
    return add_all(terms)
