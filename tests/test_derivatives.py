"""The table of derivatives: what is typed, what it is by, and the answer, each from a source and confirmed by two
oracles (tests/tables/confirm_derivatives.py)."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import pytest

import calcml as cm
from calcml.evaluation import Program
from calcml.sampling import points

TABLES = Path(__file__).parent / "tables"
CASES = tomllib.loads((TABLES / "derivatives.toml").read_text(encoding="utf-8"))["case"]


def test_there_are_enough_cases_and_each_has_a_source() -> None:
    assert len(CASES) >= 200
    assert all(case["source"].strip() for case in CASES)


def close(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1e-12) or a == b


@pytest.mark.parametrize("case", CASES, ids=[f"{i}: {case['typed'][:40]}" for i, case in enumerate(CASES)])
def test_derivative(case: dict[str, object]) -> None:
    """The derivative has the answer's values, at points of the domain of the answer; and it is fully checked."""
    typed = cm.parse(str(case["typed"]))
    assert typed is cm.parse(str(case["plain"])) or same_values(
        typed, cm.parse(str(case["plain"])), str(case.get("where", ""))
    )
    x = cm.Symbol(str(case["by"]))
    derivation = cm.derive(typed, x, int(case.get("order", 1)))  # type: ignore[call-overload]
    assert derivation.verify().holds, derivation.verify()
    assert same_values(derivation.result, cm.parse(str(case["answer"])), str(case.get("where", "")))


def same_values(a: cm.Expr, b: cm.Expr, where: str) -> bool:
    conditions = [cm.parse(where)] if where else []
    variables = sorted(cm.free_symbols(a, b, *conditions), key=lambda symbol: symbol.name)
    program = Program([a, b, *conditions], variables)
    seen = 0
    for tries, point in enumerate(points(variables, [*conditions, *cm.domain(b)])):
        left, right, *holds = program.run(point)
        if all(holds) and not math.isnan(right) and math.isfinite(right):
            if not close(left, right):
                print(point, left, right)
                return False
            seen += 1
        if seen >= 8 or tries > 500:
            break
    return seen >= 2


def test_gradient_of_a_sum_with_an_index() -> None:
    """The reverse sweep stays inside the sum, where its index has a value."""
    x, y = cm.symbols("x y")
    f = cm.parse("sum(x*i + y^i + sum(x^j*i, j, 1, i), i, 1, 3)*x")
    for variable, slope in zip((x, y), cm.differentiate_all(f, [x, y]), strict=True):
        assert slope.free_symbols <= {x, y}
        at = {x: cm.rational(1, 2), y: cm.rational(3, 4)}
        wanted = cm.evaluate(cm.differentiate(f, variable), at)
        assert float(cm.evaluate(slope, at)) == pytest.approx(float(wanted))
