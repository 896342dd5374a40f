"""The stable rewritings as rows: both sides equal wherever the row says, the right one nearer to the truth in float64."""

from __future__ import annotations

import math

import mpmath
import pytest

import calcml as cm
from calcml.binding import free_symbols
from calcml.evaluation import Program
from calcml.precise import PreciseProgram
from calcml.sampling import Stream
from calcml.stable import stabilise
from calcml.stable.rewriting import Rewriting
from calcml.stable.rules import COMPLEMENTS, COMPOSITIONS, OPPOSITES, PRODUCTS, ROWS, StableRule

NAMES = ["u", "v", "w", "a", "b", "y", "n"]
SIZES = [1e-12, 1e-6, 1e-3, 0.1, 0.5, 1.0, 2.0, 7.0, 20.0, 45.0, 150.0, 300.0]
POINTS = 100
DIGITS = 700  # tanh(300) differs from 1 in digit 260
SLOW = {"gamma", "factorial", "lgamma", "normal_cdf", "log_normal_cdf", "normal_hazard", "erf", "erfc", "erfcx"}
FEW_POINTS = 24


def sides(row: StableRule) -> tuple[cm.Expr, cm.Expr]:
    left, right = (cm.parse(side, symbols=[cm.Symbol(name) for name in NAMES]) for side in row.sides)
    return left, right


def count_of(row: StableRule) -> int:
    return FEW_POINTS if any(name in row.statement for name in SLOW) else POINTS


def points(symbols: list[cm.Symbol], seed: int, count: int) -> list[dict[cm.Symbol, float]]:
    stream = Stream(seed)
    found = []
    for _ in range(count):
        values = [SIZES[int(stream.next() * len(SIZES))] * (0.5 + stream.next()) for _ in symbols]
        signs = [1 if stream.next() < 0.6 else -1 for _ in symbols]
        found.append({s: sign * value for s, sign, value in zip(symbols, signs, values, strict=True)})
    return found


def where_holds(row: StableRule, at: dict[cm.Symbol, float]) -> bool:
    condition = cm.parse(row.where) if row.where else None
    return condition is None or PreciseProgram(condition).run({s: mpmath.mpf(v) for s, v in at.items()}) is True


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_both_sides_are_equal_wherever_the_row_says(row: StableRule) -> None:
    left, right = sides(row)
    symbols = sorted(free_symbols(left, right), key=lambda symbol: symbol.data)
    programs = [PreciseProgram(left), PreciseProgram(right)]
    compared = 0
    with mpmath.workdps(DIGITS):
        for at in points(symbols, 3, count_of(row)):
            if not where_holds(row, at):
                continue
            exact = {symbol: mpmath.mpf(value) for symbol, value in at.items()}
            ours, theirs = (program.run(exact) for program in programs)
            if ours is None or theirs is None:  # a wider domain is for whoever keeps the conditions
                continue
            compared += 1
            assert abs(ours - theirs) <= mpmath.mpf(10) ** -40 * max(abs(ours), abs(theirs)) + mpmath.mpf(10) ** -400, (
                at
            )
    assert compared >= 8, "the statement has hardly a point where both sides are defined"


def worst_error(
    expr: cm.Expr, symbols: list[cm.Symbol], truths: list[tuple[dict[cm.Symbol, float], mpmath.mpf]]
) -> float:
    """The largest relative error of float64 over the points; nan and infinities count as 1e9."""
    program, worst = Program([expr], symbols), 0.0
    for at, true in truths:
        (value,) = program.run([at[symbol] for symbol in symbols])
        if not isinstance(value, float) or not math.isfinite(value):
            worst = max(worst, 1e9)
        elif true:
            worst = max(worst, float(abs(mpmath.mpf(value) - true) / abs(true)))
    return worst


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_right_side_is_no_worse_in_float64(row: StableRule) -> None:
    """Certified by sampling: a rewriting that loses digits against what it replaces is none."""
    left, right = sides(row)
    symbols = sorted(free_symbols(left, right), key=lambda symbol: symbol.data)
    program = PreciseProgram(right)
    truths = []
    with mpmath.workdps(DIGITS):
        for at in points(symbols, 4, count_of(row)):
            if where_holds(row, at):
                true = program.run({symbol: mpmath.mpf(value) for symbol, value in at.items()})
                both_defined = PreciseProgram(left).run({s: mpmath.mpf(v) for s, v in at.items()}) is not None
                if true is not None and both_defined and 1e-290 < abs(true) < 1e290:
                    truths.append((at, +true))
        before, after = worst_error(left, symbols, truths), worst_error(right, symbols, truths)
    assert len(truths) >= 6
    # a few units of the last place, magnified by arguments up to 1000
    assert after <= max(before, 1e-12), (before, after)


def test_names_are_unique() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("row", [*COMPLEMENTS, *OPPOSITES, *COMPOSITIONS, *PRODUCTS], ids=lambda row: row.name)
def test_a_row_is_used(row: StableRule) -> None:
    """The left side is rewritten to the right one (as far as that is stable itself)."""
    left, right = sides(row)
    rewriting = Rewriting()
    views = rewriting.views
    found = rewriting.run(left)
    assert found is not left, "nothing was rewritten"
    wanted = rewriting.run(right)
    same = {t.key: t.coefficient for t in views.sum(found)} == {t.key: t.coefficient for t in views.sum(wanted)}
    assert found is wanted or same, (found, wanted)


@pytest.mark.parametrize("row", [*COMPLEMENTS, *OPPOSITES], ids=lambda row: row.name)
def test_a_common_factor_does_not_hide_a_pair(row: StableRule) -> None:
    left, right = row.sides
    f = cm.parse(f"3*w*({left})/b")
    opened = stabilise(cm.expand(f)) if row.name != "one-minus-unit-squared" else stabilise(f)
    with mpmath.workdps(60):
        at = {cm.Symbol(n): mpmath.mpf(v) for n, v in {"w": 1.25, "b": 3.5, "u": 0.75, "v": 1.5}.items()}
        true = PreciseProgram(cm.parse(f"3*w*({right})/b")).run(at)
        assert abs(PreciseProgram(opened).run(at) - true) < 1e-12 * abs(true)
