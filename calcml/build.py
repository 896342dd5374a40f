"""Constructors that fold: exact numbers are combined, 0 and 1 dropped, signs moved out, and nothing else is changed.

Derivative rules build their results with these, so that a derivative does not drown in `1*` and `+ 0`. They are not a
simplifier: no terms are collected, nothing is factored or expanded, and no operand is looked into deeper than one
level, so building costs the same whatever the size of the operands.
"""

from __future__ import annotations

from math import gcd

from calcml.decimals import decimal_ratio
from calcml.expr import (
    ONE,
    TWO,
    ZERO,
    Add,
    Call,
    Div,
    Expr,
    Mul,
    Neg,
    Number,
    Pow,
    Sub,
    Symbol,
    make,
    make2,
    ratio_of,
    rational,
)

_SMALL_POWER = 512  # bits of an exact power that is folded without asking; larger ones stay as they are

# Heads that folding never looks into: between two of them there is nothing to combine.
PLAIN = frozenset({Symbol, Call, Add, Sub, Pow})
_ATOMIC = PLAIN | {Mul}
_LONG = 20  # characters


def _number(node: Expr) -> tuple[int, int] | None:
    head = type(node)
    if head is Number:
        data = node.data
        return (data, 1) if type(data) is int else None if len(data) > _LONG else decimal_ratio(data)
    if head is Neg or head is Div:
        return None if is_long_decimal(node) else ratio_of(node)
    return None


def is_long_decimal(node: Expr) -> bool:
    """A decimal of many digits (SELU's constants): arithmetic leaves it as it is written."""
    if type(node) is Neg:
        node = node.args[0]
    return type(node) is Number and type(node.data) is str and len(node.data) > _LONG


def _is_quotient(node: Expr) -> bool:
    """A division that is no number: 1/x, but not 1/2."""
    if type(node) is not Div:
        return False
    above, below = node.args
    return type(below) is not Number or type(above) is not Number or ratio_of(node) is None


def neg(a: Expr) -> Expr:
    """-a."""
    if type(a) is Neg:
        return a.args[0]
    if a is ZERO:
        return a
    return make(Neg, None, (a,))


def add(a: Expr, b: Expr) -> Expr:
    """a + b."""
    if a is ZERO:
        return b
    if b is ZERO:
        return a
    p = _number(a)
    if p is not None:
        q = _number(b)
        if q is not None:
            return rational(p[0] * q[1] + q[0] * p[1], p[1] * q[1])
    if type(b) is Neg:
        return make2(Sub, a, b.args[0])
    return make2(Add, a, b)


def sub(a: Expr, b: Expr) -> Expr:
    """a - b."""
    if b is ZERO:
        return a
    if type(b) is Neg:
        return add(a, b.args[0])
    if a is not ZERO and (type(a) in PLAIN or type(b) in PLAIN):
        return make2(Sub, a, b)
    return add(a, neg(b))


def add_all(terms: list[Expr]) -> Expr:
    """The sum of the terms as one node; the numbers among them become one, at the end."""
    if len(terms) == 1:
        return terms[0]
    if len(terms) == 2:
        return add(*terms)
    kept: list[Expr] = []
    top, bottom = 0, 1
    for term in terms:
        ratio = _number(term)
        if ratio is None:
            kept.append(term)
        else:
            top, bottom = top * ratio[1] + ratio[0] * bottom, bottom * ratio[1]
    if top:
        kept.append(rational(top, bottom))
    if len(kept) > 2:
        return make(Add, None, tuple(kept))
    return add(*kept) if len(kept) == 2 else kept[0] if kept else ZERO


def mul(a: Expr, b: Expr) -> Expr:
    """a·b. A number goes to the front, and a·(1/v) is a/v; other quotients stay whole: several users may share them."""
    head_a, head_b = type(a), type(b)
    if head_a in _ATOMIC and head_b in _ATOMIC:
        return make2(Mul, a, b)
    if a is ONE:
        return b
    if b is ONE:
        return a
    if a is ZERO or b is ZERO:
        return ZERO
    if head_a is Number and head_b in PLAIN:
        return make2(Mul, a, b)
    if head_a is Neg:
        inside = a.args[0]
        return mul(inside, b.args[0]) if head_b is Neg else neg(mul(inside, b))
    if head_b is Neg:
        return neg(mul(a, b.args[0]))
    return _mul(a, b, head_a, head_b)


