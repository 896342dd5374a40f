"""Exponents and angles over the rationals: which of them are combinations of others.

e^u and e^v are independent when u and v are, and powers of one kernel when they are not: e^(x/2), e^(x/3) and e^x are
powers of e^(x/6). The basis is found as the arguments come; when a finer unit is needed than the one in use, `Refined`
asks for the expression to be read again with that unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd, lcm

from calcml.algebra.field import Field, Product
from calcml.algebra.polynomials import Poly, add_into, content, multiply, scaled, variables, without
from calcml.errors import LimitError

MAX_UNIT = 5040
MAX_BASIS = 24
Units = dict[tuple[object, ...], int]


class Refined(Exception):
    """A unit became finer: what was read so far has to be read again."""


class Directions:
    """A basis of arguments of one kind, each with its unit: the kernel belongs to basis vector over unit."""

    __slots__ = ("basis", "field", "kind", "units")

    def __init__(self, field: Field, kind: str, units: Units) -> None:
        self.field = field
        self.kind = kind
        self.units = units
        self.basis: list[tuple[Poly, Poly]] = []

    def combination(self, u: Product) -> list[tuple[int, int, int]]:
        """u as a combination of basis vectors: (place, numerator, denominator). The basis may grow."""
        target = self.field.fraction(u)
        found = self._combination(target)
        if found is None:
            if len(self.basis) >= MAX_BASIS:
                raise LimitError(f"too many independent arguments: the limit is {MAX_BASIS}")
            above, below = target
            # x^(2n) may be real where x^n is not: only what occurs is a power of negative x
            inner = 1 if self.is_formal(above) else abs(content(above))
            self.basis.append((without(above, inner, ()), below))
            found = [(0, 1)] * (len(self.basis) - 1) + [(inner, 1)]
        return [(place, top, bottom) for place, (top, bottom) in enumerate(found) if top]

    def is_formal(self, p: Poly) -> bool:
        """Whether a formal logarithm, of a value of unknown sign, occurs."""
        return any(self.field.kernels[i].name == "log" for i in variables(p))

    def in_units(self, place: int, top: int, bottom: int) -> int:
        """top/bottom of a basis vector as so many units; Refined where the unit is too coarse."""
        unit = self.unit(place)
        if top * unit % bottom:
            self._refine(place, bottom // gcd(top, bottom))
        return top * unit // bottom

    def unit(self, place: int) -> int:
        """How many units a basis vector has."""
        return self.units.get(self._key(place), 1)

    def _key(self, place: int) -> tuple[object, ...]:
        # Kernels are numbered as they come, and come in the same order when an expression is read again up to the
        # place where it was left; what was refined there may be numbered otherwise, which costs a refinement more.
        nodes = [kernel.node for kernel in self.field.kernels]
        above, below = self.basis[place]
        return self.kind, _named(above, nodes), _named(below, nodes)

    def _refine(self, place: int, denominator: int) -> None:
        unit = lcm(self.unit(place), denominator)
        if unit > MAX_UNIT:
            raise LimitError(f"arguments in steps of 1/{unit} are too fine", hint="simplify it in parts")
        self.units[self._key(place)] = unit
        raise Refined

    def _combination(self, target: tuple[Poly, Poly]) -> list[tuple[int, int]] | None:
        """Coefficients (numerator, denominator) of the basis vectors, or None when there are none."""
        rows = self._cleared([*self.basis, target])
        size = len(self.basis)
        echelon: list[tuple[tuple[int, ...], Poly, list[int]]] = []
        for i, row in enumerate(rows):
            parts = [0] * (size + 1)
            parts[i] = 1
            for pivot, other, other_parts in echelon:
                c = row.get(pivot, 0)
                if c:
                    d = other[pivot]
                    total = scaled(row, d)
                    add_into(total, other, -c)
                    row = total
                    parts = [d * m - c * n for m, n in zip(parts, other_parts, strict=True)]
                    divisor = gcd(*row.values(), *parts)
                    if divisor > 1:
                        row, parts = without(row, divisor, ()), [m // divisor for m in parts]
            if i < size:
                if row:
                    echelon.append((max(row), row, parts))
            elif row:
                return None
        # 0 = parts · (basis, target)
        last = parts[-1]
        sign = -1 if last > 0 else 1
        return [(sign * m, abs(last)) for m in parts[:-1]]

    def _cleared(self, fractions: list[tuple[Poly, Poly]]) -> list[Poly]:
        """Numerators over a common denominator."""
        denominators: list[Poly] = []
        for _, below in fractions:
            if below not in denominators:
                denominators.append(below)
        rows = []
        for above, below in fractions:
            row = above
            for other in denominators:
                if other != below:
                    row = multiply(row, other, self.field.allowance)
            rows.append(row)
        return rows


def _named(p: Poly, nodes: Sequence[object]) -> frozenset[object]:
    return frozenset((tuple((nodes[i], n) for i, n in enumerate(exponents) if n), c) for exponents, c in p.items())
