"""Exponentials, powers and roots over the kernels.

Each rewriting is right for every real value where the whole expression is defined: √(u²·v) is |u|·√v, and a root is
taken of a factor by itself only where its sign is proved.
"""

from __future__ import annotations

from math import gcd, isqrt, lcm

from calcml import build
from calcml.algebra.directions import Refined
from calcml.algebra.field import UNIT, Product, Undefined, number
from calcml.algebra.kernels import Kernels, lone_kernel
from calcml.algebra.logarithms import absolute, logarithm_of_factor, logarithm_of_number, prime_powers
from calcml.algebra.polynomials import Poly, coefficients, constant, is_constant, scaled, variable, variables
from calcml.errors import LimitError
from calcml.expr import E, Expr, make_call, rational

MAX_ROOT = 60  # roots beyond this are left as exponentials of logarithms


# ---- exponentials ----------------------------------------------------------------------------------------------------


def exponential(k: Kernels, u: Product) -> Product:
    """e^u over independent exponents; multiples of logarithms in u come out as powers."""
    if not u.top:
        return UNIT
    field = k.field
    above, _ = field.fraction(u)
    for place in variables(above):
        one: Poly = {(): 1}
        if field.kernels[place].name in ("ln", "log") and (variable(place), one) not in k.exponents.basis:
            k.exponents.basis.append((variable(place), one))
    factors: list[Product] = []
    found = k.exponents.combination(u)
    for place, top, bottom in found:
        logarithm_in = _logarithm_in_basis(k, place)
        if logarithm_in is not None:
            power, top = _power_of_logarithm(k, logarithm_in, top, bottom)
            factors.append(power)
        elif len(found) > 1 and top * k.exponents.unit(place) % bottom and k.exponents.is_formal(above):
            raise LimitError("half a power of what may be negative is no real number")
        if top:
            factors.append(field.element(_exponential_kernel(k, place), k.exponents.in_units(place, top, bottom)))
    return field.product(factors)


def _logarithm_in_basis(k: Kernels, place: int) -> int | None:
    """The logarithm a basis vector of the exponents is, or None."""
    above, below = k.exponents.basis[place]
    lone = lone_kernel(max(above)) if len(above) == 1 and is_constant(below) and above[max(above)] == 1 else None
    return lone if lone is not None and k.field.kernels[lone].name in ("ln", "log") else None


def _exponential_kernel(k: Kernels, place: int) -> int:
    above, below = k.exponents.basis[place]
    unit = k.exponents.unit(place)
    v = k.field.quotient(k.field.of(above), k.field.product([k.field.of(below), number(unit)]))
    key = ("exp", frozenset(above.items()), frozenset(below.items()))
    found = k.field.index.get(key)
    if found is None:
        if k.exponents.is_formal(above):
            found = k.field.kernel(key, "power", _power_written(k, v), v)  # x^n: neither its sign nor its root is known
        else:
            found = k.field.kernel(key, "exp", build.power(E, k.expression(v)), v)
    return found


def _power_written(k: Kernels, v: Product) -> Expr:
    """e^v as a product of powers of what its formal logarithms are logarithms of."""
    above, below = k.field.fraction(v)
    over = k.field.power(k.field.of(below), -1)
    rest = above
    factors: list[Expr] = []
    for i in variables(above):
        if k.field.kernels[i].name == "log":
            by_degree = coefficients(rest, i)
            rest = by_degree.pop(0, {})
            for n, part in by_degree.items():
                w = k.field.product([k.field.of(part), k.field.element(i, n - 1) if n > 1 else UNIT, over])
                factors.append(build.power(k.expression(k.field.kernels[i].of), k.expression(w)))
    if rest:
        factors.append(build.power(E, k.expression(k.field.product([k.field.of(rest), over]))))
    return build.mul_all(factors)


def _power_of_logarithm(k: Kernels, place: int, top: int, bottom: int) -> tuple[Product, int]:
    """e^(top/bottom·ln|f|) as a power of |f|, and what is left of `top`."""
    kernel = k.field.kernels[place]
    p, q = _lowest(top, bottom)
    base: Product = kernel.of
    if q > MAX_ROOT:
        return UNIT, top
    if kernel.name == "ln":
        return rational_power(k, absolute(k, base), p, q), 0
    if q & (q - 1) == 0:
        return rational_power(k, base, p, q), 0
    whole = p // q  # an odd root of a value of unknown sign is no power e^(1/3 log): only the whole part comes out
    return k.field.power(base, whole), top - whole * bottom


