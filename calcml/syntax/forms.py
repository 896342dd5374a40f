"""What `name(arguments)` builds: a row of the function table, or one of the forms beside it.

Derivatives, integrals, limits, sums, products of vectors, norms, logarithms of any base, and the functions that take a
vector apart. Each takes the name and the occurrences of the arguments and returns the expression and its parts.
"""

from __future__ import annotations

from collections.abc import Callable

from calcml import functions
from calcml.errors import ArityError, InputError, ParseError, ShapeError
from calcml.expr import ONE, TWO, Add, Call, Div, Expr, Mul, Number, Piecewise, Pow, Symbol, check_arity, make
from calcml.heads import Derivative, Dot, Index, Integral, Limit, MatMul, Matrix, Sum, Vector
from calcml.syntax.parsed import Node

Built = tuple[Expr, tuple[Node, ...], str]

INVERSES = {
    "sin": "asin", "cos": "acos", "tan": "atan", "sec": "asec", "csc": "acsc", "cot": "acot", "sinh": "asinh",
    "cosh": "acosh", "tanh": "atanh", "sech": "asech", "csch": "acsch", "coth": "acoth",
}  # fmt: skip
# Functions of any number of arguments that are also written over one vector.
_GATHERING = frozenset({"max", "min", "logsumexp"})
_COMPONENTWISE = frozenset({"softmax", "log_softmax"})


def build_call(name: str, parts: tuple[Node, ...]) -> Built:
    """The expression of a call, its parts in the order of its operands, and its form. ArityError, ShapeError."""
    form = _FORMS.get(name)
    if form is not None:
        return form(name, parts)
    if len(parts) == 1 and parts[0].expr.shape and name in _GATHERING | _COMPONENTWISE:
        return _over_vector(name, parts[0])
    spec = functions.find(name)
    if spec is None:
        raise InputError(f"there is no function {name!r}")
    check_arity(spec, len(parts))
    return make(Call, name, tuple([part.expr for part in parts])), parts, ""


def wanted(parts: tuple[Node, ...], counts: tuple[int, ...], usage: str) -> None:
    """Raise ArityError unless there are so many arguments."""
    if len(parts) not in counts:
        wanted = " or ".join(map(str, counts))
        name = usage.partition("(")[0]
        raise ArityError(
            f"{name} takes {wanted} argument{'' if counts == (1,) else 's'}, not {len(parts)}", hint=f"write {usage}"
        )


def _variable(parts: tuple[Node, ...], usage: str) -> None:
    node = parts[1]
    if not isinstance(node.expr, Symbol):
        raise ParseError(
            f"the second argument of {usage.partition('(')[0]} is a variable, not {node.expr!r}", hint=f"write {usage}"
        )


def _exprs(parts: tuple[Node, ...]) -> tuple[Expr, ...]:
    return tuple([part.expr for part in parts])


def _diff(name: str, parts: tuple[Node, ...]) -> Built:
    usage = "diff(f, x) or diff(f, x, n)"
    wanted(parts, (2, 3), usage)
    _variable(parts, usage)
    return make(Derivative, None, _exprs(parts)), parts, ""


def _integral(name: str, parts: tuple[Node, ...]) -> Built:
    usage = "integral(f, x) or integral(f, x, from, to)"
    wanted(parts, (2, 4), usage)
    _variable(parts, usage)
    return make(Integral, None, _exprs(parts)), parts, ""


def _limit(name: str, parts: tuple[Node, ...]) -> Built:
    usage = "limit(f, x, a) or limit(f, x, a, left)"
    wanted(parts, (3, 4), usage)
    _variable(parts, usage)
    side = "both"
    if len(parts) == 4:
        last = parts[3].expr
        side = last.data if isinstance(last, Symbol) else ""
        if side not in ("left", "right"):
            raise ParseError("a limit is taken from the left or from the right", hint=f"write {usage}")
    return make(Limit, side, _exprs(parts[:3])), parts[:3], ""


def _sum(name: str, parts: tuple[Node, ...]) -> Built:
    usage = "sum(term, i, first, last)"
    wanted(parts, (4,), usage)
    _variable(parts, usage)
    return make(Sum, None, _exprs(parts)), parts, ""


def _dot(name: str, parts: tuple[Node, ...]) -> Built:
    wanted(parts, (2,), "dot(u, v)")
    return make(Dot, None, _exprs(parts)), parts, ""


def matmul(name: str, parts: tuple[Node, ...]) -> Built:
    """`A @ B`; between two vectors it is their inner product, as in NumPy."""
    wanted(parts, (2,), "matmul(A, B)")
    if name == "@" and len(parts[0].expr.shape) == len(parts[1].expr.shape) == 1:
        return _dot(name, parts)
    return make(MatMul, None, _exprs(parts)), parts, ""


def _where(name: str, parts: tuple[Node, ...]) -> Built:
    wanted(parts, (3,), "if(condition, value, otherwise)")
    parts = (parts[1], parts[0], parts[2])
    return make(Piecewise, None, _exprs(parts)), parts, ""


