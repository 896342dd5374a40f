"""Checking: every method measures the slope, wrong claims are found where they are wrong, and explained by the mistake."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_expressions import samples
from test_golden import golden, session

import calcml as cm
from calcml.checking.modes import Evaluation
from calcml.checking.numbers import NotAnalytic, complex_step, differences, scale_of
from calcml.cli.app import run
from calcml.expr import as_expr

x, y = cm.symbols("x y")

# ---- claims and their mistakes -----------------------------------------------------------------------------------------

MISTAKES = [  # function, claim, what the explanation says
    ("exp(-x^2)", "exp(-x^2)", "inner derivative of -x^2, which is -2*x"),
    ("sin(3x^2)", "cos(3x^2)", "inner derivative of 3*x^2, which is 6*x"),
    ("(2x+1)^5", "5(2x+1)^4", "inner derivative of 2*x + 1, which is 2"),
    ("ln(1+x^2)", "1/(1+x^2)", "inner derivative of 1 + x^2"),
    ("sqrt(1-x^2)", "1/(2*sqrt(1-x^2))", "inner derivative of 1 - x^2"),
    ("sigmoid(3x)", "sigmoid(3x)*(1-sigmoid(3x))", "inner derivative of 3*x"),
    ("tanh(x)^2", "2*tanh(x)", "inner derivative of tanh(x)"),
    ("x^3", "3x^3", "the exponent of x^3 is not lowered"),
    ("x^3", "x^2", "the factor 3 in front of the derivative of x^3"),
    ("x^-2", "-2*x^-1", "raised instead of lowered"),
    ("2^x", "x*2^(x-1)", "differentiated like a power"),
    ("2^x", "2^x", "the factor ln(2)"),
    ("x^2*sin(x)", "2x*cos(x)", "the derivatives of the factors of x^2*sin(x) are multiplied"),
    ("x^2*sin(x)", "2x*sin(x)", "only x^2 is differentiated"),
    ("x*exp(x)", "x*exp(x)", "only exp(x) is differentiated"),
    ("sin(x)/x", "(sin(x) - x*cos(x))/x^2", "have each other's sign"),
    ("sin(x)/x", "(x*cos(x) + sin(x))/x^2", "added instead of subtracted"),
    ("x^2/(1+x)", "(2x*(1+x) - x^2)/(1+x)", "is not squared"),
    ("sin(x)/x^2", "cos(x)/(2x)", "differentiated separately"),
    ("1/(1+x^2)", "2x/(1+x^2)^2", "the minus sign of 1/(1 + x^2) is missing"),
    ("1/(1+x^2)", "-1/(1+x^2)^2", "the derivative of the denominator"),
    ("cos(x)", "sin(x)", "the derivative of cos(x) has the wrong sign"),
    ("x^2 + 5", "2x + 5", "the constant 5"),
    ("x^3 + x^2 + x", "3x^2 + 1", "the term for x^2 is missing"),
    ("x^3 - x^2", "3x^2 + 2x", "the term for x^2 has the wrong sign"),
    ("x^2 + sin(x) - exp(-x)", "2x + cos(x) - exp(-x)", "-exp(-x)"),
    ("7*sin(x)", "cos(x)", "the constant factor 7"),
    ("sin(x)", "sin(x)", "the function itself"),
    ("x^4 + x", "12x^2", "differentiated twice"),
    ("sin(x)*ln(x)", "-cos(x)*ln(x) - sin(x)/x", "the sign is wrong"),
    ("x^4/4 - x^2/2", "2x^3 - 2x", "2 times the derivative"),
    ("(x^2 - 1)^2/2", "(x^2 - 1)*x", "the factor 2 in front"),
]


@pytest.mark.parametrize(("function", "claim", "says"), MISTAKES)
def test_a_wrong_claim_is_explained_by_the_mistake_that_gives_it(function: str, claim: str, says: str) -> None:
    report = cm.check(cm.parse(function), claim=cm.parse(claim))
    (part,) = report.claims
    assert report.right is False and report.exit_code == 1
    assert part.explanation is not None
    assert says in part.explanation.text(str)
    # the witness is one: the claim and the true slope differ there
    value = float(cm.evaluate(part.claimed, {x: as_expr(part.witness[x])}))
    assert value == part.said
    assert abs(part.said - part.true) > 1e-9 * abs(part.true)


GRADIENTS = [  # function, variables, claim, the wrong components (with what is said of them)
    ("x^2*y + y^3", "x y", "[x^2 + 3y^2, 2x*y]", {0: "the components are swapped", 1: "the components are swapped"}),
    ("x^2*y + y^3", "x y", "[2x*y, x^2 + 3y]", {1: "the exponent of y^2 is missing"}),
    ("x^2*y + y^3", "x y", "[2x*y, 2x*y]", {1: "the derivative by x"}),
    ("(y - w*x - b)^2", "w b", "[2(y-w*x-b)*x, -2(y-w*x-b)]", {0: "the sign is wrong"}),
    ("(y - w*x - b)^2", "w b", "[-2(y-w*x-b), -2(y-w*x-b)]", {0: "by b"}),
    ("exp(x*y)", "x y", "[exp(x*y), x*exp(x*y)]", {0: "inner derivative of x*y, which is y"}),
    ("x^2 + 3*y^2", "x y", "[2x, 3y]", {1: "the factor 2"}),
    ("ln(x^2 + y^2)", "x y", "[2x/(x^2+y^2), 2y/(x^2+y^2)]", {}),
    ("-t*ln(sigmoid(z)) - (1-t)*ln(1-sigmoid(z))", "z", "sigmoid(z) - t", {}),
    ("-t*ln(sigmoid(z)) - (1-t)*ln(1-sigmoid(z))", "z", "t - sigmoid(z)", {0: "sign"}),
]


@pytest.mark.parametrize(("function", "names", "claim", "wrong"), GRADIENTS)
def test_the_wrong_components_of_a_gradient(function: str, names: str, claim: str, wrong: dict[int, str]) -> None:
    variables = [cm.Symbol(name) for name in names.split()]
    report = cm.check(cm.parse(function), claim=cm.parse(claim), variables=variables)
    assert [i for i, part in enumerate(report.claims) if part.right is False] == list(wrong)
    assert all(part.right is True for i, part in enumerate(report.claims) if i not in wrong)
    assert report.right is (not wrong)
    for i, says in wrong.items():
        assert report.claims[i].explanation is not None
        assert says in report.claims[i].explanation.text(str)


RIGHT = [
    ("1/(1+exp(-x))", "sigmoid(x)*(1-sigmoid(x))"), ("ln|x|", "1/x"), ("x^x", "x^x*(1 + ln(x))"), ("tanh x", "sech(x)^2"),
    ("sqrt(x)", "1/(2*sqrt(x))"), ("relu(x)", "{0: x < 0; 1: x > 0}"), ("softplus(x)", "1/(1+exp(-x))"), ("3", "0"),
    ("ln(x)", "x/x^2"), ("|x|", "sign(x)"), ("x*|x|", "2|x|"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "claim"), RIGHT)
def test_right_claims_in_other_words(function: str, claim: str) -> None:
    report = cm.check(cm.parse(function), claim=cm.parse(claim))
    assert report.right is True and report.exit_code == 0


def test_a_claim_that_no_mistake_explains_is_left_unexplained() -> None:
    (part,) = cm.check(cm.parse("sin(x)*x"), claim=cm.parse("x^7 + 3")).claims
    assert part.right is False and part.explanation is None and part.witness is not None


def test_a_claim_may_agree_at_the_point_given_and_be_wrong_elsewhere() -> None:
    (part,) = cm.check(x**2, claim=cm.parse("2"), at={"x": 1}).claims
    assert part.right is False and part.witness[x] != 1


# ---- the methods --------------------------------------------------------------------------------------------------------

VALUES = [  # function, point, derivative (Python's own arithmetic), tolerance of the smooth methods
    ("x*exp(-x^2)", {"x": 1.5}, (1 - 2 * 1.5**2) * math.exp(-(1.5**2))),
    ("sin(x)*ln(x)", {"x": 2.0}, math.cos(2) * math.log(2) + math.sin(2) / 2),
    ("x^x", {"x": 1.25}, 1.25**1.25 * (math.log(1.25) + 1)),
    ("1/(1+exp(-x))", {"x": -3.0}, math.exp(3) / (1 + math.exp(3)) ** 2),
    ("atan(x)/x", {"x": 0.5}, (0.5 / 1.25 - math.atan(0.5)) / 0.25),
    ("erf(x)", {"x": 0.3}, 2 / math.sqrt(math.pi) * math.exp(-0.09)),
    ("sum(x^i, i, 1, 4)", {"x": 0.5}, 1 + 1 + 0.75 + 0.5),
    ("{x^2: x > 1; 2x - 1: otherwise}", {"x": 3.0}, 6.0),
    ("y^(x^2)", {"x": 1.5, "y": 2.0}, 3 * 2**2.25 * math.log(2)),
    ("y^x", {"x": 2.0, "y": 3.0}, 9 * math.log(3)),
    ("x^3", {"x": 1e8}, 3e16),
    ("1/x", {"x": 1e-6}, -1e12),
]


@pytest.mark.parametrize(("function", "point", "slope"), VALUES)
def test_every_method_measures_the_slope(function: str, point: dict[str, float], slope: float) -> None:
    (report,) = cm.check(cm.parse(function), at=point, variables=[x]).points
    assert report.status == "ok"
    assert report.true[0] == pytest.approx(slope, rel=1e-13)
    found = {method.name: method for method in report.methods}
    for name in ("symbolic", "AD, forward mode", "AD, reverse mode", "complex step"):
        assert found[name].values[0] == pytest.approx(slope, rel=1e-12)
        assert found[name].error < 1e-12
    assert found["central difference"].error < 1e-7
    assert found["forward difference"].error < 1e-5


def test_differences_have_their_orders() -> None:
    (report,) = cm.check(cm.parse("exp(x)"), at={"x": 0.5}).points
    by_h = {round(math.log10(row.h)): row for row in report.rows}
    assert sorted(by_h) == list(range(-15, 0))
    assert by_h[-2].forward / by_h[-3].forward == pytest.approx(10, rel=0.05)
    assert by_h[-2].central / by_h[-3].central == pytest.approx(100, rel=0.05)
    assert by_h[-14].central > by_h[-9].central > by_h[-6].central  # rounding takes over
    assert 1e-9 <= report.best("forward").h <= 1e-7 and 1e-7 <= report.best("central").h <= 1e-4


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["x*y + sin(x)", "exp(-x^2 - y^2)", "ln(x^2 + y^2 + 1)", "tanh(x*y)/(1 + x^2)", "(x - y)^3*y", "x*y^2*sqrt(1 + x^2)"]),
    st.floats(-3, 3), st.floats(-3, 3),
)  # fmt: skip
def test_forward_and_reverse_mode_agree_with_the_rules(text: str, a: float, b: float) -> None:
    f = cm.parse(text)
    evaluation = Evaluation(f, [x, y])
    values = evaluation.at([a, b])
    wanted = [float(cm.evaluate(d, {x: a, y: b})) for d in cm.differentiate_all(f, [x, y])]
    scale = 1e-12 * max(1.0, *map(abs, wanted))
    assert evaluation.reverse(values) == pytest.approx(wanted, rel=1e-11, abs=scale)
    assert [evaluation.forward(values, v) for v in (x, y)] == pytest.approx(wanted, rel=1e-11, abs=scale)


def test_automatic_differentiation_is_linear_in_the_graph() -> None:
    f = x
    for _ in range(2000):
        f = cm.sin(f) * f  # every node is used twice
    evaluation = Evaluation(f, [x])
    assert len(evaluation.nodes) == 4000
    values = evaluation.at([0.9])
    assert evaluation.reverse(values)[0] == pytest.approx(evaluation.forward(values, x), rel=1e-9, abs=1e-300)


ANALYTIC = [
    "sin(x)",
    "cbrt(x)",
    "erfc(x)",
    "acot(x)",
    "gamma(x)",
    "{x^2: x > 0; -x: otherwise}",
    "floor(x)*x",
    "huber(x)",
    "elu(x)",
]


@pytest.mark.parametrize("text", ANALYTIC)
def test_complex_step_where_it_is_right(text: str) -> None:
    f = cm.parse(text)
    try:
        found = complex_step(f, {x: 1.3}, x)
    except NotAnalytic:
        assert text in ("cbrt(x)", "acot(x)", "huber(x)", "floor(x)*x")  # their rows compute with real numbers only
    else:
        assert found == pytest.approx(float(cm.evaluate(cm.diff(f, x), {x: 1.3})), rel=1e-13)


@pytest.mark.parametrize(
    ("text", "part", "at"),
    [("|x|*x", "abs", 1.3), ("max(x, 0)", "max", 1.0), ("|x|", "abs", -2.0), ("atan2(x, 2)", "atan2", 1.0)],
)
def test_complex_step_says_what_is_not_analytic(text: str, part: str, at: float) -> None:
    with pytest.raises(NotAnalytic, match=part):
        complex_step(cm.parse(text), {x: at}, x)
    (report,) = cm.check(cm.parse(text), at={"x": at}).points
    assert any(method.values is None and part in method.note for method in report.methods)


def test_steps_are_counted_in_the_size_of_the_point() -> None:
    assert [scale_of(v) for v in (0.0, 1.0, -5.0, 0.5, 250.0, 1e-9)] == [1.0, 1.0, 1.0, 1.0, 100.0, 1e-9]
    forward, central = differences(lambda p: p[0] ** 2, [3.0], 3)
    assert forward[0] == pytest.approx(6.001) and central[0] == pytest.approx(6.0)


@pytest.mark.parametrize("at", [250.0, 3e-7, -4e9, 0.02, 5.0])
def test_the_step_that_is_shown_is_the_step(at: float) -> None:
    """The forward difference of x^2 is off by exactly h, wherever rounding is small beside it."""
    (report,) = cm.check(x**2, at={"x": at}).points
    assert report.units == (1.0,)
    for row in report.rows[:4]:
        assert row.forward * abs(2 * at) == pytest.approx(row.h, rel=1e-3)


def test_steps_of_different_sizes_are_said() -> None:
    report = cm.check(cm.parse("x^2 + y^2"), at={"x": 4000, "y": 1})
    assert report.points[0].units == (1000.0, 1.0) and report.points[0].rows[0].h == 0.1
    assert "h in units of 1000 for x and 1 for y" in report.to_text()
    assert json.loads(report.to_json())["points"][0]["units_of_h"] == {"x": 1000.0, "y": 1.0}
    same = cm.check(cm.parse("x^2 + y^2"), at={"x": 40, "y": 70})
    assert same.points[0].rows[0].h == 1.0 and "units" not in same.to_text()
    apart = cm.check(x**2, at=[{"x": 3}, {"x": 500}])
    assert "h in units of 1 at point 1; 100 at point 2" in apart.to_text()


# ---- points --------------------------------------------------------------------------------------------------------------

NOWHERE = [  # function, point, status, words
    ("|x|", {"x": 0}, "kink", "the slope is -1 from the left and 1 from the right"),
    ("relu(x - 2)", {"x": 2}, "kink", "code uses 0"),
    ("max(x, y)", {"x": 1, "y": 1}, "kink", "a kink along x"),
    ("ln(x)", {"x": -1}, "outside", "not defined there"),
    ("1/x", {"x": 0}, "outside", "a division by zero"),
    ("sqrt(x)", {"x": 0}, "edge", "to the left of the point"),
    ("cbrt(x)", {"x": 0}, "steep", "upright"),
    ("sign(x)", {"x": 0}, "steep", "jumps"),
    ("floor(x)", {"x": 2}, "steep", "jumps"),
]


@pytest.mark.parametrize(("function", "point", "status", "words"), NOWHERE)
def test_points_without_a_derivative_are_named(function: str, point: dict[str, float], status: str, words: str) -> None:
    report = cm.check(cm.parse(function), at=point)
    assert report.points[0].status == status
    assert words in report.points[0].message
    assert report.exit_code == 3


ZERO = [  # function, point where the slope is 0
    ("(x-2)^2", 2), ("(x-3)^6", 3), ("(5-x)^7", 5), ("x^3 - 6x^2 + 12x", 2), ("(x^2 - 4)^2*exp(x)", 2), ("(4x+2)^3", -0.5),
    ("ln(x)^2", 1), ("(exp(x) - 1)^3", 0), ("sin(x)^2*x", 0), ("relu(x)^2", 0), ("{|x|^1.5: x != 0; 0: x = 0}", 0),
    ("{x^2*cos(1/x): x != 0; 0: x = 0}", 0), ("10^80*(x-1)^3", 1), ("10^-80*(x-1)^3", 1), ("(x-300)^2", 300),
    ("sin(x)^2 + cos(x)^2", 0.3), ("relu(x)", -2), ("(x-1)^3 + (x-1)^2", 1), ("x - tanh(x)", 0), ("7", 3),
]  # fmt: skip


@pytest.mark.parametrize(("function", "at"), ZERO)
def test_a_slope_of_zero_is_zero_on_the_scale_of_the_function(function: str, at: float) -> None:
    (report,) = cm.check(cm.parse(function), at={"x": at}, variables=[x]).points
    assert (report.status, report.true, report.is_relative) == ("ok", (0.0,), False)
    scale = float(cm.evaluate(cm.parse(function), {x: at + 1}))
    assert all(method.error <= 1e-6 * max(1, abs(scale)) for method in report.methods if method.error is not None)


SMALL = [  # function, point, slope: small, and not 0
    ("10^-45*x + x^3", 0, 1e-45), ("10^-90*sin(x)", 1.0, 1e-90 * math.cos(1)), ("1 - tanh(x)", 200, -4 * math.exp(-400)),
    ("x^3", 1e-70, 3e-140), ("1 + sin(x)", 1e-290, 1.0), ("exp(-x^2)", 20, -40 * math.exp(-400)),
    ("10^-100*x + (x-1)^2*(x+1)", 1, 1e-100),
]  # fmt: skip


@pytest.mark.parametrize(("function", "at", "slope"), SMALL)
def test_a_small_slope_is_not_taken_for_zero(function: str, at: float, slope: float) -> None:
    (report,) = cm.check(cm.parse(function), at={"x": at}).points
    assert report.status == "ok" and report.true[0] == pytest.approx(slope, rel=1e-10)


def test_kinks_and_upright_tangents_are_seen_on_every_scale() -> None:
    found = [
        ("10^-40*|x|", "kink"),
        ("10^40*relu(x)", "kink"),
        ("10^-40*cbrt(x)", "steep"),
        ("10^-30*sign(x)", "steep"),
    ]
    for text, status in found:
        assert cm.check(cm.parse(text), at={"x": 0}).points[0].status == status, text


def test_a_slope_that_the_last_bit_of_the_point_makes_is_no_measure_of_errors() -> None:
    """(x - 0.7)^2 at the float next to 0.7 has a slope of 1e-17: it is nobody's error of 100 percent."""
    for text, at in (("(x - 0.7)^2", 0.7), ("(x^2 - 3)^2", math.sqrt(3)), ("sin(x)^2", math.pi)):
        report = cm.check(cm.parse(text), at={"x": at})
        assert not report.points[0].is_relative and "no correct digit" not in report.to_text()
    assert cm.check(cm.parse("(x - 0.7)^2"), at={"x": 0.7001}).points[0].is_relative