def general_power(k: Kernels, u: Product, v: Product) -> Product:
    """u^v for any exponent."""
    ratio = fraction_of(v)
    if ratio is not None and ratio[1] <= MAX_ROOT:
        return rational_power(k, u, *ratio)
    if not u.top:
        raise Undefined("0 to a power that is no number")
    return exponential(k, k.field.product([v, _formal_logarithm(k, u)]))


def _formal_logarithm(k: Kernels, u: Product) -> Product:
    """λ with u^v = e^(v·λ): ln of what is positive, and a formal logarithm of the rest, which lives in exponents only.

    (a·b)^v is a^v·b^v where one of the two is positive; of two unknown signs the product stays together.
    """
    field = k.field
    apart = k.factored(u)
    terms = [logarithm_of_number(k, apart.top), field.negated(logarithm_of_number(k, apart.bottom))]
    rest = [number(-1)] if apart.top < 0 else []
    for p, n in apart.parts:
        if n % 2 == 0 or k.sign(p).nonnegative:
            terms.append(field.product([number(n), logarithm_of_factor(k, p)]))
        else:
            rest.append(field.power(field.of(p), n))
    if len(rest) == 1 and apart.top > 0:  # (f^3)^v is f^(3v), also for negative f
        ((p, n),) = [(p, n) for p, n in apart.parts if n % 2 and not k.sign(p).nonnegative]
        rest, times = [field.of(p)], n
    else:
        times = 1
    if rest:
        whole = field.product(rest)
        place = field.kernel(("log", *field.key(whole)), "log", make_call("ln", k.expression(whole)), whole)
        terms.append(field.element(place, 1) if times == 1 else field.product([number(times), field.element(place)]))
    return field.sum(terms)


def fraction_of(v: Product) -> tuple[int, int] | None:
    """The number an element is, as numerator and denominator, or None."""
    return (v.top, v.bottom) if not v.powers else None


# ---- roots -----------------------------------------------------------------------------------------------------------


def rational_power(k: Kernels, u: Product, p: int, q: int) -> Product:
    """u^(p/q): for odd q the real root of every real u, for even q where u ≥ 0."""
    if q == 1:
        return k.field.power(u, p)
    if not u.top:
        return k.field.power(u, 1 if p > 0 else -1)
    return k.field.power(_root(k, u, q), p)


def _root(k: Kernels, u: Product, q: int) -> Product:
    """The q-th root of u."""
    field = k.field
    apart = k.factored(u)
    sign, parts = _sines_for_squares(k, apart.parts)
    if apart.top < 0:
        sign = -sign
    found = [_root_of_number(k, abs(apart.top), q), field.power(_root_of_number(k, apart.bottom, q), -1)]
    unknown: list[tuple[Poly, int]] = []
    if q % 2 and sign < 0:
        found.append(number(-1))
    for p, n in parts:
        kernel = k.kernel(p)
        if kernel is not None and kernel.name == "exp":
            found.append(exponential(k, field.product([kernel.of, number(n, q)])))
        elif kernel is not None and kernel.name == "root" and q * kernel.of[1] <= MAX_ROOT:
            found.append(rational_power(k, field.of(kernel.of[0]), *_lowest(n, q * kernel.of[1])))
        elif q % 2 or k.sign(p).nonnegative:
            found.append(_root_of_factor(k, p, n, q))
        elif k.sign(p).nonpositive:
            sign = -sign if n % 2 else sign
            found.append(_root_of_factor(k, scaled(p, -1), n, q))
        else:
            unknown.append((p, n))
    if q % 2 == 0 and (unknown or sign < 0):
        found.append(_even_root(k, unknown, sign, q))
    return field.product(found)


def _lowest(n: int, q: int) -> tuple[int, int]:
    divisor = gcd(n, q)
    return n // divisor, q // divisor


