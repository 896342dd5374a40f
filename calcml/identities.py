"""Other ways to write what stands in a line: identities tried on the whole of it, for the simplifier to compare.

Each function returns the line rewritten and the row that says why, or None where there is nothing to rewrite.
"""

from __future__ import annotations

from calcml.algebra.read import call, terms_of
from calcml.algebra.rules import COS_DOUBLE, IN_SINES, SQUARES, AlgebraRule
from calcml.algebra.terms import UNIT, Mono, Terms, add_into, mono_of, product, scaled
from calcml.expr import Call, Expr, make
from calcml.templates import template
from calcml.traverse import replace, topological

_CIRCULAR = frozenset({"sin", "cos", *IN_SINES})


def in_sines(expr: Expr) -> tuple[AlgebraRule, Expr] | None:
    """tan, cot, sec and csc written with sin and cos, where a second such function is there to meet them."""
    if sum(type(node) is Call and node.data in _CIRCULAR for node in topological(expr)) < 2:
        return None
    found: dict[Expr, Expr] = {}
    used: AlgebraRule | None = None
    for node in topological(expr):
        if type(node) is Call and node.data in IN_SINES:
            used = IN_SINES[node.data]
            found[node] = template(used.sides[1], ("u",)).fill(node.args)
    return None if used is None else (used, replace(expr, found))


def square_replaced(terms: Terms) -> list[tuple[AlgebraRule, Terms]]:
    """sin² as 1 - cos² and the other way round, everywhere in the line; for every such pair of functions in it."""
    found = []
    powers = {base: None for mono in terms for base, n in mono if type(base) is Call and isinstance(n, int) and n > 1}
    for base in powers:
        for (f, g, sign), row in SQUARES.items():
            if base.data in (f, g):
                twin = make(Call, g if base.data == f else f, base.args)
                # f² = 1 - sign·g², and g² = sign·(1 - f²)
                square = {UNIT: 1 if base.data == f else sign, ((twin, 2),): -sign}
                found.append((row, squares_written(terms, base, square)))
    return found


def squares_written(terms: Terms, base: Expr, square: Terms) -> Terms:
    """The terms with base² replaced by `square` wherever it divides a product."""
    total: Terms = {}
    for mono, coefficient in terms.items():
        factors = dict(mono)
        n = factors.get(base, 0)
        line: Terms = {mono: coefficient}
        if isinstance(n, int) and n >= 2:
            factors[base] = n % 2
            line = {mono_of((b, m) for b, m in factors.items() if m != 0): coefficient}
            for _ in range(n // 2):
                line = product(line, square)
        add_into(total, line)
    return total


def cosine_doubled(terms: Terms) -> tuple[AlgebraRule, Terms] | None:
    """c·cos(u)² - c·sin(u)² joined to c·cos(2u)."""
    for mono, coefficient in terms.items():
        for base, n in mono:
            if type(base) is not Call or base.data != "cos" or n != 2:
                continue
            twin = make(Call, "sin", base.args)
            other: Mono = mono_of((twin if b is base else b, m) for b, m in mono)
            if terms.get(other) != -coefficient:
                continue
            argument = scaled(terms_of(base.args[0]), 2)
            total = {key: value for key, value in terms.items() if key not in (mono, other)}
            rest = mono_of((b, m) for b, m in mono if b is not base)
            add_into(total, product({rest: coefficient}, call("cos", [argument])))
            return COS_DOUBLE, total
    return None
