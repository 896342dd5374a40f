"""Compiled functions: every row of the table on every back end against mpmath; shapes, precision, names, size."""

from __future__ import annotations

import ast
import math
import os
import pickle
import random
import re
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mpmath
import numpy as np
import pytest
from random_expressions import samples
from test_functions_numeric import ROWS, limit, points, reference, sampled, ulps

import calcml as cm
from calcml.codegen import blocks
from calcml.codegen.standalone import standalone_code
from calcml.codegen.targets import TARGETS
from calcml.differentiation import resolve
from calcml.evaluation import Program, power_kind
from calcml.expr import make
from calcml.precise import jumps
from calcml.traverse import topological

SOAK = os.environ.get("CALCML_SOAK") == "1"
COUNT = 200 if SOAK else 40
x, y, z = cm.symbols("x y z")


def of_row(name: str, count: int, backend: str, **options: Any) -> cm.CompiledFunction:
    letters = cm.symbols(" ".join(f"a{i}" for i in range(count)) + " unused")[:count]
    return cm.lambdify(list(letters), cm.Call(name, *letters), backend=backend, **options)


# ---- every function of the table ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ROWS)
def test_rows_in_float64(name: str) -> None:
    """`math`, NumPy on numbers and NumPy on arrays agree with mpmath as closely as the table promises."""
    row = ROWS[name]
    by_count: dict[int, list[tuple[tuple[float, ...], Any]]] = {}
    for args, true in sampled(name)[:COUNT]:
        by_count.setdefault(len(args), []).append((args, true))
    for count, sample in by_count.items():
        scalar, vector = of_row(name, count, "math"), of_row(name, count, "numpy")
        columns = [np.array(column) for column in zip(*[args for args, _ in sample], strict=True)]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            together = vector(*columns)
            one_by_one = [vector(*args) for args, _ in sample]
        assert together.dtype == np.float64 and together.shape == columns[0].shape
        for place, (args, true) in enumerate(sample):
            for value in (scalar(*args), together[place], one_by_one[place]):
                assert ulps(row, args, float(value), true) <= limit(name), (args, value, true)


@pytest.mark.parametrize("name", ROWS)
def test_rows_in_any_precision(name: str) -> None:
    row = ROWS[name]
    sample = list(points(row, 30, "moderate"))
    with mpmath.workdps(60):
        for args in sample:
            if any(a and not 0.01 < abs(a) < 100 for a in args):  # definitions cancel near 0
                continue
            exact = tuple(map(mpmath.mpf, args))
            value = of_row(name, len(args), "mpmath")(*exact)
            with mpmath.workdps(400):
                true = reference(row, exact)
            assert abs(value - true) <= mpmath.mpf(10) ** -50 * (1 + abs(true)), args


@pytest.mark.parametrize("name", ROWS)
def test_nan_passes_through_every_row(name: str) -> None:
    row = ROWS[name]
    for count in {row.arity[0], row.arity[1] or 3}:
        for place in range(1 if name in ("elu", "leaky_relu", "prelu") else count):  # above 0 they use x alone
            args = [1.0] * count
            args[place] = math.nan
            scalar, vector = of_row(name, count, "math"), of_row(name, count, "numpy")
            assert math.isnan(scalar(*args)) and math.isnan(vector(*args)), args
            assert np.isnan(vector(*[np.array([a]) for a in args])).all(), args


# ---- shapes ---------------------------------------------------------------------------------------------------------


def test_constants_broadcast() -> None:
    """STEPS.md, failure 46."""
    slope = cm.lambdify(x, cm.diff(3 * x, x))
    assert slope(np.zeros(3)).tolist() == [3.0, 3.0, 3.0]
    assert slope(2.0) == 3.0
    assert slope(np.zeros((2, 0))).shape == (2, 0)


