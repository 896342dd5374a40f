"""Conditions on one symbol as what they say of the number line.

Between its borders a condition does not change, so where all borders are known exactly (zeros of linear factors), the
conditions are tried at every border and between every two, and said again in the fewest words: p/(1 - p) > 0 is p > 0
and p < 1; x < 1 or x > 1 is x != 1. This is the quick reading for every derivative, with rational borders alone;
`calcml.regions.inequalities` solves more.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt, prod
from typing import Any

from calcml.algebra.read import as_factor, terms_of
from calcml.algebra.terms import UNIT, Coefficient, Terms, quotient
from calcml.binding import free_symbols
from calcml.build import sub
from calcml.evaluation import RELATION_TESTS, Program
from calcml.expr import FALSE, Add, And, Call, Div, Expr, Mul, Neg, Not, Number, Or, Pow, Relation, Sub, Symbol, make
from calcml.regions.reals import Border
from calcml.regions.region import Region, conditions_of, samples
from calcml.traverse import topological

MAX_BORDERS = 40
MAX_FLOAT = 10**6  # a larger number and its neighbours are not told apart well enough by floats


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
    return sorted(found) if len(found) <= MAX_BORDERS else None


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
    inside: list[bool] = []
    for x in samples(borders):
        verdicts = _verdicts(x, symbol, conditions)
        if verdicts is None or not all(isinstance(verdict, bool) for verdict in verdicts):
            return None  # a side is not defined between two borders
        inside.append(all(verdicts))
    at: list[bool] = []
    for x in borders:
        verdicts = _verdicts(x, symbol, conditions)
        if verdicts is None:
            return None
        # On a border a side may be undefined (1/x > 0 at 0): it does not hold there.
        at.append(all(verdict is True for verdict in verdicts))
    return conditions_of(Region(borders, at, inside), symbol)


def _verdicts(x: Border, symbol: Symbol, conditions: list[Expr]) -> list[Any] | None:
    """Whether each condition holds at a number: exactly where arithmetic is enough, else by floats; or None."""
    values: dict[Expr, Any] = {symbol: x}
    for node in topological(*conditions):
        if node not in values:
            values[node] = _exactly(node, [values[arg] for arg in node.args])
    verdicts = [values[condition] for condition in conditions]
    if None not in verdicts:
        return verdicts
    return Program(conditions, [symbol]).run([float(x)]) if abs(x) < MAX_FLOAT else None


def _exactly(node: Expr, args: list[Any]) -> Any:
    """The value of a node at a number, in exact arithmetic: in floats, 49·(1/49) is less than 1. None: not known."""
    head = type(node)
    if head is Number:
        return quotient(*node.ratio)  # type: ignore[attr-defined]
    if any(arg is None for arg in args) or not args:
        return None
    if head is Relation:
        return RELATION_TESTS[node.data](*args)
    if head is And or head is Or:
        return all(args) if head is And else any(args)
    if head is Not:
        return not args[0]
    if head is Add:
        return sum(args)
    if head is Neg:
        return -args[0]
    if head is Sub:
        return args[0] - args[1]
    if head is Mul:
        return prod(args)
    if head is Div:
        return quotient(args[0], args[1]) if args[1] else None
    if head is Pow and isinstance(args[1], int) and 0 <= args[1] <= MAX_BORDERS:
        return args[0] ** args[1]
    if head is Call and node.data == "abs":
        return abs(args[0])
    return None