def test_a_right_claim_at_a_flat_point() -> None:
    report = cm.check(cm.parse("(3x-6)^4"), claim=cm.parse("12(3x-6)^3"), at={"x": 2})
    assert report.right is True and report.exit_code == 0
    gradient = cm.check(
        cm.parse("(t - u*v)^4"), at={"t": 10, "u": 5, "v": 2}, variables=[cm.Symbol("u"), cm.Symbol("v")]
    )
    assert gradient.points[0].true == (0.0, 0.0) and not gradient.points[0].is_relative


@pytest.mark.parametrize(
    ("function", "slope"), [("x*|x|", 0.0), ("sinc(x)", 0.0), ("{x^2: x > 0; -x^2: otherwise}", 0.0), ("elu(x)", 1.0)]
)
def test_slopes_that_agree_from_both_sides_are_derivatives(function: str, slope: float) -> None:
    report = cm.check(cm.parse(function), at={"x": 0}).points[0]
    assert report.status == "ok" and report.true == (slope,)


def test_default_points_lie_in_the_domain() -> None:
    for text in ("ln(x) + sqrt(1 - x)", "acosh(x)", "1/(x^2 - 1)", "asin(x*y)", "x^n"):
        report = cm.check(cm.parse(text))
        assert len(report.points) == 3 and all(point.status == "ok" for point in report.points), text