def test_data_axes_lead() -> None:
    """STEPS.md, failure 47: a Hessian on arrays of length k has shape (k, 2, 2)."""
    f = cm.parse("x^2*y + y^3")
    hessian = cm.Matrix([cm.diff(cm.diff(f, x), x), cm.diff(cm.diff(f, x), y)], [cm.diff(cm.diff(f, y), x), 6 * y])
    h = cm.lambdify([x, y], hessian)
    assert h(1.0, 2.0).tolist() == [[4.0, 2.0], [2.0, 12.0]]
    assert h(np.ones(5), np.full(5, 2.0)).shape == (5, 2, 2)
    assert h(np.ones((3, 1)), np.arange(4.0)).shape == (3, 4, 2, 2)
    assert h(np.ones((3, 1)), np.arange(4.0))[2, 3].tolist() == [[6.0, 2.0], [2.0, 18.0]]
    g = cm.lambdify([x, y], cm.grad(f))
    assert g(np.ones((3, 1)), 2.0).shape == (3, 1, 2)
    assert g(np.ones(0), 2.0).shape == (0, 2)


def test_arguments_with_a_shape() -> None:
    w = cm.symbols("w", (3,))
    f = cm.lambdify([w, x], cm.Dot(w, w) * x + w[2])
    assert f([1.0, 2.0, 3.0], 2.0) == 30.0
    assert f(np.ones((4, 3)), np.arange(4.0)).tolist() == [1.0, 4.0, 7.0, 10.0]
    assert cm.lambdify([w, x], cm.Dot(w, w) * x, backend="math")([1, 2, 3], 2.0) == 28.0
    vector = cm.lambdify(cm.Vector(x, y), x * y)  # not a list of two arguments: one, of shape (2,)
    assert vector(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist() == [2.0, 12.0]
    matrix = cm.lambdify([cm.Matrix([x, y], [z, cm.symbols("u")])], x * z)
    assert matrix([[1.0, 2.0], [3.0, 4.0]]) == 3.0


def test_lists_stay_lists() -> None:
    both = cm.lambdify([x, y], (x + y, [x * y, cm.Vector(x, y)]))
    total, (product, vector) = both(np.array([1.0, 2.0]), 3.0)
    assert total.tolist() == [4.0, 5.0] and product.tolist() == [3.0, 6.0]
    assert vector.tolist() == [[1.0, 3.0], [2.0, 3.0]]
    assert cm.lambdify([x, y], (x + y, [x * y, cm.Vector(x, y)]), backend="math")(1.0, 2.0) == (3.0, [2.0, [1.0, 2.0]])


def test_precision_is_kept() -> None:
    f = cm.lambdify([x, y], cm.parse("gamma(x)/3 + erf(y)*exp(x) + {1/3: x > 0; y: otherwise}"))
    single, double = np.ones(3, np.float32), np.ones(3)
    assert f(single, single).dtype == np.float32
    assert f(single, 1.0).dtype == np.float32
    assert f(single, double).dtype == np.float64
    assert f(np.ones(3, int), 1).dtype == np.float64
    assert isinstance(f(1.0, 1.0), np.float64)
    assert f(np.float32(1), np.float32(1)).dtype == np.float32
    assert cm.lambdify(x, x > 0)(np.array([1.0, -1.0])).tolist() == [True, False]


def test_results_are_fresh() -> None:
    data = np.arange(3.0)
    for expr in (x, [x, x], cm.Vector(x, x), (x * 2, x * 2)):
        result = cm.lambdify(x, expr)(data)
        parts = list(result) if isinstance(result, (list, tuple)) else [result]
        for part in parts:
            part += 1
        assert data.tolist() == [0.0, 1.0, 2.0]
    a, b = cm.lambdify(x, (x * 2, x * 2))(data)
    a += 1
    assert b.tolist() == [0.0, 2.0, 4.0]


# ---- sums with an index, over data ----------------------------------------------------------------------------------


def test_sums_over_data() -> None:
    data = cm.symbols("X", ("n", 2))
    i, n = cm.symbols("i n")
    loss = cm.Sum((data[i, 1] * x + y - data[i, 2]) ** 2, i, 1, n)
    rows = np.random.default_rng(1).normal(size=(50, 2))
    for slope, offset in ((2.0, 1.0), (np.array([1.0, -2.0]), 0.5), (np.ones((3, 1)), np.arange(2.0))):
        expected = ((rows[:, 0] * np.asarray(slope)[..., None] + np.asarray(offset)[..., None] - rows[:, 1]) ** 2).sum(
            -1
        )
        assert np.allclose(cm.lambdify([data, x, y], loss)(rows, slope, offset), expected, rtol=1e-13)
    assert math.isclose(cm.lambdify([data, x, y], loss, backend="math")(rows.tolist(), 2.0, 1.0),
                        ((2 * rows[:, 0] + 1 - rows[:, 1]) ** 2).sum())  # fmt: skip
    assert float(cm.lambdify([data, x, y], loss, backend="mpmath")(rows.tolist(), 2, 1)) == pytest.approx(
        ((2 * rows[:, 0] + 1 - rows[:, 1]) ** 2).sum()
    )


def test_sums_in_sums_and_sums_that_share_an_index() -> None:
    i, j, n = cm.symbols("i j n")
    double = cm.Sum(cm.Sum(x**i / j, j, 1, i), i, 1, n)
    both = cm.Sum(i * x, i, 1, 3) * cm.Sum(i / x, i, 1, 4) + cm.Sum(x + 0 * y, i, 1, 5) + i
    for backend in ("math", "mpmath"):
        f = cm.lambdify([x, n], double, backend=backend)
        assert float(f(0.5, 4)) == pytest.approx(sum(0.5**k / m for k in range(1, 5) for m in range(1, k + 1)))
    assert cm.lambdify([x, y, i], both)(np.array([2.0, 4.0]), 0.0, 7.0).tolist() == [77.0, 87.0]
    assert cm.lambdify([x, y, i], both, backend="math")(2.0, 0.0, 7.0) == 77.0


# ---- cases ----------------------------------------------------------------------------------------------------------


def test_cases_compute_only_what_is_taken() -> None:
    f = cm.parse(
        "{x ln x: x > 0; {1/(1 + x): x < -1; sqrt(1 + x)*sin(sqrt(1 + x)) + cos(sqrt(1 + x)): otherwise}: otherwise}"
    )
    at = [2.0, -3.0, -0.5, 0.0]
    wanted = [
        2 * math.log(2),
        -0.5,
        math.sqrt(0.5) * math.sin(math.sqrt(0.5)) + math.cos(math.sqrt(0.5)),
        math.sin(1) + math.cos(1),
    ]
    for backend in ("math", "mpmath", "numpy"):
        g = cm.lambdify(x, f, backend=backend)
        assert [float(g(value)) for value in at] == pytest.approx(wanted, rel=1e-14)
    assert cm.lambdify(x, f)(np.array(at)) == pytest.approx(wanted, rel=1e-14)


def test_nan_decides_no_case() -> None:
    f = cm.parse("{-1: x < 0; 1: otherwise}")
    for backend in ("math", "numpy", "mpmath"):
        assert math.isnan(float(cm.lambdify(x, f, backend=backend)(math.nan)))
    assert np.isnan(cm.lambdify(x, f)(np.array([np.nan]))).all()


def test_outside_the_domain_and_beyond_the_range() -> None:
    for text in ("ln(x)", "sqrt(x)", "x^(1/3)", "x^x", "1/(1 + x)"):
        for backend in ("math", "mpmath"):
            assert math.isnan(float(cm.lambdify(x, cm.parse(text), backend=backend)(-1.0))), text
        assert not np.isfinite(cm.lambdify(x, cm.parse(text))(np.array([-1.0]))), text
    assert cm.lambdify(x, cm.exp(x), backend="math")(1000.0) == math.inf


# ---- errors ---------------------------------------------------------------------------------------------------------

WRONG = [
    (lambda: cm.lambdify(x, x + y), cm.InputError, "y is not among the arguments"),
    (lambda: cm.lambdify([x, x], x), cm.InputError, "x stands twice"),
    (lambda: cm.lambdify(x + 1, x), cm.InputError, "is no symbol"),
    (lambda: cm.lambdify(x, x, backend="cuda"), cm.InputError, "no back end"),
    (lambda: cm.lambdify([x, y], x)(1.0), cm.ArityError, "2 arguments are expected, and 1"),
    (lambda: cm.lambdify([x, y], x, backend="math")(1.0), cm.ArityError, "2 arguments are expected, and 1"),
    (lambda: cm.lambdify([x], x, backend="math")(1.0, 2.0), cm.ArityError, "1 arguments are expected, and 2"),
    (lambda: cm.lambdify([x, y], x)(np.ones(2), np.ones(3)), cm.ShapeError, "(2,), (3,)"),
    (lambda: cm.lambdify(cm.Vector(x, y), x)([1.0, 2.0, 3.0]), cm.ShapeError, "not shape (3,)"),
    (lambda: cm.lambdify(cm.Vector(x, y), x, backend="math")([1.0]), cm.ShapeError, "not shape (1,)"),
    (lambda: cm.lambdify(x, x**2)("1; import os"), cm.InputError, "a number or an array"),
    (lambda: cm.lambdify(x, x**2)(1j), cm.InputError, "a number or an array"),
    (lambda: cm.lambdify(x, x**2, backend="math")("a"), cm.InputError, "a number is expected"),
    (lambda: cm.lambdify(x, cm.Integral(x, x)), cm.NoRuleError, "closed form"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), WRONG)
def test_wrong_use(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        call()
    assert message in str(caught.value)


# ---- pickling, sources, names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["numpy", "math", "mpmath"])
def test_pickled(backend: str) -> None:
    """STEPS.md, failure 48."""
    f = cm.lambdify([x, y], cm.parse("x^2*sin(y)"), backend=backend)
    again = pickle.loads(pickle.dumps(f))
    assert again(2.0, 0.5) == f(2.0, 0.5) and again.source == f.source
    assert isinstance(f, cm.CompiledFunction) and "x^2*sin(y)" in repr(f)


HOSTILE = [
    "lambda",
    "np",
    "def",
    "x0",
    "t0",
    "import",
    "exec",
    "f",
    "nan",
    "slow",
    "special",
    "errors",
    "again",
    "e1",
    "print",
    "None",
    "self",
]


def test_names_of_symbols_do_not_matter() -> None:
    for name in HOSTILE:
        symbol = cm.Symbol(name)
        for backend in ("numpy", "math", "mpmath"):
            f = cm.lambdify([symbol, x], cm.exp(symbol) * x + cm.exp(symbol), backend=backend, stable=False)
            assert float(f(0.0, 2.0)) == 3.0
            body = f.source.split('"""')[2]
            code = "\n".join(line.split("#")[0] for line in body.splitlines())
            assert set(re.findall(r"\b[A-Za-z_]\w*", code)) <= {"return", "np", "exp", "mp", "x0", "x1", "t0", "mpf"}


def test_source_is_readable() -> None:
    f = cm.lambdify([x, y], cm.parse("exp(-x^2/2)*sin(y) + exp(-x^2/2)"), backend="math", stable=False)
    assert f.source.splitlines() == [
        "def f(x0, x1):",
        '    """exp(-x^2/2)*sin(y) + exp(-x^2/2)',
        "",
        "    x0: x",
        "    x1: y",
        '    """',
        "    t0 = exp(-x0*x0/2.0)  # exp(-x*x/2)",
        "    return t0*sin(x1) + t0",
    ]  # fmt: skip


def test_shared_parts_are_computed_once() -> None:
    u = cm.exp(cm.sin(x))
    for backend in ("numpy", "math", "mpmath"):
        f = cm.lambdify(x, [u * u, u + 1, cm.diff(u, x)], backend=backend, stable=False)
        assert f.source.split('"""')[2].count("exp(") <= 2


# ---- size -----------------------------------------------------------------------------------------------------------


def test_deep_expressions_compile() -> None:
    chain = x
    depth = 100_000 if SOAK else 20_000
    for _ in range(depth):
        chain = cm.sin(chain)
    expected = 0.5
    for _ in range(depth):
        expected = math.sin(expected)
    for backend in ("numpy", "math", "mpmath"):
        assert float(cm.lambdify(x, chain, backend=backend)(0.5)) == pytest.approx(expected, rel=1e-9)


def test_many_operands_and_many_cases() -> None:
    total = cm.Add(*[cm.Pow(x, k) for k in range(1, 3000)])
    assert cm.lambdify(x, total, backend="math")(0.5) == pytest.approx(1.0)
    assert cm.lambdify(x, total)(np.array([0.5, 0.25])) == pytest.approx([1.0, 1 / 3])
    steps = cm.Piecewise(*[(cm.as_expr(k), x < k) for k in range(1, 400)], otherwise=x)
    for backend in ("math", "numpy", "mpmath"):
        f = cm.lambdify(x, steps, backend=backend)
        assert [float(f(value)) for value in (-1.0, 17.5, 500.0)] == [1.0, 18.0, 500.0]
    nested = x
    for k in range(300):
        nested = cm.Piecewise((nested + 1, x < k), otherwise=nested * 1)
    for backend in ("math", "numpy", "mpmath"):
        assert float(cm.lambdify(x, nested, backend=backend)(100.5)) == 299.5


def has_parameter_powers(expr: cm.Expr) -> bool:
    return any(isinstance(node, cm.Pow) and power_kind(*node.args) == "parameter" for node in topological(expr))


def test_random_expressions_agree_on_all_back_ends() -> None:
    """With the reference evaluator, in float64; where that has no value, no back end has one."""
    compared = 0
    rng = random.Random(5)
    for expr in samples(1000 if SOAK else 120, 7):
        letters = sorted(expr.free_symbols, key=lambda symbol: symbol.data)
        program = Program([resolve(expr)], letters)
        functions = [
            cm.lambdify(letters, expr, backend=backend, stable=False) for backend in ("numpy", "math", "mpmath")
        ]
        for _ in range(5):
            at = [rng.choice((rng.uniform(-3, 3), rng.uniform(0, 1), float(rng.randint(-2, 3)))) for _ in letters]
            true = program.run(at)[0]
            exact = float(functions[2](*at))
            if math.isfinite(true) and abs(exact - true) > 1e-9 * abs(true):
                continue  # ill-conditioned: float64 itself is off
            values = [*[float(f(*at)) for f in functions[:2]], float(functions[0](*[np.array([a]) for a in at])[0])]
            for value in values:
                if math.isfinite(true):
                    assert value == pytest.approx(true, rel=1e-8, abs=1e-300), (expr, at)
                    compared += 1
            # arrays follow IEEE arithmetic, in which sigmoid(1/0) is 1; everywhere 0^2.5 is 0, which 0^n is not for us
            if true != true and not jumps(expr) and not has_parameter_powers(expr):
                assert not math.isfinite(values[1]), (expr, at)
    assert compared > 500


def test_targets_are_complete() -> None:
    for target in TARGETS.values():
        assert target.name and target.constants.keys() >= {"e", "pi", "oo", "nan", "true", "false"}


# ---- large arrays, by the tape --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [blocks.WORTH_BLOCKS, blocks.BLOCK, 3 * blocks.BLOCK + 17, blocks.WORTH_THREADS + 5])
def test_blocks_compute_what_the_written_code_computes(size: int) -> None:
    rng = np.random.default_rng(size)
    a, b = rng.normal(size=size), rng.normal(size=size)
    f = cm.parse(
        "mish(x*y)/(1 + x^2) + {ln(x): x > 0; erf(x) + gamma(2 + sin(y)): otherwise}*max(x, y, 1/2) + z*cot(z)"
    )
    outputs = [f, cm.Vector(x, f, 2, x * y), x > y, x, f]
    g = cm.lambdify([x, y, z], outputs)
    value, vector, flag, same, again = g(a, b, 0.75)
    pieces = [g(a[i : i + 1000], b[i : i + 1000], 0.75) for i in range(0, size, 1000)]
    for whole, number in ((value, 0), (vector, 1), (flag, 2), (same, 3), (again, 4)):
        together = np.concatenate([piece[number] for piece in pieces])
        assert whole.shape == together.shape and whole.dtype == together.dtype
        np.testing.assert_allclose(whole, together, rtol=1e-15)
    assert not np.shares_memory(same, a) and not np.shares_memory(value, again)
    assert g(a.astype(np.float32), b.astype(np.float32), 0.75)[0].dtype == np.float32
    square = g(a[: size // 2 * 2].reshape(2, -1), b[: size // 2 * 2].reshape(2, -1), 0.75)[1]
    assert square.shape == (2, size // 2, 4) and np.array_equal(square[1, 0], vector[size // 2])


def test_blocks_from_several_threads() -> None:
    f = cm.lambdify([x, y], cm.parse("exp(-x^2)*y + sigmoid(x)"))
    a = np.random.default_rng(1).normal(size=blocks.WORTH_THREADS)
    expected = f(a, 2.0)
    with ThreadPoolExecutor(4) as pool:
        for result in pool.map(lambda _: f(a, 2.0), range(8)):
            assert np.array_equal(result, expected)


def test_blocks_of_what_is_too_large_to_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    f = cm.parse("mish(x*y)/(1 + x^2) + {ln(x): x > 0; erf(x): otherwise}*max(x, y, 1/2)")
    outputs = [f, x > y, x, 3, cm.Vector(f, x, 2)]
    a, b = np.random.default_rng(0).normal(size=(2, 2 * blocks.WORTH_BLOCKS + 3))
    compiled = cm.lambdify([x, y], outputs)(a, b)
    monkeypatch.setattr(blocks, "MOST_COMPILED", 0)
    for found, wanted in zip(cm.lambdify([x, y], outputs)(a, b), compiled, strict=True):
        assert found.dtype == wanted.dtype
        np.testing.assert_allclose(found, wanted, rtol=1e-15)


def test_results_of_blocks_are_fresh() -> None:
    f = cm.lambdify(x, cm.parse("exp(x)"))
    a = np.ones(blocks.WORTH_BLOCKS)
    first = f(a)
    f(2 * a)
    assert first[0] == math.e


def test_arguments_that_broadcast_only_in_part() -> None:
    f = cm.lambdify([x, y], cm.parse("sin(x)*exp(y)"))
    a, b = np.linspace(0, 1, 300)[:, None], np.linspace(0, 1, 200)
    assert np.allclose(f(a, b), np.sin(a) * np.exp(b), rtol=1e-15)


# ---- small arrays, in a straight line -------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5,), (0,), (2, 3), ()])
def test_small_arrays_of_every_layout(shape: tuple[int, ...]) -> None:
    f = cm.parse("exp(-x^2)*y - {ln(x): x > 0; erf(y): otherwise}*max(x, y, 1/2) + sigmoid(x*y)")
    matrix = cm.Matrix([x, f, 1], [f, y, x * y])
    outputs = (f, [cm.Vector(f, 2, x, f * x), x > y], x, f, 3, matrix, (y,))
    g = cm.lambdify([x, y], outputs)
    rng = np.random.default_rng(7)
    a, b = np.asarray(rng.normal(size=shape)), np.asarray(rng.normal(size=shape))
    g(a, b)  # the second call goes the short way
    value, (vector, flag), same, again, three, table, (other,) = g(a, b)
    true = cm.lambdify([x, y], f)(a[..., None], b[..., None])[..., 0]  # by the readable code: a first call
    assert value.shape == flag.shape == same.shape == again.shape == three.shape == other.shape == shape
    assert flag.dtype == bool and np.array_equal(flag, a > b) and np.array_equal(three, np.full(shape, 3.0))
    np.testing.assert_array_equal(value, true)
    np.testing.assert_array_equal(again, true)
    np.testing.assert_array_equal(vector, np.stack([true, np.full(shape, 2.0), a, true * a], axis=-1))
    rows = [np.stack([a, true, np.ones(shape)], axis=-1), np.stack([true, b, a * b], axis=-1)]
    np.testing.assert_array_equal(table, np.stack(rows, axis=-2))
    if shape:
        parts = [value, vector, flag, same, again, three, table, other, a, b]
        assert not any(np.shares_memory(p, q) for i, p in enumerate(parts) for q in parts[:i])


@pytest.mark.parametrize("stable", [True, False])
def test_the_short_way_computes_what_the_readable_code_computes(stable: bool) -> None:
    for e in samples(COUNT, 11):
        variables = sorted(cm.free_symbols(e), key=str) or [x]
        f = cm.lambdify(variables, e, stable=stable)
        rng = np.random.default_rng(3)
        columns = [rng.normal(size=9) * 10.0 ** rng.integers(-3, 3, size=9) for _ in variables]
        first = f(*[column[None] for column in columns])[0]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            f(*columns)
            short = f(*columns)
        readable = f(*[column.astype(">f8") for column in columns])  # another byte order goes the general way
        np.testing.assert_allclose(short, first, rtol=1e-12)  # NumPy's last digit depends on where an array lies
        np.testing.assert_allclose(short, readable, rtol=1e-12)


def test_small_arrays_from_several_threads_and_without_warnings() -> None:
    f = cm.lambdify([x, y], cm.parse("exp(x)/y + ln(y)"), stable=False)
    a, b = np.array([1.0, 800.0, 2.0]), np.array([0.0, 1.0, -1.0])
    before = np.geterr()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        expected = f(a, b)
        with ThreadPoolExecutor(4) as pool:
            for result in pool.map(lambda _: [f(a, b) for _ in range(500)], range(8)):
                np.testing.assert_array_equal(result, [expected] * 500)
    assert np.geterr() == before


def test_what_the_short_way_does_not_take_is_still_refused_or_computed() -> None:
    f = cm.lambdify([x, y], cm.parse("x*exp(y)"))
    a = np.array([1.0, 2.0])
    for _ in range(3):
        assert np.array_equal(f(a, np.zeros(2)), a) and f(3.0, 0.0) == 3.0 and type(f(3.0, 0.0)) is np.float64
        assert np.array_equal(f(a, 0.0), a) and f(a.astype(np.float32), np.float32(0)).dtype == np.float32
        assert f(np.float64(3), 0) == 3.0 and f(a[:, None], np.zeros(3)).shape == (2, 3)
        with pytest.raises(cm.ArityError, match="2 arguments are expected, and 1 were given"):
            f(a)
        with pytest.raises(cm.ArityError, match="2 arguments are expected, and 3 were given"):
            f(a, a, a)
        with pytest.raises(cm.ShapeError):
            f(a, np.zeros(3))
        with pytest.raises(cm.InputError):
            f(a, "no")


def test_numbers_in_every_layout() -> None:
    """Python numbers give NumPy's numbers and arrays, as arrays without axes do."""
    outputs = (x * y, [cm.Vector(x, y), x > y], [x, y], 3, cm.Matrix([x, 1], [y, 2]))
    f = cm.lambdify([x, y], outputs)
    for at in ((2.0, 3.0), (2, 3), (np.float64(2), 3), (np.array(2.0), np.array(3.0))):
        for _ in range(2):
            value, (vector, flag), both, three, table = f(*at)
            assert [type(n) for n in (value, *both, three)] == [np.float64] * 4 and not flag
            assert (value, both, three) == (6.0, [2.0, 3.0], 3.0)
            assert np.array_equal(vector, [2.0, 3.0]) and np.array_equal(table, [[2.0, 1.0], [3.0, 2.0]])
            assert vector.dtype == table.dtype == np.float64


# ---- the first number ------------------------------------------------------------------------------------------------


def test_the_first_number_is_every_number() -> None:
    """It is found without compiling, where that makes no difference to the last bit."""
    one = cm.Call("log1p", x) * y
    own = [
        "exp(-x)/(1 + exp(-x))^2", "-x*y + tanh(x)/sigmoid(y) - 3*x/7", "ln(x)/y", "exp(exp(x*y))", "1/x - 1/y",
        "sqrt(x)*softplus(y)", "sin(x)*x*x*y - (x - y)*(x + y)",
    ]  # fmt: skip
    for e in [one, *map(cm.parse, own), *samples(4 * COUNT, 23)]:
        variables = sorted(cm.free_symbols(e), key=str) or [x]
        for at in ([0.3 + 0.7 * i for i in range(len(variables))], [-1.5] * len(variables), [0.0] * len(variables)):
            for outputs in (e, [e, variables[0]]):
                f = cm.lambdify(variables, outputs, backend="math", stable=False)
                first, second = f(*at), f(*at)
                assert type(first) is type(second) and repr(first) == repr(second), (e, at)


def test_the_first_call_may_be_wrong_or_an_integer() -> None:
    e = cm.parse("exp(x)/y")
    for _ in range(2):
        f = cm.lambdify([x, y], e, backend="math", stable=False)
        with pytest.raises(cm.ArityError):
            f(1.0)
        with pytest.raises(cm.InputError):
            f("a", 1.0)
        assert f(0, 2) == 0.5 and f(0.0, 2.0) == 0.5 and math.isnan(f(0.0, 0.0)) and f(1000.0, 1.0) == math.inf
    g = cm.lambdify([x, y], e, backend="math", stable=False)
    assert math.isnan(g(0.0, 0.0)) and pickle.loads(pickle.dumps(g))(0.0, 4.0) == 0.25 and g(0.0, 4.0) == 0.25


# ---- hostile names --------------------------------------------------------------------------------------------------

PAYLOADS = [
    "__import__('os').system('true')", "x;import os", "x\nimport os", 'x"""\nimport os\n"""', "x' or exec('1')#", "x\\", "{0}", "{results}",
    "x if 1 else y", "lambda: 0", "().__class__.__bases__[0].__subclasses__()", "np.load('f')", "x0,t0=1", "#", "*/ int main(void){} /*",
]  # fmt: skip


@pytest.mark.parametrize("payload", [f"{text}{n}" for text in PAYLOADS for n in range(14)])
def test_forged_names_are_never_code(payload: str) -> None:
    """No such symbol can be made; one forged past the constructor (a pickle) reaches the docstring alone."""
    with pytest.raises((cm.ParseError, cm.InputError)):
        cm.Symbol(payload)
    forged = make(cm.Symbol, payload, ())
    for backend in ("numpy", "math"):
        f = cm.lambdify([forged, x], cm.exp(forged) * x + cm.exp(forged), backend=backend)
        assert float(f(0.0, 2.0)) == 3.0
        (statement,) = ast.parse(f.source).body
        assert isinstance(statement, ast.FunctionDef)
        docstring, *lines, last = statement.body
        assert isinstance(docstring, ast.Expr) and isinstance(docstring.value, ast.Constant)
        assert isinstance(last, ast.Return) and {type(line) for line in lines} <= {ast.Assign}
    for target in ("numpy", "math", "c"):
        text = standalone_code(cm.exp(forged) * x, [forged, x], target)
        if target != "c":
            for node in ast.parse(text).body:
                helper = isinstance(node, ast.Assign) and re.fullmatch(
                    r"\w+ = (_total\(\w+\)|[\d.e-]+)", ast.unparse(node)
                )
                assert helper or isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef)), ast.dump(node)
        else:
            assert text.count("*/") == text.count("/*")
