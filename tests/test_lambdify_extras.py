"""Compiled functions on JAX and PyTorch (extras): every row against mpmath, its slope against the table, jit and vmap."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from row_points import moderate
from test_functions_numeric import ROWS, TINY, sampled, slack

import calcml as cm
from calcml.codegen.kinks import partial

x, y = cm.symbols("x y")
# Units in the last place, where a library's own function is further off than the table's 8; by row. (jnp.log1p is up
# to 117 units off between -0.42 and -0.29, in JAX 0.10.2, and with it what is made of it.)
LIMITS = {
    "jax": {"gamma": 4e4, "factorial": 4e4, "beta": 1e6, "lgamma": 100.0, "digamma": 3e3, "trigamma": 100.0, "polygamma": 1e3, "atanh": 64.0, "asech": 64.0, "log1mexp": 128.0, "log_normal_cdf": 128.0},
    "torch": {"gamma": 4e4, "factorial": 4e4, "beta": 1e6, "lgamma": 100.0, "digamma": 3e3, "trigamma": 1e6, "polygamma": 1e6},
}  # fmt: skip


class Jax:
    name = "jax"

    def __init__(self) -> None:
        jax = pytest.importorskip("jax")
        jax.config.update("jax_enable_x64", True)
        self.jax = jax

    def array(self, values: Any) -> Any:
        return self.jax.numpy.asarray(values, dtype=float)

    def slopes(self, f: Callable[..., Any], *columns: np.ndarray) -> list[np.ndarray]:
        """By every argument, element by element."""
        one = self.jax.jit(self.jax.vmap(self.jax.grad(f, argnums=tuple(range(len(columns))))))
        return [np.asarray(part) for part in one(*map(self.array, columns))]


class Torch:
    name = "torch"

    def __init__(self) -> None:
        self.torch = pytest.importorskip("torch")

    def array(self, values: Any) -> Any:
        return self.torch.as_tensor(values, dtype=self.torch.float64)

    def slopes(self, f: Callable[..., Any], *columns: np.ndarray) -> list[np.ndarray]:
        given = [self.array(column).requires_grad_() for column in columns]
        found = self.torch.autograd.grad(f(*given).sum(), given, allow_unused=True)
        return [
            np.zeros(column.shape) if part is None else part.numpy()
            for part, column in zip(found, columns, strict=True)
        ]


@pytest.fixture(params=[Jax, Torch], ids=["jax", "torch"], scope="module")
def library(request: Any) -> Any:
    return request.param()


def of_row(name: str, count: int, backend: str) -> Any:
    """The compiled row; its number of a component or order is written into the code."""
    letters = list(cm.symbols(" ".join(f"a{i}" for i in range(count)) + " unused")[:count])
    return cm.lambdify(letters, cm.Call(name, *letters), backend=backend)


FIRST_IS_WHOLE = ("softmax", "log_softmax", "polygamma", "spherical_jn")


@pytest.mark.parametrize("name", ROWS)
def test_rows(library: Any, name: str) -> None:
    row = ROWS[name]
    groups: dict[tuple[int, float], list[tuple[tuple[float, ...], Any]]] = {}
    for args, true in sampled(name)[:60]:
        if library.name == "torch" and name == "mod" and abs(args[0]) > 1e300 * abs(args[1]):
            continue  # torch.fmod is nan where the quotient overflows
        if name in ("trigamma", "polygamma", "gamma", "factorial", "lgamma", "digamma") and args[-1] < 0:
            continue
        groups.setdefault((len(args), args[0] if name in FIRST_IS_WHOLE else 0.0), []).append((args, true))
    for (count, first), sample in groups.items():
        columns = [np.array(column) for column in zip(*[args for args, _ in sample], strict=True)]
        if name in FIRST_IS_WHOLE:
            letters = list(cm.symbols("a0 a1 a2 a3 a4 a5"))[: count - 1]
            f = cm.lambdify(letters, cm.Call(name, int(first), *letters), backend=library.name)
            got = np.asarray(f(*map(library.array, columns[1:])))
        else:
            got = np.asarray(of_row(name, count, library.name)(*map(library.array, columns)))
        assert got.dtype == np.float64 and got.shape == columns[0].shape
        for (args, true), value in zip(sample, got.tolist(), strict=True):
            limit = LIMITS[library.name].get(name, 16.0)
            with mpmath.workprec(200):
                if abs(true) >= mpmath.mpf(2) ** 1024 * (1 - mpmath.mpf(2) ** -50):
                    continue
                error = abs(mpmath.mpf(value) - true)
                allowed = (abs(true) + slack(row, args)) * mpmath.mpf(2) ** -52 * limit + 4 * TINY
                assert error <= allowed, (args, value, true, float(error / allowed * limit))


@pytest.mark.parametrize("name", [name for name in ROWS if name not in (*FIRST_IS_WHOLE, "max", "min")])
def test_slopes_of_rows(library: Any, name: str) -> None:
    """What the library's own differentiation makes of the code is the derivative in the table."""
    row = ROWS[name]
    points = [[float(a) for a in args] for args in moderate(row, 12)]
    if name in ("trigamma", "digamma", "lgamma", "gamma", "factorial", "beta"):
        points = [[abs(a) + 0.25 for a in args] for args in points]
    columns = [np.array(column) for column in zip(*points, strict=True)]
    f = of_row(name, len(columns), library.name)
    letters = list(cm.symbols("a0 a1 a2 a3")[: len(columns)])
    for position, got in enumerate(library.slopes(f, *columns)):
        wanted = cm.lambdify(letters, partial(row, tuple(letters), position))(*columns)
        assert got == pytest.approx(np.asarray(wanted), rel=1e-9, abs=1e-12), position


