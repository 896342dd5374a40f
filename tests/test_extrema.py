"""Extrema and shapes: a table confirmed by two oracles (tests/tables/confirm_extrema.py), properties (shifts, signs, moves of
the variable), limits at the ends, numeric points that are proved, and what is not known said."""

from __future__ import annotations

import tomllib
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import calcml as cm
from calcml.algebra.fractions import is_zero
from calcml.critical.circular import as_product
from calcml.critical.curve import curve
from calcml.critical.definiteness import definiteness, inertia
from calcml.critical.enclosures import Enclosure
from calcml.critical.ends import End, limit
from calcml.critical.systems import solve
from calcml.critical.verdicts import bend, largest, smallest
from calcml.critical.zeros import zeros
from calcml.evaluation import Program
from calcml.expr import TRUE, Expr, as_expr
from calcml.regions.reals import real
from calcml.regions.region import REALS, compared
from calcml.regions.sides import LEFT, RIGHT

TABLE = tomllib.loads((Path(__file__).parent / "tables" / "extrema.toml").read_text(encoding="utf-8"))
x, y = cm.symbols("x y")


def ends(text: str) -> tuple[Expr, Expr] | None:
    return None if not text else (cm.parse(text.split()[0]), cm.parse(text.split()[1]))


def close(a: Expr, b: Expr) -> bool:
    return is_zero(a - b) is True or abs(float(cm.evaluate(a - b, {}, 40))) < 1e-30


@pytest.mark.parametrize("case", TABLE["case"], ids=lambda case: f"{case['plain']} {case['on']}".strip())
def test_table(case: dict[str, Any]) -> None:
    f = cm.parse(case["plain"])
    found = cm.extrema(f, on=ends(case["on"]))
    wanted = []
    for text in case["points"]:
        at, value, kind = [part.strip() for part in text.split("|")]
        place = {cm.symbols(p.split("=")[0].strip()): cm.parse(p.split("=")[1]) for p in at.split(",")}
        wanted.append((place, cm.parse(value), kind))
    assert len(found) == len(wanted)
    for point in found:
        assert any(
            all(close(point.at[s], value) for s, value in place.items())
            and close(point.value, value_there)
            and point.kind == kind
            for place, value_there, kind in wanted
        ), point
        assert point.error == 0 and point.reason
    if case["smallest"]:
        shape = curve(f, *cm.free_symbols(f), on=_region(case["on"]))
        for said, best in ((case["smallest"], smallest(shape)), (case["largest"], largest(shape))):
            if said == "none":
                assert best.status in ("unbounded", "approached")
            else:
                assert best.status == "attained" and close(best.value, cm.parse(said))
        if case["shape"]:
            assert bend(shape).kind == case["shape"]
    record = cm.steps.extrema(f, on=ends(case["on"]))
    if case["shape"]:
        assert case["shape"] in next(fact.text for fact in record.facts if fact.name == "shape")
    assert record.verify().holds
    assert cm.from_json(record.to_json()).result is record.result


def _region(text: str) -> Any:
    both = ends(text)
    return REALS if both is None else compared(">=", real(both[0])) & compared("<=", real(both[1]))


@pytest.mark.parametrize("case", TABLE["numeric"], ids=lambda case: case["plain"])
def test_numeric_points(case: dict[str, Any]) -> None:
    (point,) = cm.extrema(cm.parse(case["plain"]))
    place = {cm.symbols(p.split("=")[0].strip()): float(p.split("=")[1]) for p in case["at"].split(",")}
    assert 0 < point.error < 1e-13 and point.kind == case["kind"]
    for symbol, value in place.items():
        assert float(cm.evaluate(point.at[symbol])) == pytest.approx(value, abs=1e-14)
    assert cm.steps.extrema(cm.parse(case["plain"])).verify().holds


# ---- properties --------------------------------------------------------------------------------------------------------

