"""Sines and cosines over independent angles: sums of angles and small multiples are taken apart.

Multiples of π/12 and angles that are inverse functions (sin(atan u)) have values of their own. The sine of an angle is
algebraic over its cosine: sin² = 1 - cos².
"""

from __future__ import annotations

from calcml.algebra.field import NOUGHT, UNIT, Product, number
from calcml.algebra.kernels import Kernels, lone_kernel
from calcml.algebra.polynomials import Poly, is_constant, variable
from calcml.algebra.powers import rational_power
from calcml.expr import make_call

MAX_MULTIPLE = 8  # larger multiples of an angle are angles of their own
MAX_ANGLES = 4

Pair = tuple[Product, Product]  # cosine and sine


def circular(k: Kernels, u: Product) -> Pair:
    """cos u and sin u."""
    field = k.field
    pair: Pair = (UNIT, NOUGHT)
    above, below = field.fraction(u)
    if is_constant(below):
        bottom, rest = below[()], dict(above)
        for exponents, c in above.items():
            known = _known_angle(k, lone_kernel(exponents), c, bottom)
            if known is not None:
                pair = _added(k, pair, known)
                rest.pop(exponents)
        if len(rest) < len(above):
            u = field.quotient(field.of(rest), number(bottom))
    if not u.top:
        return pair
    basis = list(k.angles.basis)
    found = [(place, k.angles.in_units(place, top, bottom)) for place, top, bottom in k.angles.combination(u)]
    if len(found) > MAX_ANGLES or any(abs(n) > MAX_MULTIPLE for _, n in found):
        k.angles.basis[:] = basis
        return _added(k, pair, _own_angle(k, u))
    for place, n in found:
        pair = _added(k, pair, _multiple(k, _pair_of(k, place), abs(n), n < 0))
    return pair


def _pair_of(k: Kernels, place: int) -> Pair:
    above, below = k.angles.basis[place]
    v = k.field.quotient(k.field.of(above), k.field.product([k.field.of(below), number(k.angles.unit(place))]))
    return _kernels(k, v, (frozenset(above.items()), frozenset(below.items())))


def _own_angle(k: Kernels, u: Product) -> Pair:
    """The pair of an angle that is not taken apart; of u and -u one is kept."""
    above, _ = k.field.fraction(u)
    negative = above[max(above)] < 0
    v = k.field.negated(u) if negative else u
    cosine, sine = _kernels(k, v, ("own", *k.field.key(v)))
    return cosine, k.field.negated(sine) if negative else sine


def _kernels(k: Kernels, v: Product, key: tuple[object, ...]) -> Pair:
    place = k.field.index.get(("cos", *key))
    if place is None:
        written = k.expression(v)
        place = k.field.kernel(("cos", *key), "cos", make_call("cos", written), len(k.field.kernels) + 1)
        (squared,) = variable(place, 2)
        relation: tuple[int, Poly] = (2, {(): 1, squared: -1})
        k.field.kernel(("sin", *key), "sin", make_call("sin", written), None, relation)
    return k.field.element(place), k.field.element(place + 1)


def _added(k: Kernels, a: Pair, b: Pair) -> Pair:
    """cos and sin of a sum of angles."""
    if a == (UNIT, NOUGHT):
        return b
    (c, s), (d, t) = a, b
    f = k.field
    return (
        f.sum([f.product([c, d]), f.negated(f.product([s, t]))]),
        f.sum([f.product([s, d]), f.product([c, t])]),
    )


def _multiple(k: Kernels, pair: Pair, n: int, negative: bool = False) -> Pair:
    total: Pair = (UNIT, NOUGHT)
    for _ in range(n):
        total = _added(k, total, pair)
    return (total[0], k.field.negated(total[1])) if negative else total


def _known_angle(k: Kernels, place: int | None, c: int, bottom: int) -> Pair | None:
    """The pair of c/bottom times a kernel, where it has values without a sine: π/12, asin u, atan u."""
    if place is None:
        return None
    name, _, of, _ = k.field.kernels[place]
    if name == "pi":
        return _twelfths(k, 12 * c // bottom % 24) if 12 * c % bottom == 0 else None
    if c % bottom or abs(c // bottom) > MAX_MULTIPLE or name not in ("asin", "atan"):
        return None
    f = k.field
    (u,) = of
    other = f.sum([UNIT, f.product([number(-1 if name == "asin" else 1), f.power(u, 2)])])
    root = rational_power(k, other, 1, 2)
    pair = (root, u) if name == "asin" else (f.power(root, -1), f.quotient(u, root))
    n = c // bottom
    return _multiple(k, pair, abs(n), n < 0)


def _twelfths(k: Kernels, m: int) -> Pair:
    """The pair of m·π/12, from π/4 and π/6: m = 3a + 2b."""
    f = k.field
    a = m % 2
    b = (m - 3 * a) // 2 % 12
    half_root = f.product([number(1, 2), rational_power(k, number(2), 1, 2)])
    thirty = (f.product([number(1, 2), rational_power(k, number(3), 1, 2)]), number(1, 2))
    return _added(k, _multiple(k, (half_root, half_root), a), _multiple(k, thirty, b))
