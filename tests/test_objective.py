"""Objectives: flat vectors, data, gradients and Hessians against differences; SciPy where it is installed."""

from __future__ import annotations

import numpy as np
import pytest

import calcml as cm

a, b, c, t, y = cm.symbols("a b c t y")


def differences(f: object, w: np.ndarray, step: float = 1e-6) -> np.ndarray:
    rows = []
    for i in range(len(w)):
        shift = np.zeros(len(w))
        shift[i] = step
        rows.append((np.asarray(f(w + shift)) - np.asarray(f(w - shift))) / (2 * step))  # type: ignore[operator]
    return np.array(rows)


ROSENBROCK = cm.parse("100*(b - a^2)^2 + (1 - a)^2")
RNG = np.random.default_rng(3)
ROWS = {t: RNG.normal(size=40), y: (RNG.random(40) > 0.5).astype(float)}
LOGISTIC = cm.parse("softplus(a*t + b) - y*(a*t + b) + c^2*t^2")
OBJECTIVES = [
    (ROSENBROCK, [a, b], None),
    (LOGISTIC, [a, b, c], ROWS),
    (cm.parse("relu(a*t + b)*c + hypot(a, b) + max(a, b*t, c)"), [a, b, c], {t: ROWS[t]}),
    (cm.parse("{a*ln(a): a > 0; b^2*a: otherwise} + exp(a*b)"), [a, b], None),
]


@pytest.mark.parametrize(("f", "variables", "data"), OBJECTIVES)
def test_derivatives(f: cm.Expr, variables: list[cm.Expr], data: dict | None) -> None:
    o = cm.objective(f, variables, data)
    w = np.array([0.7, -0.4, 0.3][: len(variables)])
    p = np.array([1.0, 2.0, -1.0][: len(variables)])
    assert isinstance(o.fun(w), float) and o.size == len(variables)
    assert o.grad(w) == pytest.approx(differences(o.fun, w), rel=1e-6, abs=1e-6)
    assert o.hess(w) == pytest.approx(differences(o.grad, w), rel=1e-5, abs=1e-5)
    assert o.hessp(w, p) == pytest.approx(o.hess(w) @ p, rel=1e-12, abs=1e-12)
    value, slope = o.value_and_grad(w)
    assert value == o.fun(w) and np.array_equal(slope, o.grad(w))
    assert np.allclose(o.hess(w), o.hess(w).T, rtol=1e-13)


def test_rows_of_data_are_added_up() -> None:
    o = cm.objective(LOGISTIC, [a, b, c], ROWS)
    one_by_one = [
        cm.lambdify([a, b, c, t, y], LOGISTIC, backend="math")(0.5, 0.25, 0.1, u, v)
        for u, v in zip(ROWS[t].tolist(), ROWS[y].tolist(), strict=True)
    ]
    assert o.fun([0.5, 0.25, 0.1]) == pytest.approx(sum(one_by_one), rel=1e-14)


def test_constant_slopes_count_every_row() -> None:
    o = cm.objective(a * 3 + t, [a], {t: np.zeros(7)})
    assert o.fun([2.0]) == 42.0 and o.grad([2.0]).tolist() == [21.0] and o.hess([2.0]).tolist() == [[0.0]]


def test_sum_with_an_index_over_a_matrix() -> None:
    data = cm.symbols("X", ("n", 2))
    i, n = cm.symbols("i n")
    rows = RNG.normal(size=(30, 2))
    loss = cm.Sum((data[i, 1] * a + b - data[i, 2]) ** 2, i, 1, n)
    o = cm.objective(loss, [a, b], {data: rows})
    w = np.array([0.5, -0.5])
    assert o.fun(w) == pytest.approx(((rows[:, 0] * 0.5 - 0.5 - rows[:, 1]) ** 2).sum())
    assert o.grad(w) == pytest.approx(differences(o.fun, w), rel=1e-6)
    assert o.hess(w) == pytest.approx(differences(o.grad, w), rel=1e-6)


def test_variables_with_a_shape() -> None:
    w = cm.symbols("w", (3,))
    o = cm.objective(cm.Dot(w, w) * b + w[1], [w, b])
    assert o.size == 4 and o.fun([1, 2, 3, 0.5]) == 8.0
    assert o.grad([1, 2, 3, 0.5]).tolist() == [2.0, 2.0, 3.0, 14.0]
    assert o.split([1, 2, 3, 0.5])[w].tolist() == [1.0, 2.0, 3.0]


def test_kinks_have_the_slope_that_the_table_states() -> None:
    for text, at, slope in (
        ("relu(a)", 0.0, 0.0), ("abs(a)", 0.0, 0.0), ("hinge(a)", 1.0, 0.0), ("leaky_relu(a, 0.2)", 0.0, 0.2),
        ("max(0, a)", 0.0, 0.0), ("max(a, 2*a)", 0.0, 1.5), ("min(a, 3*a, 5)", 0.0, 2.0), ("hypot(a, 0)", 0.0, 0.0),
        ("hardswish(a)", 3.0, 1.0), ("{a: a < 1; a^2: otherwise}", 1.0, 2.0),
    ):  # fmt: skip
        assert cm.objective(cm.parse(text), [a]).grad([at]).tolist() == [slope], text
        assert cm.lambdify(a, cm.parse(text)).value_and_grad(np.array([at, at]))[1].tolist() == [[slope], [slope]], text


def test_a_case_that_is_not_taken_does_not_spoil_the_gradient() -> None:
    o = cm.objective(cm.parse("{a*ln(a): a > 0; 0: otherwise} + {b/a: a > 1; b: otherwise}"), [a, b])
    assert o.grad([-1.0, 2.0]).tolist() == [0.0, 1.0]
    assert o.grad([0.0, 2.0]).tolist() == [0.0, 1.0]
    assert np.isfinite(o.hess([0.0, 2.0])).all()


def test_wrong_use() -> None:
    for call, error in (
        (lambda: cm.objective(a * t, [a]), cm.InputError),
        (lambda: cm.objective(cm.Vector(a, b), [a, b]), cm.ShapeError),
        (lambda: cm.objective(a * t * y, [a], {t: [1.0, 2.0], y: [1.0]}), cm.ShapeError),
        (lambda: cm.objective(a * t, [a], {t: np.ones((2, 2))}), cm.ShapeError),
        (lambda: cm.objective(a * b, [a, b]).fun([1.0]), cm.ShapeError),
        (lambda: cm.objective(a * b, [a, b]).hessp([1.0, 2.0], [1.0]), cm.ShapeError),
    ):
        with pytest.raises(error):
            call()


@pytest.mark.parametrize("method", ["BFGS", "Newton-CG", "trust-exact", "trust-ncg"])
def test_scipy_takes_them_as_they_are(method: str) -> None:
    optimize = pytest.importorskip("scipy.optimize")
    o = cm.objective(ROSENBROCK, [a, b])
    options = {} if method == "BFGS" else {"hess": o.hess}
    found = optimize.minimize(o.fun, [-1.2, 1.0], jac=o.grad, method=method, **options)
    assert found.x == pytest.approx([1.0, 1.0], abs=1e-4)
    together = optimize.minimize(o.value_and_grad, [-1.2, 1.0], jac=True, hessp=o.hessp, method="Newton-CG")
    assert together.x == pytest.approx([1.0, 1.0], abs=1e-4)