CURVES = [
    "x^3 - 3*x",
    "x^4 - 2*x^2",
    "x*exp(-x)",
    "1/(1 + x^2)",
    "exp(x) - 3*x",
    "abs(x)",
    "x + 1/x",
    "sin(x)",
    "ln(x)/x",
    "cbrt(x)^2",
]


def summary(f: Expr) -> list[tuple[float, float, str]]:
    return [(float(cm.evaluate(p.at[x])), float(cm.evaluate(p.value)), p.kind) for p in cm.extrema(f, x)]


@given(st.sampled_from(CURVES[:8]), st.integers(-5, 5), st.integers(-5, 5))
@settings(max_examples=25, deadline=None)
def test_shifted_functions_have_shifted_extrema(typed: str, by: int, up: int) -> None:
    f = cm.parse(typed)
    if "sin" in typed:
        by = 0
    moved = cm.substitute(f, {x: x - by}) + up
    for (at, value, kind), (b, w, other) in zip(summary(f), summary(moved), strict=True):
        assert (at + by, value + up, kind) == (pytest.approx(b), pytest.approx(w), other)


@given(st.sampled_from(CURVES))
@settings(max_examples=10, deadline=None)
def test_minima_of_the_negative_are_maxima(typed: str) -> None:
    swap = {"minimum": "maximum", "maximum": "minimum"}
    f = cm.parse(typed)
    for (at, value, kind), (b, w, other) in zip(summary(f), summary(-f), strict=True):
        assert (at, -value, swap.get(kind, kind)) == (pytest.approx(b), pytest.approx(w), other)


@given(st.lists(st.integers(-6, 6), min_size=3, max_size=6))
@settings(max_examples=30, deadline=None)
def test_polynomials_are_monotone_between_their_critical_points(numbers: list[int]) -> None:
    f = sum((c * x**k for k, c in enumerate(numbers)), as_expr(0))
    if all(c == 0 for c in numbers[1:]):
        return
    shape = curve(f, x)
    assert not shape.missing
    program = Program([f], [x])
    for piece in shape.pieces:
        low = -50.0 if piece.low is None else float(piece.low)
        high = 50.0 if piece.high is None else float(piece.high)
        values = [program.run([low + (high - low) * i / 20])[0] for i in range(21)]
        assert all((b - a) * piece.slope > -1e-6 * max(1.0, abs(a)) for a, b in pairwise(values))
    turns = [turn.place.at for turn in shape.turns]
    slope = cm.differentiate(f, x)
    for at in turns:
        assert (
            abs(float(cm.evaluate(cm.substitute(slope, {x: as_expr(Fraction(float(at)))}))))
            < 1e-6 * (1 + abs(float(at))) ** 5
        )


def test_values_beside_extrema_lie_on_one_side() -> None:
    for typed in CURVES:
        f = cm.parse(typed)
        program = Program([f], [x])
        for at, value, kind in summary(f):
            sign = {"minimum": 1, "maximum": -1}.get(kind)
            for step in (1e-3, -1e-3):
                there = program.run([at + step])[0]
                if sign and there == there:
                    assert sign * (there - value) > 0


CORNERS = [
    "|x| - x^2", "2*|x + 1| - |x - 2|", "sqrt(|x - 1|)", "-cbrt(x + 2)^2", "x^2 - 3*|x| + |x - 2|", "clip(x, 0, 2)",
    "min(x^2, (x - 2)^2)", "cbrt(x^2 - 4)", "x - 3*cbrt(x)", "max(x^3, x)", "leaky_relu(x) - x^2/8", "hardtanh(x)",
]  # fmt: skip


