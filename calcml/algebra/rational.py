"""An expression as a rational function of the bases it is written with, for forms that keep what was typed.

Unlike a normal form nothing is rewritten: tan x stays tan x. A base is what the sums of products in `algebra.terms`
are made of; e^x and e^(2x) are powers of one kernel, and so are √x and x.
"""

from __future__ import annotations

from math import lcm

from calcml.algebra.directions import Directions, Refined, Units
from calcml.algebra.field import Field, Product, number
from calcml.algebra.polynomials import Poly, is_constant
from calcml.algebra.read import as_factor, as_terms, exponent_of, power, terms_of, times
from calcml.algebra.terms import UNIT, Coefficient, Exponent, Mono, Terms, add_into, is_number, multiply, quotient
from calcml.algebra.write import write_power
from calcml.errors import LimitError
from calcml.expr import Add, Expr, Number, Sub

MAX_READINGS = 12
MAX_DEPTH = 60


class Rational:
    """One reading: the field, and the exponents met of each base."""

    __slots__ = ("_brackets", "_depth", "_exponents", "field", "units")

    def __init__(self, units: Units) -> None:
        self.field = Field()
        self.units = units
        self._exponents: dict[Expr, Directions] = {}
        self._brackets: dict[Expr, Product] = {}
        self._depth = 0

    def read(self, terms: Terms) -> Product:
        """A sum of products as an element of the field."""
        f = self.field
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise LimitError(f"too many brackets inside brackets: the limit is {MAX_DEPTH}")
        elements = []
        for mono, c in terms.items():
            factors = [self._power(base, n) for base, n in mono]
            elements.append(f.product([number(c.numerator, c.denominator), *factors]))
        self._depth -= 1
        return f.sum(elements)

    def _power(self, base: Expr, n: Exponent) -> Product:
        if not is_number(n):
            return self._symbolic_power(base, n)
        if type(base) in (Add, Sub):
            found = self._brackets.get(base)
            if found is None:
                found = self._brackets[base] = self.read(terms_of(base))
            if n.denominator == 1:
                return self.field.power(found, int(n))
            above, below = self.field.fraction(found)
            if above and is_constant(below) and below[()] == 1:
                return self._root(base, n, above)
        if type(base) is Number and n.denominator > 1 and isinstance(base.data, int) and base.data:  # not a root of 0
            return self._root(base, n, {(): base.data})
        unit = self._unit(base, n.denominator)
        return self.field.element(self._kernel(base, quotient(1, unit)), int(n * unit))

    def _unit(self, base: Expr, q: int) -> int:
        """The root of a base that all its roots are powers of."""
        unit = self.units.get(("root", base), 1)
        if unit % q:
            self.units["root", base] = lcm(unit, q)
            raise Refined
        return unit

    def _root(self, base: Expr, n: Coefficient, p: Poly) -> Product:
        """A root of a bracket or a whole number, whose power is a polynomial of its own."""
        unit = self._unit(base, n.denominator)
        return self.field.element(self._kernel(base, quotient(1, unit), (unit, p)), int(n * unit))

    def _symbolic_power(self, base: Expr, n: Expr) -> Product:
        """base^n over independent exponents; a whole number in an exponent is a factor: x^(n + 1) is x·x^n."""
        f = self.field
        exponents = self._exponents.get(base)
        if exponents is None:
            exponents = self._exponents[base] = Directions(f, str(base), self.units)
        terms = dict(terms_of(n))
        whole = terms.pop(UNIT, 0)
        factors = [self._power(base, whole)] if whole else []
        for place, top, bottom in exponents.combination(self.read(terms)):
            unit = exponents.unit(place)
            steps = exponents.in_units(place, top, bottom)
            above, below = exponents.basis[place]
            exponent = self.terms(f.quotient(f.of(above), f.product([f.of(below), number(unit)])))
            factors.append(f.element(self._kernel(base, exponent_of(exponent)), steps))
        return f.product(factors)

    def _kernel(self, base: Expr, n: Exponent, relation: tuple[int, Poly] | None = None) -> int:
        node = write_power(base, n)
        return self.field.kernel(("power", base, n), "power", node, (base, n), relation)

    # ---- back to sums of products ---------------------------------------------------------------------------------

    def terms(self, u: Product) -> Terms:
        """An element as one product of brackets and bases."""
        result: tuple[Mono, Coefficient] = (UNIT, quotient(u.top, u.bottom))
        for atom, n in u.powers.items():
            result = multiply(result, power(self.sum_of(self.field.atoms[atom]), n))
        return as_terms(result)

    def sum_of(self, p: Poly) -> Terms:
        """A polynomial in the kernels as a sum of products."""
        total: Terms = {}
        for exponents, value in p.items():
            term: tuple[Mono, Coefficient] = (UNIT, value)
            for i, n in enumerate(exponents):
                if n:
                    base, unit = self.field.kernels[i].of
                    term = multiply(term, (((base, times(n, unit)),), 1))
            add_into(total, as_terms(term))
        return total

    def fraction_terms(self, above: Poly, below: Poly) -> Terms:
        """above/below, both multiplied out."""
        top, bottom = as_factor(self.sum_of(above)), power(self.sum_of(below), -1)
        return self.sum_of(above) if below == {(): 1} else as_terms(multiply(top, bottom))


def rational(terms: Terms) -> tuple[Rational, Product]:
    """A sum of products as a rational function of its bases. LimitError when it is too large."""
    units: Units = {}
    for _ in range(MAX_READINGS):
        try:
            reading = Rational(units)
            return reading, reading.read(terms)
        except Refined:
            continue
    raise LimitError("its exponents have too many fractions in them")
