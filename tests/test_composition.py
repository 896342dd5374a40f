"""Convexity by composition: what is proved holds between any two points, whatever the expression."""

from __future__ import annotations

import random

import pytest

import calcml as cm
from calcml.critical.composition import CURVES, bend_by_composition
from calcml.evaluation import Program
from calcml.expr import Expr

X = cm.symbols("x y z")
x, y, z = X


@pytest.mark.parametrize(
    ("text", "bend"),
    [
        ("abs(x) + abs(y)", "convex"),
        ("softplus(x - 2*y) + softplus(y + z) + x^2", "convex"),
        ("(x^2 + y^2)^2 + exp(x - y)", "convex"),
        ("-log(1 - x^2 - y^2)", "convex"),
        ("max(x, y^2, 3) - sqrt(z)", "convex"),
        ("log(min(x, y)) - hypot(x, z)", "concave"),
        ("exp(-log(x))", "convex"),
        ("1/(1 + exp(x))", "unknown"),
        ("1/(3 + x^2)", "unknown"),
        ("2*x - y/3", "both"),
        ("x*y", "unknown"),
        ("exp(-x^2)", "unknown"),
        ("sqrt(x^2 + 1)", "unknown"),  # convex, and no rule says so
        ("x^3", "unknown"),
        ("(1 + exp(x))^3", "convex"),
        ("(exp(x) + 1)^(-2)", "unknown"),
        ("-2*abs(x - y)", "concave"),
        ("a*x^2", "unknown"),
    ],
)
def test_verdicts(text: str, bend: str) -> None:
    assert bend_by_composition(cm.parse(text), X)[0] == bend


def random_expression(rng: random.Random, size: int) -> Expr:
    if size <= 1:
        return rng.choice([*X, cm.as_expr(rng.choice([1, 2, -1, 3]))])
    kind = rng.randrange(6)
    if kind == 0:
        return cm.Call(
            rng.choice(sorted(CURVES.keys() - {"hypot", "max", "min", "logsumexp"})), random_expression(rng, size - 1)
        )
    left, right = random_expression(rng, size // 2), random_expression(rng, size - size // 2)
    if kind == 1:
        return left + right
    if kind == 2:
        return left - right
    if kind == 3:
        return cm.Call(rng.choice(["hypot", "max", "min", "logsumexp"]), left, right)
    if kind == 4:
        return cm.as_expr(rng.choice([2, -1, 3])) * left
    return left ** rng.choice([2, 3, 4, -1, -2]) if rng.random() < 0.7 else left / cm.as_expr(rng.choice([2, -3]))


def test_what_is_proved_holds_between_any_two_points() -> None:
    rng = random.Random(7)
    proved = 0
    for _ in range(400):
        f = random_expression(rng, rng.randrange(2, 9))
        bend, _ = bend_by_composition(f, X)
        if bend not in ("convex", "concave", "both"):
            continue
        program = Program([f], X)
        for _ in range(6):
            a, b = ([rng.uniform(-3, 3) for _ in X] for _ in range(2))
            (left,), (right,), (middle,) = (
                program.run(point) for point in (a, b, [(p + q) / 2 for p, q in zip(a, b, strict=True)])
            )
            if not (abs(left) < 1e100 and abs(right) < 1e100):
                continue
            gap = (left + right) / 2 - middle
            slack = 1e-9 * (abs(left) + abs(right) + 1)
            assert middle == middle, f"{f!r}: its domain is not convex between {a} and {b}"
            assert bend == "concave" or gap >= -slack, f"{f!r} is not convex between {a} and {b}"
            assert bend == "convex" or gap <= slack, f"{f!r} is not concave between {a} and {b}"
            proved += 1
    assert proved > 100
