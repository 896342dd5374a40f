"""Taylor polynomials and tangents: a table confirmed by two oracles (tests/tables/confirm_taylor.py), where expansions
end and why, properties (products, shifts, derivatives), high orders, and what cannot be done."""

from __future__ import annotations

import time
import tomllib
from fractions import Fraction
from math import factorial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import calcml as cm
from calcml.algebra.fractions import is_zero
from calcml.expr import Expr, as_expr
from calcml.series.expansion import expansion
from calcml.series.local import local_series
from calcml.series.near import Near
from calcml.syntax.declarations import parse_point

TABLE = tomllib.loads((Path(__file__).parent / "tables" / "taylor.toml").read_text(encoding="utf-8"))
x, y = cm.symbols("x y")
ZERO = as_expr(0)


def same(a: Expr, b: Expr) -> bool:
    return is_zero(a - b) is True


@pytest.mark.parametrize("case", TABLE["case"], ids=lambda case: f"{case['plain']} at {case['at']}")
def test_table(case: dict[str, Any]) -> None:
    found = cm.steps.taylor(cm.parse(case["plain"]), at=parse_point(case["at"]), order=case["order"])
    assert same(found.result, cm.parse(case["answer"]))
    assert found.verify().holds


@pytest.mark.parametrize("case", TABLE["limit"], ids=lambda case: f"{case['plain']} at {case['at']}")
def test_there_is_none_beyond(case: dict[str, Any]) -> None:
    f, at, highest = cm.parse(case["plain"]), parse_point(case["at"]), case["highest"]
    with pytest.raises(cm.MathError) as caught:
        cm.taylor(f, at=at, order=highest + 1 if highest >= 0 else 0)
    if highest >= 0:
        assert f"none beyond order {highest}" in caught.value.message and caught.value.hint
        assert cm.steps.taylor(f, at=at, order=highest).verify().holds


def test_the_reasons_are_said() -> None:
    for typed, order, reason in (
        ("|x|", 3, "the slope from the left is -1, from the right 1"),
        ("elu(x)", 2, "the second derivative from the left is 1, from the right 0"),
        ("cbrt(x)", 1, "the slope does not exist there: it grows beyond all bounds"),
    ):
        with pytest.raises(cm.NotDifferentiableError) as caught:
            cm.taylor(cm.parse(typed), x, 0, order)
        assert caught.value.hint == reason
    for typed, part in (
        ("1/x^2", "a pole of order 2"), ("ln(x)", "needs x > 0"), ("x^x", "needs x > 0"),
        ("sqrt(x)", "the end of its domain"), ("floor(x)", "jumps"), ("exp(1/x)", "grows beyond all bounds"),
    ):  # fmt: skip
        with pytest.raises(cm.MathError) as caught:
            cm.taylor(cm.parse(typed), x, 0, 2)
        assert part in caught.value.message


# ---- properties --------------------------------------------------------------------------------------------------------

coefficients = st.lists(st.integers(-9, 9), min_size=1, max_size=6)
FUNCTIONS = [
    "exp(x)",
    "sin(x)",
    "1/(2 - x)",
    "ln(1 + x)",
    "tanh(x)",
    "sqrt(4 + x)",
    "atan(x)",
    "softplus(x)",
    "x^2 - 3",
    "erf(x)",
]


@given(coefficients, st.integers(-3, 3))
@settings(max_examples=40, deadline=None)
def test_of_a_polynomial_is_itself(numbers: list[int], at: int) -> None:
    p = sum((c * x**k for k, c in enumerate(numbers)), as_expr(0))
    found = cm.steps.taylor(p, x, at, len(numbers))
    assert same(found.result, p)
    assert found.fact("remainder") is not None


@given(st.sampled_from(FUNCTIONS), st.sampled_from(FUNCTIONS), st.integers(0, 6))
@settings(max_examples=40, deadline=None)
def test_of_a_product_is_the_product(a: str, b: str, order: int) -> None:
    f, g = cm.parse(a), cm.parse(b)
    parts = [expansion(h, {x: ZERO}, order).coefficients for h in (f, g, f * g)]
    for k in range(order + 1):
        total: Expr = ZERO
        for i in range(k + 1):
            total = total + parts[0].get((i,), ZERO) * parts[1].get((k - i,), ZERO)
        assert same(total, parts[2].get((k,), ZERO))


@given(st.sampled_from(FUNCTIONS), st.integers(1, 6))
@settings(max_examples=30, deadline=None)
def test_of_the_derivative_is_the_derivative(typed: str, order: int) -> None:
    f = cm.parse(typed)
    own = expansion(f, {x: ZERO}, order).coefficients
    slope = expansion(cm.differentiate(f, x), {x: ZERO}, order - 1).coefficients
    for k in range(1, order + 1):
        assert same(k * own.get((k,), ZERO), slope.get((k - 1,), ZERO))


