"""The tree: interning, immutability, numbers, operators, shapes, depth, memory."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
from fractions import Fraction

import pytest

import calcml as cm
from calcml.decimals import digits_of, integer_of
from calcml.expr import CHAIN, E, as_expr, ratio_of
from calcml.interning import table_size
from calcml.traverse import count_nodes, height, tree_size

x, y, z = cm.symbols("x y z")


def test_equal_means_identical() -> None:
    assert x + y is x + y
    assert x + y is not y + x
    assert cm.parse("sin(x)^2/(1+x)") is cm.parse("sin(x)^2 / (1 + x)")
    assert (x < y) is (x < y)


@pytest.mark.parametrize(
    "text", ["x/x", "2*(x + 1)", "exp(ln(x))", "x - x", "0*x", "x + 0", "1*x", "x^1", "2 + 3", "-(-x)"]
)
def test_nothing_is_evaluated_on_construction(text: str) -> None:
    assert str(cm.parse(text)) == text


def test_expressions_are_immutable() -> None:
    with pytest.raises(AttributeError):
        x.data = "y"
    with pytest.raises(AttributeError):
        (x + 1).args = ()
    with pytest.raises(AttributeError):
        del x.data


def test_a_relation_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match="condition"):
        bool(x < y)


@pytest.mark.parametrize(
    ("value", "text", "ratio"),
    [
        (3, "3", (3, 1)), (-3, "-3", (-3, 1)), (0, "0", (0, 1)), (0.1, "0.1", (1, 10)), (-2.5, "-2.5", (-5, 2)),
        (1e-8, "1e-08", (1, 10**8)), (2.0, "2.0", (2, 1)), (Fraction(-2, 6), "-1/3", (-1, 3)), (1e300, "1e300", (10**300, 1)),
    ],
)  # fmt: skip
def test_python_numbers_enter_exactly(value: object, text: str, ratio: tuple[int, int]) -> None:
    node = as_expr(value)
    assert str(node) == text
    assert ratio_of(node) == ratio


def test_a_decimal_remembers_its_notation() -> None:
    assert cm.parse("0.5") is not cm.parse("1/2")
    assert str(cm.parse("0.50")) == "0.50"
    assert cm.parse("0.5") is not cm.parse("0.50")


def test_from_float_is_the_exact_binary_value() -> None:
    node = cm.Number.from_float(0.1)
    assert Fraction(*ratio_of(node)) == Fraction(0.1)  # type: ignore[misc]
    assert Fraction(*ratio_of(cm.Number.from_float(-1e-300))) == Fraction(-1e-300)  # type: ignore[misc]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_non_finite_floats_are_refused(value: float) -> None:
    with pytest.raises(cm.InputError):
        as_expr(value)
    with pytest.raises(cm.InputError):
        cm.Number.from_float(value)


@pytest.mark.parametrize("value", ["x", None, {}, object(), 1j])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        as_expr(value)
    with pytest.raises(TypeError):
        x + value  # type: ignore[operator]


def test_true_and_one_are_different() -> None:
    assert as_expr(True) is not as_expr(1)


def test_operators_build_chains() -> None:
    assert (x + y + z) is cm.Add(x, y, z)
    assert (x * y * z) is cm.Mul(x, y, z)
    assert str(x + (y + z)) == "x + (y + z)"
    assert str(2 * x**2 - 1 / x) == "2*x^2 - 1/x"
    total = x
    for _ in range(10 * CHAIN):
        total = total + 1
    assert cm.evaluate(total, {x: 0}) is as_expr(10 * CHAIN)


def test_long_sums_cost_linear_work() -> None:
    total = x
    for i in range(20_000):
        total = total + i * y
    assert count_nodes(total) < 100_000


def test_numpy_functions_build_trees() -> None:
    np = pytest.importorskip("numpy")
    assert 1 / (1 + np.exp(-x)) is cm.parse("1/(1+exp(-x))")
    assert np.sin(x) is cm.sin(x)
    assert str(np.float64(2.0) * x) == "2.0*x"
    assert str(np.maximum(x, 0)) == "max(x, 0)"
    assert str(np.log(x) + np.arctan(y)) == "ln(x) + atan(y)"
    with pytest.raises(TypeError):
        np.add.reduce(x)


def test_names_have_one_spelling() -> None:
    assert cm.symbols("λ") is cm.symbols("lambda")
    assert cm.symbols("w_1") is cm.symbols("w1") is cm.symbols("w₁")
    for bad in ["1x", "x y;", "a.b", "__class__", "x; import os", "", "x" * 300]:
        with pytest.raises(cm.CalcmlError):
            cm.Symbol(bad)


def test_copy_and_pickle_keep_identity() -> None:
    expr = cm.parse("sin(x)^2 + {1: x > 0; 0.5: otherwise}*sum(i*x, i, 1, n)")
    assert copy.copy(expr) is expr
    assert copy.deepcopy([expr])[0] is expr
    assert pickle.loads(pickle.dumps(expr)) is expr
    shaped = cm.symbols("w", ("n",))
    assert pickle.loads(pickle.dumps(shaped)) is shaped


def test_shapes() -> None:
    w, matrix = cm.symbols("w", ("n",)), cm.symbols("A", ("m", "n"))
    assert (2 * w).shape == ("n",)
    assert (matrix @ w).shape == ("m",)
    assert cm.Dot(w, w).shape == ()
    assert matrix[1, 2].shape == ()
    assert cm.Vector(x, y).shape == (2,)
    assert as_expr([[1, x], [y, 2]]).shape == (2, 2)
    for bad in (lambda: w + cm.Vector(x, y), lambda: w @ w, lambda: cm.Dot(w, cm.Vector(x)), lambda: cm.Vector(x)[2]):
        with pytest.raises(cm.ShapeError):
            bad()


def test_free_symbols_and_substitution_respect_bound_variables() -> None:
    total = cm.parse("sum(i*x, i, 1, n)")
    assert total.free_symbols == {x, cm.symbols("n")}
    i = cm.symbols("i")
    assert cm.substitute(total, {i: 5}) is total
    captured = cm.substitute(total, {x: i})
    assert i in captured.free_symbols
    assert cm.evaluate(cm.substitute(captured, {i: 3, cm.symbols("n"): 4})) == 30


def deep(depth: int) -> cm.Expr:
    node = x
    for _ in range(depth):
        node = cm.sin(node)
    return node


def test_a_chain_100_000_deep() -> None:
    node = deep(100_000)
    assert height(node) == 100_000
    assert copy.deepcopy(node) is node
    data = pickle.dumps(node)
    text = str(node)
    before = table_size()
    derivative = cm.differentiate(node, x)
    assert count_nodes(derivative) < 500_000
    assert cm.parse(text) is node
    assert cm.substitute(node, {x: y}) is not node
    from calcml.order import compare

    assert compare(node, cm.sin(node)) == -1
    del derivative
    gc.collect()
    assert table_size() <= before + 1
    del node
    assert str(pickle.loads(data)) == text


def test_a_graph_whose_tree_has_2_to_the_1000_nodes() -> None:
    node = x
    for _ in range(1000):
        node = node * node
    assert tree_size(node) == 2**1001 - 1
    assert count_nodes(node) == 1001
    assert "1,001 nodes" in repr(node)
    assert count_nodes(cm.differentiate(node, x)) < 10_000
    assert pickle.loads(pickle.dumps(node)) is node
    with pytest.raises(cm.LimitError, match="characters"):
        str(node)


def test_the_table_is_back_to_its_size_after_the_last_root_is_gone() -> None:
    gc.collect()
    before = table_size()
    roots = [cm.sin(x + i) * cm.exp(y * i) for i in range(1000)]
    assert table_size() > before + 4000
    del roots
    gc.collect()
    assert table_size() == before


def test_threads_building_the_same_nodes_get_the_same_objects() -> None:
    results: list[list[cm.Expr]] = [[] for _ in range(8)]
    barrier = threading.Barrier(8)

    def build(mine: list[cm.Expr]) -> None:
        barrier.wait()
        for i in range(300):
            mine.append(cm.Add(cm.sin(x * i), cm.Number(i)) ** 2)

    threads = [threading.Thread(target=build, args=(mine,)) for mine in results]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for others in results[1:]:
        assert all(a is b for a, b in zip(results[0], others, strict=True))


@pytest.mark.parametrize("digits", [1, 15, 4299, 4300, 4301, 10_000, 30_000])
def test_digits_of_any_length(digits: int) -> None:
    value = 10**digits - 7
    assert integer_of(digits_of(value)) == value
    assert len(digits_of(value)) == digits


def test_constants() -> None:
    assert cm.parse("e") is E
    assert float(cm.parse("sin(pi/2)")) == 1.0


def test_what_is_dropped_leaves_the_table_and_what_is_held_stays_the_same() -> None:
    kept = cm.sin(x * 12345)
    dropped = id(cm.cos(cm.sin(x * 12345)))
    before = table_size()
    for i in range(50_000):  # more than one sweep
        cm.cos(kept + i)
    assert cm.sin(x * 12345) is kept
    assert dropped and table_size() <= before + 1


def test_threads_that_build_the_same_get_the_same() -> None:
    from concurrent.futures import ThreadPoolExecutor

    def build(seed: int) -> list[cm.Expr]:
        return [cm.exp(x * (i % 700) + seed % 2) for i in range(30_000)][-700:]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(build, range(8)))
    for a, b in zip(results[0], results[2], strict=True):
        assert a is b
    assert results[1] == results[3] and results[0] is not results[1]
