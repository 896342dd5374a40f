"""SymEngine, CasADi and SymPy behind the interface of `benchmarks.systems.System`, each used as its users would.

Where a peer has more than one idiom, the fastest we found is taken. SymEngine: `diff` entry by entry. CasADi: scalar
SX with `ca.gradient` and `ca.hessian`. SymPy: `diff` entry by entry, its cache cleared between runs.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import add, mul
from typing import Any

from benchmarks.systems import flatten

_VALUES: dict[str, Callable[..., float]] = {
    "Add": lambda *a: math.fsum(a), "Mul": lambda *a: math.prod(a), "Pow": lambda a, b: float(a**b),
    "exp": math.exp, "log": math.log, "sin": math.sin, "cos": math.cos, "tan": math.tan, "tanh": math.tanh,
    "cosh": math.cosh, "sinh": math.sinh, "sech": lambda u: 1 / math.cosh(u),
}  # fmt: skip


def _graph(roots: Iterable[Any]) -> list[Any]:
    """Operands before users, each node once."""
    done: dict[Any, None] = {}
    stack = [(root, False) for root in roots]
    while stack:
        node, ready = stack.pop()
        if node in done:
            continue
        if ready or not node.args:
            done[node] = None
            continue
        stack.append((node, True))
        stack.extend((arg, False) for arg in node.args)
    return list(done)


class _Algebra:
    """What SymEngine and SymPy share: sums and products of any length, x/y as x*y^(-1), -x as -1*x."""

    name = ""
    library: Any

    def __init__(self) -> None:
        self.library = importlib.import_module(self.name)
        for function in ("exp", "log", "sin", "cos", "tanh", "sqrt"):
            setattr(self, function, getattr(self.library, function))

    def symbols(self, count: int) -> list[Any]:
        """x1 … xn."""
        return [self.library.Symbol(f"x{i + 1}") for i in range(count)]

    def number(self, value: int) -> Any:
        """A number as an expression."""
        return self.library.Integer(value)

    def total(self, terms: list[Any]) -> Any:
        """One sum node."""
        return self.library.Add(*terms)

    def product(self, factors: list[Any]) -> Any:
        """One product node."""
        return self.library.Mul(*factors)

    def derivative(self, f: Any, x: Any, order: int) -> Any:
        """diff(f, x, order)."""
        return f.diff(x) if order == 1 else self.library.diff(f, x, order)

    def gradient(self, f: Any, xs: Sequence[Any]) -> Any:
        """diff by each variable."""
        return [f.diff(x) for x in xs]

    def hessian(self, f: Any, xs: Sequence[Any]) -> Any:
        """diff of each first derivative; the lower triangle is the upper one."""
        rows: list[list[Any]] = []
        for i, x in enumerate(xs):
            first = f.diff(x)
            rows.append([*[rows[j][i] for j in range(i)], *[first.diff(y) for y in xs[i:]]])
        return rows

    def operations(self, result: Any, xs: Sequence[Any]) -> int:
        """Operations of the graph."""
        graph = _graph(flatten(result))
        minus_one = self.library.Integer(-1)
        outside_product, outside_sum = set(flatten(result)), set(flatten(result))
        operands = {}
        for node in graph:
            args = operands[node] = node.args
            if args and not node.is_Mul:
                outside_product.update(args)
            if args and not node.is_Add:
                outside_sum.update(args)
        count = 0
        for node, args in operands.items():
            if not args:
                continue
            if node.is_Mul or node.is_Add:
                count += len(args) - 1 - (node.is_Mul and args[0] == minus_one and node not in outside_sum)
            elif not (node.is_Pow and args[1] == minus_one) or node in outside_product:
                count += 1
        return count

    def nodes(self, result: Any) -> int | None:
        """Nodes of the graph."""
        return len(_graph(flatten(result)))

    def values(self, result: Any, xs: Sequence[Any], point: Sequence[float]) -> list[float]:
        """The entries at a point, by a walk over the graph in floats."""
        known: dict[Any, float] = dict(zip(xs, point, strict=True))
        for node in _graph(flatten(result)):
            if node not in known:
                args = node.args
                known[node] = _VALUES[type(node).__name__](*[known[arg] for arg in args]) if args else float(node)
        return [known[entry] for entry in flatten(result)]

    def reset(self) -> None:
        """Nothing to forget."""


class SymEngine(_Algebra):
    """SymEngine: C++, sums and products sorted into maps as they are built."""

    name = "symengine"


class SymPy(_Algebra):
    """SymPy, with its cache cleared before every run."""

    name = "sympy"

    def __init__(self) -> None:
        super().__init__()
        self._clear = importlib.import_module("sympy.core.cache").clear_cache

    def reset(self) -> None:
        """Clear the cache."""
        self._clear()


class Casadi:
    """CasADi's scalar SX: C++, binary nodes, reverse mode."""

    name = "casadi"

    def __init__(self) -> None:
        self.library: Any = importlib.import_module("casadi")
        for function in ("exp", "log", "sin", "cos", "tanh", "sqrt"):
            setattr(self, function, getattr(self.library, function))

    def symbols(self, count: int) -> list[Any]:
        """The entries of one vector of symbols."""
        return [self.library.SX.sym(f"x{i + 1}") for i in range(count)]

    def number(self, value: int) -> Any:
        """A number as an expression."""
        return self.library.SX(value)

    def total(self, terms: list[Any]) -> Any:
        """A chain of sums."""
        return reduce(add, terms)

    def product(self, factors: list[Any]) -> Any:
        """A chain of products."""
        return reduce(mul, factors)

    def derivative(self, f: Any, x: Any, order: int) -> Any:
        """`ca.jacobian`, once for each order: for one variable it is the cheapest of its drivers."""
        for _ in range(order):
            f = self.library.jacobian(f, x)
        return f

    def gradient(self, f: Any, xs: Sequence[Any]) -> Any:
        """`ca.gradient`."""
        return self.library.gradient(f, self.library.vertcat(*xs))

    def hessian(self, f: Any, xs: Sequence[Any]) -> Any:
        """`ca.hessian`."""
        return self.library.hessian(f, self.library.vertcat(*xs))[0]

    def operations(self, result: Any, xs: Sequence[Any]) -> int:
        """Instructions of the function that computes the result, loads and stores aside."""
        ca = self.library
        function = self._function(result, xs)
        free = {ca.OP_CONST, ca.OP_INPUT, ca.OP_OUTPUT, ca.OP_PARAMETER}
        return sum(function.instruction_id(i) not in free for i in range(function.n_instructions()))

    def nodes(self, result: Any) -> int | None:
        """CasADi does not tell."""
        return None

    def values(self, result: Any, xs: Sequence[Any], point: Sequence[float]) -> list[float]:
        """The entries at a point, by a compiled CasADi function."""
        dense = self._function(result, xs)(list(point)).full()
        return [float(entry) for entry in dense.flatten()]

    def _function(self, result: Any, xs: Sequence[Any]) -> Any:
        return self.library.Function("f", [self.library.vertcat(*xs)], [result])

    def reset(self) -> None:
        """Nothing to forget."""
