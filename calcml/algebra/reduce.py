"""Reductions of function values: what cancels inside a product, and what a function of a function is.

Each is right for every real value for which both sides are defined.
"""

from __future__ import annotations

from calcml.algebra.terms import (
    MAX_POWER_BITS,
    Coefficient,
    Exponent,
    Terms,
    is_number,
    quotient,
    scaled,
    single,
    whole,
)
from calcml.build import is_long_decimal
from calcml.expr import Add, Call, Expr, Number, Sub, make


def reduce_factors(factors: dict[Expr, Exponent]) -> Coefficient:
    """Simplify a product in place; returns the number that came out of it."""
    coefficient: Coefficient = 1
    for base in list(factors):
        kind = type(base)
        if kind is Number:
            coefficient *= _number_power(factors, base)
        elif kind is Call and base.data in ("abs", "sign") and base in factors:
            _settle(factors, base)
        elif kind is Call and base.data == "cbrt":
            _cube_root(factors, base)
    return coefficient


def roots_cancelled(factors: dict[Expr, Exponent], coefficient: Coefficient) -> Coefficient:
    """A number that its own root divides, in place: 2·2^(-1/2) is 2^(1/2). Returns what is left of the coefficient."""
    for base, n in list(factors.items()):
        if type(base) is not Number or not is_number(n) or not n < 0:
            continue
        value = base.ratio
        if value[1] == 1 and value[0] > 1 and coefficient and coefficient.numerator % value[0] == 0:
            factors[base] = whole(n + 1)
            coefficient = quotient(coefficient, value[0])
    return coefficient


def join_opposites(factors: dict[Expr, Exponent]) -> Coefficient:
    """Under a root a bracket has the sign it must have: (√x - 5)·(5 - √x)^(1/2) is -(5 - √x)^(3/2)."""
    from calcml.algebra.read import terms_of
    from calcml.algebra.write import canonical

    coefficient: Coefficient = 1
    for base in list(factors):
        n = factors.get(base)
        if type(base) not in (Add, Sub) or isinstance(n, int) or not is_number(n):
            continue
        opposite = canonical(scaled(terms_of(base), -1))
        m = factors.get(opposite)
        if isinstance(m, int):
            del factors[opposite]
            coefficient *= -1 if m % 2 else 1
            _put(factors, base, m)
    return coefficient


def _number_power(factors: dict[Expr, Exponent], base: Expr) -> Coefficient:
    n = factors[base]
    if not is_number(n) or not base.data or is_long_decimal(base):
        return 1
    value = quotient(*base.ratio)  # type: ignore[attr-defined]
    if abs(n) * max(part.bit_length() for part in base.ratio) > MAX_POWER_BITS:  # type: ignore[attr-defined]
        return 1
    up = n // 1  # 2^(3/2) is 2·2^(1/2); 2^(-1/2) stays below the line
    if n < 0 and up != n:
        up += 1
    if up:
        rest = whole(n - up)
        if rest:
            factors[base] = rest
        else:
            del factors[base]
        up = int(up)
        return value**up if up > 0 else quotient(1, value**-up)
    return 1


def _put(factors: dict[Expr, Exponent], base: Expr, n: int) -> None:
    total = whole(factors.get(base, 0) + n)
    if total:
        factors[base] = total
    else:
        factors.pop(base, None)


def _is_base(u: Expr) -> bool:
    from calcml.algebra.read import as_factor, terms_of

    mono, coefficient = as_factor(terms_of(u))
    return coefficient == 1 and len(mono) == 1 and mono[0][1] == 1


def _settle(factors: dict[Expr, Exponent], base: Expr) -> None:
    """|u|^a · sign(u)^c · u^b as s^p · u^m with s = sign(u), p = (a + c) mod 2 and m = a + b, written with |u| again.

    Where u = 0 the product is 0, or undefined when an exponent is negative; sign(u)^2 alone is not 1 there, and stays.
    """
    u = base.args[0]
    if not _is_base(u):
        return
    size, sign = make(Call, "abs", (u,)), make(Call, "sign", (u,))
    exponents = [factors.get(part, 0) for part in (size, sign, u)]
    if not all(isinstance(n, int) for n in exponents):
        return
    a, c, b = exponents
    p, m = (a + c) % 2, a + b
    if not p and not m and min(exponents) >= 0:
        return
    for part in (size, sign, u):
        factors.pop(part, None)
    if not p:
        _put(factors, u, m)
    elif not m:
        _put(factors, sign, 1)
    else:
        step = 1 if m > 0 else -1
        _put(factors, size, step)
        _put(factors, u, m - step)


