"""The rules of algebra as rows: a row whose two sides differ anywhere in its stated domain fails here, whoever adds it."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

import calcml as cm
from calcml.algebra.rules import ALGEBRA_RULES, QUOTIENTS, SQUARES, AlgebraRule
from calcml.simplification import readable_moves


def test_names_are_unique() -> None:
    names = [rule.name for rule in ALGEBRA_RULES]
    assert len(names) == len(set(names))


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
