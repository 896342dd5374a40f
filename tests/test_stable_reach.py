"""Stable code for every formula: nothing is refused, nothing grows faster than the graph, no value is lost far out."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import mpmath
import pytest

import calcml as cm
from calcml.codegen.compiled import lambdify
from calcml.precise import PreciseProgram
from calcml.stable import stabilise
from calcml.stable.decays import DECAYS, HIGHEST

x = cm.symbols("x")
TINY = 2.0**-1022


def truth(f: cm.Expr, at: float) -> mpmath.mpf:
    with mpmath.workdps(700):
        found = PreciseProgram(f).run({x: mpmath.mpf(at)})
    assert found is not None, (f, at)
    return found


def require(typed: str, points: str, backend: str = "math") -> None:
    """The value and the slope at every point, to 1e-13 of the truth."""
    f = cm.parse(typed)
    slope = cm.differentiate(f, x)
    compiled = lambdify([x], f, backend=backend)
    for at in map(float, points.split()):
        value, (grad,) = compiled.value_and_grad(at)
        for found, true in ((float(value), truth(f, at)), (float(grad), truth(slope, at))):
            assert abs(mpmath.mpf(found) - true) <= 1e-13 * abs(true) + TINY, (at, found, mpmath.nstr(true, 17))


# ---- where no polynomial can be made ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "points"),
    [
        ("exp(-3/x^4)", "0.25 -0.8 1.5 1e3 -1e70"),
        ("x*exp(-1/abs(x))", "0.01 -0.5 7 1e9"),
        ("exp(-1/x^2) + x", "0.1 1.5 -2"),
        ("tanh(1/x^2)/x", "0.125 -2.5 1e6"),
        ("1 - sigmoid(1/x^2)", "0.1 0.7 -3 1e5"),
    ],
)
def test_an_essential_singularity_keeps_its_formula(typed: str, points: str) -> None:
    require(typed, points)


def test_what_cannot_be_evaluated_to_many_digits_keeps_its_formula() -> None:
    f = cm.parse("(exp(exp(1/x^2)) - 1)/x")
    assert lambdify([x], f, backend="math")(3.0) == pytest.approx((math.exp(math.exp(1 / 9)) - 1) / 3)
    assert stabilise(f).free_symbols == {x}


# ---- deep and large graphs --------------------------------------------------------------------------------------

CHAINS: dict[str, Callable[[cm.Expr], cm.Expr]] = {
    "e^-u": lambda u: cm.exp(-u),
    "x*e^u": lambda u: x * cm.exp(-u * u),
    "sin u": cm.sin,
    "sqrt(1 + u^2)": lambda u: cm.sqrt(1 + u**2),
    "ln(1 + e^u)": lambda u: cm.ln(1 + cm.exp(u)),
    "1/(1 + e^-u)": lambda u: 1 / (1 + cm.exp(-u)),
    "(1 - e^-u)/u": lambda u: (1 - cm.exp(-u)) / u,
    "x*sin(u)/(1 + u^2)": lambda u: x * cm.sin(u) / (1 + u**2),
    "hypot(u, 1) - u": lambda u: cm.sqrt(1 + u**2) - u,
}


def chain(name: str, depth: int) -> cm.Expr:
    u: cm.Expr = x
    for _ in range(depth):
        u = CHAINS[name](u)
    return u


def cost(f: cm.Expr) -> float:
    start = time.process_time()
    assert lambdify([x], f, backend="math").grad(0.75)
    return time.process_time() - start


@pytest.mark.parametrize("name", CHAINS)
def test_the_cost_of_a_chain_grows_as_its_depth(name: str) -> None:
    cost(chain(name, 8))  # what is made once
    short, long = (min(cost(chain(name, depth + i)) for i in range(3)) for depth in (40, 200))
    assert long < 12 * short + 0.2, (short, long)  # five times the depth: a square would cost 25 times as much


@pytest.mark.parametrize("name", ["e^-u", "sin u"])
def test_a_deep_chain_has_its_slope(name: str) -> None:
    depth = 1500
    slope = 1.0
    u = 0.75
    for _ in range(depth):
        u, by = (math.exp(-u), -math.exp(-u)) if name == "e^-u" else (math.sin(u), math.cos(u))
        slope *= by
    (grad,) = lambdify([x], chain(name, depth), backend="math").grad(0.75)
    assert grad == pytest.approx(slope, rel=1e-9, abs=1e-300)


# ---- differences of quotients -----------------------------------------------------------------------------------

FAR = "1e-300 -1e-9 0.5 -3 1e5 -1e5 1e9 1e17 -1e17 1e30 1e60"
ABOVE = "1e-300 1e-9 0.3 2.5 1e5 1e9 1e17 1e30 1e60"


@pytest.mark.parametrize(
    ("typed", "points"),
    [
        ("3*x^2/(2 + 5*x^2)", FAR),
        ("(x^2 - 4)/(x^2 + 9)", FAR),
        ("x^6/(7 + x^6)", "0.5 -0.25 1e5 -1e9 1e30"),
        ("x^5/(2 + x^5)", "0.5 1e5 -1e9 1e30"),
        ("(3*x - 2)/(5*x + 7)", FAR),
        ("x/(x + 1/3)", FAR),
        ("2 - 2*x/(x + 5)", FAR),
        ("x^2/(1 + x^2) - 1", FAR),
        ("1/(x - 2) - 1/(x + 3)", "1e-300 -1e-9 0.5 1e5 -1e5 1e9 1e17 1e30"),
        ("x/(2 + cosh(x))^2 - x*cosh(x)/(2 + cosh(x))^3", "0.5 -1 20 -40"),
        ("cosh(x)/(3 + cosh(x))", "0.5 -1 20 -40 200"),
        ("(1 + x)/(2 + x) - 1", FAR),
        ("x/(x + exp(-3))", FAR),
    ],
)
def test_what_cancels_between_quotients_is_gone(typed: str, points: str) -> None:
    require(typed, points)


def test_the_share_of_one_of_several_keeps_its_slopes() -> None:
    a, b, c = cm.symbols("a b c")
    f = lambdify([a, b, c], a / (a + b + c), backend="math")
    total = (1e9 + 5) ** 2
    assert f.grad(1e9, 2.0, 3.0) == pytest.approx([5 / total, -1e9 / total, -1e9 / total], rel=1e-14, abs=0)
    assert f.grad(1e17, 2.0, 3.0) == pytest.approx([5e-34, -1e-17, -1e-17], rel=1e-15, abs=0)


def test_a_factor_in_common_is_not_opened() -> None:
    """(x - 1)^3 keeps its digits near 1, where the numerator written out would lose them all."""
    f = cm.parse("(x - 1)^3/(x + 2) - (x - 1)^3*x/(x + 2)^2")
    near = 1 + 2.0**-30
    assert lambdify([x], f, backend="math")(near) == pytest.approx(float(truth(f, near)), rel=1e-14)


# ---- the edge of a range ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "points"),
    [
        ("1 - 3*x/sqrt(4 + 9*x^2)", FAR),
        ("2 + 2*x/sqrt(x^2 + 7)", FAR),
        ("ln(x/sqrt(1 + x^2))", ABOVE),
        ("ln(x/(3 + x))", ABOVE),
        ("ln(x^2/(5 + x^2))", FAR),
        ("ln(x^3/(5 + x^3))", ABOVE),
        ("ln((2 + x)/(7 + x))", ABOVE),
        ("ln(tanh(x/3))", "1e-300 1e-9 0.4 3 30 120 900"),
        ("ln(abs(tanh(x)))", "1e-300 -0.4 30 -30 -300"),
        ("ln(erf(x))", "1e-300 0.3 2 6 20"),
        ("ln(cos(x)^2)", "1e-150 1e-9 -0.5 1 6.25"),
        ("log2(x/(1 + x))", ABOVE),
        ("ln(ln(1 + exp(x)))", "-800 -745 -41 -39.5 -3 0.25 20 800"),
        ("ln(ln(1 + exp(-2*x)))", "400 21 -3"),
    ],
)
def test_what_is_nearly_at_the_edge_keeps_its_digits(typed: str, points: str) -> None:
    require(typed, points)


@pytest.mark.parametrize("backend", ["math", "numpy"])
def test_a_difference_of_roots_is_0_where_both_are(backend: str) -> None:
    y = cm.symbols("y")
    f = lambdify([x, y], cm.parse("2*sqrt(x) - 2*sqrt(3*y)"), backend=backend)
    assert f(0.0, 0.0) == 0
    assert f(12.0, 1.0) == pytest.approx(2 * math.sqrt(12) - 2 * math.sqrt(3))
    assert f(3.0 + 2.0**-50, 1.0) == pytest.approx(2.0**-50 / math.sqrt(3), rel=1e-12)
    assert math.isnan(f(-1.0, 0.0))


# ---- powers beside what decays ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "points", "zero"),
    [
        ("x^5/(exp(2*x) - 1)", "0.3 -7 350 371 372.5", "1e70 1e300"),
        ("x^4/(exp(x) + 1)", "0.3 -7 700 745 750", "1e80 1e300"),
        ("x^3*exp(-x/2)/(1 - exp(-x/2))", "0.3 -7 1400 1480 1490", "1e103 1e300"),
        ("x^6/cosh(x)", "0.3 -7 -720 745", "1e60 -1e300"),
        ("x^2/sinh(x/2)", "0.3 -7 -1430 1488", "1e160 -1e300"),
        ("x^4*exp(x)/(exp(x) - 1)^2", "0.3 -7 -720 720 745", "1e80 -1e300"),
        ("x^3*erfc(x)", "0.3 -7 26 26.6 27", "1e110 1e300"),
        ("x^3*(1 - tanh(x))", "0.3 350 370 372.5", "1e103 1e300"),
        ("x^2*(1 + erf(x))", "0.3 -3 -26 -26.6", "-1e160 -1e300"),
    ],
)
def test_a_power_beside_what_decays(typed: str, points: str, zero: str) -> None:
    require(typed, points)
    f = lambdify([x], cm.parse(typed), backend="math")
    for at in map(float, zero.split()):
        assert f.value_and_grad(at) == (0.0, [0.0]), at


@pytest.mark.parametrize("name", DECAYS)
def test_what_decays_is_the_exponential_of_its_row(name: str) -> None:
    row = DECAYS[name]
    u = cm.Symbol("u")
    exact = cm.parse(f"{name}(u)^{row.power}" if row.power > 0 else f"1/{name}(u)")
    joined = cm.parse(f"exp({row.exponent})*({row.rest})")
    size = cm.parse(row.size)
    count = 0
    for at in (-900, -100, 100, 900):
        with mpmath.workdps(50):
            values = {u: mpmath.mpf(at)}
            if PreciseProgram(size).run(values) > row.beyond / HIGHEST:
                true, found = (PreciseProgram(side).run(values) for side in (exact, joined))
                assert abs(found - true) <= 2.0**-53 * abs(true)
                count += 1
    assert count


@pytest.mark.parametrize("backend", ["math", "numpy"])
@pytest.mark.parametrize("typed", ["x*exp(1/x)", "3*x*exp(2/x)", "x*exp(-1/x^2)", "x*exp(2/(3*x))"])
def test_0_times_an_exponential_at_its_pole_has_no_value(typed: str, backend: str) -> None:
    f = lambdify([x], cm.parse(typed), backend=backend)
    assert math.isnan(f(0.0))
    require(typed, "0.5 -0.01 -3 1e9", backend)


def test_the_cube_root_has_an_infinite_slope_at_0_in_torch() -> None:
    torch = pytest.importorskip("torch")
    f = lambdify([x], cm.parse("2*cbrt(x)"), backend="torch")
    at = torch.tensor([0.0, -0.0, 8.0, -27.0], dtype=torch.float64, requires_grad=True)
    value = f(at)
    value.sum().backward()
    assert value.tolist() == [0, 0, 4, -6]
    assert at.grad.tolist() == [math.inf, math.inf, pytest.approx(1 / 6), pytest.approx(2 / 27)]
