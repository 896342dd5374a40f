"""Other ways to write what stands in a line: identities tried on the whole of it, for the simplifier to compare.

Each function returns the line rewritten and the row that says why, or None where there is nothing to rewrite.
"""

from __future__ import annotations

from calcml.algebra.expand import expand
from calcml.algebra.read import as_factor, as_terms, call, is_leading_negative, negated, power, terms_of
from calcml.algebra.rules import (
    COS_DOUBLE,
    IN_SINES,
    JOIN_LOGARITHMS,
    JOIN_POWERS,
    QUOTIENTS,
    SIGMOID_FOR_TANH,
    SIN_DOUBLE,
    SQUARES,
    AlgebraRule,
)
from calcml.algebra.terms import (
    UNIT,
    Coefficient,
    Exponent,
    Mono,
    Terms,
    add_into,
    constant,
    content,
    is_number,
    mono_of,
    multiply,
    product,
    quotient,
    scaled,
)
from calcml.expr import ONE, TWO, Call, Expr, Mul, Number, Sub, make, ratio_of
from calcml.templates import template
from calcml.traverse import replace, topological

CIRCULAR = frozenset({"sin", "cos", *IN_SINES})
MAX_POWER = 4  # of a number under a logarithm: 2·ln 3 + ln 2 is ln 18


def related_functions(expr: Expr) -> tuple[AlgebraRule, Expr] | None:
    """tanh(u) as 2σ(2u) - 1 where σ(2u) occurs beside it."""
    calls = [node for node in topological(expr) if type(node) is Call]
    sigmoids = {node.args[0]: None for node in calls if node.data == "sigmoid"}
    found: dict[Expr, Expr] = {}
    for node in calls:
        if node.data == "tanh" and sigmoids:
            doubled = scaled(terms_of(node.args[0]), 2)
            twin = next((u for u in sigmoids if terms_of(u) == doubled), None)
            if twin is not None:
                found[node] = make(Sub, None, (make(Mul, None, (TWO, make(Call, "sigmoid", (twin,)))), ONE))
    return (SIGMOID_FOR_TANH, replace(expr, found)) if found else None


def in_sines(expr: Expr) -> tuple[AlgebraRule, Expr] | None:
    """One of tan, cot, sec and csc written with sin and cos, where a second such function is there to meet it."""
    names = [node.data for node in topological(expr) if type(node) is Call and node.data in CIRCULAR]
    row = next((row for name, row in IN_SINES.items() if name in names), None)
    if row is None or len(names) < 2:
        return None
    name = row.sides[0].split("(")[0]
    calls = [node for node in topological(expr) if type(node) is Call and node.data == name]
    return row, replace(expr, {node: template(row.sides[1], ("u",)).fill(node.args) for node in calls})


def logarithms_joined(terms: Terms) -> tuple[AlgebraRule, Terms] | None:
    """ln 6 - ln 2 as ln 3: logarithms of numbers with the same factors beside them, as one."""
    total: Terms = {}
    numbers: dict[Mono, list[tuple[Coefficient, Coefficient]]] = {}  # by the factors: how often, and of which number
    for mono, coefficient in terms.items():
        logs = [base for base, n in mono if type(base) is Call and base.data == "ln" and n == 1]
        value = ratio_of(logs[0].args[0]) if len(logs) == 1 else None
        if value is None or value[0] <= 0:  # ln(0) has no value, and joins nothing
            add_into(total, {mono: coefficient})
        else:
            rest: Mono = tuple(factor for factor in mono if factor[0] is not logs[0])
            numbers.setdefault(rest, []).append((coefficient, quotient(*value)))
    changed = False
    for rest, found in numbers.items():
        number = content({((ONE, i),): c for i, (c, _) in enumerate(found)})
        if len(found) > 1 and max(abs(c) for c, _ in found) <= MAX_POWER * number:
            changed = True
            joined: Coefficient = 1
            for c, value in found:
                n = int(quotient(c, number))
                joined = joined * value**n if n > 0 else quotient(joined, value**-n)
            add_into(total, product({rest: number}, call("ln", [constant(joined)])))
        else:
            for c, value in found:
                add_into(total, product({rest: c}, call("ln", [constant(value)])))
    return (JOIN_LOGARITHMS, total) if changed else None


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


