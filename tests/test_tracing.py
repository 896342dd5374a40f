"""Tracing: the tree has the values of the NumPy function; what has no tree is refused with its line."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import calcml as cm
from calcml.evaluation import Program
from calcml.heads import Index
from calcml.tracing.functions import ADDING, MOVING, supported

# ---- functions as people write them ---------------------------------------------------------------------------------


def mse(w, b, X, y):
    return np.mean((X @ w + b - y) ** 2)


def ridge(w, X, y, lam=0.1):
    residual = y - np.dot(X, w)
    return residual @ residual / (2 * len(y)) + lam * np.linalg.norm(w) ** 2


def lasso(w, X, y):
    return 0.5 * np.sum(np.square(X.dot(w) - y)) + 0.3 * np.abs(w).sum()


def logistic(w, X, y):
    margin = y * (X @ w)
    return np.log1p(np.exp(-margin)).mean()


def cross_entropy(p, y):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()


def softmax_cross_entropy(logits):
    labels = np.eye(3)[[0, 2]]
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return -np.sum(labels * log_p) / logits.shape[0]


def mlp(x, W1, b1, W2, b2):
    hidden = np.maximum(0, x @ W1 + b1)
    return np.tanh(hidden @ W2 + b2)


def huber(w, X, y, delta=1.0):
    r = X @ w - y
    small = np.abs(r) <= delta
    return np.where(small, 0.5 * r**2, delta * (np.abs(r) - 0.5 * delta)).mean()


def attention(Q, K, V):
    scores = Q @ K.T / np.sqrt(K.shape[-1])
    scores = np.where(np.tril(np.ones((2, 2))) == 1, scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights @ V


def layer_norm(x, g, b):
    return g * (x - x.mean()) / np.sqrt(x.var() + 1e-5) + b


def gaussian_nll(x, mu, s):
    return np.sum(0.5 * ((x - mu) / np.exp(s)) ** 2 + s + 0.5 * np.log(2 * np.pi))


def rbf(X, Y):
    squared = np.sum((X[:, None, :] - Y[None, :, :]) ** 2, axis=-1)
    return np.exp(-0.5 * squared)


def cosine(a, b):
    return np.vdot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b))


def rotation(t, v):
    return np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]) @ v


def kl(p, q):
    p, q = np.exp(p) / np.exp(p).sum(), np.exp(q) / np.exp(q).sum()
    return np.einsum("i,i->", p, np.log(p) - np.log(q))


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rnn(h, xs, W, U):
    for x in xs:
        h = np.tanh(W @ h + U @ x)
    return h


def in_place(x):
    out = np.zeros_like(x)
    out[0] = x[-1] * 2
    out[1:] += x[:-1]
    return out


def hinge_accuracy(w, X, y):
    score = X @ w
    return np.mean(np.maximum(0, 1 - y * score)) + np.mean((score > 0) & (y > 0)) + (score * y <= 0).sum()


def focal(z):
    p = 1 / (1 + np.exp(-np.asarray(z)))
    return (-((1 - p) ** 2.0) * np.log(p)).sum()


def triplet(a, p, n):
    return max(0.0, 1.0) * np.maximum(np.sum((a - p) ** 2) - np.sum((a - n) ** 2) + 0.2, 0)


def convolution(x, k):
    return np.stack([np.sum(x[i : i + 3] * k) for i in range(len(x) - 2)])


def batched(X, W):
    return np.tensordot(X, W, axes=([1], [0])).T.reshape(2, -1)[:, ::-1]


def poly(c, x):
    return np.polyval(c, x) + np.cumsum(c)[-1] + np.diff(c).prod()


CASES = [
    (mse, {"w": (3,), "b": (), "X": (4, 3), "y": (4,)}),
    (ridge, {"w": (3,), "X": (4, 3), "y": (4,)}),
    (lasso, {"w": (2,), "X": (3, 2), "y": (3,)}),
    (logistic, {"w": (2,), "X": (3, 2), "y": (3,)}),
    (cross_entropy, {"p": (4,), "y": (4,)}),
    (softmax_cross_entropy, {"logits": (2, 3)}),
    (mlp, {"x": (3, 2), "W1": (2, 4), "b1": (4,), "W2": (4, 2), "b2": (2,)}),
    (huber, {"w": (2,), "X": (5, 2), "y": (5,)}),
    (attention, {"Q": (2, 3), "K": (2, 3), "V": (2, 2)}),
    (layer_norm, {"x": (4,), "g": (4,), "b": (4,)}),
    (gaussian_nll, {"x": (3,), "mu": (3,), "s": (3,)}),
    (rbf, {"X": (2, 3), "Y": (3, 3)}),
    (cosine, {"a": (4,), "b": (4,)}),
    (rotation, {"t": (), "v": (2,)}),
    (kl, {"p": (3,), "q": (3,)}),
    (rosenbrock, {"x": (5,)}),
    (rnn, {"h": (2,), "xs": (3, 2), "W": (2, 2), "U": (2, 2)}),
    (in_place, {"x": (4,)}),
    (hinge_accuracy, {"w": (2,), "X": (4, 2), "y": (4,)}),
    (focal, {"z": (3,)}),
    (triplet, {"a": (3,), "p": (3,), "n": (3,)}),
    (convolution, {"x": (6,), "k": (3,)}),
    (batched, {"X": (2, 3), "W": (3, 2)}),
    (poly, {"c": (4,), "x": ()}),
]


def values_of(tree: cm.Expr, arrays: dict[str, np.ndarray]) -> np.ndarray:
    """The tree at a point, by the reference evaluator."""
    places, numbers = [], []
    for name, array in arrays.items():
        symbol = cm.Symbol(name, array.shape)
        places.append(symbol)
        numbers.append(float(array) if not array.shape else math.nan)
        for place in np.ndindex(array.shape):
            if place:
                places.append(Index(symbol, *[i + 1 for i in place]))
                numbers.append(float(array[place]))
    roots = [tree]
    if tree.shape:
        roots = [entry for row in tree.args for entry in (row.args if len(tree.shape) == 2 else [row])]
    return np.array(Program(roots, places).run(numbers), dtype=float).reshape(tree.shape)


@pytest.mark.parametrize(("function", "shapes"), CASES, ids=lambda case: getattr(case, "__name__", ""))
def test_a_traced_function_has_the_values_of_the_function(function, shapes) -> None:
    tree = cm.trace(function, shapes)
    for seed in range(6):
        rng = np.random.default_rng(seed)
        arrays = {name: rng.normal(size=shape) for name, shape in shapes.items()}
        if function is cross_entropy:
            arrays = {name: rng.uniform(-0.1, 1.1, size=shape) for name, shape in shapes.items()}
        wanted = np.asarray(function(**arrays), dtype=float)
        assert tree.shape == wanted.shape
        np.testing.assert_allclose(values_of(tree, arrays), wanted, rtol=1e-12, atol=1e-14)


# ---- one function of NumPy at a time ---------------------------------------------------------------------------------

SINGLE = [
    "np.atleast_2d(x)", "np.broadcast_to(x, (2, 3))", "np.column_stack([x, 2*x])", "np.concatenate([x, [1.5, 2]])",
    "np.diag(x)", "np.expand_dims(x, 1)", "np.flip(x)", "np.hstack([x, x])", "np.moveaxis(x[:, None], 0, 1)",
    "np.ravel(np.outer(x, x))", "np.repeat(x, 2)", "np.reshape(x, (3, 1))", "np.roll(x, 1)", "np.squeeze(x[None])",
    "np.swapaxes(x[None], 0, 1)", "np.take(x, [2, 0])", "np.tile(x, 2)", "np.transpose(x[None])", "np.tril(np.outer(x, x))",
    "np.vstack([x, x])", "np.split(x, 3)[1]", "np.append(x, 1.0)", "np.rot90(np.outer(x, x))", "np.block([x, x])",
    "np.convolve(x, [1.0, 2.0])", "np.cross(x, x[::-1])", "np.cumprod(x)", "np.cumsum(x)", "np.diff(x)", "np.dot(x, x)",
    "np.einsum('i,j->ij', x, x)", "np.einsum('i->', x)", "np.inner(x, x)", "np.kron(x, [1.0, 2.0])", "np.outer(x, x)",
    "np.polyval([1.0, -2.0, 3.0], x)", "np.prod(x)", "np.tensordot(x, x, 1)", "np.trace(np.outer(x, x))", "np.vdot(x, x)",
    "np.trapezoid(x, dx=0.5)", "np.vecdot(x, x)", "np.matmul(np.outer(x, x), x)", "np.max(x)", "np.min(x, axis=0)",
    "np.ptp(x)", "np.var(x, ddof=1)", "np.std(x)", "np.average(x, weights=[1.0, 2.0, 3.0])", "np.average(x)",
    "np.linalg.norm(x, 1)", "np.linalg.norm(x, np.inf)", "np.linalg.norm(x, 3)", "np.linalg.norm(np.outer(x, x))",
    "np.linalg.norm(np.outer(x, x), axis=1)", "np.where(x > 0, x, -x)", "np.select([x > 1, x > 0], [x, 2*x], 7.0)",
    "np.clip(x, -0.5, 0.5)", "np.clip(x, None, 0.5)", "np.sinc(x)", "np.real(x)", "np.count_nonzero(x > 0)",
    "np.where(np.any(x > 1), 1.0, 2.0)", "np.where(np.all(x > -9), x, 0.0)", "np.logaddexp(x, 0)", "np.hypot(x, 1)",
    "np.arctan2(x, 2.0)", "np.heaviside(x, 0.5)", "np.heaviside(x - x, 0.25)", "np.deg2rad(x)", "np.degrees(x)",
    "np.exp2(x)", "np.expm1(x)", "np.cbrt(x)", "np.sign(x)", "np.floor(x)", "np.ceil(x)", "np.trunc(3*x)", "np.fmod(x, 1) if False else x",
    "np.remainder(x, 0.7)", "x // 0.7", "x % 0.7", "np.reciprocal(x)", "np.square(x)", "-x", "+x", "abs(x)", "2.0**x",
    "np.arcsinh(x)", "np.tanh(x)", "np.logical_not(x > 0) * x", "((x > 0) | (x < -1)) * x", "(x == x) * 1.0", "(x != 0) * x",
    "np.add.reduce(x)", "np.multiply.reduce(x)", "np.maximum.reduce(x)", "np.add.accumulate(x)", "np.subtract.outer(x, x)",
    "np.divide(1.0, x, where=x > 0, out=np.zeros_like(x))", "x.sum()", "x.reshape(3, 1).T", "x.mean(keepdims=True)", "x.max()", "x.min()",
    "x.std()", "x.dot(x)", "x.clip(0, 1)", "x.copy().astype(float)", "x.cumsum()", "x.prod()", "x.ravel()", "x.flatten()",
    "x[..., None]", "x[[0, 2]]", "x[np.array([True, False, True])]", "x[-1]", "sum(x)", "np.array([x[0], x[1]])", "np.exp(np.asarray(x))",
    "np.asarray(x).sum()", "np.ones_like(x) * x", "np.full_like(x, 2.5) + x", "np.float64(2.0) * x", "[1.0, 2.0, 3.0] * x",
    "np.array([1.0, 2.0, 3.0]) @ x", "x @ np.ones((3, 2))", "np.logaddexp.reduce(x)", "x.T", "x.round if False else x",
]  # fmt: skip


@pytest.mark.parametrize("code", SINGLE)
def test_each_function_of_numpy(code: str) -> None:
    function = eval(f"lambda x: {code}", {"np": np})
    tree = cm.trace(function, {"x": (3,)})
    for values in ([0.3, -1.7, 2.2], [1.5, 0.25, -0.75]):
        x = np.array(values)
        np.testing.assert_allclose(values_of(tree, {"x": x}), np.asarray(function(x), dtype=float), rtol=1e-12)


def test_every_name_in_the_lists_is_a_function_of_numpy() -> None:
    old = {"trapz", "unstack", "permute_dims", "matrix_transpose", "vecdot"}  # of one NumPy or another
    assert [name for name in supported() if not hasattr(np, name) and name not in old | {"norm"}] == []
    assert not ADDING & MOVING


# ---- trees ----------------------------------------------------------------------------------------------------------

TREES = [
    (lambda x: np.exp(-(x**2)), [()], "exp(-x^2)"),
    (lambda x, y: np.maximum(x, 0) + y, [(), ()], "max(x, 0) + y"),
    (lambda w, x: w @ x, [(2,), (2,)], "w[1]*x[1] + w[2]*x[2]"),
    (lambda x: np.where(x > 0, x, 0), [()], "{x: x > 0; 0: otherwise}"),
    (lambda x: np.log(x) / np.log(2), [()], "ln(x)/0.6931471805599453"),
    (lambda x: np.mean(x), [(3,)], "(x[1] + x[2] + x[3])/3"),
    (lambda x: 3.5, [()], "3.5"),
    (np.sin, [()], "sin(x1)"),
]


@pytest.mark.parametrize(("function", "shapes", "text"), TREES)
def test_trees_look_like_the_code(function, shapes, text: str) -> None:
    tree = cm.trace(function, shapes)
    if text == "sin(x1)":
        assert tree in (cm.parse("sin(x1)"), cm.parse("sin(x)"))
    else:
        assert str(tree) == text


def test_symbols_and_numpy_meet() -> None:
    a, x = cm.symbols("a x")
    assert np.sin(x) is cm.sin(x)  # STEPS row 49
    assert cm.trace(lambda x: a * x, [()]) is a * x
    assert np.float64(2) * x is cm.Mul(cm.parse("2.0"), x)


def test_data_in_place_of_a_shape_is_written_into_the_tree() -> None:
    tree = cm.trace(lambda w, X: X @ w, {"w": (2,), "X": np.array([[1.0, 2.5]])})
    assert str(tree) == "[1*w[1] + 2.5*w[2]]"


def test_gradients_of_a_traced_loss() -> None:
    w = cm.Symbol("w", (2,))
    loss = cm.trace(lambda w: np.sum(w**2) / 2, {"w": 2})
    assert [str(cm.simplify(d)) for d in cm.differentiate_all(loss, [w[1], w[2]])] == ["w[1]", "w[2]"]


def test_long_sums_are_one_node_and_cost_is_linear() -> None:
    tree = cm.trace(lambda x: np.sum(np.sqrt(np.asarray(x))), [(500,)])
    assert type(tree) is cm.Add and len(tree.args) == 500
    totals = cm.trace(lambda x: np.cumsum(x), [(60,)])  # running totals share: nothing is copied
    assert sum(len(node.args) for node in cm_nodes(totals)) < 60 * 25


def cm_nodes(tree: cm.Expr) -> list[cm.Expr]:
    from calcml.traverse import topological

    return topological(tree)


@settings(max_examples=40)
@given(
    st.lists(
        st.sampled_from(["np.tanh", "np.square", "np.cumsum", "np.flip", "-", "0.5 * ", "np.exp2", "np.diff"]),
        max_size=6,
    ),
    st.sampled_from(["np.sum", "np.max", "np.mean", "np.linalg.norm", "np.prod", "np.std"]),
)
def test_compositions_keep_their_values(steps: list[str], last: str) -> None:
    code = "x"
    for step in steps:
        code = f"{step}({code})"
    function = eval(f"lambda x: {last}({code})", {"np": np})
    x = np.array([0.4, -0.9, 0.7, 1.1, -0.2, 0.3, 0.8])
    tree = cm.trace(function, {"x": (7,)})
    np.testing.assert_allclose(values_of(tree, {"x": x}), function(x), rtol=1e-10, atol=1e-12)


# ---- refusals ---------------------------------------------------------------------------------------------------------


def branches(x):
    if x > 0:
        return x
    return -x


def loops(x):
    while x < 1:
        x = x * 2
    return x


def fills(x):
    out = np.zeros(2)
    out[0] = x[0]
    return out


def raises(x):
    raise KeyError("weights")


REFUSED = [
    (branches, [()], "whether x > 0 holds is not known", "if x > 0:"),
    (loops, [()], "whether x < 1 holds", "while x < 1:"),
    (lambda x: math.exp(x), [()], "as a number", "math.exp"),
    (lambda x: max(x[0], x[1]), [(2,)], "whether x[2] > x[1] holds", "max(x[0], x[1])"),
    (lambda x: np.linalg.svd(x), [(2, 2)], "np.linalg.svd cannot be traced", "svd"),
    (lambda x: np.fft.fft(x), [(4,)], "np.fft.fft cannot be traced", "fft"),
    (lambda x: np.rint(x), [()], "np.rint cannot be traced", "rint"),
    (lambda x: np.sort(x), [(3,)], "np.sort of symbolic values", "sort"),
    (lambda x: np.argmax(x), [(3,)], "np.argmax of symbolic values", "argmax"),
    (lambda x: x[x > 0], [(3,)], "an index that depends", "x[x > 0]"),
    (lambda x: range(x), [()], "as an index", "range"),
    (lambda x: 1 if np.allclose(x, 0) else 2, [()], "np.allclose of symbolic values", "allclose"),
    (lambda x: np.where(x > 0), [(3,)], "np.where with a condition alone", "np.where"),
    (lambda x: x * np.nan, [()], "the constant nan", "nan"),
    (lambda x: x * 1j, [()], "the constant 1j", "1j"),
    (fills, [(2,)], "ValueError", "out[0] = x[0]"),
    (raises, [()], "KeyError: 'weights'", "raise KeyError"),
    (lambda x: x.foo, [()], "no attribute 'foo'", "x.foo"),
    (lambda x: x @ np.ones(3), [(2,)], "mismatch", "x @ np.ones(3)"),
]


@pytest.mark.parametrize(("function", "shapes", "what", "line"), REFUSED)
def test_what_has_no_tree_is_refused_with_its_line(function, shapes, what: str, line: str) -> None:
    with pytest.raises(cm.TraceError) as caught:
        cm.trace(function, shapes)
    assert what in caught.value.message
    assert "test_tracing.py, line " in caught.value.message
    assert line in caught.value.message
    assert caught.value.exit_code == 2


WRONG = [
    (lambda x: x, {"y": ()}, cm.InputError, "no argument 'y'"),
    (lambda x, y: x, {"x": ()}, cm.InputError, "no shape was given for y"),
    (lambda x: x, [(), ()], cm.ShapeError, "2 shapes were given for 1 arguments"),
    (lambda x: x, {"x": (0,)}, cm.ShapeError, "whole numbers from 1"),
    (lambda x: x, {"x": ("n",)}, cm.ShapeError, "whole numbers from 1"),
    (lambda x: x, {"x": (2, 2, 2)}, cm.ShapeError, "(2, 2, 2)"),
    (lambda x: x, 3, cm.InputError, "gives no shapes"),
    (lambda x: None, [()], cm.InputError, "returns nothing"),
    (3, [()], cm.InputError, "a Python function is expected"),
]


@pytest.mark.parametrize(("function", "shapes", "error", "message"), WRONG)
def test_wrong_shapes(function, shapes, error, message: str) -> None:
    with pytest.raises(error) as caught:
        cm.trace(function, shapes)
    assert message in str(caught.value)