def _mul(a: Expr, b: Expr, head_a: type[Expr], head_b: type[Expr]) -> Expr:
    """The product where a number or a quotient is among the two."""
    if head_b is Number or head_b is Div:
        q = _number(b)
        if q is not None:
            p = _number(a)
            if p is not None:
                return rational(p[0] * q[0], p[1] * q[1])
            a, b, head_a, head_b = b, a, head_b, head_a
    if head_b is Mul and (head_a is Number or head_a is Div):
        coefficient = b.args[0]
        if type(coefficient) is Number or type(coefficient) is Div:
            p, q = _number(a), _number(coefficient)
            if p is not None and q is not None:
                front = rational(p[0] * q[0], p[1] * q[1])
                rest = b.args[1:]
                return (
                    make(Mul, None, rest if front is ONE else (front, *rest)) if len(rest) > 1 else mul(front, rest[0])
                )
    if head_b is Div and b.args[0] is ONE and _is_quotient(b):
        return div(a, b.args[1])
    if head_a is Div and a.args[0] is ONE and _is_quotient(a):
        return div(b, a.args[1])
    return make2(Mul, a, b)


def product(a: Expr, b: Expr) -> Expr:
    """a·b where the numbers in front of both become one, and u·u is u^2: for sums of adjoints, which nobody reads."""
    if a is b and type(a) in PLAIN:
        return power(a, TWO)
    if type(a) is Mul and type(b) is Mul:
        front, back = a.args[0], b.args[0]
        if type(front) is Number and type(back) is Number:
            return mul(mul(front, back), product(_without_first(a), _without_first(b)))
    return mul(a, b)


def _without_first(node: Expr) -> Expr:
    _, *rest = node.args
    return rest[0] if len(rest) == 1 else make(Mul, None, tuple(rest))


def mul_all(factors: list[Expr]) -> Expr:
    """The product of the factors as one node, in their order; the numbers among them become one, in front."""
    if len(factors) == 1:
        return factors[0]
    if len(factors) == 2:
        return mul(*factors)
    kept: list[Expr] = []
    top, bottom = 1, 1
    for factor in factors:
        if type(factor) is Neg and type(factor.args[0]) is not Neg:
            top, factor = -top, factor.args[0]
        ratio = _number(factor)
        if ratio is None:
            kept.append(factor)
        else:
            top, bottom = top * ratio[0], bottom * ratio[1]
    if not top:
        return ZERO
    coefficient = rational(abs(top), bottom)
    if coefficient is not ONE or not kept:
        kept.insert(0, coefficient)
    product: Expr = make(Mul, None, tuple(kept)) if len(kept) > 1 else kept[0]
    return neg(product) if top < 0 else product


def div(a: Expr, b: Expr) -> Expr:
    """a/b. b = 0 is left standing: it is the caller's condition, and the evaluator's error."""
    if b is ONE or a is ZERO:
        return a
    negative = False
    if type(a) is Neg:
        negative, a = True, a.args[0]
    if type(b) is Neg:
        negative, b = not negative, b.args[0]
    q = _number(b)
    if q is not None and q[0]:
        p = _number(a)
        if p is not None:
            quotient = rational(p[0] * q[1], p[1] * q[0])
            return neg(quotient) if negative else quotient
        if b is ONE:
            return neg(a) if negative else a
        if type(a) is Mul:
            coefficient = _number(a.args[0])
            if coefficient is not None and coefficient[1] == 1 and q[1] == 1:
                divisor = gcd(coefficient[0], q[0])
                if divisor > 1:
                    a = mul_all([rational(coefficient[0] // divisor), *a.args[1:]])
                    b = rational(q[0] // divisor)
                    return div(neg(a) if negative else a, b)
    quotient = make2(Div, a, b)
    return neg(quotient) if negative else quotient


def power(a: Expr, n: Expr) -> Expr:
    """a^n."""
    if n is ONE:
        return a
    if n is ZERO:
        return ONE
    if a is ONE:
        return a
    p = _number(a)
    if p is not None:
        q = _number(n)
        if q is not None and q[1] == 1 and abs(q[0]) * max(abs(p[0]), p[1]).bit_length() <= _SMALL_POWER:
            if q[0] > 0:
                return rational(p[0] ** q[0], p[1] ** q[0])
            if p[0]:
                return rational(p[1] ** -q[0], p[0] ** -q[0])
    return make2(Pow, a, n)
