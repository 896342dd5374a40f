"""The algebra of conditions keeps what they say: settled, joined and combined conditions hold where the given ones do."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from itertools import product

import pytest

from calcml.conditions import combined, either, settle
from calcml.evaluation import Program
from calcml.expr import FALSE, And, Expr, Or, Relation, make, rational, symbols
from calcml.halfspaces import exclude_each_other, follows
from calcml.reading import parse

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


# ---- conditions on several symbols, added up ---------------------------------------------------------------------------

LINEAR = ["x - y", "y - x", "x + y - 1", "2x - 3y", "x*y", "x*y - 1", "1 - x*y", "x^2 + y^2", "x^2 - y", "y - x^2 - 1", "x", "y", "x - 2y + z", "z - x", "-x^2 - 3"]  # fmt: skip
GRID = list(product((-2.0, -1.0, 0.0, 0.5, 1.0, 3.0), repeat=3))


def _random_condition(rng: random.Random) -> Expr:
    signs = ("<", "<=", ">", ">=", "=", "!=")
    relations = [parse(f"{rng.choice(LINEAR)} {rng.choice(signs)} 0") for _ in range(2)]
    return make(Or, None, tuple(relations)) if rng.random() < 0.2 else relations[0]


def test_added_up_conditions_say_what_they_said() -> None:
    rng = random.Random(11)
    excluded = shorter = 0
    count = 2000 if os.environ.get("CALCML_SOAK") else 100
    for _ in range(count):
        conditions = [_random_condition(rng) for _ in range(rng.randint(2, 4))]
        found = combined(conditions)
        before, after = Program(conditions, symbols("x y z")), Program(list(found), symbols("x y z"))
        for point in GRID:
            held = all(value is True for value in before.run(list(point)))
            assert all(value is True for value in after.run(list(point))) == held, (conditions, found, point)
        excluded += found == (FALSE,)
        shorter += len(found) < len(conditions)
    assert excluded > 0.15 * count and shorter > 0.4 * count


EXCLUDED = [  # found to exclude each other
    ["u - v > 0", "v - w >= 0", "w - u > 0"], ["2u - 4v > 1", "2v - u > 0"], ["u*v > 3", "2*u*v < 5"], ["-u^2 - v^4 > 0"],
    ["u > 0", "v > 0", "u + v < 0"], ["u^2 + v^2 = 0", "u != 0"], ["u*v = 1", "u = 0"], ["exp(u) - v > 0", "v - exp(u) >= 0"],
    ["u < v or v < w", "u - w >= 0", "u >= v", "v >= w"], ["u*v > 0", "u = 0"],
]  # fmt: skip
HOLDING = [["u - v > 0", "v - w > 0", "u - w < 3"], ["u*v > 3", "u + v < 0"], ["u^2 + v^2 = 0", "u >= 0"], ["u != v"]]


def test_conditions_that_exclude_each_other() -> None:
    for texts in EXCLUDED:
        assert combined(map(parse, texts)) == (FALSE,), texts
    for texts in HOLDING:
        assert not exclude_each_other(map(parse, texts)), texts


FOLLOWING = [  # what follows, the facts
    ("s != t", ["s - t > 0"]), ("s^2 + t^2 != 0", ["t != 0"]), ("s^2 + t^4 > 0", ["s > 0 or t != 0"]), ("s != 0", ["s*t > 0"]),
    ("s + t > 0", ["s >= 0", "t > 0"]), ("3s - 3t >= 0", ["2s - 2t > 0"]), ("s - r > 0", ["s - t > 0", "t - r >= 0"]),
]  # fmt: skip
NOT_FOLLOWING = [
    ("s != t", ["s - t >= 0"]), ("s^2 - t^2 != 0", ["t != 0"]), ("s + t > 0", ["s >= 0", "t >= 0"]), ("s > 0", ["s*t > 0"]),
    ("s/s + t > 0", ["t > 0"]), ("ln(s) - ln(s) + t > 0", ["t > 0"]), ("s^2 + t^2 > 0", ["s > 0 or t >= 0"]),
]  # fmt: skip


def test_what_follows_from_conditions() -> None:
    for text, facts in FOLLOWING:
        assert follows(parse(text), list(map(parse, facts))), (text, facts)
    for text, facts in NOT_FOLLOWING:
        assert not follows(parse(text), list(map(parse, facts))), (text, facts)


def test_many_conditions_are_left_in_time() -> None:
    parts = [parse(f"x{i} - x{j} > 0") for i in range(12) for j in range(12) if i != j]
    assert len(combined(parts)) >= 1
    assert not exclude_each_other([parse(f"x{i}*x{j} - x{j}*x{k} + x{i} > {i}") for i in range(3) for j in range(2) for k in range(2)][:12])  # fmt: skip