@pytest.mark.parametrize("typed", CORNERS)
def test_intervals_of_convexity_hold_chords_and_cannot_be_longer(typed: str) -> None:
    f = cm.parse(typed)
    program = Program([f], [x])
    shape = curve(f, x)

    def above(low: float, high: float, sign: int) -> bool:
        """Whether every chord of an interval lies on one side of the curve."""
        at = [low + (high - low) * i / 24 for i in range(25)]
        value = [sign * program.run([t])[0] for t in at]
        return all(
            2 * value[j] <= value[j - k] + value[j + k] + 1e-12 for j in range(25) for k in range(min(j, 24 - j))
        )

    for sign in (1, -1):
        stretches = shape.bent(sign)
        for low, high, *_ in stretches:
            left, right = (-8.0 if low is None else float(low)), (8.0 if high is None else float(high))
            assert above(left, right, sign)
            assert low is None or not above(left - 0.5, left + 0.5, sign)
            assert high is None or not above(right - 0.5, right + 0.5, sign)


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-4, 4)), min_size=1, max_size=4), st.integers(-2, 2))
@settings(max_examples=20, deadline=None)
def test_sums_of_corners_bend_as_their_slopes_jump(corners: list[tuple[int, int]], square: int) -> None:
    f = square * x**2 + sum((n * cm.parse(f"abs(x - ({at}))") for n, at in corners), as_expr(0))
    jumps = {at: sum(n for n, other in corners if other == at) for _, at in corners}
    if not cm.free_symbols(cm.simplify(f)):
        return
    shape = curve(cm.simplify(f), x)
    for sign in (1, -1):
        against = sorted(at for at, jump in jumps.items() if jump * sign < 0)
        wanted = [] if square * sign < 0 else list(pairwise([None, *against, None]))
        if square == 0:
            wanted = [
                (low, high)
                for low, high in wanted
                if any(jump and (low is None or at > low) and (high is None or at < high) for at, jump in jumps.items())
            ]
        assert [(low, high) for low, high, *_ in shape.bent(sign)] == wanted


@pytest.mark.parametrize(
    ("typed", "kind", "strict"),
    [
        ("x^2/2 + cos(3*x)", "neither", False), ("3*x^2 - sin(2*x)", "convex", True), ("x^2/2 - cos(x) + x", "convex", True),
        ("cos(x) - x^2/2", "concave", True), ("x^3 + 9*sin(x)", "neither", False), ("exp(x) - 2*sin(x)", "neither", False),
        ("2*x^2 + cos(2*x)", "convex", True),
    ],
)  # fmt: skip
def test_bends_that_repeat_under_a_curve_that_does_not(typed: str, kind: str, strict: bool) -> None:
    found = bend(curve(cm.parse(typed), x))
    assert (found.kind, found.strict) == (kind, strict)
    second = Program([cm.differentiate(cm.differentiate(cm.parse(typed), x), x)], [x])
    signs = {value > 0 for value in (second.run([-9.0 + i / 16])[0] for i in range(288)) if abs(value) > 1e-9}
    assert signs == {"neither": {True, False}, "convex": {True}, "concave": {False}}[kind]


FLATS = [
    "max(2*|x|, 3)", "hinge(x)", "clip(x, -2, 1)", "min(relu(x), 2)*(x - 3)^2", "max(x + 1, 0)*max(2 - x, 0)",
    "|x + 2| + |x - 1|", "{x^2 - 1: x < -1; 0: x <= 2; x - 2: otherwise}", "max(x^3, min(x, 1), -2)", "relu6(3*x)", "sign(x)*x - |x|",
]  # fmt: skip