WRONG_INPUT = [
    ("x*y", {"at": {"x": 1}}, cm.InputError, "no value was given for y"),
    ("x", {"at": {"z": 1}}, cm.InputError, "z does not occur"),
    ("x*y", {"claim": "2x"}, cm.ShapeError, "1 component, and there are 2 variables: x, y"),
    ("x", {"claim": "[1, 2]"}, cm.ShapeError, "2 components"),
    ("x^2", {"claim": "2t"}, cm.InputError, "t occurs in the claim"),
    ("x", {"at": {"x": cm.parse("oo")}}, cm.InputError, "oo is no number"),
    ("[x, x^2]", {}, cm.ShapeError, "a scalar function"),
    ("x < 1", {}, cm.InputError, "a condition has no derivative"),
    ("ln(-1)*x", {}, cm.DomainError, "ln(-1)"),
]


@pytest.mark.parametrize(("function", "options", "error", "words"), WRONG_INPUT)
def test_wrong_input(function: str, options: dict, error: type, words: str) -> None:
    if "claim" in options:
        options = {**options, "claim": cm.parse(options["claim"])}
    with pytest.raises(error) as caught:
        cm.check(cm.parse(function), **options)
    assert words in str(caught.value)


def test_traced_functions_are_checked_entry_by_entry() -> None:
    loss = cm.trace(lambda w, b: np.sum((w * np.array([1.0, 2.0]) - b) ** 2), {"w": (2,), "b": ()})
    report = cm.check(loss, at={"w": [1, 2], "b": 0.5})
    (point,) = report.points
    assert point.true == (-2 * (1 - 0.5) - 2 * (4 - 0.5), 2 * (1 - 0.5), 4 * (4 - 0.5))
    assert "w[1]" in report.to_text() and "w[2]" in report.to_json()
    with pytest.raises(cm.ShapeError, match="3 values"):
        cm.check(loss, at={"w": [1, 2, 3], "b": 0})


