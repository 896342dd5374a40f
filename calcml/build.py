"""Constructors that fold: exact numbers are combined, 0 and 1 dropped, signs moved out, and nothing else is changed.

Derivative rules build their results with these, so that a derivative does not drown in `1*` and `+ 0`. They are not a
simplifier: no terms are collected, nothing is factored or expanded, and no operand is looked into deeper than one
level, so building costs the same whatever the size of the operands.
"""

from __future__ import annotations

from math import gcd

from calcml.expr import (
    ONE,
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

MINUS_ONE = Neg(ONE)

# Heads that folding never looks into: between two of them there is nothing to combine.
PLAIN = frozenset({Symbol, Call, Add, Sub, Pow})
_ATOMIC = PLAIN | {Mul}
_LONG = 20  # characters


def _number(node: Expr) -> tuple[int, int] | None:
    head = type(node)
    if head is Number or head is Neg or head is Div:
        return None if is_long_decimal(node) else ratio_of(node)
    return None


def is_long_decimal(node: Expr) -> bool:
    """A decimal of many digits (SELU's constants): arithmetic leaves it as it is written."""
    if type(node) is Neg:
        node = node.args[0]
    return type(node) is Number and type(node.data) is str and len(node.data) > _LONG


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
    """a·b. A number goes to the front; a factor of a fraction goes into its numerator."""
    if type(a) in _ATOMIC and type(b) in _ATOMIC:
        return make2(Mul, a, b)
    if a is ONE:
        return b
    if b is ONE:
        return a
    if a is ZERO or b is ZERO:
        return ZERO
    negative = False
    if type(a) is Neg:
        negative, a = True, a.args[0]
    if type(b) is Neg:
        negative, b = not negative, b.args[0]
    product = _mul(a, b)
    return neg(product) if negative else product


def _mul(a: Expr, b: Expr) -> Expr:
    if a is ONE:
        return b
    if b is ONE:
        return a
    head_a, head_b = type(a), type(b)
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
    if head_a is Div and ratio_of(a) is None:
        if head_b is Div and ratio_of(b) is None:
            return div(mul(a.args[0], b.args[0]), mul(a.args[1], b.args[1]))
        return div(mul(a.args[0], b), a.args[1])
    if head_b is Div and ratio_of(b) is None:
        return div(mul(a, b.args[0]), b.args[1])
    return make2(Mul, a, b)


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
    p, q = _number(a), _number(b)
    if q is not None and q[0]:
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