@pytest.mark.parametrize("on", [None, (-3, 3)], ids=["everywhere", "on an interval"])
@pytest.mark.parametrize("typed", FLATS)
def test_intervals_on_which_f_is_constant_belong_to_what_is_said(typed: str, on: tuple[int, int] | None) -> None:
    f = cm.parse(typed)
    program = Program([f], [x])
    grid = [i / 64 for i in range(-64 * 3, 64 * 3 + 1)]
    value = {t: program.run([t])[0] for t in grid}
    flat = {t for t in grid[1:-1] if value[t - 1 / 64] == value[t] == value[t + 1 / 64]}
    record = cm.steps.extrema(f, x, on=on)
    assert record.verify().holds and cm.from_json(record.to_json()).result is record.result

    def holds(condition: Expr, at: float) -> bool:
        return bool(cm.evaluate(cm.substitute(condition, {x: as_expr(Fraction(at))})))

    found = cm.extrema(f, x, on=on)
    stretches = [point for point in found if point.at[x] is x]
    assert stretches and all(point.kind == "flat" for point in stretches)
    assert flat <= {t for t in grid if any(holds(point.condition, t) for point in stretches)}
    for point in stretches:
        assert {value[t] for t in grid if holds(point.condition, t)} == {float(cm.evaluate(point.value))}
    assert flat <= {t for t in grid if holds(record.result, t)}
    shape = curve(f, x, _region("-3 3" if on else ""))
    for best, of in ((smallest(shape), min), (largest(shape), max)):
        if best.status == "attained":
            assert float(cm.evaluate(best.value)) == of(value.values())
            there = {
                t for t in grid if any((a is None or t >= a) and (b is None or t <= b) for a, b, *_ in best.stretches)
            }
            assert there | {float(p.at) for p in best.places} >= {t for t in grid if value[t] == of(value.values())}
            assert all(value[t] == of(value.values()) for t in there)


def test_a_constant_is_smallest_and_largest_everywhere() -> None:
    (point,) = cm.extrema(cm.parse("sin(x)^2 + cos(x)^2 - 3"), x)
    assert point.at == {x: x} and point.condition is TRUE and str(point.value) == "-2"
    fact = cm.steps.extrema(as_expr(5), x).fact("largest value")
    assert fact is not None and fact.announced(str)[1] == "5 on (-oo, oo)"


WAVES = [
    ("cos(x) - cos(2*x)", "2*pi", 4, True), ("3*cos(x)^2 - 1", "pi", 2, True), ("sin(x)*cos(x)", "pi", 2, True),
    ("sin(x)^4 + cos(x)^4", "pi/2", 2, True), ("2*sin(x) - cos(2*x)", "2*pi", 4, True), ("sin(3*x) + sin(x)", "2*pi", 6, False),
    ("cos(x)^3", "2*pi", 4, True), ("sin(x/2)^2*cos(x)", "2*pi", 4, True), ("sin(x) + cos(3*x)", "2*pi", 6, False),
    ("x/2 + sin(x)*cos(x)", "pi", 2, True), ("1/(2 + sin(2*x))", "pi", 2, True),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "period", "count", "exact"), WAVES)
def test_waves_are_solved_in_their_shortest_period(typed: str, period: str, count: int, exact: bool) -> None:
    f = cm.parse(typed)
    found = cm.extrema(f, x)
    turn = float(cm.evaluate(cm.parse(period)))
    assert {str(point.period[x]) for point in found} == {period} and len(found) == count
    assert not exact or all(point.error == 0 for point in found)
    slope = Program([cm.differentiate(f, x)], [x])
    places = sorted(float(cm.evaluate(point.at[x])) for point in found)
    assert all(abs(slope.run([at])[0]) < 1e-9 for at in places)
    grid = [turn * (i + 0.3) / 997 for i in range(998)]
    changes = [(a, b) for a, b in pairwise(grid) if slope.run([a])[0] * slope.run([b])[0] < 0]
    assert all(any(a <= at + k * turn <= b for at in places for k in (0, 1)) for a, b in changes)
    values = {float(cm.evaluate(point.value)) for point in found}
    here = Program([f], [x])
    assert all(any(abs(here.run([at])[0] - value) < 1e-9 for value in values) for at in places)


def test_places_of_waves_are_said_in_the_fewest_families() -> None:
    for typed, wanted in (
        ("cos(3*x)", "x = k*pi/3"),
        ("sin(x)^2 - 5", "x = k*pi/2"),
        ("cos(x) + cos(x)^2", "x = 2*k*pi or x = 2*pi/3 + 2*k*pi or x = pi + 2*k*pi or x = 4*pi/3 + 2*k*pi"),
    ):
        assert str(cm.steps.extrema(cm.parse(typed)).result) == wanted


