"""The rules of algebra as rows: a row whose two sides differ anywhere in its stated domain fails here, whoever adds it."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

import calcml as cm
from calcml.algebra.read import terms_of
from calcml.algebra.rules import ALGEBRA_RULES, COMPOSITIONS, QUOTIENTS, SQUARES, AlgebraRule
from calcml.binding import free_symbols
from calcml.precise import PreciseProgram
from calcml.sampling import Stream
from calcml.simplification import readable_moves

NAMES = ["u", "v", "w", "z", "a", "b", "m", "n", "p"]
EDGES = [0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0]
SIZES = [1e-6, 1e-3, 0.1, 0.9, 1.0, 2.0, 7.0, 40.0, 200.0, 1e3]
DIGITS = (60, 1000)  # cosh(1000)^2 - sinh(1000)^2 loses 868 of them
POINTS = 200


def points(count: int, seed: int) -> list[list[float]]:
    """Log-uniform in size and of both signs, and combinations of the edges."""
    stream = Stream(seed)
    found = []
    for i in range(POINTS):
        pick = [stream.next() for _ in range(2 * count)]
        if i % 2:
            found.append([EDGES[int(u * len(EDGES))] for u in pick[:count]])
        else:
            sizes = [SIZES[int(u * len(SIZES))] for u in pick[:count]]
            found.append([size * (2 * u - 1) for size, u in zip(sizes, pick[count:], strict=True)])
    return found


@pytest.mark.parametrize("rule", ALGEBRA_RULES, ids=lambda rule: rule.name)
def test_both_sides_are_equal_wherever_the_row_says(rule: AlgebraRule) -> None:
    import mpmath

    left, right = (cm.parse(side, symbols=[cm.Symbol(name) for name in NAMES]) for side in rule.sides)
    where = cm.parse(rule.where) if rule.where else None
    symbols = sorted(free_symbols(left, right), key=lambda symbol: symbol.data)
    compared = 0
    programs = [PreciseProgram(side) for side in (left, right)]
    condition = PreciseProgram(where) if where is not None else None
    for values in points(len(symbols), seed=11):
        for digits in DIGITS:
            with mpmath.workdps(digits):
                at = {symbol: mpmath.mpf(value) for symbol, value in zip(symbols, values, strict=True)}
                if condition is not None and condition.run(at) is not True:
                    break
                ours, theirs = (program.run(at) for program in programs)
                if ours is None or theirs is None:  # a wider domain is for whoever keeps the conditions
                    break
                equal = abs(ours - theirs) <= mpmath.mpf(10) ** -35 * max(1, abs(ours))
            if equal:
                compared += 1
                break
        else:
            pytest.fail(f"{rule.statement} at {at}: {ours} and {theirs}")
    assert compared >= 15, "the statement has hardly a point where both sides are defined"


def test_names_are_unique() -> None:
    names = [rule.name for rule in ALGEBRA_RULES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("rule", COMPOSITIONS.values(), ids=lambda rule: rule.name)
def test_a_function_of_a_function_is_read_by_its_row(rule: AlgebraRule) -> None:
    left, right = (cm.parse(side) for side in rule.sides)
    assert terms_of(left) == terms_of(right)


@pytest.mark.parametrize("rule", [*SQUARES.values(), *QUOTIENTS.values()], ids=lambda rule: rule.name)
def test_an_identity_is_used_and_named(rule: AlgebraRule) -> None:
    left, right = (cm.parse(side) for side in rule.sides)
    moves = readable_moves(left)
    assert moves[-1].after is right
    assert any(move.rule is rule for move in moves)


@pytest.mark.parametrize("typed", ["x*e^x", "ln(x)/x", "(x^2+1)/(x-1)", "sin(x)/cos(x)", "x*sqrt(1-x)", "tanh(x)*x"])
def test_moves_lead_from_one_line_to_the_next(typed: str) -> None:
    x = cm.symbols("x")
    raw = cm.differentiate(cm.parse(typed), x)
    moves = readable_moves(raw)
    assert moves[0].before is raw
    assert all(a.after is b.before for a, b in pairwise(moves))
    assert moves[-1].after is cm.diff(cm.parse(typed), x)
    for move in moves:
        for value in (0.3, 0.7, 1.3 if typed != "x*sqrt(1-x)" else 0.9):
            sides = [cm.evaluate(side, {x: value}) for side in (move.before, move.after)]
            assert math.isclose(*map(float, sides), rel_tol=1e-12)
