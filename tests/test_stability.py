"""Promise 6: naive formulas, compiled, over the whole of float64: no nan, no false inf, no lost value, no warning.

A sample of the points of each function of tests/tables/stability.toml; all of them under CALCML_SOAK=1, or as a table
beside other systems with `python -m benchmarks.stability`.
"""

from __future__ import annotations

import os
import pickle

import mpmath
import numpy as np
import pytest

import calcml as cm
from benchmarks.stability import Case, calcml_numpy, calcml_scalar, cases, judge
from benchmarks.truths import Truths, compute
from calcml.codegen.compiled import lambdify
from calcml.stable import in_primitives, stabilise, stabilise_all, stable_derivative, stable_gradient

SOAK = os.environ.get("CALCML_SOAK") == "1"
SAMPLE = 2  # points of each case

x, y = cm.symbols("x y")


def sampled(case: Case, number: int) -> Case:
    """A few of the points, others for each case."""
    if SOAK:
        return case
    step = max(len(case.points) // SAMPLE, 1)
    return case._replace(points=case.points[(7 * number) % step :: step][:SAMPLE])


CASES = [sampled(case, number) for number, case in enumerate(cases()) if not case.open]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name} {case.at}".replace(" {}", ""))
def test_every_point_is_ok_on_numpy(case: Case) -> None:
    count = judge(case, Truths(), calcml_numpy(case))
    assert set(count.value) | set(count.slope) <= {"ok", ""}, list(
        zip(case.points, count.value, count.slope, strict=True)
    )


@pytest.mark.parametrize("case", CASES[::4], ids=lambda case: f"{case.name} {case.at}".replace(" {}", ""))
def test_every_point_is_ok_at_one_point(case: Case) -> None:
    count = judge(case, Truths(), calcml_scalar(case))
    assert set(count.value) | set(count.slope) <= {"ok", ""}, list(
        zip(case.points, count.value, count.slope, strict=True)
    )


def test_the_judge_sees_what_is_wrong() -> None:
    """The literal formula fails where it should, so that a pass above means something."""
    case = next(case for case in cases() if case.name == "logistic density")._replace(points=[-800.0, 1e-8, 40.0])
    literal = lambdify([x], [cm.parse(case.typed), cm.differentiate(cm.parse(case.typed), x)], stable=False)
    with np.errstate(all="ignore"):
        columns = [np.asarray(column).tolist() for column in literal(np.array(case.points))]
    count = judge(case, Truths(), (columns[0], columns[1]))
    assert count.value[0] == "nan" and count.slope[1] in ("lossy", "wrong") and count.value[2] == "ok"


def test_truth_is_a_known_number() -> None:
    """The truths themselves: a difference quotient of many digits against the slope that is known."""
    truth = compute(cm.parse("log(1 + exp(x))"), x, {x: -40.0})
    with mpmath.workdps(30):
        assert abs(truth.slope / (1 / (1 + mpmath.exp(40))) - 1) < 1e-25
        assert abs(truth.bend / (mpmath.exp(40) / (1 + mpmath.exp(40)) ** 2) - 1) < 1e-20
    assert compute(cm.parse("abs(x)"), x, {x: 0.0}).slope is None
    assert compute(cm.parse("sin(x)/x"), x, {x: 0.0}).value == 1


@pytest.mark.parametrize(
    ("typed", "stable"),
    [
        ("1/(1 + exp(-x))", "sigmoid(x)"),
        ("exp(3*x)/(1 + exp(3*x))", "sigmoid(3*x)"),
        ("1 - exp(x)/(1 + exp(x))", "sigmoid(-x)"),
        ("w - w*tanh(x)^2", "w*sech(x)^2"),
        ("log(exp(x) + exp(y) + 1)", "logsumexp(x, y, 0)"),
        ("log(2*exp(x) + 2*exp(y))", "logsumexp(x, y) + ln(2)"),
        ("sqrt(x^2 + 4)", "hypot(x, 2)"),
        ("exp(x)*exp(-x)", "1"),
        ("exp(-log(1 + exp(-x)))", "sigmoid(x)"),
        ("log(x^2*exp(x))", "x + 2*ln(abs(x))"),
        ("log2(1 + exp(x))", "softplus(x)/ln(2)"),
        ("1/sqrt(2*pi*x^3)", "1/(x*sqrt(2*pi*x))"),
        ("sqrt(x^2*y^3)", "abs(x)*y*sqrt(y)"),
        ("(1 + x)^a/(1 + x)^(2*a + 1)", "(1 + x)^(-a - 1)"),
        ("(1 + exp(x))^a", "exp(a*softplus(x))"),
        ("2^x - 1", "expm1(x*ln(2))"),
        ("sqrt(x^2 + 1) - x", "exp(-asinh(x))"),
        ("y*x + y*sqrt(x^2 + 1)", "y*exp(asinh(x))"),
    ],
)
def test_forms(typed: str, stable: str) -> None:
    assert stabilise(cm.parse(typed)) is stabilise(cm.parse(stable))