def test_conventions_at_kinks(library: Any) -> None:
    """relu and its kin: the slopes that the rows state, and not what the library would make of the formula."""
    kinks = {
        "abs": (0.0, 0.0), "relu": (0.0, 0.0), "relu6": (6.0, 0.0), "hinge": (1.0, 0.0), "hardtanh": (1.0, 0.0),
        "hard_sigmoid": (3.0, 0.0), "hardswish": (3.0, 1.0), "sign": (0.0, 0.0), "floor": (2.0, 0.0),
        "heaviside": (0.0, 0.0),
    }  # fmt: skip
    for name, (at, slope) in kinks.items():
        assert library.slopes(of_row(name, 1, library.name), np.array([at]))[0][0] == slope, name
    leaky = cm.lambdify(x, cm.leaky_relu(x, 0.25), backend=library.name)
    assert library.slopes(leaky, np.array([0.0]))[0][0] == 0.25
    clipped = cm.lambdify(x, cm.parse("max(0, x)"), backend=library.name)
    assert library.slopes(clipped, np.array([0.0, 1.0, -1.0]))[0].tolist() == [0.0, 1.0, 0.0]
    assert library.slopes(of_row("hypot", 2, library.name), np.zeros(1), np.zeros(1))[0][0] == 0.0


CASES = [
    ("{x*ln(x): x > 0; 0: otherwise}", [-1.0, 0.0, 2.0], [0.0, 0.0, math.log(2) + 1]),
    ("{sqrt(x): x > 0; x: otherwise}", [-1.0, 0.0, 4.0], [1.0, 1.0, 0.25]),
    ("{sin(x)/x: x != 0; 1: otherwise}", [0.0, 1.0], [0.0, math.cos(1) - math.sin(1)]),
    ("{exp(x): x < 1; e*x: otherwise}", [0.0, 800.0], [1.0, math.e]),
    ("{1/x: x > 1; {ln(1 - x): x < 0; 1/(x - 2): otherwise}: otherwise}", [2.0, -1.0, 0.0], [-0.25, -0.5, -0.25]),
    ("{ln(x)*{1/(x - 3): x > 4; x: otherwise}: x > 0; x^2: otherwise}", [-2.0, 3.0], [-4.0, math.log(3) + 1]),
]


@pytest.mark.parametrize(("text", "at", "slopes"), CASES)
def test_cases_have_no_nan_in_their_slopes(library: Any, text: str, at: list[float], slopes: list[float]) -> None:
    f = cm.lambdify(x, cm.parse(text), backend=library.name)
    assert library.slopes(f, np.array(at))[0].tolist() == pytest.approx(slopes)


def test_stable_functions_far_out(library: Any) -> None:
    f = cm.lambdify(x, cm.parse("log_sigmoid(x) + softplus(-x) + mish(x)"), backend=library.name)
    found = library.slopes(f, np.array([-1000.0, 0.0, 1000.0]))[0]
    assert np.isfinite(found).all() and found[2] == pytest.approx(1.0) and found[0] == pytest.approx(0.0)


def test_shapes_precision_and_pickles(library: Any) -> None:
    f = cm.lambdify([x, y], [x * y, cm.Vector(x, 3), cm.Matrix([x, y], [1, 2])], backend=library.name)
    again = pickle.loads(pickle.dumps(f))
    for g in (f, again):
        product, vector, matrix = g(library.array(np.ones((3, 1))), library.array(np.arange(4.0)))
        assert tuple(product.shape) == (3, 4)
        assert tuple(vector.shape) == (3, 4, 2) and float(vector[0, 0, 1]) == 3.0
        assert tuple(matrix.shape) == (3, 4, 2, 2) and float(matrix[2, 3, 0, 1]) == 3.0
    assert "def f(x0, x1):" in f.source
    slope = cm.lambdify(x, cm.as_expr(3), backend=library.name)
    assert np.asarray(slope(library.array(np.zeros(3)))).tolist() == [3.0, 3.0, 3.0]
    single = library.array([1.0, 2.0])
    single = single.astype("float32") if library.name == "jax" else single.float()
    half = cm.lambdify(x, cm.parse("{0.1: x > 1.5; 0.2: otherwise} + erfc(x) + mish(x)"), backend=library.name)
    assert str(half(single).dtype).endswith("float32")
    wide = cm.lambdify(x, cm.parse("{0.1: x > 1.5; 0.2: otherwise}"), backend=library.name)
    assert np.asarray(wide(library.array([1.0, 2.0]))).tolist() == [0.2, 0.1]