@given(st.lists(st.integers(-3, 3), min_size=2, max_size=4), st.lists(st.integers(-3, 3), min_size=2, max_size=4))
@settings(max_examples=25, deadline=None)
def test_a_sum_of_waves_is_0_where_its_product_is(cosines: list[int], sines: list[int]) -> None:
    f = sum((a * cm.parse(f"cos({n + 1}*x)") for n, a in enumerate(cosines)), as_expr(0))
    f = f + sum((b * cm.parse(f"sin({n + 1}*x)") for n, b in enumerate(sines)), as_expr(0))
    product = as_product(f, x)
    if product is not None:
        both = Program([f, product], [x])
        ratios = [a / b for a, b in (both.run([0.1 + 0.37 * i]) for i in range(17)) if abs(b) > 1e-6]
        assert all(ratio == pytest.approx(ratios[0], rel=1e-6) and abs(ratio) > 1e-9 for ratio in ratios)


def test_a_place_that_is_left_out_does_not_hide_the_zeros_beside_it() -> None:
    points = cm.extrema(cm.parse("sin(2*x)/x"), x, on=(-4, 4))
    found = [float(cm.evaluate(point.at[x])) for point in points]
    assert found == pytest.approx([-4, -3.862625918846, -2.246704728954, 2.246704728954, 3.862625918846, 4])
    shape = curve(cm.parse("(exp(2*x) - 1)/x"), x)
    assert not shape.turns and not shape.missing
    assert [(a, b) for a, b, *_ in shape.where(slope=1).stretches()] == [(None, 0), (0, None)]
    shape = curve(
        cm.parse("atan(3*x)/x"), x
    )  # some zeros may be missing far out: 0 still parts the rises from the falls
    assert [(a, b) for a, b, *_ in shape.where(slope=1).stretches()] == [(-100, 0)]
    assert [(a, b) for a, b, *_ in shape.where(slope=-1).stretches()] == [(0, 100)]