def _cube_root(factors: dict[Expr, Exponent], base: Expr) -> None:
    """cbrt(u)³ is u: whole cubes come out, and u·cbrt(u)^(-2) is cbrt(u)."""
    from calcml.algebra.read import as_factor, terms_of

    n = factors.get(base)
    mono, coefficient = as_factor(terms_of(base.args[0]))
    if not isinstance(n, int) or coefficient != 1 or not all(isinstance(m, int) for _, m in mono):
        return
    up = n // 3 if n > 0 else -(-n // 3)
    if not up and all(_opposes(factors.get(part, 0), m, n) for part, m in mono):
        up = 1 if n > 0 else -1
    if up and (abs(n) < 3 or _is_base(base.args[0])):
        factors.pop(base)
        _put(factors, base, n - 3 * up)
        for part, m in mono:
            _put(factors, part, m * up)


def _opposes(power: Exponent, m: int, n: int) -> bool:
    """Whether u, with base^m in it, stands on the other side of the line than its cube root, as often."""
    return isinstance(power, int) and (
        power >= m > 0 or power <= m < 0 if n < 0 else power <= -m < 0 or power >= -m > 0
    )


def reduce_call(name: str, args: list[Terms]) -> Terms | None:
    """The value of a function of something simpler, or None when there is nothing to reduce."""
    reducer = _CALLS.get(name)
    return None if reducer is None else reducer(args)


def _abs(args: list[Terms]) -> Terms | None:
    """|c·u·v^2| is |c|·|u|·v^2."""
    from calcml.algebra.read import as_factor, as_terms
    from calcml.algebra.terms import multiply
    from calcml.algebra.write import write_power
    from calcml.signs import is_nonnegative

    (terms,) = args
    if not terms:
        return {}
    mono, coefficient = as_factor(terms)
    if coefficient == 1 and len(mono) == 1 and mono[0][1] == 1:
        base = mono[0][0]
        return single(base) if is_nonnegative(base) else None
    result: tuple[tuple[tuple[Expr, Exponent], ...], Coefficient] = ((), abs(coefficient))
    for base, n in mono:
        if not is_number(n) and not is_nonnegative(base):  # x^n may be negative for a whole n
            result = multiply(result, (((make(Call, "abs", (write_power(base, n),)), 1),), 1))
            continue
        even = isinstance(n, int) and n % 2 == 0
        if even or is_nonnegative(base) or not isinstance(n, int):
            result = multiply(result, (((base, n),), 1))
        else:
            result = multiply(result, (((make(Call, "abs", (base,)), n),), 1))
    return as_terms(result)


def _sign_of(args: list[Terms]) -> Terms | None:
    from calcml.algebra.read import as_factor, as_terms
    from calcml.algebra.terms import multiply
    from calcml.signs import is_positive

    (terms,) = args
    if not terms:
        return {}
    mono, coefficient = as_factor(terms)
    result: tuple[tuple[tuple[Expr, Exponent], ...], Coefficient] = ((), 1 if coefficient > 0 else -1)
    changed = coefficient not in (1,)
    for base, n in mono:
        if is_positive(base):
            changed = True
        elif isinstance(n, int) and n % 2 and (n != 1 or len(mono) > 1):
            changed = True
            result = multiply(result, (((make(Call, "sign", (base,)), 1),), 1))
        elif n == 1:
            result = multiply(result, (((make(Call, "sign", (base,)), 1),), 1))
        else:
            return None
    return as_terms(result) if changed else None


def _ln(args: list[Terms]) -> Terms | None:
    """ln(e^u) is u; ln(u^n) is n·ln(u), and n·ln|u| for an even n."""
    from calcml.algebra.read import call, terms_of
    from calcml.expr import E

    (terms,) = args
    if len(terms) != 1:
        return None
    mono, coefficient = next(iter(terms.items()))
    if coefficient != 1 or len(mono) != 1:
        return None
    base, n = mono[0]
    if base is E:
        return {(): n} if is_number(n) else terms_of(n)
    if n == 1 or not is_number(n):
        return None
    even = isinstance(n, int) and n % 2 == 0
    return scaled(call("ln", [call("abs", [single(base)]) if even else single(base)]), n)


def _sigmoid(args: list[Terms]) -> Terms | None:
    """σ(-u) is 1 - σ(u)."""
    from calcml.algebra.read import call, is_leading_negative
    from calcml.algebra.terms import add_into, constant, scaled

    (terms,) = args
    if not terms or not is_leading_negative(terms):
        return None
    total = constant(1)
    add_into(total, call("sigmoid", [scaled(terms, -1)]), -1)
    return total


_CALLS = {"sigmoid": _sigmoid, "abs": _abs, "sign": _sign_of, "ln": _ln}