def test_large_functions_are_checked() -> None:
    f = cm.trace(lambda w: np.mean(np.tanh(np.outer(w, w)) ** 2), {"w": (8,)})
    (point,) = cm.check(f, at={"w": list(np.linspace(-1, 1, 8))}).points
    assert point.status == "ok" and max(m.error for m in point.methods if m.h is None) < 1e-12


def test_extreme_values() -> None:
    for text, at in [
        ("exp(x)", 700.0),
        ("x^2", 1e150),
        ("1/(1+exp(-x))", -800.0),
        ("ln(1+exp(x))", 1000.0),
        ("x", 1e300),
    ]:
        report = cm.check(cm.parse(text), at={"x": at})
        assert report.to_text() and json.loads(report.to_json())
        assert report.points[0].status == "ok"


# ---- what is shown ---------------------------------------------------------------------------------------------------------


def test_all_methods_agree_on_random_expressions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row and head; a method may have no value, or not apply, and may not be wrong."""
    monkeypatch.setattr("calcml.checking.methods.installed", list)
    seen = 0
    for f in samples(150 if os.environ.get("CALCML_SOAK") else 8, seed=78):
        try:
            report = cm.check(f)
        except (cm.DomainError, cm.LimitError):
            continue
        for point in report.points:
            for method in point.methods:
                if method.h is None and method.error is not None and method.error == method.error and not point.message:
                    pairs = zip(method.values, point.true, strict=True)
                    assert all(abs(a - b) <= 1e-6 * abs(b) + 1e-12 for a, b in pairs), (f, point.point, method)
                    seen += 1
    assert seen > 40


def test_derivatives_beyond_floats_are_said() -> None:
    report = cm.check(cm.parse("1/(1+exp(-x))"), at={"x": -800}).points[0]
    assert report.status == "ok" and report.is_relative and "3.6679e-348" in report.message
    text = cm.check(cm.parse("1/(1+exp(-x))"), at={"x": -800}).to_text()
    assert "no h gives a correct digit" in text and "beyond the range of float64" in text


def test_fast_waves_far_out_are_no_kinks() -> None:
    (report,) = cm.check(cm.parse("sin(x)"), at={"x": 1e22}).points
    assert report.status == "ok"
    assert report.true[0] == pytest.approx(float(cm.evaluate(cm.parse("cos(10^22)"), digits=20)), rel=1e-12)


def test_sums_of_unknown_length() -> None:
    report = cm.check(cm.parse("sum(x^i, i, 1, n)"), at={"x": 0.5, "n": 3}, variables=[x]).points[0]
    assert report.true == (2.75,)
    assert {method.name for method in report.methods if method.values is None} >= {
        "AD, forward mode",
        "AD, reverse mode",
    }


def test_json_has_plain_numbers() -> None:
    data = json.loads(cm.check(cm.parse("x^2*y"), claim=cm.parse("[2x, x^2]"), at={"x": 1, "y": 2}).to_json())
    assert data["right"] is False and data["points"][0]["true"] == [4.0, 1.0]
    assert data["claim"][0]["witness"] == {"x": 1.0, "y": 2.0} and data["claim"][1]["right"] is True
    assert [row["h"] for row in data["points"][0]["errors"]][:2] == [0.1, 0.01]


def test_sessions(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions of plain arithmetic: their digits are the same on every machine, whatever else is installed."""
    monkeypatch.setattr("calcml.checking.methods.installed", list)
    commands = [
        "check '(3x-1)/(x^2+1)' --at x=1.5 --format unicode",
        "check 'x^2 y + y^3' x y --claim '[2x y, x^2 + 3y]' --at 'x=1, y=2'",
        "check '(2x+1)^5' --claim '5(2x+1)^4' --at x=0.25 --format unicode",
        "check 'x^2' --claim '2x' --at x=3 --at x=-1",
        "check '|x|' --at x=0 --format unicode", "check '1/x' --at x=0", "check 'x^2' --at y=1", "check 'x y' --claim 2x",
        "check '(x-2)^4' --claim '4(x-2)^3' --at x=2", "check '(x+1)^2' --at x=100", "check 'x^2 y' --at 'x=2, y=50' --at 'x=0, y=1'",
        "check 'x^2' t --at 'x=1, t=2' --format json", "check 3", "check x^2 --format latex",
    ]  # fmt: skip
    golden(Path(__file__).parent / "golden" / "check.txt", session(commands, capsys))


