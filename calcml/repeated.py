"""Higher orders: equal terms are collected between one derivative and the next.

Without it the 20th derivative of e^(-x²) would have 10^11 terms; with it, it is a polynomial times e^(-x²). The
function is held as a sum of products over generators (x, e^(-x²), sin x, the bracket 1 + x² …). The rules differentiate
each generator once (`forward`), whatever the number of terms it occurs in; the rest is adding up whole exponents.
"""

from __future__ import annotations

from calcml.algebra.expand import brackets, predicted_terms
from calcml.algebra.expand import expand as multiplied_out
from calcml.algebra.read import Reader
from calcml.algebra.terms import Coefficient, Exponent, Terms, add_exponents, add_into, normal, whole
from calcml.algebra.write import canonical, write_power
from calcml.binding import free_symbols
from calcml.build import neg
from calcml.differentiation import forward
from calcml.expr import Expr

MAX_TERMS = 600

Powers = tuple[int, ...]  # a product: the exponent of each generator, without the zeros at the end
Sum = dict[Powers, Coefficient]


def repeated_derivative(f: Expr, x: Expr, order: int) -> Expr | None:
    """The derivative of that order, terms collected; None when there are too many of them.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> repeated_derivative(x**5, x, 3)
    60*x^2
    """
    read = _opened(Reader().read(f))
    if read is None:
        return None
    ring = _Generators(x)
    total = ring.over(read)
    for _ in range(order):
        total = ring.derivative(total)
        if len(total) > MAX_TERMS:
            return None
    return canonical(ring.terms(total))


class _Generators:
    """The powers that products are made of, and their derivatives by one variable.

    A generator is a base, or a base with an exponent that is no whole number (√u, x^n, e^u): u^(3/2) is u·√u.
    """

    __slots__ = ("members", "places", "reader", "slopes", "x")

    def __init__(self, x: Expr) -> None:
        self.x = x
        self.reader = Reader()
        self.members: list[tuple[Expr, Exponent]] = []
        self.places: dict[Expr, list[int]] = {}  # the generators of each base
        self.slopes: list[list[tuple[Powers, Coefficient]] | None] = []  # derivative over the generator itself

    def over(self, terms: Terms) -> Sum:
        """A sum of products over the generators; new ones are added."""
        total: Sum = {}
        for mono, coefficient in terms.items():
            exponents: dict[int, int] = {}
            for base, n in mono:
                for place, count in self._split(base, n):
                    exponents[place] = exponents.get(place, 0) + count
            key = _trimmed([exponents.get(i, 0) for i in range(len(self.members))])
            total[key] = total.get(key, 0) + coefficient
        return total

    def terms(self, total: Sum) -> Terms:
        """The sum as the simplifier's terms."""
        found: Terms = {}
        for powers, coefficient in total.items():
            factors: dict[Expr, Exponent] = {}
            for (base, n), count in zip(self.members, powers, strict=False):
                if count:
                    own = _times(n, count)
                    factors[base] = own if base not in factors else add_exponents(factors[base], own)
            mono, number = normal({base: n for base, n in factors.items() if n}, coefficient)
            add_into(found, {mono: number})
        return found

    def derivative(self, total: Sum) -> Sum:
        """d/dx of a sum: by the product rule, each power of a generator at a time."""
        found: Sum = {}
        get, slopes = found.get, self.slopes
        for powers, coefficient in total.items():
            for i, exponent in enumerate(powers):
                if exponent:
                    slope = slopes[i]
                    for shift, number in self._slope(i) if slope is None else slope:
                        key = _product(powers, shift)
                        found[key] = get(key, 0) + coefficient * exponent * number
        return {powers: whole(value) for powers, value in found.items() if value}

    def _slope(self, i: int) -> list[tuple[Powers, Coefficient]]:
        slope: list[tuple[Powers, Coefficient]] = []
        member = write_power(*self.members[i])
        if self.x in free_symbols(member):
            terms = self.reader.read(forward(member, self.x))
            inverse = (*[0] * i, -1)
            slope = [(_product(key, inverse), c) for key, c in self.over(_opened(terms) or terms).items()]
        self.slopes[i] = slope
        return slope

    def _split(self, base: Expr, n: Exponent) -> list[tuple[int, int]]:
        """base^n as generators with whole exponents."""
        if type(n) is int:
            return [(self._place(base, 1), n)]
        for place in self.places.get(base, []):
            own = self.members[place][1]
            apart = add_exponents(n, neg(own) if isinstance(own, Expr) else -own) if own != 1 else None
            if type(apart) is int:
                return [(place, 1), (self._place(base, 1), apart)] if apart else [(place, 1)]
        if isinstance(n, Expr):
            return [(self._place(base, n), 1)]
        floor = n.numerator // n.denominator
        return [(self._place(base, n - floor), 1), (self._place(base, 1), floor)]

    def _place(self, base: Expr, n: Exponent) -> int:
        places = self.places.setdefault(base, [])
        for place in places:
            if self.members[place][1] == n:
                return place
        places.append(len(self.members))
        self.members.append((base, n))
        self.slopes.append(None)
        return places[-1]


def _times(n: Exponent, count: int) -> Exponent:
    """n·count for an exponent n; an expression is added up."""
    if n == 1 or count == 1:
        return n * count if count != 1 else n
    if not isinstance(n, Expr):
        return whole(n * count)
    total: Exponent = 0
    step = n if count > 0 else neg(n)
    for _ in range(abs(count)):
        total = add_exponents(total, step)
    return total


def _product(a: Powers, b: Powers) -> Powers:
    if len(a) < len(b):
        a, b = b, a
    exponents = list(a)
    for i, exponent in enumerate(b):
        exponents[i] += exponent
    return tuple(exponents) if exponents and exponents[-1] else _trimmed(exponents)


def _trimmed(exponents: list[int]) -> Powers:
    while exponents and not exponents[-1]:
        exponents.pop()
    return tuple(exponents)


def _opened(terms: Terms) -> Terms | None:
    """Brackets above the line multiplied out; None when that would be too long."""
    if not any(isinstance(n, int) and n > 0 for mono in terms for _, n in brackets(mono)):
        return terms
    return multiplied_out(terms, MAX_TERMS) if predicted_terms(terms) <= MAX_TERMS else None