@pytest.mark.parametrize(
    ("typed", "on", "says", "hint"),
    [
        ("ceil(x)", None, "infinitely many", "between two jumps"), ("ceil(x)", (0, 3), "jumps at x = 0", "continuous"),
        ("floor(2*x)", (0, 3), "jumps at x = 1/2", "continuous"), ("heaviside(x - 1)", (0, 2), "jumps at x = 1", "continuous"),
        ("cos(1/x)", (-1, 1), "near x = ", "without that place"), ("|cos(x)|", None, "infinitely many", "on an interval"),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_said(typed: str, on: tuple[int, int] | None, says: str, hint: str) -> None:
    with pytest.raises(cm.UndecidedError) as caught:
        cm.extrema(cm.parse(typed), x, on=on)
    assert says in caught.value.message and hint in (caught.value.hint or "")


def test_a_jump_at_an_end_may_belong_to_the_other_side() -> None:
    (first, stretch, last) = cm.extrema(cm.parse("floor(x)"), x, on=(1, Fraction(3, 2)))
    assert str(stretch.value) == "1" and [first.kind, last.kind] == ["flat", "flat"]


def test_reasons_are_written_in_the_notation_that_is_asked_for() -> None:
    record = cm.steps.extrema(cm.parse("x*exp(-x/sqrt(2))"), x)
    assert "√2" in str(record.to_unicode()) and "sqrt(" not in record.to_unicode() and "f'' = -" in record.to_text()
    assert "sqrt(" not in record.to_latex().split("Critical points")[1]
    record = cm.steps.extrema(cm.parse("3*x - cbrt(x)^2"), x)
    assert "from the left ∞, from the right −∞" in record.to_unicode()
    assert r"from the left $\infty$, from the right $-\infty$" in record.to_latex()
    assert cm.from_json(record.to_json()).tables[0].rows[0][3] == str(record.tables[0].rows[0][3])


def test_a_vertical_tangent_is_a_point_of_inflection() -> None:
    for typed, wanted in (
        ("cbrt(x + 3)", [-3]),
        ("x^2 + cbrt(x)", [0]),
        ("cbrt(x)*(x - 4)", [-2, 0]),
        ("cbrt(x)^4", []),
    ):
        shape = curve(cm.parse(typed), x)
        found = [float(place.at) for place in shape.inflections]
        assert [at for at in found if at in wanted] == wanted, typed
        borders = {
            float(b) for low, high, *_ in [*shape.bent(1), *shape.bent(-1)] for b in (low, high) if b is not None
        }
        assert set(found) == borders
    (point,) = cm.extrema(cm.parse("2 - cbrt(x)"), x)
    assert point.kind == "inflection" and "vertical" in point.reason


# ---- the parts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "left", "right"),
    [
        ("x*exp(-x)", "-oo", "0"), ("x^3*exp(-x^2)", "0", "0"), ("ln(1 + exp(x))", "0", "oo"), ("atan(x) - x", "oo", "-oo"),
        ("sqrt(x^2 + 1)", "oo", "oo"), ("x + sin(x)", "-oo", "oo"), ("sin(x)", "None", "None"), ("sin(x)/x", "0", "0"),
        ("exp(x)/x^10", "0", "oo"), ("elu(x)", "-1", "oo"), ("2^x - x^2", "-oo", "oo"), ("(2*x^2 + 1)/(x^2 - x)", "2", "2"),
        ("(1 + 1/x)^x", "e", "e"), ("tanh(x)", "-1", "1"), ("cbrt(x)", "-oo", "oo"), ("silu(x)", "0", "oo"),
    ],
)  # fmt: skip
def test_limits_at_infinity(typed: str, left: str, right: str) -> None:
    f = cm.parse(typed)
    assert [str(limit(f, x, End(None, side))) for side in (LEFT, RIGHT)] == [left, right]


@pytest.mark.parametrize(
    ("typed", "right"),
    [("x*ln(x)", "0"), ("x^x", "1"), ("ln(x) + 1/x", "oo"), ("exp(-1/x)", "0"), ("ln(x)/x", "-oo"), ("sqrt(x)", "0")],
)
def test_limits_at_zero(typed: str, right: str) -> None:
    assert str(limit(cm.parse(typed), x, End(0, RIGHT))) == right


@given(st.sampled_from(["x^3 - 2*x", "exp(-x^2)", "sin(x)*x", "1/(2 + cos(x))", "sigmoid(x)", "x*normal_cdf(x)", "ln(1 + x^2)",
       "abs(x - 1)", "cosh(x)", "tanh(x)/(1 + x^2)", "sqrt(1 + x^2)", "max(x, 1)"]), st.floats(-8, 8), st.floats(0, 4), st.floats(0, 1))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_enclosures_enclose(typed: str, low: float, width: float, part: float) -> None:
    f = cm.parse(typed)
    ((least, most),) = Enclosure([f], [x]).run([(low, low + width)])
    value = Program([f], [x]).run([low + part * width])[0]
    assert least <= value <= most


def test_zeros_are_all_found_or_said_to_be_missing() -> None:
    assert [float(p.at) for p in zeros(cm.parse("exp(x) - 3*x"), x).points] == pytest.approx(
        [0.6190612867, 1.5121345516]
    )
    assert zeros(cm.parse("exp(x) - 1 - x"), x).points[0].at == 0
    found = zeros(cm.parse("sin(x) - x/10"), x)
    assert len(found.points) == 7 and not found.missing
    found = zeros(cm.parse("sin(x) + x*cos(x)"), x)
    assert "below -100" in found.missing and "above 100" in found.missing
    with pytest.raises(cm.UndecidedError):
        zeros(cm.parse("sin(1/x)*x^2"), x)


def test_nothing_is_concluded_from_what_is_not_known() -> None:
    record = cm.steps.extrema(cm.parse("x*sin(x)"))
    assert not record.verify().holds
    assert record.fact("smallest value").text.startswith("not decided")  # type: ignore[union-attr]
    assert "(-oo" not in record.to_text().split("increasing on")[1]
    with pytest.raises(cm.UndecidedError):
        cm.extrema(cm.parse("floor(x)"))
    with pytest.raises(cm.UndecidedError):
        cm.extrema(cm.parse("x^2 + abs(y)"))


def test_second_derivatives_that_jump_from_one_sign_to_the_other() -> None:
    shape = curve(cm.parse("{x^2: x <= 0; -x^2: otherwise}"), x)
    assert bend(shape).kind == "neither" and [place.at for place in shape.inflections] == [0]
    points = cm.extrema(cm.parse("{x^2: x < 1; 2 - x: otherwise}"), x)
    assert [(str(p.at[x]), p.kind) for p in points] == [("0", "minimum"), ("1", "maximum")]
    points = cm.extrema(cm.parse("abs(sin(x))"), x, on=(0, 7))
    assert [p.kind for p in points] == ["minimum", "maximum", "minimum", "maximum", "minimum", "maximum"]


def test_systems() -> None:
    line = solve([cm.parse("x - y"), cm.parse("2*x - 2*y")], [x, y]).found
    assert [{str(k): str(v) for k, v in s.items()} for s in line] == [{"x": "y"}]
    assert solve([cm.parse("x^2 + 1"), cm.parse("y")], [x, y]).found == []
    with pytest.raises(cm.UndecidedError):
        solve([cm.parse("exp(x) + y"), cm.parse("exp(y) - x^2")], [x, y])


@given(st.lists(st.integers(-3, 3), min_size=6, max_size=6))
@settings(max_examples=60, deadline=None)
def test_inertia_is_that_of_the_eigenvalues(entries: list[int]) -> None:
    import numpy as np

    a, b, c, d, e, f = entries
    rows = [[a, b, c], [b, d, e], [c, e, f]]
    values = np.linalg.eigvalsh(np.array(rows, dtype=float))
    wanted = (int((values > 1e-9).sum()), int((values < -1e-9).sum()), int((abs(values) <= 1e-9).sum()))
    assert inertia([[as_expr(entry) for entry in row] for row in rows]) == wanted


def test_definiteness_with_parameters() -> None:
    matrix = [[cm.parse("2*a"), as_expr(0)], [as_expr(0), cm.parse("a")]]
    assert definiteness(matrix, cm.assume("a > 0").known) == "positive definite"
    with pytest.raises(cm.UndecidedError) as caught:
        definiteness(matrix)
    assert "--assume" in (caught.value.hint or "")
    (point,) = cm.extrema(cm.parse("a*x^2 + b*x + c"), x, assuming=cm.assume("a > 0"))
    assert str(point.at[x]) == "-b/(2*a)" and point.kind == "minimum"


def test_degenerate_points_say_what_decides() -> None:
    for typed, kind, reason in (
        ("x^4 + y^4", "minimum", "convex"),
        ("x^2*y^2 + x^4", "minimum", ">= 0 everywhere"),
        ("(y - x^2)*(y - 3*x^2)", "saddle point", "falls along"),
        ("x^2 + y^3", "saddle point", "rises"),
    ):
        points = [point for point in cm.extrema(cm.parse(typed)) if len(point.at) == 2 or kind == "minimum"]
        assert points[0].kind == kind and reason in points[0].reason, typed


def test_input_that_cannot_be_used() -> None:
    for call in (
        lambda: cm.extrema(as_expr(5)),
        lambda: cm.extrema(cm.parse("x^2"), on=(3, 1)),
        lambda: cm.extrema(cm.parse("x*y"), on=(0, 1)),
        lambda: cm.extrema(cm.parse("[x, y]")),
        lambda: cm.extrema(cm.parse("x < 1")),
        lambda: cm.extrema(cm.parse("x^2"), on=(cm.parse("a"), 1)),
    ):
        with pytest.raises(cm.InputError) as caught:
            call()
        assert caught.value.message
    with pytest.raises(cm.DomainError):
        cm.extrema(cm.parse("sqrt(-1 - x^2)"))