def sine_doubled(terms: Terms) -> tuple[AlgebraRule, Terms] | None:
    """sin(u)·cos(u) as sin(2u)/2 where 2u is the simpler argument: u = v/2."""
    total: Terms = {}
    changed = False
    for mono, coefficient in terms.items():
        found = (mono, coefficient)
        for base, n in mono:
            if type(base) is not Call or base.data != "sin" or not isinstance(n, int):
                continue
            twin = make(Call, "cos", base.args)
            m = dict(mono).get(twin, 0)
            argument = terms_of(base.args[0])
            halved = all(value.denominator % 2 == 0 for value in argument.values())
            if not isinstance(m, int) or m * n <= 0 or not halved:
                continue
            k = max(m, n) if n < 0 else min(m, n)
            double = as_factor(scaled(call("sin", [scaled(argument, 2)]), quotient(1, 2)))
            found = multiply(found, (mono_of([(base, -k), (twin, -k)]), 1))
            found = multiply(found, power({double[0]: double[1]}, k))
            changed = True
            break
        add_into(total, as_terms(found))
    return (SIN_DOUBLE, total) if changed else None


def powers_joined(terms: Terms) -> tuple[AlgebraRule, Terms] | None:
    """6^x/2^x as 3^x: powers of numbers with one exponent, or opposite ones, as the power of one number."""
    total: Terms = {}
    changed = False
    for mono, coefficient in terms.items():
        numbers: dict[Expr, Coefficient] = {}  # by exponent, of n and -n the positive one
        rest: list[tuple[Expr, Exponent]] = []
        for base, n in mono:
            if type(base) is not Number or is_number(n):
                rest.append((base, n))
                continue
            value = quotient(*base.ratio)
            if is_leading_negative(terms_of(n)):
                n, value = negated(n), quotient(1, value)
            changed |= n in numbers
            numbers[n] = numbers.get(n, 1) * value
        found = (mono_of(rest), coefficient)
        for n, value in numbers.items():
            found = multiply(found, power(constant(value), n))
        add_into(total, as_terms(found))
    return (JOIN_POWERS, total) if changed else None


def squares_joined(terms: Terms) -> Terms:
    """sin² + cos² and its kin joined to 1 where that leaves fewer terms; the same terms where it does not."""
    opened = expand(terms)
    if opened is None:
        return terms
    best = opened
    for _, replaced in square_replaced(opened):
        if len(replaced) < len(best):
            best = replaced
    return best if len(best) < len(opened) else terms


def squares_row(terms: Terms) -> AlgebraRule | None:
    """The row that joins squares here, for the title."""
    names = {node.data for mono in terms for base, _ in mono for node in topological(base) if type(node) is Call}
    return next((rule for (f, g, _), rule in SQUARES.items() if f in names or g in names), None)


def named_quotients(terms: Terms) -> tuple[AlgebraRule, Terms] | None:
    """sin(u)/cos(u) written as tan(u), and its kin, with the row that says so; None where there is none."""
    used: AlgebraRule | None = None
    total: Terms = {}
    for mono, coefficient in terms.items():
        factors = dict(mono)
        for base, n in mono:
            if type(base) is not Call or not isinstance(n, int) or n <= 0:
                continue
            for (upper, lower), row in QUOTIENTS.items():
                below = make(Call, lower, base.args)
                m = factors.get(below, 0)
                if base.data == upper and isinstance(m, int) and m < 0:
                    k = min(n, -m)
                    factors[base], factors[below] = n - k, m + k
                    named = make(Call, row.sides[1].split("(")[0], base.args)
                    factors[named] = factors.get(named, 0) + k
                    used = row
        add_into(total, {mono_of((base, n) for base, n in factors.items() if n != 0): coefficient})
    return None if used is None else (used, total)
