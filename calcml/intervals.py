"""Conditions on one symbol as what they say of the number line.

Between its borders a condition does not change, so where all borders are known exactly (zeros of linear factors), the
conditions are tried at every border and between every two, and said again in the fewest words: p/(1 - p) > 0 is p > 0
and p < 1; x < 1 or x > 1 is x != 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import isqrt

from calcml.algebra.read import as_factor, terms_of
from calcml.algebra.terms import UNIT, Coefficient, Terms, quotient
from calcml.algebra.write import exact
from calcml.binding import free_symbols
from calcml.build import sub
from calcml.evaluation import Program
from calcml.expr import FALSE, Add, And, Call, Expr, Not, Or, Relation, Sub, Symbol, make

Border = object  # an exact number: int or Fraction

MAX_BORDERS = 40


def on_the_line(conditions: Sequence[Expr]) -> tuple[Expr, ...]:
    """The conditions, those on a single symbol joined and said in the fewest relations where that is decidable."""
    groups: dict[Symbol, list[Expr]] = {}
    kept: list[Expr] = []
    for condition in conditions:
        symbols = free_symbols(condition)
        if len(symbols) == 1 and _borders([condition], next(iter(symbols))) is not None:
            groups.setdefault(next(iter(symbols)), []).append(condition)
        else:
            kept.append(condition)
    found: list[Expr] = []
    for symbol, group in groups.items():
        said = _said(symbol, group)
        found += group if said is None or (_size(said) >= 2 * _size(group) and said != [FALSE]) else said
    order = [symbol for symbol in groups]
    return tuple(found + kept) if order else tuple(kept)


def _size(conditions: Sequence[Expr]) -> int:
    total = 0
    stack = list(conditions)
    while stack:
        condition = stack.pop()
        total += 1
        stack.extend(condition.args)
    return total


def _borders(conditions: Sequence[Expr], symbol: Symbol) -> list[Border] | None:
    """The exact borders of conditions on one symbol, sorted; None when they are not all known."""
    found: set[Border] = set()
    stack = list(conditions)
    while stack:
        condition = stack.pop()
        if isinstance(condition, (And, Or, Not)):
            stack.extend(condition.args)
        elif isinstance(condition, Relation):
            roots = _roots(terms_of(sub(*condition.args)), symbol)
            if roots is None:
                return None
            found.update(roots)
        else:
            return None
    return sorted(found) if len(found) <= MAX_BORDERS else None  # type: ignore[type-var]


def _roots(terms: Terms, symbol: Symbol) -> list[Border] | None:
    """Where a product of linear factors changes its sign or is undefined."""
    simple = _simple_roots(terms, symbol)
    if simple is not None:
        return simple
    mono, _ = as_factor(terms)
    found: list[Border] = []
    for base, n in mono:
        if not isinstance(n, int) or (len(terms) > 1 and n != 1):
            return None
        if base is symbol:
            found.append(0)
            continue
        if type(base) not in (Add, Sub):
            return None
        roots = _simple_roots(terms_of(base), symbol)
        if roots is None:
            return None
        found += roots
    return found


def _simple_roots(terms: Terms, symbol: Symbol) -> list[Border] | None:
    """The real roots of a linear or quadratic polynomial, or of a·|x| + b, where they are rational."""
    root = _linear_root(terms, symbol)
    if root is not None:
        return [root]
    size = make(Call, "abs", (symbol,))
    square, line, rest = ((symbol, 2),), ((symbol, 1),), UNIT
    if set(terms) <= {((size, 1),), rest} and ((size, 1),) in terms:
        at = quotient(-terms.get(rest, 0), terms[((size, 1),)])
        return [0, at, -at] if at >= 0 else [0]
    if not set(terms) <= {square, line, rest} or square not in terms:
        return None
    a, b, c = terms[square], terms.get(line, 0), terms.get(rest, 0)
    discriminant = b * b - 4 * a * c
    if discriminant < 0:
        return []
    root_of = _rational_root(discriminant)
    return None if root_of is None else [quotient(-b - root_of, 2 * a), quotient(-b + root_of, 2 * a)]


def _rational_root(value: Coefficient) -> Coefficient | None:
    top, bottom = (value, 1) if isinstance(value, int) else (value.numerator, value.denominator)
    p, q = isqrt(top), isqrt(bottom)
    return quotient(p, q) if p * p == top and q * q == bottom else None


def _linear_root(terms: Terms, symbol: Symbol) -> Border | None:
    slope = terms.get(((symbol, 1),), 0)
    if not slope or any(mono not in (UNIT, ((symbol, 1),)) for mono in terms):
        return None
    return quotient(-terms.get(UNIT, 0), slope)


def _said(symbol: Symbol, conditions: list[Expr]) -> list[Expr] | None:
    borders = _borders(conditions, symbol)
    if not borders:
        return None
    values = [float(border) for border in borders]  # type: ignore[arg-type]
    program = Program(conditions, [symbol])

    def holds(x: float) -> bool:
        verdicts = program.run([x])
        if any(not isinstance(verdict, bool) for verdict in verdicts):
            raise _Undefined
        return all(verdicts)

    try:
        between = [holds(x) for x in _middles(values)]
        at = [_holds_at(program, x) for x in values]
    except _Undefined:
        return None
    if all(between):
        return [_relation("!=", symbol, border) for border, inside in zip(borders, at, strict=True) if not inside]
    stretches = _stretches(between, at)
    if len(stretches) > 1 and all(b[0] == a[1] + 1 for a, b in pairwise(stretches)):  # single points are missing
        whole = _interval(symbol, borders, stretches[0][0], stretches[-1][1], between, at)
        missing = [_relation("!=", symbol, borders[b[0] - 1]) for b in stretches[1:]]
        return [*(whole.args if isinstance(whole, And) else [whole]), *missing]
    spoken = [_interval(symbol, borders, first, last, between, at) for first, last in stretches]
    spoken += [
        _relation("=", symbol, borders[i])
        for i, inside in enumerate(at)
        if inside and not (between[i] or between[i + 1])
    ]
    if len(spoken) == 1:
        only = spoken[0]
        return list(only.args) if isinstance(only, And) else [only]
    return [make(Or, None, tuple(spoken))] if spoken else [FALSE]


class _Undefined(Exception):
    """A condition has no truth value between two borders: its sides are not defined there."""


def _holds_at(program: Program, x: float) -> bool:
    # On a border a side may be undefined (1/x > 0 at 0): it does not hold there.
    return all(verdict is True for verdict in program.run([x]))


def _middles(values: list[float]) -> list[float]:
    return [values[0] - 1, *[(a + b) / 2 for a, b in pairwise(values)], values[-1] + 1]


def _stretches(between: list[bool], at: list[bool]) -> list[tuple[int, int]]:
    """Runs of neighbouring open intervals joined through borders that belong: (first, last) interval numbers."""
    found: list[tuple[int, int]] = []
    for i, inside in enumerate(between):
        if not inside:
            continue
        if found and found[-1][1] == i - 1 and at[i - 1]:
            found[-1] = (found[-1][0], i)
        else:
            found.append((i, i))
    return found


def _interval(
    symbol: Symbol, borders: list[Border], first: int, last: int, between: list[bool], at: list[bool]
) -> Expr:
    parts: list[Expr] = []
    if first > 0:
        parts.append(_relation(">=" if at[first - 1] else ">", symbol, borders[first - 1]))
    if last < len(borders):
        parts.append(_relation("<=" if at[last] else "<", symbol, borders[last]))
    return parts[0] if len(parts) == 1 else make(And, None, tuple(parts))


def _relation(sign: str, symbol: Symbol, border: Border) -> Expr:
    return make(Relation, sign, (symbol, exact(border)))
