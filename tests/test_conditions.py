"""The algebra of conditions keeps what they say: settled, joined and combined conditions hold where the given ones do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product

import pytest

from calcml.conditions import combined, either, settle
from calcml.evaluation import Program
from calcml.expr import And, Expr, Or, Relation, make, rational, symbols

X, Y = symbols("x y")
SIDES = (
    (X, rational(0)),
    (rational(0), X),
    (3 * X, rational(3)),
    (X**4, rational(0)),
    (X, Y),
    (Y, X),
    (Y, rational(1)),
)
RELATIONS = [make(Relation, sign, sides) for sides in SIDES for sign in ("<", "<=", ">", ">=", "=", "!=")]
PLACES = list(product((-2.0, 0.0, 0.5, 1.0, 3.0), repeat=2))


def compound(draw: random.Random, depth: int) -> Expr:
    """A random condition: relations under `and` and `or`."""
    if not depth or draw.random() < 0.3:
        return draw.choice(RELATIONS)
    parts = tuple(compound(draw, depth - 1) for _ in range(draw.randint(2, 3)))
    return make(draw.choice((And, Or)), None, parts)


def truth(conditions: list[Expr]) -> Iterator[bool]:
    """Whether all of them hold, at each of the places."""
    program = Program(conditions, [X, Y])
    for place in PLACES:
        yield all(value is True for value in program.run(place))


@pytest.mark.parametrize("seed", range(300))
def test_conditions_say_what_they_said(seed: int) -> None:
    draw = random.Random(seed)
    a, b = compound(draw, 2), compound(draw, 2)
    assert list(truth([settle(a)])) == list(truth([a]))
    assert list(truth(list(combined([a, b])))) == list(truth([a, b]))
    assert list(truth([either(a, b)])) == list(truth([make(Or, None, (a, b))]))