@pytest.mark.parametrize("typed", ["x", "x^2 + 3*x", "sin(x)*y", "relu(w*x + b)", "[x, y^2]", "sum(x^i, i, 1, 4)"])
def test_what_is_stable_stays_as_it_is(typed: str) -> None:
    f = cm.parse(typed)
    assert in_primitives([f])[0] is f


def test_a_stable_form_is_stable() -> None:
    for case in list(cases())[::3]:
        f = cm.parse(case.typed)
        once = stabilise(f)
        again = stabilise(once)
        values = [lambdify(sorted(f.free_symbols, key=str), [g], stable=False) for g in (once, again)]
        at = [0.75 if s is cm.Symbol(case.of) else case.at[s.name] for s in sorted(f.free_symbols, key=str)]
        first, second = (float(np.asarray(value(*at))[..., 0]) for value in values)
        assert first == pytest.approx(second, rel=1e-14)


def test_gradient_and_derivative_agree() -> None:
    f = cm.parse("log(1 + exp(-y*(w*x + b)))")
    variables = list(cm.symbols("w b"))
    assert stable_gradient(f, variables) == [stable_derivative(f, v) for v in variables] or all(
        lambdify(cm.symbols("w b x y"), [a, b])(0.3, 1.0, 2.0, -1.0)[0]
        == pytest.approx(lambdify(cm.symbols("w b x y"), [a, b])(0.3, 1.0, 2.0, -1.0)[1])
        for a, b in zip(stable_gradient(f, variables), [stable_derivative(f, v) for v in variables], strict=True)
    )


def test_literal_formula_on_request() -> None:
    with np.errstate(all="ignore"):
        assert np.isinf(lambdify([x], cm.parse("log(1 + exp(x))"), stable=False)(np.array([800.0])))[0]
    assert lambdify([x], cm.parse("log(1 + exp(x))"))(np.array([800.0]))[0] == 800.0


def test_compiled_forms_pickle() -> None:
    f = pickle.loads(pickle.dumps(lambdify([x], cm.parse("(exp(x) - 1)/x"))))
    assert f(np.array([0.0, 1e-300]))[0] == 1.0


def test_cost_is_linear() -> None:
    """Four times the loss terms, about four times the nodes: nothing is written out more than once."""
    from calcml.traverse import count_nodes

    def loss(count: int) -> cm.Expr:
        total = cm.as_expr(0)
        for i in range(count):
            total = total + cm.ln(1 + cm.exp(x * i + y))
        return total

    small, large = (count_nodes(*stabilise_all([loss(count)])) for count in (50, 200))
    assert large <= 4.2 * small


def test_deep_expressions() -> None:
    f = x
    for _ in range(5000):
        f = cm.tanh(f)
    assert stabilise(f) is f


# ---- what is proved of an argument -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("tanh(x)*exp(-x^2)", "where"),  # bounded, times a bounded exponential: no case at all
        ("sigmoid(x)*exp(-ln(1 + exp(y)))*y", "times_exp"),
        ("x*exp(-x^2)", "== 0.0"),  # x may make up for an underflow, but nothing overflows
        ("exp(-x)/(1 + exp(-x))^2", "where"),
    ],
)
def test_cases_that_a_bound_rules_out_are_not_written(text: str, without: str) -> None:
    expr = cm.parse(text)
    assert without not in lambdify([x, y], expr).source


@pytest.mark.parametrize("k", [1, 2, 3])
def test_components_of_a_softmax_share_their_exponentials(k: int) -> None:
    z = cm.symbols("a b c")
    points = [(0.0, -40.0, -800.0), (1e300, -1e300, 3.0), (1e-300, 0.0, -1e-300), (-745.0, -745.5, -746.0)]
    f = lambdify(list(z), cm.Call("softmax", k, *z))
    slow = lambdify(list(z), cm.Call("softmax", k, *z), backend="mpmath")
    for at in points:
        for found in (f(*at), f(*[np.array([value]) for value in at])[0]):
            with mpmath.workdps(400 if max(map(abs, at)) < 1e4 else 30):
                top = max(at)
                parts = [mpmath.exp(mpmath.mpf(value) - mpmath.mpf(top)) for value in at]
                true = parts[k - 1] / mpmath.fsum(parts)
            assert abs(found - float(true)) <= 4e-16 * float(true) + 2.0**-1022
    assert slow(0.0, 0.0, 0.0) == mpmath.mpf(1) / 3
    assert lambdify(list(z), cm.Vector(*[cm.Call("softmax", k, *z) for k in (1, 2, 3)])).source.count("np.exp") == 3


def test_a_product_keeps_its_order() -> None:
    """The slope of GELU's tanh form far out: what vanishes comes before the powers that overflow."""
    f = cm.parse("0.5*x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3)))")
    at = np.array([-1e300, -1e155, 1e155, 1e300])
    assert lambdify([x], stable_derivative(f, x))(at).tolist() == [0, 0, 1, 1]
    assert lambdify([x], f).grad(at)[..., 0].tolist() == [0, 0, 1, 1]
