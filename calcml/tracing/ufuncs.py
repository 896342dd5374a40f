"""What NumPy's elementwise functions mean for expressions: `np.exp(x)`, `np.maximum(x, 0)`, `x > 0`.

By name, so that nothing here imports NumPy. A name that stands in neither table is looked up in the function table
under its own (np.tanh, scipy.special.expit); what is not found there has no meaning for expressions.
"""

from __future__ import annotations

from collections.abc import Callable

from calcml import functions
from calcml.expr import (
    FALSE,
    ONE,
    PI,
    TRUE,
    TWO,
    ZERO,
    Add,
    And,
    Call,
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
    as_expr,
    ratio_of,
)

Builder = Callable[..., Expr]
CONDITIONS = frozenset({Relation, And, Or, Not})


def is_condition(value: Expr) -> bool:
    """Whether it is true or false rather than a number."""
    return type(value) in CONDITIONS or value is TRUE or value is FALSE


def as_number(value: Expr) -> Expr:
    """A condition as NumPy counts it, 1 where it holds and 0 elsewhere; anything else as it is."""
    if value is TRUE or value is FALSE:
        return ONE if value is TRUE else ZERO
    return Piecewise((ONE, value), otherwise=ZERO) if type(value) in CONDITIONS else value


def as_condition(value: Expr) -> Expr:
    """A number as NumPy takes it for a truth value, true where it is not 0."""
    ratio = ratio_of(value)
    if ratio is not None:
        return TRUE if ratio[0] else FALSE
    return value if is_condition(value) else Relation("!=", value, ZERO)


def _of_numbers(build: Callable[..., Expr]) -> Builder:
    return lambda *operands: build(*[as_number(as_expr(operand)) for operand in operands])


def _of_conditions(build: Callable[..., Expr]) -> Builder:
    return lambda *operands: build(*[as_condition(as_expr(operand)) for operand in operands])


def _step(x: Expr, at_zero: Expr) -> Expr:
    if ratio_of(at_zero) == (1, 2):
        return Call("heaviside", x)
    return Piecewise((ZERO, Relation("<", x, ZERO)), (at_zero, Relation("=", x, ZERO)), otherwise=ONE)


_ALIASES = {
    "absolute": "abs",
    "fabs": "abs",
    "log": "ln",
    "maximum": "max",
    "fmax": "max",
    "minimum": "min",
    "fmin": "min",
    "remainder": "mod",
    "ndtr": "normal_cdf",
    "log_expit": "log_sigmoid",
}
_OPERATORS: dict[str, Builder] = {
    "add": lambda u, v: u + v,
    "subtract": Sub,
    "multiply": lambda u, v: u * v,
    "divide": Div,
    "true_divide": Div,
    "floor_divide": lambda u, v: Call("floor", Div(u, v)),
    "power": Pow,
    "float_power": Pow,
    "negative": Neg,
    "positive": as_expr,
    "conjugate": as_expr,
    "square": lambda u: Pow(u, TWO),
    "reciprocal": lambda u: Div(ONE, u),
    "exp2": lambda u: Pow(TWO, u),
    "logaddexp2": lambda u, v: Call("log2", Add(Pow(TWO, u), Pow(TWO, v))),
    "huber": lambda delta, x: Call("huber", x, delta),  # SciPy's order of arguments
    "trunc": lambda u: Mul(Call("sign", u), Call("floor", Call("abs", u))),
    "heaviside": _step,
    "deg2rad": lambda u: Div(Mul(u, PI), Number(180)),
    "radians": lambda u: Div(Mul(u, PI), Number(180)),
    "rad2deg": lambda u: Div(Mul(u, Number(180)), PI),
    "degrees": lambda u: Div(Mul(u, Number(180)), PI),
    "less": lambda u, v: Relation("<", u, v),
    "less_equal": lambda u, v: Relation("<=", u, v),
    "greater": lambda u, v: Relation(">", u, v),
    "greater_equal": lambda u, v: Relation(">=", u, v),
    "equal": lambda u, v: Relation("=", u, v),
    "not_equal": lambda u, v: Relation("!=", u, v),
}
_LOGIC: dict[str, Builder] = {
    "logical_and": And,
    "logical_or": Or,
    "logical_not": Not,
    "bitwise_and": And,
    "bitwise_or": Or,
    "invert": Not,
}


def builder_of(name: str) -> Builder | None:
    """How the elementwise NumPy function of that name builds an expression, or None.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> builder_of("expit")(x), builder_of("hypot")(x, 1)
    (sigmoid(x), hypot(x, 1))
    """
    if name in _OPERATORS:
        return _of_numbers(_OPERATORS[name])
    if name in _LOGIC:
        return _of_conditions(_LOGIC[name])
    spec = functions.find(_ALIASES.get(name, name))
    if spec is None:
        return None
    return _of_numbers(lambda *operands: Call(spec.name, *operands))
