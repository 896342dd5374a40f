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
    short, long = (min(cost(chain(name, depth + extra)) for extra in (0, 1)) for depth in (20, 120))
    assert long < 12 * short + 0.1, (short, long)


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
