"""The kernels of one expression: which there are, what is known of their signs, and how they are written.

An expression is read over as few kernels as possible, so that related functions become rational in common ones. What
holds for a reading holds where the whole expression is defined: the conditions of its domain are facts, and ln x
beside √(x·y) makes x positive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from calcml import build
from calcml.algebra.directions import Directions, Units
from calcml.algebra.factoring import factors
from calcml.algebra.field import Field, Kernel, PolyKey, Product, Undefined
from calcml.algebra.polynomials import Exponents, Poly
from calcml.conditions import FLIP
from calcml.expr import PI, ZERO, Expr, Relation, Symbol, rational
from calcml.signs import Known, bounds, known_from


class Sign(NamedTuple):
    """What is proved of a value wherever the expression is defined."""

    nonnegative: bool
    nonpositive: bool
    nonzero: bool


class Factored(NamedTuple):
    """An element as a number times powers of kernels and of polynomials, each as far apart as our formulas reach."""

    top: int
    bottom: int
    parts: list[tuple[Poly, int]]


class Kernels:
    """The field of one reading, with its exponents and angles, and the facts its domain gives.

    conditions: gives the conditions of its domain; they are asked for, and read, when the first sign is.
    read: turns an expression into an element.
    """

    __slots__ = (
        "_conditions",
        "_facts",
        "_known",
        "_read",
        "_signs",
        "_split",
        "angles",
        "exponents",
        "field",
        "units",
    )

    def __init__(
        self, units: Units, conditions: Callable[[], Sequence[Expr]], read: Callable[[Kernels, Expr], Product]
    ) -> None:
        self.field = Field()
        self.units = units
        self._conditions = conditions
        self.exponents = Directions(self.field, "exponent", units)
        self.angles = Directions(self.field, "angle", units)
        self._read = read
        self._known: Known = {}
        self._facts: dict[PolyKey, str] | None = None
        self._signs: dict[PolyKey, Sign] = {}
        self._split: dict[int, list[tuple[Poly, int]]] = {}

    def read(self, expr: Expr) -> Product:
        """An expression as an element."""
        return self._read(self, expr)

    def pi(self) -> Product:
        """The number π."""
        return self.field.element(self.field.kernel(("pi",), "pi", PI))

    # ---- factors --------------------------------------------------------------------------------------------------

    def factored(self, u: Product) -> Factored:
        """An element taken apart; u must not be 0."""
        found: dict[PolyKey, tuple[Poly, int]] = {}
        for atom, n in u.powers.items():
            for p, m in self._factors(atom):
                key = frozenset(p.items())
                before = found[key][1] if key in found else 0
                found[key] = (p, before + n * m)
        return Factored(u.top, u.bottom, [(p, n) for p, n in found.values() if n])

    def _factors(self, atom: int) -> list[tuple[Poly, int]]:
        found = self._split.get(atom)
        if found is None:
            p = self.field.atoms[atom]
            found = [(p, 1)]
            if self.field.kernel_of(atom) is None:
                found = [(f, n) for f, n, _ in factors(p, self.field.allowance)]
            self._split[atom] = found
        return found

    def single(self, p: Poly) -> int | None:
        """The kernel that a polynomial is, or None."""
        return self.field.kernel_of(self.field.atom(p))

    def kernel(self, p: Poly) -> Kernel | None:
        """As `single`, the kernel itself."""
        found = self.single(p)
        return None if found is None else self.field.kernels[found]

    # ---- signs ----------------------------------------------------------------------------------------------------

    def sign(self, p: Poly) -> Sign:
        """What is known of the sign of a polynomial in the kernels."""
        key = frozenset(p.items())
        found = self._signs.get(key)
        if found is None:
            fact = self.facts().get(key, "")
            low, high, low_out, high_out = bounds(self.polynomial(p), self._known)
            nonnegative = low >= 0 or fact in (">", ">=")
            nonpositive = high <= 0 or fact in ("<", "<=")
            nonzero = low > 0 or high < 0 or (low == 0 and low_out) or (high == 0 and high_out)
            found = Sign(nonnegative, nonpositive, nonzero or fact in (">", "<", "!="))
            if self._facts is not None:
                self._signs[key] = found
        return found

    def facts(self) -> dict[PolyKey, str]:
        """Signs of factors from the conditions: a product that is positive says it of a factor when it is alone."""
        if self._facts is None:
            self._facts = {}  # while the conditions are read, nothing is known from their signs
            conditions = self._conditions()
            self._known = known_from(list(conditions))
            found: dict[PolyKey, str] = {}
            for condition in conditions:
                if not isinstance(condition, Relation) or condition.data == "=":
                    continue
                lhs, rhs = condition.args
                u = self.read(lhs if rhs is ZERO else build.sub(lhs, rhs))
                if not u.top:
                    continue
                apart = self.factored(u)
                if condition.data == "!=":
                    found.update({frozenset(p.items()): "!=" for p, n in apart.parts if n > 0})
                elif len(apart.parts) == 1 and apart.parts[0][1] % 2:
                    p, _ = apart.parts[0]
                    sign = condition.data if apart.top > 0 else FLIP[condition.data]
                    before = found.get(frozenset(p.items()), "")
                    if frozenset((before, sign)) in _EXCLUDED:
                        raise Undefined("its conditions exclude each other")
                    if len(before) != 1:  # x > 0 says more than x ≥ 0
                        found[frozenset(p.items())] = sign
                if condition.data in ("<", ">"):
                    found |= {frozenset(p.items()): "!=" for p, _ in apart.parts if frozenset(p.items()) not in found}
            self._facts = found
            self._signs.clear()
        return self._facts

    # ---- writing --------------------------------------------------------------------------------------------------

    def expression(self, u: Product) -> Expr:
        """An element as an expression, for the machine to read."""
        above = [self._power(self.field.atoms[atom], n) for atom, n in u.powers.items() if n > 0]
        below = [self._power(self.field.atoms[atom], -n) for atom, n in u.powers.items() if n < 0]
        top = build.mul_all([rational(abs(u.top), u.bottom), *above])
        line = build.div(top, build.mul_all(below)) if below else top
        return build.neg(line) if u.top < 0 else line

    def _power(self, p: Poly, n: int) -> Expr:
        return build.power(self.polynomial(p), rational(n))

    def polynomial(self, p: Poly) -> Expr:
        """A polynomial in the kernels as an expression."""
        terms = []
        for exponents, value in sorted(p.items(), reverse=True):
            powers = [build.power(self.field.kernels[i].node, rational(n)) for i, n in enumerate(exponents) if n]
            term = build.mul_all([rational(abs(value)), *powers]) if powers else rational(abs(value))
            terms.append(build.neg(term) if value < 0 else term)
        return build.add_all(terms) if terms else ZERO

    # ---- constants ------------------------------------------------------------------------------------------------

    def depends(self, p: Poly) -> bool:
        """Whether a symbol occurs in a polynomial, in whichever kernel."""
        return any(not self._is_constant(i) for exponents in p for i, n in enumerate(exponents) if n)

    def _is_constant(self, i: int) -> bool:
        found = self.field.memo.get(("constant", i))
        if found is None:
            from calcml.traverse import topological

            nodes = topological(self.field.kernels[i].node)
            found = self.field.memo["constant", i] = not any(isinstance(node, Symbol) for node in nodes)
        return bool(found)


_EXCLUDED = frozenset(map(frozenset, (("<", ">"), ("<", ">="), ("<=", ">"))))


def lone_kernel(exponents: Exponents) -> int | None:
    """The kernel whose first power these exponents are."""
    return len(exponents) - 1 if exponents and exponents[-1] == 1 and not any(exponents[:-1]) else None
