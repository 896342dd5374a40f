"""The field of fractions over the kernels of one expression.

A kernel is what is not taken apart further: a symbol, e^u, √u, sin u. An element is a `Product`: a number times powers
of atoms, where an atom is a kernel or a polynomial in kernels. Sums are multiplied out only as far as their terms
differ, so (x + y)^50 stays a power and a derivative by the product rule is never opened. A kernel may be algebraic
over earlier ones (s² = 1 - c² for sine and cosine, s² = u for a root); every sum is reduced by these relations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import gcd, lcm, prod
from typing import Any, NamedTuple

from calcml.algebra.gcds import common_divisor
from calcml.algebra.polynomials import (
    Allowance,
    Exponents,
    Poly,
    add_into,
    common_monomial,
    content,
    degrees,
    divide,
    is_constant,
    multiply,
    power,
    power_terms,
    require_bits,
    require_terms,
    scaled,
    trimmed,
    variable,
    without,
)
from calcml.errors import LimitError
from calcml.expr import Expr

Key = tuple[Any, ...]
PolyKey = frozenset[tuple[Exponents, int]]
MAX_KERNELS = 120
MAX_TRIED = 40  # known atoms that a new polynomial is divided by


class Undefined(ZeroDivisionError):
    """A division by 0: the expression has no value anywhere."""


class Product(NamedTuple):
    """top/bottom times the atoms with their exponents; top = 0 is zero."""

    top: int
    bottom: int
    powers: dict[int, int]


class Kernel(NamedTuple):
    """A kernel: what kind it is, the expression it stands for, what it is a function of.

    relation: (d, p) when its d-th power is p, a polynomial in earlier kernels.
    """

    name: str
    node: Expr
    of: Any = None
    relation: tuple[int, Poly] | None = None


NOUGHT = Product(0, 1, {})
UNIT = Product(1, 1, {})


def number(top: int, bottom: int = 1) -> Product:
    """The element that is a fraction of whole numbers."""
    divisor = gcd(top, bottom) if bottom > 0 else -gcd(top, bottom)
    return Product(top // divisor, bottom // divisor, {}) if top else NOUGHT


class Field:
    """Kernels, atoms and relations met so far."""

    __slots__ = ("_atom_of", "_kernel_of", "allowance", "atoms", "index", "kernels", "memo")

    def __init__(self, allowance: Allowance | None = None) -> None:
        self.allowance = allowance or Allowance()
        self.kernels: list[Kernel] = []
        self.index: dict[Key, int] = {}
        self.atoms: list[Poly] = []
        self._atom_of: dict[PolyKey, int] = {}
        self._kernel_of: dict[int, int] = {}  # atom → kernel
        self.memo: dict[Any, Any] = {}  # what was found out about atoms and kernels, by whoever asks

    # ---- kernels and atoms ----------------------------------------------------------------------------------------

    def kernel(self, key: Key, name: str, node: Expr, of: Any = None, relation: tuple[int, Poly] | None = None) -> int:
        """The number of the kernel of that key, made when it is new."""
        found = self.index.get(key)
        if found is None:
            found = self.index[key] = len(self.kernels)
            if found >= MAX_KERNELS:
                raise LimitError(f"too many different functions: the limit is {MAX_KERNELS}")
            self.kernels.append(Kernel(name, node, of, relation))
            self._kernel_of[self.atom(variable(found))] = found
        return found

    def atom(self, p: Poly) -> int:
        """The number of an atom: a primitive polynomial, its leading coefficient positive."""
        key = frozenset(p.items())
        found = self._atom_of.get(key)
        if found is None:
            found = self._atom_of[key] = len(self.atoms)
            self.atoms.append(p)
        return found

    def kernel_of(self, atom: int) -> int | None:
        """The kernel an atom is, or None when it is a polynomial."""
        return self._kernel_of.get(atom)

    def element(self, kernel: int, n: int = 1) -> Product:
        """A power of a kernel."""
        return self._settled(1, 1, {self.atom(variable(kernel)): n})

    # ---- arithmetic -----------------------------------------------------------------------------------------------

    def product(self, factors: Iterable[Product]) -> Product:
        """The product of the elements."""
        top = bottom = 1
        powers: dict[int, int] = {}
        for factor in factors:
            if not factor.top:
                return NOUGHT
            top *= factor.top
            bottom *= factor.bottom
            for atom, n in factor.powers.items():
                powers[atom] = powers.get(atom, 0) + n
        return self._settled(top, bottom, powers)

    def power(self, a: Product, n: int) -> Product:
        """a^n for a whole number n; Undefined for 0 to a negative power."""
        if n == 0:
            return UNIT
        if not a.top:
            if n < 0:
                raise Undefined("0 to a negative power")
            return NOUGHT
        require_bits(abs(n) * max(abs(a.top), a.bottom).bit_length() if (abs(a.top), a.bottom) != (1, 1) else 0)
        top, bottom = (a.top, a.bottom) if n > 0 else (a.bottom, a.top)
        if bottom < 0:
            top, bottom = -top, -bottom
        return self._settled(top ** abs(n), bottom ** abs(n), {atom: m * n for atom, m in a.powers.items()})

    def quotient(self, a: Product, b: Product) -> Product:
        """a/b."""
        return self.product((a, self.power(b, -1)))

    def negated(self, a: Product) -> Product:
        """-a."""
        return Product(-a.top, a.bottom, a.powers)

    def sum(self, elements: Iterable[Product]) -> Product:
        """The sum of the elements: what they have in common stays outside, the rest is multiplied out and reduced."""
        terms = [term for term in elements if term.top]
        if len(terms) < 2:
            return terms[0] if terms else NOUGHT
        common = self._common(terms)
        bottom = lcm(*[term.bottom for term in terms])
        tops = [term.top * (bottom // term.bottom) for term in terms]
        total: Poly = {}
        for term, top in zip(terms, tops, strict=True):
            rest = {atom: n - common.get(atom, 0) for atom, n in term.powers.items()}
            for atom, n in common.items():
                if atom not in rest:
                    rest[atom] = -n
            add_into(total, self.opened(rest), top)
        return self.product((self.of(total), self._settled(1, bottom, common)))

    def _common(self, terms: list[Product]) -> dict[int, int]:
        found: dict[int, int] = {}
        for atom in {atom: None for term in terms for atom in term.powers}:
            n = min([term.powers.get(atom, 0) for term in terms])
            if n:
                found[atom] = n
        return found

    def opened(self, powers: dict[int, int]) -> Poly:
        """Atoms with exponents ≥ 0 multiplied out; LimitError when that is too long."""
        count, degree = 1, Counter[int]()
        for atom, n in powers.items():
            if n and len(self.atoms[atom]) > 1:
                count *= power_terms(self.atoms[atom], n)
            degree.update({i: n * m for i, m in enumerate(degrees(self.atoms[atom]))})
        count = min(count, prod([m + 1 for m in degree.values()]))  # no more than there are monomials
        require_terms(min(count, 10**12) if count > 10_000 else 0)
        result: Poly = {(): 1}
        for atom, n in powers.items():
            if n:
                result = multiply(result, power(self.atoms[atom], n, self.allowance), self.allowance)
        require_terms(len(result))
        return result

    def of(self, p: Poly) -> Product:
        """The element that is a polynomial in the kernels: reduced, and as a product of atoms."""
        p = self.reduced(p)
        if not p:
            return NOUGHT
        outside, monomial = content(p), common_monomial(p)
        rest = without(p, outside, monomial)
        powers = {self.atom(variable(i)): n for i, n in enumerate(monomial) if n}
        if not is_constant(rest):
            for atom in range(max(0, len(self.atoms) - MAX_TRIED), len(self.atoms)):
                if atom in self._kernel_of:
                    continue
                while not is_constant(rest) and (part := divide(rest, self.atoms[atom], self.allowance)) is not None:
                    rest = part
                    powers[atom] = powers.get(atom, 0) + 1
            if not is_constant(rest):
                atom = self.atom(rest)
                powers[atom] = powers.get(atom, 0) + 1
        return self._settled(outside, 1, powers)

    # ---- relations ------------------------------------------------------------------------------------------------

    def reduced(self, p: Poly) -> Poly:
        """The remainder of a polynomial by the relations: no power of a kernel in it can be replaced."""
        while True:
            place = self._reducible(p)
            if place is None:
                return p
            d, value = self.kernels[place].relation or (1, {})
            total: Poly = {}
            raised: dict[int, Poly] = {0: {(): 1}}
            groups: dict[int, Poly] = {}
            for exponents, c in p.items():
                n = exponents[place] if place < len(exponents) else 0
                rest = trimmed([*exponents[:place], n % d, *exponents[place + 1 :]]) if n >= d else exponents
                groups.setdefault(n // d, {})[rest] = c
            for q in sorted(groups):
                if q not in raised:
                    raised[q] = power(value, q, self.allowance)
                add_into(total, multiply(groups[q], raised[q], self.allowance))
            p = total

    def _reducible(self, p: Poly) -> int | None:
        best = None
        for exponents in p:
            for i in range(len(exponents) - 1, -1 if best is None else best, -1):
                relation = self.kernels[i].relation
                if relation is not None and exponents[i] >= relation[0]:
                    best = i
                    break
        return best

    def _settled(self, top: int, bottom: int, powers: dict[int, int]) -> Product:
        extra: list[Product] = []
        kept: dict[int, int] = {}
        for atom, n in powers.items():
            if not n:
                continue
            kernel = self._kernel_of.get(atom)
            relation = self.kernels[kernel].relation if kernel is not None else None
            if relation is not None and relation[1] == self.atoms[atom]:  # a sign: its cube is itself
                n = n if 0 < n < 3 else 2 - n % 2
            elif relation is not None and not 0 <= n < relation[0]:
                q, n = divmod(n, relation[0])
                extra.append(self.power(self.of(relation[1]), q))
            if n:
                kept[atom] = n
        if extra:
            return self.product([Product(top, bottom, kept), *extra])
        divisor = gcd(top, bottom)
        return Product(top // divisor, bottom // divisor, kept) if top else NOUGHT

    # ---- numerator and denominator --------------------------------------------------------------------------------

    def fraction(self, a: Product) -> tuple[Poly, Poly]:
        """Numerator and denominator, multiplied out, without a common factor; the denominator leads with a sign +."""
        if not a.top:
            return {}, {(): 1}
        above = self.reduced(self.opened({atom: n for atom, n in a.powers.items() if n > 0}))
        below = self.reduced(self.opened({atom: -n for atom, n in a.powers.items() if n < 0}))
        if not is_constant(below) and not is_constant(above):
            shared = common_divisor(above, below, self.allowance)
            if not is_constant(shared):
                above = divide(above, shared, self.allowance) or above
                below = divide(below, shared, self.allowance) or below
        above, below = scaled(above, a.top), scaled(below, a.bottom)
        divisor = gcd(content(above), content(below)) * (-1 if content(below) < 0 else 1)
        return without(above, divisor, ()), without(below, divisor, ())

    def key(self, a: Product) -> tuple[PolyKey, PolyKey]:
        """What identifies an element among those over the same kernels."""
        above, below = self.fraction(a)
        return frozenset(above.items()), frozenset(below.items())