def log_of(argument: Node, base: Node) -> Built:
    """The logarithm to a base; bases 2 and 10 have rows of their own."""
    for known, row in ((TWO, "log2"), (_TEN, "log10")):
        if base.expr is known and functions.find(row) is not None and base.form == "subscript":
            return make(Call, row, (argument.expr,)), (argument,), ""
    return make(Call, "log", (argument.expr, base.expr)), (argument, base), ""


def _log(name: str, parts: tuple[Node, ...]) -> Built:
    wanted(parts, (1, 2), "log(x) or log(x, base)")
    if len(parts) == 2:
        return log_of(*parts)
    return make(Call, "ln", (parts[0].expr,)), parts, ""


def _lg(name: str, parts: tuple[Node, ...]) -> Built:
    wanted(parts, (1,), "lg(x)")
    if functions.find("log10") is None:
        return log_of(parts[0], Node(_TEN, parts[0].start, parts[0].start))
    return make(Call, "log10", (parts[0].expr,)), parts, ""


def norm(name: str, parts: tuple[Node, ...]) -> Built:
    """The 2-norm of a vector; of a number, its absolute value."""
    wanted(parts, (1,), "norm(w)")
    node = parts[0]
    expr = node.expr
    if len(expr.shape) > 1:
        raise ShapeError(f"norm takes a vector, not shape {expr.shape}")
    if type(expr) is Vector:
        entries = expr.args
        if len(entries) == 1:
            return make(Call, "abs", entries), node.parts, ""
        if len(entries) == 2 and functions.find("hypot") is not None:
            return make(Call, "hypot", entries), node.parts, ""
        return make(Call, "sqrt", (Add(*[Pow(entry, TWO) for entry in entries]),)), (), ""
    if not expr.shape:
        return make(Call, "abs", (expr,)), parts, ""
    inner = Node(make(Dot, None, (expr, expr)), node.start, node.end, (node, node))
    return make(Call, "sqrt", (inner.expr,)), (inner,), ""


def _entries(node: Node) -> list[Node]:
    """A vector of known length, entry by entry."""
    if type(node.expr) is Vector and len(node.parts) == len(node.expr.args):
        return list(node.parts)
    size = node.expr.shape[0]
    if len(node.expr.shape) != 1 or not isinstance(size, int):
        raise ShapeError(
            f"a vector of known length is expected, and {node.expr!r} has shape {node.expr.shape}",
            hint="declare it with its length, as in --vars z[3], or write its entries [a, b, c]",
        )
    if type(node.expr) is Vector:
        return [Node(entry, node.start, node.end) for entry in node.expr.args]
    return [Node(Index(node.expr, i), node.start, node.end, (node,)) for i in range(1, size + 1)]


def _over_vector(name: str, vector: Node) -> Built:
    entries = tuple(_entries(vector))
    exprs = _exprs(entries)
    if name in _GATHERING:
        return make(Call, name, exprs), entries, ""
    calls = []
    for k in range(1, len(entries) + 1):
        number = Node(Number(k), vector.start, vector.start)
        calls.append(Node(make(Call, name, (number.expr, *exprs)), vector.start, vector.end, (number, *entries)))
    return make(Vector, None, _exprs(tuple(calls))), tuple(calls), "components"


def _delta(name: str, parts: tuple[Node, ...]) -> Built:
    wanted(parts, (2,), "delta(a, b)")
    return make(Call, "delta", _exprs(parts)), parts, ""


def list_of(parts: tuple[Node, ...]) -> Expr:
    """[a, b] is a vector, a list of written vectors a matrix."""
    exprs = _exprs(parts)
    if any(type(expr) is Vector for expr in exprs):
        return make(Matrix, None, exprs)
    return make(Vector, None, exprs)


def root_of(radicand: Node, index: Node) -> Built:
    r"""\\sqrt[n]{x}: the cube root takes every real x, others are powers."""
    if index.expr is TWO:
        return make(Call, "sqrt", (radicand.expr,)), (radicand,), ""
    if index.expr is _THREE:
        return make(Call, "cbrt", (radicand.expr,)), (radicand,), ""
    one = Node(ONE, index.start, index.start)
    exponent = Node(make(Div, None, (ONE, index.expr)), index.start, index.end, (one, index))
    return make(Pow, None, (radicand.expr, exponent.expr)), (radicand, exponent), ""


def product(exprs: tuple[Expr, ...]) -> Expr:
    """One factor as it is, several as a product."""
    return exprs[0] if len(exprs) == 1 else make(Mul, None, exprs)


_THREE = Number(3)
_TEN = Number(10)
_FORMS: dict[str, Callable[[str, tuple[Node, ...]], Built]] = {
    "diff": _diff, "integral": _integral, "limit": _limit, "sum": _sum, "dot": _dot, "matmul": matmul, "norm": norm,
    "log": _log, "lg": _lg, "where": _where, "if": _where,
    "delta": _delta,
}  # fmt: skip
