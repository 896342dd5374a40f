"""Hypothesis strategies, in one place: random trees over every head and every function of the table."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from calcml import functions
from calcml.expr import (
    CONSTANTS,
    RELATIONS,
    Add,
    And,
    Call,
    Constant,
    Div,
    Expr,
    Mul,
    Neg,
    Not,
    Number,
    Or,
    Piecewise,
    Pow,
    Relation,
    Sub,
    Symbol,
)
from calcml.heads import Derivative, Dot, Index, Integral, Limit, MatMul, Matrix, Sum, Vector

# One letter, Greek, indices, long names, a pair, and names that are also functions, forms or words of LaTeX.
NAMES = (
    "x", "y", "n", "d", "dx", "w1", "w12", "x_max", "theta", "theta_i", "lambda", "xy", "ab", "loss", "sinx", "xsin",
    "sin", "exp", "log", "sum", "diff", "limit", "left", "gamma", "sigma", "phi", "E", "N", "I", "import", "f", "e2",
    "E3", "log_b", "ab_1", "cost", "otherwise1", "tau", "alpha1x", "x1_2",
)  # fmt: skip
SHAPED = tuple(Symbol(name, shape) for name, shape in (("v", (3,)), ("u", (3,)), ("A", (3, 3)), ("W", ("N", "d"))))


_SYMBOLS = st.sampled_from([Symbol(name) for name in NAMES])
_DECIMALS = ("0.5", "0.50", "1e-8", "2e3", "1.25e10", "0.0", "3.0", "007.5", "10.10e-2")
_NUMBERS = st.integers(0, 10**25).map(Number) | st.integers(0, 12).map(Number) | st.sampled_from(_DECIMALS).map(Number)
_SMALL = st.integers(1, 3).map(Number)
_LEAVES = _SYMBOLS | _NUMBERS | st.sampled_from(CONSTANTS[:3]).map(Constant)
_TRUTH = st.sampled_from([Constant("true"), Constant("false")])
_ROWS = st.sampled_from(list(functions.all_functions()))

# A builder takes (draw, operand), where operand() draws a scalar expression of one level less, and makes one head.
Operand = Callable[[], Expr]


def _entry(draw: st.DrawFn, operand: Operand) -> Expr:
    body = draw(st.sampled_from(SHAPED))
    return Index(body, *[draw(_SMALL if size == 3 else _SYMBOLS) for size in body.shape])


def _call(draw: st.DrawFn, operand: Operand) -> Expr:
    spec = draw(_ROWS)
    fewest, most = spec.arity
    count = draw(st.integers(max(fewest, 1), most if most is not None else fewest + 3))
    return Call(spec.name, *[operand() for _ in range(count)])


def _several(draw: st.DrawFn, operand: Operand) -> list[Expr]:
    return [operand() for _ in range(draw(st.integers(2, 4)))]


def _piecewise(draw: st.DrawFn, operand: Operand) -> Expr:
    cases = [(operand(), _condition(draw, operand, 1)) for _ in range(draw(st.integers(1, 3)))]
    return Piecewise(*cases, otherwise=operand() if draw(st.booleans()) else None)


def _condition(draw: st.DrawFn, operand: Operand, level: int) -> Expr:
    kind = draw(st.sampled_from(("relation", "relation", "truth", "not", "and", "or", "same")))
    if level == 0 or kind == "relation":
        return Relation(draw(st.sampled_from(RELATIONS)), operand(), operand())
    if kind == "truth":
        return draw(_TRUTH)
    if kind == "not":
        return Not(_condition(draw, operand, level - 1))
    parts = [_condition(draw, operand, level - 1) for _ in range(draw(st.integers(2, 3)))]
    return Relation("=", *parts[:2]) if kind == "same" else And(*parts) if kind == "and" else Or(*parts)


def _vector(draw: st.DrawFn, operand: Operand, length: int = 3) -> Expr:
    return Vector(*[operand() for _ in range(length)])


HEADS: dict[str, Callable[[st.DrawFn, Operand], Expr]] = {
    "sum": lambda draw, operand: Add(*_several(draw, operand)),
    "product": lambda draw, operand: Mul(*_several(draw, operand)),
    "negation": lambda draw, operand: Neg(operand()),
    "difference": lambda draw, operand: Sub(operand(), operand()),
    "quotient": lambda draw, operand: Div(operand(), operand()),
    "power": lambda draw, operand: Pow(operand(), operand()),
    "call": _call,
    "one more call": _call,
    "cases": _piecewise,
    "series": lambda draw, operand: Sum(operand(), draw(_SYMBOLS), operand(), operand()),
    "derivative": lambda draw, operand: Derivative(
        operand(), draw(_SYMBOLS), *draw(st.sampled_from([(), (Number(2),)]))
    ),
    "integral": lambda draw, operand: Integral(operand(), draw(_SYMBOLS)),
    "definite integral": lambda draw, operand: Integral(operand(), draw(_SYMBOLS), operand(), operand()),
    "limit": lambda draw, operand: Limit(
        operand(), draw(_SYMBOLS), operand(), draw(st.sampled_from(["both", "left", "right"]))
    ),
    "inner product": lambda draw, operand: Dot(_vector(draw, operand), draw(st.sampled_from(SHAPED[:2]))),
    "entry": _entry,
    "entry of a list": lambda draw, operand: Index(_vector(draw, operand), draw(_SMALL)),
}
_V, _U, _A, _ = SHAPED
WHOLE = (
    MatMul(_A, _V), MatMul(_A, _A), Add(_V, _U), Mul(Number(2), _V), Sub(MatMul(_A, _V), _U), Neg(_V), Div(_V, Number(3)),
    Call("tanh", MatMul(_A, _V)), Index(_A, Number(1)), Index(MatMul(_A, _V), Number(2)), Dot(MatMul(_A, _V), Sub(_U, _V)),
    Index(Add(_U, _V), Symbol("i")), Pow(_V, Number(2)),
    Sum(Index(_V, Symbol("ij")), Symbol("ij"), Number(1), Number(3)), Call("abs", _V),
)  # fmt: skip


@st.composite
def scalars(draw: st.DrawFn, depth: int = 4, without: frozenset[str] = frozenset()) -> Expr:
    """Scalar expressions over every scalar head and every function."""
    heads = st.sampled_from([name for name in HEADS if name not in without])

    def grow(level: int) -> Expr:
        if level == 0 or draw(st.integers(0, 3)) == 0:
            return draw(_LEAVES)
        return HEADS[draw(heads)](draw, lambda: grow(level - 1))

    return grow(draw(st.integers(0, depth)))


@st.composite
def expressions(draw: st.DrawFn) -> Expr:
    """Expressions of any shape, and conditions."""
    kind = draw(st.sampled_from(("scalar", "scalar", "vector", "matrix", "condition", "whole")))
    if kind == "scalar":
        return draw(scalars())

    def operand() -> Expr:
        return draw(scalars(2))

    if kind == "vector":
        return _vector(draw, operand, draw(st.integers(1, 4)))
    if kind == "matrix":
        width = draw(st.integers(1, 3))
        return Matrix(*[_vector(draw, operand, width) for _ in range(draw(st.integers(1, 3)))])
    if kind == "condition":
        return _condition(draw, operand, 2)
    return draw(st.sampled_from(WHOLE))
