"""Conditions on several symbols, read as half-spaces: linear in the products that occur in them.

x - y > 0 and y - x > 0 exclude each other, whatever x and y are: their sum says 0 > 0. Each product of symbols and
function values (x, x*y, x^2) counts as an unknown of its own, of which at most the sign is known, and unknowns are
eliminated one by one (Fourier and Motzkin). What is found to exclude each other does so; not everything is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

from calcml.algebra.read import terms_of
from calcml.algebra.terms import UNIT, Coefficient, Mono, Terms
from calcml.algebra.write import canonical
from calcml.build import sub
from calcml.conditions import opposite
from calcml.expr import ZERO, Add, And, Div, Expr, Mul, Neg, Number, Or, Pow, Relation, Sub, Symbol, ratio_of
from calcml.signs import Known, is_nonnegative, is_positive, known_from
from calcml.traverse import topological, tree_size

MAX_CONDITIONS = 12
MAX_SIZE = 60  # nodes of a condition that is read
MAX_CASES = 16  # of alternatives: `x > 0 or y != 0` makes two
MAX_ROWS = 120  # during the elimination


class Row(NamedTuple):
    """A sum of unknowns that is positive (strict), or not negative. The number in it stands at UNIT."""

    terms: Terms
    strict: bool


def exclude_each_other(conditions: Iterable[Expr], known: Known | None = None) -> bool:
    """Whether conditions evidently never hold together.

    >>> from calcml.reading import parse
    >>> exclude_each_other([parse("x - y > 0"), parse("y - z >= 1"), parse("z > x")])
    True
    """
    short = [part for part in conditions if tree_size(part) <= MAX_SIZE]
    if not 0 < len(short) <= MAX_CONDITIONS or prod(len(_alternatives(part)) for part in short) > MAX_CASES:
        return False
    return all(_never(parts, known) for parts in product(*map(_alternatives, short)))


def _alternatives(condition: Expr) -> tuple[Expr, ...]:
    return condition.args if isinstance(condition, Or) else (condition,)


def _never(conditions: Iterable[Expr], known: Known | None) -> bool:
    parts = [part for whole in conditions for part in (whole.args if isinstance(whole, And) else (whole,))]
    relations = [part for part in parts if isinstance(part, Relation)]
    rows = [row for part in relations for row in _rows(part)]
    return _is_impossible([*rows, *_signs(rows, relations, known)])


def follows(condition: Expr, facts: Sequence[Expr], known: Known | None = None) -> bool:
    """Whether a condition between polynomials evidently holds where the facts do: x != y where x - y > 0.

    Of other expressions more is asked than the condition says: x/x + y > 0 needs a value of x/x.
    """
    if not isinstance(condition, Relation) or not all(map(_is_polynomial, topological(*condition.args))):
        return False
    return exclude_each_other([opposite(condition), *facts], known)


def _is_polynomial(node: Expr) -> bool:
    if type(node) is Pow:
        exponent = ratio_of(node.args[1])
        return exponent is not None and exponent[1] == 1 and exponent[0] >= 0
    if type(node) is Div:
        return ratio_of(node.args[1]) not in (None, (0, 1))
    return type(node) in (Add, Sub, Mul, Neg, Number, Symbol)


def _rows(relation: Relation) -> list[Row]:
    sign = relation.data
    if sign == "!=":
        return []
    terms = terms_of(sub(*relation.args))
    above, below = Row(terms, sign == ">"), Row({mono: -number for mono, number in terms.items()}, sign == "<")
    return [above, below] if sign == "=" else [above] if sign in (">", ">=") else [below]


def _signs(rows: Sequence[Row], conditions: Sequence[Relation], known: Known | None) -> list[Row]:
    """What is known of the unknowns one by one: x^2 >= 0, and > 0 beside x != 0; x*y = 0 beside x = 0."""
    within = {**(known or {}), **known_from(list(conditions))}
    nonzero = {part.args[0] for part in conditions if part.data == "!=" and part.args[1] is ZERO}
    zero = {part.args[0] for part in conditions if part.data == "=" and part.args[1] is ZERO}
    found = []
    for mono in dict.fromkeys(mono for row in rows for mono in row.terms if mono != UNIT):
        unknown = canonical({mono: 1})
        if any(base in zero for base, _ in mono):
            found += [Row({mono: 1}, False), Row({mono: -1}, False)]
        elif is_positive(unknown, within) or all(_is_even(n) and base in nonzero for base, n in mono):
            found.append(Row({mono: 1}, True))
        elif is_nonnegative(unknown, within):
            found.append(Row({mono: 1}, False))
    return found


def _is_even(exponent: object) -> bool:
    return isinstance(exponent, int) and exponent % 2 == 0


def _is_impossible(rows: list[Row]) -> bool:
    """Whether no values of the unknowns satisfy all rows; False too where that would take too long."""
    rows = _distinct(rows)
    while True:
        if any(_is_false(row) for row in rows):
            return True
        unknowns = {mono: None for row in rows for mono in row.terms if mono != UNIT}
        if not unknowns:
            return False
        counts = {mono: _pairs(rows, mono) for mono in unknowns}
        mono = min(counts, key=counts.__getitem__)
        if counts[mono] > MAX_ROWS:
            return False
        rows = _eliminated(rows, mono)
        if len(rows) > MAX_ROWS:
            return False


def _is_false(row: Row) -> bool:
    if row.terms.keys() - {UNIT}:
        return False
    number = row.terms.get(UNIT, 0)
    return bool(number < 0 or (row.strict and number == 0))


def _pairs(rows: Sequence[Row], mono: Mono) -> int:
    signs = [row.terms[mono] > 0 for row in rows if mono in row.terms]
    return sum(signs) * (len(signs) - sum(signs))


def _eliminated(rows: Sequence[Row], mono: Mono) -> list[Row]:
    """The rows without an unknown: each that bounds it from below joined to each that bounds it from above."""
    above = [row for row in rows if row.terms.get(mono, 0) > 0]
    below = [row for row in rows if row.terms.get(mono, 0) < 0]
    joined = [row for row in rows if mono not in row.terms]
    for low in above:
        for high in below:
            terms = _scaled_sum(low.terms, -high.terms[mono], high.terms, low.terms[mono])
            joined.append(Row(terms, low.strict or high.strict))
    return _distinct(joined)


def _scaled_sum(a: Terms, p: Coefficient, b: Terms, q: Coefficient) -> Terms:
    total = {mono: p * a.get(mono, 0) + q * b.get(mono, 0) for mono in (*a, *b)}
    return {mono: number for mono, number in total.items() if number}


def _distinct(rows: Iterable[Row]) -> list[Row]:
    """The rows, each once; without those that say nothing."""
    found: dict[tuple[frozenset[tuple[Mono, Coefficient]], bool], Row] = {}
    for row in rows:
        if row.terms or row.strict:
            found.setdefault((frozenset(row.terms.items()), row.strict), row)
    return list(found.values())