@pytest.mark.parametrize(("backend", "name"), [("jax", "JAX"), ("torch", "PyTorch")])
def test_frameworks_that_are_installed_are_asked_too(backend: str, name: str) -> None:
    pytest.importorskip(backend)
    for text in (
        "x*exp(-x^2)*y",
        "relu(x)*y",
        "erf(x) + ln(1 + exp(y))",
        "3 + 0*x*y",
        "{x^2: x > 1; 2*x*y: otherwise}",
    ):
        (report,) = cm.check(cm.parse(text), at={"x": 1.5, "y": 2.0}, variables=[x, y]).points
        (found,) = [method for method in report.methods if method.name == name]
        assert found.values == pytest.approx(report.true, rel=1e-12)
        assert found.error < 1e-12


def test_what_a_framework_cannot_do_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr("calcml.checking.methods.installed", lambda: ["jax"])
    monkeypatch.setattr("calcml.checking.methods.gradient_by", fails)
    (report,) = cm.check(x**2, at={"x": 1}).points
    assert [method.note for method in report.methods if method.name == "JAX"] == ["RuntimeError: out of memory"]


def test_pictures_need_the_extra(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    file = tmp_path / "error.svg"
    assert run(["check", "x^2", "--at", "x=1", "--plot", str(file)]) == 5
    assert "calcml[plot]" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