def _root_of_factor(k: Kernels, p: Poly, n: int, q: int) -> Product:
    """p^(n/q) for p with a root of its own: a whole part, and a power of the root kernel."""
    n, q = _lowest(n, q)
    if q == 1:
        return k.field.power(k.field.of(p), n)
    nested = _denested(k, p) if q == 2 else None
    if nested is not None:
        return k.field.power(nested, n)
    unit = _unit(k, p, q)
    return k.field.element(_root_kernel(k, p, unit), n * unit // q)


def _unit(k: Kernels, p: Poly, q: int) -> int:
    """The root that is used for all roots of p: x^(1/6) where x^(1/2) and x^(1/3) occur."""
    key = ("root", k.polynomial(p))
    unit = k.units.get(key, 0)
    if not unit or unit % q:
        k.units[key] = lcm(unit or 1, q)
        if k.units[key] > MAX_ROOT * MAX_ROOT:
            raise LimitError(f"a root of degree {k.units[key]} is too high")
        if unit:
            raise Refined
    return k.units[key]


def _root_kernel(k: Kernels, p: Poly, q: int) -> int:
    base = k.polynomial(p)
    node = {2: "sqrt", 3: "cbrt"}.get(q)
    written = make_call(node, base) if node else build.power(base, rational(1, q))
    return k.field.kernel(("root", frozenset(p.items()), q), "root", written, (p, q), (q, p))


def _even_root(k: Kernels, parts: list[tuple[Poly, int]], sign: int, q: int) -> Product:
    """The even root of a product of factors whose signs are not known: whole squares come out as absolute values."""
    field = k.field
    outside: list[Product] = []
    inside: list[tuple[Poly, int]] = []
    for p, n in parts:
        times, rest = divmod(n, q)
        if times:
            outside.append(field.power(absolute(k, field.of(p)), times))
        if rest:
            inside.append((p, rest))
    if not inside and sign > 0:
        return field.product(outside)
    shared = gcd(q, *[n for _, n in inside])
    if sign > 0 and shared > 1:  # (x^2·y^4)^(1/6) is |x·y^2|^(1/3)
        base = field.product([field.power(field.of(p), n // shared) for p, n in inside])
        return field.product([*outside, rational_power(k, absolute(k, base), 1, q // shared)])
    radicand = field.reduced(field.opened({field.atom(p): n for p, n in inside}))
    outside.append(_root_of_factor(k, scaled(radicand, sign), 1, q))
    return field.product(outside)


def _root_of_number(k: Kernels, value: int, q: int) -> Product:
    """The q-th root of a whole number ≥ 1, by its prime factors."""
    return k.field.product([_root_of_factor(k, constant(p), n, q) for p, n in prime_powers(value)])


def _denested(k: Kernels, p: Poly) -> Product | None:
    """√(a + b√c) as √d ± √e with whole or half d and e, where a² - b²c is a square."""
    if len(p) != 2 or () not in p:
        return None
    exponents = max(p)
    place = lone_kernel(exponents)
    kernel = k.field.kernels[place] if place is not None else None
    if kernel is None or kernel.name != "root" or kernel.of[1] != 2 or not is_constant(kernel.of[0]):
        return None
    a, b, c = p[()], p[exponents], kernel.of[0].get((), 0)
    square = a * a - b * b * c
    if a <= 0 or square < 0 or isqrt(square) ** 2 != square:
        return None
    d = isqrt(square)
    first, second = (rational_power(k, number(a + sign * d, 2), 1, 2) for sign in (1, -1))
    return k.field.sum([first, second if b > 0 else k.field.negated(second)])


def _sines_for_squares(k: Kernels, parts: list[tuple[Poly, int]]) -> tuple[int, list[tuple[Poly, int]]]:
    """(cos u - 1)·(cos u + 1) in a radicand as -sin²u: √(1 - cos²) is |sin|. The sign, and the factors."""
    sign = 1
    for place, kernel in enumerate(k.field.kernels):
        if kernel.name != "cos" or len(parts) < 2:
            continue
        (cosine,) = variable(place)
        low, high = {cosine: 1, (): -1}, {cosine: 1, (): 1}
        exponents = [next((n for p, n in parts if p == wanted), 0) for wanted in (low, high)]
        times = min(exponents)
        if times > 0:
            left = [(low, exponents[0] - times), (high, exponents[1] - times), (variable(kernel.of), 2 * times)]
            parts = [(p, n) for p, n in [*[part for part in parts if part[0] not in (low, high)], *left] if n]
            sign = -sign if times % 2 else sign
    return sign, parts