def test_sums_over_data(library: Any) -> None:
    data = cm.symbols("X", ("n", 2))
    i, n = cm.symbols("i n")
    loss = cm.Sum((data[i, 1] * x + y - data[i, 2]) ** 2, i, 1, n)
    rows = np.random.default_rng(1).normal(size=(50, 2))
    f = cm.lambdify([data, x, y], loss, backend=library.name)
    at = np.array([1.0, -2.0])
    expected = ((rows[:, 0] * at[:, None] + 0.5 - rows[:, 1]) ** 2).sum(-1)
    assert np.asarray(f(library.array(rows), library.array(at), 0.5)) == pytest.approx(expected)


def test_wrong_use(library: Any) -> None:
    f = cm.lambdify([cm.symbols("w", (3,)), x], x * cm.symbols("w", (3,))[1], backend=library.name)
    for call, error in (
        (lambda: f(library.array(np.ones(3))), cm.ArityError),
        (lambda: f(library.array(np.ones(2)), 1.0), cm.ShapeError),
        (lambda: f("abc", 1.0), cm.InputError),
    ):
        with pytest.raises(error):
            call()


def test_wrong_use_on_jax() -> None:
    jax = pytest.importorskip("jax")
    f = cm.lambdify([x, y], x * y, backend="jax")
    for wrong in (None, [1, "b"], [[1], [1, 2]], {}, 10**400, 1j, True, object()):
        with pytest.raises(cm.InputError):
            f(wrong, 1.0)
    with pytest.raises(cm.ArityError):
        f(1.0, 2.0, 3.0)
    with pytest.raises(cm.ShapeError, match="broadcast"):
        f(jax.numpy.ones(2), jax.numpy.ones(3))
    assert float(f(3, 2)) == 6.0 and np.array_equal(f([1, 2], 3), [3.0, 6.0])


def test_entries_of_vectors_and_matrices_on_jax() -> None:
    jax = pytest.importorskip("jax")
    f = cm.lambdify([x, y], cm.Matrix([x * y, cm.sin(x), 1], [3, y**2, x]), backend="jax")
    table = np.array([[6.0, np.sin(2.0), 1.0], [3.0, 9.0, 2.0]])
    assert np.allclose(f(2.0, 3.0), table, rtol=1e-6)
    assert f(np.full((4, 1), 2.0), np.full(5, 3.0)).shape == (4, 5, 2, 3)
    many = jax.vmap(f, (0, None))(np.array([2.0, 2.0]), 3.0)
    assert np.allclose(many, [table, table], rtol=1e-6)
    slopes = jax.jacrev(f)(2.0, 3.0), jax.jacfwd(f)(2.0, 3.0)
    assert all(np.allclose(s, [[3.0, np.cos(2.0), 0.0], [0.0, 0.0, 1.0]], rtol=1e-6) for s in slopes)


def test_jit_vmap_grad_of_grad() -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    f = cm.lambdify([x, y], cm.parse("mish(x*y) + sigmoid(x)^2*relu(y)"), backend="jax")
    plain = cm.lambdify([x, y], cm.parse("mish(x*y) + sigmoid(x)^2*relu(y)"))
    assert float(jax.jit(f)(0.3, 0.7)) == pytest.approx(float(plain(0.3, 0.7)))
    assert np.asarray(jax.vmap(f, (0, None))(np.arange(3.0), 0.7)) == pytest.approx(plain(np.arange(3.0), 0.7))
    second = cm.lambdify([x, y], cm.diff(cm.diff(cm.parse("mish(x*y) + sigmoid(x)^2*y"), x), y))
    assert float(jax.grad(jax.grad(f, 0), 1)(0.3, 0.7)) == pytest.approx(float(second(0.3, 0.7)))


def test_autograd_vmap_and_second_derivatives() -> None:
    torch = pytest.importorskip("torch")
    f = cm.lambdify([x, y], cm.parse("mish(x*y) + sigmoid(x)^2*relu(y)"), backend="torch")
    a = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    b = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(f(a, b), a, create_graph=True)
    (mixed,) = torch.autograd.grad(first, b)
    second = cm.lambdify([x, y], cm.diff(cm.diff(cm.parse("mish(x*y) + sigmoid(x)^2*y"), x), y))
    assert float(mixed) == pytest.approx(float(second(0.3, 0.7)))
    together = torch.func.vmap(torch.func.grad(f), (0, None))(torch.linspace(-1, 1, 5, dtype=torch.float64), b.detach())
    assert together.shape == (5,) and bool(torch.isfinite(together).all())