@given(st.sampled_from(FUNCTIONS), st.sampled_from(FUNCTIONS), st.integers(0, 4))
@settings(max_examples=20, deadline=None)
def test_two_variables_along_a_line_are_one(a: str, b: str, order: int) -> None:
    f = cm.parse(a) * cm.substitute(cm.parse(b), {x: y})
    plane = cm.taylor(f, [x, y], [0, 0], order)
    line = cm.substitute(plane, {y: 2 * x})
    single = cm.taylor(cm.substitute(f, {y: 2 * x}), x, 0, order)
    assert same(cm.taylor(line, x, 0, order), single)


def test_coefficients_are_derivatives_by_the_rules() -> None:
    """f^(k)(a)/k! from the series is what repeated differentiation gives, for every smooth function of the table."""
    from calcml import functions

    tried = 0
    for spec in functions.all_functions():
        if len(spec.params) != 1 or spec.is_variadic:
            continue
        f = cm.parse(f"{spec.name}(x)")
        for at in ("1/2", "3/2"):
            try:
                found = local_series(f, x, cm.parse(at), 3)
                rule = cm.differentiate(f, x, 3)
                wanted = float(cm.evaluate(rule, {x: cm.parse(at)}, 30)) / factorial(3)
            except cm.MathError:
                continue
            if found.order < 3:
                continue
            from calcml.series.coefficients import expression_of

            value = float(cm.evaluate(expression_of(found.coefficients[3]), {}, 30))
            assert value == pytest.approx(wanted, rel=1e-12, abs=1e-12), spec.name
            tried += 1
    assert tried > 80


def test_high_orders_are_quick() -> None:
    """Order 30 is arithmetic on numbers, not a tower of formulas."""
    for typed in ("e^(sin(x))", "1/(1 + e^(-x))", "sin(x)/(1 + x^2)", "e^(-x^2)"):
        before = time.process_time()
        found = cm.steps.taylor(cm.parse(typed), x, 0, 30)
        assert time.process_time() - before < 5
        assert found.verify().holds
    series = [Near(cm.parse("1/(1 + e^(-x))"), {x: ZERO}).coefficient(k) for k in range(31)]
    assert series[29] == Fraction(86125672563201181, 35367047974958807818174464000000)


# ---- the record ----------------------------------------------------------------------------------------------------------


def test_record() -> None:
    found = cm.steps.taylor(cm.parse("ln(x)"), x, 1, 2)
    assert found.what == "taylor" and found.point == ((x, as_expr(1)),)
    (table,) = found.tables
    assert [[str(cell) for cell in row] for row in table.rows] == [
        ["0", "ln(x)", "0", "1", "0"],
        ["1", "1/x", "1", "1", "1"],
        ["2", "-1/x^2", "-1", "2", "-1/2"],
    ]
    remainder = next(fact for fact in found.facts if "remainder" in fact.name)
    assert str(remainder.value) == "(x - 1)^3/(3*xi^3)"
    assert "factorial(2)" in found.to_text()
    assert cm.from_json(found.to_json()).result is found.result


def test_matrix_form() -> None:
    found = cm.steps.taylor(cm.parse("x^2*y + 3x"), [x, y], [1, 2], 2)
    (form,) = found.forms
    assert form.name == "matrix form"
    assert found.fact("gradient at the point").value is cm.parse("[7, 1]")  # type: ignore[union-attr]
    assert found.fact("Hessian at the point").value is cm.parse("[[4, 2], [2, 0]]")  # type: ignore[union-attr]
    for at in ({x: 3, y: -1}, {x: 0, y: 5}):
        assert cm.evaluate(form.expr, at) is cm.evaluate(found.result, at)


@pytest.mark.parametrize(
    ("typed", "low", "high", "order", "most"),
    [
        ("sin(x)", -1, 1, 3, 0.0351),
        ("e^x", -1, 1, 4, 0.0228),
        ("ln(1 + x)", 0, 1, 2, 0.334),
        ("1/(1+e^-x)", -2, 2, 3, 0.2),
    ],
)
def test_bounds_of_remainders_hold(typed: str, low: int, high: int, order: int, most: float) -> None:
    f = cm.parse(typed)
    found = cm.steps.taylor(f, x, 0, order, on=(low, high))
    text = found.fact("bound of the remainder").text  # type: ignore[union-attr]
    bound = float(text.split("<= ")[1].split()[0])
    assert bound <= most
    for i in range(101):
        at = Fraction(low) + Fraction(high - low, 100) * i
        gap = abs(float(cm.evaluate(f, {x: at}, 30)) - float(cm.evaluate(found.result, {x: at}, 30)))
        assert gap <= bound


