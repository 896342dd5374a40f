"""Factors of polynomials over the rationals from SymPy, for what our own formulas do not reach."""

from __future__ import annotations

from calcml.algebra.polynomials import Poly, trimmed, variables
from calcml.interop.sympy import _sympy


def irreducible_factors(p: Poly) -> list[tuple[Poly, int]]:
    """The irreducible factors of a primitive polynomial with whole coefficients, with exponents."""
    sp = _sympy()
    inside = variables(p)
    symbols = [sp.Symbol(f"v{i}") for i in inside]
    rows = {tuple([e[i] if i < len(e) else 0 for i in inside]): value for e, value in p.items()}
    _, found = sp.Poly.from_dict(rows, *symbols, domain=sp.ZZ).factor_list()
    return [(_back(part, inside), n) for part, n in found]


def _back(part: object, inside: list[int]) -> Poly:
    found: Poly = {}
    for row, value in part.terms():  # type: ignore[attr-defined]
        exponents = [0] * (inside[-1] + 1)
        for i, n in zip(inside, row, strict=True):
            exponents[i] = int(n)
        found[trimmed(exponents)] = int(value)
    return found