def test_input_that_cannot_be_used() -> None:
    f = cm.parse("e^x*y")
    for call in (
        lambda: cm.taylor(f, x, 0, -1),
        lambda: cm.taylor(f, x, 0, 10**6),
        lambda: cm.taylor(f, [x, y], [0], 2),
        lambda: cm.taylor(f, x, {x: x + 1}, 2),
        lambda: cm.taylor(f, x, {x: 0, cm.symbols("z"): 1}, 2),
        lambda: cm.steps.taylor(f, x, 0, 2, on=(1, 2)),
        lambda: cm.taylor(f, [x, x], [0, 0], 2),
        lambda: cm.taylor(cm.parse("[x, y]"), x, 0, 2),
    ):
        with pytest.raises(cm.InputError) as caught:
            call()
        assert caught.value.message
    with pytest.raises(cm.DomainError):
        cm.taylor(cm.parse("1/0 + x"), x, 0, 2)


def test_parameters_ask_for_what_they_need() -> None:
    found = cm.steps.taylor(cm.parse("ln(x)"), x, cm.symbols("a"), 2)
    assert found.conditions == (cm.parse("a > 0"),)
    with pytest.raises(cm.UndecidedError) as caught:
        cm.taylor(cm.parse("relu(w*x + b)"), x, 0, 1)
    assert "--assume" in (caught.value.hint or "")
    assumed = cm.steps.taylor(cm.parse("relu(w*x + b)"), x, 0, 1, assuming=cm.assume("b < 0"))
    assert assumed.result is ZERO


# ---- tangents ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "at", "line", "expanded"),
    [
        ("x^2", "x=1", "y = 1 + 2*(x - 1)", "y = 2*x - 1"),
        ("sin(x)", "x=0", "y = x", ""),
        ("x^2 + y^2", "x=1, y=2", "z = 5 + 2*(x - 1) + 4*(y - 2)", "z = 2*x + 4*y - 5"),
        ("x^2 + y^2 = 25", "x=3, y=4", "6*(x - 3) + 8*(y - 4) = 0", "6*x + 8*y = 50"),
        ("relu(x)", "x=-1", "y = 0", ""),
        ("y = x^3 - x", "x=2, y=6", "y = 6 + 11*(x - 2)", "y = 11*x - 16"),
        ("y = x^3 - x", "x=2", "y = 6 + 11*(x - 2)", "y = 11*x - 16"),
        ("h = sqrt(t)", "h=3, t=9", "h = 3 + (t - 9)/6", "h = t/6 + 3/2"),
        ("s = u*v^2", "u=1, v=2, s=4", "s = 4 + 4*(u - 1) + 4*(v - 2)", "s = 4*u + 4*v - 8"),
        ("y = c*x^2", "x=1, y=c", "y = c + 2*c*(x - 1)", "y = 2*c*x - c"),
        ("y = x*y^2 + 1", "x=0, y=1", "-x + (y - 1) = 0", "y - x = 1"),
        ("x^3 = y", "x=1, y=1", "3*(x - 1) - (y - 1) = 0", "3*x - y = 2"),
    ],
)
def test_tangents(typed: str, at: str, line: str, expanded: str) -> None:
    found = cm.steps.tangent(cm.parse(typed), at=parse_point(at))
    assert str(found.result) == line
    assert [str(form.expr) for form in found.forms] == ([expanded] if expanded else [])


@pytest.mark.parametrize(
    ("typed", "at", "said"),
    [
        ("|x|", "x=0", "from the left is -1"),
        ("cbrt(x)", "x=0", "vertical"),
        ("x^2 + y^2 = 25", "x=3, y=3", "differ by -7"),
        ("y = x^3", "x=2, y=7", "differ by -1"),
        ("y = |x - 1|", "x=1, y=0", "from the left is -1"),
        ("y = cbrt(x)", "x=0, y=0", "vertical"),
        ("x^3 + y^3 = 3*x*y", "x=0, y=0", "gradient is 0"),
    ],
)
def test_no_tangent(typed: str, at: str, said: str) -> None:
    with pytest.raises(cm.MathError) as caught:
        cm.tangent(cm.parse(typed), at=parse_point(at))
    assert said in (caught.value.hint or "")


def test_the_tangent_of_a_graph_as_a_curve() -> None:
    """Where both variables are named, the equation is one of a curve."""
    found = cm.tangent(cm.parse("y = x^3"), [x, cm.Symbol("y")], parse_point("x=1, y=1"))
    assert str(found) == "-3*(x - 1) + (y - 1) = 0"
    with pytest.raises(cm.InputError, match="y alone is no point"):
        cm.tangent(cm.parse("y = x^3"), at=parse_point("y=8"))


def test_a_tangent_needs_a_point() -> None:
    with pytest.raises(cm.InputError):
        cm.tangent(x**2)
